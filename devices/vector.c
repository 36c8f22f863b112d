#include <math.h>
#include <stddef.h>
#include <string.h>

#include "reader.h"

/* A figure printed in a manual has this many figures at least. */
#define CLOSE	1e-6

#define AT(field)	offsetof(struct vector_row, field)

const struct key vector_keys[] = {
	{ .name = "point", .type = KEY_NAME, .offset = AT(point),
	  .help = "Which point these bytes are of." },
	{ .name = "hex", .type = KEY_STRING, .offset = AT(hex),
	  .help = "Its registers as they come on the wire, in hex digits." },
	{ .name = "value", .type = KEY_NODE, .offset = AT(value), .fallback = "",
	  .help = "The figure they mean; none for a broken sensor." },
	{ .name = "quality", .type = KEY_STRING, .offset = AT(quality), .fallback = "good",
	  .help = "The quality they mean: good, out-of-range or sensor-failure." },
	{ .name = "source", .type = KEY_STRING, .offset = AT(source),
	  .help = "Who says so: a page of the manual, or the independent decoder." },
	{ .name = NULL }
};

static int
check_quality(const struct vector_row *row, enum quality_code got, struct errs *errs)
{
	struct quality q = { .code = (uint8_t)got };
	int wanted = quality_find(row->quality);

	if (wanted == (int)got)
		return 0;
	if (wanted != Q_GOOD && wanted != Q_OUT_OF_RANGE && wanted != Q_SENSOR_FAILURE)
		return err_add(errs, row->at.file, row->at.line,
		    "vector of %s: quality is \"good\", \"out-of-range\" or \"sensor-failure\"",
		    row->point);
	return err_add(errs, row->at.file, row->at.line,
	    "vector of %s: %s is %s, not %s", row->point, row->hex, quality_name(q),
	    row->quality);
}

static int
check_text(const struct vector_row *row, const struct value *v, struct errs *errs)
{
	if (row->value == NULL || node_kind(row->value) != NODE_STRING)
		return err_add(errs, row->at.file, row->at.line,
		    "vector of %s: say the value that %s means, a text", row->point, row->hex);
	if (strcmp(node_string(row->value), v->text) == 0)
		return 0;
	return err_add(errs, row->at.file, row->at.line,
	    "vector of %s: %s decodes to \"%s\", not to \"%s\"", row->point, row->hex,
	    v->text, node_string(row->value));
}

/* A count is printed in full in a manual: no figure of it may be wrong. */
static bool
is_exact(const struct vector_row *row, const struct value *v)
{
	return v->kind == VALUE_I64 || v->kind == VALUE_U64 || v->kind == VALUE_BOOL ||
	    node_kind(row->value) == NODE_BOOL;
}

static bool
is_same(const struct vector_row *row, const struct value *v, double got, double wanted)
{
	if (node_kind(row->value) != NODE_INT || v->kind == VALUE_BOOL)
		return fabs(got - wanted) <= 0;
	if (v->kind == VALUE_U64)
		return node_int(row->value) >= 0 && v->u == (uint64_t)node_int(row->value);
	return v->kind == VALUE_I64 && v->i == node_int(row->value);
}

/* The figure, or true and false of a bit. */
static int
check_value(const struct vector_row *row, const struct value *v, struct errs *errs)
{
	char text[64];
	double got, wanted;

	if (v->kind == VALUE_TEXT)
		return check_text(row, v, errs);
	if (!value_number(v, &got))
		return row->value == NULL ? 0 : err_add(errs, row->at.file, row->at.line,
		    "vector of %s: %s has no value", row->point, row->hex);
	if (row->value == NULL || node_kind(row->value) == NODE_STRING ||
	    node_kind(row->value) == NODE_GROUP || node_kind(row->value) == NODE_LIST)
		return err_add(errs, row->at.file, row->at.line,
		    "vector of %s: say the value that %s means, a number (of a state its number)",
		    row->point, row->hex);
	wanted = node_kind(row->value) == NODE_BOOL ? node_bool(row->value) :
	    node_real(row->value);
	if (is_exact(row, v) ? is_same(row, v, got, wanted) :
	    fabs(got - wanted) <= CLOSE * fabs(wanted))
		return 0;
	return err_add(errs, row->at.file, row->at.line,
	    "vector of %s: %s decodes to %s, not to %.15g; look at raw, order and scale",
	    row->point, row->hex, value_text(v, -1, text, sizeof(text)), wanted);
}

int
vector_check(const struct profile *profile, const struct vector_row *row,
    struct errs *errs)
{
	const struct point *p = profile_point(profile, row->point);
	uint8_t wire[POINT_BYTES_MAX];
	struct value v;
	int rc;

	if (p == NULL)
		return reader_unknown_point(errs, &row->at, "vector", profile, row->point);
	if (reader_hex(row->hex, wire, point_bytes(p)) != 0)
		return err_add(errs, row->at.file, row->at.line,
		    "vector of %s: hex is %zu bytes in hex digits, such as \"%s\"", row->point,
		    point_bytes(p), point_bytes(p) == 2 ? "02BC" : "B81E2141");
	rc = check_quality(row, point_decode(p, wire, &v), errs);
	return rc | check_value(row, &v, errs);
}
