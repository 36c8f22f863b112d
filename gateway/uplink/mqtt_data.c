#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/json.h"
#include "../../protocols/number.h"
#include "mqtt_data.h"

#define SCALE_COST	12		/* bytes that a list of scales takes besides */
#define FNV_BASE	2166136261U
#define FNV_PRIME	16777619U

static bool
put_text(struct mqtt_row *row, const char *text, struct buf *texts)
{
	size_t n = strnlen(text, VALUE_TEXT_MAX);
	uint8_t *at = buf_room(texts, n);

	row->text = (uint32_t)(texts->len - n);
	row->len = (uint8_t)n;
	if (at == NULL) {
		texts->bad = false;
		return false;
	}
	memcpy(at, text, n);
	return true;
}

bool
mqtt_row(struct mqtt_row *row, const struct reading *r, uint64_t seq, struct buf *texts)
{
	const struct value *v = &r->value;

	*row = (struct mqtt_row){ .seq = seq, .time = r->time, .series = r->series,
	    .age = r->age, .kind = (uint8_t)v->kind, .code = r->quality.code,
	    .flags = r->quality.flags };
	if (quality_severity(r->quality) == SEVERITY_BAD)
		row->kind = VALUE_NONE;
	switch (row->kind) {
	case VALUE_BOOL:
		row->b = v->b;
		break;
	case VALUE_I64:
		row->i = v->i;
		break;
	case VALUE_U64:
		row->u = v->u;
		break;
	case VALUE_F32:
		row->f = v->f;
		break;
	case VALUE_F64:
		row->d = v->d;
		break;
	case VALUE_TEXT:
		return put_text(row, v->text, texts);
	default:
		break;
	}
	return true;
}

static void
put_raw(struct buf *b, const char *text)
{
	buf_putbytes(b, text, strlen(text));
}

/* A number that a comma goes before, but for the first of a list. */
static void
put_int(struct buf *b, int64_t i, bool comma)
{
	char *at = (char *)buf_room(b, NUMBER_TEXT + 1);

	if (at == NULL)
		return;
	if (comma)
		*at = ',';
	b->len -= NUMBER_TEXT - number_int(i, at + comma) + !comma;
}

/* Finds the scans of the rows; returns how many. */
static size_t
scan_rows(const struct mqtt_data *d, const uint32_t *order, size_t n)
{
	const struct mqtt_row *before = NULL;
	struct mqtt_scan *scan = d->scans;
	size_t scans = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct mqtt_row *row = &d->rows[order[i]];

		if (before == NULL || row->time != before->time || row->seq != before->seq + 1) {
			scan = &d->scans[scans++];
			*scan = (struct mqtt_scan){ .first = i, .shape = FNV_BASE };
		}
		scan->n++;
		scan->shape = (scan->shape ^ row->series) * FNV_PRIME;
		before = row;
	}
	return scans;
}

