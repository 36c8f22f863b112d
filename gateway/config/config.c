#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../crypt.h"
#include "../room.h"
#include "../text.h"
#include "config_read.h"

#define ARENA_MOST	(256UL << 20)	/* of address space */
#define ARENA_LEAST	(16UL << 20)

/* The outermost group of the file. */
struct top {
	struct gateway_conf	 gateway;
	struct life_conf	 life;
	const struct node	*constants, *links, *uplinks, *ways;
	struct items		 listeners, receivers, devices, derived, rules, packs;
	struct items		 statistics, cures, tariffs;
	struct tell_conf	 tell;
	struct strings		 stories;
};

#define TOP(field)	offsetof(struct top, field)

const struct key config_keys[] = {
	{ .name = "gateway", .type = KEY_GROUP, .offset = TOP(gateway), .fallback = "{}",
	  .sub = gateway_keys,
	  .example = "{ id = \"sw-luhe-0017\"; }",
	  .help = "The gateway itself and its journal." },
	{ .name = "constants", .type = KEY_NODE, .offset = TOP(constants), .fallback = "",
	  .example = "{ limit = { fume = 2.0; }; }",
	  .help = "Named numbers for rules." },
	{ .name = "links", .type = KEY_NODE, .offset = TOP(links), .fallback = "",
	  .example = "( { name = \"plc\"; kind = \"tcp\"; ... } )",
	  .help = "Lines to instruments." },
	{ .name = "listeners", .type = KEY_ITEMS, .offset = TOP(listeners), .fallback = "",
	  .sub = listener_keys, .size = sizeof(struct listener_conf),
	  .line = offsetof(struct listener_conf, place) + 1,
	  .example = "( { name = \"dtu\"; port = 5001; format = \"imei\"; } )",
	  .help = "Ports at which DTUs call." },
	{ .name = "receivers", .type = KEY_ITEMS, .offset = TOP(receivers), .fallback = "",
	  .sub = receiver_keys, .size = sizeof(struct receiver_conf),
	  .line = offsetof(struct receiver_conf, place) + 1,
	  .example = "( { name = \"coap\"; transport = \"coaps\"; } )",
	  .help = "Ports at which instruments bring messages." },
	{ .name = "devices", .type = KEY_ITEMS, .offset = TOP(devices), .fallback = "",
	  .sub = device_keys, .size = sizeof(struct device),
	  .line = offsetof(struct device, conf.place) + 1,
	  .example = "( { name = \"kitchen/fume\"; ... } )",
	  .help = "Instruments, each on a link." },
	{ .name = "derived", .type = KEY_ITEMS, .offset = TOP(derived), .fallback = "",
	  .sub = derived_keys, .size = sizeof(struct derived_conf),
	  .line = offsetof(struct derived_conf, place) + 1,
	  .example = "( { name = \"fume_ref\"; ... } )",
	  .help = "Points that are reckoned from others." },
	{ .name = "rules", .type = KEY_ITEMS, .offset = TOP(rules), .fallback = "",
	  .sub = rule_keys, .size = sizeof(struct rule_conf),
	  .line = offsetof(struct rule_conf, place) + 1,
	  .example = "( { name = \"fume-high\"; ... } )",
	  .help = "What is an alarm." },
	{ .name = "packs", .type = KEY_ITEMS, .offset = TOP(packs), .fallback = "",
	  .sub = pack_use_keys, .size = sizeof(struct pack_use),
	  .line = offsetof(struct pack_use, place) + 1,
	  .example = "( { name = \"fume\"; standard = \"DB11/1488-2018\"; on = \"*/fume\"; } )",
	  .help = "Rules that are shipped, with the limits of a standard." },
	{ .name = "stories", .type = KEY_STRINGS, .offset = TOP(stories), .fallback = "",
	  .example = "(\"stories.conf\")",
	  .help = "Files of stories that the rules must do as, for tidegate rules test." },
	{ .name = "statistics", .type = KEY_ITEMS, .offset = TOP(statistics), .fallback = "",
	  .sub = statistic_keys, .size = sizeof(struct statistic_conf),
	  .line = offsetof(struct statistic_conf, place) + 1,
	  .example = "( { select = \"*/fume.*\"; minute = \"10min\"; ... } )",
	  .help = "Means of minutes, hours and days." },
	{ .name = "alarms", .type = KEY_GROUP, .offset = TOP(life), .fallback = "{}",
	  .sub = life_keys,
	  .example = "{ shelf_max = \"4h\"; handling = { life = \"24h\"; }; }",
	  .help = "How alarms live: shelving, floods, areas, maintenance, handling." },
	{ .name = "plans", .type = KEY_ITEMS, .offset = TOP(tariffs), .fallback = "",
	  .sub = tariff_keys, .size = sizeof(struct tariff_conf),
	  .line = offsetof(struct tariff_conf, place) + 1,
	  .example = "( { name = \"sim-1\"; size = \"30MB/month\"; } )",
	  .help = "Plans for data that several links and uplinks share." },
	{ .name = "uplinks", .type = KEY_NODE, .offset = TOP(uplinks), .fallback = "",
	  .example = "( { name = \"local\"; kind = \"file\"; ... } )",
	  .help = "Where everything is sent to." },
	{ .name = "cures", .type = KEY_ITEMS, .offset = TOP(cures), .fallback = "",
	  .sub = cure_keys, .size = sizeof(struct cure_conf),
	  .line = offsetof(struct cure_conf, place) + 1,
	  .example = "( { name = \"4g\"; uplinks = (\"city\"); ... } )",
	  .help = "What is done when an uplink delivers nothing any more." },
	{ .name = "ways", .type = KEY_NODE, .offset = TOP(ways), .fallback = "",
	  .example = "( { name = \"sms\"; kind = \"file\"; ... } )",
	  .help = "How people are told of alarms." },
	{ .name = "contacts", .type = KEY_ITEMS, .offset = TOP(tell.contacts), .fallback = "",
	  .sub = contact_keys, .size = sizeof(struct contact_conf),
	  .line = offsetof(struct contact_conf, place) + 1,
	  .example = "( { name = \"owner\"; phone = \"+8613800138000\"; } )",
	  .help = "People who are told of alarms." },
	{ .name = "groups", .type = KEY_ITEMS, .offset = TOP(tell.groups), .fallback = "",
	  .sub = group_keys, .size = sizeof(struct group_conf),
	  .line = offsetof(struct group_conf, place) + 1,
	  .example = "( { name = \"team\"; members = (\"owner\", \"chef\"); } )",
	  .help = "Several of them under one name." },
	{ .name = "duty", .type = KEY_ITEMS, .offset = TOP(tell.duty), .fallback = "",
	  .sub = duty_keys, .size = sizeof(struct duty_conf),
	  .line = offsetof(struct duty_conf, place) + 1,
	  .example = "( { name = \"night\"; shifts = ( ... ); } )",
	  .help = "Calendars of who is on duty." },
	{ .name = "notify", .type = KEY_ITEMS, .offset = TOP(tell.notify), .fallback = "",
	  .sub = notify_keys, .size = sizeof(struct notify_conf),
	  .line = offsetof(struct notify_conf, place) + 1,
	  .example = "( { name = \"gas\"; steps = ( { to = (\"owner\"); } ); } )",
	  .help = "Who is told of which alarms, and who next; of an alarm all that fit." },
	{ .name = "telling", .type = KEY_GROUP, .offset = TOP(tell.telling), .fallback = "{}",
	  .sub = telling_keys,
	  .example = "{ parts = 1; }",
	  .help = "What holds for all messages." },
	{ .name = NULL }
};

