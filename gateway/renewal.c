#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "renewal.h"
#include "room.h"
#include "text.h"

/* Another plan closes no line. */
static bool
common_same(const struct link_conf *x, const struct link_conf *y)
{
	for (const struct key *key = link_keys; key->name != NULL; key++) {
		const struct key one[2] = { *key, { .name = NULL } };

		if (strcmp(key->name, "plan") != 0 && !key_same(one, x, y))
			return false;
	}
	return true;
}

static bool
links_same(const void *a, const void *b)
{
	const struct link_conf *x = a, *y = b;

	return common_same(x, y) && x->digest == y->digest &&
	    key_same(link_kind_at((size_t)x->kind)->keys, x, y);
}

static bool
listeners_same(const void *a, const void *b)
{
	return key_same(listener_keys, a, b);
}

static bool
receivers_same(const void *a, const void *b)
{
	return key_same(receiver_keys, a, b);
}

static bool
devices_same(const void *a, const void *b)
{
	return device_same(a, b);
}

static bool
rules_same(const void *a, const void *b)
{
	return rule_same(a, b);
}

bool
uplink_same(const struct uplink_conf *x, const struct uplink_conf *y)
{
	const struct uplink *kind = uplink_kind_at((size_t)x->kind);

	if (!key_same(uplink_keys, x, y) || x->digest != y->digest ||
	    x->batch_most != y->batch_most)
		return false;
	if (kind->same != NULL && !kind->same(x->own, y->own))
		return false;
	return kind->conf_size > 0 ? key_same(kind->keys, x->own, y->own) :
	    key_same(kind->keys, x, y);
}

static bool
uplinks_same(const void *a, const void *b)
{
	return uplink_same(a, b);
}

static bool
points_same(const void *a, const void *b)
{
	return derived_same(a, b);
}

static bool
ways_same(const void *a, const void *b)
{
	const struct way_conf *x = a, *y = b;
	const struct way_kind *kind = way_kind_at((size_t)x->kind);

	return key_same(way_keys, x, y) && (x->own == NULL || y->own == NULL ?
	    x->own == y->own : key_same(kind->keys, x->own, y->own));
}

#define BY_KEYS(name, keys) \
	static bool \
	name(const void *a, const void *b) \
	{ \
		return key_same(keys, a, b); \
	}

BY_KEYS(statistics_same, statistic_keys)
BY_KEYS(tariffs_same, tariff_keys)
BY_KEYS(contacts_same, contact_keys)
BY_KEYS(groups_same, group_keys)
BY_KEYS(duty_same, duty_keys)
BY_KEYS(notify_same, notify_keys)
BY_KEYS(cures_same, cure_keys)

/* Where the things of a list are, in a struct config and in themselves. */
static const struct list {
	const char	*word;
	size_t		 at, n, size, name;
	size_t		 on;		/* tells those of one name apart; 0: none */
	bool		(*same)(const void *, const void *);
} lists[KINS] = {
#define LIST(w, f, type, member, same) \
	{ w, offsetof(struct config, f), offsetof(struct config, n##f), sizeof(type), \
	  offsetof(type, member), 0, same }
#define ON(w, f, type, same) \
	{ w, offsetof(struct config, f), offsetof(struct config, n##f), sizeof(type), \
	  offsetof(type, name), offsetof(type, on), same }
#define TOLD(w, f, type, same) \
	{ w, offsetof(struct config, tell.f.at), offsetof(struct config, tell.f.n), \
	  sizeof(type), offsetof(type, name), 0, same }
	[KIN_LINKS] = LIST(N_("link"), links, struct link_conf, name, links_same),
	[KIN_DEVICES] = LIST(N_("device"), devices, struct device, conf.name, devices_same),
	[KIN_RULES] = ON(N_("rule"), rules, struct rule_conf, rules_same),
	[KIN_UPLINKS] = LIST(N_("uplink"), uplinks, struct uplink_conf, name, uplinks_same),
	[KIN_DERIVED] = ON(N_("derived point"), derived, struct derived_conf, points_same),
	[KIN_LISTENERS] = LIST(N_("listener"), listeners, struct listener_conf, name,
	    listeners_same),
	[KIN_RECEIVERS] = LIST(N_("receiver"), receivers, struct receiver_conf, name,
	    receivers_same),
	[KIN_STATISTICS] = LIST(N_("statistic"), statistics, struct statistic_conf, select,
	    statistics_same),
	[KIN_CONTACTS] = TOLD(N_("contact"), contacts, struct contact_conf, contacts_same),
	[KIN_GROUPS] = TOLD(N_("group"), groups, struct group_conf, groups_same),
	[KIN_DUTY] = TOLD(N_("duty calendar"), duty, struct duty_conf, duty_same),
	[KIN_NOTIFY] = TOLD(N_("policy"), notify, struct notify_conf, notify_same),
	[KIN_TARIFFS] = LIST(N_("plan"), tariffs, struct tariff_conf, name, tariffs_same),
	[KIN_WAYS] = LIST(N_("way"), ways, struct way_conf, name, ways_same),
	[KIN_CURES] = LIST(N_("cure"), cures, struct cure_conf, name, cures_same),
#undef LIST
#undef ON
#undef TOLD
};

static size_t
length(const struct config *c, const struct list *l)
{
	return *(const size_t *)(const void *)((const char *)c + l->n);
}

static const void *
thing(const struct config *c, const struct list *l, size_t i)
{
	const char *const *base = (const void *)((const char *)c + l->at);

	return *base + i * l->size;
}

static const char *
name_of(const struct config *c, const struct list *l, size_t i)
{
	return *(const char *const *)(const void *)((const char *)thing(c, l, i) + l->name);
}

const char *
kin_word(enum kinds k)
{
	return lists[k].word;
}

const char *
kin_name(const struct config *c, enum kinds k, size_t i)
{
	return name_of(c, &lists[k], i);
}

struct named {
	const char	*name, *on;
	size_t		 i;
};

/* Rules and points of packs have one name on many devices. */
static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->on, y->on);
}

