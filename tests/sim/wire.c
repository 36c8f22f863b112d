#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define FLYING_MAX	4096
#define FRAME_MAX	300
#define CODE(ordinal)	((uint8_t)(1 + (ordinal) % 11))

/* Bytes on their way to us. */
struct flying {
	int64_t		at;
	uint64_t	nth;		/* of equals the first sent comes first */
	size_t		n;
	uint8_t		bytes[FRAME_MAX];
};

struct world {
	const struct wire_world *w;
	struct wire_result *result;
	bool		 rtu;
	void		*session;
	struct out	 out;
	uint8_t		 frame[FRAME_MAX];
	uint64_t	 random;
	int64_t		 now, deadline;
	struct flying	*heap[FLYING_MAX];
	size_t		 nheap;
	struct flying	*spare[FLYING_MAX];
	size_t		 nspare;
	uint64_t	 nth;
	uint64_t	 ordinal;	/* of the question on the wire */
	bool		 busy;
	bool		 refused;	/* the instrument will refuse it */
	struct ask	 ask;
};

static uint64_t
any(struct world *o)
{
	uint64_t z = o->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int64_t
below(struct world *o, int64_t n)
{
	return n > 0 ? (int64_t)(any(o) % (uint64_t)n) : 0;
}

static bool
happens(struct world *o, unsigned rate)
{
	return below(o, 1000) < rate;
}

static void
hash(struct world *o, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n-- > 0)
		o->result->hash = (o->result->hash ^ *at++) * 0x100000001b3;
}

static bool
before(const struct flying *a, const struct flying *b)
{
	return a->at < b->at || (a->at == b->at && a->nth < b->nth);
}

static void
fly(struct world *o, int64_t at, const uint8_t *bytes, size_t n)
{
	struct flying *f;
	size_t i = o->nheap++;

	if (i == FLYING_MAX || n > FRAME_MAX)
		abort();
	f = o->nspare > 0 ? o->spare[--o->nspare] : malloc(sizeof(*f));
	f->at = at;
	f->nth = o->nth++;
	f->n = n;
	memcpy(f->bytes, bytes, n);
	for (; i > 0 && before(f, o->heap[(i - 1) / 2]); i = (i - 1) / 2)
		o->heap[i] = o->heap[(i - 1) / 2];
	o->heap[i] = f;
}

static struct flying *
land(struct world *o)
{
	struct flying *top = o->heap[0], *last = o->heap[--o->nheap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < o->nheap) {
		if (child + 1 < o->nheap && before(o->heap[child + 1], o->heap[child]))
			child++;
		if (!before(o->heap[child], last))
			break;
		o->heap[i] = o->heap[child];
		i = child;
	}
	o->heap[i] = last;
	o->spare[o->nspare++] = top;
	return top;
}

uint16_t
wire_value(uint8_t unit, uint32_t number, uint64_t ordinal)
{
	uint64_t z = (ordinal << 24 | (uint64_t)unit << 16 | number) * 0x9e3779b97f4a7c15;

	z = (z ^ z >> 29) * 0xbf58476d1ce4e5b9;
	return (uint16_t)(z >> 40);
}

/* Bit by bit, so that it owes nothing to the table of the product. */
static void
put_crc(uint8_t *frame, size_t n)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= frame[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	frame[n] = (uint8_t)crc;
	frame[n + 1] = (uint8_t)(crc >> 8);
}

size_t
wire_answer(bool rtu, const uint8_t *question, uint64_t ordinal, uint8_t refused,
    uint8_t *answer)
{
	const uint8_t *q = question + (rtu ? 0 : 6);	/* from the unit on */
	uint8_t *a = answer + (rtu ? 0 : 6);
	uint32_t number = (uint32_t)(q[2] << 8 | q[3]);
	unsigned count = (unsigned)(q[4] << 8 | q[5]);
	size_t n = refused ? 3 : 3 + 2 * (size_t)count;

	a[0] = q[0];
	a[1] = refused ? q[1] | 0x80 : q[1];
	a[2] = refused ? refused : (uint8_t)(2 * count);
	for (unsigned i = 0; !refused && i < count; i++) {
		uint16_t v = wire_value(q[0], number + i, ordinal);

		a[3 + 2 * i] = (uint8_t)(v >> 8);
		a[4 + 2 * i] = (uint8_t)v;
	}
	if (rtu) {
		put_crc(a, n);
		return n + 2;
	}
	memcpy(answer, question, 4);
	answer[4] = (uint8_t)(n >> 8);
	answer[5] = (uint8_t)n;
	return n + 6;
}

/* In one piece or two; a wire without borders may garble it. */
static void
send_back(struct world *o, int64_t at, uint8_t *bytes, size_t n)
{
	const struct wire_rates *rates = &o->w->rates;
	size_t cut = n;

	if (happens(o, rates->garbled))
		bytes[below(o, (int64_t)n)] ^= (uint8_t)(1 + below(o, 255));
	if (happens(o, rates->split))
		cut = (size_t)(1 + below(o, (int64_t)n - 1));
	fly(o, at, bytes, cut);
	/* TCP keeps the order of its bytes */
	if (cut < n)
		fly(o, o->rtu ? at + 1 + below(o, 8000) : at, bytes + cut, n - cut);
}

