#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/pdu.h"
#include "../sim/wire.h"
#include "session.h"

#define OLD	8	/* questions remembered, for answers out of turn */

struct fuzz {
	const struct proto *proto;
	struct line	 line;
	void		*session;
	struct out	 out;
	uint8_t		 frame[300];
	int64_t		 now;
	struct ask	 ask;		/* the last one taken */
	bool		 owed;
	bool		 looping;	/* a loopback is out */
	uint8_t		 old[OLD][300];
	uint64_t	 asked, sent;	/* and loopbacks besides */
	const uint8_t	*data;
	size_t		 left;
};

static unsigned
next(struct fuzz *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->data++;
}

static void
begin(struct fuzz *f)
{
	out_clear(&f->out, f->frame, sizeof(f->frame));
}

/* Where 1 stands the answer alone tells. */
static bool
length_is(const struct ask *ask, size_t n)
{
	switch (ask->function) {
	case 1:
	case 2:
		return n == (ask->count + 7u) / 8;
	case 3:
	case 4:
	case 23:
		return n == 2 * (size_t)ask->count;
	case 17:
		return n <= 251;
	case 43:
		return n >= 4 && n <= 250;
	default:
		return n == 0;
	}
}

/* Exactly one reply to each question, of the length asked for, and all that
 * it points to may be read. */
static void
check_reply(struct fuzz *f, const struct reply *r)
{
	unsigned sum = 0;

	assert(f->owed && r->cookie == f->ask.cookie);
	f->owed = false;
	assert(r->asked <= r->heard && r->heard == f->now);
	if (r->status == REPLY_OK)
		assert(r->data != NULL && length_is(&f->ask, r->len));
	else
		assert(r->len == 0);
	for (size_t i = 0; i < r->len; i++)
		sum += r->data[i];
	assert(sum <= 255 * r->len);
	assert(r->status == REPLY_OK || r->status == REPLY_EXCEPTION ||
	    r->status == REPLY_TIMEOUT);
}

/* A line with a speed waits at least for the longest frames on the wire: 256
 * bytes, Modbus over Serial Line 1.02, 2.5.1. */
static int64_t
longest_wait(const struct line *line)
{
	return line->timeout_max + line->silence * 2 * (256 + 256) / 7;
}

static void
check(struct fuzz *f)
{
	assert(f->out.nreplies <= 1 && f->out.npushes == 0 && !f->out.send.bad);
	for (size_t i = 0; i < f->out.nreplies; i++)
		check_reply(f, &f->out.replies[i]);
	if (f->owed)
		assert(f->out.deadline <= f->now + longest_wait(&f->line));
	else	/* a loopback may be out, or wait for quiet */
		assert(f->out.deadline == INT64_MAX ||
		    f->out.deadline < f->now + (INT64_C(1) << 32));
	f->looping &= f->out.deadline != INT64_MAX;
}

/* A valid one of any function; its numbers are few, so that shapes meet. */
static struct ask
any_ask(struct fuzz *f)
{
	static const struct { uint8_t function; uint16_t most; uint8_t bits; } rows[] = {
		{ 1, 2000, 0 }, { 2, 2000, 0 }, { 3, 125, 0 }, { 4, 125, 0 }, { 5, 1, 1 },
		{ 6, 1, 16 }, { 8, 1, 16 }, { 15, 1968, 1 }, { 16, 123, 16 }, { 17, 0, 0 },
		{ 22, 1, 32 }, { 23, 121, 16 }, { 43, 4, 0 }, { 3, 2, 0 }, { 3, 2, 0 }, { 3, 2, 0 },
	};
	static const uint8_t payload[256] = { 0xff, 0, 1, 2, 3, 4 };
	unsigned how = next(f), which = how & 15, number = next(f);
	struct ask ask = {
		.function = rows[which].function, .cookie = f->asked + 1,
		.loopback = how & 0x80, .payload = payload,
	};

	if (rows[which].most > 0)
		ask.count = (uint16_t)(1 + number * 8 % rows[which].most);
	if (ask.function != 17 && ask.function != 8)
		ask.number = ask.function == 43 ? number : number * 200;
	ask.payload_len = (ask.count * rows[which].bits + 7u) / 8;
	ask.address[0] = (uint8_t)(1 + (how >> 4 & 3));
	assert(pdu_valid(&ask));
	return ask;
}

