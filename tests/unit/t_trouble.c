#include <string.h>

#include "../../conf/utf8.h"
#include "../../gateway/field/field.h"
#include "../../gateway/log.h"
#include "../check.h"
#include "instrument.h"
#include "store.h"

/* Alarms that the gateway raises of itself: a way to people that fails. */

#define LONG_WAY	"the-telephone-of-whoever-is-on-duty-in-the-control-room-tonight"
#define LONG_CONTACT	"南京市六合区生态环境局应急值守办公室"

static struct field_role f;
static struct config config;
static struct way_conf ways[2];
static struct contact_conf who;
static struct contact contact = { .conf = &who };
static struct plan plan;
static struct test_store *s;

static void
begin(const char *way, const char *name)
{
	s = store_open(65536);
	ways[0].name = "sms";
	ways[1].name = way;
	who.name = name;
	plan = (struct plan){ .contacts = &contact, .ncontacts = 1 };
	config = (struct config){ .ways = ways, .nways = 2, .plan = &plan };
	f = (struct field_role){ .config = &config };
	f.rules = rules_new(NULL, 0, NULL, 0, instrument_arena(), instrument_errs());
	pipeline_init(&f.pipeline, s->journal, f.rules, &test_clock, 8);
}

static void
end(void)
{
	pipeline_end(&f.pipeline);
	store_close(s);
}

/* So many of these in the journal, of this device; NULL: of any. */
static size_t
events(enum alarm_event event, const char *device)
{
	size_t n = 0;

	store_flush(s);
	for (size_t i = 0; i < s->n; i++)
		n += s->told[i].kind == ENTRY_ALARM && s->told[i].alarm.event == event &&
		    (device == NULL || strcmp(s->told[i].alarm.device, device) == 0);
	return n;
}

static size_t
standing(void)
{
	struct alarm_entry a;
	size_t n = 0;

	for (size_t i = 0; trouble_at(&f, i, &a); i++)
		n += !alarm_closed(&a.alarm);
	return n;
}

static void
fails(const char *name, bool on)
{
	trouble_take(&f, TROUBLE_NOTIFY, name, on, "no answer");
}

static void
a_way_that_fails_is_one_alarm(void)
{
	begin("mail", "zhang");
	fails("way/mail", true);
	fails("way/mail", true);
	CHECK(standing() == 1 && events(ALARM_EV_ENTER, "way/mail") == 1);
	fails("way/mail", false);
	CHECK(events(ALARM_EV_LEAVE, "way/mail") == 1 && standing() == 1);
	CHECK(trouble_ack(&f, "sys.notify", "way/mail", "li") && standing() == 0);
	fails("way/mail/zhang", true);		/* over at once, and not acknowledged */
	fails("way/mail/zhang", true);
	CHECK(events(ALARM_EV_ENTER, "way/mail/zhang") == 1 && standing() == 1);
	trouble_settle(&f);
	CHECK(standing() == 1);
	config.nways = 1;			/* it went from the configuration */
	trouble_settle(&f);
	CHECK(standing() == 0 && events(ALARM_EV_ACK, "way/mail/zhang") == 1);
	end();
}

/* Names that an entry has no room for are cut there, at a border of letters. */
static void
a_long_name_is_one_alarm_too(void)
{
	static const char *const names[] = { "way/" LONG_WAY, "way/" LONG_WAY "/zhang",
	    "way/sms/" LONG_CONTACT };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct alarm is = { .active = true };
		struct alarm_entry a;
		char device[NAME_MAX_BYTES];

		begin(LONG_WAY, i == 2 ? LONG_CONTACT : "zhang");
		for (int k = 0; k < 5; k++)
			fails(names[i], true);
		CHECK(f.troubles.n == 1 && standing() == 1 && events(ALARM_EV_ENTER, NULL) == 1);
		CHECK(trouble_at(&f, 0, &a));
		snprintf(device, sizeof(device), "%s", a.device);
		CHECK(utf8_span(device, strlen(device)) == strlen(device));
		trouble_settle(&f);
		CHECK(standing() == 1);		/* it is of the configuration */
		fails(names[i], false);
		CHECK(events(ALARM_EV_LEAVE, device) == 1);
		CHECK(trouble_ack(&f, "sys.notify", device, "li") && standing() == 0);
		CHECK(trouble_restore(&f, "sys.notify", device, &is, "") == 0);
		CHECK(f.troubles.n == 1 && standing() == 1);
		end();
	}
}

/* What is over gives its place to what begins. */
static void
there_is_always_a_place(void)
{
	char name[NAME_MAX_BYTES];

	begin("mail", "zhang");
	for (int i = 0; i < TROUBLES_MOST + 50; i++) {
		snprintf(name, sizeof(name), "way/%d", i);
		fails(name, true);
		CHECK(events(ALARM_EV_ENTER, name) == 1);
		fails(name, false);
		CHECK(trouble_ack(&f, "sys.notify", name, "li"));
	}
	CHECK(standing() == 0 && f.pipeline.alarms_lost == 0);
	for (int i = 0; i < TROUBLES_MOST + 1; i++) {
		snprintf(name, sizeof(name), "way/%d", i);
		fails(name, true);
	}
	CHECK(standing() == TROUBLES_MOST && f.pipeline.alarms_lost == 1);
	end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(a_way_that_fails_is_one_alarm);
	RUN(a_long_name_is_one_alarm_too);
	RUN(there_is_always_a_place);
	return 0;
}
