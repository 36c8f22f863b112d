#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../export_time.h"
#include "../room.h"
#include "../share.h"
#include "../zone_table.h"
#include "stories.h"

#define MONDAY	1767571200000LL		/* 2026-01-05, 00:00 UTC */

static struct tree *
try_pack(const char *folder, const char *name, struct stories *s, struct errs *errs)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s.conf", folder, name);

	if (n <= 0 || (size_t)n >= sizeof(path) || access(path, R_OK) != 0)
		return NULL;
	return tree_read(path, &s->arena, errs);
}

/* In the folders of the file, as seen from it, then in those of every
 * configuration. */
static struct tree *
open_pack(struct stories *s, const char *file, const struct pack_use *use, struct errs *errs)
{
	char folder[PATH_MAX], shared[512];
	const char *slash = strrchr(file, '/');
	const char *const usual[] = { "/etc/tidegate/packs",
	    share_packs(shared, sizeof(shared)), "/usr/share/tidegate/packs" };
	size_t before = errs->n;
	struct tree *tree = NULL;

	for (size_t i = 0; tree == NULL && i < s->file.folders.n; i++) {
		const char *at = s->file.folders.at[i];

		snprintf(folder, sizeof(folder), "%.*s%s", at[0] != '/' && slash != NULL ?
		    (int)(slash + 1 - file) : 0, file, at);
		tree = try_pack(folder, use->name, s, errs);
	}
	for (size_t i = 0; tree == NULL && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (usual[i] != NULL)
			tree = try_pack(usual[i], use->name, s, errs);
	if (tree == NULL && errs->n == before)
		err_add(errs, use->place.file, use->place.line,
		    "packs: there is no pack \"%s\"", use->name);
	return tree;
}

static int
read_packs(struct stories *s, const char *path, struct errs *errs)
{
	const struct pack_use *uses = s->file.packs.at;
	size_t n = s->file.packs.n;

	s->trees = room_for(n + 1, sizeof(struct tree *));
	s->packs = room_for(n + 1, sizeof(struct pack *));
	for (size_t i = 0; i < n; i++) {
		s->trees[i] = open_pack(s, path, &uses[i], errs);
		if (s->trees[i] != NULL)
			s->packs[i] = pack_read(s->trees[i], &s->arena, errs);
		if (s->packs[i] == NULL)
			return -1;
	}
	return 0;
}

/* Where the devices are those of a configuration, so is all else. */
static int
check_whole(const struct stories *s, struct errs *errs)
{
	const char *const site[] = { "zone", "folders", "constants", "derived", "rules", "packs",
	    "statistics", "alarms" };
	const struct node *root = tree_root(s->tree);
	int rc = 0;

	for (size_t i = 0; !stories_have_site(s) && i < sizeof(site) / sizeof(site[0]); i++) {
		const struct node *node = node_get(root, site[i]);

		if (node != NULL)
			rc = err_add(errs, node_file(node), node_line(node),
			    "%s: without devices the stories are told on a configuration, "
			    "which has its own", site[i]);
	}
	if (!zone_set(s->file.zone))
		rc = err_add(errs, node_file(root), 0, "zone \"%s\" is not known", s->file.zone);
	for (size_t i = 0; i < s->file.statistics.n; i++)
		rc |= statistic_conf_check((struct statistic_conf *)s->file.statistics.at + i,
		    errs);
	return rc;
}

struct stories *
stories_read(const char *path, struct errs *errs)
{
	struct stories *s = room_for(1, sizeof(*s));

	s->arena = config_arena();
	if (s->arena.at == NULL)
		err_add(errs, path, 0, "there is no memory to read it");
	else
		s->tree = tree_read(path, &s->arena, errs);
	if (s->tree != NULL && key_load(tree_root(s->tree), story_file_keys, &s->file, &s->arena,
	    errs) == 0 && check_whole(s, errs) == 0 && read_packs(s, path, errs) == 0)
		return s;
	stories_free(s);
	return NULL;
}

void
stories_free(struct stories *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->trees != NULL && i < s->file.packs.n; i++)
		tree_close(s->trees[i]);
	tree_close(s->tree);
	if (s->arena.at != NULL)
		munmap(s->arena.at, s->arena.cap);
	free(s->trees);
	free(s->packs);
	free(s);
}

size_t
stories_count(const struct stories *s)
{
	return s->file.stories.n;
}

const struct story *
stories_at(const struct stories *s, size_t i)
{
	return (const struct story *)s->file.stories.at + i;
}

bool
stories_have_site(const struct stories *s)
{
	return s->file.devices.n > 0;
}

/* The site of a configuration. */
static void
stage_of(const struct config *c, struct story_stage *stage)
{
	stage->devices = c->devices;
	stage->ndevices = c->ndevices;
	stage->derived = c->derived;
	stage->nderived = c->nderived;
	stage->rules = c->rules;
	stage->nrules = c->nrules;
	stage->statistics = c->statistics;
	stage->nstatistics = c->nstatistics;
	stage->life = &c->life;
	stage->areas = c->areas;
	stage->nareas = c->nlinks;
}

static int
start_of(const struct story *story, const struct zone *zone, int64_t *start,
    struct errs *errs)
{
	*start = MONDAY - zone_offset(zone, MONDAY);
	if (story->start[0] == '\0' || local_parse(story->start, 0, start))
		return 0;
	return err_add(errs, story->place.file, story->place.line,
	    "%s: start: \"%s\" is no moment, such as \"2026-11-23 08:00\"", story->name,
	    story->start);
}

static int
tell(struct stories *s, const struct story *story, const struct config *c,
    const struct zone *zone, struct arena *arena, struct errs *errs)
{
	struct story_stage stage = { .zone = zone };
	int64_t start;

	if (c != NULL)
		stage_of(c, &stage);
	else if (story_set(&s->file, s->packs, story, &stage, arena, errs) != 0)
		return -1;
	if (start_of(story, zone, &start, errs) != 0)
		return -1;
	return story_tell(story, &stage, start, arena, errs);
}

int
stories_tell(struct stories *s, size_t i, const struct config *c, struct errs *errs)
{
	const char *zone_name = c == NULL ? s->file.zone : c->gateway.zone;
	struct arena scratch = config_arena();
	struct zone zone;
	int rc;

	if (scratch.at == NULL)
		return err_add(errs, stories_at(s, i)->place.file, 0,
		    "there is no memory to read it");
	if (zone_name[0] != '\0')
		zone_set(zone_name);
	zone_table(&zone);
	rc = tell(s, stories_at(s, i), c, &zone, &scratch, errs);
	zone_table_free(&zone);
	munmap(scratch.at, scratch.cap);
	return rc;
}
