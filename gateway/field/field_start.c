#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "../log.h"
#include "../room.h"
#include "../store_fault.h"
#include "../zone_table.h"
#include "field.h"
#include "restore.h"
#include "restore_rules.h"
#include "restore_statistics.h"
#include "restore_told.h"

#define CONTROL_AGAIN	(60 * US_PER_S)
#define FILLING_EVERY	(40 * US_PER_S)	/* fifteen of them: ten minutes */

/* What is of no use is told and given back. */
static int
take_config(struct field_role *f, struct config *config, struct errs *errs)
{
	f->rules = config != NULL ? field_rules(config, errs) : NULL;
	f->statistics = f->rules != NULL ? field_statistics(config, errs) : NULL;
	if (f->statistics != NULL) {
		f->config = config;
		return 0;
	}
	config_errs_print(errs, stderr);
	log_err("config: %s: refused", f->run->config);
	config_free(config);
	return EXIT_CONFIG;
}

/* A role that begins again runs what the other one runs, unless it was asked to
 * look at the files. */
static int
read_config(struct field_role *f)
{
	const struct accepted *accepted = &f->run->accepted;
	bool begins_again = accepted_any(accepted);
	struct errs *errs = config_errs();
	int status = EXIT_CONFIG;

	errs->translate = NULL;		/* the log is English */
	if (!begins_again || f->run->anew)
		status = take_config(f, config_read(f->run->config, errs), errs);
	if (begins_again && status != 0) {
		errs->n = 0;
		status = take_config(f, accepted_read(accepted, errs), errs);
		if (status == 0 && accepted_differs(f->config) != NULL)
			log_warn("config: %s changed and was not reloaded: what was accepted "
			    "before goes on", accepted_differs(f->config));
	}
	free(errs);
	return status;
}

/* Files of ours beside the journal. */
static int
no_file(const struct field_role *f, const char *what, int error)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: %s", what, strerrordesc_np(error));
	return store_fault(f->run->pulse, f->config->gateway.store.dir, text, error);
}

static int
open_journal(struct field_role *f, int64_t now)
{
	const struct store_conf *s = &f->config->gateway.store;
	const struct journal_conf conf = { .commit = s->commit, .cap = s->cap,
	    .age = s->age, .buffer = (size_t)s->buffer, .boot = f->boot };
	char why[256];
	int status;

	f->disk = disk_folder(s->dir, true);
	if (f->disk == NULL)
		return store_folder_fault(f->run->pulse, s->dir, errno);
	disk_sign(f->disk, getppid());	/* whoever is to be ended, not only this role */
	f->journal = journal_open(f->disk, &conf, now, system_clock.wall(), why, sizeof(why));
	if (f->journal != NULL)
		return 0;
	status = store_fault(f->run->pulse, s->dir, why, errno);
	disk_close(f->disk);
	return status;
}

static int
open_store(struct field_role *f, int64_t now)
{
	int status = open_journal(f, now);

	if (status != 0)
		return status;
	f->durable = journal_durable(f->journal);
	f->keeper = keeper_open(f->disk);
	f->marks = marks_open(f->keeper, f->config->devices, f->config->ndevices);
	if (f->marks == NULL)
		return no_file(f, "marks", errno);
	f->upkeeps = upkeeps_open(f->keeper);
	if (f->upkeeps == NULL)
		return no_file(f, "upkeeps", errno);
	f->splits = splits_open(f->keeper, f->config->devices, f->config->ndevices,
	    &f->config->arena);
	if (f->splits == NULL)
		return no_file(f, "splits", errno);
	f->ledger = ledger_open(f->disk, LEDGER_LINKS,
	    (unsigned)f->config->gateway.billing_day);
	f->tariffs = tariffs_open(f->disk, f->config, &system_clock, saving_told, f);
	f->filling.every = FILLING_EVERY;
	f->cures.kept = cures_open(f->keeper);
	if (f->cures.kept == NULL)
		return no_file(f, "cures", errno);
	f->calibrations = calibrations_open(f->keeper, f->config);
	if (f->calibrations == NULL)
		return no_file(f, "calibrations", errno);
	store_opened(f->run->pulse, f->config->gateway.store.dir);
	return 0;
}

