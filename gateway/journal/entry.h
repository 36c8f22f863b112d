#ifndef GATEWAY_JOURNAL_ENTRY_H
#define GATEWAY_JOURNAL_ENTRY_H

#include "../../devices/reading.h"
#include "../../rules/alarm.h"
#include "../../rules/ground.h"
#include "../../rules/statistic.h"

#define NAME_MAX_BYTES	64	/* device, point, rule, uplink: with the NUL */
#define FIELDS_MAX	16

/* The numbers are on disk: add at the end, never renumber. */
enum entry_kind {
	ENTRY_READING	= 1,
	ENTRY_STATISTIC	= 2,
	ENTRY_ALARM	= 3,
	ENTRY_COMMAND	= 4,
	ENTRY_RECORD	= 5,
	ENTRY_NOTE	= 6
};

/* One step of an alarm's life: all its facts after the step. */
struct alarm_entry {
	const char	*rule;		/* name of the rule */
	const char	*device;	/* the installed instrument */
	uint32_t	 series;	/* what it watches */
	struct alarm	 alarm;
	uint8_t		 event;		/* enum alarm_event */
	uint8_t		 mask;		/* of MASK and UNMASK */
	uint8_t		 priority;	/* enum priority */
	uint8_t		 class;		/* enum alarm_class */
	int64_t		 time;		/* UTC ms of the reading that caused it */
	struct value	 value;		/* of that reading */
	struct quality	 quality;
	const char	*text_en, *text_zh;
	const char	*who;		/* of an acknowledgement, shelve, reset */
	const char	*why;		/* of a shelve or removal, what was done; NULL:
					 * nothing was said */
	struct alarm_ground ground;	/* of one that is not over; nothing: not said */
};

/* The numbers are on disk. */
enum command_phase {
	COMMAND_ASKED = 0, COMMAND_REFUSED = 1, COMMAND_SENT = 2, COMMAND_DONE = 3,
	COMMAND_FAILED = 4, COMMAND_EXPIRED = 5
};

struct command_entry {
	uint64_t	 id;		/* seq of its ASKED entry; 0 in that one */
	uint32_t	 series;
	uint8_t		 phase;		/* enum command_phase */
	struct value	 value;		/* wanted; in DONE: as read back */
	const char	*source;	/* "cli", "mqtt:city", "rule:lel-high" */
	const char	*why;		/* of a refusal or failure */
};

struct record_field {
	const char	*name, *value;
};

/* A business fact, delivered at least once by its key: fill, inspect,
 * calibrate, clean, door, maintenance. */
struct record {
	const char	*kind, *key;
	struct record_field fields[FIELDS_MAX];
	size_t		 nfields;
};

/* What the operator should be able to read later: start, configuration
 * loaded (with its SHA-256), clock stepped, data discarded. */
struct note {
	const char	*who, *text;
};

#define ENTRY_SNAPSHOT	1	/* flag: restates a standing alarm; nothing happened */

/* One thing that happened.  Text points into what it was decoded from, or is
 * the caller's; it lives until the next entry is read. */
struct entry {
	uint64_t	 seq;		/* from 1; 0: not stored yet */
	enum entry_kind	 kind;
	uint8_t		 flags;
	bool		 clock_trusted;	/* when it was stored */
	uint64_t	 boot;		/* which run of the kernel mono belongs to */
	int64_t		 stored;	/* UTC ms when its group was begun, and no
					 * earlier than a reading's own time */
	int64_t		 stored_mono;	/* us, when its group was begun */
	uint64_t	 print;		/* of the message that ends with it, by which one
					 * that is sent again is known; 0: of none */
	union {
		struct reading		reading;
		struct statistic	statistic;
		struct alarm_entry	alarm;
		struct command_entry	command;
		struct record		record;
		struct note		note;
	};
};

/* What it is about; 0: no series. */
static inline uint32_t
entry_series(const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_READING:
		return e->reading.series;
	case ENTRY_STATISTIC:
		return e->statistic.series;
	case ENTRY_ALARM:
		return e->alarm.series;
	case ENTRY_COMMAND:
		return e->command.series;
	case ENTRY_RECORD:
	case ENTRY_NOTE:
		break;
	}
	return 0;
}

/* When it was, UTC ms: what has no time of its own, when it was stored. */
static inline int64_t
entry_time(const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_READING:
		return e->reading.time;
	case ENTRY_STATISTIC:
		return e->statistic.from;
	case ENTRY_ALARM:
		return e->alarm.time;
	case ENTRY_COMMAND:
	case ENTRY_RECORD:
	case ENTRY_NOTE:
		break;
	}
	return e->stored;
}

#endif
