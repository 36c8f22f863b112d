#include <string.h>

#include "../conf/err.h"
#include "meters_session.h"

#define FORMAT	(&meters_formats[1])

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "10:12345678901234": the kind of meter, then its digits. */
static int
cjt188_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = ERR_("a meter of CJ/T 188 has a type of 2 hex digits and an address of 14, such as "
	    "10:00000012345678; 10 is cold and 11 hot water, 20 heat, 30 gas, and "
	    "AAAAAAAAAAAAAA any address, of the only one on its line");
	memset(out, 0, ADDRESS_MAX);
	if (strlen(text) < 4 || text[2] != ':' || hex(text[0]) < 0 || hex(text[1]) < 0)
		return -1;
	out[0] = (uint8_t)(hex(text[0]) << 4 | hex(text[1]));
	return meters_digits(text + 3, out + 1, 14);
}

static bool
cjt188_valid(const struct ask *ask)
{
	return meters_valid(FORMAT, ask);
}

static bool
cjt188_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	return meters_ask(FORMAT, session, ask, now, out);
}

static size_t
take(void *session, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	return meters_take(FORMAT, session, p, n, now, out);
}

static void
cjt188_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	meters_hear(session, bytes, n, now, out, take);
}

static void
cjt188_tick(void *session, int64_t now, struct out *out)
{
	meters_tick(FORMAT, session, now, out);
}

/* It answers with its status, whose bits are the maker's. */
static const char *
cjt188_exception(uint8_t status)
{
	(void)status;
	return ERR_("the meter refuses");
}

const struct proto cjt188 = {
	.name = "cjt188",
	.size = sizeof(struct meters),
	.address = cjt188_address,
	.valid = cjt188_valid,
	.init = meters_init,
	.ask = cjt188_ask,
	.hear = cjt188_hear,
	.tick = cjt188_tick,
	.tally = stream_tally,
	.exception = cjt188_exception,
};
