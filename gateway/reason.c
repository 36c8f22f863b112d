#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "text.h"

#define PARTS_MAX	4
#define DEEP		3	/* reasons within reasons */

/* A reason with figures and names in it; those without are looked up as they
 * are.  The first that fits is taken, so the vaguer ones stand below.  parts
 * says of each %s whether it is a name or figure (n), or a reason (r). */
static const struct shape {
	const char	*format, *parts;
} shapes[] = {
	/* orders */
	{ N_("%s; did you mean %s?"), "rn" },
	{ N_("no such device: %s"), "n" },
	{ N_("no such point: %s"), "n" },
	{ N_("%s is not a device and a point: DEVICE.POINT"), "n" },
	{ N_("%s is read-only: the device does not list it as writable"), "n" },
	{ N_("no such uplink: %s"), "n" },
	{ N_("the commands of uplink %s do not list %s"), "nn" },
	{ N_("uplink %s does not list %s as writable"), "nn" },
	{ N_("%s cannot be written: its profile does not say how"), "n" },
	{ N_("%s is out of service"), "n" },
	{ N_("%s is not a figure for %s"), "nn" },
	{ N_("%s is not a state of %s, which are %s"), "nnn" },
	{ N_("%s: this is no number"), "n" },
	{ N_("%s: %s to %s may be written, not %s"), "nnnn" },
	{ N_("%s: only steps of %s from %s on may be written, not %s"), "nnnn" },
	{ N_("%s: %s is none of its states"), "nn" },
	{ N_("%s: no register of it can say %s"), "nn" },
	{ N_("%s: it can say %s, not %s"), "nnn" },
	{ N_("another command for %s is under way"), "n" },
	{ N_("it may expire within 60s, not %s"), "n" },
	{ N_("link %s is down"), "n" },
	{ N_("there is no listener %s"), "n" },
	{ N_("nothing proves who is at the end of link %s: give it a token or TLS, where its "
	    "DTU can, or control = true"), "n" },
	{ N_("too many questions wait on link %s"), "n" },
	{ N_("the device refuses: exception %s, %s"), "nr" },
	{ N_("the device refuses: exception %s"), "n" },
	{ N_("step %s of %s: function %s, register %s"), "nnnn" },
	{ N_("step %s of %s: %s"), "nnr" },
	{ N_("not ready in time, it says %s"), "n" },
	{ N_("it says %s, that it failed"), "n" },
	{ N_("%s; reads back as %s"), "rn" },
	{ N_("reads back as %s"), "n" },
	{ N_("%s; cannot be read back: %s"), "rr" },
	{ N_("cannot be read back: %s"), "r" },
	{ N_("%s; no answer to the write"), "n" },
	{ N_("marks cannot be stored: %s; none is changed: order it again when the store has "
	    "room"), "r" },
	{ N_("maintenance cannot be stored: %s; nothing is kept silent: order it again when "
	    "the store has room"), "r" },
	{ N_("it ended, but that cannot be stored: %s; a restart would let it go on: order its "
	    "end again when the store has room"), "r" },
	{ N_("no JSON: %s"), "r" },
	{ N_("%s tells of gas, %s: only what is explosion_proof is switched, and gas valves "
	    "closed"), "nr" },
	{ N_("gas is not known: %s was not heard yet"), "n" },
	{ N_("gas is not known: %s is silent"), "n" },
	{ N_("gas is not known: %s warms up"), "n" },
	{ N_("gas is not known: %s says %s"), "nn" },
	{ N_("it was switched on less than %s ago, its min_on"), "n" },
	{ N_("it was switched off less than %s ago, its min_off"), "n" },
	{ N_("it is not known for how long it has been so: %s after a start first"), "n" },
	{ N_("it may last %s at the longest"), "n" },
	{ N_("%s is no span of time"), "n" },
	{ N_("a rule of class life watches %s"), "n" },
	{ N_("the watchdog of %s would run out"), "n" },
	/* what the door asks, and where it listens */
	{ N_("it answers %s"), "n" },
	{ N_("port %s cannot be had: %s"), "nr" },
	{ N_("all addresses port %s: %s"), "nr" },
	{ N_("%s port %s: no address in digits"), "nn" },
	/* lines */
	{ N_("%s port %s: %s"), "nnr" },
	{ N_("%s: runs at %s bits a second instead of %s"), "nnn" },
	{ N_("%s: no serial line runs at %s bits a second"), "nn" },
	{ N_("%s: the driver does not do %s"), "nn" },
	{ N_("%s: the driver knows no RS-485 mode: %s"), "nr" },
	{ N_("eventfd: %s"), "r" },
	{ N_("a question of %s bytes is none for a chip"), "n" },
	/* uplinks */
	{ N_("no answer within %s s"), "n" },
	{ N_("cannot connect: %s"), "r" },
	{ N_("the broker refuses: %s"), "r" },
	{ N_("the connection is lost: %s"), "r" },
	{ N_("%s: it refuses a message: %s"), "nr" },
	{ N_("no acknowledgement within %s s"), "n" },
	{ N_("the proxy refuses (%s)"), "n" },
	{ N_("it refuses us by TLS: %s"), "r" },
	{ N_("cannot listen at %s port %s: %s"), "nnr" },
	{ N_("%s may not write %s %s of unit %s"), "nnnn" },
	{ N_("the store cannot be read: %s"), "r" },
	{ N_("its file beside the store: %s"), "r" },
	{ N_("it refuses every line (400): %s"), "n" },
	{ N_("it %s (%s): %s"), "rnn" },
	{ N_("it %s (%s)"), "rn" },
	{ N_("cannot make %s: %s"), "nr" },
	{ N_("cannot look at %s: %s"), "nr" },
	{ N_("cannot read %s: %s"), "nr" },
	{ N_("cannot cut the torn line of %s: %s"), "nr" },
	{ N_("cannot open %s: %s"), "nr" },
	{ N_("cannot flush the folder of %s: %s"), "nr" },
	{ N_("cannot rotate %s: %s"), "nr" },
	{ N_("cannot flush %s: %s"), "nr" },
	{ N_("cannot write %s: %s"), "nr" },
	{ N_("no memory for %s: %s"), "nr" },
	{ N_("%s is not a regular file"), "n" },
	{ N_("%s is being written by somebody else"), "n" },
	{ N_("%s is not a file of JSON lines"), "n" },
	{ N_("%s is not there"), "n" },
	{ N_("%s may not be read by this user: make the user its owner"), "n" },
	{ N_("%s cannot be read"), "n" },
	{ N_("%s is no plain file"), "n" },
	{ N_("%s is empty"), "n" },
	/* a file, and what is wrong with it */
	{ N_("%s: %s"), "nr" },
};

