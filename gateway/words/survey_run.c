#include <stdio.h>
#include <string.h>

#include "../../protocols/identity.h"
#include "../../protocols/pdu.h"
#include "../clock.h"
#include "../log.h"
#include "../reason.h"
#include "../text.h"
#include "survey.h"

#define SERIAL_WAIT	(250 * 1000)	/* us that a unit has to begin its answer */
#define QUIET		(100 * 1000)	/* us between two settings of the line */
#define WIRE_BYTES	16		/* of a question and its answer */

static const char *const parity_names[] = { "none", "even", "odd" };

/* What the bytes of one question take on the wire at this speed. */
static int64_t
wire_time(int64_t speed)
{
	return speed > 0 ? WIRE_BYTES * 11 * US_PER_S / speed : 0;
}

static int64_t
timeout_of(const struct survey *s, int64_t speed)
{
	int64_t wait = s->timeout;

	if (wait == 0)
		wait = s->link->speed > 0 ? SERIAL_WAIT : s->link->timeout_max;
	return wait + wire_time(speed);
}

int64_t
survey_takes(const struct survey *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->nspeeds; i++) {
		int64_t wait = timeout_of(s, s->speeds[i]), all = survey_of_meters(s->link) ?
		    survey_meters_take(s->link, wait) : (int64_t)s->nunits * wait;

		sum += (int64_t)s->nparities * (all + QUIET);
	}
	return sum;
}

static void
format_name(const struct survey *s, char *text, size_t n)
{
	const struct link_conf *c = &s->direct.conf;

	if (c->speed > 0)
		snprintf(text, n, "%lld %s", (long long)c->speed, parity_names[c->parity]);
	else
		snprintf(text, n, "%s", s->link->name);
}

void
survey_found(struct survey *s, const char *unit, const char *answer, const char *value,
    const char *took, const char *identity)
{
	const struct link_conf *c = &s->direct.conf;
	char speed[24] = "", safe[256];
	const char *parity = c->speed > 0 ? parity_names[c->parity] : "";

	if (c->speed > 0)
		snprintf(speed, sizeof(speed), "%lld", (long long)c->speed);
	grid_add(&s->found, (const char *const []){ unit, speed, parity, answer, value, took,
	    log_safe(identity, safe, sizeof(safe)) });
}

/* "VendorName ProductCode Revision" of FC 43, basic objects only. */
static void
objects(const struct reply *r, char *text, size_t n)
{
	const uint8_t *object;
	uint8_t number;
	size_t len, at = 0;

	text[0] = '\0';
	for (size_t i = 0; (object = identity_object(r->data, r->len, i, &number, &len)) != NULL;
	    i++)
		if (at + len + 2 < n)
			at += (size_t)snprintf(text + at, n - at, "%s%.*s", at > 0 ? " " : "",
			    (int)len, (const char *)object);
}

/* By which functions a unit may be asked: of a device that is configured those that
 * its profile declares, because instruments hang on the others. */
static uint8_t
identifies(const struct survey *s, uint8_t unit)
{
	for (size_t i = 0; i < s->config->ndevices; i++) {
		const struct device *d = &s->config->devices[i];

		if (strcmp(d->conf.link, s->link->name) == 0 && d->address[0] == unit)
			return d->profile->identify;
	}
	return IDENTIFY_REPORT | IDENTIFY_DEVICE;
}

/* Asks a unit that answered who it is (FC 43, then 17); "": it does not say. */
static void
take_identity(struct survey *s, uint8_t unit, char *text, size_t n)
{
	struct ask ask = { .address = { unit }, .function = 43, .number = 0, .count = 1 };
	const struct reply *r = &s->direct.reply;
	uint8_t functions = identifies(s, unit);

	text[0] = '\0';
	if (functions & IDENTIFY_DEVICE && direct_ask(&s->direct, &ask) == DIRECT_DONE &&
	    r->status == REPLY_OK) {
		objects(r, text, n);
		return;
	}
	ask.function = 17;
	ask.count = 0;
	if (functions & IDENTIFY_REPORT && !s->direct.stopped &&
	    direct_ask(&s->direct, &ask) == DIRECT_DONE && r->status == REPLY_OK)
		snprintf(text, n, "%.*s", (int)r->len, (const char *)r->data);
}

