#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../devices/write.h"
#include "field.h"

#define EXPIRES_MAX	(60 * US_PER_S)
#define READS_MAX	4		/* a slow instrument shows it a moment later */
#define READ_AGAIN	(US_PER_S / 4)
#define READ_LIMIT	(20 * US_PER_S)	/* then the line has no place for it */
#define ACCEPTED	5		/* exception: it will be done, and takes time */

static void	read_back(struct command *, int64_t wait);

/* "DEVICE.POINT": names have no full stop.  -1: there is no such. */
static int
find(struct field_role *f, struct command *c, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct write *w = &c->write;
	char device[NAME_MAX_BYTES], why[160];

	*w = (struct write){ .device = NULL };
	if (dot == NULL || (size_t)(dot - name) >= sizeof(device)) {
		command_says(c, COMMAND_REFUSED, "%s is not a device and a point: DEVICE.POINT",
		    name);
		return -1;
	}
	memcpy(device, name, (size_t)(dot - name));
	device[dot - name] = '\0';
	w->device = config_device(f->config, device);
	w->point = w->device != NULL ? profile_point(w->device->profile, dot + 1) : NULL;
	if (w->point != NULL)
		return 0;
	snprintf(why, sizeof(why), w->device == NULL ? "no such device: %s" :
	    "no such point: %s", w->device == NULL ? device : dot + 1);
	command_unknown(c, why, w->device == NULL ? config_near_device(f->config, device) :
	    profile_near(w->device->profile, dot + 1));
	w->device = NULL;
	return -1;
}

static const struct tap *
tap_of(const struct write *w, const struct point *p)
{
	return &w->device->taps[p - w->device->profile->points];
}

void
write_name(struct field_role *f, struct command *c, const struct words *words)
{
	double figure;

	if (find(f, c, words->at[0]) == 0) {
		c->series = tap_of(&c->write, c->write.point)->series;
		if (write_figure(c->write.point, words->at[1], &figure) == 0)
			c->value = (struct value){ .kind = VALUE_F64, .d = figure };
	}
	c->write.device = NULL;
}

static bool
is_listed(const struct write *w)
{
	const struct strings *list = &w->device->conf.writable;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->at[i], w->point->name) == 0)
			return true;
	return false;
}

/* Two writes of one point at once would each read back the other's. */
static bool
is_written(const struct field_role *f, const struct command *c)
{
	for (size_t i = 0; i < COMMANDS_ALL; i++) {
		const struct command *o = &f->commands.at[i];

		if (o != c && o->asked != 0 && o->ended == 0 &&
		    o->write.device == c->write.device && o->write.point == c->write.point)
			return true;
	}
	return false;
}

/* The same from every source: nothing that makes gas worse. */
static bool
is_locked(struct field_role *f, struct command *c)
{
	const struct write *w = &c->write;
	const struct interlock_verdict v = interlock_judge(f->config->interlock, w->device,
	    w->point, w->figure, f->pipeline.clock->mono());

	c->passing = v.result == INTERLOCK_TOO_SOON;
	return interlock_words(&v, c->why, sizeof(c->why))[0] != '\0';
}

/* Gas may have come while it waited for the line. */
static bool
may_go(void *arg, int64_t now)
{
	struct command *c = arg;

	(void)now;
	c->write.locked = is_locked(c->field, c) || (c->cures && !rail_may(c->field, c));
	return !c->write.locked;
}

static bool
is_unproven(const struct field_role *f, const struct write *w)
{
	const struct bus *bus = field_bus(f, w->device->conf.link);

	return bus != NULL && !link_obeys(&bus->link);
}