static struct named
named(const struct config *c, const struct list *l, size_t i)
{
	const char *base = thing(c, l, i);

	return (struct named){ name_of(c, l, i), l->on == 0 ? "" :
	    *(const char *const *)(const void *)(base + l->on), i };
}

static struct named *
sorted(const struct config *c, const struct list *l, size_t n)
{
	struct named *at = room_for(n, sizeof(*at));

	for (size_t i = 0; i < n; i++)
		at[i] = named(c, l, i);
	qsort(at, n, sizeof(*at), by_name);
	return at;
}

/* One of the name whose devices were changed. */
static const struct named *
find(const struct named *before, size_t n, const struct named *key, const size_t *heir)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(before[middle].name, key->name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && strcmp(before[low].name, key->name) == 0; low++)
		if (heir[before[low].i] == NOBODY)
			return &before[low];
	return NULL;
}

static void
relate(const struct renewal *r, const struct list *l, struct kin *kin, size_t i,
    const struct named *found)
{
	kin->was[i] = found->i;
	kin->heir[found->i] = i;
	kin->same[i] = l->same(thing(r->was, l, found->i), thing(r->now, l, i));
}

static void
compare(const struct renewal *r, const struct list *l, struct kin *kin)
{
	struct named *before, key;
	const struct named *found;

	kin->n = length(r->now, l);
	kin->nwas = length(r->was, l);
	kin->was = room_for(kin->n, sizeof(*kin->was));
	kin->same = room_for(kin->n, sizeof(*kin->same));
	kin->heir = room_for(kin->nwas, sizeof(*kin->heir));
	before = sorted(r->was, l, kin->nwas);
	for (size_t i = 0; i < kin->nwas; i++)
		kin->heir[i] = NOBODY;
	for (size_t i = 0; i < kin->n; i++) {
		key = named(r->now, l, i);
		found = bsearch(&key, before, kin->nwas, sizeof(key), by_name);
		kin->was[i] = NOBODY;
		if (found != NULL)
			relate(r, l, kin, i, found);
	}
	for (size_t i = 0; i < kin->n; i++) {
		key = named(r->now, l, i);
		found = kin->was[i] != NOBODY ? NULL : find(before, kin->nwas, &key, kin->heir);
		if (found != NULL)
			relate(r, l, kin, i, found);
	}
	free(before);
}

void
renewal_compare(struct renewal *r, const struct config *was, const struct config *now)
{
	*r = (struct renewal){ .was = was, .now = now };
	for (size_t k = 0; k < KINS; k++)
		compare(r, &lists[k], &r->kin[k]);
	r->twins = room_for(now->ndevices, sizeof(struct device *));
	for (size_t i = 0; i < now->ndevices; i++) {
		size_t k = r->kin[KIN_DEVICES].was[i];

		if (k != NOBODY && (r->kin[KIN_DEVICES].same[i] ||
		    device_alike(&was->devices[k], &now->devices[i])))
			r->twins[i] = &was->devices[k];
	}
}

void
renewal_free(struct renewal *r)
{
	for (size_t k = 0; k < KINS; k++) {
		free(r->kin[k].was);
		free(r->kin[k].same);
		free(r->kin[k].heir);
	}
	free(r->twins);
}

bool
renewal_goes_on(const struct renewal *r, const struct device *was)
{
	const struct kin *links = &r->kin[KIN_LINKS], *devices = &r->kin[KIN_DEVICES];
	size_t heir = devices->heir[was - r->was->devices];

	if (heir == NOBODY || r->twins[heir] == NULL)
		return false;
	for (size_t i = 0; i < links->n; i++)
		if (strcmp(r->now->links[i].name, was->conf.link) == 0)
			return links->same[i];
	return false;
}

bool
renewal_has(const struct renewal *r, const struct device *was)
{
	return r->kin[KIN_DEVICES].heir[was - r->was->devices] != NOBODY;
}

void
renewal_waits(const struct gateway_conf *was, const struct gateway_conf *now,
    void (*told)(void *, const char *setting), void *arg)
{
	const struct store_conf *a = &was->store, *b = &now->store;
	const struct { const char *name; bool differs; } settings[] = {
		{ "id", strcmp(was->id, now->id) != 0 },
		{ "zone", strcmp(was->zone, now->zone) != 0 },
		{ "control", strcmp(was->control, now->control) != 0 },
		{ "store.dir", strcmp(a->dir, b->dir) != 0 },
		{ "store.cap", a->cap != b->cap },
		{ "store.age", a->age != b->age },
		{ "store.commit", a->commit != b->commit },
		{ "store.buffer", a->buffer != b->buffer },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (settings[i].differs)
			told(arg, settings[i].name);
}
