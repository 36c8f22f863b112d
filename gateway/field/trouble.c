#include <stdio.h>
#include <string.h>

#include "../../conf/utf8.h"
#include "../log.h"
#include "field.h"

static bool	known_way(const struct config *, const char *name);
static bool	known_plan(const struct config *, const char *name);

/* In words: of whom, and why. */
static const struct {
	const char	*rule;
	uint8_t		 priority;
	const char	*on_en, *on_zh, *off_en, *off_zh;
	bool		(*known)(const struct config *, const char *name);
} kinds[TROUBLE_KINDS] = {
	[TROUBLE_NOTIFY] = { "sys.notify", PRIORITY_HIGH, "messages by %s fail: %s",
	    "通道 %s 发送失败:%s", "messages by %s go again", "通道 %s 恢复发送", known_way },
	[TROUBLE_QUOTA] = { "sys.quota", PRIORITY_LOW, "%s: more data than it has are expected: %s",
	    "%s 流量预计超限:%s", "%s: its data will last", "%s 流量预计不再超限", known_plan },
};

static void
fill(struct field_role *f, size_t i, struct alarm_entry *a)
{
	struct troubles *all = &f->troubles;
	enum trouble_kind kind = all->at[i].kind;

	*a = (struct alarm_entry){ .rule = kinds[kind].rule, .device = all->at[i].name,
	    .alarm = all->at[i].is, .priority = kinds[kind].priority, .class = CLASS_SYSTEM,
	    .time = all->at[i].is.since, .value = { .kind = VALUE_NONE },
	    .text_en = all->en, .text_zh = all->zh, .who = "" };
	if (all->at[i].is.active) {
		snprintf(all->en, sizeof(all->en), kinds[kind].on_en, a->device,
		    all->at[i].why);
		snprintf(all->zh, sizeof(all->zh), kinds[kind].on_zh, a->device,
		    all->at[i].why);
	} else {
		snprintf(all->en, sizeof(all->en), kinds[kind].off_en, a->device);
		snprintf(all->zh, sizeof(all->zh), kinds[kind].off_zh, a->device);
	}
}

static void
store(struct field_role *f, size_t i, enum alarm_event event, const char *who)
{
	struct alarm_entry a;

	fill(f, i, &a);
	a.event = (uint8_t)event;
	a.time = f->pipeline.clock->wall();
	a.who = who;
	pipeline_alarm(&f->pipeline, &a, f->pipeline.clock->mono());
}

/* As an entry has room for it, at a border of letters. */
static const char *
cut(const char *name, char room[NAME_MAX_BYTES])
{
	snprintf(room, NAME_MAX_BYTES, "%.*s", NAME_MAX_BYTES - 1, name);
	room[utf8_span(room, strlen(room))] = '\0';
	return room;
}

/* A free place, or that of one that is over; TROUBLES_MOST: all of them stand. */
static size_t
place_for(struct troubles *all)
{
	size_t i = 0;

	if (all->n < TROUBLES_MOST)
		return all->n++;
	while (i < TROUBLES_MOST && !alarm_closed(&all->at[i].is))
		i++;
	return i;
}

static size_t
find(struct field_role *f, enum trouble_kind kind, const char *name, bool make)
{
	struct troubles *all = &f->troubles;
	char room[NAME_MAX_BYTES];
	size_t i;

	cut(name, room);
	for (i = 0; i < all->n; i++)
		if (all->at[i].kind == kind && strcmp(all->at[i].name, room) == 0)
			return i;
	i = make ? place_for(all) : TROUBLES_MOST;
	if (i == TROUBLES_MOST)
		return i;
	memset(&all->at[i], 0, sizeof(all->at[i]));
	all->at[i].kind = kind;
	snprintf(all->at[i].name, sizeof(all->at[i].name), "%s", room);
	return i;
}

/* Too many of them stand already. */
static void
lose(struct field_role *f, enum trouble_kind kind, const char *name)
{
	char safe[2 * NAME_MAX_BYTES];

	f->pipeline.alarms_lost++;
	log_err("no place for another alarm %s: that of %s is lost", kinds[kind].rule,
	    log_safe(name, safe, sizeof(safe)));
}

