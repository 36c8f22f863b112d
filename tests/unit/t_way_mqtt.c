#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../check.h"
#include "far_provider.h"

/* Messages to a broker, before one that behaves as it is told. */

#define BROKER	"brokers = (\"mqtt://127.0.0.1:MQTTPORT\"); timeout = \"2s\"; "

static struct far_provider p;

static const struct notice_variable variables[] = { { "value", "22" } };

static struct notice
notice(const char *id)
{
	return (struct notice){ .id = id, .contact = "owner", .address = "+8613800138000",
	    .language = "zh", .text = "油烟 5", .variables = variables, .nvariables = 1,
	    .purpose = NOTICE_ALARM, .class = 1, .rule = "fume-high", .device = "a/b+c",
	    .code = "G521", .created = 1790000000000, .expires = 1790000600000 };
}

static bool
last_has(const char *text)
{
	return strstr(far_provider_last(&p), text) != NULL;
}

static void
settings_are_checked(void)
{
	static const struct { const char *settings, *words; } rows[] = {
		{ "brokers = ();", "brokers: none is given" },
		{ "brokers = (\"http://x\");", "write mqtt://HOST:1883" },
		{ BROKER "ca = \"/etc/hostname\";", "mqtts:// only" },
		{ BROKER "psk = \"SECRET\";", "go together" },
		{ BROKER "topic = \"\";", "no topic" },
		{ BROKER "topic = \"a/{kind}\";", "does not have" },
		{ BROKER "topic = \"a/#\";", "which no topic may have" },
		{ BROKER "topic = \"a/{contact\";", "a brace without another" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(far_provider_load(&p, "mqtt", rows[i].settings) < 0);
		CHECK(strstr(p.errors, rows[i].words) != NULL);
	}
	CHECK(far_provider_load(&p, "mqtt", BROKER) == 0);
}

static void
a_message_is_published_and_acknowledged(void)
{
	struct notice m = notice("00c0ffee-1");
	struct way_result r;
	char show[96];

	far_provider_open(&p, "mqtt", BROKER);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_ACCEPTED && strcmp(r.provider, "00c0ffee-1") == 0);
	CHECK(last_has("\"topic\": \"tidegate/box-1/message/owner\""));
	CHECK(last_has("\"qos\": 1") && last_has("\"retain\": 0") && last_has("\"version\": 5"));
	CHECK(last_has("\"client\": \"box-1-way-sms\""));
	CHECK(last_has("\"id\": \"00c0ffee-1\"") && last_has("\"text\": \"油烟 5\""));
	CHECK(last_has("\"code\": \"G521\"") && last_has("\"variables\": {\"value\": \"22\"}"));
	p.kind->show(p.state, show, sizeof(show));
	CHECK(strstr(show, "connected to mqtt://127.0.0.1") != NULL);
	far_provider_close(&p);
	far_provider_open(&p, "mqtt", BROKER "topic = \"{class}/{device:flat}/{rule}\"; "
	    "retain = true; client = \"me\"; version = \"3.1.1\"; user = \"u\"; "
	    "password = \"SECRET\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	CHECK(last_has("/a.b%2Bc/fume-high\"") && last_has("\"retain\": 1"));
	CHECK(last_has("\"client\": \"me\"") && last_has("\"version\": 4"));
	CHECK(last_has("\"user\": \"u\"") && last_has("\"right\": true"));
	far_provider_close(&p);
}

static void
an_old_broker_is_spoken_to_in_its_own_way(void)
{
	struct notice m = notice("00c0ffee-2");

	far_provider_set(&p, "mode", "old");
	far_provider_open(&p, "mqtt", BROKER);
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED && last_has("\"version\": 4"));
	far_provider_close(&p);
	far_provider_set(&p, "mode", "");
}

static void
what_is_not_acknowledged_is_unknown(void)
{
	static const char *const modes[] = { "hang", "drop" };
	struct notice m = notice("00c0ffee-3");

	far_provider_open(&p, "mqtt", BROKER);
	for (size_t i = 0; i < 2; i++) {
		far_provider_set(&p, "mode", modes[i]);
		CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
		far_provider_set(&p, "mode", "");
		/* the connection is made anew by itself */
		CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	}
	CHECK(p.kind->idempotent);
	far_provider_close(&p);
}

static void
what_a_broker_refuses_is_refused(void)
{
	struct notice m = notice("00c0ffee-4");
	struct way_result r;

	far_provider_open(&p, "mqtt", BROKER);
	far_provider_set(&p, "mode", "refuse");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && r.pause > 0);
	CHECK(strstr(r.why, "Not authorized") != NULL || strstr(r.why, "ot authori") != NULL);
	far_provider_close(&p);
	far_provider_set(&p, "mode", "small");
	far_provider_open(&p, "mqtt", BROKER);
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && r.for_good && strstr(r.why, "longer") != NULL);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
}

/* One that nobody speaks at, one that says nothing, one that refuses who we are. */
static void
the_next_broker_is_tried(void)
{
	struct notice m = notice("00c0ffee-5");
	struct way_result r;
	char why[160];

	far_provider_open(&p, "mqtt", "brokers = (\"mqtt://127.0.0.1:1\", "
	    "\"mqtt://127.0.0.1:MQTTPORT\"); timeout = \"4s\";");
	CHECK(far_provider_send(&p, &m).outcome == WAY_ACCEPTED);
	far_provider_set(&p, "mode", "drop");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	far_provider_set(&p, "mode", "no");
	r = far_provider_send(&p, &m);
	CHECK(r.outcome == WAY_REFUSED && !r.for_good && strstr(r.why, "127.0.0.1:1") != NULL);
	far_provider_close(&p);
	CHECK(far_provider_load(&p, "mqtt", BROKER) == 0);
	p.state = calloc(1, p.kind->size);
	CHECK(p.kind->open(p.state, &p.env, why, sizeof(why)) < 0);
	CHECK(strstr(why, "refuses") != NULL);
	far_provider_set(&p, "mode", "mute");
	CHECK(p.kind->open(p.state, &p.env, why, sizeof(why)) < 0);
	CHECK(strstr(why, "no answer") != NULL);
	far_provider_set(&p, "mode", "");
	free(p.state);
}

static void
the_line_is_kept_between_messages(void)
{
	struct notice m = notice("00c0ffee-6");
	struct way_reply reply;
	int wake = eventfd(1, EFD_CLOEXEC);
	char why[160] = "";

	far_provider_open(&p, "mqtt", BROKER);
	CHECK(p.kind->idle(p.state, -1, 10000, &reply, why, sizeof(why)) == 0);
	/* a message that waits ends it at once */
	CHECK(p.kind->idle(p.state, wake, 3600 * US_PER_S, &reply, why, sizeof(why)) == 0);
	far_provider_set(&p, "mode", "drop");
	CHECK(far_provider_send(&p, &m).outcome == WAY_UNKNOWN);
	CHECK(p.kind->idle(p.state, -1, 10000, &reply, why, sizeof(why)) < 0);
	CHECK(strstr(why, "the connection is lost") != NULL);
	far_provider_set(&p, "mode", "");
	far_provider_close(&p);
	close(wake);
}

int
main(void)
{
	far_provider_start(&p);
	RUN(settings_are_checked);
	RUN(a_message_is_published_and_acknowledged);
	RUN(an_old_broker_is_spoken_to_in_its_own_way);
	RUN(what_is_not_acknowledged_is_unknown);
	RUN(what_a_broker_refuses_is_refused);
	RUN(the_next_broker_is_tried);
	RUN(the_line_is_kept_between_messages);
	far_provider_stop(&p);
	return 0;
}
