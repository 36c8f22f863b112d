#include <math.h>
#include <string.h>

#include "../../protocols/json.h"
#include "mqtt_figure.h"

/* A figure taken apart: "-0.53" has sign, no digits before the point that
 * count, and two behind it. */
struct figure {
	char	text[NUMBER_TEXT];
	size_t	n;
	size_t	before, behind;		/* digits, without leading zeros before */
	bool	minus, nothing, odd;	/* odd: it has no such form */
};

static size_t
write_text(const struct mqtt_row *row, char *text)
{
	if (row->kind == VALUE_I64)
		return number_int(row->i, text);
	return row->kind == VALUE_F32 ? number_real32(row->f, text) : number_real(row->d, text);
}

static void
take_apart(struct figure *f, const struct mqtt_row *row)
{
	const char *dot;

	*f = (struct figure){ .nothing = row->kind == VALUE_NONE };
	if (row->kind == VALUE_F32 || row->kind == VALUE_F64)
		f->nothing = !isfinite(row->kind == VALUE_F32 ? (double)row->f : row->d);
	f->odd = !f->nothing && row->kind != VALUE_I64 && row->kind != VALUE_F32 &&
	    row->kind != VALUE_F64;
	if (f->nothing || f->odd)
		return;
	f->n = write_text(row, f->text);
	f->odd = memchr(f->text, 'e', f->n) != NULL;
	f->minus = f->text[0] == '-';
	dot = memchr(f->text, '.', f->n);
	f->before = (dot != NULL ? (size_t)(dot - f->text) : f->n) - f->minus;
	if (f->before == 1 && f->text[f->minus] == '0')
		f->before = 0;
	f->behind = dot != NULL ? f->n - (size_t)(dot - f->text) - 1 : 0;
}

void
figure_count(struct figure_cost *c, struct mqtt_row *row)
{
	struct figure f;

	if (c->fixed)
		return;
	take_apart(&f, row);
	c->fixed = f.odd || f.behind > FIGURE_SCALE_MAX;
	if (c->fixed)
		return;
	row->len = (uint8_t)f.n;
	row->before = (uint8_t)f.before;
	row->behind = (uint8_t)f.behind;
	if (f.behind > c->scale)
		c->scale = (uint8_t)f.behind;
}

void
figure_pad(struct figure_cost *c, const struct mqtt_row *row)
{
	size_t digits, minus;

	if (c->fixed || c->scale == 0 || row->len == 0)
		return;
	digits = row->before + row->behind == 0 ? 1U : (size_t)row->before + c->scale;
	/* what is left of "-0.53" without its sign is "0.53" */
	minus = row->len - ((row->before > 0 ? row->before : 1U) +
	    (row->behind > 0 ? row->behind + 1U : 0U));
	c->plain += row->len;
	c->scaled += minus + digits;
	if (digits > c->digits)
		c->digits = digits;
}

size_t
figure_saves(const struct figure_cost *c)
{
	if (c->fixed || c->scale == 0 || c->digits > FIGURE_DIGITS_MAX)
		return 0;
	return c->plain > c->scaled ? c->plain - c->scaled : 0;
}

static void
put_scaled(struct buf *b, const struct figure *f, uint8_t scale)
{
	char *at = (char *)buf_room(b, NUMBER_TEXT), *start = at;
	const char *behind = f->text + f->n - f->behind, *before = f->text + f->minus;
	size_t behind_n = f->behind;

	if (at == NULL)
		return;
	if (f->minus)
		*at++ = '-';
	memcpy(at, before, f->before);
	at += f->before;
	while (f->before == 0 && behind_n > 1 && *behind == '0') {
		behind++;		/* leading zeros, as in 0.05 */
		behind_n--;
	}
	memcpy(at, behind, behind_n);
	at += behind_n;
	for (size_t i = f->behind; i < scale && f->before + f->behind > 0; i++)
		*at++ = '0';
	if (at == start)
		*at++ = '0';
	b->len -= NUMBER_TEXT - (size_t)(at - start);
}

static void
put_other(struct buf *b, const struct mqtt_row *row, const char *texts)
{
	struct json j;

	json_begin(&j, b);
	if (row->kind == VALUE_BOOL)
		json_put_bool(&j, row->b);
	else if (row->kind == VALUE_U64)
		json_put_uint(&j, row->u);
	else
		json_put_text(&j, texts + row->text, row->len);
	b->bad |= !json_end(&j);
}

void
figure_put(struct buf *b, const struct mqtt_row *row, uint8_t scale, const char *texts)
{
	struct figure f;

	take_apart(&f, row);
	if (f.nothing)
		buf_putbytes(b, "null", 4);
	else if (row->kind != VALUE_I64 && row->kind != VALUE_F32 && row->kind != VALUE_F64)
		put_other(b, row, texts);
	else if (scale > 0)
		put_scaled(b, &f, scale);
	else
		buf_putbytes(b, f.text, f.n);
}
