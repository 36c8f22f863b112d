#include <string.h>

#include "codec_value.h"
#include "layout.h"

size_t
fitting(const char *text, size_t most)
{
	size_t n = strnlen(text, most + 1);

	if (n <= most)
		return n;
	for (n = most; n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

uint8_t *
put_text(uint8_t *p, const char *text, size_t most)
{
	size_t n;

	if (text == NULL)
		return put_varint(p, 0);
	n = fitting(text, most);
	p = put_varint(p, n + 1);
	memcpy(p, text, n);
	p[n] = '\0';
	return p + n + 1;
}

const char *
take_text(struct window *w)
{
	uint64_t n = take_varint(w);
	const uint8_t *at;

	if (n == 0)
		return NULL;
	at = n > BLOCK ? NULL : take_bytes(w, n);
	if (at == NULL || at[n - 1] != '\0') {
		w->bad = true;
		return NULL;
	}
	return (const char *)at;
}

uint8_t *
put_double(uint8_t *p, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, 8);
	put_le(p, bits, 8);
	return p + 8;
}

double
take_double(struct window *w)
{
	uint64_t bits = take_le(w, 8);
	double d;

	memcpy(&d, &bits, 8);
	return d;
}

uint8_t *
put_value(uint8_t *p, const struct value *v)
{
	uint32_t bits;

	*p++ = (uint8_t)v->kind;
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		*p++ = v->b;
		break;
	case VALUE_I64:
		return put_signed(p, v->i);
	case VALUE_U64:
		return put_varint(p, v->u);
	case VALUE_F32:
		memcpy(&bits, &v->f, 4);
		put_le(p, bits, 4);
		return p + 4;
	case VALUE_F64:
		return put_double(p, v->d);
	case VALUE_TEXT:
		return put_text(p, v->text, VALUE_TEXT_MAX - 1);
	}
	return p;
}

static void
take_value_text(struct window *w, struct value *v)
{
	const char *text = take_text(w);
	size_t n = text == NULL ? VALUE_TEXT_MAX : strlen(text);

	if (n >= VALUE_TEXT_MAX)
		w->bad = true;
	else
		memcpy(v->text, text, n + 1);
}

void
take_value(struct window *w, struct value *v)
{
	uint32_t bits;

	*v = (struct value){ .kind = take_byte(w) };
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		v->b = take_byte(w) != 0;
		break;
	case VALUE_I64:
		v->i = take_signed(w);
		break;
	case VALUE_U64:
		v->u = take_varint(w);
		break;
	case VALUE_F32:
		bits = (uint32_t)take_le(w, 4);
		memcpy(&v->f, &bits, 4);
		break;
	case VALUE_F64:
		v->d = take_double(w);
		break;
	case VALUE_TEXT:
		take_value_text(w, v);
		break;
	default:
		v->kind = VALUE_NONE;
		w->bad = true;
	}
}
