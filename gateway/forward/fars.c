#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../renewal.h"
#include "../room.h"
#include "fars.h"

static char *
copy_of(const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = room_for(strlen(text) + 1, 1);
	return strcpy(copy, text);
}

static struct strings
copies_of(const struct strings *list)
{
	struct strings copy = { room_for(list->n + 1, sizeof(*copy.at)), list->n };

	for (size_t i = 0; i < list->n; i++)
		copy.at[i] = copy_of(list->at[i]);
	return copy;
}

static void	keep_texts(const struct key *, unsigned char *);
static void	drop_texts(const struct key *, unsigned char *);

static void
keep_items(const struct key *key, struct items *items)
{
	unsigned char *copy = room_for(items->n + 1, key->size);

	if (items->n > 0)
		memcpy(copy, items->at, items->n * key->size);
	items->at = copy;
	for (size_t i = 0; i < items->n; i++)
		keep_texts(key->sub, copy + i * key->size);
}

static void
drop_items(const struct key *key, struct items *items)
{
	for (size_t i = 0; i < items->n; i++)
		drop_texts(key->sub, (unsigned char *)items->at + i * key->size);
	free(items->at);
}

/* What these keys point to. */
static void
keep_texts(const struct key *keys, unsigned char *conf)
{
	for (; keys->name != NULL; keys++) {
		void *at = conf + keys->offset;

		switch (keys->type) {
		case KEY_STRING:
		case KEY_NAME:
		case KEY_SECRET:
			*(const char **)at = copy_of(*(const char **)at);
			break;
		case KEY_STRINGS:
			*(struct strings *)at = copies_of(at);
			break;
		case KEY_GROUP:
		case KEY_ROWS:
			keep_texts(keys->sub, at);
			break;
		case KEY_ITEMS:
			keep_items(keys, at);
			break;
		default:
			break;
		}
	}
}

static void
drop_text(const char **text)
{
	free((void *)(uintptr_t)*text);
}

static void
drop_texts(const struct key *keys, unsigned char *conf)
{
	for (; keys->name != NULL; keys++) {
		void *at = conf + keys->offset;
		struct strings *list = at;

		switch (keys->type) {
		case KEY_STRING:
		case KEY_NAME:
		case KEY_SECRET:
			drop_text(at);
			break;
		case KEY_STRINGS:
			for (size_t i = 0; i < list->n; i++)
				drop_text(&list->at[i]);
			free(list->at);
			break;
		case KEY_GROUP:
		case KEY_ROWS:
			drop_texts(keys->sub, at);
			break;
		case KEY_ITEMS:
			drop_items(keys, at);
			break;
		default:
			break;
		}
	}
}

static const struct uplink *
kind_of(const struct far *far)
{
	return uplink_kind_at((size_t)far->conf.kind);
}

static struct far *
far_new(const struct uplink_conf *conf)
{
	struct far *far = room_for(1, sizeof(*far));
	unsigned char *own = (unsigned char *)&far->conf;
	size_t size;

	far->conf = *conf;
	size = kind_of(far)->conf_size;
	if (size > 0) {
		own = room_for(1, size);
		memcpy(own, conf->own, size);
		far->conf.own = own;
	}
	keep_texts(uplink_keys, (unsigned char *)&far->conf);
	keep_texts(kind_of(far)->keys, own);
	if (kind_of(far)->keep != NULL)
		kind_of(far)->keep(own);
	return far;
}

/* Its thread has ended, or never began. */
static void
far_free(struct far *far)
{
	bool apart = kind_of(far)->conf_size > 0;

	if (far->runner != NULL) {
		ledger_add(far->row, runner_traffic(far->runner));
		runner_free(far->runner);
	}
	drop_texts(kind_of(far)->keys, apart ? far->conf.own : (void *)&far->conf);
	drop_texts(uplink_keys, (unsigned char *)&far->conf);
	if (kind_of(far)->drop != NULL)
		kind_of(far)->drop(far->conf.own);
	if (apart)
		free(far->conf.own);
	free(far);
}