/* Rights and limits.  -1: why says what forbids it. */
static int
allow(struct field_role *f, struct command *c, const char *value)
{
	struct write *w = &c->write;
	char states[100];

	if (!is_listed(w))
		command_says(c, COMMAND_REFUSED, "%s is read-only: the device does not list it "
		    "as writable", w->point->name);
	else if (tap_of(w, w->point)->block == BLOCK_NONE)
		command_says(c, COMMAND_REFUSED, "%s is out of service", w->point->name);
	else if (write_figure(w->point, value, &w->figure) < 0 &&
	    write_states(w->point, states, sizeof(states))[0] != '\0')
		command_says(c, COMMAND_REFUSED, "%s is not a state of %s, which are %s", value,
		    w->point->name, states);
	else if (write_figure(w->point, value, &w->figure) < 0)
		command_says(c, COMMAND_REFUSED, "%s is not a figure for %s", value,
		    w->point->name);
	else if (write_check(w->point, w->figure, c->why, sizeof(c->why)) < 0)
		return -1;
	else if (is_unproven(f, w))
		command_says(c, COMMAND_REFUSED, "nothing proves who is at the end of link %s: "
		    "give it a token or TLS, where its DTU can, or control = true",
		    w->device->conf.link);
	else if (is_locked(f, c))
		return -1;
	else if (is_written(f, c))
		command_later(c, COMMAND_REFUSED, "another command for %s is under way",
		    w->point->name);
	else
		return 0;
	return -1;
}

static void
sent(void *arg, int64_t now)
{
	struct command *c = arg;
	struct write *w = &c->write;
	const struct output *o = output_of(w->device, w->point);
	int64_t span = o != NULL && o->travel > c->share ? o->travel : c->share;

	interlock_wrote(c->field->config->interlock, w->device, w->point, w->figure, now);
	if (span > 0)
		w->until = now + span;
	command_note(arg, COMMAND_SENT, COMMIT_WAITED);
}

/* What stands behind the write; after that only reading back tells. */
static void
written(void *arg, const struct reply *reply)
{
	struct command *c = arg;
	struct write *w = &c->write;

	if (w->locked) {
		command_end(c, COMMAND_REFUSED);
		return;
	}
	switch (reply->status) {
	case REPLY_OK:
		read_back(c, 0);
		return;
	case REPLY_EXCEPTION:
		if (reply->exception == ACCEPTED) {
			read_back(c, READ_AGAIN);
			return;
		}
		command_says(c, COMMAND_FAILED, "the device refuses: exception %u, %s",
		    reply->exception, w->bus->proto->exception(reply->exception));
		break;
	case REPLY_TIMEOUT:
		snprintf(w->trouble, sizeof(w->trouble), "no answer to the write");
		read_back(c, 0);
		return;
	case REPLY_LOST:
		if (reply->asked == 0 && bus_hopeful(w->bus, reply->heard)) {
			command_says(c, COMMAND_EXPIRED, "too old before the line was free");
			command_end(c, COMMAND_EXPIRED);
			return;
		}
		if (reply->asked == 0)
			command_later(c, COMMAND_FAILED, "the line is down; nothing was sent");
		else
			command_says(c, COMMAND_FAILED, "the line went down; whether it took "
			    "effect is not known");
		break;
	}
	command_end(c, COMMAND_FAILED);
}

/* The bytes of the point in an answer to what was read back; NULL: too few. */
static const uint8_t *
wire_of(const struct write *w, const struct reply *reply, uint8_t *bit)
{
	const struct point *p = w->shown;
	size_t at = (size_t)p->first - w->from.first;

	if (!function_is_bits(p->function))
		return 2 * at + point_bytes(p) <= reply->len ? reply->data + 2 * at : NULL;
	if (at / 8 >= reply->len)
		return NULL;
	*bit = reply->data[at / 8] >> at % 8 & 1;
	return bit;
}

/* How long until it is read back once more; -1: it was often enough. */
static int64_t
read_again(const struct command *c)
{
	const struct write *w = &c->write;
	int64_t now = c->field->pipeline.clock->mono();

	if (w->until == 0)
		return w->reads < READS_MAX ? READ_AGAIN : -1;
	if (now >= w->until)
		return -1;
	return w->until - now < READ_AGAIN ? w->until - now : READ_AGAIN;
}

static void
judge(struct command *c, const uint8_t *wire)
{
	struct write *w = &c->write;
	const struct point *p = w->shown;
	int64_t again = read_again(c);
	char is[80];

	point_decode(p, wire, &c->value);
	value_text(&c->value, p->decimals, is, sizeof(is));
	if (write_proven(p, w->figure, wire)) {
		command_says(c, COMMAND_DONE, "%s%s%s%s%s", is, p->unit != NULL ? " " : "",
		    point_unit_shown(p), w->trouble[0] != '\0' ? "; " : "", w->trouble);
		command_end(c, COMMAND_DONE);
	} else if (again >= 0) {
		read_back(c, again);
	} else {
		command_says(c, COMMAND_FAILED, "%s%sreads back as %s", w->trouble,
		    w->trouble[0] != '\0' ? "; " : "", is[0] != '\0' ? is : "no figure");
		command_end(c, COMMAND_FAILED);
	}
}

