#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../control.h"
#include "../log.h"
#include "../tell/parcel.h"
#include "teller_own.h"

#define BODY_MAX	4096
#define PENDING_MOST	4096	/* what is more and sends nothing is not stored */
#define CONNECT_AGAIN	(US_PER_S / 4)
#define LIFE_WAIT	(2 * US_PER_S)	/* for what cannot be stored */
#define ASK_AGAIN	US_PER_S

static struct pending *
pending_new(struct teller *t, const char *body, size_t n)
{
	struct pending *p = malloc(sizeof(*p) + n);

	if (p == NULL)
		return NULL;
	*p = (struct pending){ .n = n, .since = t->is.clock->mono() };
	memcpy(p->body, body, n);
	*t->last = p;
	t->last = &p->next;
	t->npending++;
	return p;
}

static const char *
address(const struct contact_conf *c, enum way_address kind)
{
	switch (kind) {
	case WAY_TO_PHONE:
		return c->phone;
	case WAY_TO_EMAIL:
		return c->email;
	case WAY_TO_URL:
		return c->url;
	case WAY_TO_NAME:
		break;
	}
	return c->phone[0] != '\0' ? c->phone : c->email[0] != '\0' ? c->email :
	    c->url[0] != '\0' ? c->url : c->name;
}

static struct parcel *
make_parcel(const struct teller *t, const struct tell_message *m)
{
	const struct contact_conf *c = t->plan->plan->contacts[m->is.contact].conf;
	const struct way_kind *kind = way_kind_at((size_t)t->plan->ways[m->is.way].kind);
	char when[32], count[16], device[TELL_NAME], rule[TELL_NAME], person[128];
	const struct notice_variable variables[] = {
		{ "device", tell_safe(m->is.device, device, sizeof(device)) },
		{ "point", m->point }, { "value", m->value }, { "unit", m->unit },
		{ "rule", tell_safe(m->is.rule, rule, sizeof(rule)) }, { "state", m->state },
		{ "class", class_names[m->is.class] },
		{ "priority", priority_names[m->is.priority] }, { "time", when },
		{ "code", m->is.code }, { "gateway", t->is.gateway }, { "count", count },
		{ "person", tell_safe(c->person[0] != '\0' ? c->person : c->name, person,
		    sizeof(person)) }, { "text", m->is.text },
	};
	const struct notice notice = { .id = m->is.id, .contact = c->name,
	    .address = address(c, kind->address), .language = tell_languages[c->language],
	    .text = m->is.text, .variables = variables,
	    .nvariables = sizeof(variables) / sizeof(variables[0]), .purpose = m->is.purpose,
	    .class = m->is.class, .priority = m->is.priority, .rule = m->is.rule,
	    .device = m->is.device, .code = m->is.code, .created = m->is.created,
	    .expires = m->is.expires };

	moment_text(m->time, when, sizeof(when));
	snprintf(count, sizeof(count), "%u", m->is.count);
	return parcel_new(&notice);
}

static void
give_up(struct teller *t, const char *id, size_t way, const char *why)
{
	const struct tell_result r = { .id = id, .way = way, .phase = TELL_REFUSED,
	    .final = true, .provider = "", .why = why };

	tell_result(t->tell, &r, t->is.clock->mono(), t->is.clock->wall());
}

bool
book_send(void *arg, const struct tell_message *m)
{
	struct teller *t = arg;
	char body[BODY_MAX];
	struct parcel *parcel;
	struct pending *p = NULL;

	if (m->ask_first && post_has(t->post, m->is.id))
		return true;		/* it is still in hand: it will be heard of */
	parcel = make_parcel(t, m);
	if (parcel != NULL)
		p = pending_new(t, body, teller_put(t, &m->is, body, sizeof(body)));
	if (p == NULL) {
		free(parcel);
		log_err("tell: no memory for a message to %s",
		    t->plan->plan->contacts[m->is.contact].conf->name);
		return false;
	}
	p->sends = true;
	p->parcel = parcel;
	p->ask_first = m->ask_first;
	p->life = m->is.class == CLASS_LIFE && m->is.purpose != NOTICE_DIGEST;
	p->way = m->is.way;
	return true;
}

static void
book(struct teller *t, const char *body, size_t n)
{
	if (t->npending < PENDING_MOST && pending_new(t, body, n) != NULL)
		return;
	log_err("tell: no memory for what came of a message");
}

void
book_record(void *arg, const struct tell_record *r)
{
	struct teller *t = arg;
	char body[BODY_MAX];

	book(t, body, teller_put(t, r, body, sizeof(body)));
}

