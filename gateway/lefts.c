#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lefts.h"
#include "room.h"

#define FIRST_SIZE	64

static uint64_t
hash(uint64_t h, const char *name)
{
	do
		h = (h ^ (unsigned char)*name) * 0x100000001b3;	/* FNV-1a, with the NUL */
	while (*name++ != '\0');
	return h;
}

/* Where it stands, or the free slot where it belongs. */
static struct left **
place(struct lefts *all, const char *rule, const char *device)
{
	uint64_t h = hash(hash(0xcbf29ce484222325, rule), device);

	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		struct left **slot = &all->slots[i & (all->size - 1)];

		if (*slot == NULL)
			return slot;
		all->compared++;
		if (strcmp((*slot)->rule, rule) == 0 && strcmp((*slot)->device, device) == 0)
			return slot;
	}
}

static void
resize(struct lefts *all, size_t size)
{
	free(all->slots);
	all->slots = room_for(size, sizeof(struct left *));
	all->size = size;
	for (struct left *l = all->first; l != NULL; l = l->next)
		*place(all, l->rule, l->device) = l;
}

void
lefts_init(struct lefts *all)
{
	*all = (struct lefts){ .first = NULL };
	all->end = &all->first;
	resize(all, FIRST_SIZE);
}

static char *
copy(const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;
	char *to = room_for(n + 1, 1);

	if (n > 0)
		memcpy(to, text, n);
	return to;
}

/* Who keeps it silent, and what for: the step itself, or that it is so, restated. */
static bool
says_who(const struct alarm_entry *a)
{
	bool who = (a->who != NULL && a->who[0] != '\0') || (a->why != NULL && a->why[0] != '\0');

	return a->event == ALARM_EV_MASK ? (a->mask & (ALARM_SHELVED | ALARM_REMOVED)) != 0 :
	    a->event == ALARM_EV_ENTER && who;
}

static void
keep_said(struct left *l, const struct alarm_entry *a)
{
	bool silent = a->alarm.masks & (ALARM_SHELVED | ALARM_REMOVED);

	if (silent && !says_who(a))
		return;
	free(l->who);
	free(l->why);
	l->who = silent ? copy(a->who) : NULL;
	l->why = silent ? copy(a->why) : NULL;
}

/* What is restated, too, where nothing has become of it since.  One that chatters
 * makes no burst. */
static bool
announces(const struct left *l, const struct alarm_entry *a)
{
	return !a->alarm.chattering && a->alarm.count > l->entry.alarm.count &&
	    (a->event == ALARM_EV_ENTER || a->event == ALARM_EV_UNMASK) &&
	    alarm_state(&a->alarm) == ALARM_UNACK;
}

void
lefts_take(struct lefts *all, const struct alarm_entry *a)
{
	struct left **slot = place(all, a->rule, a->device), *l = *slot;

	if (l == NULL) {
		l = *slot = room_for(1, sizeof(*l));
		snprintf(l->rule, sizeof(l->rule), "%s", a->rule);
		snprintf(l->device, sizeof(l->device), "%s", a->device);
		*all->end = l;
		all->end = &l->next;
		if (2 * ++all->n > all->size)
			resize(all, 2 * all->size);
	}
	if (announces(l, a))
		l->came = a->time;
	l->entry = *a;
	keep_said(l, a);
	if (!all->texts)
		return;
	free(l->en);
	free(l->zh);
	l->en = copy(a->text_en);
	l->zh = copy(a->text_zh);
}

void
lefts_free(struct lefts *all)
{
	for (struct left *l = all->first, *next; l != NULL; l = next) {
		next = l->next;
		free(l->who);
		free(l->why);
		free(l->en);
		free(l->zh);
		free(l);
	}
	free(all->slots);
}
