#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parcel.h"

static size_t
size_of(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 1;
}

static const char *
put(char **at, const char *text)
{
	char *to = *at;

	*at = stpcpy(to, text != NULL ? text : "") + 1;
	return to;
}

struct parcel *
parcel_new(const struct notice *m)
{
	size_t n = size_of(m->id) + size_of(m->contact) + size_of(m->address) +
	    size_of(m->language) + size_of(m->text) + size_of(m->rule) + size_of(m->device) +
	    size_of(m->code), count = m->nvariables;
	struct parcel *p;
	char *at;

	count = count < PARCEL_VARIABLES ? count : PARCEL_VARIABLES;
	for (size_t i = 0; i < count; i++)
		n += size_of(m->variables[i].name) + size_of(m->variables[i].value);
	p = calloc(1, sizeof(*p) + n);
	if (p == NULL)
		return NULL;
	at = p->room;
	p->is = *m;
	p->is.id = put(&at, m->id);
	p->is.contact = put(&at, m->contact);
	p->is.address = put(&at, m->address);
	p->is.language = put(&at, m->language);
	p->is.text = put(&at, m->text);
	p->is.rule = put(&at, m->rule);
	p->is.device = put(&at, m->device);
	p->is.code = put(&at, m->code);
	for (size_t i = 0; i < count; i++)
		p->variables[i] = (struct notice_variable){ put(&at, m->variables[i].name),
		    put(&at, m->variables[i].value) };
	p->is.variables = p->variables;
	p->is.nvariables = count;
	return p;
}
