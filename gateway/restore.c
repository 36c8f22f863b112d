#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "log.h"
#include "restore.h"
#include "room.h"

/* The last that the journal says of one alarm. */
struct left {
	char			rule[NAME_MAX_BYTES], device[NAME_MAX_BYTES];
	struct alarm_entry	entry;		/* its texts are not kept */
};

struct lefts {
	struct left	*at;
	size_t		 n, room;
};

static struct left *
left_of(struct lefts *all, const struct alarm_entry *a)
{
	struct left *more;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->at[i].rule, a->rule) == 0 &&
		    strcmp(all->at[i].device, a->device) == 0)
			return &all->at[i];
	if (all->n == all->room) {
		more = room_for(2 * all->room + 16, sizeof(*more));
		if (all->n > 0)
			memcpy(more, all->at, all->n * sizeof(*more));
		free(all->at);
		all->at = more;
		all->room = 2 * all->room + 16;
	}
	more = &all->at[all->n++];
	snprintf(more->rule, sizeof(more->rule), "%s", a->rule);
	snprintf(more->device, sizeof(more->device), "%s", a->device);
	return more;
}

static void
take(void *arg, const struct entry *e)
{
	if (e->kind == ENTRY_ALARM)
		left_of(arg, &e->alarm)->entry = e->alarm;
}

/* Nobody watches it any more, so that nothing would ever end it. */
static void
close_alarm(struct field_role *f, const struct left *l, int64_t now)
{
	struct alarm_entry a = l->entry;

	a.rule = l->rule;
	a.device = l->device;
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
	    l->rule, l->device);
}

int
restore_alarms(struct field_role *f, int64_t now)
{
	struct lefts all = { 0 };

	if (journal_replay_alarms(f->journal, take, &all) < 0)
		log_err("store: alarms before the start cannot be read: %s",
		    strerrordesc_np(errno));
	for (size_t i = 0; i < all.n; i++) {
		const struct left *l = &all.at[i];

		if (alarm_state(&l->entry.alarm) == ALARM_NORM)
			continue;
		if (rules_restore(f->rules, l->rule, l->device, &l->entry.alarm) < 0)
			close_alarm(f, l, now);
		else
			log_info("%s: %s: goes on as %s", l->device, l->rule,
			    alarm_state_name(alarm_state(&l->entry.alarm)));
	}
	free(all.at);
	return 0;
}
