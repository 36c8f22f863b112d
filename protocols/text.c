#include <stdarg.h>
#include <stdio.h>

#include "text.h"

void
text_say(struct text *t, const char *fmt, ...)
{
	size_t room = t->cap - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at + t->len, room, fmt, ap);
	va_end(ap);
	t->cut |= n < 0 || (size_t)n >= room;
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

void
text_bytes(struct text *t, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_say(t, " %02x", p[i]);
}
