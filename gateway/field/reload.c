#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "field.h"
#include "../log.h"
#include "reread.h"
#include "reload_report.h"
#include "../renewal.h"
#include "restore.h"
#include "../room.h"
#include "../text.h"

static void
answer(struct field_role *f, uint16_t flags, const char *text, size_t n)
{
	struct control_client *client = f->reload.client;

	f->reload.client = NULL;
	if (client != NULL)
		control_answer(client, MESSAGE_ANSWER, flags, f->reload.id, text, n);
}

/* Nothing was changed: why, for the log, the journal and who asked. */
static void
refused(struct field_role *f, const struct errs *errs)
{
	struct report report = { .n = 0 };

	config_errs_print(errs, stderr);
	report_errs(&report, errs);
	pipeline_warn(&f->pipeline, "config", "refused, nothing changed: %.*s%s",
	    (int)strcspn(report.text, "\n"), report.text, errs->n > 1 ? " ..." : "");
	answer(f, MESSAGE_FAILED, report.text, report.n);
}

/* Whoever stays the same stays as it is; of the others the marks are kept. */
static void
take_over_devices(struct config *now, const struct renewal *r)
{
	for (size_t i = 0; i < now->ndevices; i++) {
		size_t was = r->kin[KIN_DEVICES].was[i];

		if (r->twins[i] != NULL)
			device_take_over(&now->devices[i], r->twins[i]);
		else if (was != NOBODY)
			device_mark(&now->devices[i], r->was->devices[was].marks);
	}
}

static void
take_over_rules(struct field_role *f, struct rules *rules, const struct renewal *r, int64_t now)
{
	rules_in_zone(rules, &f->zone);
	interlock_start(r->now->interlock, now);
	interlock_take_over(r->now->interlock, f->config->interlock);
	rules_start(rules, now);
	rules_take_over(rules, f->rules, r->now->devices, r->twins);
	derived_start(r->now->reckoned, &f->zone, now);
	derived_take_over(r->now->reckoned, r->was->reckoned, r->now->devices, r->twins);
	pipeline_renew(&f->pipeline, rules, field_most_points(r->now));
	pipeline_derived(&f->pipeline, r->now->reckoned);
	f->pipeline.interlock = r->now->interlock;
	f->rules = rules;
	journal_reordered(f->journal);
}

static void
take_over_statistics(struct field_role *f, struct statistics *statistics)
{
	statistics_take_over(statistics, f->statistics);
	pipeline_statistics(&f->pipeline, statistics);
	f->statistics = statistics;
}

/* Alarms that nobody would ever end. */
static void
end_alarms(struct field_role *f, const struct rules *was, int64_t now)
{
	struct alarm_change c;
	struct alarm_entry a;
	char en[256], zh[256];

	for (size_t i = 0; rules_standing(was, i, &c); i++) {
		if (rules_have(f->rules, c.rule->name, c.device->conf.name))
			continue;
		pipeline_alarm_entry(&c, &a, en, zh, sizeof(en));
		restore_close(f, &a, now);
	}
	trouble_settle(f);
}

static void
start_buses(struct field_role *f, int64_t now)
{
	for (size_t i = 0; i < f->nbuses; i++)
		if (f->buses[i]->link.loop == NULL)
			bus_start(f->buses[i], f->loop, now);
}

/* First what cannot go on ends, as what it was; then everything moves over. */
static void
take_up(struct field_role *f, struct config *new, struct rules *rules, const struct renewal *r,
    int64_t now)
{
	const struct rules *was = f->rules;

	command_give_up(f, r);
	sequences_give_up(f, r);
	watchdogs_give_up(f, r);
	cures_give_up(f);
	field_end_buses(f, r, now);
	take_over_devices(new, r);
	splits_renew(f->splits, new->devices, new->ndevices, &new->arena, r->twins);
	marks_renew(f->marks, new->devices, new->ndevices);
	calibrations_renew(f->calibrations, new);
	ledger_bill(f->ledger, (unsigned)new->gateway.billing_day);
	loop_room(f->loop, field_timers(new));
	take_over_rules(f, rules, r, now);
	tariffs_renew(f->tariffs, new);
	f->config = new;
	upkeeps_changed(f);
	command_renew(f, r);
	field_make_buses(f, r, now);
	/* lines may go down by it: they know their new devices by now */
	listeners_renew(f->listeners, new->listeners, new->nlisteners, now);
	field_want_door(f, now);
	sequences_renew(f, r);
	watchdogs_renew(f, r);
	cures_renew(f, now);
	start_buses(f, now);
	end_alarms(f, was, now);
	field_tell_off(f, r->twins, now);
	field_tell_gone(f, r->was, now);
}

static void
tell(struct field_role *f, const struct renewal *r, const struct gateway_conf *wanted)
{
	struct report report = { .n = 0 };
	char text[300];

	field_accept(f);
	letterbox_renewed(f->letterbox, f->config->sha256);
	field_note_config(f);
	pipeline_note(&f->pipeline, "config", "%s", report_note(r, text, sizeof(text)));
	report_changes(&report, r);
	renewal_waits(&r->was->gateway, wanted, report_waits, &report);
	renewal_waits(&r->was->gateway, wanted, report_warn, &f->pipeline);
	report_end(&report);
	answer(f, 0, report.text, report.n);
	if (f->control != NULL)
		control_tell(f->control, MESSAGE_RENEWED, f->config->sha256,
		    strlen(f->config->sha256));
}

