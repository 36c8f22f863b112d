#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../rules/tell.h"
#include "../check.h"
#include "tell_site.h"

/* The rules that say themselves who is told. */
struct top {
	struct tell_conf	tell;
	struct items		rules;	/* of struct tell_rule */
};

#define TOP(field)	offsetof(struct top, tell.field)

static const struct key rule_keys_here[] = {
	{ .name = "name", .type = KEY_NAME, .offset = offsetof(struct tell_rule, name) },
	{ .name = "notify", .type = KEY_STRINGS, .offset = offsetof(struct tell_rule, notify) },
	{ .name = NULL }
};

static const struct key top_keys[] = {
	{ .name = "rules", .type = KEY_ITEMS, .offset = offsetof(struct top, rules),
	  .fallback = "", .sub = rule_keys_here, .size = sizeof(struct tell_rule),
	  .line = offsetof(struct tell_rule, place) + 1 },
	{ .name = "contacts", .type = KEY_ITEMS, .offset = TOP(contacts), .fallback = "",
	  .sub = contact_keys, .size = sizeof(struct contact_conf),
	  .line = offsetof(struct contact_conf, place) + 1 },
	{ .name = "groups", .type = KEY_ITEMS, .offset = TOP(groups), .fallback = "",
	  .sub = group_keys, .size = sizeof(struct group_conf),
	  .line = offsetof(struct group_conf, place) + 1 },
	{ .name = "duty", .type = KEY_ITEMS, .offset = TOP(duty), .fallback = "",
	  .sub = duty_keys, .size = sizeof(struct duty_conf),
	  .line = offsetof(struct duty_conf, place) + 1 },
	{ .name = "notify", .type = KEY_ITEMS, .offset = TOP(notify), .fallback = "",
	  .sub = notify_keys, .size = sizeof(struct notify_conf),
	  .line = offsetof(struct notify_conf, place) + 1 },
	{ .name = "telling", .type = KEY_GROUP, .offset = TOP(telling), .fallback = "{}",
	  .sub = telling_keys },
	{ .name = NULL }
};

static const struct tell_way usual[] = {
	{ .name = "sms", .address = TELL_PHONE, .form = TELL_SHORT, .cap = 40, .reserve = 20,
	  .hears = true },
	{ .name = "modem", .address = TELL_PHONE, .form = TELL_SHORT, .cap = 40,
	  .reserve = 20, .hears = true },
};
static const struct tell_way *the_ways = usual;
static size_t nways = 2;

void
tell_site_ways(const struct tell_way *ways, size_t n)
{
	the_ways = ways != NULL ? ways : usual;
	nways = ways != NULL ? n : 2;
}