void
book_trouble(void *arg, size_t way, size_t contact, bool on, const char *why)
{
	struct teller *t = arg;
	const char *name = t->plan->ways[way].name;
	const char *who = contact < t->plan->plan->ncontacts ?
	    t->plan->plan->contacts[contact].conf->name : "";
	char body[BODY_MAX], safe[300];
	int n;

	log_safe(why, safe, sizeof(safe));
	if (on)
		log_warn("tell: way %s%s%s: %s", name, who[0] != '\0' ? ": contact " : "", who,
		    safe);
	else
		log_info("tell: way %s: well again", name);
	n = snprintf(body, sizeof(body), "way/%s%s%s%cphase%c%s%cway%c%s%crun%c%s%cwhy%c%s%c", name,
	    who[0] != '\0' ? "/" : "", who, 0, 0, on ? "failing" : "well", 0, 0, name, 0, 0,
	    t->run, 0, 0, safe[0] != '\0' ? safe : "-", 0);
	if (n > 0 && (size_t)n < sizeof(body))
		book(t, body, (size_t)n);
}

void
book_ack(struct teller *t, const char *rule, const char *device, size_t contact)
{
	char words[300];
	int n = snprintf(words, sizeof(words), "ack %s %s %s", rule, device,
	    t->plan->plan->contacts[contact].conf->name);

	if (t->line < 0 || n < 0 || (size_t)n >= sizeof(words) ||
	    control_send(t->line, MESSAGE_COMMAND, ++t->asked, words, (size_t)n) < 0)
		log_warn("tell: the acknowledgement of %s of %s is lost: no field role", rule,
		    device);
}

static void
hang_up(struct teller *t, int64_t now)
{
	if (t->line >= 0)
		close(t->line);
	t->line = -1;
	t->connect_at = now + CONNECT_AGAIN;
	for (struct pending *p = t->first; p != NULL; p = p->next)
		p->id = 0;		/* asked anew: twice in the journal is no harm */
}

static void
connect_up(struct teller *t, int64_t now)
{
	if (t->line >= 0 || now < t->connect_at)
		return;
	t->line = control_connect(t->is.control);
	t->connect_at = now + CONNECT_AGAIN;
}

/* Into the hands of the way, which has a copy. */
static void
hand_on(struct teller *t, struct pending *p)
{
	const char *way = t->plan->ways[p->way].name;

	p->gone = true;
	if (post_send(t->post, way, &p->parcel->is, p->ask_first, "") == 0)
		return;
	log_err("tell: way %s: no memory for a message", way);
	give_up(t, p->parcel->is.id, p->way, "no memory");
}

static void
take_out(struct teller *t, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (t->last == &p->next)
		t->last = at;
	t->npending--;
	free(p->parcel);
	free(p);
}

static void
answered(struct teller *t, const struct message *m)
{
	struct pending **at = &t->first;

	while (*at != NULL && (*at)->id != m->id)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	if (m->flags & MESSAGE_FAILED) {
		(*at)->id = 0;		/* the store takes nothing: asked again */
		t->connect_at = t->is.clock->mono() + ASK_AGAIN;
		return;
	}
	if ((*at)->sends && !(*at)->gone)
		hand_on(t, *at);
	take_out(t, at);
}

static void
ask(struct teller *t, int64_t now)
{
	for (struct pending *p = t->first; p != NULL && t->line >= 0 && now >= t->connect_at;
	    p = p->next) {
		if (p->id != 0)
			continue;
		p->id = ++t->asked;
		if (control_send(t->line, MESSAGE_RECORD, p->id, p->body, p->n) < 0)
			hang_up(t, now);
	}
}

static void
hear(struct teller *t, int64_t now)
{
	static struct message m;	/* one teller a process */
	int got = 0;

	while (t->line >= 0 && (got = control_receive(t->line, &m, 0)) > 0)
		if (m.kind == MESSAGE_ANSWER)
			answered(t, &m);
	if (got < 0)
		hang_up(t, now);
}

/* Nobody's life waits for a disk. */
static void
hurry(struct teller *t, int64_t now)
{
	for (struct pending *p = t->first; p != NULL; p = p->next) {
		if (!p->sends || p->gone || !p->life || now - p->since < LIFE_WAIT)
			continue;
		log_warn("tell: a message of class life leaves before it is stored");
		hand_on(t, p);
	}
}

void
book_turn(struct teller *t, int64_t now)
{
	connect_up(t, now);
	ask(t, now);
	hear(t, now);
	hurry(t, now);
}

int64_t
book_deadline(const struct teller *t)
{
	int64_t at = t->line < 0 ? t->connect_at : INT64_MAX;

	for (const struct pending *p = t->first; p != NULL; p = p->next) {
		if (p->id == 0 && t->connect_at < at)
			at = t->connect_at;
		if (p->sends && p->life && !p->gone && p->since + LIFE_WAIT < at)
			at = p->since + LIFE_WAIT;
	}
	return at;
}

void
book_drop(struct teller *t)
{
	while (t->first != NULL)
		take_out(t, &t->first);
	if (t->line >= 0)
		close(t->line);
	t->line = -1;
}
