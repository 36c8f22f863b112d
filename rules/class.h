#ifndef RULES_CLASS_H
#define RULES_CLASS_H

/* Numbers are on disk. */
enum priority { PRIORITY_LOW = 0, PRIORITY_MEDIUM = 1, PRIORITY_HIGH = 2, PRIORITY_URGENT = 3 };

/* What an alarm is about; life is never masked by a link, delayed or merged. */
enum alarm_class {
	CLASS_PROCESS = 0, CLASS_LIFE = 1, CLASS_ENVIRONMENT = 2, CLASS_EQUIPMENT = 3,
	CLASS_SYSTEM = 4, CLASSES
};

extern const char *const priority_names[];	/* end with NULL */
extern const char *const class_names[];

#endif