struct arena
config_arena(void)
{
	struct arena a = { .cap = ARENA_MOST, .fresh = true };
	void *at = MAP_FAILED;

	while (at == MAP_FAILED && a.cap >= ARENA_LEAST) {
		at = mmap(NULL, a.cap, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (at == MAP_FAILED)
			a.cap /= 2;
	}
	a.at = at != MAP_FAILED ? at : NULL;
	return a;
}

int
config_no_memory(struct config_reader *r)
{
	return err_add(r->errs, node_file(r->root), 0,
	    "the configuration is too large for the memory set aside for it");
}

int
config_digest_tree(struct config_reader *r, const struct tree *tree)
{
	for (size_t i = 0; tree_file(tree, i) != NULL; i++) {
		struct config_part *part = arena_alloc(r->arena, sizeof(*part));

		if (part == NULL)
			return config_no_memory(r);
		part->file = tree_file(tree, i);
		*r->last = part;
		r->last = &part->next;
	}
	return 0;
}

static int
digest(struct config_reader *r)
{
	struct config *c = r->config;
	const void **parts;
	size_t n = 0, *lens;

	for (const struct config_part *p = r->parts; p != NULL; p = p->next)
		n++;
	parts = arena_alloc(r->arena, n * sizeof(parts[0]));
	lens = arena_alloc(r->arena, n * sizeof(lens[0]));
	c->files = arena_alloc(r->arena, n * sizeof(c->files[0]));
	if (parts == NULL || lens == NULL || c->files == NULL)
		return config_no_memory(r);
	for (const struct config_part *p = r->parts; p != NULL; p = p->next) {
		parts[c->nfiles] = p->file->text;
		lens[c->nfiles] = p->file->len;
		c->files[c->nfiles++] = p->file;
	}
	crypt_sha256_hex(parts, lens, n, c->sha256);
	return 0;
}

/* Where a configuration is read from. */
struct origin {
	const char		*path;
	const struct tree_files	*among;		/* NULL: the disk */
	bool			 secrets;	/* are looked for */
};

/* A profile has none of the settings of a configuration, and each would be
 * called unknown. */
static int
refuse_profile(const struct node *root, struct errs *errs)
{
	const struct node *points = node_get(root, "points");

	if (points == NULL || node_get(root, "maker") == NULL)
		return 0;
	return err_add(errs, node_file(points), node_line(points),
	    "this is a profile of an instrument: tidegate profile check %s", node_file(root));
}

static int
read_tree(struct config *c, const struct tree *tree, const struct origin *from,
    struct errs *errs)
{
	struct config_reader r = { .config = c, .arena = &c->arena, .errs = errs,
	    .root = tree_root(tree), .among = from->among, .secrets = from->secrets,
	    .part = !tree_whole(tree) };
	struct top top = { .links = NULL };
	bool known, sound;
	int rc;

	if (refuse_profile(r.root, errs) != 0)
		return -1;
	r.last = &r.parts;
	rc = config_digest_tree(&r, tree);
	rc |= key_load(r.root, config_keys, &top, r.arena, errs);
	c->gateway = top.gateway;
	c->life = top.life;
	c->stories = top.stories;
	r.constants = top.constants;
	r.links = top.links;
	r.uplinks = top.uplinks;
	r.ways = top.ways;
	c->tell = top.tell;
	r.listeners = top.listeners;
	r.receivers = top.receivers;
	r.devices = top.devices;
	r.derived = top.derived;
	r.rules = top.rules;
	r.packs = top.packs;
	r.statistics = top.statistics;
	r.cures = top.cures;
	r.tariffs = top.tariffs;
	/* where the store and the profiles are stands in it */
	known = !r.part || node_get(r.root, "gateway") != NULL;
	rc |= known ? config_gateway(&r) : -1;
	rc |= config_links(&r);
	rc |= config_ends(&r);
	rc |= config_listeners(&r);
	rc |= config_receivers(&r);
	rc |= config_derived(&r);
	rc |= known ? config_packs_open(&r) | config_devices(&r) : -1;
	sound = rc == 0;
	rc |= config_rules(&r, sound);
	rc |= known ? config_packs(&r, sound && rc == 0) : -1;
	rc |= config_packs_fit(&r);
	config_packs_close(&r);
	rc |= config_lives(&r, rc == 0);
	rc |= config_statistics(&r, sound);
	rc |= config_uplinks(&r);
	rc |= config_tariffs(&r);
	rc |= config_cures(&r, sound && rc == 0);
	rc |= config_ways(&r);
	rc |= config_tell(&r, errs->n == 0);
	rc |= known ? config_paths(&r) : -1;
	return rc == 0 ? digest(&r) : -1;
}

static struct config *
read_all(const struct origin *from, struct errs *errs)
{
	const char *path = from->path;
	struct arena arena = config_arena();
	size_t before = errs->n;
	struct config *c;
	struct tree *tree;
	int rc = -1;

	if (arena.at == NULL) {
		err_add(errs, path, 0, "there is no memory to read it");
		return NULL;
	}
	c = arena_alloc(&arena, sizeof(*c));
	c->arena = arena;
	tree = from->among != NULL ? tree_read_among(from->among, path, &c->arena, errs) :
	    tree_read_part(path, &c->arena, errs);
	if (tree != NULL)
		rc = read_tree(c, tree, from, errs);
	tree_close(tree);
	if (rc == 0 && errs->n == before)
		return c;
	config_free(c);
	return NULL;
}

struct config *
config_read(const char *path, struct errs *errs)
{
	return read_all(&(struct origin){ .path = path, .secrets = true }, errs);
}

struct config *
config_look(const char *path, struct errs *errs)
{
	return read_all(&(struct origin){ .path = path }, errs);
}

int
config_hold(struct config *c, const struct gateway_conf *was, struct errs *errs)
{
	struct gateway_conf *g = &c->gateway;
	const char **texts[] = { &g->id, &g->zone, &g->control, &g->store.dir };

	g->id = was->id;
	g->zone = was->zone;
	g->control = was->control;
	g->store = was->store;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i] = arena_text(&c->arena, *texts[i], strlen(*texts[i]));
		if (*texts[i] == NULL)
			return err_add(errs, "", 0, "the configuration is too large for the "
			    "memory set aside for it");
	}
	return 0;
}

