#include "watches.h"

/* As after a start, but that windows, what was learnt and the facts of alarms
 * stay. */
static void
resume(struct rules *rules, struct watch *w, int64_t now)
{
	program_resume(&w->program, now);
	w->pending = false;
	w->truth = w->alarm.active;
	w->results = 0;
	w->next = now;
	w->expires = INT64_MAX;
	watch_arm(rules, w);
}

void
rules_resume(struct rules *rules, int64_t now)
{
	rules->now = now;
	for (size_t i = 0; i < rules->n; i++)
		resume(rules, &rules->at[i], now);
}

void
rules_recall(struct rules *rules, bool on)
{
	rules->recalling = on;
}

int64_t
rules_reach(const struct rules *rules)
{
	int64_t most = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct watch *w = &rules->at[i];
		int64_t reach = program_reach(&w->program);

		most = reach > most ? reach : most;
	}
	return most;
}

int64_t
rules_delay(const struct rules *rules)
{
	int64_t most = 0;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule_conf *rule = rules->at[i].rule;

		most = rule->on_delay > most ? rule->on_delay : most;
		most = rule->off_delay > most ? rule->off_delay : most;
	}
	return most;
}
