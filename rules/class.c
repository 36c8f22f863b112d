#include <stddef.h>

#include "class.h"

const char *const priority_names[] = {
	[PRIORITY_LOW]		= "low",
	[PRIORITY_MEDIUM]	= "medium",
	[PRIORITY_HIGH]		= "high",
	[PRIORITY_URGENT]	= "urgent",
	NULL
};

const char *const class_names[] = {
	[CLASS_PROCESS]		= "process",
	[CLASS_LIFE]		= "life",
	[CLASS_ENVIRONMENT]	= "environment",
	[CLASS_EQUIPMENT]	= "equipment",
	[CLASS_SYSTEM]		= "system",
	NULL
};
