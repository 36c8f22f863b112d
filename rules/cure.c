#include <math.h>
#include <stddef.h>
#include <string.h>

#include "../devices/output.h"
#include "../protocols/at_session.h"
#include "cure.h"

const char *const cure_names[] = {
	[CURE_RECONNECT] = "reconnect", [CURE_REDIAL] = "redial", [CURE_CFUN] = "cfun",
	[CURE_POWER] = "power", [CURE_REBOOT] = "reboot", NULL
};

const int64_t cure_most[] = {
	[CURE_RECONNECT] = 24, [CURE_REDIAL] = 12, [CURE_CFUN] = 6, [CURE_POWER] = 4,
	[CURE_REBOOT] = 1,
};

#define STEP(field)	offsetof(struct cure_step, field)
#define CURE(field)	offsetof(struct cure_conf, field)

static const struct key step_keys[] = {
	{ .name = "do", .type = KEY_CHOICE, .offset = STEP(action), .names = cure_names,
	  .example = "\"reconnect\"",
	  .help = "What is done." },
	{ .name = "wait", .type = KEY_SPAN, .offset = STEP(wait), .fallback = "2min",
	  .min = 1e5, .max = 86400e6,
	  .help = "How long it may take until something is delivered, before the next step." },
	{ .name = "at_most", .type = KEY_INT, .offset = STEP(at_most), .fallback = "0",
	  .min = 0, .max = CURE_RUNS,
	  .help = "How often it may be done; 0: reconnect 24, redial 12, cfun 6, power 4, "
	  "reboot 1." },
	{ .name = "within", .type = KEY_SPAN, .offset = STEP(within), .fallback = "24h",
	  .min = 60e6, .max = 31 * 86400e6,
	  .help = "In how long." },
	{ .name = "commands", .type = KEY_STRINGS, .offset = STEP(commands), .fallback = "",
	  .example = "(\"AT+CGACT=0,1\", \"AT+CGACT=1,1\")",
	  .help = "Of redial and cfun: what the modem is told, one after the other." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = STEP(timeout), .fallback = "90s",
	  .min = 1e6, .max = 300e6,
	  .help = "How long the answer to each command is waited for." },
	{ .name = "unit", .type = KEY_STRING, .offset = STEP(unit), .fallback = "",
	  .example = "\"pppd@4g.service\"",
	  .help = "Of redial: a unit of systemd that is restarted instead." },
	{ .name = "output", .type = KEY_STRING, .offset = STEP(output), .fallback = "",
	  .example = "\"box/io.modem_power\"",
	  .help = "Of power: the point that switches the supply of the modem." },
	{ .name = "off_value", .type = KEY_INT, .offset = STEP(off_value), .fallback = "0",
	  .min = 0, .max = 1,
	  .help = "Of power: what is written to switch it off; the other switches it on." },
	{ .name = "off", .type = KEY_SPAN, .offset = STEP(off), .fallback = "10s",
	  .min = 1e6, .max = 300e6,
	  .help = "Of power: how long it stays off." },
	{ .name = "feeds", .type = KEY_STRINGS, .offset = STEP(feeds), .fallback = "",
	  .example = "(\"box/modem\")",
	  .help = "Of power: every device that hangs on that supply; one that detects gas, "
	  "or that a rule of class life watches, must not." },
	{ .name = NULL }
};

const struct key cure_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = CURE(name),
	  .example = "\"4g\"",
	  .help = "How the log, the journal and status call it." },
	{ .name = "uplinks", .type = KEY_STRINGS, .offset = CURE(uplinks),
	  .example = "(\"city\", \"db\")",
	  .help = "Uplinks that go by it: when none of them delivers, it begins." },
	{ .name = "dead", .type = KEY_SPAN, .offset = CURE(dead), .fallback = "10min",
	  .min = 1e6, .max = 86400e6,
	  .help = "How long nothing is delivered, while something is owed, before the first "
	  "step." },
	{ .name = "modem", .type = KEY_STRING, .offset = CURE(modem), .fallback = "",
	  .example = "\"box/modem\"",
	  .help = "Device that is the modem, for redial and cfun." },
	{ .name = "steps", .type = KEY_ITEMS, .offset = CURE(steps),
	  .sub = step_keys, .size = sizeof(struct cure_step), .line = STEP(place) + 1,
	  .example = "( { do = \"reconnect\"; }, { do = \"cfun\"; wait = \"5min\"; } )",
	  .help = "What is done, the mildest first; each action once." },
	{ .name = "again", .type = KEY_SPAN, .offset = CURE(again), .fallback = "1h",
	  .min = 1e6, .max = 31 * 86400e6,
	  .help = "How long after the last step the first one is tried again." },
	{ .name = NULL }
};

