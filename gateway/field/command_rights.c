#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "field.h"

/* "KIND:NAME" of an uplink of ours; NULL: there is none. */
static const struct uplink_conf *
uplink_of(const struct field_role *f, const char *source)
{
	char name[SOURCE_BYTES];

	for (size_t i = 0; i < f->config->nuplinks; i++) {
		const struct uplink_conf *u = &f->config->uplinks[i];

		snprintf(name, sizeof(name), "%s:%s", uplink_kind_at((size_t)u->kind)->name,
		    u->name);
		if (strcmp(name, source) == 0)
			return u;
	}
	return NULL;
}

static bool
lists(const struct strings *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], name) == 0)
			return true;
	return false;
}

static bool
covers(const struct strings *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->at[i], name))
			return true;
	return false;
}

bool
command_may(struct field_role *f, struct command *c, const char *verb, const struct words *w)
{
	const struct uplink_conf *u;

	if (c->ruled || c->cures || strchr(c->source, ':') == NULL ||
	    strcmp(verb, COMMAND_DENY) == 0)
		return true;
	u = uplink_of(f, c->source);
	if (u == NULL)
		command_says(c, COMMAND_REFUSED, "no such uplink: %s", c->source);
	else if (strcmp(verb, "write") != 0 && !lists(&u->commands, verb))
		command_says(c, COMMAND_REFUSED, "the commands of uplink %s do not list %s",
		    u->name, verb);
	else if (strcmp(verb, "write") == 0 && !covers(&u->writable, w->at[0]))
		command_says(c, COMMAND_REFUSED, "uplink %s does not list %s as writable",
		    u->name, w->at[0]);
	else
		return true;
	return false;
}
