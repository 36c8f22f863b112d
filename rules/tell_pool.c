#include <stdio.h>
#include <string.h>

#include "tell_own.h"

#define LETTERS	"ABCDEFGHJKLMNPQRSTUVWXYZ"	/* no I and no O */

static uint32_t
hash(const char *rule, const char *device)
{
	uint32_t h = 2166136261u;

	for (; *rule != '\0'; rule++)
		h = (h ^ (uint8_t)*rule) * 16777619u;
	h *= 16777619u;
	for (; *device != '\0'; device++)
		h = (h ^ (uint8_t)*device) * 16777619u;
	return h ^ h >> 15;
}

static struct tell_alarm **
bucket(const struct tell *t, const char *rule, const char *device)
{
	return &t->buckets[hash(rule, device) % t->nbuckets];
}

struct tell_alarm *
tell_find(const struct tell *t, const char *rule, const char *device)
{
	struct tell_alarm *a;

	for (a = *bucket(t, rule, device); a != NULL; a = a->chain)
		if (strcmp(a->rule, rule) == 0 && strcmp(a->device, device) == 0)
			return a;
	return NULL;
}

static size_t
code_number(const char *code)
{
	const char *letter = strchr(LETTERS, code[0]);

	if (code[0] == '\0' || letter == NULL || strlen(code) != 4)
		return CODES;
	for (int i = 1; i < 4; i++)
		if (code[i] < '0' || code[i] > '9')
			return CODES;
	return (size_t)(letter - LETTERS) * 1000 + (size_t)((code[1] - '0') * 100 +
	    (code[2] - '0') * 10 + (code[3] - '0'));
}

void
tell_code_drop(struct tell *t, struct tell_alarm *a)
{
	size_t i = code_number(a->code);

	if (i < CODES && t->codes[i] == a)
		t->codes[i] = NULL;
	a->code[0] = '\0';
}

void
tell_forget(struct tell *t, struct tell_alarm *a)
{
	struct tell_alarm **at = bucket(t, a->rule, a->device);
	struct note *note;
	struct track *track;

	while (*at != a)
		at = &(*at)->chain;
	*at = a->chain;
	due_disarm(&t->dues, &a->due);
	while ((note = a->notes) != NULL) {
		tell_unwant(t, note);
		a->notes = note->next;
		note->next = t->unused_notes;
		t->unused_notes = note;
	}
	while ((track = a->tracks) != NULL) {
		a->tracks = track->next;
		track->next = t->unused_tracks;
		t->unused_tracks = track;
	}
	tell_code_drop(t, a);
	a->used = false;
	a->chain = t->unused_alarms;
	t->unused_alarms = a;
	t->nalarms--;
}

/* What waited there to be told is told as a number. */
static void
lump(struct tell *t, struct tell_alarm *a)
{
	for (struct note *n = a->notes; n != NULL; n = n->next) {
		struct queue *q = &t->queues[n->contact];

		if (!n->wanted)
			continue;
		q->lumped++;
		q->lumped_seq = t->seq;
		t->lumped++;
	}
	tell_forget(t, a);
}

/* One that can be told as a number, for no alarm of class life may lack a place. */
static bool
make_place(struct tell *t)
{
	for (size_t i = 0; i < t->nplaces; i++) {
		struct tell_alarm *a = t->places[t->hand++ % t->nplaces];

		if (!a->used || a->class == CLASS_LIFE)
			continue;
		lump(t, a);
		return true;
	}
	return false;
}

static struct tell_alarm *
new_place(struct tell *t)
{
	struct tell_alarm *a;

	if (t->nplaces == t->env.alarms)
		return NULL;
	a = arena_alloc(t->arena, sizeof(*a));
	if (a != NULL)
		t->places[t->nplaces++] = a;
	return a;
}

struct tell_alarm *
tell_make(struct tell *t, const char *rule, const char *device)
{
	struct tell_alarm *a = t->unused_alarms, **at;
	uint32_t life;

	if (a == NULL && (a = new_place(t)) == NULL) {
		if (!make_place(t))
			return NULL;
		a = t->unused_alarms;
	}
	if (a == t->unused_alarms)
		t->unused_alarms = a->chain;
	life = a->life;
	*a = (struct tell_alarm){ .life = life + 1, .used = true };
	snprintf(a->rule, sizeof(a->rule), "%s", rule);
	snprintf(a->device, sizeof(a->device), "%s", device);
	at = bucket(t, a->rule, a->device);
	a->chain = *at;
	*at = a;
	t->nalarms++;
	return a;
}

struct note *
tell_note(struct tell *t, struct tell_alarm *a, size_t contact)
{
	struct note *n;

	for (n = a->notes; n != NULL; n = n->next)
		if (n->contact == contact)
			return n;
	n = t->unused_notes;
	if (n != NULL)
		t->unused_notes = n->next;
	else
		n = arena_alloc(t->arena, sizeof(*n));
	if (n == NULL)
		return NULL;
	*n = (struct note){ .next = a->notes, .alarm = a, .contact = contact,
	    .level = NO_LEVEL };
	a->notes = n;
	return n;
}

struct track *
tell_track(struct tell *t, struct tell_alarm *a, const struct policy *policy)
{
	struct track *k = t->unused_tracks;

	if (k != NULL)
		t->unused_tracks = k->next;
	else
		k = arena_alloc(t->arena, sizeof(*k));
	if (k == NULL)
		return NULL;
	*k = (struct track){ .next = a->tracks, .policy = policy, .at = INT64_MAX };
	a->tracks = k;
	return k;
}

/* Few are under way at a time, unless all ways are stuck. */
struct slot *
tell_slot(struct tell *t)
{
	struct slot *s;

	for (size_t i = 0; i < t->nslots; i++)
		if (t->slots[i]->state == SLOT_FREE) {
			s = t->slots[i];
			memset(s, 0, sizeof(*s));
			return s;
		}
	if (t->nslots == MESSAGES_MOST)
		return NULL;
	s = arena_alloc(t->arena, sizeof(*s));
	if (s != NULL)
		t->slots[t->nslots++] = s;
	return s;
}

struct slot *
tell_slot_of(const struct tell *t, const char *id)
{
	for (size_t i = 0; i < t->nslots; i++)
		if (t->slots[i]->state != SLOT_FREE && strcmp(t->slots[i]->is.id, id) == 0)
			return t->slots[i];
	return NULL;
}

void
tell_code_is(struct tell *t, struct tell_alarm *a, const char *code)
{
	size_t i = code_number(code);

	if (i == CODES)
		return;
	tell_code_drop(t, a);
	t->codes[i] = a;
	snprintf(a->code, sizeof(a->code), "%s", code);
}

/* A new one with each rise, that nobody can reckon from the last. */
void
tell_code(struct tell *t, struct tell_alarm *a)
{
	uint64_t mix = (a->seq + t->env.store) * 0x9e3779b97f4a7c15ULL;
	char code[TELL_CODE];
	size_t i;

	mix ^= hash(a->rule, a->device);
	mix = (mix ^ mix >> 29) * 0xbf58476d1ce4e5b9ULL;
	i = (mix ^ mix >> 32) % CODES;
	for (size_t k = 0; k < CODES && t->codes[i] != NULL; k++)
		i = (i + 1) % CODES;
	snprintf(code, sizeof(code), "%c%03u", LETTERS[i / 1000], (unsigned)(i % 1000));
	tell_code_is(t, a, code);
}
