#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "teller_own.h"

struct body {
	char	*at;
	size_t	 n, cap;
};

static void
put(struct body *b, const char *text)
{
	size_t n = strlen(text) + 1;

	if (b->n + n > b->cap)
		return;
	memcpy(b->at + b->n, text, n);
	b->n += n;
}

static void
put_text(struct body *b, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	put(b, name);
	put(b, value);
}

static void
put_number(struct body *b, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	put_text(b, name, text);
}

static void
put_intent(struct body *b, const struct tell_record *r)
{
	put_text(b, "purpose", notice_purposes[r->purpose]);
	put_text(b, "class", class_names[r->class]);
	put_text(b, "priority", priority_names[r->priority]);
	put_text(b, "rule", r->rule);
	put_text(b, "device", r->device);
	put_number(b, "of", (int64_t)r->of);
	put_number(b, "count", r->count);
	put_number(b, "attempt", r->attempt);
	put_text(b, "code", r->code);
	put_text(b, "text", r->text);
	put_number(b, "created", r->created);
	put_number(b, "expires", r->expires);
}

size_t
teller_put(const struct teller *t, const struct tell_record *r, char *body, size_t n)
{
	struct body b = { .at = body, .cap = n };
	const struct plan *plan = t->plan->plan;

	put(&b, r->id);
	put_text(&b, "phase", tell_phases[r->phase]);
	if (r->contact < plan->ncontacts)
		put_text(&b, "contact", plan->contacts[r->contact].conf->name);
	if (r->way < t->plan->nways)
		put_text(&b, "way", t->plan->ways[r->way].name);
	put_text(&b, "run", t->run);
	if (r->phase == TELL_INTENT) {
		put_intent(&b, r);
	} else {
		put_text(&b, "provider", r->provider);
		put_text(&b, "why", r->why);
	}
	return b.n;
}

const char *
teller_field(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value != NULL ? r->fields[i].value : "";
	return "";
}

static int
index_of(const char *const *names, const char *name)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int
named(const struct record *r, const char *field, const char *const *names)
{
	int i = index_of(names, teller_field(r, field));

	return i >= 0 ? i : 0;
}

static int64_t
number(const struct record *r, const char *field)
{
	return strtoll(teller_field(r, field), NULL, 10);
}

static size_t
way_of(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->conf->nways; i++)
		if (strcmp(plan->conf->ways[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

bool
teller_get(const struct plan *plan, const struct record *r, struct tell_record *to)
{
	int phase = index_of(tell_phases, teller_field(r, "phase"));

	if (strcmp(r->kind, "message") != 0 || phase < 0)
		return false;
	*to = (struct tell_record){ .phase = (enum tell_phase)phase,
	    .contact = plan_contact(plan, teller_field(r, "contact")),
	    .way = way_of(plan, teller_field(r, "way")),
	    .purpose = (enum notice_purpose)named(r, "purpose", notice_purposes),
	    .class = (enum alarm_class)named(r, "class", class_names),
	    .priority = (enum priority)named(r, "priority", priority_names),
	    .rule = teller_field(r, "rule"), .device = teller_field(r, "device"),
	    .of = (uint64_t)number(r, "of"), .count = (unsigned)number(r, "count"),
	    .attempt = (unsigned)number(r, "attempt"), .text = teller_field(r, "text"),
	    .provider = teller_field(r, "provider"), .why = teller_field(r, "why"),
	    .created = number(r, "created"), .expires = number(r, "expires") };
	snprintf(to->id, sizeof(to->id), "%s", r->key);
	snprintf(to->code, sizeof(to->code), "%s", teller_field(r, "code"));
	return true;
}