/* Every uplink of before that is the same tells of itself as ever. */
static bool
uplinks_changed(const struct renewal *r)
{
	const struct kin *k = &r->kin[KIN_UPLINKS];
	size_t same = 0;

	for (size_t i = 0; i < k->n; i++)
		same += k->same[i];
	return same != k->n || same != k->nwas;
}

/* What was read and waits to be taken up. */
struct intake {
	struct read_anew	 got;
	struct gateway_conf	 wanted;
	struct renewal		 renewal;
};

static void
end(struct field_role *f)
{
	struct reload *l = &f->reload;

	pulse_enter(f->run->pulse, PULSE_READY);
	l->busy = false;
	if (l->again)
		reload_ask(f, NULL, 0);
	else
		atomic_fetch_add(&f->run->pulse->readings, 1);
	l->again = false;
}

static void
give_back(struct intake *in)
{
	config_free(in->got.config);
	free(in->got.errs);
	free(in);
}

static void
refuse(struct field_role *f, struct intake *in)
{
	refused(f, in->got.errs);
	give_back(in);
	end(f);
}

static void
renew(struct field_role *f, struct intake *in, int64_t now)
{
	struct config *was = f->config;
	struct renewal *r = &in->renewal;

	take_over_statistics(f, in->got.statistics);
	take_up(f, in->got.config, in->got.rules, r, now);
	in->got.config = NULL;
	if (uplinks_changed(r))
		field_pin_all(f);
	tell(f, r, &in->wanted);
	renewal_free(r);
	config_free(was);
	give_back(in);
	malloc_trim(0);
	field_worked(f, now);
	end(f);
}

/* What measures and goes was stopped, or did not let itself be stopped in time. */
static void
released(struct timer *t, int64_t now)
{
	struct field_role *f = owner_of(t, struct field_role, reload.timer);
	struct intake *in = f->reload.intake;

	f->reload.intake = NULL;
	if (!f->sequences.ending) {
		renew(f, in, now);
		return;
	}
	renewal_free(&in->renewal);
	err_add(in->got.errs, "", 0, "the gateway ends");
	refuse(f, in);
}

void
reload_released(struct field_role *f, int64_t now)
{
	if (f->reload.intake != NULL)
		loop_arm(f->loop, &f->reload.timer, now);
}

static void
was_read(struct field_role *f, struct intake *in, int64_t now)
{
	struct config *new = in->got.config;
	struct errs *errs = in->got.errs;

	if (new != NULL)
		in->wanted = new->gateway;
	if (new == NULL || config_hold(new, &f->config->gateway, errs) != 0) {
		refuse(f, in);
		return;
	}
	if (f->sequences.ending || field_number(f, new, in->got.statistics) != 0) {
		err_add(errs, "", 0, f->sequences.ending ? "the gateway ends" :
		    "the store has no numbers for so many series");
		refuse(f, in);
		return;
	}
	renewal_compare(&in->renewal, f->config, new);
	f->reload.intake = in;
	f->reload.timer.fire = released;
	loop_arm(f->loop, &f->reload.timer, sequences_release(f, &in->renewal, now) > 0 ?
	    now + SEQUENCES_LIMIT : now);
}

static void
done(struct source *source, uint32_t events, int64_t now)
{
	struct field_role *f = owner_of(source, struct field_role, reload.read);
	struct intake *in = room_for(1, sizeof(*in));

	(void)events;
	loop_remove(f->loop, source);
	in->got = reread_end(f->reload.reread);
	f->reload.reread = NULL;
	was_read(f, in, now);
}

static void
begin(struct timer *t, int64_t now)
{
	struct field_role *f = owner_of(t, struct field_role, reload.timer);
	struct reload *l = &f->reload;
	struct intake *in;

	(void)now;
	pulse_enter(f->run->pulse, PULSE_RELOADING);
	l->reread = reread_begin(f->run->config, &l->read.fd);
	l->read.ready = done;
	if (l->reread != NULL) {
		loop_add(f->loop, &l->read, EPOLLIN);
		return;
	}
	in = room_for(1, sizeof(*in));
	in->got.errs = config_errs();
	err_add(in->got.errs, "", 0, "no thread to read it: %s", strerrordesc_np(errno));
	refuse(f, in);
}

void
reload_ask(struct field_role *f, struct control_client *client, uint32_t id)
{
	struct reload *l = &f->reload;
	const char *busy = N_("a reload is under way");

	if (client != NULL && (l->busy || l->client != NULL)) {
		control_answer(client, MESSAGE_ANSWER, MESSAGE_FAILED, id, busy, strlen(busy));
		return;
	}
	if (l->busy) {			/* what was written since may not be read */
		l->again = true;
		return;
	}
	if (client != NULL) {
		l->client = client;
		l->id = id;
	}
	l->busy = true;
	l->timer.fire = begin;
	loop_arm(f->loop, &l->timer, f->pipeline.clock->mono());
}

void
reload_gone(struct field_role *f, const struct control_client *client)
{
	if (f->reload.client == client)
		f->reload.client = NULL;
}

void
reload_close(struct field_role *f)
{
	struct intake *in = f->reload.intake;
	struct read_anew got;

	if (in != NULL) {
		renewal_free(&in->renewal);
		give_back(in);
	}
	if (f->reload.reread == NULL)
		return;
	got = reread_end(f->reload.reread);
	config_free(got.config);
	free(got.errs);
}
