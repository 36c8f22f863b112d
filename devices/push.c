#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../protocols/number.h"
#include "judge.h"
#include "push.h"

const struct point *
push_point(const struct profile *p, const char *key)
{
	size_t from = 0, end = p->nkeys;

	while (from < end) {
		size_t mid = from + (end - from) / 2;
		const struct point *point = &p->points[p->keys[mid]];
		int order = strcmp(key, point->push);

		if (order == 0)
			return point;
		if (order < 0)
			end = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

int64_t
device_silence(const struct device *d)
{
	return d->conf.period + d->conf.period / 2;
}

/* Digits, a sign, a point, an exponent and nothing else, or it is no figure. */
static bool
read_number(const char *text, double *number)
{
	size_t n = strspn(text, "+-.0123456789eE");
	char *end;

	if (n == 0 || text[n] != '\0' || strpbrk(text, "0123456789") == NULL)
		return false;
	*number = strtod(text, &end);
	return *end == '\0' && isfinite(*number);
}

static bool
read_bool(const char *text, double *number)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
		*number = text[0] == 't';
		return true;
	}
	return read_number(text, number);
}

/* Cut where a letter begins, not within one. */
static void
keep_text(const char *text, struct value *v)
{
	size_t n = strlen(text);

	if (n >= sizeof(v->text))
		for (n = sizeof(v->text) - 1; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80; )
			n--;
	*v = (struct value){ .kind = VALUE_TEXT };
	memcpy(v->text, text, n);
}

static bool
text_value(const struct push *push, struct value *v)
{
	char number[NUMBER_TEXT];

	if (push->kind == PUSH_TEXT) {
		keep_text(push->text, v);
		return true;
	}
	if (push->kind == PUSH_NUMBER && isfinite(push->number)) {
		number[number_real(push->number, number)] = '\0';
		keep_text(number, v);
		return true;
	}
	return false;
}

/* The raw value that was told; false: it is none of this point's kind. */
static bool
value_of(const struct point *p, const struct push *push, struct value *v)
{
	bool bit = p->raw->needs & RAW_BIT;
	double number = push->number;

	if (p->raw->needs & RAW_LENGTH)
		return text_value(push, v);
	if (push->kind == PUSH_NONE || (push->kind == PUSH_TEXT &&
	    !(bit ? read_bool : read_number)(push->text, &number)))
		return false;
	if (bit && number != 0 && number != 1)
		return false;
	*v = bit ? (struct value){ .kind = VALUE_BOOL, .b = number != 0 } :
	    (struct value){ .kind = VALUE_F64, .d = number };
	return true;
}

/* A figure in a unit that is not the point's would be worse than none. */
static bool
convert(const struct point *p, const char *name, struct value *v)
{
	const struct unit *unit = name != NULL && name[0] != '\0' ? unit_find(name) : NULL;

	if (name == NULL || name[0] == '\0' || p->unit == NULL || unit == p->unit ||
	    v->kind != VALUE_F64)
		return true;
	if (unit == NULL || !unit_fits(unit, p->unit))
		return false;
	v->d = (v->d * unit->factor + unit->offset - p->unit->offset) / p->unit->factor;
	return isfinite(v->d);
}

/* Its own time, if it can be one. */
static void
place(struct reading *r, const struct push *push)
{
	if (push->time == 0)
		return;
	if (push->time <= r->time + PUSH_AHEAD || r->quality.flags & QF_CLOCK_UNTRUSTED)
		r->time = push->time;
	else
		r->quality.flags |= QF_CLOCK_UNTRUSTED;
}

/* What is told of the past is no jump from what is known of later. */
static bool
newest(const struct memory *m, const struct reading *base, const struct reading *r)
{
	return !m->known || base->mono - (base->time - r->time) * 1000 > m->mono;
}

/* A step from reading to reading is judged by when they were taken, and a rule
 * reckons with when they came. */
static void
settle(const struct device *d, size_t i, enum quality_code code, const struct reading *base,
    struct reading *r)
{
	int64_t came = r->mono;

	if (r->time < base->time)
		r->mono -= (base->time - r->time) * 1000;
	device_settle(d, i, code, newest(&d->memory[i], base, r), r);
	r->mono = came;
}

enum push_fault
push_fault(const struct point *p, const struct push *push)
{
	struct value v;

	if (push->kind == PUSH_NONE || (push->mark != NULL &&
	    quality_severity(quality_of_mark(push->mark)) == SEVERITY_BAD))
		return PUSH_FITS;
	if (!value_of(p, push, &v))
		return PUSH_NO_FIGURE;
	return point_told(p, &v) != Q_GOOD || convert(p, push->unit, &v) ? PUSH_FITS :
	    PUSH_OTHER_UNIT;
}

static void
tell(const struct device *d, size_t i, const struct push *push, const struct reading *base,
    struct reading *r)
{
	const struct point *p = &d->profile->points[i];
	enum quality_code code = Q_SENSOR_FAILURE;
	struct value v;

	device_begin(d, i, base, r);
	place(r, push);
	if (push->mark != NULL)
		r->quality = quality_worse(r->quality, quality_of_mark(push->mark));
	if (value_of(p, push, &v) && (code = point_told(p, &v)) == Q_GOOD) {
		if (convert(p, push->unit, &v))
			r->value = v;
		else
			code = Q_SENSOR_FAILURE;
	}
	settle(d, i, code, base, r);
}

/* The point that it is of; NULL: it has none that is told. */
static const struct point *
told_point(const struct device *d, const struct push *push)
{
	const struct point *p = push_point(d->profile, push->key);

	return p != NULL && d->taps[p - d->profile->points].block < BLOCK_DERIVED ? p : NULL;
}

bool
device_hears(const struct device *d, const struct push *push)
{
	return told_point(d, push) != NULL;
}

size_t
device_push(const struct device *d, const struct push *pushes, size_t n,
    const struct reading *base, struct reading *out, size_t max)
{
	size_t m = 0;

	for (size_t i = 0; i < n && m < max; i++) {
		const struct point *p = told_point(d, &pushes[i]);

		if (p != NULL)
			tell(d, (size_t)(p - d->profile->points), &pushes[i], base, &out[m++]);
	}
	return m;
}