bool
field_standing(void *arg, size_t i, struct alarm_entry *a)
{
	struct field_role *f = arg;
	struct alarm_change c;

	size_t n = rules_stand(f->rules);

	for (size_t k = 0; i >= n && trouble_at(f, k, a); k++)
		if (!alarm_closed(&a->alarm) && i-- == n)
			return true;
	if (!rules_standing(f->rules, i, &c))
		return false;
	pipeline_alarm_entry(&c, a, f->standing_en, f->standing_zh, sizeof(f->standing_en));
	return true;
}

bool
field_alarm_at(void *arg, size_t i, struct alarm_entry *a)
{
	struct field_role *f = arg;
	struct alarm_change c;

	if (i < TROUBLES_MOST) {	/* as many places, whatever is in them */
		if (!trouble_at(f, i, a))
			*a = (struct alarm_entry){ .alarm = { .since = 0 } };
		return true;
	}
	if (!rules_alarm_at(f->rules, i - TROUBLES_MOST, &c))
		return false;
	if (alarm_closed(c.alarm))
		*a = (struct alarm_entry){ .alarm = *c.alarm };
	else
		pipeline_alarm_entry(&c, a, f->standing_en, f->standing_zh,
		    sizeof(f->standing_en));
	return true;
}

static void
begin_notes(struct field_role *f)
{
	f->seen = *journal_stats(f->journal);
	pipeline_note(&f->pipeline, "tidegate", "started version=%s boot=%016" PRIx64
	    " store=%016" PRIx64, VERSION, f->boot, journal_store(f->journal));
	field_note_config(f);
	if (f->seen.damaged > 0 || f->seen.set_aside > 0)
		pipeline_warn(&f->pipeline, "store", "%" PRIu64 " damaged blocks or records, %"
		    PRIu64 " segments set aside as .bad", f->seen.damaged, f->seen.set_aside);
}

static void
signalled(struct source *source, uint32_t events, int64_t now)
{
	struct field_role *f = owner_of(source, struct field_role, signals);
	struct signalfd_siginfo taken;

	(void)events;
	if (read(source->fd, &taken, sizeof(taken)) != sizeof(taken))
		return;
	if (taken.ssi_signo == SIGHUP) {
		reload_ask(f, NULL, 0);
		return;
	}
	log_info("tidegate: told to stop");
	if (sequences_end(f, now) == 0)
		loop_stop(f->loop);
}

/* Blocked before the helper thread starts, which inherits it. */
static void
watch_signals(struct field_role *f)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	f->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	f->signals.ready = signalled;
	loop_add(f->loop, &f->signals, EPOLLIN);
}

void
field_open_control(struct field_role *f, int64_t now)
{
	bool again = f->control_at > 0;
	char why[256];

	f->control = control_open(f->config->gateway.control, f->loop, &field_control, f, why,
	    sizeof(why));
	if (f->control == NULL && !again)
		log_err("control: %s: nobody can ask or write; tried again each minute", why);
	else if (f->control != NULL && again)
		log_info("control: %s: open", f->config->gateway.control);
	f->control_at = f->control == NULL ? now + CONTROL_AGAIN : 0;
	if (f->control != NULL)
		control_grew(f->control, f->durable.seq);
}

static int
start_helper(struct field_role *f)
{
	f->flushed.fd = journal_thread(f->journal);
	if (f->flushed.fd >= 0)
		f->kept.fd = keeper_thread(f->keeper);
	if (f->flushed.fd >= 0 && f->kept.fd >= 0)
		return 0;
	log_err("store: helper thread: %s", strerrordesc_np(errno));
	return EXIT_FAILURE;
}