static void
step(struct field_role *f, size_t i, enum alarm_event event, const char *why)
{
	if (why[0] != '\0')
		snprintf(f->troubles.at[i].why, sizeof(f->troubles.at[i].why), "%s", why);
	if (alarm_step(&f->troubles.at[i].is, event, 0, f->pipeline.clock->wall()))
		store(f, i, event, "");
}

void
trouble_take(struct field_role *f, enum trouble_kind kind, const char *name, bool on,
    const char *why)
{
	const char *way = strchr(name, '/');
	bool of_contact = kind == TROUBLE_NOTIFY && way != NULL && strchr(way + 1, '/') != NULL;
	size_t i = find(f, kind, name, on);

	if (i == TROUBLES_MOST) {
		if (on)
			lose(f, kind, name);
		return;
	}
	/* what is known and not acknowledged is not told with each message */
	if (of_contact && alarm_state(&f->troubles.at[i].is) != ALARM_NORM)
		return;
	step(f, i, on ? ALARM_EV_ENTER : ALARM_EV_LEAVE, why);
	if (of_contact)
		step(f, i, ALARM_EV_LEAVE, why);
}

/* TROUBLE_KINDS: it is none of these. */
static enum trouble_kind
kind_of(const char *rule)
{
	enum trouble_kind kind = TROUBLE_NOTIFY;

	while (kind < TROUBLE_KINDS && strcmp(rule, kinds[kind].rule) != 0)
		kind++;
	return kind;
}

bool
trouble_ack(struct field_role *f, const char *rule, const char *name, const char *who)
{
	enum trouble_kind kind = kind_of(rule);
	size_t i = kind < TROUBLE_KINDS ? find(f, kind, name, false) : TROUBLES_MOST;

	if (i == TROUBLES_MOST || !alarm_step(&f->troubles.at[i].is, ALARM_EV_ACK, 0,
	    f->pipeline.clock->wall()))
		return false;
	store(f, i, ALARM_EV_ACK, who);
	return true;
}

bool
trouble_at(struct field_role *f, size_t i, struct alarm_entry *a)
{
	if (i >= f->troubles.n)
		return false;
	fill(f, i, a);
	return true;
}

static bool
is_called(const char *name, const char *way, const char *contact)
{
	char whole[3 * NAME_MAX_BYTES], room[NAME_MAX_BYTES];

	snprintf(whole, sizeof(whole), "way/%s%s%s", way, contact != NULL ? "/" : "",
	    contact != NULL ? contact : "");
	return strcmp(cut(whole, room), name) == 0;
}

/* "way/NAME" or "way/NAME/CONTACT" of the configuration in force. */
static bool
known_way(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->nways; i++) {
		if (is_called(name, c->ways[i].name, NULL))
			return true;
		for (size_t k = 0; k < c->plan->ncontacts; k++)
			if (is_called(name, c->ways[i].name, c->plan->contacts[k].conf->name))
				return true;
	}
	return false;
}

/* "plan/NAME". */
static bool
known_plan(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->ntariffs; i++)
		if (strncmp(name, "plan/", 5) == 0 && strcmp(name + 5, c->tariffs[i].name) == 0)
			return true;
	return false;
}

int
trouble_restore(struct field_role *f, const char *rule, const char *name,
    const struct alarm *is, const char *why)
{
	enum trouble_kind kind = kind_of(rule);
	size_t i;

	if (kind == TROUBLE_KINDS || !kinds[kind].known(f->config, name))
		return -1;
	i = find(f, kind, name, true);
	if (i == TROUBLES_MOST)
		return -1;
	f->troubles.at[i].is = *is;
	snprintf(f->troubles.at[i].why, sizeof(f->troubles.at[i].why), "%s", why);
	return 0;
}

void
trouble_settle(struct field_role *f)
{
	for (size_t i = 0; i < f->troubles.n; i++) {
		if (kinds[f->troubles.at[i].kind].known(f->config, f->troubles.at[i].name))
			continue;
		step(f, i, ALARM_EV_LEAVE, "");
		step(f, i, ALARM_EV_ACK, "");
	}
}
