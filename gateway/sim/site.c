#include <stdlib.h>
#include <string.h>

#include "../../protocols/json.h"
#include "../text.h"
#include "site.h"

#define ROOM	(256 * 1024)	/* bytes of one line of JSON */

struct instrument *
site_unit(struct site *site, long unit)
{
	for (size_t i = 0; i < site->n; i++)
		if (site->at[i].unit == unit)
			return &site->at[i];
	return NULL;
}

/* The instrument before a separator; *rest: what stands behind it. */
static struct instrument *
addressed(struct site *site, const char *text, char separator, const char **rest)
{
	char *end;
	long unit = strtol(text, &end, 10);

	if (end == text || *end != separator)
		return NULL;
	*rest = end + 1;
	return site_unit(site, unit);
}

int
site_fault(struct site *site, const char *text)
{
	const char *rest = "";
	struct instrument *i = addressed(site, text, '=', &rest);
	struct fault fault;

	return i != NULL && fault_parse(rest, &fault) == 0 ? instrument_fault(i, &fault) : -1;
}

int
site_episode(struct site *site, const char *text)
{
	const char *rest = "";
	struct instrument *i = addressed(site, text, '.', &rest);
	struct episode episode;

	return i != NULL && episode_parse(rest, &episode) == 0 ?
	    instrument_episode(i, &episode) : -1;
}

static void
put_head(struct json *j, const struct instrument *i)
{
	json_put_object(j);
	json_key(j, "unit");
	json_put_uint(j, i->unit);
	json_key(j, "profile");
	json_put_string(j, i->profile->name);
}

static void
put_map(struct json *j, const struct instrument *i)
{
	json_key(j, "points");
	json_put_array(j);
	for (size_t k = 0; k < i->profile->npoints; k++) {
		const struct point *p = &i->profile->points[k];
		char item[POINT_ITEM];

		json_put_object(j);
		json_key(j, "name");
		json_put_string(j, p->name);
		if (function_is_item(p->function)) {
			json_key(j, "item");
			json_put_string(j, point_item_name(p, item));
		}
		json_key(j, "function");
		json_put_uint(j, p->function);
		json_key(j, "register");
		json_put_uint(j, p->number);
		json_key(j, "raw");
		json_put_string(j, p->raw->name);
		json_key(j, "order");
		json_put_string(j, point_order_name(p));
		json_key(j, "unit");
		json_put_string(j, point_unit_name(p));
		json_close(j);
	}
	json_close(j);
}

static void
put_figures(struct json *j, const struct instrument *i, int64_t us)
{
	json_key(j, "figures");
	json_put_object(j);
	for (size_t k = 0; k < i->profile->npoints; k++) {
		json_key(j, i->profile->points[k].name);
		json_put_real(j, instrument_figure(i, k, us));
	}
	json_close(j);
}

static void
put_tally(struct json *j, const struct instrument *i)
{
	json_key(j, "questions");
	json_put_uint(j, i->questions);
	json_key(j, "refusals");
	json_put_uint(j, i->refusals);
	json_key(j, "touched");
	json_put_uint(j, i->touched);
}

/* What a line of JSON tells of each instrument. */
enum told { TOLD_MAP, TOLD_FIGURES, TOLD_TALLY };

static void
write_json(const struct site *site, FILE *f, const char *name, enum told told, int64_t us)
{
	uint8_t *room = malloc(ROOM);
	struct buf b = { .at = room, .cap = ROOM };
	struct json j;

	if (room == NULL)
		return;
	json_begin(&j, &b);
	json_put_object(&j);
	json_key(&j, name);
	json_put_array(&j);
	for (size_t i = 0; i < site->n; i++) {
		put_head(&j, &site->at[i]);
		if (told == TOLD_MAP)
			put_map(&j, &site->at[i]);
		else if (told == TOLD_FIGURES)
			put_figures(&j, &site->at[i], us);
		else
			put_tally(&j, &site->at[i]);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	if (json_end(&j))
		fprintf(f, "%.*s\n", (int)b.len, (const char *)room);
	free(room);
	fflush(f);
}

static void
show_point(FILE *f, const struct point *p)
{
	char item[POINT_ITEM];

	if (function_is_item(p->function))
		fprintf(f, "  %8s+%-3d %-8s  %s %s\n", point_item_name(p, item), p->number,
		    p->raw->name, p->name, point_unit_shown(p));
	else
		fprintf(f, "  %d 0x%04x %-3s %-4s  %s %s\n", p->function, p->number,
		    p->raw->name, point_order_name(p), p->name, point_unit_shown(p));
}

void
site_write_map(const struct site *site, FILE *f, bool json)
{
	if (json) {
		write_json(site, f, "units", TOLD_MAP, 0);
		return;
	}
	for (size_t i = 0; i < site->n; i++) {
		const struct profile *profile = site->at[i].profile;

		fprintf(f, _("unit %d: %s (%s %s)\n"), site->at[i].unit, profile->name,
		    profile->maker, profile->model);
		for (size_t k = 0; k < profile->npoints; k++)
			show_point(f, &profile->points[k]);
	}
	fflush(f);
}

void
site_write_figures(const struct site *site, FILE *f, bool json, int64_t us)
{
	if (json) {
		write_json(site, f, "now", TOLD_FIGURES, us);
		return;
	}
	for (size_t i = 0; i < site->n; i++) {
		const struct profile *profile = site->at[i].profile;

		for (size_t k = 0; k < profile->npoints; k++)
			fprintf(f, "%d.%s %.6g %s\n", site->at[i].unit,
			    profile->points[k].name, instrument_figure(&site->at[i], k, us),
			    point_unit_name(&profile->points[k]));
	}
	fflush(f);
}

void
site_write_tally(const struct site *site, FILE *f, bool json)
{
	if (json) {
		write_json(site, f, "tally", TOLD_TALLY, 0);
		return;
	}
	for (size_t i = 0; i < site->n; i++)
		fprintf(f, _("unit %d: %llu questions, %llu refused, %llu for what must never "
		    "be touched\n"), site->at[i].unit,
		    (unsigned long long)site->at[i].questions,
		    (unsigned long long)site->at[i].refusals,
		    (unsigned long long)site->at[i].touched);
	fflush(f);
}
