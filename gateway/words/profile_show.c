#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../protocols/json.h"
#include "../room.h"
#include "../text.h"
#include "profile_show.h"

#define HEX_ROOM	(2 * 256 + 1)
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
	char item[POINT_ITEM];

	json_put_object(j);
	put_text(j, "name", p->name);
	put_text(j, "zh", p->zh);
	put_text(j, "en", p->en);
	if (p->push != NULL) {
		put_text(j, "push", p->push);
	} else {
		json_key(j, "function");
		json_put_uint(j, p->function);
		json_key(j, "register");
		json_put_uint(j, p->number);
	}
	put_text(j, "raw", p->raw->name);
	if (p->push == NULL)
		put_text(j, "order", point_order_name(p));
	if (function_is_item(p->function))
		put_text(j, "item", point_item_name(p, item));
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
put_numbers(struct json *j, const char *key, const double *numbers, size_t n)
{
	json_key(j, key);
	json_put_array(j);
	for (size_t i = 0; i < n; i++)
		json_put_real(j, numbers[i]);
	json_close(j);
}

static void
put_span(struct json *j, const char *key, int64_t us)
{
	json_key(j, key);
	json_put_int(j, us);
}

/* The bytes that a step writes, as they stand in its profile. */
static const char *
hex_of(const struct step *s, char hex[HEX_ROOM])
{
	hex[0] = '\0';
	for (size_t i = 0; i < s->len && i < (HEX_ROOM - 1) / 2; i++)
		snprintf(hex + 2 * i, HEX_ROOM - 2 * i, "%02X", s->data[i]);
	return hex;
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
	json_key(j, "loopback");
	json_put_bool(j, p->loopback);
	json_key(j, "identify");
	json_put_array(j);
	if (p->identify & IDENTIFY_REPORT)
		json_put_uint(j, 17);
	if (p->identify & IDENTIFY_DEVICE)
		json_put_uint(j, 43);
	json_close(j);
	json_key(j, "max_registers");
	json_put_uint(j, p->max_registers);
	json_key(j, "gap");
	json_put_uint(j, p->gap);
	json_key(j, "never");
	json_put_array(j);
	for (size_t i = 0; i < p->nnever; i++)
		json_put_uint(j, p->never[i]);
	json_close(j);
}

static void
put_stretch(struct json *j, uint8_t function, uint16_t first, uint16_t count)
{
	json_key(j, "function");
	json_put_uint(j, function);
	json_key(j, "register");
	json_put_uint(j, first);
	json_key(j, "count");
	json_put_uint(j, count);
}

static void
put_step(struct json *j, const struct step *s)
{
	char hex[HEX_ROOM];

	put_stretch(j, s->function, s->number, s->count);
	if (s->len > 0)
		put_text(j, "data", hex_of(s, hex));
	put_span(j, "wait_us", s->wait);
	if (s->nuntil == 0)
		return;
	put_numbers(j, "until", s->until, s->nuntil);
	put_numbers(j, "fails", s->fails, s->nfails);
	put_span(j, "every_us", s->every);
	put_span(j, "within_us", s->within);
}

static void
put_steps(struct json *j, const char *key, const struct steps *steps)
{
	json_key(j, key);
	json_put_array(j);
	for (size_t i = 0; i < steps->n; i++) {
		json_put_object(j);
		put_step(j, &steps->at[i]);
		json_close(j);
	}
	json_close(j);
}

static void
put_failsafe(struct json *j, const struct profile *p, const struct failsafe *s)
{
	json_put_object(j);
	if (s->point != FAILSAFE_SETTING) {
		put_text(j, "point", p->points[s->point].name);
		put_number(j, "value", s->value);
	}
	if (s->function != 0) {
		put_stretch(j, s->function, s->number, 1);
		put_number(j, "number", s->word);
	}
	json_close(j);
}

static void
put_watchdog(struct json *j, const struct profile *p)
{
	const struct watchdog *w = &p->watchdog;

	if (w->function == 0)
		return;
	json_key(j, "watchdog");
	json_put_object(j);
	put_stretch(j, w->function, w->number, 1);
	json_key(j, "values");
	json_put_array(j);
	for (size_t i = 0; i < w->nvalues; i++)
		json_put_uint(j, w->values[i]);
	json_close(j);
	put_span(j, "period_us", w->period);
	put_span(j, "timeout_us", w->timeout);
	json_key(j, "failsafe");
	json_put_array(j);
	for (size_t i = 0; i < w->nfailsafe; i++)
		put_failsafe(j, p, &w->failsafe[i]);
	json_close(j);
	json_close(j);
}