static struct arena
memory(size_t cap)
{
	struct arena a = { .cap = cap };

	a.at = mmap(NULL, cap, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(a.at != MAP_FAILED);
	return a;
}

static int
read_conf(const char *text, struct tell_conf *conf, struct arena *arena, struct errs *errs)
{
	struct tree *tree = tree_parse(text, "t.conf", arena, errs);
	struct top top = { .tell = { .ways = the_ways, .nways = nways } };
	int rc;

	CHECK(tree != NULL);
	rc = key_load(tree_root(tree), top_keys, &top, arena, errs);
	tree_close(tree);
	*conf = top.tell;
	conf->rules = top.rules.at;
	conf->nrules = top.rules.n;
	return rc;
}

struct plan *
tell_site_plan(const char *text, struct errs *errs, struct arena *arena)
{
	struct tell_conf *conf = arena_alloc(arena, sizeof(*conf));

	return read_conf(text, conf, arena, errs) == 0 ? plan_build(conf, arena, errs) : NULL;
}

static void *
grown(void *at, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return at;
	*cap = *cap == 0 ? 64 : *cap * 2;
	at = realloc(at, *cap * size);
	CHECK(at != NULL);
	return at;
}

static int64_t
wall(const struct tell_site *s)
{
	return WALL0 + s->now / 1000;
}

static void
keep(struct tell_site *s, const struct item *item)
{
	struct item *i;

	s->journal = grown(s->journal, s->njournal, &s->journal_cap, sizeof(*s->journal));
	i = &s->journal[s->njournal++];
	*i = *item;
	i->at = s->now;
	s->seq++;
}

static void
keep_record(struct tell_site *s, const struct tell_record *r)
{
	struct item item = { .is_record = true, .record = *r };

	snprintf(item.names[0], TELL_NAME, "%s", r->rule);
	snprintf(item.names[1], TELL_NAME, "%s", r->device);
	snprintf(item.text[0], sizeof(item.text[0]), "%.200s", r->text);
	keep(s, &item);
}

static void
answer(struct tell_site *s, const struct sent *sent)
{
	int64_t delay = SEC / 5;
	enum tell_phase phase = s->answers != NULL ? s->answers(s, sent, &delay) :
	    TELL_ACCEPTED;
	struct outcome *o;

	if (phase == TELL_INTENT)
		return;		/* it never answers */
	s->outcomes = grown(s->outcomes, s->noutcomes, &s->outcomes_cap, sizeof(*o));
	o = &s->outcomes[s->noutcomes++];
	*o = (struct outcome){ .at = s->now + delay, .result = { .way = sent->way,
	    .phase = phase, .final = true, .for_good = s->for_good, .capped = s->capped,
	    .provider = "", .why = phase == TELL_ACCEPTED ? "" : "no" } };
	memcpy(o->id, sent->id, sizeof(o->id));
}

static bool
take_send(void *owner, const struct tell_message *m)
{
	struct tell_site *s = owner;
	struct sent *sent;

	if (s->no_sends > 0) {
		s->no_sends--;
		return false;
	}
	CHECK(m->is.contact < s->plan->ncontacts && m->is.way < nways);
	CHECK(strlen(m->is.text) > 0 && tell_parts(m->is.text) <=
	    (unsigned)s->conf.telling.parts);
	keep_record(s, &m->is);
	s->sent = grown(s->sent, s->nsent, &s->sent_cap, sizeof(*s->sent));
	sent = &s->sent[s->nsent++];
	*sent = (struct sent){ .contact = m->is.contact, .way = m->is.way,
	    .purpose = m->is.purpose, .class = m->is.class, .count = m->is.count,
	    .attempt = m->is.attempt, .at = s->now, .of = m->is.of,
	    .ask_first = m->ask_first };
	snprintf(sent->id, sizeof(sent->id), "%s", m->is.id);
	snprintf(sent->rule, sizeof(sent->rule), "%s", m->is.rule);
	snprintf(sent->device, sizeof(sent->device), "%s", m->is.device);
	snprintf(sent->code, sizeof(sent->code), "%s", m->is.code);
	snprintf(sent->text, sizeof(sent->text), "%s", m->is.text);
	if (s->at_send != NULL)
		s->at_send(s, sent);
	answer(s, sent);
	return true;
}

static void
take_record(void *owner, const struct tell_record *r)
{
	keep_record(owner, r);
}

static void
take_trouble(void *owner, size_t way, size_t contact, bool on, const char *why)
{
	struct tell_site *s = owner;

	CHECK(!on || why[0] != '\0');
	*(on ? &s->troubles : &s->no_troubles) += 1;
	s->trouble_way = way;
	s->trouble_contact = contact;
}

static int64_t
offset(int64_t at)
{
	(void)at;
	return 8 * 3600;
}

static void
begin(struct tell_site *s)
{
	struct tell_env env = { .plan = s->plan, .gateway = "here", .store = 0xc0ffee,
	    .offset = offset, .alarms = s->alarms, .sink = { .owner = s, .send = take_send,
	    .record = take_record, .trouble = take_trouble } };

	s->memory = memory(512UL << 20);
	s->tell = tell_new(&env, &s->memory);
	CHECK(s->tell != NULL);
}

struct tell_site *
tell_site_new(const char *text, size_t alarms)
{
	struct tell_site *s = calloc(1, sizeof(*s));

	CHECK(s != NULL);
	s->alarms = alarms;
	s->arena = memory(16UL << 20);
	s->errs.at = calloc(ERRS_MAX, sizeof(struct err));
	if (read_conf(text, &s->conf, &s->arena, &s->errs) == 0)
		s->plan = plan_build(&s->conf, &s->arena, &s->errs);
	for (size_t i = 0; i < s->errs.n; i++)
		fprintf(stderr, "%d: %s\n", s->errs.at[i].line, s->errs.at[i].text);
	CHECK(s->plan != NULL && s->errs.n == 0);
	begin(s);
	tell_live(s->tell, s->now, wall(s));
	return s;
}

void
tell_site_free(struct tell_site *s)
{
	munmap(s->arena.at, s->arena.cap);
	munmap(s->memory.at, s->memory.cap);
	free(s->errs.at);
	free(s->sent);
	free(s->journal);
	free(s->outcomes);
	free(s);
}

void
tell_site_step(struct tell_site *s, struct alarm *a, const char *rule, const char *device,
    enum alarm_event event, enum alarm_class class, enum priority priority, const char *who)
{
	if (alarm_step(a, event, 0, wall(s)))
		tell_site_say(s, a, rule, device, event, class, priority, who);
}

void
tell_site_say(struct tell_site *s, const struct alarm *a, const char *rule,
    const char *device, enum alarm_event event, enum alarm_class class,
    enum priority priority, const char *who)
{
	struct item item = { .is_record = false };
	struct tell_event *e = &item.event;

	item.alarm = *a;
	snprintf(item.names[0], TELL_NAME, "%s", rule);
	snprintf(item.names[1], TELL_NAME, "%s", device);
	snprintf(item.text[0], sizeof(item.text[0]), "%s fume 3.2 mg/m3, above 2", device);
	snprintf(item.text[1], sizeof(item.text[1]), "%s 油烟 3.2 mg/m³,高于设定值 2", device);
	snprintf(item.who, sizeof(item.who), "%s", who);
	*e = (struct tell_event){ .seq = s->seq + 1, .event = event, .class = class,
	    .priority = priority, .time = wall(s) };
	keep(s, &item);
	e->rule = item.names[0];
	e->device = item.names[1];
	e->alarm = &item.alarm;
	e->text_en = item.text[0];
	e->text_zh = item.text[1];
	e->who = item.who;
	e->point = "fume";
	e->unit = "mg/m³";
	e->value = "3.2";
	tell_alarm(s->tell, e, s->now, wall(s));
}

static struct outcome *
first_outcome(const struct tell_site *s)
{
	struct outcome *o = NULL;

	for (size_t i = 0; i < s->noutcomes; i++)
		if (o == NULL || s->outcomes[i].at < o->at)
			o = &s->outcomes[i];
	return o;
}

static void
give(struct tell_site *s, struct outcome *o)
{
	struct outcome is = *o;
	struct tell_record r = { .phase = is.result.phase, .rule = "", .device = "",
	    .text = "", .provider = "", .why = is.result.why, .way = is.result.way };

	*o = s->outcomes[--s->noutcomes];
	is.result.id = is.id;
	memcpy(r.id, is.id, sizeof(r.id));
	for (size_t i = 0; i < s->nsent; i++)
		if (strcmp(s->sent[i].id, is.id) == 0) {
			r.contact = s->sent[i].contact;
			r.class = s->sent[i].class;
		}
	keep_record(s, &r);
	tell_result(s->tell, &is.result, s->now, wall(s));
}

void
tell_site_pass(struct tell_site *s, int64_t us)
{
	int64_t end = s->now + us;

	tell_run(s->tell, s->now, wall(s));
	while (s->now < end) {
		struct outcome *o = first_outcome(s);
		int64_t next = tell_deadline(s->tell);

		if (o != NULL && o->at < next)
			next = o->at;
		if (next > end)
			next = end;
		if (next < s->now)
			next = s->now;
		s->now = next;
		while ((o = first_outcome(s)) != NULL && o->at <= s->now)
			give(s, o);
		if (tell_deadline(s->tell) <= s->now)
			tell_run(s->tell, s->now, wall(s));
		if (next == end)
			break;
	}
	tell_run(s->tell, s->now, wall(s));
}

void
tell_site_restart(struct tell_site *s)
{
	munmap(s->memory.at, s->memory.cap);
	s->noutcomes = 0;		/* whoever would have heard them is gone */
	begin(s);
	for (size_t i = 0; i < s->njournal; i++) {
		struct item *item = &s->journal[i];
		int64_t at = WALL0 + item->at / 1000;
		struct tell_event *e = &item->event;

		if (item->is_record) {
			item->record.rule = item->names[0];
			item->record.device = item->names[1];
			item->record.text = item->text[0];
			item->record.why = item->record.provider = "";
			tell_record(s->tell, &item->record, item->at, at);
			continue;
		}
		e->rule = item->names[0];
		e->device = item->names[1];
		e->alarm = &item->alarm;
		e->text_en = item->text[0];
		e->text_zh = item->text[1];
		e->who = item->who;
		tell_alarm(s->tell, e, item->at, at);
	}
	tell_live(s->tell, s->now, wall(s));
}

size_t
tell_site_to(const struct tell_site *s, const char *contact)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nsent; i++)
		n += strcmp(s->plan->contacts[s->sent[i].contact].conf->name, contact) == 0;
	return n;
}
