#include <stddef.h>
#include <string.h>

#include "reader.h"

#define AT(field)	offsetof(struct status_row, field)

/* What a status can mean. */
static const struct {
	enum status_kind	 kind;
	uint8_t			 code, flags;
} meanings[] = {
	{ STATUS_STATE, Q_SENSOR_FAILURE, 0 },
	{ STATUS_STATE, Q_WARMING_UP, 0 },
	{ STATUS_STATE, Q_OUT_OF_SERVICE, 0 },
	{ STATUS_STATE, Q_OUT_OF_RANGE, 0 },
	{ STATUS_STATE, Q_STALE, 0 },
	{ STATUS_STATE, Q_GOOD, QF_MAINTENANCE },
	{ STATUS_STATE, Q_GOOD, QF_CALIBRATION },
	{ STATUS_STATE, Q_GOOD, QF_MANUAL },
	{ STATUS_STATE, Q_GOOD, QF_HELD },
	{ STATUS_AGE, Q_GOOD, 0 },
	{ STATUS_RESULT, Q_GOOD, 0 },
};

static const char *const means[] = {
	"sensor-failure", "warming-up", "out-of-service", "out-of-range", "stale",
	"maintenance", "calibration", "manual", "held", "age", "result", NULL
};

const char *
status_means(size_t i)
{
	return i < sizeof(means) / sizeof(means[0]) ? means[i] : NULL;
}

const struct key status_keys[] = {
	{ .name = "function", .type = KEY_INT, .offset = AT(function), .fallback = "3",
	  .min = 1, .max = 4, .help = "1 reads coils, 2 discrete inputs, 3 holding registers, "
	  "4 input registers." },
	{ .name = "register", .type = KEY_INT, .offset = AT(number), .fallback = "-1",
	  .min = -1, .max = 65535, .help = "Its first register, or its coil; in an item its "
	  "first byte, 0 if not said." },
	{ .name = "item", .type = KEY_STRING, .offset = AT(item), .fallback = "",
	  .help = "Of a meter: the data identifier that it stands in." },
	{ .name = "raw", .type = KEY_STRING, .offset = AT(raw),
	  .help = "How the number is written." },
	{ .name = "order", .type = KEY_STRING, .offset = AT(order), .fallback = "",
	  .help = "Where its bytes stand." },
	{ .name = "bit", .type = KEY_INT, .offset = AT(bit), .fallback = "-1", .min = -1,
	  .max = 15, .help = "Which bit of the register; for raw bit." },
	{ .name = "bits", .type = KEY_NODE, .offset = AT(bits), .fallback = "",
	  .help = "First bit and how many; for raw bits and one-hot." },
	{ .name = "invert", .type = KEY_BOOL, .offset = AT(invert), .fallback = "false",
	  .help = "A bit that is 0 means true." },
	{ .name = "scale", .type = KEY_REAL, .offset = AT(scale), .fallback = "1",
	  .help = "Of an age: seconds in one of its numbers." },
	{ .name = "means", .type = KEY_CHOICE, .offset = AT(means), .names = means,
	  .help = "What the points are while it holds; or age, or result." },
	{ .name = "when", .type = KEY_NODE, .offset = AT(when), .fallback = "",
	  .help = "The numbers at which it holds; else all but 0." },
	{ .name = "points", .type = KEY_STRINGS, .offset = AT(points), .fallback = "",
	  .help = "The points that it speaks of; else all." },
	{ .name = "max_age", .type = KEY_SPAN, .offset = AT(max_age), .fallback = "0s",
	  .min = 0, .max = 8 * 86400e6, .help = "Of age and result: an older one is stale." },
	{ .name = NULL }
};

static int
wrong(struct errs *errs, const struct point_row *row, const char *fmt)
{
	return err_add(errs, row->at.file, row->at.line, fmt, row->name);
}

static int
find_points(struct status *s, const struct status_row *row, const struct profile *profile,
    struct arena *arena, struct errs *errs)
{
	uint16_t *at = arena_alloc(arena, (row->points.n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return reader_no_memory(errs, &row->at);
	for (size_t i = 0; i < row->points.n; i++) {
		const struct point *p = profile_point(profile, row->points.at[i]);

		if (p == NULL)
			rc = reader_unknown_point(errs, &row->at, "status", profile,
			    row->points.at[i]);
		else
			at[i] = (uint16_t)(p - profile->points);
	}
	s->points = at;
	s->npoints = row->points.n;
	return rc;
}

static int
bind_when(struct status *s, const struct status_row *row, const struct point_row *as_point,
    struct arena *arena, struct errs *errs)
{
	if (row->when != NULL && s->kind != STATUS_STATE)
		return wrong(errs, as_point, "%s: when goes with a state, not with age or result");
	if (row->max_age > 0 && s->kind == STATUS_STATE)
		return wrong(errs, as_point, "%s: max_age goes with age or result");
	if (row->when == NULL)
		return 0;
	return reader_numbers(row->when, "status", "when", arena, errs, &s->when, &s->nwhen);
}

int
status_bind(struct status *s, const struct status_row *row, const struct profile *profile,
    struct arena *arena, struct errs *errs)
{
	const struct point_row as_point = { .at = row->at, .name = "status",
	    .function = row->function, .number = row->number, .raw = row->raw,
	    .item = row->item, .order = row->order, .bit = row->bit, .bits = row->bits,
	    .invert = row->invert,
	    .scale = row->scale, .decimals = -1, .unit = "", .hj212 = "", .sl651 = "" };
	int rc = point_bind(&s->at, &as_point, arena, errs);

	s->means = (uint8_t)row->means;
	s->kind = meanings[row->means].kind;
	s->code = meanings[row->means].code;
	s->flags = meanings[row->means].flags;
	s->max_age = row->max_age;
	rc |= bind_when(s, row, &as_point, arena, errs);
	return rc | find_points(s, row, profile, arena, errs);
}