struct part {
	const char	*at;
	size_t		 n;
};

/* Does the format say this text?  Each %s takes as little as it can. */
static bool
fits(const char *format, const char *text, struct part *part)
{
	for (; *format != '\0'; format++, text++) {
		if (format[0] == '%' && format[1] == 's') {
			part->at = text;
			for (part->n = 1; text[part->n - 1] != '\0'; part->n++)
				if (fits(format + 2, text + part->n, part + 1))
					return true;
			return false;
		}
		if (*format != *text)
			return false;
	}
	return *text == '\0';
}

static const char	*say(const char *english, char buf[REASON_MAX], int deep);

static void
say_part(const struct part *part, bool is_reason, char out[REASON_MAX], int deep)
{
	char english[REASON_MAX], buf[REASON_MAX];

	snprintf(english, sizeof(english), "%.*s", (int)part->n, part->at);
	snprintf(out, REASON_MAX, "%s", is_reason ? say(english, buf, deep + 1) : english);
}

static const char *
say(const char *english, char buf[REASON_MAX], int deep)
{
	struct part parts[PARTS_MAX] = { { "", 0 } };
	char said[PARTS_MAX][REASON_MAX] = { "" };
	const struct shape *s = NULL;

	if (english[0] == '\0' || _(english) != english || deep == DEEP)
		return english[0] == '\0' ? english : _(english);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && s == NULL; i++)
		if (fits(shapes[i].format, english, parts))
			s = &shapes[i];
	if (s == NULL)
		return english;
	for (size_t i = 0; s->parts[i] != '\0'; i++)
		say_part(&parts[i], s->parts[i] == 'r', said[i], deep);
	snprintf(buf, REASON_MAX, _(s->format), said[0], said[1], said[2], said[3]);
	return buf;
}

const char *
reason_near(const char *english, const char *near, char buf[REASON_MAX])
{
	if (near != NULL)
		snprintf(buf, REASON_MAX, "%s; did you mean %s?", english, near);
	else
		snprintf(buf, REASON_MAX, "%s", english);
	return buf;
}

const char *
reason_text(const char *english, char buf[REASON_MAX])
{
	/* in English it says what it says; and nobody tries a long text in vain */
	return text_chinese() && strlen(english) < REASON_MAX ? say(english, buf, 0) : english;
}
