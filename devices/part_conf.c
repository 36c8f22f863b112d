#include <math.h>
#include <stddef.h>
#include <string.h>

#include "reader.h"

#define PARTS_MAX	8

#define PART(field)	offsetof(struct part_row, field)
#define CHOICE(field)	offsetof(struct choice, field)
#define WRITE(field)	offsetof(struct write_row, field)

const struct key part_keys[] = {
	{ .name = "register", .type = KEY_INT, .offset = PART(number), .min = 0, .max = 65535,
	  .help = "Its first register, or byte of the item; it is read together with the "
	  "point." },
	{ .name = "raw", .type = KEY_STRING, .offset = PART(raw),
	  .help = "How the number is written." },
	{ .name = "order", .type = KEY_STRING, .offset = PART(order), .fallback = "",
	  .help = "Where its bytes stand." },
	{ .name = "bit", .type = KEY_INT, .offset = PART(bit), .fallback = "-1", .min = -1,
	  .max = 15, .help = "Which bit of the register; for raw bit." },
	{ .name = "bits", .type = KEY_NODE, .offset = PART(bits), .fallback = "",
	  .help = "First bit and how many; for raw bits and one-hot." },
	{ .name = "scale", .type = KEY_REAL, .offset = PART(scale), .fallback = "1",
	  .help = "The number is multiplied by this first." },
	{ .name = NULL }
};

const struct key choice_keys[] = {
	{ .name = "number", .type = KEY_INT, .offset = CHOICE(number), .min = -1e15, .max = 1e15,
	  .help = "The number that the register holds." },
	{ .name = "zh", .type = KEY_STRING, .offset = CHOICE(zh), .fallback = "",
	  .help = "What it means, in Chinese." },
	{ .name = "en", .type = KEY_STRING, .offset = CHOICE(en), .fallback = "",
	  .help = "What it means, in English." },
	{ .name = NULL }
};

const struct key write_keys[] = {
	{ .name = "function", .type = KEY_INT, .offset = WRITE(function), .min = 5, .max = 22,
	  .help = "5 or 15 writes a coil, 6 one register, 16 several, 22 bits of one." },
	{ .name = "min", .type = KEY_REAL, .offset = WRITE(min),
	  .help = "The least figure that may be written." },
	{ .name = "max", .type = KEY_REAL, .offset = WRITE(max),
	  .help = "The greatest figure that may be written." },
	{ .name = "step", .type = KEY_REAL, .offset = WRITE(step), .fallback = "0",
	  .min = 0, .max = 1e300,
	  .help = "Figures from min on that may be written are this far apart; 0: any." },
	{ .name = NULL }
};

static int
wrong(struct errs *errs, const struct point_row *row, const char *fmt)
{
	return err_add(errs, row->at.file, row->at.line, fmt, row->name);
}

/* A part is found, ordered and cut out of its register like a point. */
static int
bind_part(struct part *part, const struct part_row *row, enum part_use use,
    const struct point_row *owner, struct arena *arena, struct errs *errs)
{
	const struct point_row as_point = { .at = owner->at, .name = owner->name,
	    .function = owner->function, .number = row->number, .raw = row->raw,
	    .item = owner->item,
	    .order = row->order, .bit = row->bit, .bits = row->bits, .scale = 1,
	    .decimals = -1, .unit = "", .hj212 = "", .sl651 = "" };
	struct point p;

	if (point_bind(&p, &as_point, arena, errs) != 0)
		return -1;
	if (!isfinite(row->scale) || row->scale == 0)
		return wrong(errs, owner, "%s: scale 0, or too large a scale or offset");
	*part = (struct part){ .use = use, .number = p.number, .raw = p.raw, .order = p.order,
	    .piece = p.piece, .scale = row->scale };
	return 0;
}

static int
bind_list(struct part *to, size_t *n, const struct items *items, enum part_use use,
    const struct point_row *owner, struct arena *arena, struct errs *errs)
{
	const struct part_row *rows = items->at;
	int rc = 0;

	for (size_t i = 0; i < items->n; i++)
		rc |= bind_part(&to[(*n)++], &rows[i], use, owner, arena, errs);
	return rc;
}

/* The registers of a point and its parts come in one answer, or a total is
 * put together of two moments. */