static void
tell_found(struct survey *s, uint8_t unit, const struct reply *r)
{
	char name[16], value[16] = "", took[24], line[160], format[48], identity[160] = "";
	const char *answer = r->status == REPLY_OK ? N_("answers") : pdu_exception(r->exception);

	s->answers++;
	snprintf(name, sizeof(name), "%u", unit);
	if (r->status == REPLY_OK && r->len == 2)
		snprintf(value, sizeof(value), "%02x%02x", r->data[0], r->data[1]);
	snprintf(took, sizeof(took), "%lld", (long long)(r->heard - r->asked) / 1000);
	format_name(s, format, sizeof(format));
	snprintf(line, sizeof(line), _("%s: unit %u: %s"), format, unit, _(answer));
	progress_say(&s->progress, line);
	if (s->identify)
		take_identity(s, unit, identity, sizeof(identity));
	survey_found(s, name, answer, value, took, identity);
}

/* A gateway that speaks for a unit which does not answer it. */
static bool
somebody(const struct reply *r)
{
	return r->status == REPLY_OK ||
	    (r->status == REPLY_EXCEPTION && r->exception != 10 && r->exception != 11);
}

/* Some instruments hang up on whoever asks for a unit that they are not. */
static enum direct_result
open_again(struct survey *s)
{
	s->late += direct_tally(&s->direct)->late;
	direct_close(&s->direct);
	return direct_open(&s->direct);
}

static enum direct_result
ask_unit(struct survey *s, uint8_t unit)
{
	const struct ask ask = { .address = { unit }, .function = s->function,
	    .number = s->number, .count = 1 };
	enum direct_result rc = DIRECT_DONE;
	char text[64], format[48];

	if (s->direct.link.state != LINK_UP && (rc = open_again(s)) != DIRECT_DONE)
		return rc;
	rc = direct_ask(&s->direct, &ask);
	if (rc == DIRECT_DONE && somebody(&s->direct.reply)) {
		struct reply reply = s->direct.reply;

		tell_found(s, unit, &reply);
	}
	format_name(s, format, sizeof(format));
	snprintf(text, sizeof(text), _("%s unit %u"), format, unit);
	progress_step(&s->progress, text, system_clock.mono());
	return s->direct.stopped ? DIRECT_STOPPED : DIRECT_DONE;
}

bool
survey_over(const struct survey *s)
{
	return s->direct.stopped || system_clock.mono() >= s->until;
}

static enum direct_result
ask_each(struct survey *s)
{
	enum direct_result rc = DIRECT_DONE;

	for (unsigned unit = 1; unit < SURVEY_UNITS && rc == DIRECT_DONE && !survey_over(s);
	    unit++)
		if (s->units[unit])
			rc = ask_unit(s, (uint8_t)unit);
	return rc;
}

/* The line as it is set now; all units. */
static enum direct_result
ask_units(struct survey *s)
{
	enum direct_result rc = DIRECT_DONE;
	const struct tally *t;
	size_t before = s->answers;

	if (survey_of_meters(s->link))
		rc = survey_meters(s);
	else
		rc = ask_each(s);
	t = direct_tally(&s->direct);
	s->late += t->late;
	if (t->garbled > 0 && s->answers == before)
		survey_found(s, "", N_("garbage: somebody is set otherwise"), "", "", "");
	return rc;
}

static enum direct_result
one_setting(struct survey *s, int64_t speed, int parity)
{
	struct link_conf *c = &s->direct.conf;
	enum direct_result rc;

	c->speed = speed;
	c->parity = parity;
	c->timeout_min = c->timeout_max = timeout_of(s, speed);
	if (c->max_late < 2 * c->timeout_max)
		c->max_late = 2 * c->timeout_max;
	rc = direct_open(&s->direct);
	if (rc == DIRECT_DONE)
		rc = ask_units(s);
	if (rc == DIRECT_DONE && !survey_over(s))
		direct_pause(&s->direct, QUIET);
	direct_close(&s->direct);
	return rc;
}

int
survey_run(struct survey *s)
{
	enum direct_result rc = DIRECT_DONE;
	int64_t now = system_clock.mono();
	char buf[REASON_MAX];

	s->until = s->lasts > 0 ? now + s->lasts : INT64_MAX;
	progress_begin(&s->progress, s->nspeeds * s->nparities * s->nunits, now);
	for (size_t i = 0; i < s->nspeeds; i++)
		for (size_t k = 0; k < s->nparities && rc == DIRECT_DONE && !survey_over(s); k++)
			rc = one_setting(s, s->speeds[i], s->parities[k]);
	progress_end(&s->progress);
	s->ended = survey_over(s) || rc == DIRECT_STOPPED;
	if (rc == DIRECT_FAILED)
		snprintf(s->why, sizeof(s->why), "%s", reason_text(s->direct.why, buf));
	return rc == DIRECT_FAILED ? -1 : 0;
}