static void
heard(void *arg, const struct reply *reply)
{
	static const char *const why[] = {
		[REPLY_OK] = "the answer is too short",
		[REPLY_TIMEOUT] = "no answer",
		[REPLY_EXCEPTION] = "the device refuses",
		[REPLY_LOST] = "the line went down, or had no place",
	};
	struct command *c = arg;
	struct write *w = &c->write;
	const uint8_t *wire = NULL;
	int64_t again;
	uint8_t bit;

	if (reply->status == REPLY_OK)
		wire = wire_of(w, reply, &bit);
	if (wire != NULL) {
		judge(c, wire);
		return;
	}
	again = read_again(c);
	if (reply->status != REPLY_LOST && again >= 0) {
		read_back(c, again);
		return;
	}
	c->value = (struct value){ .kind = VALUE_NONE };
	command_says(c, COMMAND_FAILED, "%s%scannot be read back: %s", w->trouble,
	    w->trouble[0] != '\0' ? "; " : "", why[reply->status]);
	command_end(c, COMMAND_FAILED);
}

/* Whole blocks are read, as polls do: some instruments answer nothing less. */
static void
read_back(struct command *c, int64_t wait)
{
	int64_t now = c->field->pipeline.clock->mono();
	struct errand e = { .later = now + wait, .expires = now + READ_LIMIT, .done = heard,
	    .owner = c };
	struct write *w = &c->write;
	size_t block = tap_of(w, w->shown)->block;

	w->reads++;
	w->from = w->device->blocks[block];
	device_ask(w->device, block, &e.ask);
	if (bus_errand(w->bus, &e) == 0)
		return;
	c->value = (struct value){ .kind = VALUE_NONE };
	command_says(c, COMMAND_FAILED, "%s%scannot be read back: the line is down, or busy",
	    w->trouble, w->trouble[0] != '\0' ? "; " : "");
	command_end(c, COMMAND_FAILED);
}

static enum command_phase
ask(struct command *c, int64_t expires)
{
	struct write *w = &c->write;
	uint8_t payload[RAW_BYTES_MAX];
	struct errand e = { .expires = expires, .may = may_go, .sent = sent, .done = written,
	    .owner = c };

	if (!bus_hopeful(w->bus, c->field->pipeline.clock->mono()))
		return command_later(c, COMMAND_REFUSED, "link %s is down",
		    w->device->conf.link);
	write_ask(w->device, w->point, w->figure, payload, &e.ask);
	e.ask.timeout = w->device->conf.timeout;
	if (bus_errand(w->bus, &e) < 0)
		return command_later(c, COMMAND_REFUSED, "too many questions wait on link %s",
		    w->device->conf.link);
	return COMMAND_SENT;
}

/* Where it is seen whether it obeyed: perhaps a switch at the valve itself. */
static const struct point *
shown_by(const struct write *w)
{
	const struct output *o = output_of(w->device, w->point);

	return o != NULL ? &w->device->profile->points[o->shown] : w->point;
}

enum command_phase
write_begin(struct field_role *f, struct command *c, const struct words *words)
{
	struct write *w = &c->write;
	enum command_phase phase;
	int64_t span;

	if (find(f, c, words->at[0]) < 0)
		return COMMAND_REFUSED;
	if (allow(f, c, words->at[1]) < 0)
		return COMMAND_REFUSED;
	if (span_parse(words->at[2], &span) != 0 || span <= 0 || span > EXPIRES_MAX)
		return command_says(c, COMMAND_REFUSED, "it may expire within 60s, not %s",
		    words->at[2]);
	if (f->pipeline.clock->mono() >= c->begun + span)
		return command_says(c, COMMAND_EXPIRED, "too old before it was stored");
	w->shown = shown_by(w);
	w->bus = field_bus(f, w->device->conf.link);
	phase = ask(c, c->begun + span);
	return phase;
}
