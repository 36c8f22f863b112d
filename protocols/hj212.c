#include <stdio.h>
#include <string.h>

#include "hj212_dialogue.h"
#include "pushed.h"

#define PART_WAIT	(10 * 1000000LL)	/* us between two pieces of one packet */
#define TAIL_WAIT	1000000LL	/* us for a tail, which some makes do not send */
#define PARTS_WAIT	(60 * 1000000LL)	/* us for the last of several packets */
#define PARTS		4	/* such messages at once: relays mix those of several */
#define KNOWN		32	/* as many as a line may owe */
#define LEARNT_AFTER	3
#define NOTE_MAX	400

/* Several packets that are one message: only to tell of what is missing. */
struct parts {
	uint64_t	of;		/* print of MN, CN and DataTime; 0: none */
	uint64_t	come;		/* bit n: packet n + 1 */
	int		pnum;
	int64_t		until;		/* mono us */
	char		cn[9];
};

/* There may be ten thousand of them: bytes and texts are in the caller's room. */
struct session {
	struct hj212_conf conf;
	struct tally	 tally;
	uint64_t	 known[KNOWN];	/* prints of what was acknowledged last */
	size_t		 next_known;
	struct parts	 parts[PARTS];
	uint8_t		 check;		/* enum hj212_check that holds now */
	uint8_t		 guess, guesses; /* one that fitted, and how often in a row */
	int64_t		 heard;		/* mono us */
	struct hj212_peer peer;		/* who spoke last */
	struct hj212_dialogue dialogue;
};

static uint64_t
print_of(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	h = h != 0 ? h : 14695981039346656037U;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211U;
	return h != 0 ? h : 1;
}

static bool
says_when(const uint8_t *area, size_t n)
{
	static const char word[] = "DataTime=";

	for (size_t i = 0; i + sizeof(word) - 1 <= n; i++)
		if (memcmp(area + i, word, sizeof(word) - 1) == 0)
			return true;
	return false;
}

/* By what one that is sent again is known: its Flag may be another one, and RF may have
 * come to it.  QN alone would not do, for there are machines that always send the same.
 * What tells neither when it was sent nor of which moment it is never comes again. */
static uint64_t
print_of_message(const struct session *s, const struct hj212_head *h, const uint8_t *area,
    size_t len)
{
	uint64_t is = print_of(0, h->mn, strlen(h->mn) + 1);

	is = print_of(is, h->qn, strlen(h->qn) + 1);
	is = print_of(is, h->cn, strlen(h->cn) + 1);
	is = print_of(is, &h->pno, sizeof(h->pno));
	is = print_of(is, area, len);
	if (h->qn[0] == '\0' && !says_when(area, len))
		is = print_of(is, &s->tally.answered, sizeof(s->tally.answered));
	return is;
}

static void
hj212_init(void *self, const struct line *line, int64_t now)
{
	static const struct hj212_conf plain = { .dialect = HJ212_2017 };
	struct session *s = self;

	s->conf = line->hj212 != NULL ? *line->hj212 : plain;
	if (s->conf.most == 0)
		s->conf.most = HJ212_SEGMENT;
	/* one that calls anew for each packet is learnt too */
	if (s->conf.check != HJ212_LEARN || s->check >= HJ212_LEARN)
		s->check = s->conf.check != HJ212_LEARN ? s->conf.check : HJ212_CHECK;
	s->heard = now;
	s->dialogue.is.kind = REQUEST_NONE;
	s->peer.mn[0] = '\0';		/* who calls says who he is */
}

static bool
was_known(const struct session *s, uint64_t print)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (s->known[i] == print)
			return true;
	return false;
}

static void
know(struct session *s, uint64_t print)
{
	s->known[s->next_known] = print;
	s->next_known = (s->next_known + 1) % KNOWN;
}

uint8_t
hj212_version(const struct hj212_conf *conf, const struct hj212_head *h)
{
	if (h->flag >= 0)
		return (uint8_t)(h->flag & ~3);
	return (uint8_t)(conf->dialect == HJ212_SURFACE ? 8 : conf->dialect << 2);
}

/* The same fields as the packet that it answers; ST 91 is interaction.  The print of
 * the packet is what it is owed for. */
