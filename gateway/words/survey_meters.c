#include <stdio.h>
#include <string.h>

#include "../../protocols/meters.h"
#include "../clock.h"
#include "../text.h"
#include "survey.h"

#define TENS	100	/* of the two last digits */

/* Of CJ/T 188 each kind of meter is asked by its own type. */
static const char *const kinds[] = { "10", "11", "12", "13", "20", "21", "30", "40" };

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

bool
survey_of_meters(const struct link_conf *link)
{
	return strcmp(link->proto, "dlt645") == 0 || strcmp(link->proto, "cjt188") == 0;
}

size_t
survey_meter_questions(const struct link_conf *link)
{
	return strcmp(link->proto, "dlt645") == 0 ? 1 : 2 * KINDS;
}

/* The second order of an identifier is the like of the first one, which bars it while an
 * answer to that may come; and where several answer at once all endings are asked. */
int64_t
survey_meters_take(const struct link_conf *link, int64_t wait)
{
	if (strcmp(link->proto, "dlt645") == 0)
		return (1 + TENS) * wait + link->max_late;
	return (int64_t)KINDS * (2 * wait + link->max_late);
}

/* Who hears this address, and says its own? */
static enum direct_result
ask_address(struct survey *s, const char *address, uint32_t item)
{
	struct ask ask = { .function = METERS_ADDRESS, .number = item };
	const struct reply *r = &s->direct.reply;
	char text[METERS_TEXT], took[24], line[160];
	enum direct_result rc;
	const char *why;

	if (s->direct.proto->address(address, ask.address, &why) != 0)
		return DIRECT_DONE;
	if (s->direct.link.state != LINK_UP) {
		direct_close(&s->direct);
		if ((rc = direct_open(&s->direct)) != DIRECT_DONE)
			return rc;
	}
	rc = direct_ask(&s->direct, &ask);
	if (rc != DIRECT_DONE || r->status != REPLY_OK)
		return rc;
	s->answers++;
	meters_address_text(s->direct.proto, r->data, r->len, text);
	snprintf(took, sizeof(took), "%lld", (long long)(r->heard - r->asked) / 1000);
	snprintf(line, sizeof(line), _("meter %s answers"), text);
	progress_say(&s->progress, line);
	survey_found(s, text, N_("answers"), "", took, "");
	return DIRECT_DONE;
}

static void
step(struct survey *s, const char *address)
{
	char text[64];

	snprintf(text, sizeof(text), _("meters %s"), address);
	progress_step(&s->progress, text, system_clock.mono());
}

/* Several answered at once: those of two last digits at a time. */
static enum direct_result
part_them(struct survey *s)
{
	char address[METERS_TEXT];
	/* what comes late now would be taken for an answer to all that follow */
	enum direct_result rc = direct_pause(&s->direct, s->direct.conf.max_late);

	for (int i = 0; i < TENS && rc == DIRECT_DONE && !survey_over(s); i++) {
		snprintf(address, sizeof(address), "AAAAAAAAAA%02d", i);
		rc = ask_address(s, address, 0);
	}
	return rc;
}

enum direct_result
survey_meters(struct survey *s)
{
	enum direct_result rc = DIRECT_DONE;
	char address[METERS_TEXT];
	size_t before = 0;

	if (strcmp(s->link->proto, "dlt645") == 0) {
		rc = ask_address(s, "AAAAAAAAAAAA", 0);
		step(s, "AAAAAAAAAAAA");
		if (rc == DIRECT_DONE && direct_tally(&s->direct)->garbled > 0)
			rc = part_them(s);
		return rc;
	}
	for (size_t i = 0; i < 2 * KINDS && rc == DIRECT_DONE && !survey_over(s); i++) {
		/* the other order of the identifier, where the first told nobody */
		before = i % 2 == 0 ? s->answers : before;
		if (s->answers != before)
			continue;
		snprintf(address, sizeof(address), "%s:AAAAAAAAAAAAAA", kinds[i / 2]);
		rc = ask_address(s, address, i % 2 == 0 ? METERS_ADDRESS_ITEM : 0x0a81);
		step(s, address);
	}
	return rc;
}