static void
instrument(struct world *o)
{
	const struct wire_rates *rates = &o->w->rates;
	uint8_t answer[FRAME_MAX], noise[FRAME_MAX];
	size_t n = wire_answer(o->rtu, o->frame, o->ordinal,
	    o->refused ? CODE(o->ordinal) : 0, answer);
	int64_t at = o->now + 1000 + below(o, 100000), guard = o->w->line.guard;

	if (happens(o, rates->noise)) {
		size_t some = (size_t)(1 + below(o, 40));

		for (size_t i = 0; i < some; i++)
			noise[i] = (uint8_t)any(o);
		fly(o, o->now + below(o, 200000), noise, some);
	}
	if (happens(o, rates->lost))
		return;
	if (happens(o, rates->late)) {
		at = o->deadline + below(o, o->w->lateness);
		o->result->late_sent++;
	}
	/* A doubled answer on a wire follows the first within the guard; on TCP
	 * it comes whenever it likes. */
	if (happens(o, rates->twice))
		fly(o, o->rtu ? at + below(o, guard) : at + below(o, 2000000), answer, n);
	send_back(o, at, answer, n);
}

static bool
ours(struct world *o, const struct reply *r)
{
	if (r->status == REPLY_EXCEPTION)
		return o->refused && r->exception == CODE(o->ordinal);
	if (o->refused || r->len != 2 * (size_t)o->ask.count)
		return false;
	for (uint32_t i = 0; i < o->ask.count; i++)
		if ((r->data[2 * i] << 8 | r->data[2 * i + 1]) !=
		    wire_value(o->ask.address[0], o->ask.number + i, o->ordinal))
			return false;
	return true;
}

static void
judge(struct world *o)
{
	for (size_t i = 0; i < o->out.nreplies; i++) {
		const struct reply *r = &o->out.replies[i];

		hash(o, &o->now, sizeof(o->now));
		hash(o, &r->status, sizeof(r->status));
		hash(o, r->data, r->len);
		if (!o->busy || r->cookie != o->ordinal)
			o->result->unanswered++;
		o->busy = false;
		o->result->doubted += r->after_barrier;
		if (r->status != REPLY_TIMEOUT && !ours(o, r))
			o->result->misbooked++;
	}
	o->deadline = o->out.deadline;
}

/* Few shapes and many registers: a late answer finds a question it fits. */
static void
ask(struct world *o)
{
	static const uint16_t counts[] = { 1, 2, 2, 10 };

	o->ask = (struct ask){
		.function = 3,
		.number = (uint32_t)below(o, 50),
		.count = counts[below(o, 4)],
		.cookie = o->ordinal + 1,
	};
	o->ask.address[0] = (uint8_t)(1 + below(o, 2));
	out_clear(&o->out, o->frame, sizeof(o->frame));
	if (!o->w->proto->ask(o->session, &o->ask, o->now, &o->out)) {
		o->deadline = o->out.deadline;
		if (o->deadline <= o->now || o->deadline == INT64_MAX)
			abort();	/* the asker would spin, or sleep for ever */
		return;
	}
	o->ordinal++;
	o->busy = true;
	o->refused = happens(o, o->w->rates.refused);
	o->deadline = o->out.deadline;
	hash(o, o->frame, o->out.send.len);
	instrument(o);
}

static void
turn(struct world *o)
{
	struct flying *f = NULL;

	if (!o->busy && o->deadline <= o->now)
		ask(o);
	if (o->nheap > 0 && o->heap[0]->at <= o->deadline) {
		f = land(o);
		o->now = f->at > o->now ? f->at : o->now;
		out_clear(&o->out, o->frame, sizeof(o->frame));
		o->w->proto->hear(o->session, f->bytes, f->n, o->now, &o->out);
	} else {
		o->now = o->deadline;
		out_clear(&o->out, o->frame, sizeof(o->frame));
		o->w->proto->tick(o->session, o->now, &o->out);
	}
	judge(o);
	/* Idle: the next question at once, or after a rest. */
	if (!o->busy)
		o->deadline = o->now + (happens(o, 200) ? below(o, 300000) : 0);
}

void
wire_run(const struct wire_world *w, struct wire_result *result)
{
	struct world *o = calloc(1, sizeof(*o));
	const struct tally *t;

	*result = (struct wire_result){ .hash = 0xcbf29ce484222325 };
	o->w = w;
	o->result = result;
	o->rtu = strcmp(w->proto->name, "modbus-rtu") == 0;
	o->session = calloc(1, w->proto->size);
	o->random = w->seed;
	o->now = o->deadline = 1;
	w->proto->init(o->session, &w->line, o->now);
	while (result->late_sent < w->late_wanted || o->busy)
		turn(o);
	t = w->proto->tally(o->session);
	result->tally = *t;
	result->took = o->now;
	if (t->asked != t->answered + t->exceptions + t->timeouts || t->asked != o->ordinal)
		result->unanswered++;
	hash(o, t, sizeof(*t));
	while (o->nheap > 0)
		land(o);
	while (o->nspare > 0)
		free(o->spare[--o->nspare]);
	free(o->session);
	free(o);
}