bool
cure_is_grave(int action)
{
	return action == CURE_POWER || action == CURE_REBOOT;
}

int64_t
cure_times(const struct cure_step *s)
{
	return s->at_most > 0 ? s->at_most : cure_most[s->action];
}

const char *
cure_command(const struct cure_step *s, size_t i)
{
	static const char *const usual[CURE_ACTIONS][3] = {
		[CURE_REDIAL] = { "AT+CGACT=0,1", "AT+CGACT=1,1", NULL },
		[CURE_CFUN] = { "AT+CFUN=0", "AT+CFUN=1", NULL },
	};

	if (s->commands.n > 0)
		return i < s->commands.n ? s->commands.at[i] : NULL;
	return i < 3 ? usual[s->action][i] : NULL;
}

static const struct device *
find(const struct device *d, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (d[i].conf.name != NULL && strncmp(d[i].conf.name, name, len) == 0 &&
		    d[i].conf.name[len] == '\0')
			return &d[i];
	return NULL;
}

/* The device and the point of "DEVICE.POINT"; NULL: there is none. */
static const struct device *
device_of(const struct device *devices, size_t n, const char *words,
    const struct point **point)
{
	const char *dot = strrchr(words, '.');
	const struct device *d = dot != NULL ? find(devices, n, words, (size_t)(dot - words)) :
	    NULL;

	*point = d != NULL && d->profile != NULL ? profile_point(d->profile, dot + 1) : NULL;
	return *point != NULL ? d : NULL;
}

/* What looks at a step in its place. */
struct look {
	const struct cure_conf	*conf;
	const struct cure_step	*step;
	const struct device	*devices;
	size_t			 n;
	bool			(*is_watched)(const void *, const struct device *);
	const void		*owner;
	struct errs		*errs;
};

static int
wrong(const struct look *l, const char *fmt, const char *word, const char *other)
{
	return err_add(l->errs, l->step->place.file, l->step->place.line, fmt, l->conf->name,
	    word, other);
}

static bool
is_detector(const struct look *l, const struct device *d)
{
	for (size_t i = 0; d->profile != NULL && i < d->profile->npoints; i++)
		if (!isnan(gas_limit(d, i)))
			return true;
	return l->is_watched(l->owner, d);
}

static bool
lists(const struct strings *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], word) == 0)
			return true;
	return false;
}

/* Whatever hangs on the rail goes dark with the modem. */
static int
check_feeds(const struct look *l)
{
	const struct strings *feeds = &l->step->feeds;
	int rc = 0;

	if (feeds->n == 0)
		return wrong(l, ERR_("%s: power wants feeds: every device that hangs on %s%s"),
		    l->step->output, "");
	for (size_t i = 0; i < feeds->n; i++) {
		const struct device *d = find(l->devices, l->n, feeds->at[i],
		    strlen(feeds->at[i]));

		if (d == NULL)
			rc |= wrong(l, ERR_("%s: feeds: there is no device \"%s\"%s"),
			    feeds->at[i], "");
		else if (is_detector(l, d))
			rc |= wrong(l, ERR_("%s: %s feeds %s, which guards life: it is never "
			    "switched off for an uplink"), l->step->output, feeds->at[i]);
	}
	return rc;
}

static int
check_power(const struct look *l)
{
	const struct point *p;
	const struct device *d = device_of(l->devices, l->n, l->step->output, &p);
	const struct output *o;

	if (d == NULL)
		return wrong(l, ERR_("%s: power wants output: \"%s\" is not a device and a "
		    "point that there are%s"), l->step->output, "");
	if (p->write.function == 0 || !lists(&d->conf.writable, p->name))
		return wrong(l, ERR_("%s: %s cannot be written: its device must list it as "
		    "writable%s"), l->step->output, "");
	o = output_of(d, p);
	if (o != NULL && o->acts != OUTPUT_OTHER)
		return wrong(l, ERR_("%s: %s is said to drive something else: see outputs of %s"),
		    l->step->output, d->conf.name);
	if (is_detector(l, d))
		return wrong(l, ERR_("%s: %s is of a device that guards life: another output "
		    "must switch the modem%s"), l->step->output, "");
	return check_feeds(l);
}

