#include <string.h>

#include "../conf/err.h"
#include "meters_session.h"

#define FORMAT		(&meters_formats[0])
#define EVERYBODY	0x99	/* each byte of the address of a broadcast */

static int
dlt645_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	size_t i = 0;

	*why = ERR_("a meter of DL/T 645 has 12 digits, as on its plate; AAAAAAAAAAAA is any, "
	    "the only one on its line");
	memset(out, 0, ADDRESS_MAX);
	if (meters_digits(text, out, 12) != 0)
		return -1;
	while (i < 6 && out[i] == EVERYBODY)
		i++;
	return i < 6 ? 0 : -1;		/* nobody answers a broadcast */
}

static bool
dlt645_valid(const struct ask *ask)
{
	return meters_valid(FORMAT, ask);
}

static bool
dlt645_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	return meters_ask(FORMAT, session, ask, now, out);
}

static size_t
take(void *session, const uint8_t *p, size_t n, int64_t now, struct out *out)
{
	return meters_take(FORMAT, session, p, n, now, out);
}

static void
dlt645_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	meters_hear(session, bytes, n, now, out, take);
}

static void
dlt645_tick(void *session, int64_t now, struct out *out)
{
	meters_tick(FORMAT, session, now, out);
}

/* The error word is a set of bits (DL/T 645-2007, 7.1.5): its lowest. */
static const char *
dlt645_exception(uint8_t word)
{
	static const char *const bits[8] = {
		ERR_("another error"), ERR_("no such data"),
		ERR_("wrong password or no right to it"), ERR_("it cannot change its speed"),
		ERR_("more time zones than it has"), ERR_("more day periods than it has"),
		ERR_("more tariffs than it has"), ERR_("unknown error"),
	};
	int i = 0;

	while (i < 7 && !(word >> i & 1))
		i++;
	return bits[i];
}

const struct proto dlt645 = {
	.name = "dlt645",
	.size = sizeof(struct meters),
	.address = dlt645_address,
	.valid = dlt645_valid,
	.init = meters_init,
	.ask = dlt645_ask,
	.hear = dlt645_hear,
	.tick = dlt645_tick,
	.tally = stream_tally,
	.exception = dlt645_exception,
};
