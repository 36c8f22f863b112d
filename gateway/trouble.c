#include <stdio.h>
#include <string.h>

#include "field.h"

static void
store(struct field_role *f, size_t i, enum alarm_event event, const char *why, const char *who)
{
	const struct pipeline *p = &f->pipeline;
	char en[256], zh[256];
	struct alarm_entry a = { .rule = TROUBLE_RULE, .device = f->troubles.at[i].name,
	    .alarm = f->troubles.at[i].is, .event = (uint8_t)event,
	    .priority = PRIORITY_HIGH, .class = CLASS_SYSTEM, .time = p->clock->wall(),
	    .value = { .kind = VALUE_NONE }, .text_en = en, .text_zh = zh, .who = who };

	if (f->troubles.at[i].is.active) {
		snprintf(en, sizeof(en), "messages by %s fail: %.150s", a.device, why);
		snprintf(zh, sizeof(zh), "通道 %s 发送失败:%.150s", a.device, why);
	} else {
		snprintf(en, sizeof(en), "messages by %s go again", a.device);
		snprintf(zh, sizeof(zh), "通道 %s 恢复发送", a.device);
	}
	pipeline_alarm(&f->pipeline, &a, p->clock->mono());
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
	if (alarm_step(&f->troubles.at[i].is, event, 0, f->pipeline.clock->wall()))
		store(f, i, event, why, "");
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
	store(f, i, ALARM_EV_ACK, "", who);
	return true;
}
