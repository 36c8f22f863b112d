#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define FLYING_MAX	4096
#define FRAME_MAX	300
#define SAID_MAX	65536		/* answers that may still be on their way */
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
	int64_t		 now;
	int64_t		 deadline;	/* of the session */
	int64_t		 ask_at;	/* when nothing is asked */
	struct flying	*heap[FLYING_MAX];
	size_t		 nheap;
	struct flying	*spare[FLYING_MAX];
	size_t		 nspare;
	uint64_t	 nth;
	uint64_t	 ordinal;	/* of the question on the wire */
	bool		 busy;
	bool		 refused;	/* the instrument will refuse it */
	bool		 sound;		/* its answer comes in time and whole */
	int64_t		 last[256];	/* when a unit last spoke */
	uint64_t	 said[SAID_MAX];	/* what answers told, hashed */
	size_t		 nsaid;
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

static size_t
any_bytes(struct world *o, uint8_t *bytes)
{
	size_t n = (size_t)(1 + below(o, 40));

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)any(o);
	return n;
}

/* One byte wrong, lost, or come in between. */
static size_t
garble(struct world *o, uint8_t *bytes, size_t n)
{
	size_t at = (size_t)below(o, (int64_t)n);

	switch (below(o, 3)) {
	case 0:
		memmove(bytes + at, bytes + at + 1, n - at - 1);
		return n - 1;
	case 1:
		memmove(bytes + at + 1, bytes + at, n - at);
		bytes[at] = (uint8_t)any(o);
		return n + 1;
	default:
		bytes[at] ^= (uint8_t)(1 + below(o, 255));
		return n;
	}
}

/* In one piece or two; a wire without borders may garble it, and glue noise to
 * it.  Returns when its last byte comes. */
static int64_t
send_back(struct world *o, int64_t at, uint8_t *bytes, size_t n)
{
	const struct wire_rates *rates = &o->w->rates;
	uint8_t noise[FRAME_MAX];
	size_t cut = n;
	bool stray = happens(o, rates->stray), behind = below(o, 2) > 0;
	int64_t end = at;

	if (happens(o, rates->garbled)) {
		o->result->garbled++;
		n = garble(o, bytes, n);
		o->sound = false;
	}
	if (stray && !behind)
		fly(o, at, noise, any_bytes(o, noise));
	if (happens(o, rates->split))
		cut = (size_t)(1 + below(o, (int64_t)n - 1));
	fly(o, at, bytes, cut);
	/* TCP keeps the order of its bytes */
	if (cut < n) {
		end = o->rtu ? at + 1 + below(o, 8000) : at;
		fly(o, end, bytes + cut, n - cut);
	}
	if (stray && behind)
		fly(o, end, noise, any_bytes(o, noise));
	return end;
}

static int64_t
in_turn(struct world *o, int64_t at)
{
	int64_t last = o->last[o->frame[o->rtu ? 0 : 6]];

	return o->w->in_turn && at <= last ? last + 1 : at;
}

static uint64_t
told(const uint8_t *data, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	while (n-- > 0)
		h = (h ^ *data++) * 0x100000001b3;
	return h;
}

static void
instrument(struct world *o, uint8_t refused)
{
	const struct wire_rates *rates = &o->w->rates;
	uint8_t answer[FRAME_MAX], noise[FRAME_MAX];
	size_t n = wire_answer(o->rtu, o->frame, o->ordinal, refused, answer);
	int64_t at = o->now + 1000 + below(o, 100000), guard = o->w->line.guard, again = 0;
	int64_t *last = &o->last[o->frame[o->rtu ? 0 : 6]];

	o->said[o->nsaid++ % SAID_MAX] = told(answer + (o->rtu ? 3 : 9), n - (o->rtu ? 5 : 9));
	if (happens(o, rates->noise))
		fly(o, o->now + below(o, 200000), noise, any_bytes(o, noise));
	if (happens(o, rates->lost))
		return;
	o->sound = !happens(o, rates->late);
	if (!o->sound) {
		at = o->deadline + below(o, o->w->lateness);
		o->result->late_sent++;
	}
	at = in_turn(o, at);
	/* A doubled answer on a wire follows the first within the guard; on TCP
	 * it comes whenever it likes. */
	if (happens(o, rates->twice)) {
		again = o->rtu ? at + below(o, guard) : at + below(o, 2000000);
		fly(o, again, answer, n);
	}
	*last = send_back(o, at, answer, n);
	if (again > *last)
		*last = again;
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

/* What answers another question was said by somebody.  What nobody said is
 * damage that fits its CRC, as one in 65,536 does: no master can tell it. */
static void
not_ours(struct world *o, const struct reply *r)
{
	uint64_t h = told(r->data, r->len);
	size_t i = 0;

	while (i < SAID_MAX && o->said[i] != h)
		i++;
	if (r->status != REPLY_EXCEPTION && i == SAID_MAX)
		o->result->unseen++;
	else
		o->result->misbooked++;
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
		o->result->sound += o->sound;
		o->result->unheard += o->sound && r->status == REPLY_TIMEOUT;
		o->result->doubted += r->after_barrier;
		if (r->status != REPLY_TIMEOUT && !ours(o, r))
			not_ours(o, r);
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
		.loopback = o->w->in_turn,
		.cookie = o->ordinal + 1,
	};
	o->ask.address[0] = (uint8_t)(1 + below(o, 2));
	out_clear(&o->out, o->frame, sizeof(o->frame));
	if (!o->w->proto->ask(o->session, &o->ask, o->now, &o->out)) {
		o->deadline = o->ask_at = o->out.deadline;
		if (o->deadline <= o->now || o->deadline == INT64_MAX)
			abort();	/* the asker would spin, or sleep for ever */
		return;
	}
	o->ordinal++;
	o->busy = true;
	o->sound = false;
	o->refused = happens(o, o->w->rates.refused);
	o->deadline = o->out.deadline;
	hash(o, o->frame, o->out.send.len);
	instrument(o, o->refused ? CODE(o->ordinal) : 0);
}

/* The session made a question of its own. */
static void
loop_back(struct world *o)
{
	if (o->out.send.len == 0)
		return;
	hash(o, o->frame, o->out.send.len);
	o->result->loopbacks++;
	instrument(o, happens(o, o->w->rates.refused) ? 1 : 0);
}

static void
turn(struct world *o)
{
	struct flying *f = NULL;
	int64_t next;

	if (!o->busy && o->ask_at <= o->now)
		ask(o);
	next = o->busy || o->deadline < o->ask_at ? o->deadline : o->ask_at;
	if (o->nheap > 0 && o->heap[0]->at <= next) {
		f = land(o);
		o->now = f->at > o->now ? f->at : o->now;
		out_clear(&o->out, o->frame, sizeof(o->frame));
		o->w->proto->hear(o->session, f->bytes, f->n, o->now, &o->out);
	} else {
		o->now = next;
		out_clear(&o->out, o->frame, sizeof(o->frame));
		o->w->proto->tick(o->session, o->now, &o->out);
	}
	judge(o);
	loop_back(o);
	/* Idle: the next question at once, or after a rest. */
	if (!o->busy)
		o->ask_at = o->now + (happens(o, 200) ? below(o, 300000) : 0);
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
	o->now = o->ask_at = 1;
	o->deadline = INT64_MAX;
	w->proto->init(o->session, &w->line, o->now);
	while (result->late_sent < w->late_wanted || o->ordinal < w->wanted || o->busy)
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