static void
owe(struct session *s, const struct hj212_head *h, uint64_t print, int cn,
    enum hj212_check check, struct out *out)
{
	char segment[200];
	int n = snprintf(segment, sizeof(segment), "%s%s%sST=91;CN=%d;PW=%s;MN=%s;Flag=%u;CP=&&&&",
	    h->qn[0] != '\0' ? "QN=" : "", h->qn, h->qn[0] != '\0' ? ";" : "", cn, h->pw, h->mn,
	    hj212_version(&s->conf, h));

	hj212_wrap(&out->receipt, check, segment, (size_t)n);
	out->owed = print;
}

static void
hj212_knew(void *self, uint64_t owed)
{
	struct session *s = self;

	if (!was_known(s, owed))
		know(s, owed);
}

static void
hj212_stored(void *self, uint64_t owed)
{
	struct session *s = self;

	hj212_knew(s, owed);
	s->tally.asked++;
}

/* Learns of a maker's way with the check when it fits three times in a row, and never
 * one that fits once by chance. */
static bool
learn(struct session *s, const uint8_t *segment, size_t n, uint16_t sum)
{
	enum hj212_check guess = hj212_made(segment, n, sum);

	if (guess == HJ212_UNCHECKED) {
		s->guesses = 0;
		return false;
	}
	s->guesses = s->guess == guess ? (uint8_t)(s->guesses + 1) : 1;
	s->guess = (uint8_t)guess;
	if (s->guesses < LEARNT_AFTER)
		return false;
	s->check = (uint8_t)guess;
	return true;
}

/* How its answer is checked: as it was itself, for its maker knows no other way. */
static enum hj212_check
check_of(const struct session *s, const struct hj212_frame *f, const uint8_t *segment)
{
	return s->check != HJ212_UNCHECKED ? s->check : hj212_made(segment, f->n, f->sum);
}

static bool
fits(struct session *s, const uint8_t *segment, size_t n, uint16_t sum)
{
	if (hj212_sound(s->check, segment, n, sum)) {
		s->guesses = 0;
		return true;
	}
	return s->conf.check == HJ212_LEARN && learn(s, segment, n, sum);
}

/* HJ 212-2025, 6.4: data, and what asks for a key or tells of a log. */
static bool
may_be_enciphered(const struct session *s, const struct hj212_head *h)
{
	return s->conf.decipher != NULL && (h->cn[0] == '2' || strcmp(h->cn, "1014") == 0 ||
	    strcmp(h->cn, "3020") == 0);
}

/* What says nothing must not be acknowledged: it would not be sent again.  Where it may
 * be enciphered, what has no name of the standard may be a cipher in letters. */
static bool
makes_sense(const struct session *s, const struct hj212_head *h, const uint8_t *area,
    size_t len)
{
	return len == 0 || hj212_sense((const char *)area, len) >=
	    (may_be_enciphered(s, h) ? HJ212_PLAIN : HJ212_SENSE);
}

/* Only whole blocks are enciphered, and the check is over the clear text. */
static bool
decipher(struct session *s, const struct hj212_frame *f, const struct hj212_head *h,
    uint8_t *segment, size_t from, size_t len)
{
	if (!may_be_enciphered(s, h) || len < 16 ||
	    !s->conf.decipher(s->conf.key, segment + from, len / 16 * 16))
		return false;
	return hj212_text(segment, f->n) && makes_sense(s, h, segment + from, len) &&
	    fits(s, segment, f->n, f->sum);
}

static bool
is_sound(struct session *s, const struct hj212_frame *f, const struct hj212_head *h,
    uint8_t *segment, size_t from, size_t len)
{
	if (hj212_text(segment, f->n) && makes_sense(s, h, segment + from, len) &&
	    fits(s, segment, f->n, f->sum))
		return true;
	return decipher(s, f, h, segment, from, len);
}

static void
tell_missing(struct parts *p, struct out *out)
{
	int come = 0;
	char *note;

	for (int i = 0; i < 64; i++)
		come += (int)(p->come >> i & 1);
	if (p->of != 0 && come < p->pnum &&
	    (note = (char *)buf_room(&out->words, NOTE_MAX)) != NULL) {
		snprintf(note, NOTE_MAX, "of %d packets of one message of CN %s only %d came",
		    p->pnum, p->cn, come);
		out->note = note;
	}
	p->of = 0;
}

