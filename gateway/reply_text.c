#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reply_text.h"

static void
write_hex(const uint8_t *bytes, size_t len, char *text, size_t n)
{
	for (size_t i = 0; i < len && 2 * i + 2 < n; i++)
		snprintf(text + 2 * i, n - 2 * i, "%02x", bytes[i]);
}

void
reply_write(const struct reply *r, char *text, size_t n)
{
	int64_t took = r->heard - r->asked;
	char hex[2 * 256 + 1] = "";

	switch (r->status) {
	case REPLY_OK:
		write_hex(r->data, r->len, hex, sizeof(hex));
		snprintf(text, n, "ok %s %" PRId64 "%s", hex, took,
		    r->after_barrier ? " barrier" : "");
		break;
	case REPLY_EXCEPTION:
		snprintf(text, n, "exception %u %" PRId64, r->exception, took);
		break;
	case REPLY_TIMEOUT:
		snprintf(text, n, "timeout");
		break;
	case REPLY_LOST:
		snprintf(text, n, "lost");
		break;
	}
}

static int
read_hex(const char *hex, struct reply *r, uint8_t *data, size_t cap)
{
	unsigned byte;

	for (; hex[0] != '\0'; hex += 2) {
		if (r->len == cap || hex[1] == '\0' || sscanf(hex, "%2x", &byte) != 1)
			return -1;
		data[r->len++] = (uint8_t)byte;
	}
	return 0;
}

int
reply_read(const char *text, struct reply *r, uint8_t *data, size_t cap)
{
	char hex[2 * 256 + 1], barrier[8] = "";
	unsigned code;

	*r = (struct reply){ .data = data, .status = REPLY_OK };
	if (strcmp(text, "timeout") == 0 || strcmp(text, "lost") == 0) {
		r->status = text[0] == 't' ? REPLY_TIMEOUT : REPLY_LOST;
		return 0;
	}
	if (sscanf(text, "exception %u %" SCNd64, &code, &r->heard) == 2 && code < 256) {
		r->status = REPLY_EXCEPTION;
		r->exception = (uint8_t)code;
		return 0;
	}
	if (sscanf(text, "ok %512[0-9a-f] %" SCNd64 " %7s", hex, &r->heard, barrier) < 2)
		return -1;
	r->after_barrier = strcmp(barrier, "barrier") == 0;
	return read_hex(hex, r, data, cap);
}
