#include <string.h>

#include "config.h"

struct device *
config_device(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->ndevices; i++)
		if (strcmp(c->devices[i].conf.name, name) == 0)
			return &c->devices[i];
	return NULL;
}

struct link_conf *
config_link(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->nlinks; i++)
		if (strcmp(c->links[i].name, name) == 0)
			return &c->links[i];
	return NULL;
}
