#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tell_own.h"

#define LATE_MOST	DAY	/* what is older and over is not told any more */
#define AGAIN		1000000LL	/* us: there was no room */
#define DIGEST_EXPIRES	DAY

int
tell_level(const struct tell_alarm *a)
{
	return a->class == CLASS_LIFE ? LEVEL_LIFE : (int)a->priority;
}

static struct queue *
queue_of(struct tell *t, const struct note *n)
{
	return &t->queues[n->contact];
}

static void
append(struct tell *t, struct note *n)
{
	struct queue *q = queue_of(t, n);
	struct note **first = n->life ? &t->life_first : &q->first;
	struct note **last = n->life ? &t->life_last : &q->last;

	n->before = *last;
	n->behind = NULL;
	*(*last != NULL ? &(*last)->behind : first) = n;
	*last = n;
	if (n->life)
		return;
	if (q->n++ == 0 || n->not_before < q->soonest)
		q->soonest = n->not_before;
	tell_send_soon(t, q);
}

void
tell_unwant(struct tell *t, struct note *n)
{
	struct queue *q = queue_of(t, n);
	struct note **first = n->life ? &t->life_first : &q->first;
	struct note **last = n->life ? &t->life_last : &q->last;

	if (!n->wanted)
		return;
	*(n->before != NULL ? &n->before->behind : first) = n->behind;
	*(n->behind != NULL ? &n->behind->before : last) = n->before;
	n->wanted = n->late = false;
	if (!n->life)
		q->n--;
}

static bool
any_serves(const struct tell *t, const struct way_list *ways, enum alarm_class class,
    enum notice_purpose purpose)
{
	for (size_t i = 0; i < ways->n; i++)
		if (plan_serves(&t->plan->conf->ways[ways->at[i]], class, purpose))
			return true;
	return false;
}

/* Those of the step, where one of them is for such a message, else the contact's;
 * NULL: there is none. */
static const struct way_list *
ways_for(const struct tell *t, const struct note *n, enum notice_purpose purpose)
{
	const struct way_list *own = &t->plan->contacts[n->contact].ways;

	if (n->step != NULL && any_serves(t, &n->step->by, n->alarm->class, purpose))
		return &n->step->by;
	return any_serves(t, own, n->alarm->class, purpose) ? own : NULL;
}

static bool
is_news(enum notice_purpose p)
{
	return p == NOTICE_ALARM || p == NOTICE_CHATTERING || p == NOTICE_OVERDUE;
}

/* What is wanted while another one waits. */
static enum notice_purpose
merge(const struct note *n, enum notice_purpose more)
{
	if (!n->wanted || more == NOTICE_CHATTERING)
		return more;
	/* it comes and goes while the budget lets nothing go: that is the news */
	if (n->want == NOTICE_CHATTERING && more == NOTICE_ALARM && !n->life)
		return n->want;
	if (is_news(n->want) && (more == NOTICE_RECOVERED || !is_news(more)))
		return n->want;		/* its text says how it stands */
	return more == NOTICE_REPEAT ? n->want : more;
}

/* How long it waits for others; a rise never does, nor in a flood its first. */
static int64_t
held_back(const struct tell *t, const struct note *n)
{
	int64_t us = n->policy != NULL ? n->policy->conf->digest : 0;

	if (n->life || (n->level != NO_LEVEL && n->level < tell_level(n->alarm)))
		return 0;
	return t->set->flood > us && !n->alarm->is.first && tell_flooded(t, n->alarm) ?
	    t->set->flood : us;
}

void
tell_want(struct tell *t, struct note *n, enum notice_purpose purpose)
{
	bool was = n->wanted, life = n->alarm->class == CLASS_LIFE;
	int64_t since = was ? n->since : t->now;

	if (ways_for(t, n, purpose) == NULL)
		return;

	/* it came back before anybody heard that it had gone */
	if (was && n->want == NOTICE_RECOVERED && is_news(purpose) &&
	    !n->acked && n->level >= tell_level(n->alarm)) {
		tell_unwant(t, n);
		return;
	}
	n->want = merge(n, purpose);
	n->seq = is_news(n->want) ? n->alarm->seq : t->seq;
	if (was && n->life == life && (n->level == NO_LEVEL || n->level >=
	    tell_level(n->alarm)))
		return;
	tell_unwant(t, n);
	n->wanted = true;
	n->life = life;
	n->since = since;
	n->not_before = since + held_back(t, n);
	append(t, n);
}

