#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../protocols/json.h"
#include "../clock.h"
#include "../export_time.h"
#include "../room.h"
#include "../text.h"
#include "replay.h"

#define ROW_BYTES	700	/* of JSON, at most */

/* How many of the episodes of a rule or device are what. */
struct count {
	const char	*name;
	size_t		 both, moved, then, now;
};

struct shown {
	const struct replay	*replay;
	struct compared		*rows;
	size_t			 n;
	struct count		 all;
};

static void
add(struct count *c, const struct compared *row)
{
	bool then = compared_has(row, TOLD_THEN), now = compared_has(row, TOLD_NOW);

	c->both += then && now;
	c->moved += row->moved;
	c->then += then && !now;
	c->now += now && !then;
}

static bool
differs(const struct compared *c)
{
	return c->moved || !compared_has(c, TOLD_THEN) || !compared_has(c, TOLD_NOW);
}

/* Those that are wanted, counted. */
static void
choose(struct shown *s, const struct replay *r, const struct replay_show *o)
{
	size_t n;
	struct compared *all = episodes_compare(&r->episodes, r->from, r->to, &n);

	*s = (struct shown){ .replay = r, .rows = all };
	for (size_t i = 0; i < n; i++) {
		const struct alarm_past *a = all[i].alarm;

		if ((o->rule != NULL && !glob_match(o->rule, a->rule)) ||
		    (o->device != NULL && !glob_match(o->device, a->device)))
			continue;
		add(&s->all, &all[i]);
		all[s->n++] = all[i];
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->name, ((const struct count *)b)->name);
}

/* By rule or by device; free them. */
static struct count *
count_by(const struct shown *s, bool device, size_t *n)
{
	struct count *counts = room_for(s->n + 1, sizeof(*counts));
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		counts[i].name = device ? s->rows[i].alarm->device : s->rows[i].alarm->rule;
		add(&counts[i], &s->rows[i]);
	}
	qsort(counts, s->n, sizeof(*counts), by_name);
	for (size_t i = 0; i < s->n; i++) {
		if (kept == 0 || strcmp(counts[kept - 1].name, counts[i].name) != 0) {
			counts[kept++] = counts[i];
			continue;
		}
		counts[kept - 1].both += counts[i].both;
		counts[kept - 1].moved += counts[i].moved;
		counts[kept - 1].then += counts[i].then;
		counts[kept - 1].now += counts[i].now;
	}
	*n = kept;
	return counts;
}

/* In columns, whichever language. */
static void
put_cell(const char *text, int width)
{
	int pad = width - text_width(text);

	printf("%s%*s", text, pad > 0 ? pad : 0, "");
}

static void
put_time(int64_t time, bool there)
{
	char at[32] = "-";

	if (there && time == EPISODE_OPEN)
		put_cell(_("stands"), 21);
	else {
		if (there)
			local_write(time, at);
		at[19] = '\0';
		put_cell(at, 21);
	}
}

static const char *
which(const struct compared *c)
{
	if (!compared_has(c, TOLD_NOW))
		return N_("only then");
	return compared_has(c, TOLD_THEN) ? N_("both") : N_("only now");
}

static void
write_rows(const struct shown *s, bool differences)
{
	static const char *const heads[] = { N_("raised then"), N_("cleared then"),
	    N_("raised now"), N_("cleared now") };

	put_cell("", 11);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		put_cell(_(heads[i]), 21);
	printf("%s\n", _("alarm"));
	for (size_t i = 0; i < s->n; i++) {
		const struct compared *c = &s->rows[i];

		if (differences && !differs(c))
			continue;
		put_cell(_(which(c)), 11);
		for (int of = TOLD_THEN; of <= TOLD_NOW; of++) {
			put_time(c->is[of].from, compared_has(c, of));
			put_time(c->is[of].to, compared_has(c, of));
		}
		printf("%s %s\n", c->alarm->rule, c->alarm->device);
	}
	putchar('\n');
}

static void
write_counts(const struct shown *s, bool device, const char *head)
{
	size_t n;
	struct count *counts = count_by(s, device, &n);

	put_cell(head, 32);
	printf("%s  %s  %s  %s\n", _("both"), _("at other times"), _("only then"),
	    _("only now"));
	for (size_t i = 0; i < n; i++) {
		put_cell(counts[i].name, 32);
		printf("%*zu  %*zu  %*zu  %*zu\n", text_width(_("both")), counts[i].both,
		    text_width(_("at other times")), counts[i].moved,
		    text_width(_("only then")), counts[i].then, text_width(_("only now")),
		    counts[i].now);
	}
	putchar('\n');
	free(counts);
}

