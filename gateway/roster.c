#include <string.h>

#include "roster.h"

struct member *
roster_find(const struct roster *r, const char *name)
{
	struct member *m = r->first;

	while (m != NULL && strcmp(m->name, name) != 0)
		m = m->next;
	return m;
}

void
roster_add(struct roster *r, struct member *m)
{
	m->wanted = true;
	m->next = r->first;
	r->first = m;
	r->n++;
}

void
roster_begin(struct roster *r)
{
	for (struct member *m = r->first; m != NULL; m = m->next)
		m->wanted = false;
}

void
roster_want(struct roster *r, const char *name)
{
	struct member *m = roster_find(r, name);

	if (m != NULL)
		m->wanted = true;
}

struct member *
roster_leaver(struct roster *r)
{
	struct member **at = &r->first, *m;

	while (*at != NULL && (*at)->wanted)
		at = &(*at)->next;
	m = *at;
	if (m != NULL) {
		*at = m->next;
		r->n--;
	}
	return m;
}