static bool
same_series(const struct mqtt_data *d, const uint32_t *order, const struct mqtt_scan *a,
    const struct mqtt_scan *b)
{
	if (a->shape != b->shape || a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (d->rows[order[a->first + i]].series != d->rows[order[b->first + i]].series)
			return false;
	return true;
}

/* Chains each scan behind the first one of its series.  The block of the one
 * before is the likeliest, then the few others. */
static void
chain_scans(const struct mqtt_data *d, const uint32_t *order, size_t scans)
{
	struct mqtt_scan *s = d->scans;

	for (uint32_t i = 0; i < scans; i++) {
		uint32_t head = 0;

		while (head < i && (s[head].last == 0 || !same_series(d, order, &s[head], &s[i])))
			head++;
		if (head < i)
			s[s[head].last - 1].next = i + 1;
		s[head].last = i + 1;
	}
}

/* How each row differs from the one before; the first row from 0. */
static int64_t
step_of(const struct mqtt_data *d, const uint32_t *order, uint32_t at, size_t member,
    int64_t *before)
{
	const struct mqtt_row *row = &d->rows[order[d->scans[at - 1].first]];
	int64_t number, step;

	memcpy(&number, (const char *)row + member, sizeof(number));
	step = number - *before;
	*before = number;
	return step;
}

/* The first number, then steps; the last one stands for all that follow. */
static void
put_steps(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head,
    size_t member)
{
	int64_t before = 0, last = 0, step;
	size_t i = 0, needed = 1;

	for (uint32_t at = head + 1; at != 0; at = d->scans[at - 1].next, i++) {
		step = step_of(d, order, at, member, &before);
		if (i > 0 && (i == 1 || step != last))
			needed = i + 1;
		last = step;
	}
	before = 0;
	for (uint32_t at = head + 1, k = 0; k < needed; at = d->scans[at - 1].next, k++)
		put_int(b, step_of(d, order, at, member, &before), k > 0);
}

/* What a reading has beside its figure. */
enum code { CODE_QUALITY, CODE_FLAGS, CODE_AGE };

static uint32_t
code_of(const struct mqtt_row *row, enum code which)
{
	return which == CODE_QUALITY ? row->code : which == CODE_FLAGS ? row->flags : row->age;
}

/* One code for all, or one for each. */
static void
put_codes(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head,
    enum code which)
{
	const struct mqtt_scan *s = d->scans;
	uint32_t first = 0, code;
	bool same = true;

	for (uint32_t at = head + 1; at != 0; at = s[at - 1].next)
		for (uint32_t i = 0; i < s[at - 1].n; i++) {
			code = code_of(&d->rows[order[s[at - 1].first + i]], which);
			first = at == head + 1 && i == 0 ? code : first;
			same = same && code == first;
		}
	if (same) {
		put_int(b, first, false);
		return;
	}
	buf_put8(b, '[');
	for (uint32_t at = head + 1; at != 0; at = s[at - 1].next)
		for (uint32_t i = 0; i < s[at - 1].n; i++) {
			code = code_of(&d->rows[order[s[at - 1].first + i]], which);
			put_int(b, code, at != head + 1 || i > 0);
		}
	buf_put8(b, ']');
}

/* Left out where none has any. */
static void
put_some_codes(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head,
    enum code which, const char *key)
{
	for (uint32_t at = head + 1; at != 0; at = d->scans[at - 1].next)
		for (uint32_t i = 0; i < d->scans[at - 1].n; i++)
			if (code_of(&d->rows[order[d->scans[at - 1].first + i]], which) != 0) {
				put_raw(b, key);
				put_codes(b, d, order, head, which);
				return;
			}
}

/* Finds the scale of each column; true if any has one. */
static bool
scale_columns(const struct mqtt_data *d, const uint32_t *order, uint32_t head)
{
	const struct mqtt_scan *s = d->scans;
	size_t saved = 0, saves;

	for (uint32_t i = 0; i < s[head].n; i++) {
		struct mqtt_row *first = &d->rows[order[s[head].first + i]];
		struct figure_cost c = { .scale = 0 };

		for (uint32_t at = head + 1; at != 0; at = s[at - 1].next)
			figure_count(&c, &d->rows[order[s[at - 1].first + i]]);
		for (uint32_t at = head + 1; at != 0; at = s[at - 1].next)
			figure_pad(&c, &d->rows[order[s[at - 1].first + i]]);
		saves = figure_saves(&c);
		first->scale = saves > 0 ? c.scale : 0;
		saved += saves;
	}
	if (saved > SCALE_COST + 2 * s[head].n)
		return true;
	for (uint32_t i = 0; i < s[head].n; i++)
		d->rows[order[s[head].first + i]].scale = 0;
	return false;
}

static void
put_scales(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head)
{
	if (!scale_columns(d, order, head))
		return;
	put_raw(b, "],\"scale\":[");
	for (uint32_t i = 0; i < d->scans[head].n; i++)
		put_int(b, d->rows[order[d->scans[head].first + i]].scale, i > 0);
}

static void
put_values(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head)
{
	const struct mqtt_scan *s = d->scans;
	bool comma = false;

	for (uint32_t at = head + 1; at != 0; at = s[at - 1].next)
		for (uint32_t i = 0; i < s[at - 1].n; i++, comma = true) {
			if (comma)
				buf_put8(b, ',');
			figure_put(b, &d->rows[order[s[at - 1].first + i]],
			    d->rows[order[s[head].first + i]].scale, d->texts);
		}
}

static void
put_block(struct buf *b, const struct mqtt_data *d, const uint32_t *order, uint32_t head)
{
	const struct mqtt_scan *scan = &d->scans[head];

	put_raw(b, head > 0 ? ",{\"series\":[" : "{\"series\":[");
	for (uint32_t i = 0; i < scan->n; i++)
		put_int(b, d->rows[order[scan->first + i]].series, i > 0);
	put_raw(b, "],\"seq\":[");
	put_steps(b, d, order, head, offsetof(struct mqtt_row, seq));
	put_raw(b, "],\"time\":[");
	put_steps(b, d, order, head, offsetof(struct mqtt_row, time));
	put_scales(b, d, order, head);
	put_raw(b, "],\"value\":[");
	put_values(b, d, order, head);
	put_raw(b, "],\"quality\":");
	put_codes(b, d, order, head, CODE_QUALITY);
	put_some_codes(b, d, order, head, CODE_FLAGS, ",\"flags\":");
	put_some_codes(b, d, order, head, CODE_AGE, ",\"age\":");
	buf_put8(b, '}');
}

static void
put_pair(struct buf *b, const char *key, const char *text)
{
	struct json j;

	put_raw(b, key);
	json_begin(&j, b);
	json_put_string(&j, text);
	b->bad |= !json_end(&j);
}

static void
put_head(struct buf *b, const struct mqtt_data *d)
{
	char store[17];

	for (int i = 0; i < 16; i++)
		store[i] = "0123456789abcdef"[d->store >> (60 - 4 * i) & 15];
	store[16] = '\0';
	put_pair(b, "{\"gateway\":", d->gateway);
	put_pair(b, ",\"store\":", store);
	put_pair(b, ",\"device\":", d->device);
	put_pair(b, ",\"stream\":", d->stream);
}

static bool
whole(struct buf *b, size_t before)
{
	if (!b->bad)
		return true;
	b->len = before;
	b->bad = false;
	return false;
}

bool
mqtt_data(struct buf *b, const struct mqtt_data *d, const uint32_t *order, size_t n)
{
	size_t scans = scan_rows(d, order, n), before = b->len;

	chain_scans(d, order, scans);
	put_head(b, d);
	put_raw(b, ",\"blocks\":[");
	for (uint32_t i = 0; i < scans && !b->bad; i++)
		if (d->scans[i].last != 0)
			put_block(b, d, order, i);
	put_raw(b, "]}");
	return whole(b, before);
}

static void
put_some(struct buf *b, const char *key, uint32_t code)
{
	if (code == 0)
		return;
	put_raw(b, key);
	put_int(b, code, false);
}

bool
mqtt_point(struct buf *b, const struct mqtt_data *d, const struct mqtt_row *row,
    const struct series *s)
{
	const struct quality q = { .code = row->code, .flags = row->flags };
	size_t before = b->len;

	put_head(b, d);
	put_pair(b, ",\"point\":", s != NULL ? s->point : "");
	if (s != NULL && s->unit[0] != '\0')
		put_pair(b, ",\"unit\":", s->unit);
	if (s != NULL && s->basis != BASIS_NONE)
		put_pair(b, ",\"basis\":", basis_name(s->basis));
	put_raw(b, ",\"seq\":");
	put_int(b, (int64_t)row->seq, false);
	put_raw(b, ",\"time\":");
	put_int(b, row->time, false);
	put_raw(b, ",\"value\":");
	figure_put(b, row, 0, d->texts);
	put_pair(b, ",\"quality\":", quality_name(q));
	put_some(b, ",\"flags\":", row->flags);
	put_some(b, ",\"age\":", row->age);
	buf_put8(b, '}');
	return whole(b, before);
}