static void
put_status(struct json *j, const struct profile *p, const struct status *s)
{
	json_put_object(j);
	put_stretch(j, s->at.function, s->at.first, (uint16_t)(s->at.end - s->at.first));
	put_text(j, "raw", s->at.raw->name);
	put_text(j, "means", status_means(s->means));
	put_numbers(j, "when", s->when, s->nwhen);
	json_key(j, "points");
	json_put_array(j);
	for (size_t i = 0; i < s->npoints; i++)
		json_put_string(j, p->points[s->points[i]].name);
	json_close(j);
	json_close(j);
}

/* What it wants of whoever asks, and what it says of its figures. */
static void
put_manners(struct json *j, const struct profile *p)
{
	json_key(j, "blocks");
	json_put_array(j);
	for (size_t i = 0; i < p->nblocks; i++) {
		json_put_object(j);
		put_stretch(j, p->blocks[i].function, p->blocks[i].first, p->blocks[i].count);
		json_close(j);
	}
	json_close(j);
	put_steps(j, "start", &p->start);
	put_steps(j, "stop", &p->stop);
	put_watchdog(j, p);
	json_key(j, "status");
	json_put_array(j);
	for (size_t i = 0; i < p->nstatuses; i++)
		put_status(j, p, &p->statuses[i]);
	json_close(j);
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
	if (all) {
		json_close(&j);
		put_manners(&j, p);
	}
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

/* "u16", "bit 3", "bits 4,2", "string 6". */
static const char *
raw_text(const struct point *p, char *text, size_t n)
{
	snprintf(text, n, "%s", p->raw->name);
	if (p->raw->needs & RAW_BIT && !function_is_bits(p->function))
		snprintf(text, n, "%s %u", p->raw->name, p->piece.first);
	else if (p->raw->needs & RAW_BITS && p->piece.bits > 0)
		snprintf(text, n, "%s %u,%u", p->raw->name, p->piece.first, p->piece.bits);
	else if (p->raw->needs & RAW_LENGTH)
		snprintf(text, n, "%s %u", p->raw->name, p->piece.registers);
	return text;
}

static void
print_part(const struct part *part)
{
	static const char *const uses[] = {
		[PART_DECIMALS] = "decimals_from", [PART_TIMES] = "times", [PART_PLUS] = "plus"
	};

	printf("      %s 0x%04X %s %s", uses[part->use], part->number, part->raw->name,
	    part->order != NULL ? part->order->name : "");
	if (part->scale != 1)
		printf("  scale %g", part->scale);
	printf("\n");
}

static void
print_point(const struct point *p)
{
	char raw[32], item[POINT_ITEM];

	if (p->push != NULL)
		printf("  %-17s %-10s  %-16s %s", p->push, p->raw->name, p->name, label(p));
	else if (function_is_item(p->function))
		printf("  %8s+%-3d %-10s %-10s  %-16s %s", point_item_name(p, item), p->number,
		    raw_text(p, raw, sizeof(raw)), "", p->name, label(p));
	else
		printf("  %d 0x%04X %-10s %-8s  %-16s %s", p->function, p->number,
		    raw_text(p, raw, sizeof(raw)), p->order->name, p->name, label(p));
	if (p->unit != NULL)
		printf("  %s", p->unit->shown);
	if (p->ranged)
		printf("  %g..%g", p->min, p->max);
	if (p->write.function != 0)
		printf("  %s %g..%g", _("writable"), p->write.min, p->write.max);
	if (p->scale != 1)
		printf("  scale %g", p->scale);
	if (p->offset != 0)
		printf("  offset %g", p->offset);
	printf("\n");
	for (size_t i = 0; i < p->nparts; i++)
		print_part(&p->parts[i]);
	for (size_t i = 0; i < p->nchoices; i++)
		printf("      %lld %s\n", (long long)p->choices[i].number,
		    text_chinese() ? p->choices[i].zh : p->choices[i].en);
}

static void
print_numbers(const char *what, const double *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s%g", i == 0 ? what : " ", numbers[i]);
}

/* In the words of its profile. */
static void
print_step(const char *what, const struct step *s)
{
	char hex[HEX_ROOM], wait[32], every[32], within[32];

	printf("  %s: %d 0x%04X %u", what, s->function, (unsigned)s->number, s->count);
	span_write(s->wait, wait, sizeof(wait));
	span_write(s->every, every, sizeof(every));
	span_write(s->within, within, sizeof(within));
	if (s->len > 0)
		printf(", data %s", hex_of(s, hex));
	print_numbers(", until ", s->until, s->nuntil);
	print_numbers(", fails ", s->fails, s->nfails);
	if (s->nuntil > 0)
		printf(", every %s, within %s", every, within);
	if (s->wait > 0)
		printf(", wait %s", wait);
	printf("\n");
}

static void
print_steps(const char *what, const struct steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		print_step(what, &steps->at[i]);
}

static void
print_watchdog(const struct profile *p)
{
	const struct watchdog *w = &p->watchdog;
	char period[32], timeout[32];

	if (w->function == 0)
		return;
	span_write(w->period, period, sizeof(period));
	span_write(w->timeout, timeout, sizeof(timeout));
	printf("  %s: %d 0x%04X", _("watchdog"), w->function, w->number);
	for (size_t i = 0; i < w->nvalues; i++)
		printf("%s%u", i == 0 ? ", values " : " ", w->values[i]);
	printf(", period %s, timeout %s\n", period, timeout);
	for (size_t i = 0; i < w->nfailsafe; i++) {
		const struct failsafe *s = &w->failsafe[i];

		printf("      failsafe");
		if (s->point != FAILSAFE_SETTING)
			printf(" %s = %g", p->points[s->point].name, s->value);
		if (s->function != 0)
			printf(" %d 0x%04X %u", s->function, s->number, s->word);
		printf("\n");
	}
}

/* What it wants of whoever asks. */
static void
print_manners(const struct profile *p)
{
	if (p->loopback || p->identify != 0)
		printf("  %s:%s%s%s\n", _("takes the functions"), p->loopback ? " 8" : "",
		    p->identify & IDENTIFY_REPORT ? " 17" : "",
		    p->identify & IDENTIFY_DEVICE ? " 43" : "");
	if (p->nnever > 0)
		printf("  %s:", _("never touched"));
	for (size_t i = 0; i < p->nnever; i++)
		printf(" 0x%04X%s", p->never[i], i + 1 == p->nnever ? "\n" : "");
	for (size_t i = 0; i < p->nblocks; i++)
		printf("  %s: %d 0x%04X %u\n", _("answers only as a whole"),
		    p->blocks[i].function, p->blocks[i].first, p->blocks[i].count);
	print_steps(_("to start"), &p->start);
	print_steps(_("to stop"), &p->stop);
	print_watchdog(p);
}

static void
print_status(const struct profile *p, const struct status *s)
{
	char raw[32];

	printf("  %d 0x%04X %-10s %s: %s", s->at.function, s->at.number,
	    raw_text(&s->at, raw, sizeof(raw)), _("status"), status_means(s->means));
	for (size_t i = 0; i < s->nwhen; i++)
		printf("%s%g", i == 0 ? " = " : " ", s->when[i]);
	for (size_t i = 0; i < s->npoints; i++)
		printf("%s%s", i == 0 ? ": " : ", ", p->points[s->points[i]].name);
	printf("\n");
}

int
profile_show(const struct profile *p, bool json)
{
	if (json)
		return print_json(p, true);
	printf("%s: %s%s%s\n", p->name, strcmp(p->maker, "-") == 0 ? "" : p->maker,
	    strcmp(p->maker, "-") == 0 ? "" : " ", p->model);
	if (p->unit[0] != '\0')
		printf(_("  family %s, confidence %c, unit %s\n"),
		    profile_family_name(p->family), p->confidence, p->unit);
	else
		printf(_("  family %s, confidence %c\n"), profile_family_name(p->family),
		    p->confidence);
	printf(_("  source: %s\n"), p->source);
	if (p->verify)
		printf("  %s\n",
		    _("a template: compare it with the instrument's manual before use"));
	print_manners(p);
	for (size_t i = 0; i < p->npoints; i++)
		print_point(&p->points[i]);
	for (size_t i = 0; i < p->nstatuses; i++)
		print_status(p, &p->statuses[i]);
	return 0;
}
