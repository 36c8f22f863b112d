#include <stdio.h>
#include <string.h>

#include "field.h"

static void
fill(struct field_role *f, size_t i, struct alarm_entry *a)
{
	struct troubles *all = &f->troubles;

	*a = (struct alarm_entry){ .rule = TROUBLE_RULE, .device = all->at[i].name,
	    .alarm = all->at[i].is, .priority = PRIORITY_HIGH, .class = CLASS_SYSTEM,
	    .time = all->at[i].is.since, .value = { .kind = VALUE_NONE },
	    .text_en = all->en, .text_zh = all->zh, .who = "" };
	if (all->at[i].is.active) {
		snprintf(all->en, sizeof(all->en), "messages by %s fail: %s", a->device,
		    all->at[i].why);
		snprintf(all->zh, sizeof(all->zh), "通道 %s 发送失败:%s", a->device,
		    all->at[i].why);
	} else {
		snprintf(all->en, sizeof(all->en), "messages by %s go again", a->device);
		snprintf(all->zh, sizeof(all->zh), "通道 %s 恢复发送", a->device);
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

static size_t
find(struct field_role *f, const char *name, bool make)
{
	struct troubles *all = &f->troubles;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->at[i].name, name) == 0)
			return i;
	if (!make || all->n == TROUBLES_MOST)
		return TROUBLES_MOST;
	snprintf(all->at[i].name, sizeof(all->at[i].name), "%s", name);
	return all->n++;
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
trouble_take(struct field_role *f, const char *name, bool on, const char *why)
{
	const char *way = strchr(name, '/');
	bool of_contact = way != NULL && strchr(way + 1, '/') != NULL;
	size_t i = find(f, name, on);

	if (i == TROUBLES_MOST)
		return;
	/* what is known and not acknowledged is not told with each message */
	if (of_contact && alarm_state(&f->troubles.at[i].is) != ALARM_NORM)
		return;
	step(f, i, on ? ALARM_EV_ENTER : ALARM_EV_LEAVE, why);
	if (of_contact)
		step(f, i, ALARM_EV_LEAVE, why);
}

bool
trouble_ack(struct field_role *f, const char *rule, const char *name, const char *who)
{
	size_t i = strcmp(rule, TROUBLE_RULE) == 0 ? find(f, name, false) : TROUBLES_MOST;

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
contact_known(const struct config *c, const char *name)
{
	return name == NULL || plan_contact(c->plan, name + 1) != SIZE_MAX;
}

/* "way/NAME" or "way/NAME/CONTACT" of the configuration in force. */
static bool
known(const struct config *c, const char *name)
{
	const char *way = strchr(name, '/'), *contact;
	size_t n;

	if (way == NULL)
		return false;
	contact = strchr(++way, '/');
	n = contact != NULL ? (size_t)(contact - way) : strlen(way);
	for (size_t i = 0; i < c->nways; i++)
		if (strncmp(c->ways[i].name, way, n) == 0 && c->ways[i].name[n] == '\0')
			return contact_known(c, contact);
	return false;
}

int
trouble_restore(struct field_role *f, const char *rule, const char *name,
    const struct alarm *is, const char *why)
{
	size_t i;

	if (strcmp(rule, TROUBLE_RULE) != 0 || !known(f->config, name))
		return -1;
	i = find(f, name, true);
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
		if (known(f->config, f->troubles.at[i].name))
			continue;
		step(f, i, ALARM_EV_LEAVE, "");
		step(f, i, ALARM_EV_ACK, "");
	}
}
