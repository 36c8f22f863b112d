/* ci: 200000 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/meters.h"

/* The first byte chooses DL/T 645 or CJ/T 188; the others are a script of questions,
 * answers, noise and time.  Aborts when the session breaks its contract, or takes the
 * answer to one question for that to another. */

#define OLD	8	/* questions remembered, for answers out of turn */
#define WAKES	4

struct old {
	uint8_t		frame[300];	/* without what wakes */
	size_t		n;
	uint64_t	ordinal;
	int64_t		until;		/* it is answered then or never */
};

struct fuzz {
	const struct proto *proto;
	bool		 cjt;
	struct line	 line;
	void		*session;
	struct out	 out;
	uint8_t		 frame[300];
	int64_t		 now;
	struct ask	 ask;		/* the last one taken */
	bool		 owed, dirty;	/* something damaged was heard */
	struct old	 old[OLD];
	uint64_t	 asked, sent;
	const uint8_t	*data;
	size_t		 left;
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

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

/* Answers hold the ordinal of their question again and again. */
static void
check_data(const struct fuzz *f, const struct reply *r)
{
	if (f->dirty || r->after_barrier || f->ask.function != METERS_READ)
		return;
	for (size_t i = 0; i < r->len; i++)
		assert(r->data[i] == (uint8_t)f->asked);
}

static void
check(struct fuzz *f)
{
	assert(f->out.nreplies <= 1 && f->out.npushes == 0 && !f->out.send.bad);
	for (size_t i = 0; i < f->out.nreplies; i++) {
		const struct reply *r = &f->out.replies[i];

		assert(f->owed && r->cookie == f->ask.cookie);
		f->owed = false;
		assert(r->asked <= r->heard && r->heard == f->now);
		assert(r->status == REPLY_OK || r->len == 0);
		assert(r->len <= METERS_BYTES_MAX && r->status != REPLY_LOST);
		if (r->status == REPLY_OK && r->len > 0)
			check_data(f, r);
	}
	if (!f->owed)
		assert(f->out.deadline == INT64_MAX || f->out.deadline > f->now);
	else	/* frames that follow prolong it, by silence as well */
		assert(f->out.deadline < f->now + 10000000);
}

static void
remember(struct fuzz *f)
{
	struct old *o = &f->old[f->sent++ % OLD];

	assert(f->out.send.len > WAKES && f->out.send.len <= sizeof(o->frame));
	o->n = f->out.send.len - WAKES;
	o->ordinal = f->asked;
	o->until = f->now + f->line.max_late;
	memcpy(o->frame, f->frame + WAKES, o->n);
}

static void
do_ask(struct fuzz *f)
{
	static const char *const addresses[2][4] = {
		{ "1", "202112345678", "AAAAAAAAAAAA", "AAAAAAAAAA34" },
		{ "10:1", "30:00001234567890", "10:AAAAAAAAAAAAAA", "20:99999999999999" },
	};
	static const uint8_t payload[] = { 0x99, 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t functions[] = { METERS_READ, METERS_READ, METERS_ADDRESS, METERS_WRITE };
	unsigned how = next(f), amount = next(f);
	struct ask ask = { .function = functions[how & 3], .cookie = f->asked + 1 };
	const char *why;

	assert(f->proto->address(addresses[f->cjt][how >> 2 & 3], ask.address, &why) == 0);
	if (ask.function != METERS_ADDRESS)
		ask.number = f->cjt ? 0x901f + (how >> 4 & 3) : 0x10000U * (how >> 4 & 3);
	if (ask.function == METERS_READ)
		ask.count = (uint16_t)(amount % (METERS_BYTES_MAX + 1));
	if (ask.function == METERS_WRITE) {
		ask.payload = payload;
		ask.payload_len = 1 + amount % sizeof(payload);
	}
	assert(f->proto->valid(&ask));
	begin(f);
	if (!f->proto->ask(f->session, &ask, f->now, &f->out)) {
		assert(f->out.deadline > f->now || f->owed);
		assert(f->out.send.len == 0 && f->out.nreplies == 0);
		return;
	}
	assert(!f->owed);
	f->ask = ask;
	f->owed = true;
	f->asked++;
	remember(f);
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

/* What a meter would answer to one of the last questions: the frame of the question
 * with the bit of an answer, and data behind what it repeats. */
static size_t
answer(struct fuzz *f, const struct old *o, unsigned how, uint8_t *to)
{
	size_t control = f->cjt ? 9 : 8, n = o->n - 2, data, more = next(f) % 90;
	uint8_t add = f->cjt ? 0 : 0x33, function = o->frame[control] & 0x1f, sum = 0;
	bool follows = function == METERS_FOLLOW;

	memcpy(to, o->frame, n);
	data = n;
	for (size_t i = 1; i < control; i++)
		to[i] = to[i] == 0xaa ? (uint8_t)next(f) : to[i];
	to[control] |= 0x80;
	if (how & 1 && !f->cjt && function != METERS_ADDRESS) {	/* frames follow */
		to[control] |= 0x20;
	} else if (how & 2) {
		to[control] |= 0x40;
		data = control + 2;
		more = 1;
	}
	if (follows && !(to[control] & 0x40))	/* its number stands at the end */
		data--;
	if (function == METERS_ADDRESS && !f->cjt)
		more = 6;
	memset(to + data, (uint8_t)(o->ordinal + add), more);
	n = data + more;
	if (follows && !(to[control] & 0x40))
		to[n++] = o->frame[o->n - 3];
	to[control + 1] = (uint8_t)(n - control - 2);
	for (size_t i = 0; i < n; i++)
		sum += to[i];
	to[n++] = sum;
	to[n++] = 0x16;
	return n;
}

static void
do_answer(struct fuzz *f)
{
	unsigned which = next(f), wrong;
	struct old *o = &f->old[(f->sent - 1 - which % OLD) % OLD];
	uint8_t bytes[300];
	size_t n, cut;

	if (which % OLD >= f->sent || o->n == 0 || f->now >= o->until)
		return;
	n = answer(f, o, which >> 3 & 3, bytes);
	o->n = 0;		/* no meter answers twice */
	if (which & 0x80) {
		wrong = next(f);
		bytes[wrong % n] ^= (uint8_t)(next(f) | 1);
		f->dirty = true;
	}
	cut = next(f) % (n + 1);
	hear(f, bytes, cut);
	hear(f, bytes + cut, n - cut);
}

static void
do_noise(struct fuzz *f)
{
	size_t n = next(f);

	n = n == 255 ? 1200 : n % 40;	/* now and then more than is kept */
	if (n > f->left)
		n = f->left;
	f->dirty |= n > 0;
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
		assert(f->owed && !f->cjt && f->frame[WAKES + 8] == METERS_FOLLOW);
		remember(f);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const verbs[])(struct fuzz *) = {
		do_ask, do_answer, do_noise, do_pass, do_tick, do_ask, do_answer, do_up,
	};
	struct fuzz f = { .now = 1, .data = data, .left = n };

	f.cjt = next(&f) & 1;
	f.proto = f.cjt ? &cjt188 : &dlt645;
	f.line = (struct line){
		.silence = (next(&f) & 7) * 1000, .guard = (next(&f) & 7) * 10000,
		.timeout_min = 200000, .timeout_max = 1000000, .max_late = 3000000,
	};
	f.session = calloc(1, f.proto->size);
	f.proto->init(f.session, &f.line, f.now);
	while (f.left > 0)
		verbs[next(&f) % 8](&f);
	for (int i = 0; f.owed && i < 4; i++) {
		f.now += 10000000;
		do_tick(&f);
	}
	assert(!f.owed);
	assert(f.proto->tally(f.session)->asked == f.asked);
	free(f.session);
	return 0;
}