/* Takes the one that says the same out of the list; NULL: none does. */
static struct far *
take(struct fars *all, const struct uplink_conf *conf)
{
	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->at[i];

		if (far == NULL || !uplink_same(&far->conf, conf))
			continue;
		all->at[i] = NULL;
		return far;
	}
	return NULL;
}

/* What it shows is the same, and something of the site is not. */
static struct far *
go_on(struct far *far, const struct uplink_conf *conf)
{
	const struct uplink *kind = kind_of(far);

	if (kind->facts != NULL && far->runner != NULL)
		runner_adopt(far->runner, kind->facts(conf->own));
	else if (kind->facts != NULL)
		kind->adopt(far->conf.own, kind->facts(conf->own));
	return far;
}

static void
let_end(struct fars *all, struct far *far)
{
	if (far->runner == NULL) {
		far_free(far);
		return;
	}
	log_info("uplink %s: ends", far->conf.name);
	runner_end(far->runner);
	far->next = all->ending;
	all->ending = far;
}

void
fars_renew(struct fars *all, const struct config *config)
{
	struct far **at = room_for(config->nuplinks, sizeof(struct far *));

	for (size_t i = 0; i < config->nuplinks; i++) {
		const struct uplink_conf *conf = &config->uplinks[i];
		struct far *far = take(all, conf);

		at[i] = far != NULL ? go_on(far, conf) : far_new(conf);
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i] != NULL)
			let_end(all, all->at[i]);
	free(all->at);
	all->at = at;
	all->n = config->nuplinks;
	fars_plan(all, config);
}

static void
reap(struct fars *all)
{
	struct far **at = &all->ending, *far;

	while ((far = *at) != NULL) {
		if (!runner_wait(far->runner, 0)) {
			at = &far->next;
			continue;
		}
		*at = far->next;
		log_info("uplink %s: ended", far->conf.name);
		far_free(far);
	}
}

/* Two would move one cursor. */
static bool
still_ends(const struct fars *all, const char *name)
{
	for (const struct far *far = all->ending; far != NULL; far = far->next)
		if (strcmp(far->conf.name, name) == 0)
			return true;
	return false;
}

bool
fars_tend(struct fars *all)
{
	struct runner_conf conf = all->common;
	bool done;

	if (all->ending != NULL)
		reap(all);
	done = all->ending == NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct far *far = all->at[i];

		if (far->runner != NULL || still_ends(all, far->conf.name))
			continue;
		conf.conf = &far->conf;
		conf.kind = kind_of(far);
		far->row = ledger_row(all->ledger, far->conf.name);
		far->runner = runner_start(&conf);
		if (far->planned)
			runner_thin(far->runner, &far->terms, &all->guards);
	}
	return done;
}

/* A thread that hangs in its far end is left behind with its cursor saved. */
static bool
end_one(struct far *far, int64_t left)
{
	if (runner_wait(far->runner, left > 0 ? left : 0)) {
		far_free(far);
		return true;
	}
	log_warn("uplink %s: does not stop, left behind", far->conf.name);
	runner_save(far->runner);
	return false;
}

bool
fars_end(struct fars *all, int64_t us)
{
	int64_t end = system_clock.mono() + us;
	bool ended = true;
	struct far *next;

	for (size_t i = 0; i < all->n; i++)
		if (all->at[i]->runner != NULL)
			ended &= end_one(all->at[i], end - system_clock.mono());
		else
			far_free(all->at[i]);
	for (struct far *far = all->ending; far != NULL; far = next) {
		next = far->next;
		ended &= end_one(far, end - system_clock.mono());
	}
	free(all->at);
	fars_drop_guards(all);
	return ended;
}

bool
fars_anew(struct fars *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i]->conf.name, name) == 0 && all->at[i]->runner != NULL) {
			runner_anew(all->at[i]->runner);
			return true;
		}
	return false;
}
