/* ci: 100000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/dtu.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const patterns[][2] = {
	{ "LOGIN:{id:4}", "HB" }, { "{id}", "{FE}" }, { "{AA 55}{hex:4}{any:2}{0D}", "{id}" },
	{ "{digits:11},{token:6}#", "PING" },
};

/* All that was heard is accounted for, and in pieces it means what it meant whole. */
static void
play(const struct dtu_conf *c, const uint8_t *data, size_t n, size_t cut)
{
	uint8_t payload[2][2000], reply[2][4200];
	struct dtu_out out[2];
	struct dtu d[2];
	bool sound[2];

	for (int i = 0; i < 2; i++) {
		out[i] = (struct dtu_out){ .payload = { .at = payload[i], .cap = n + 160 },
		    .reply = { .at = reply[i], .cap = 2 * n + 320 } };
		dtu_init(&d[i], c);
	}
	sound[0] = dtu_hear(&d[0], data, n, &out[0]);
	sound[1] = dtu_hear(&d[1], data, cut, &out[1]) &&
	    dtu_hear(&d[1], data + cut, n - cut, &out[1]);
	assert(!out[0].payload.bad && !out[0].reply.bad && out[0].payload.len <= n + 1);
	assert(strlen(d[0].is.id) <= DTU_ID_MAX && strlen(d[0].is.token) <= DTU_ID_MAX);
	/* a name of any length ends with its packet, so there a cut means something */
	if (c->reg.open || c->beats[0].open || !sound[0])
		return;
	assert(sound[1] && strcmp(d[0].is.id, d[1].is.id) == 0);
	assert(out[0].payload.len == out[1].payload.len &&
	    memcmp(payload[0], payload[1], out[0].payload.len) == 0);
	assert(out[0].beats == out[1].beats && out[0].reply.len == out[1].reply.len);
}

/* What is wrapped for it and said by it comes back as it was. */
static void
come_back(const struct dtu_conf *c, const uint8_t *data, size_t n, bool datagrams)
{
	uint8_t wrapped[4200], back[2100], reply[200];
	struct buf to = { .at = wrapped, .cap = 2 * n + DTU_AROUND };
	struct dtu_out out = { .payload = { .at = back, .cap = n + 80 },
	    .reply = { .at = reply, .cap = sizeof(reply) } };
	struct dtu d;

	dtu_init(&d, c);
	strcpy(d.is.id, "13800138000");
	d.datagrams = datagrams;
	d.asked = 1;
	dtu_wrap(&d, data, n, &to);
	assert(!to.bad);
	if (c->format->framing == &dtu_ddp)
		wrapped[1] = 0x09;	/* as its own packet of data */
	assert(dtu_hear(&d, wrapped, to.len, &out) && out.payload.len == n &&
	    memcmp(back, data, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct dtu_format *format;
	struct dtu_conf c = { .nbeats = 1 };
	const char *why;
	size_t at, which;

	if (n < 3 || n > 1000)
		return 0;
	for (which = 0; dtu_format_at(which) != NULL; which++)
		continue;
	format = c.format = dtu_format_at(data[0] % which);
	which = data[1] % 4;
	assert(dtu_compile(format->reg != NULL ? format->reg : patterns[which][0], &c.reg, &why,
	    &at) == 0);
	assert(dtu_compile(format->beat != NULL ? format->beat : patterns[which][1], &c.beats[0],
	    &why, &at) == 0);
	if (data[0] & 0x80)
		c.beat_reply = (struct dtu_word){ .bytes = "ok", .n = 2 };
	play(&c, data + 3, n - 3, data[2] % (n - 2));
	come_back(&c, data + 3, n - 3, data[1] & 0x80);
	return 0;
}
