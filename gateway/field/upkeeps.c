#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "field.h"

struct kept *
upkeeps_open(struct keeper *keeper)
{
	return keeper_file(keeper, "upkeeps", "where somebody works", 0);
}

static void
mark_devices(struct field_role *f)
{
	for (size_t i = 0; i < f->config->ndevices; i++)
		f->config->devices[i].maintained = rules_in_maintenance(f->rules,
		    &f->config->devices[i]);
}

/* "SCOPE SINCE UNTIL LOCAL KEY WHO". */
static void
restore(struct field_role *f, const char *line, int64_t now, int64_t wall)
{
	char scope[NAME_MAX_BYTES], who[NAME_MAX_BYTES];
	struct maintenance m = { .scope = scope, .who = who };
	int local, key;

	if (sscanf(line, "%63s %" SCNd64 " %" SCNd64 " %d %d %63[^\n]", scope, &m.since,
	    &m.until, &local, &key, who) != 6)
		return;
	m.local = local != 0;
	m.key = key != 0;
	rules_maintenance_restore(f->rules, &m, now, wall);
	log_info("maintenance: %s: goes on", scope);
}

void
upkeeps_restore(struct field_role *f, int64_t now)
{
	int64_t wall = f->pipeline.clock->wall();
	char text[SLOT_MAX + 1], *save = NULL;

	kept_text(f->upkeeps, text);
	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		restore(f, l, now, wall);
	mark_devices(f);
}

void
upkeeps_changed(void *arg)
{
	struct field_role *f = arg;
	char text[SLOT_MAX];
	struct maintenance m;
	size_t at = 0, n;
	const void *kept = kept_state(f->upkeeps, &n);

	for (size_t i = 0; rules_maintenance(f->rules, i, &m) && at < sizeof(text); i++) {
		int put = snprintf(text + at, sizeof(text) - at,
		    "%s %" PRId64 " %" PRId64 " %d %d %s\n", m.scope, m.since, m.until,
		    m.local, m.key, m.who[0] != '\0' ? m.who : "-");

		if (put < 0 || (size_t)put >= sizeof(text) - at)
			break;
		at += (size_t)put;
	}
	mark_devices(f);
	/* a reload where nobody works has nothing to write */
	if (f->upkept == 0 && n == at && (n == 0 || memcmp(kept, text, n) == 0))
		return;
	f->upkept = kept_put(f->upkeeps, text, at);
}
