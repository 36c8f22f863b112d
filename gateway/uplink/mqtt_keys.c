#include <string.h>

#include "mqtt_conf.h"
#include "mqtt_topic.h"

#define AT(field)	offsetof(struct mqtt_conf, field)
#define TOPIC(field)	offsetof(struct mqtt_topics, field)

#define ANY	(TOPIC_PREFIX | TOPIC_GATEWAY | TOPIC_UPLINK)

static const char *const forms[] = { "batch", "point", NULL };

static const struct key topic_keys[] = {
	{ .name = "online", .type = KEY_STRING, .offset = TOPIC(online),
	  .fallback = "{prefix}/online", .help = "That the gateway is there; also its will." },
	{ .name = "birth", .type = KEY_STRING, .offset = TOPIC(birth),
	  .fallback = "{prefix}/birth/{device}", .help = "What the numbers of series mean." },
	{ .name = "device", .type = KEY_STRING, .offset = TOPIC(device),
	  .fallback = "{prefix}/device/{device}", .help = "Whether a device answers." },
	{ .name = "data", .type = KEY_STRING, .offset = TOPIC(data),
	  .fallback = "{prefix}/data/{device}", .help = "Readings, a device and a batch." },
	{ .name = "point", .type = KEY_STRING, .offset = TOPIC(point),
	  .fallback = "{prefix}/point/{device}/{point}", .help = "A reading, form \"point\"." },
	{ .name = "alarm", .type = KEY_STRING, .offset = TOPIC(alarm),
	  .fallback = "{prefix}/alarm/{device}/{rule}", .help = "A step of an alarm." },
	{ .name = "record", .type = KEY_STRING, .offset = TOPIC(record),
	  .fallback = "{prefix}/record/{kind}", .help = "A business record." },
	{ .name = "statistic", .type = KEY_STRING, .offset = TOPIC(statistic),
	  .fallback = "{prefix}/statistic/{device}/{point}", .help = "A statistic." },
	{ .name = "event", .type = KEY_STRING, .offset = TOPIC(event),
	  .fallback = "{prefix}/event/{kind}", .help = "Notes, commands and gaps." },
	{ .name = "command", .type = KEY_STRING, .offset = TOPIC(command),
	  .fallback = "{prefix}/command", .help = "Where commands come down." },
	{ .name = "reply", .type = KEY_STRING, .offset = TOPIC(reply),
	  .fallback = "{prefix}/reply", .help = "Where their ends are told." },
	{ .name = NULL }
};

const struct key mqtt_keys[] = {
	ROWS(AT(far), mqtt_far_keys),
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "20s",
	  .min = 1e6, .max = 600e6, .help = "For a connection, and for an acknowledgement." },
	{ .name = "session", .type = KEY_SPAN, .offset = AT(session), .fallback = "0s",
	  .min = 0, .max = 30 * 86400e6,
	  .help = "So long the broker keeps commands for us; 0s: a clean start." },
	{ .name = "return_after", .type = KEY_SPAN, .offset = AT(return_after),
	  .fallback = "10min", .min = 0, .max = 30 * 86400e6,
	  .help = "Then another broker is left for the preferred one; 0s: never." },
	{ .name = "window", .type = KEY_INT, .offset = AT(window), .fallback = "100",
	  .min = 1, .max = 1000, .help = "Messages that may wait for acknowledgement." },
	{ .name = "message_max", .type = KEY_SIZE, .offset = AT(message_max),
	  .fallback = "128KiB", .min = 4096, .max = 8 << 20,
	  .help = "Bytes of a message; a batch is cut to it." },
	{ .name = "form", .type = KEY_CHOICE, .offset = AT(form), .fallback = "batch",
	  .names = forms, .help = "A message a device and batch, or a reading." },
	{ .name = "retain", .type = KEY_BOOL, .offset = AT(retain), .fallback = "false",
	  .help = "The broker keeps the last message of each point, form \"point\"." },
	{ .name = "prefix", .type = KEY_STRING, .offset = AT(prefix),
	  .fallback = "tidegate/{gateway}", .help = "How topics begin: {prefix}." },
	{ .name = "topics", .type = KEY_GROUP, .offset = AT(topics), .fallback = "{}",
	  .sub = topic_keys,
	  .example = "{ data = \"plant/7/{device:flat}\"; }",
	  .help = "A template for each topic; \"\": not sent." },
	{ .name = NULL }
};

/* Which words a topic may name, and which it must: retained messages would
 * take each other's place. */
static const struct {
	size_t		at;
	unsigned	may;
	enum topic_word	must;		/* 0: none */
} rules[] = {
	{ TOPIC(online), ANY, 0 },
	{ TOPIC(birth), ANY | TOPIC_DEVICE, TOPIC_DEVICE },
	{ TOPIC(device), ANY | TOPIC_DEVICE, TOPIC_DEVICE },
	{ TOPIC(data), ANY | TOPIC_DEVICE, 0 },
	{ TOPIC(point), ANY | TOPIC_DEVICE | TOPIC_POINT, 0 },
	{ TOPIC(alarm), ANY | TOPIC_DEVICE | TOPIC_POINT | TOPIC_RULE, 0 },
	{ TOPIC(record), ANY | TOPIC_KIND, 0 },
	{ TOPIC(statistic), ANY | TOPIC_DEVICE | TOPIC_POINT, 0 },
	{ TOPIC(event), ANY | TOPIC_KIND, 0 },
	{ TOPIC(command), ANY, 0 },
	{ TOPIC(reply), ANY, 0 },
};

static int
check_topics(const struct uplink_conf *u, struct errs *errs)
{
	const struct mqtt_conf *c = mqtt_conf_of(u);
	const struct access a = { u->name, u->place, errs };
	int rc = mqtt_topic_check(&a, "prefix", c->prefix, TOPIC_GATEWAY | TOPIC_UPLINK);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const char *name = topic_keys[i].name, *template;

		memcpy(&template, (const char *)&c->topics + rules[i].at, sizeof(template));
		if (mqtt_topic_check(&a, name, template, rules[i].may) != 0)
			rc = -1;
		else if (rules[i].must != 0 && template[0] != '\0' &&
		    !topic_names(template, rules[i].must))
			rc = err_add(errs, u->place.file, u->place.line,
			    "%s: %s: \"%s\" must name {device}", u->name, name, template);
	}
	if ((c->form == MQTT_BATCH ? c->topics.data : c->topics.point)[0] != '\0')
		return rc;
	return err_add(errs, u->place.file, u->place.line,
	    "%s: readings have no topic", u->name);
}

int
mqtt_check(const struct uplink_conf *u, struct errs *errs)
{
	const struct mqtt_conf *c = mqtt_conf_of(u);
	const struct access access = { u->name, u->place, errs };
	int rc = mqtt_far_check(&access, &c->far) | check_topics(u, errs);

	if (u->writable.n + u->commands.n > 0 && c->topics.command[0] == '\0')
		rc = err_add(errs, u->place.file, u->place.line,
		    "%s: commands have no topic", u->name);
	return rc;
}
