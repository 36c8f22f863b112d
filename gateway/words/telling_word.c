#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "../../conf/glob.h"
#include "../../conf/span.h"
#include "../clock.h"
#include "../command_line.h"
#include "../command_order.h"
#include "../control.h"
#include "../export_time.h"
#include "../forward/teller_own.h"
#include "../journal/reader.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"

#define TEST_WAIT	(40 * US_PER_S)
#define LOOK_AGAIN	200		/* ms */

struct telling {
	const char	*name;		/* as it was called */
	const char	*config, *at;
	const char	*words[2];
	size_t		 nwords, wanted;
	int64_t		 wall;
};

static const struct argp_option options[] = { OPTION_CONFIG, { 0 } };
static const struct argp_option why_options[] = {
	{ "at", 'a', N_("TIME"), 0,
	    N_("of why: at that moment, such as \"2026-11-25 03:00\" (default: now)"), 0 },
	OPTION_CONFIG, { 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct telling *o = state->input;

	switch (key) {
	case 'c':
		o->config = arg;
		return 0;
	case 'a':
		o->at = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->nwords == o->wanted || arg[0] == '\0' || strpbrk(arg, " \t\n") != NULL)
			argp_usage(state);
		o->words[o->nwords++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->nwords < o->wanted)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct config *
look(const struct telling *o)
{
	struct errs *errs = config_errs();
	struct config *c = config_look(o->config, errs);

	if (c == NULL)
		config_errs_print(errs, stderr);
	free(errs);
	if (c != NULL)
		clock_zone(c->gateway.zone);
	return c;
}

static struct local
local_at(int64_t wall)
{
	time_t s = (time_t)(wall / 1000);
	struct tm tm;

	return local_of(wall, localtime_r(&s, &tm) != NULL ? tm.tm_gmtoff : 0);
}

static void
print_ways(const struct plan *p, const struct way_list *ways)
{
	printf(" (");
	for (size_t i = 0; i < ways->n; i++)
		printf("%s%s", i > 0 ? ", " : "", p->conf->ways[ways->at[i]].name);
	printf(")");
}

static void
print_contact(const struct plan *p, const struct contact *c, const struct way_list *by,
    const struct local *l, bool life)
{
	printf("%s", c->conf->name);
	print_ways(p, by->n > 0 ? by : &c->ways);
	if (!life && plan_quiet(c, l))
		printf(" [%s]", _("quiet hours: later, as one message"));
}

static int
list(struct telling *o)
{
	struct config *c = look(o);
	struct local l = local_at(system_clock.wall());

	if (c == NULL)
		return EXIT_FAILURE;
	for (size_t i = 0; i < c->plan->ncontacts; i++) {
		const struct contact *k = &c->plan->contacts[i];

		printf("%s", k->conf->name);
		print_ways(c->plan, &k->ways);
		printf(" %s%s%s %s%s%s\n", k->conf->person, k->conf->person[0] != '\0' ? " " :
		    "", k->conf->phone, k->conf->email, plan_quiet(k, &l) ? " " : "",
		    plan_quiet(k, &l) ? _("quiet hours now") : "");
	}
	for (size_t i = 0; i < c->plan->ncalendars; i++) {
		struct plan_told told = { .n = 0 };
		const struct way_list none = { .n = 0 };

		duty_resolve(c->plan, &c->plan->calendars[i], &l, &told);
		printf(_("on duty by %s:"), c->plan->calendars[i].conf->name);
		for (size_t k = 0; k < told.n; k++) {
			printf("%s", k > 0 ? ", " : " ");
			print_contact(c->plan, &c->plan->contacts[told.at[k]], &none, &l, true);
		}
		printf("%s\n", told.n == 0 ? _(" nobody") : "");
	}
	config_free(c);
	return EXIT_SUCCESS;
}

/* All steps of all policies that fit an alarm, in the order of time. */
struct climb {
	const struct plan	*plan;
	int64_t			 wall;
	bool			 life;
	struct rung {
		const struct policy	*policy;
		const struct tell_step	*step;
	}			*at;
	size_t			 n;
};

static void
climb_add(struct climb *c, const struct policy *policy)
{
	for (size_t i = 0; i < policy->nsteps; i++) {
		size_t k = c->n++;

		for (; k > 0 && c->at[k - 1].step->after > policy->steps[i].after; k--)
			c->at[k] = c->at[k - 1];
		c->at[k] = (struct rung){ policy, &policy->steps[i] };
	}
}

static struct local
rung_told(const struct climb *c, const struct tell_step *step, struct plan_told *told)
{
	struct local l = local_at(c->wall + step->after / 1000);

	*told = (struct plan_told){ .n = 0 };
	plan_resolve(c->plan, &step->to, &l, told);
	return l;
}

static bool
reaches(const struct climb *c, const struct tell_step *step, size_t contact)
{
	struct plan_told told;

	rung_told(c, step, &told);
	for (size_t i = 0; i < told.n; i++)
		if (told.at[i] == contact)
			return true;
	return false;
}

/* Who is told of the coming hears that once, and of several policies the first tells
 * it that nobody answers.  That one; NULL: this step tells it. */
static const struct policy *
told_before(const struct climb *c, const struct tell_step *step, size_t contact)
{
	const struct policy *by = NULL;
	bool later = false, silent;

	for (size_t i = 0; i < c->n; i++) {
		const struct rung *r = &c->at[i];

		if (!reaches(c, r->step, contact))
			continue;
		silent = by != NULL && (r->step->after == 0 || (later && by != r->policy));
		if (r->step == step)
			return silent ? by : NULL;
		if (silent)
			continue;
		by = r->policy;
		later = r->step->after > 0;
	}
	return NULL;
}

static void
print_step(const struct climb *c, const struct tell_step *s)
{
	struct plan_told told;
	struct local l = rung_told(c, s, &told);
	char after[32];

	if (s->after == 0)
		printf("  %s:", _("at once"));
	else
		printf(_("  after %s:"), span_write(s->after, after, sizeof(after)));
	for (size_t i = 0; i < told.n; i++) {
		const struct contact *contact = &c->plan->contacts[told.at[i]];
		const struct policy *by = told_before(c, s, told.at[i]);

		printf("%s", i > 0 ? ", " : " ");
		if (by == NULL)
			print_contact(c->plan, contact, &s->by, &l, c->life);
		else
			printf(_("%s [told by %s already]"), contact->conf->name,
			    by->conf->name);
	}
	printf("%s\n", told.n == 0 ? _(" nobody") : "");
}

static void
print_policy(const struct climb *c, const struct policy *policy)
{
	char after[32];

	printf("%s:\n", policy->conf->name);
	for (size_t i = 0; i < policy->nsteps; i++)
		print_step(c, &policy->steps[i]);
	if (policy->conf->repeat > 0)
		printf(policy->conf->repeats > 0 ? _("  again every %s, %lld times at most\n") :
		    _("  again every %s\n"), span_write(policy->conf->repeat, after,
		    sizeof(after)), (long long)policy->conf->repeats);
}

/* All policies that fit, one below the other; false: there is none. */
static bool
print_climb(const struct plan *plan, const struct rule_conf *rule, const char *device,
    int64_t wall)
{
	struct climb c = { .plan = plan, .wall = wall, .life = rule->class == CLASS_LIFE };
	enum alarm_class class = (enum alarm_class)rule->class;
	enum priority priority = (enum priority)rule->priority;
	const struct policy *policy;
	size_t i = 0, steps = 0;

	for (; (policy = plan_match(plan, rule->name, device, class, priority, &i)) != NULL;)
		steps += policy->nsteps;
	c.at = room_for(steps + 1, sizeof(*c.at));
	for (i = 0; (policy = plan_match(plan, rule->name, device, class, priority, &i)) != NULL;)
		climb_add(&c, policy);
	for (i = 0; (policy = plan_match(plan, rule->name, device, class, priority, &i)) != NULL;)
		print_policy(&c, policy);
	free(c.at);
	return c.n > 0;
}

static int
explain(struct telling *o, const struct config *c)
{
	const struct rule_conf *rule = NULL;

	for (size_t k = 0; k < c->nrules && rule == NULL; k++)
		if (strcmp(c->rules[k].name, o->words[0]) == 0)
			rule = &c->rules[k];
	if (rule == NULL || !glob_match(rule->on, o->words[1])) {
		fprintf(stderr, _("%s: there is no rule %s on %s\n"), o->name, o->words[0],
		    o->words[1]);
		return EXIT_FAILURE;
	}
	if (!print_climb(c->plan, rule, o->words[1], o->wall))
		printf("%s\n", _("nobody is told of it"));
	return EXIT_SUCCESS;
}

static int
why(struct telling *o)
{
	struct config *c = look(o);
	int status = EX_USAGE;

	if (c == NULL)
		return EXIT_FAILURE;
	o->wall = system_clock.wall();
	if (o->at != NULL && !local_parse(o->at, o->wall, &o->wall))
		fprintf(stderr, _("%s: not a time: %s\n"), o->name, o->at);
	else
		status = explain(o, c);
	config_free(c);
	return status;
}

/* The end of each of its messages, as it comes into the journal. */
struct watch_test {
	const struct telling	*o;
	const struct plan	*plan;
	int64_t			 since;
	size_t			 done, well;
	char			 ids[32][TELL_ID];
	size_t			 nids;
};

static bool
is_of_test(struct watch_test *w, const struct tell_record *r)
{
	if (r->phase == TELL_INTENT && r->purpose == NOTICE_TEST && r->created >= w->since &&
	    w->nids < 32)
		snprintf(w->ids[w->nids++], TELL_ID, "%s", r->id);
	for (size_t i = 0; i < w->nids; i++)
		if (strcmp(w->ids[i], r->id) == 0)
			return true;
	return false;
}

static void
take(struct watch_test *w, const struct record *record)
{
	char why_text[REASON_MAX];
	struct tell_record r;
	bool well;

	if (!teller_get(w->plan, record, &r) || !is_of_test(w, &r) || r.phase == TELL_INTENT ||
	    r.phase == TELL_FAILED || strcmp(teller_field(record, "contact"), w->o->words[0]) != 0)
		return;
	well = r.phase == TELL_ACCEPTED || r.phase == TELL_DELIVERED;
	printf("%s: %s%s%s\n", teller_field(record, "way"), _(tell_phases[r.phase]),
	    r.why[0] != '\0' ? ": " : "", r.why[0] != '\0' ? reason_text(r.why, why_text) : "");
	w->done++;
	w->well += well;
}

static int
watch(struct watch_test *w, const struct config *c, size_t wanted)
{
	struct disk *disk = disk_folder(c->gateway.store.dir, false);
	struct reader *r = disk != NULL ? reader_open(disk) : NULL;
	int64_t end = system_clock.mono() + TEST_WAIT;
	struct durable all = { .seq = { 0 } };
	struct entry e;
	struct gap gap;

	if (r == NULL) {
		fprintf(stderr, _("%s: the store cannot be read: %s\n"), w->o->name,
		    text_error(errno));
		return EXIT_FAILURE;
	}
	reader_seek(r, LANE_ALARM, 0);
	while (w->done < wanted && system_clock.mono() < end) {
		enum read_result rc = reader_next(r, all.seq[LANE_ALARM], &e, &gap);

		if (rc == READ_ENTRY && e.kind == ENTRY_RECORD)
			take(w, &e.record);
		if (rc != READ_END && rc != READ_FAILED)
			continue;
		poll(NULL, 0, LOOK_AGAIN);
		all = reach_durable(c->gateway.control);
	}
	reader_close(r);
	disk_close(disk);
	if (w->done < wanted)
		fprintf(stderr, _("%s: %zu of %zu ways say nothing\n"), w->o->name,
		    wanted - w->done, wanted);
	return w->well == wanted ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
ask(const struct telling *o, const struct config *c)
{
	struct message *m = room_for(1, sizeof(*m));
	char words[200], said[REASON_MAX];
	int fd = control_connect(c->gateway.control), got = -1, n, status = EXIT_SUCCESS;

	n = snprintf(words, sizeof(words), "notify %s %s", o->words[0], command_user());
	if (fd < 0 || control_send(fd, MESSAGE_COMMAND, 1, words, (size_t)n) < 0)
		status = reach_failed(o->name, c->gateway.control, o->config);
	while (status == EXIT_SUCCESS && (got = control_receive(fd, m, 20000)) > 0 &&
	    m->kind != MESSAGE_ANSWER)
		continue;
	if (status == EXIT_SUCCESS && got <= 0) {
		errno = got == 0 ? ETIMEDOUT : errno;
		status = reach_failed(o->name, c->gateway.control, o->config);
	} else if (status == EXIT_SUCCESS && (m->flags & MESSAGE_FAILED)) {
		fprintf(stderr, _("%s: %s: %s\n"), o->name, o->words[0],
		    reason_text((const char *)m->body, said));
		status = EXIT_FAILURE;
	}
	if (fd >= 0)
		close(fd);
	free(m);
	return status;
}

static int
test(struct telling *o)
{
	struct config *c = look(o);
	struct watch_test w = { .o = o };
	size_t contact;
	int status = EXIT_FAILURE;

	if (c == NULL)
		return EXIT_FAILURE;
	w.plan = c->plan;
	w.since = system_clock.wall();
	contact = plan_contact(c->plan, o->words[0]);
	if (contact == SIZE_MAX)
		fprintf(stderr, _("%s: %s: %s\n"), o->name, o->words[0], _("no such contact"));
	else if ((status = ask(o, c)) == EXIT_SUCCESS)
		status = watch(&w, c, c->plan->contacts[contact].ways.n);
	config_free(c);
	return status;
}

static const struct {
	const char	*name;
	size_t		 words;
	const char	*args;
	const struct argp_option *options;
	int		(*run)(struct telling *);
} verbs[] = {
	{ "test", 1, N_("CONTACT"), options, test },
	{ "list", 0, "", options, list },
	{ "why", 2, N_("RULE DEVICE"), why_options, why },
};

int
notify_word(int argc, char **argv)
{
	const char *doc = N_("test sends a message by each way to a contact and says what came "
	    "of it; list shows the contacts and who is on duty; why shows who would be told "
	    "of an alarm, and when.");
	const struct argp all = { .options = why_options, .parser = option,
	    .args_doc = N_("test CONTACT\nlist\nwhy RULE DEVICE"), .doc = doc };
	struct telling o = { .config = CONFIG_FILE, .wanted = argc > 1 ? 0 : 1 };
	char name[64];

	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct argp argp = { .options = verbs[i].options, .parser = option,
		    .args_doc = verbs[i].args, .doc = doc };

		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "%s %s", argv[0], verbs[i].name);
		argv[1] = name;
		o.name = name;
		o.wanted = verbs[i].words;
		argp_parse(&argp, argc - 1, argv + 1, 0, NULL, &o);
		return verbs[i].run(&o);
	}
	argp_parse(&all, argc, argv, 0, NULL, &o);
	argp_help(&all, stderr, ARGP_HELP_STD_USAGE, argv[0]);
	return EX_USAGE;
}
