#include <stddef.h>
#include <stdio.h>

#include "alarm_facts.h"
#include "entry_words.h"

#define FACT(name, kind, member, always) \
	{ name, kind, offsetof(struct alarm_entry, member), #member, always }

const struct alarm_fact alarm_facts[ALARM_FACTS] = {
	FACT("mask",		FACT_MASKS,	mask,			false),
	FACT("active",		FACT_BOOL,	alarm.active,		true),
	FACT("unacked",		FACT_BOOL,	alarm.unacked,		true),
	FACT("latching",	FACT_BOOL,	alarm.latching,		false),
	FACT("latched",		FACT_BOOL,	alarm.held,		true),
	FACT("untold",		FACT_BOOL,	alarm.untold,		false),
	FACT("masks",		FACT_MASKS,	alarm.masks,		false),
	FACT("since",		FACT_TIME,	alarm.since,		true),
	FACT("count",		FACT_COUNT,	alarm.count,		true),
	FACT("informative",	FACT_BOOL,	alarm.event,		false),
	FACT("first",		FACT_BOOL,	alarm.first,		false),
	FACT("chattering",	FACT_BOOL,	alarm.chattering,	false),
	FACT("handle_by",	FACT_TIME,	alarm.handle_by,	false),
	FACT("overdue",		FACT_BOOL,	alarm.overdue,		false),
	FACT("until",		FACT_TIME,	alarm.until,		false),
	FACT("removed",		FACT_TIME,	alarm.removed,		false),
	FACT("who",		FACT_TEXT,	who,			false),
	FACT("why",		FACT_TEXT,	why,			false),
};

static const void *
at(const struct alarm_fact *f, const struct alarm_entry *e)
{
	return (const char *)e + f->at;
}

int64_t
fact_number(const struct alarm_fact *f, const struct alarm_entry *e)
{
	switch (f->kind) {
	case FACT_BOOL:
		return *(const bool *)at(f, e);
	case FACT_COUNT:
		return *(const uint32_t *)at(f, e);
	case FACT_TIME:
		return *(const int64_t *)at(f, e);
	case FACT_MASKS:
		return *(const uint8_t *)at(f, e);
	case FACT_TEXT:
		break;
	}
	return 0;
}

static const char *
mask_words(unsigned bits, char room[FACT_WORDS])
{
	size_t n = 0;

	room[0] = '\0';
	for (const struct bit_name *m = words_masks; m->bit != 0; m++)
		if (bits & m->bit)
			n += (size_t)snprintf(room + n, FACT_WORDS - n, "%s%s",
			    n > 0 ? " " : "", m->name);
	return room;
}

const char *
fact_text(const struct alarm_fact *f, const struct alarm_entry *e, char room[FACT_WORDS])
{
	const char *text = "";

	if (f->kind == FACT_MASKS)
		return mask_words((unsigned)fact_number(f, e), room);
	if (f->kind == FACT_TEXT)
		text = *(const char *const *)at(f, e);
	return text != NULL ? text : "";
}

bool
fact_is(const struct alarm_fact *f, const struct alarm_entry *e)
{
	char room[FACT_WORDS];

	return f->kind == FACT_TEXT ? fact_text(f, e, room)[0] != '\0' : fact_number(f, e) != 0;
}

void
fact_json(const struct alarm_fact *f, const struct alarm_entry *e, struct json *j)
{
	int64_t number = fact_number(f, e);
	char room[FACT_WORDS];

	json_key(j, f->name);
	switch (f->kind) {
	case FACT_BOOL:
		json_put_bool(j, number);
		break;
	case FACT_COUNT:
	case FACT_TIME:
		json_put_int(j, number);
		break;
	case FACT_TEXT:
		json_put_string(j, fact_text(f, e, room));
		break;
	case FACT_MASKS:
		json_put_array(j);
		for (const struct bit_name *m = words_masks; m->bit != 0; m++)
			if ((unsigned)number & m->bit)
				json_put_string(j, m->name);
		json_close(j);
		break;
	}
}
