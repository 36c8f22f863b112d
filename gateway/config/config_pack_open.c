#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../rules/fit.h"
#include "config_read.h"

static int
no_pack(struct config_reader *r, const struct pack_use *use)
{
	const struct strings *folders = &r->config->gateway.packs;
	const char *near = config_near(r, folders, use->name);
	char list[160];

	if (near != NULL)
		return err_add(r->errs, use->place.file, use->place.line,
		    "packs: there is no pack \"%s\"; did you mean \"%s\"?", use->name, near);
	return err_add(r->errs, use->place.file, use->place.line,
	    "packs: there is no pack \"%s\" in %s", use->name,
	    config_folders(folders, list, sizeof(list)));
}

static struct tree *
open_pack(struct config_reader *r, const struct pack_use *use)
{
	char path[PATH_MAX];
	struct tree *tree;

	if (config_find(r, &r->config->gateway.packs, use->name, path, sizeof(path)) == NULL) {
		no_pack(r, use);
		return NULL;
	}
	tree = r->among != NULL ? tree_read_among(r->among, path, r->arena, r->errs) :
	    tree_read(path, r->arena, r->errs);
	if (tree != NULL && config_digest_tree(r, tree) == 0)
		return tree;
	tree_close(tree);
	return NULL;
}

static int
take(struct config_reader *r, const struct pack_use *use, struct opened_pack *o)
{
	struct derived_conf *points;
	int rc;

	o->pack = pack_read(o->tree, r->arena, r->errs);
	if (o->pack == NULL)
		return -1;
	rc = pack_constants(o->pack, use, &r->config->constants, &o->constants, r->arena,
	    r->errs) | pack_check_off(o->pack, use, r->arena, r->errs);
	points = o->pack->derived.at;
	for (size_t i = 0; i < o->pack->derived.n && rc == 0; i++)
		rc = derived_compile(&points[i], &o->constants, r->arena, r->errs);
	if (rc != 0)
		o->pack = NULL;
	return rc;
}

int
config_packs_open(struct config_reader *r)
{
	const struct pack_use *uses = r->packs.at;
	int rc = 0;

	r->opened = arena_alloc(r->arena, (r->packs.n + 1) * sizeof(*r->opened));
	if (r->opened == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < r->packs.n; i++) {
		struct opened_pack *o = &r->opened[i];

		if (uses[i].name != NULL && uses[i].on != NULL)
			o->tree = open_pack(r, &uses[i]);
		rc |= o->tree != NULL ? take(r, &uses[i], o) : -1;
	}
	return rc;
}

void
config_packs_close(struct config_reader *r)
{
	struct pack_use *uses = r->packs.at;

	for (size_t i = 0; i < r->packs.n && r->opened != NULL; i++) {
		tree_close(r->opened[i].tree);
		uses[i].constants = NULL;
	}
}

/* The devices whose names fit and that have no such point yet. */
static int
place(struct config_reader *r, const struct pack_use *use, const struct derived_conf *point,
    const struct census *census, struct derived_conf *at)
{
	struct config *c = r->config;

	for (size_t i = 0; i < c->ndevices; i++) {
		struct device *d = &c->devices[i];
		enum bind_result result;

		if (!glob_match(use->on, d->conf.name) || !glob_match(point->on, d->conf.name) ||
		    profile_point(d->profile, point->name) != NULL)
			continue;
		result = derived_fit(point, d, census, false, r->errs);
		if (result == BIND_ABSENT)
			continue;
		at[c->nderived] = *point;
		at[c->nderived].on = d->conf.name;
		if (result == BIND_WRONG || config_extend(r, d, &at[c->nderived]) != 0)
			return -1;
		c->nderived++;
	}
	return 0;
}

int
config_pack_points(struct config_reader *r)
{
	struct config *c = r->config;
	const struct pack_use *uses = r->packs.at;
	struct derived_conf *at;
	struct census census;
	size_t most = c->nderived;
	int rc = 0;

	for (size_t i = 0; i < r->packs.n; i++)
		if (r->opened[i].pack != NULL)
			most += r->opened[i].pack->derived.n * c->ndevices;
	if (r->part || most == c->nderived)
		return 0;
	at = arena_alloc(r->arena, most * sizeof(*at));
	if (at == NULL || census_take(&census, c->devices, c->ndevices, r->arena) != 0)
		return config_no_memory(r);
	if (c->nderived > 0)
		memcpy(at, c->derived, c->nderived * sizeof(*at));
	c->derived = at;
	for (size_t i = 0; i < r->packs.n; i++) {
		const struct pack *pack = r->opened[i].pack;
		const struct derived_conf *points = pack != NULL ? pack->derived.at : NULL;

		for (size_t k = 0; pack != NULL && k < pack->derived.n && rc == 0; k++)
			if (!pack_is_off(&uses[i], points[k].name))
				rc = place(r, &uses[i], &points[k], &census, at);
	}
	return rc;
}

/* The pattern with the folder, or with the name, of a device that it then fits. */
static void
try_parts(struct near *near, struct arena *arena, const char *pattern, const char *name)
{
	const char *mark = strrchr(pattern, '/'), *slash = strrchr(name, '/');
	char made[2][2 * NAME_MAX_BYTES];

	if (mark == NULL || slash == NULL) {
		near_try(near, name);
		return;
	}
	snprintf(made[0], sizeof(made[0]), "%.*s%s", (int)(slash - name), name, mark);
	snprintf(made[1], sizeof(made[1]), "%.*s%s", (int)(mark - pattern), pattern, slash);
	for (size_t i = 0; i < 2; i++) {
		if (!glob_match(made[i], name))
			continue;
		near_try(near, made[i]);
		if (near->best == made[i])
			near->best = arena_text(arena, made[i], strlen(made[i]));
	}
}

static int
look_at_use(struct config_reader *r, const struct pack_use *use)
{
	const struct config *c = r->config;
	struct near near = near_to(use->on);

	for (size_t i = 0; i < c->ndevices; i++) {
		const char *name = c->devices[i].conf.name;

		/* one without a name, which was told, may be the one */
		if (name == NULL || glob_match(use->on, name))
			return 0;
	}
	for (size_t i = 0; i < c->ndevices; i++)
		try_parts(&near, r->arena, use->on, c->devices[i].conf.name);
	return err_add(r->errs, use->place.file, use->place.line, near.best != NULL ?
	    ERR_("packs: %s: on \"%s\" fits no device; did you mean \"%s\"?") :
	    ERR_("packs: %s: on \"%s\" fits no device"), use->name, use->on, near.best);
}

/* Where there are no devices yet there is nothing to be watched. */
int
config_packs_fit(struct config_reader *r)
{
	const struct pack_use *uses = r->packs.at;
	int rc = 0;

	if (r->part || r->config->ndevices == 0)
		return 0;
	for (size_t i = 0; i < r->packs.n; i++)
		if (uses[i].name != NULL && uses[i].on != NULL)
			rc |= look_at_use(r, &uses[i]);
	return rc;
}