struct config *
config_read_files(const struct tree_files *files, const struct gateway_conf *held,
    struct errs *errs)
{
	const struct origin from = { .path = files->at[0].path, .among = files };
	struct config *c = read_all(&from, errs);

	if (c == NULL || config_hold(c, held, errs) == 0)
		return c;
	config_free(c);
	return NULL;
}

void
config_free(struct config *c)
{
	struct arena arena;

	if (c == NULL)
		return;
	arena = c->arena;		/* c lies in it */
	munmap(arena.at, arena.cap);
}

static const char *
translate(const char *fmt)
{
	return _(fmt);
}

struct errs *
config_errs(void)
{
	struct errs *errs = room_for(1, sizeof(*errs) + ERRS_MAX * sizeof(struct err));

	errs->at = (struct err *)(errs + 1);
	errs->translate = translate;
	return errs;
}

void
config_errs_print(const struct errs *errs, void *stream)
{
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++) {
		const struct err *e = &errs->at[i];

		if (e->line > 0)
			fprintf(stream, "%s:%d: %s\n", e->file, e->line, e->text);
		else
			fprintf(stream, "%s%s%s\n", e->file, e->file[0] != '\0' ? ": " : "",
			    e->text);
		if (e->quote[0] != '\0')
			fprintf(stream, "    %s\n    %*s^\n", e->quote, e->caret, "");
	}
	if (errs->n > ERRS_MAX)
		fprintf(stream, _("and %zu more\n"), errs->n - ERRS_MAX);
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		if (errs->at[i].unread)
			fprintf(stream, _("%s:%d: note: %s\n"), errs->at[i].file,
			    errs->at[i].line, _(CONFIG_UNREAD));
}

struct config *
config_told(const char *path)
{
	struct errs *errs = config_errs();
	struct config *config = config_look(path, errs);

	if (config == NULL)
		config_errs_print(errs, stderr);
	free(errs);
	return config;
}
