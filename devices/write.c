#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "write.h"

/* Of the figure; what a float of 32 bits cannot say more exactly. */
#define EXACT	1e-7

static bool
close_to(double a, double b)
{
	return fabs(a - b) <= EXACT * (fabs(a) + fabs(b)) / 2 + 1e-12;
}

static bool
on_step(const struct writable *w, double figure)
{
	double steps = (figure - w->min) / w->step;

	return fabs(steps - round(steps)) <= 1e-6;
}

/* A register that cannot say it exactly would say something else. */
static bool
says(const struct point *p, double figure, double *said)
{
	uint8_t wire[POINT_BYTES_MAX] = { 0 };
	struct value v;

	return point_encode(p, figure, wire) == 0 && point_figure(p, wire, &v) == Q_GOOD &&
	    value_number(&v, said);
}

/* A register of which only 0 and 1 are written, as of a relay. */
static bool
is_switch(const struct point *p)
{
	return p->write.function != 0 && p->write.min == 0 && p->write.max == 1 &&
	    p->write.step == 1;
}

const char *
write_states(const struct point *p, char *buf, size_t n)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < p->nchoices; i++) {
		const char *state = p->choices[i].en;
		bool known = state[0] == '\0';

		for (size_t k = 0; k < i; k++)
			known |= strcmp(p->choices[k].en, state) == 0;
		if (!known && at + strlen(state) + 2 < n)
			at += (size_t)snprintf(buf + at, n - at, "%s%s", at > 0 ? "|" : "",
			    state);
	}
	return buf;
}

int
write_figure(const struct point *p, const char *text, double *figure)
{
	static const struct { const char *word; double figure; } words[] = {
		{ "off", 0 }, { "false", 0 }, { "on", 1 }, { "true", 1 },
	};
	bool two = function_is_bits(p->function) || (p->raw->needs & RAW_BIT) != 0 ||
	    is_switch(p);
	char *end;

	for (size_t i = 0; i < p->nchoices; i++)
		if (strcmp(p->choices[i].en, text) == 0 || strcmp(p->choices[i].zh, text) == 0) {
			*figure = (double)p->choices[i].number;
			return 0;
		}
	for (size_t i = 0; two && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, text) == 0) {
			*figure = words[i].figure;
			return 0;
		}
	if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
		return -1;
	*figure = strtod(text, &end);
	return *end == '\0' ? 0 : -1;
}

int
write_check(const struct point *p, double figure, char *why, size_t n)
{
	const struct writable *w = &p->write;
	struct value v = { .kind = VALUE_F64, .d = figure };
	double said;

	if (w->function == 0)
		snprintf(why, n, "%s cannot be written: its profile does not say how", p->name);
	else if (!isfinite(figure))
		snprintf(why, n, "%s: this is no number", p->name);
	else if (figure < w->min || figure > w->max)
		snprintf(why, n, "%s: %g to %g may be written, not %g", p->name, w->min, w->max,
		    figure);
	else if (w->step > 0 && !on_step(w, figure))
		snprintf(why, n, "%s: only steps of %g from %g on may be written, not %g", p->name,
		    w->step, w->min, figure);
	else if (p->nchoices > 0 && point_choice(p, &v) == NULL)
		snprintf(why, n, "%s: %g is none of its states", p->name, figure);
	else if (!says(p, figure, &said))
		snprintf(why, n, "%s: no register of it can say %g", p->name, figure);
	else if (!close_to(said, figure))
		snprintf(why, n, "%s: it can say %.9g, not %.9g", p->name, said, figure);
	else
		return 0;
	return -1;
}

/* AND and OR mask of function 22: bits of others stay (V1.1b3, 6.16). */
static void
put_masks(const struct point *p, const uint8_t *wire, uint8_t *payload)
{
	struct value others = { .kind = VALUE_U64,
	    .u = UINT16_MAX & ~raw_mask(p->raw, &p->piece) };

	raw_encode(raw_find("u16"), p->order, &(struct piece){ 0 }, &others, payload);
	memcpy(payload + 2, wire, 2);
}

void
write_ask(const struct device *d, const struct point *p, double figure,
    uint8_t payload[RAW_BYTES_MAX], struct ask *ask)
{
	uint8_t wire[RAW_BYTES_MAX] = { 0 };
	int rc = point_encode(p, figure, wire);

	assert(p->write.function != 0 && rc == 0);
	*ask = (struct ask){ .function = p->write.function, .number = p->number,
	    .count = (uint16_t)(point_end(p) - p->number), .payload = payload };
	memcpy(ask->address, d->address, sizeof(ask->address));
	ask->payload_len = point_bytes(p);
	memcpy(payload, wire, ask->payload_len);
	if (p->write.function != 22)
		return;
	put_masks(p, wire, payload);
	ask->payload_len = 4;
}

bool
write_proven(const struct point *p, double figure, const uint8_t *wire)
{
	struct value v;
	double said;

	return point_figure(p, wire, &v) == Q_GOOD && value_number(&v, &said) &&
	    close_to(said, figure);
}