/* The one whose last packet is awaited no longer than those of others; NULL: none is. */
static struct parts *
first_parts(struct session *s)
{
	struct parts *first = NULL;

	for (struct parts *p = s->parts; p < s->parts + PARTS; p++)
		if (p->of != 0 && (first == NULL || p->until < first->until))
			first = p;
	return first;
}

/* Those of this message; where it is a new one and there are too many, the oldest is
 * given up. */
static struct parts *
find_parts(struct session *s, uint64_t of, int pnum, struct out *out)
{
	struct parts *free = NULL;

	for (struct parts *p = s->parts; p < s->parts + PARTS; p++) {
		if (p->of == of && p->pnum == pnum)
			return p;
		if (p->of == 0)
			free = p;
	}
	if (free == NULL) {
		free = first_parts(s);
		tell_missing(free, out);
	}
	*free = (struct parts){ .of = of, .pnum = pnum };
	return free;
}

/* Each packet stands by itself; that one is missing is told. */
static void
count_part(struct session *s, const struct hj212_head *h, const struct hj212_pair *pairs,
    size_t n, int64_t now, struct out *out)
{
	uint64_t of = print_of(print_of(0, h->mn, strlen(h->mn)), h->cn, 4);
	struct parts *p;

	if (h->pnum < 2 || h->pnum > 64)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(pairs[i].name, "DataTime") == 0)
			of = print_of(of, pairs[i].value, strlen(pairs[i].value));
	p = find_parts(s, of, h->pnum, out);
	memcpy(p->cn, h->cn, sizeof(p->cn));
	p->come |= 1ULL << (h->pno - 1);
	p->until = now + PARTS_WAIT;
	if (p->come == (h->pnum == 64 ? UINT64_MAX : (1ULL << h->pnum) - 1))
		p->of = 0;
}

static bool
take_area(struct session *s, const struct hj212_head *h, char *area, size_t len, int64_t now,
    struct out *out)
{
	struct hj212_pair pairs[HJ212_PAIRS];
	size_t n = hj212_pairs(area, len, pairs, HJ212_PAIRS);
	char text[NOTE_MAX], *room;

	if (n > HJ212_PAIRS || hj212_pushes(h, pairs, n, out) < 0) {
		out->npushes = 0;
		return false;
	}
	count_part(s, h, pairs, n, now, out);
	hj212_dialogue_hear(&s->dialogue, &s->conf, h, pairs, n, now, out);
	out->part = h->pnum > 1;
	out->again = h->rf;
	out->told = strcmp(h->cn, "2011") == 0 ? 1 << SETTING_DATA :
	    strcmp(h->cn, "2021") == 0 ? 1 << SETTING_STATES : 0;
	out->sent = strlen(h->qn) == 17 && hj212_time(h->qn) > 0 ? hj212_time(h->qn) : 0;
	out->wants_clock = strcmp(h->cn, "1013") == 0 && hj212_answer(&s->conf, h) == 9013;
	if (hj212_note(h, pairs, n, text, sizeof(text)) != NULL &&
	    (room = (char *)buf_room(&out->words, strlen(text) + 1)) != NULL)
		out->note = memcpy(room, text, strlen(text) + 1);
	return true;
}

/* What it brings was stored before: it is only acknowledged again. */
static bool
take_segment(struct session *s, const struct hj212_frame *f, uint8_t *segment, int64_t now,
    struct out *out)
{
	struct hj212_head h;
	size_t from, len;
	enum hj212_check check;
	uint64_t print;
	char *mn;
	int answer;

	if (!hj212_area(segment, f->n, &from, &len) || !hj212_text(segment, from) ||
	    !hj212_head((const char *)segment, from - 5, &h) ||
	    !is_sound(s, f, &h, segment, from, len))
		return false;
	print = print_of_message(s, &h, segment + from, len);
	mn = (char *)buf_room(&out->words, ADDRESS_MAX);
	if (mn == NULL)
		return false;
	memcpy(mn, h.mn, ADDRESS_MAX);
	out->identity = mn;
	answer = hj212_answer(&s->conf, &h);
	check = check_of(s, f, segment);	/* before it is cut */
	if (!was_known(s, print) && !take_area(s, &h, (char *)segment + from, len, now, out)) {
		out->identity = NULL;
		return false;
	}
	if (answer != 0)
		owe(s, &h, print, answer, check, out);
	else if (out->npushes > 0 || out->note != NULL)
		hj212_knew(s, print);
	hj212_peer_is(&s->peer, &s->conf, &h, check);
	s->tally.answered++;
	return true;
}