static int
check_commands(const struct look *l)
{
	const struct cure_step *s = l->step;
	uint8_t room[AT_COMMAND_MAX + 2];
	struct ask ask;
	int rc = 0;

	if (s->commands.n > CURE_COMMANDS)
		rc = wrong(l, ERR_("%s: %s has more than 8 commands%s"), cure_names[s->action], "");
	for (size_t i = 0; i < s->commands.n; i++)
		if (at_command(s->commands.at[i], 0, room, &ask) < 0)
			rc |= wrong(l, ERR_("%s: \"%s\" is no command of a modem: it begins with "
			    "AT and has at most 200 letters%s"), s->commands.at[i], "");
	return rc;
}

static int
check_dialogue(const struct look *l)
{
	const char *modem = l->conf->modem;
	const struct device *d = find(l->devices, l->n, modem, strlen(modem));

	if (l->step->unit[0] != '\0')
		return 0;
	if (modem[0] == '\0')
		return wrong(l, ERR_("%s: %s tells a modem commands: set modem%s"),
		    cure_names[l->step->action], "");
	if (d == NULL)
		return wrong(l, ERR_("%s: modem: there is no device \"%s\"%s"), modem, "");
	if (d->profile != NULL && strcmp(d->profile->proto, at_modem.name) != 0)
		return wrong(l, ERR_("%s: modem: %s speaks %s, and no AT"), modem,
		    d->profile->proto);
	return check_commands(l);
}

/* A setting that only another action has would be thought to work. */
static int
check_strangers(const struct look *l)
{
	const struct cure_step *s = l->step;
	bool tells = s->action == CURE_REDIAL || s->action == CURE_CFUN;
	int rc = 0;

	if (s->commands.n > 0 && !tells)
		rc |= wrong(l, ERR_("%s: %s has no %s"), cure_names[s->action], "commands");
	if (s->unit[0] != '\0' && s->action != CURE_REDIAL)
		rc |= wrong(l, ERR_("%s: %s has no %s"), cure_names[s->action], "unit");
	if (s->output[0] != '\0' && s->action != CURE_POWER)
		rc |= wrong(l, ERR_("%s: %s has no %s"), cure_names[s->action], "output");
	if (s->feeds.n > 0 && s->action != CURE_POWER)
		rc |= wrong(l, ERR_("%s: %s has no %s"), cure_names[s->action], "feeds");
	return rc;
}

static int
check_step(const struct look *l, size_t i)
{
	const struct cure_step *all = l->conf->steps.at;
	int rc = check_strangers(l);

	for (size_t k = 0; k < i; k++)
		if (all[k].action == l->step->action)
			return wrong(l, ERR_("%s: %s is there twice%s"),
			    cure_names[l->step->action], "");
	if (i > 0 && all[i - 1].action > l->step->action)
		rc |= wrong(l, ERR_("%s: %s comes before %s: the mildest is tried first"),
		    cure_names[l->step->action], cure_names[all[i - 1].action]);
	if (l->step->action == CURE_REDIAL || l->step->action == CURE_CFUN)
		rc |= check_dialogue(l);
	else if (l->step->action == CURE_POWER)
		rc |= check_power(l);
	return rc;
}

int
cure_check(const struct cure_conf *conf, const struct device *devices, size_t n,
    bool (*is_watched)(const void *, const struct device *), const void *owner,
    struct errs *errs)
{
	const struct cure_step *steps = conf->steps.at;
	struct look l = { .conf = conf, .devices = devices, .n = n, .is_watched = is_watched,
	    .owner = owner, .errs = errs };
	int rc = 0;

	for (size_t i = 0; i < conf->steps.n; i++) {
		l.step = &steps[i];
		rc |= check_step(&l, i);
	}
	if (conf->steps.n == 0)
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: steps is empty: nothing would be done", conf->name);
	if (conf->uplinks.n == 0)
		rc = err_add(errs, conf->place.file, conf->place.line,
		    "%s: uplinks is empty: nothing would ever be dead", conf->name);
	return rc;
}