static void
remember(struct fuzz *f)
{
	memcpy(f->old[f->sent++ % OLD], f->frame, f->out.send.len);
}

static void
do_ask(struct fuzz *f)
{
	struct ask ask = any_ask(f);

	begin(f);
	if (!f->proto->ask(f->session, &ask, f->now, &f->out)) {
		assert(f->out.deadline > f->now || f->owed || f->looping);
		assert(f->out.deadline < f->now + (INT64_C(1) << 32));
		assert(f->out.send.len == 0 && f->out.nreplies == 0);
		return;
	}
	assert(!f->owed && f->out.send.len >= 4);
	f->ask = ask;
	f->owed = true;
	f->asked++;
	remember(f);
	assert(f->out.deadline > f->now);
	check(f);
}

static void
hear(struct fuzz *f, const uint8_t *bytes, size_t n)
{
	uint8_t *exact = malloc(n + 1);	/* reads past its end are seen */

	memcpy(exact, bytes, n);
	begin(f);
	f->proto->hear(f->session, exact, n, f->now, &f->out);
	check(f);
	free(exact);
}

/* Of one of the last questions, perhaps with one byte wrong, in two pieces. */
static void
do_answer(struct fuzz *f)
{
	unsigned which = next(f), cut, wrong, n;
	uint64_t ordinal = f->sent - 1 - which % OLD;
	uint8_t answer[300];
	bool rtu = strcmp(f->proto->name, "modbus-rtu") == 0;

	if (which % OLD >= f->sent)
		return;
	n = (unsigned)wire_answer(rtu, f->old[ordinal % OLD], ordinal,
	    which & 0x40 ? (uint8_t)(which >> 3 & 7) + 1 : 0, answer);
	if (which & 0x80) {
		wrong = next(f);
		answer[wrong % n] ^= (uint8_t)(next(f) | 1);
	}
	cut = next(f) % (n + 1);
	hear(f, answer, cut);
	hear(f, answer + cut, n - cut);
}

static void
do_noise(struct fuzz *f)
{
	size_t n = next(f);

	n = n == 255 ? 1200 : n % 40;	/* now and then more than is kept */
	if (n > f->left)
		n = f->left;
	hear(f, f->data, n);
	f->data += n;
	f->left -= n;
}

static void
do_tick(struct fuzz *f)
{
	begin(f);
	f->proto->tick(f->session, f->now, &f->out);
	if (f->out.send.len > 0) {
		assert(f->out.send.len == 8 && f->frame[1] == 8 && !f->owed);
		remember(f);
		f->looping = true;
	}
	check(f);
	assert(!f->owed || f->out.deadline > f->now);
}

static void
do_pass(struct fuzz *f)
{
	static const int64_t steps[] = { 1, 1000, 50000, 200000, 1000000, 3000000 };

	f->now += steps[next(f) % 6];
	if (f->left % 2 == 0)
		do_tick(f);
}

static void
do_up(struct fuzz *f)
{
	f->owed = false;
	f->proto->init(f->session, &f->line, f->now);
}

void
session_fuzz(const struct proto *proto, const uint8_t *data, size_t n)
{
	static void (*const verbs[])(struct fuzz *) = {
		do_ask, do_answer, do_noise, do_pass, do_tick, do_ask, do_answer, do_up,
	};
	struct fuzz f = { .proto = proto, .now = 1, .data = data, .left = n };

	f.line = (struct line){
		.silence = (next(&f) & 7) * 1000, .guard = (next(&f) & 7) * 10000,
		.timeout_min = 200000, .timeout_max = 1000000, .max_late = 3000000,
		.echo = f.left % 4 == 0,
	};
	f.session = calloc(1, proto->size);
	proto->init(f.session, &f.line, f.now);
	while (f.left > 0)
		verbs[next(&f) % 8](&f);
	f.now += longest_wait(&f.line);
	do_tick(&f);
	assert(!f.owed);
	assert(proto->tally(f.session)->asked == f.asked);
	free(f.session);
}