/* What of the past did not go through the rules. */
static void
write_rest(const struct replay *r)
{
	if (!r->told_then)
		printf("%s\n", _("The file has no alarms: there is nothing to compare with."));
	if (r->strange > 0)
		printf(_("%llu readings of points that are not configured were left out\n"),
		    (unsigned long long)r->strange);
	if (r->other_unit > 0)
		printf(_("%llu readings in another unit than is configured were left out\n"),
		    (unsigned long long)r->other_unit);
	if (r->damaged > 0)
		printf(_("the store is damaged in %llu places\n"),
		    (unsigned long long)r->damaged);
}

static void
write_text(const struct shown *s, const struct replay_show *o)
{
	const struct replay *r = s->replay;
	bool same = s->all.then + s->all.now + s->all.moved == 0;

	if (s->n > 0 && !(o->differences && same)) {
		write_rows(s, o->differences);
		write_counts(s, false, _("rule"));
		write_counts(s, true, _("device"));
	}
	printf(_("%llu readings in %.1f s: %zu alarms both then and now, %zu of them at "
	    "other times, %zu only then, %zu only now\n"), (unsigned long long)r->readings,
	    (double)o->took / (double)US_PER_S, s->all.both, s->all.moved, s->all.then,
	    s->all.now);
	write_rest(r);
}

static void
put_moment(struct json *j, const char *key, int64_t time, bool there)
{
	json_key(j, key);
	if (there && time != EPISODE_OPEN)
		json_put_int(j, time);
	else
		json_put_null(j);
}

static void
put_row(struct json *j, const struct compared *c)
{
	bool then = compared_has(c, TOLD_THEN), now = compared_has(c, TOLD_NOW);

	json_put_object(j);
	json_key(j, "rule");
	json_put_string(j, c->alarm->rule);
	json_key(j, "device");
	json_put_string(j, c->alarm->device);
	json_key(j, "in");
	json_put_string(j, then && now ? "both" : then ? "then" : "now");
	json_key(j, "moved");
	json_put_bool(j, c->moved);
	put_moment(j, "raised_then", c->is[TOLD_THEN].from, then);
	put_moment(j, "cleared_then", c->is[TOLD_THEN].to, then);
	put_moment(j, "raised_now", c->is[TOLD_NOW].from, now);
	put_moment(j, "cleared_now", c->is[TOLD_NOW].to, now);
	json_close(j);
}

static void
put_count(struct json *j, const struct count *c)
{
	json_key(j, "both");
	json_put_uint(j, c->both);
	json_key(j, "moved");
	json_put_uint(j, c->moved);
	json_key(j, "only_then");
	json_put_uint(j, c->then);
	json_key(j, "only_now");
	json_put_uint(j, c->now);
}

static void
put_counts(struct json *j, const struct shown *s, bool device)
{
	size_t n;
	struct count *counts = count_by(s, device, &n);

	json_key(j, device ? "devices" : "rules");
	json_put_array(j);
	for (size_t i = 0; i < n; i++) {
		json_put_object(j);
		json_key(j, device ? "device" : "rule");
		json_put_string(j, counts[i].name);
		put_count(j, &counts[i]);
		json_close(j);
	}
	json_close(j);
	free(counts);
}

static void
put_figures(struct json *j, const struct shown *s, const struct replay_show *o)
{
	const struct replay *r = s->replay;
	const struct { const char *name; uint64_t n; } figures[] = {
		{ "readings", r->readings }, { "restarts", r->restarts },
		{ "not_configured", r->strange }, { "other_unit", r->other_unit },
		{ "damaged", r->damaged } };

	put_moment(j, "from", r->from, r->from != INT64_MIN);
	put_moment(j, "to", r->to, r->to != INT64_MAX);
	json_key(j, "took_ms");
	json_put_int(j, o->took / 1000);
	json_key(j, "compared");
	json_put_bool(j, r->told_then);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		json_key(j, figures[i].name);
		json_put_uint(j, figures[i].n);
	}
	put_count(j, &s->all);
}

static void
write_json(const struct shown *s, const struct replay_show *o)
{
	size_t cap = 4096 + 3 * (s->n + 1) * ROW_BYTES;
	struct buf b = { .at = room_for(cap, 1), .cap = cap };
	struct json j;

	json_begin(&j, &b);
	json_put_object(&j);
	put_figures(&j, s, o);
	put_counts(&j, s, false);
	put_counts(&j, s, true);
	json_key(&j, "alarms");
	json_put_array(&j);
	for (size_t i = 0; i < s->n; i++)
		if (!o->differences || differs(&s->rows[i]))
			put_row(&j, &s->rows[i]);
	json_close(&j);
	json_close(&j);
	if (json_end(&j))
		fwrite(b.at, 1, b.len, stdout);
	putchar('\n');
	free(b.at);
}

void
replay_write(const struct replay *r, const struct replay_show *o)
{
	struct shown s;

	choose(&s, r, o);
	if (o->json)
		write_json(&s, o);
	else
		write_text(&s, o);
	free(s.rows);
}