static void
drop(struct rest *r, size_t n)
{
	r->from += (uint32_t)n;
	r->n -= (uint32_t)n;
	if (r->n == 0)
		r->from = 0;
}

/* The next packet that means something. */
static void
next(struct session *s, int64_t now, struct out *out)
{
	enum hj212_scan got = HJ212_WHOLE;
	struct rest *r = &out->rest;

	while (got == HJ212_WHOLE) {
		struct hj212_frame f;
		bool taken;

		got = hj212_scan(r->at + r->from, r->n, s->conf.most, s->conf.check, &f);
		for (size_t i = 0; i < f.skip; i++)	/* what may stand between packets */
			if (memchr("\r\n \0", r->at[r->from + i], 4) == NULL) {
				s->tally.garbled++;
				break;
			}
		drop(r, f.skip);
		if (got != HJ212_WHOLE)
			break;
		taken = take_segment(s, &f, r->at + r->from + 6, now, out);
		s->tally.garbled += !taken;
		drop(r, f.len);
		if (taken) {
			out->more = r->n > 0;
			return;
		}
	}
}

static void
append(struct session *s, struct rest *r, const uint8_t *bytes, size_t n)
{
	if (r->from > 0)
		memmove(r->at, r->at + r->from, r->n);
	r->from = 0;
	if (n > r->cap - r->n) {		/* nobody sends so much at once */
		s->tally.garbled++;
		r->n = 0;
		n = n < r->cap ? n : r->cap;
	}
	memcpy(r->at + r->n, bytes, n);
	r->n += (uint32_t)n;
}

static void
hj212_hear(void *self, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct session *s = self;

	if (n > 0)
		append(s, &out->rest, bytes, n);
	s->heard = now;		/* also where it had to wait */
	next(s, now, out);
}

/* When no further byte of what is there is awaited. */
static int64_t
pieces_due(const struct session *s, const struct rest *r)
{
	if (r->n == 0)
		return INT64_MAX;
	return s->heard + (hj212_lacks_tail(r->at + r->from, r->n, s->conf.most) ? TAIL_WAIT :
	    PART_WAIT);
}

/* A length that was damaged waits for what never comes. */
static void
give_up_waiting(struct session *s, int64_t now, struct out *out)
{
	struct rest *r = &out->rest;

	if (hj212_lacks_tail(r->at + r->from, r->n, s->conf.most)) {
		append(s, r, (const uint8_t *)"\r\n", 2);
	} else {
		s->tally.garbled++;
		drop(r, 1);
	}
	next(s, now, out);
}

static void
hj212_tick(void *self, int64_t now, struct out *out)
{
	struct session *s = self;
	int64_t due = pieces_due(s, &out->rest);
	struct parts *parts;

	if (now >= due)
		give_up_waiting(s, now, out);
	parts = first_parts(s);
	if (parts != NULL && now >= parts->until && out->identity == NULL)
		tell_missing(parts, out);
	parts = first_parts(s);
	hj212_dialogue_tick(&s->dialogue, &s->conf, now, out);
	due = pieces_due(s, &out->rest);
	if (parts != NULL && parts->until < due)
		due = parts->until;
	out->deadline = hj212_dialogue_due(&s->dialogue) < due ?
	    hj212_dialogue_due(&s->dialogue) : due;
}

static bool
hj212_ask_for(void *self, const struct demand *is, const char *unit, int64_t now,
    struct out *out)
{
	struct session *s = self;

	if (unit != NULL && strcmp(unit, s->peer.mn) != 0)
		return false;
	return hj212_request(&s->dialogue, &s->peer, &s->conf, is, now, out);
}

static const struct tally *
hj212_tally(const void *self)
{
	const struct session *s = self;

	return &s->tally;
}

const struct proto hj212 = {
	.name = "hj212",
	.size = sizeof(struct session),
	.address = pushed_address,
	.init = hj212_init,
	.hear = hj212_hear,
	.tick = hj212_tick,
	.tally = hj212_tally,
	.stored = hj212_stored,
	.knew = hj212_knew,
	.past = hj212_past,
	.ahead = HJ212_AHEAD,
	.request = hj212_ask_for,
	.exception = hj212_exception,
};