int
field_start(struct field_role *f)
{
	int64_t now = system_clock.mono();
	int status;

	f->started = now;
	f->boot = clock_boot();
	if ((status = read_config(f)) != 0)
		return status;
	clock_zone(f->config->gateway.zone);	/* takes its memory now, too */
	if ((status = open_store(f, now)) != 0)
		return status;
	zone_table(&f->zone);
	if ((status = field_number(f, f->config, f->statistics)) != 0) {
		zone_table_free(&f->zone);
		return status;
	}
	f->loop = loop_new(field_timers(f->config));
	rules_in_zone(f->rules, &f->zone);
	rules_start(f->rules, now);
	derived_start(f->config->reckoned, &f->zone, now);
	pipeline_init(&f->pipeline, f->journal, f->rules, &system_clock,
	    field_most_points(f->config));
	pipeline_derived(&f->pipeline, f->config->reckoned);
	pipeline_statistics(&f->pipeline, f->statistics);
	interlock_start(f->config->interlock, now);
	f->pipeline.interlock = f->config->interlock;
	clock_step(&f->clock_kept, now, system_clock.wall());
	journal_on_snapshot(f->journal, field_alarm_at, f);
	field_accept(f);
	begin_notes(f);
	calibrations_go_on(f->calibrations, &f->pipeline, 0);
	command_restore(f);
	restore_rules(f, now);
	if ((status = restore_alarms(f, now)) != 0)
		return status;
	restore_statistics(f);
	upkeeps_restore(f, now);
	f->uplinks = room_for(MESSAGE_MAX + 1, 1);
	f->told = room_for(MESSAGE_MAX + 1, 1);
	field_open_control(f, now);
	watch_signals(f);
	field_tell_off(f, NULL, now);
	field_pin_all(f);
	f->pipeline.worked = field_worked;
	f->pipeline.maintained = upkeeps_changed;
	f->pipeline.owner = f;
	f->listeners = listeners_new(f->loop);
	listeners_renew(f->listeners, f->config->listeners, f->config->nlisteners, now);
	inflow_begin(&f->inflow, f->loop, &f->pipeline);
	field_open_door(f, now);
	field_make_buses(f, NULL, now);
	restore_told(f);
	if ((status = start_helper(f)) != 0)
		return status;
	if (sequences_open(f) < 0) {
		log_err("sequences: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	watchdogs_open(f);
	cures_renew(f, now);
	for (size_t i = 0; i < f->nbuses; i++)
		bus_start(f->buses[i], f->loop, system_clock.mono());
	return 0;
}

/* Everything in hand is flushed before the end. */
void
field_stop(struct field_role *f)
{
	reload_close(f);
	watchdogs_close(f);
	cures_close(f);
	for (size_t i = 0; i < f->nbuses; i++)
		bus_stop(f->buses[i]);
	field_book(f);
	f->pipeline.worked = NULL;
	pipeline_note(&f->pipeline, "tidegate", "stopped");
	if (f->control != NULL)
		control_close(f->control);
	marks_close(f->marks);
	splits_close(f->splits);
	calibrations_close(f->calibrations);
	ledger_close(f->ledger);
	tariffs_close(f->tariffs);
	journal_close(f->journal, system_clock.mono(), system_clock.wall(),
	    f->pipeline.trusted);
	watchdogs_free(f);
	sequences_close(f);		/* the journal told them of their entries */
	keeper_close(f->keeper);
	disk_close(f->disk);
	for (size_t i = 0; i < f->nbuses; i++)
		bus_free(f->buses[i]);
	field_close_door(f);
	listeners_free(f->listeners);
	free(f->buses);
	free(f->stations);
	free(f->uplinks);
	free(f->told);
	latest_free(&f->latest);
	zone_table_free(&f->zone);
	pipeline_end(&f->pipeline);
	config_free(f->config);
	loop_free(f->loop);
}