void
tell_told(struct tell *t, struct note *n, enum notice_purpose purpose)
{
	tell_unwant(t, n);
	n->rises = n->alarm->rises;
	if (purpose == NOTICE_ACKED)
		return;
	n->back = purpose != NOTICE_CHATTERING && !n->alarm->is.active;
	n->level = tell_level(n->alarm);
	n->told_at = t->now;
	n->over = n->acked = false;
}

void
tell_digested(struct tell *t, struct queue *q, uint64_t through)
{
	struct note *next;

	for (struct note *n = q->first; n != NULL; n = next) {
		next = n->behind;
		if (n->seq <= through)
			tell_told(t, n, n->want);
	}
	if (q->lumped_seq <= through)
		q->lumped = 0;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When its budget lets another one go. */
static int64_t
affordable(const struct queue *q, const struct contact_conf *c)
{
	const struct { int64_t n, span; } limits[] = {
		{ c->per_minute, MINUTE }, { c->per_10min, 10 * MINUTE }, { c->per_day, DAY },
	};
	int64_t at = INT64_MIN;

	for (size_t i = 0; i < 3; i++) {
		int64_t nth = ring_nth(&q->sent, (size_t)limits[i].n);

		if (nth != INT64_MIN)
			at = later(at, nth + limits[i].span);
	}
	return at;
}

static struct local
local_now(const struct tell *t)
{
	return local_of(t->wall, t->env.offset(t->wall));
}

void
tell_send_soon(struct tell *t, struct queue *q)
{
	int64_t at;

	if (!t->live)
		return;
	if ((q->n == 0 && q->lumped == 0) || q->out > 0) {
		due_disarm(&t->sends, &q->due);
		return;
	}
	at = later(t->now, affordable(q, t->plan->contacts[q->contact].conf));
	if (q->n > 0)
		at = later(at, q->soonest);
	due_arm(&t->sends, &q->due, at);
}

static void
name_alarm(struct slot *s, const struct tell_alarm *a)
{
	memcpy(s->rule, a->rule, sizeof(s->rule));
	memcpy(s->device, a->device, sizeof(s->device));
	memcpy(s->point, a->point, sizeof(s->point));
	memcpy(s->unit, a->unit, sizeof(s->unit));
	memcpy(s->value, a->value, sizeof(s->value));
	memcpy(s->is.code, a->code, sizeof(s->is.code));
	s->state_name = alarm_state_name(alarm_state(&a->is));
	s->time = a->time;
	s->is.class = a->class;
	s->is.priority = a->priority;
}

void
tell_begin(struct tell *t, struct slot *s, size_t contact, enum notice_purpose purpose,
    int64_t expires)
{
	s->state = SLOT_OUT;
	s->is.phase = TELL_INTENT;
	s->is.contact = contact;
	s->is.purpose = purpose;
	s->is.rule = s->rule;
	s->is.device = s->device;
	s->is.text = s->text;
	s->is.provider = s->is.why = "";
	s->is.created = t->wall;
	s->is.expires = t->wall + expires / 1000;
	s->is.class = CLASS_PROCESS;
	s->state_name = "";
	s->time = t->wall;
	s->expires = t->now + expires;
	s->ways = t->plan->contacts[contact].ways;
	snprintf(s->is.id, sizeof(s->is.id), "%016" PRIx64 "-%" PRIx64 "-%x", t->env.store,
	    t->seq, ++t->n);
}

static void
send_one(struct tell *t, struct slot *s, struct note *n)
{
	int64_t expires = n->policy != NULL ? n->policy->conf->expires : 30 * MINUTE;
	const struct way_list *ways;

	tell_begin(t, s, n->contact, n->want, expires);
	name_alarm(s, n->alarm);
	s->is.of = n->seq;
	s->is.count = 1;
	ways = ways_for(t, n, n->want);
	if (ways != NULL)
		s->ways = *ways;
	s->alarm = n->alarm;
	s->alarm_life = n->alarm->life;
	tell_text_alarm(t, s, n);
	tell_told(t, n, n->want);
	tell_dispatch(t, s);
}

static void
send_digest(struct tell *t, struct slot *s, struct queue *q)
{
	tell_begin(t, s, q->contact, NOTICE_DIGEST, DIGEST_EXPIRES);
	s->is.of = q->lumped > 0 ? q->lumped_seq : 0;
	s->is.count = (unsigned)(q->n + q->lumped);
	for (const struct note *n = q->first; n != NULL; n = n->behind) {
		if (n->seq > s->is.of)
			s->is.of = n->seq;
		if (n->alarm->priority > s->is.priority)
			s->is.priority = n->alarm->priority;
	}
	tell_text_digest(t, s, q);
	tell_digested(t, q, s->is.of);
	tell_dispatch(t, s);
}

/* Its text alone says it all. */
static bool
is_plain(const struct note *n)
{
	return !n->late && (n->want != NOTICE_ALARM || n->alarm->rises - n->rises <= 1);
}

/* Nobody wants them together, and the budget lets each of them go alone. */
static bool
goes_alone(const struct tell *t, const struct queue *q, const struct contact_conf *c)
{
	if (q->lumped > 0 ||
	    ring_since(&q->sent, t->now - MINUTE) + q->n > (size_t)c->per_minute ||
	    ring_since(&q->sent, t->now - 10 * MINUTE) + q->n > (size_t)c->per_10min ||
	    ring_since(&q->sent, t->now - DAY) + q->n > (size_t)c->per_day)
		return false;
	for (const struct note *n = q->first; n != NULL; n = n->behind)
		if (!is_plain(n) || held_back(t, n) > 0)
			return false;
	return true;
}

/* The most severe, of these the first. */
static struct note *
gravest(const struct queue *q)
{
	struct note *most = q->first;

	for (struct note *n = q->first; n != NULL; n = n->behind)
		if (n->alarm->priority > most->alarm->priority)
			most = n;
	return most;
}

/* What is told by itself; NULL: all of it as one message. */
static struct note *
single(const struct tell *t, const struct queue *q, const struct contact_conf *c)
{
	if (q->n == 1 && q->lumped == 0 && is_plain(q->first))
		return q->first;
	return q->n > 0 && goes_alone(t, q, c) ? gravest(q) : NULL;
}

/* Nobody wants to hear of what was over long ago. */
static void
drop_old(struct tell *t, struct queue *q)
{
	struct note *next;

	for (struct note *n = q->first; n != NULL; n = next) {
		next = n->behind;
		if (!n->late || n->alarm->is.active || t->now - n->since < LATE_MOST)
			continue;
		q->expired++;
		tell_told(t, n, n->want);
	}
}

static void
send_queue(struct tell *t, struct queue *q)
{
	const struct contact *c = &t->plan->contacts[q->contact];
	struct local l = local_now(t);
	struct note *alone;
	struct slot *s;

	drop_old(t, q);
	tell_send_soon(t, q);
	if (q->due.place == 0 || q->due.at > t->now)
		return;
	if (plan_quiet(c, &l)) {
		due_arm(&t->sends, &q->due, t->now + (60000 - t->wall % 60000) * 1000);
		return;
	}
	s = tell_slot(t);
	if (s == NULL) {
		due_arm(&t->sends, &q->due, t->now + AGAIN);
		return;
	}
	q->out++;
	alone = single(t, q, c->conf);
	if (alone != NULL)
		send_one(t, s, alone);
	else
		send_digest(t, s, q);
	tell_send_soon(t, q);
}

static void
send_life(struct tell *t)
{
	struct slot *s;

	while (t->life_first != NULL && (s = tell_slot(t)) != NULL) {
		ring_put(&queue_of(t, t->life_first)->life, t->now);
		send_one(t, s, t->life_first);
	}
	t->full = t->life_first != NULL;
}

void
tell_sends(struct tell *t)
{
	struct due *due;

	send_life(t);
	while ((due = due_first(&t->sends)) != NULL && due->at <= t->now)
		send_queue(t, (struct queue *)due);
}