static void
stretch(struct point *p)
{
	p->end = point_end(p);
	for (size_t i = 0; i < p->nparts; i++) {
		const struct part *part = &p->parts[i];
		uint32_t end = part->number + (uint32_t)(p->order == NULL ?
		    raw_bytes(part->raw, NULL, &part->piece) :
		    raw_registers(part->raw, &part->piece));

		p->first = part->number < p->first ? part->number : p->first;
		p->end = end > p->end ? end : p->end;
	}
}

/* Joined in this order: the decimals first, then the factors, then what is
 * added. */
int
parts_bind(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	size_t n = (row->decimals_from.raw != NULL) + row->times.n + row->plus.n, at = 0;
	struct part *parts;
	int rc = 0;

	p->end = point_end(p);
	if (n == 0)
		return 0;
	if (n > PARTS_MAX || function_is_bits(p->function) || p->raw->needs & RAW_LENGTH)
		return wrong(errs, row, "%s: a number has at most 8 parts, a bit or a text none");
	if ((parts = arena_alloc(arena, n * sizeof(*parts))) == NULL)
		return reader_no_memory(errs, &row->at);
	if (row->decimals_from.raw != NULL)
		rc = bind_part(&parts[at++], &row->decimals_from, PART_DECIMALS, row, arena, errs);
	rc |= bind_list(parts, &at, &row->times, PART_TIMES, row, arena, errs);
	rc |= bind_list(parts, &at, &row->plus, PART_PLUS, row, arena, errs);
	if (rc != 0)
		return -1;
	p->parts = parts;
	p->nparts = n;
	stretch(p);
	if (function_width(p->function) * (p->end - p->first) > POINT_BYTES_MAX)
		return wrong(errs, row, "%s: its parts are too far away for one question");
	return 0;
}

int
choices_bind(struct point *p, const struct point_row *row, struct errs *errs)
{
	p->choices = row->choices.at;
	p->nchoices = row->choices.n;
	for (size_t i = 0; i < p->nchoices; i++)
		for (size_t k = 0; k < i; k++)
			if (p->choices[i].number == p->choices[k].number)
				return err_add(errs, row->at.file, row->at.line,
				    "%s: names says twice what %lld means", row->name,
				    (long long)p->choices[i].number);
	if (p->nchoices > 0 && p->raw->needs & RAW_LENGTH)
		return wrong(errs, row, "%s: names goes with numbers, not with a text");
	return 0;
}

static int
bind_sound(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	const double *ends;
	size_t n;

	if (row->sound == NULL)
		return 0;
	if (reader_numbers(row->sound, row->name, "sound", arena, errs, &ends, &n) != 0)
		return -1;
	if (n != 2 || !(ends[0] < ends[1]))
		return wrong(errs, row,
		    "%s: sound is two raw numbers, the lesser first, such as (3600, 21000)");
	p->bounded = true;
	p->least = ends[0];
	p->most = ends[1];
	return 0;
}

/* Which functions can write a point of this kind. */
static bool
can_write(const struct point *p, int64_t function)
{
	uint8_t registers = raw_registers(p->raw, &p->piece);

	if (p->function == 2 || p->function == 4 || p->nparts > 0 ||
	    p->raw->needs & RAW_LENGTH)
		return false;
	if (p->function == 1)
		return function == 5 || function == 15;
	if (raw_mask(p->raw, &p->piece) != UINT16_MAX)
		return function == 22;
	return function == 16 || (function == 6 && registers == 1);
}

static int
bind_write(struct point *p, const struct point_row *row, struct errs *errs)
{
	const struct write_row *w = &row->write;

	if (w->function == 0)
		return 0;
	if (!can_write(p, w->function))
		return wrong(errs, row, "%s: write: a coil is written by 5 or 15, one register by "
		    "6 or 16, several by 16, a part of one by 22; the rest cannot be");
	if (!(w->min <= w->max) || !isfinite(w->min) || !isfinite(w->max))
		return wrong(errs, row, "%s: write: min is greater than max");
	p->write = (struct writable){ (uint8_t)w->function, w->min, w->max, w->step };
	return 0;
}

int
limits_bind(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	int rc = bind_sound(p, row, arena, errs);

	p->max_step = row->max_step;
	p->max_rate = row->max_rate;
	p->hold = row->hold;
	return rc | bind_write(p, row, errs);
}
