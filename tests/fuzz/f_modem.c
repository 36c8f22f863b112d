/* ci: 100000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/modem.h"

/* Whatever a modem says, in pieces and with time going by, every message that is
 * given comes to one end, events keep their room, and a short message that is
 * read is whole. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct tale {
	struct modem	 m;
	uint8_t		 room[4 * MODEM_WRITES];
	struct buf	 out;
	int64_t		 now;
	bool		 given;
};

static const struct sms_out message = { .to = "10086", .text = "气瓶 {ok}", .centre = "",
    .valid = 600 };

static void
look(struct tale *t)
{
	struct modem_event e;

	while (modem_event(&t->m, &e)) {
		assert(strlen(e.why) < sizeof(e.why));
		if (e.kind == MODEM_RECEIVED)
			assert(strlen(e.in.text) < SMS_TEXT && e.in.part >= 1 &&
			    e.in.part <= e.in.parts && strlen(e.in.from) < SMS_NUMBER);
		if (e.kind != MODEM_SENT && e.kind != MODEM_FAILED && e.kind != MODEM_UNKNOWN)
			continue;
		assert(t->given);
		t->given = false;
	}
	t->out.len = 0;
}

static void
hear(struct tale *t, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; look(t))
		i += modem_hear(&t->m, data + i, n - i, t->now, &t->out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct modem_conf conf = { .pin = "1", .centre = "", .reset = "ATZ",
	    .reports = true, .patience = 60000000 };
	static struct tale t;
	struct sms_in in;

	sms_read(data, n, &in);
	t = (struct tale){ .now = 1 };
	t.out = (struct buf){ .at = t.room, .cap = sizeof(t.room) };
	modem_begin(&t.m, &conf, false, t.now, &t.out);
	for (size_t i = 0; i < n;) {
		size_t piece = 1u + (data[i] & 0x3fu);
		uint8_t what = data[i++] >> 6;

		if (what == 0)
			t.now += (int64_t)piece * 1000000;
		else if (what == 1 && !t.given)
			t.given = modem_send(&t.m, &message, t.now, &t.out) == 0;
		else
			hear(&t, data + i, piece < n - i ? piece : n - i);
		if (what >= 2)
			i += piece < n - i ? piece : n - i;
		modem_tick(&t.m, t.now, &t.out);
		look(&t);
	}
	modem_give_up(&t.m, "end");
	look(&t);
	assert(!t.given);
	return 0;
}
