#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "../tariffs.h"
#include "fars.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
fars_drop_guards(struct fars *all)
{
	for (size_t i = 0; i < all->guards.n; i++)
		free((void *)(uintptr_t)all->guards.at[i]);
	free(all->guards.at);
	all->guards = (struct thin_guards){ .n = 0 };
}

static void
take_guards(struct fars *all, const struct config *config)
{
	struct thin_guards *g = &all->guards;

	fars_drop_guards(all);
	g->at = room_for(config->ndevices + 1, sizeof(*g->at));
	for (size_t i = 0; config->guarded != NULL && i < config->ndevices; i++) {
		const char *name = config->devices[i].conf.name;
		char *copy;

		if (!config->guarded[i])
			continue;
		copy = room_for(strlen(name) + 1, 1);
		g->at[g->n++] = strcpy(copy, name);
	}
	qsort(g->at, g->n, sizeof(*g->at), by_name);
}

static void
ask(struct fars *all, struct far *far)
{
	far->terms.batches = (far->saves & SAVE_BATCHES) != 0;
	far->terms.changes = (far->saves & SAVE_DEADBAND) != 0;
	far->terms.statistics = (far->saves & SAVE_STATISTICS) != 0;
	far->terms.reserve = (far->saves & SAVE_RESERVE) != 0;
	if (far->runner != NULL)
		runner_thin(far->runner, &far->terms, &all->guards);
}

void
fars_plan(struct fars *all, const struct config *config)
{
	take_guards(all, config);
	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->at[i];
		size_t tariff = config->uplinks[i].tariff;
		const struct tariff_conf *t = tariff > 0 ? &config->tariffs[tariff - 1] : NULL;
		bool was = far->planned;

		far->planned = t != NULL;
		far->saves = t != NULL ? far->saves : 0;
		if (t != NULL) {
			far->terms.batch_age = t->batch_age;
			far->terms.deadband = t->deadband;
			far->terms.deadband_age = t->deadband_age;
		}
		if (t != NULL || was)
			ask(all, far);
	}
}

static size_t
put_spent(const struct far *far, char *rows, size_t len, size_t n)
{
	int more;

	if (!far->planned || far->unspent.rx + far->unspent.tx == 0)
		return len;
	more = snprintf(rows + len, n - len, "%s\t%" PRIu64 "\t%" PRIu64 "\n", far->conf.name,
	    far->unspent.rx, far->unspent.tx);
	return (size_t)more < n - len ? len + (size_t)more : len;
}

bool
fars_spent(const struct fars *all, char *rows, size_t n)
{
	size_t len = 0;
	bool planned = false;

	for (size_t i = 0; i < all->n; i++) {
		planned |= all->at[i]->planned;
		len = put_spent(all->at[i], rows, len, n);
	}
	for (const struct far *far = all->ending; far != NULL; far = far->next) {
		planned |= far->planned;
		len = put_spent(far, rows, len, n);
	}
	rows[len] = '\0';
	return planned;
}

void
fars_told(struct fars *all)
{
	for (size_t i = 0; i < all->n; i++)
		all->at[i]->unspent = (struct traffic){ 0 };
	for (struct far *far = all->ending; far != NULL; far = far->next)
		far->unspent = (struct traffic){ 0 };
}

/* "uplink TAB flags" of those that are to save. */
static unsigned
flags_for(const char *answer, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = answer, *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '\t')
			return (unsigned)strtoul(at + n + 1, NULL, 10);
	return 0;
}

void
fars_save(struct fars *all, const char *answer)
{
	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->at[i];
		unsigned saves = far->planned ? flags_for(answer, far->conf.name) : 0;

		if (saves == far->saves)
			continue;
		far->saves = saves;
		ask(all, far);
	}
}
