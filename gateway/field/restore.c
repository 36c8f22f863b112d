#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lefts.h"
#include "../log.h"
#include "field.h"
#include "restore.h"

#define NAMED	3	/* of the alarms that go on */

struct told {
	size_t	n;
	char	names[NAMED * (2 * NAME_MAX_BYTES + 24)];
};

static void
take(void *arg, const struct entry *e)
{
	if (e->kind == ENTRY_ALARM)
		lefts_take(arg, &e->alarm);
}

/* Nobody watches it any more, so that nothing would ever end it. */
void
restore_close(struct field_role *f, const struct alarm_entry *last, int64_t now)
{
	struct alarm_entry a = *last;

	a.alarm = (struct alarm){ .latching = a.alarm.latching,
	    .since = f->pipeline.clock->wall() };
	a.event = ALARM_EV_LEAVE;
	a.mask = 0;
	a.time = a.alarm.since;
	a.value = (struct value){ .kind = VALUE_NONE };
	a.quality = (struct quality){ .code = Q_OUT_OF_SERVICE };
	a.text_en = "closed: no longer configured";
	a.text_zh = "已关闭：配置中不再存在";
	a.who = "";
	pipeline_alarm(&f->pipeline, &a, now);
	pipeline_note(&f->pipeline, "rules", "alarm %s of %s closed: no longer configured",
	    a.rule, a.device);
}

static void
close_left(struct field_role *f, struct left *l, int64_t now)
{
	l->entry.rule = l->rule;
	l->entry.device = l->device;
	restore_close(f, &l->entry, now);
}

/* Of one that is over nobody remembers how often it came: who was told that it
 * chatters hears of the end. */
static void
calm_left(struct field_role *f, struct left *l, int64_t now)
{
	struct alarm_entry a = l->entry;

	a.rule = l->rule;
	a.device = l->device;
	a.alarm.chattering = false;
	a.event = ALARM_EV_CALM;
	a.mask = 0;
	a.time = f->pipeline.clock->wall();
	a.value = (struct value){ .kind = VALUE_NONE };
	a.quality = (struct quality){ .code = Q_NO_DATA_YET };
	a.text_en = "chatters no more: the gateway was started anew";
	a.text_zh = "不再反复报警:网关已重新启动";
	a.who = a.why = "";
	pipeline_alarm(&f->pipeline, &a, now);
}

/* One line for all that go on, however many: the first few by name. */
static void
tell_standing(const struct told *told)
{
	if (told->n == 0)
		return;
	if (told->n == 1)
		log_info("rules: 1 alarm goes on as it stood: %s", told->names);
	else
		log_info("rules: %zu alarms go on as they stood: %s%s", told->n, told->names,
		    told->n > NAMED ? " ..." : "");
}

static void
name_one(struct told *told, const struct left *l)
{
	size_t at = strlen(told->names);

	if (told->n++ < NAMED)
		snprintf(told->names + at, sizeof(told->names) - at, "%s%s of %s (%s)",
		    at > 0 ? ", " : "", l->rule, l->device,
		    alarm_state_name(alarm_state(&l->entry.alarm)));
}

/* An older program, and an alarm of the gateway itself, has the value alone. */
static struct alarm_ground
ground_of(const struct alarm_entry *a)
{
	if (a->ground.known != 0 || a->value.kind == VALUE_NONE)
		return a->ground;
	return (struct alarm_ground){ .known = GROUND_VALUE, .series = a->series,
	    .value = a->value };
}

static void
go_on(struct field_role *f, struct told *told, const struct left *l)
{
	const struct alarm_ground ground = ground_of(&l->entry);

	rules_restore_ground(f->rules, l->rule, l->device, &ground);
	rules_restored(f->rules, l->rule, l->device, l->entry.priority,
	    l->who != NULL ? l->who : "", l->why != NULL ? l->why : "");
	name_one(told, l);
}

int
restore_alarms(struct field_role *f, int64_t now)
{
	struct told told = { .n = 0 };
	struct lefts all;

	lefts_init(&all);
	if (journal_replay_alarms(f->journal, take, &all) < 0)
		log_err("store: alarms before the start cannot be read: %s",
		    strerrordesc_np(errno));
	for (struct left *l = all.first; l != NULL; l = l->next) {
		if (l->came != 0)
			rules_restore_coming(f->rules, l->rule, l->device, l->came,
			    f->pipeline.clock->wall());
		if (alarm_closed(&l->entry.alarm)) {
			if (l->entry.alarm.chattering)
				calm_left(f, l, now);
			continue;
		}
		if (rules_restore(f->rules, l->rule, l->device, &l->entry.alarm) < 0 &&
		    trouble_restore(f, l->rule, l->device, &l->entry.alarm,
		    "as before the start") < 0)
			close_left(f, l, now);
		else
			go_on(f, &told, l);
	}
	tell_standing(&told);
	lefts_free(&all);
	return 0;
}
