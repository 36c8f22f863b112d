#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../protocols/json.h"
#include "profile_show.h"
#include "room.h"
#include "text.h"

#define JSON_ROOM	(1UL << 20)	/* a thousand points with their labels */

static const char *
label(const struct point *p)
{
	const char *said = text_chinese() ? p->zh : p->en;

	return said[0] != '\0' ? said : p->name;
}

static void
put_number(struct json *j, const char *key, double number)
{
	json_key(j, key);
	json_put_real(j, number);
}

static void
put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_put_string(j, text);
}

static void
put_choices(struct json *j, const struct point *p)
{
	if (p->nchoices == 0)
		return;
	json_key(j, "names");
	json_put_array(j);
	for (size_t i = 0; i < p->nchoices; i++) {
		json_put_object(j);
		json_key(j, "number");
		json_put_int(j, p->choices[i].number);
		put_text(j, "zh", p->choices[i].zh);
		put_text(j, "en", p->choices[i].en);
		json_close(j);
	}
	json_close(j);
}

static void
put_point(struct json *j, const struct point *p)
{
	json_put_object(j);
	put_text(j, "name", p->name);
	put_text(j, "zh", p->zh);
	put_text(j, "en", p->en);
	json_key(j, "function");
	json_put_uint(j, p->function);
	json_key(j, "register");
	json_put_uint(j, p->number);
	put_text(j, "raw", p->raw->name);
	put_text(j, "order", p->order->name);
	put_number(j, "scale", p->scale);
	put_number(j, "offset", p->offset);
	put_text(j, "unit", point_unit_name(p));
	if (p->ranged) {
		put_number(j, "min", p->min);
		put_number(j, "max", p->max);
	}
	put_text(j, "hj212", p->hj212);
	put_text(j, "sl651", p->sl651);
	json_key(j, "writable");
	json_put_bool(j, p->write.function != 0);
	put_choices(j, p);
	json_close(j);
}

static void
put_head(struct json *j, const struct profile *p)
{
	char grade[2] = { p->confidence, '\0' };

	put_text(j, "name", p->name);
	put_text(j, "maker", p->maker);
	put_text(j, "model", p->model);
	put_text(j, "family", profile_family_name(p->family));
	put_text(j, "source", p->source);
	put_text(j, "confidence", grade);
	json_key(j, "verify");
	json_put_bool(j, p->verify);
	put_text(j, "unit", p->unit);
}

static int
print_json(const struct profile *p, bool all)
{
	struct buf buf = { .at = room_for(1, JSON_ROOM), .cap = JSON_ROOM };
	struct json j;

	json_begin(&j, &buf);
	json_put_object(&j);
	put_head(&j, p);
	json_key(&j, "points");
	if (!all)
		json_put_uint(&j, p->npoints);
	else
		json_put_array(&j);
	for (size_t i = 0; all && i < p->npoints; i++)
		put_point(&j, &p->points[i]);
	if (all)
		json_close(&j);
	json_close(&j);
	if (json_end(&j))
		printf("%.*s\n", (int)buf.len, (const char *)buf.at);
	free(buf.at);
	return 0;
}

int
profile_show_line(const struct profile *p, bool json)
{
	if (json)
		return print_json(p, false);
	printf("%-22s %-5s %c%s  %3zu  %s %s\n", p->name, profile_family_name(p->family),
	    p->confidence, p->verify ? "?" : " ", p->npoints, p->maker, p->model);
	return 0;
}

static void
print_point(const struct point *p)
{
	printf("  %d 0x%04X %-8s %-8s  %-16s %s", p->function, p->number, p->raw->name,
	    p->order->name, p->name, label(p));
	if (p->unit != NULL)
		printf("  %s", p->unit->shown);
	if (p->ranged)
		printf("  %g..%g", p->min, p->max);
	if (p->write.function != 0)
		printf("  %s %g..%g", _("writable"), p->write.min, p->write.max);
	printf("\n");
	for (size_t i = 0; i < p->nchoices; i++)
		printf("      %lld %s\n", (long long)p->choices[i].number,
		    text_chinese() ? p->choices[i].zh : p->choices[i].en);
}

int
profile_show(const struct profile *p, bool json)
{
	if (json)
		return print_json(p, true);
	printf("%s: %s %s\n", p->name, p->maker, p->model);
	printf(_("  family %s, confidence %c, unit %s\n"), profile_family_name(p->family),
	    p->confidence, p->unit);
	printf(_("  source: %s\n"), p->source);
	if (p->verify)
		printf("  %s\n",
		    _("a template: compare it with the instrument's manual before use"));
	for (size_t i = 0; i < p->npoints; i++)
		print_point(&p->points[i]);
	return 0;
}
