#include <stddef.h>
#include <string.h>

#include "way.h"

/* A new way is its file and one line here. */
#define KINDS(kind) \
	kind(file, "file") \
	kind(modem, "modem") \
	kind(aliyun, "aliyun") \
	kind(aliyun_voice, "aliyun-voice") \
	kind(tencent, "tencent") \
	kind(tencent_voice, "tencent-voice") \
	kind(mas, "mas") \
	kind(mqtt, "mqtt") \
	kind(http, "http") \
	kind(webhook, "webhook") \
	kind(email, "email")

#define DECLARE(kind, name)	extern const struct way_kind kind##_way;
#define ADDRESS(kind, name)	&kind##_way,
#define NAME(kind, name)	name,

KINDS(DECLARE)

static const struct way_kind *const kinds[] = { KINDS(ADDRESS) };
static const char *const kind_names[] = { KINDS(NAME) NULL };

#define AT(field)	offsetof(struct way_conf, field)

const struct key way_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"sms\"",
	  .help = "How it is called by contacts, in the log and in status." },
	{ .name = "kind", .type = KEY_CHOICE, .offset = AT(kind), .names = kind_names,
	  .example = "\"file\"",
	  .help = "By what messages go." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "10s",
	  .min = 1e6, .max = 300e6,
	  .help = "The longest that one message may take." },
	{ .name = "cap", .type = KEY_INT, .offset = AT(cap), .fallback = "40",
	  .min = 0, .max = 100000,
	  .help = "Messages to one recipient that the provider takes in 24 hours; 0: any." },
	{ .name = "reserve", .type = KEY_INT, .offset = AT(reserve), .fallback = "20",
	  .min = 20, .max = 100000,
	  .help = "How many of them are kept for class life." },
	{ .name = "lanes", .type = KEY_INT, .offset = AT(lanes), .fallback = "0",
	  .min = 0, .max = 16,
	  .help = "Messages that are sent at once; 0: what suits the kind." },
	{ .name = NULL }
};

const struct way_kind *
way_kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : NULL;
}

const char *
notice_variable(const struct notice *notice, const char *name)
{
	for (size_t i = 0; i < notice->nvariables; i++)
		if (strcmp(notice->variables[i].name, name) == 0)
			return notice->variables[i].value;
	return "";
}
