#ifndef GATEWAY_FIELD_PIPELINE_H
#define GATEWAY_FIELD_PIPELINE_H

#include "../../devices/slices.h"
#include "../../rules/course.h"
#include "../clock.h"
#include "../journal/journal.h"

#define ALARMS_KEPT	4096	/* that one answer may raise; touched as needed */

/* A step of an alarm that is not stored yet: its reading goes before it, or the
 * store is full. */
struct kept_alarm {
	struct alarm_entry	entry;		/* its texts are those below */
	char			rule[NAME_MAX_BYTES], device[NAME_MAX_BYTES];
	char			who[NAME_MAX_BYTES], en[256], zh[256], why[201];
};

/* The way of the data from an answer to the journal: decode, judge, append.
 * It knows no line and no uplink. */
struct pipeline {
	struct journal		*journal;
	struct rules		*rules;
	struct derived		*derived;	/* NULL: there are none */
	struct statistics	*statistics;	/* NULL: there are none */
	int64_t			 held_up;	/* mono us: since then statistics wait for
						 * room in the store; 0: they do not */
	struct interlock	*interlock;	/* hears of gas; NULL: nobody does */
	const struct clock	*clock;
	struct reading		*room;		/* for the points of one device */
	size_t			 nroom;
	struct kept_alarm	*kept;		/* ALARMS_KEPT, the oldest first */
	size_t			 nkept;
	bool			 judging;	/* alarms raised now are kept */
	bool			 waiting;	/* for a full store; said so */
	bool			 trusted;	/* the wall clock, as last looked at */
	/* After entries were appended or a delay was begun; NULL: nobody asks. */
	void			(*worked)(void *, int64_t now);
	/* Somebody begins or ends to work somewhere; NULL: nobody asks. */
	void			(*maintained)(void *);
	void			*owner;
	uint64_t		 last;		/* seq of what was appended last */
	uint64_t		 readings;	/* appended */
	uint64_t		 lost;		/* readings, statistics, notes; the store was
						 * full */
	uint64_t		 skipped;	/* polls not asked for want of room */
	uint64_t		 alarms, alarms_lost;
};

/* When and how well an answer came; see struct reading for the clocks. */
struct moment {
	int64_t	time, due, mono;
	uint8_t	code;		/* enum quality_code that every point inherits */
	uint8_t	flags;
	uint8_t	told;		/* flags of what has a time of its own */
	int64_t	newest;		/* UTC ms: what is of then is of now by a slow clock,
				 * for rules of class life; 0: nothing */
	bool	waited;		/* somebody waits until it is durable */
	uint64_t print;		/* of the message, as struct entry has it; 0: none */
};

/* Takes over what the rules tell; room for devices of at most npoints. */
void	pipeline_init(struct pipeline *, struct journal *, struct rules *,
	    const struct clock *, size_t npoints);
void	pipeline_end(struct pipeline *);
/* Other rules and devices from now on. */
void	pipeline_renew(struct pipeline *, struct rules *, size_t npoints);
/* After pipeline_init and pipeline_renew. */
void	pipeline_derived(struct pipeline *, struct derived *);
/* Readings go into them too, and their intervals into the journal; NULL: none. */
void	pipeline_statistics(struct pipeline *, struct statistics *);
/* The answer to a slice of a block. */
void	pipeline_block(struct pipeline *, struct device *, size_t block,
	    const struct slice *, const uint8_t *, size_t n, const struct moment *);
/* What a device told by itself.  False: the store took not all of it. */
bool	pipeline_push(struct pipeline *, struct device *, const struct push *, size_t n,
	    const struct moment *);
/* There is none, to what of a block ends behind this register; 0: to all of it. */
void	pipeline_bad(struct pipeline *, struct device *, size_t block, uint32_t from,
	    enum quality_code, const struct moment *);
/* One entry of a series that went from the configuration: it is out of service
 * from now on, and no rule hears of it. */
void	pipeline_gone(struct pipeline *, uint32_t series, const struct moment *);
/* One entry for each point that is out of service. */
void	pipeline_off(struct pipeline *, struct device *, const struct moment *);
/* Somebody else claimed to be the far end of a line. */
void	pipeline_duplicate(struct pipeline *, const char *line, int64_t now);
/* The line of a device went down or came up. */
void	pipeline_link(struct pipeline *, struct device *, bool down, int64_t now);
/* Nobody answers on its line, which is up; or somebody does again. */
void	pipeline_mute(struct pipeline *, struct device *, bool mute, int64_t now);
/* Delays that ran out, points gone stale. */
void	pipeline_tick(struct pipeline *, int64_t now);
int64_t	pipeline_deadline(const struct pipeline *);
/* False while the store takes no readings: polls are skipped and counted. */
bool	pipeline_ready(const struct pipeline *);
/* Room for so many bytes that were told, beside what is polled. */
bool	pipeline_admits(const struct pipeline *, size_t bytes);
/* May it be skipped?  What rules watch is asked and judged all the same. */
bool	pipeline_skippable(const struct pipeline *, const struct device *);
void	pipeline_skipped(struct pipeline *);
/* Does a rule look at this series, or at one that is reckoned from it? */
bool	pipeline_watches(const struct pipeline *, uint32_t series);
/* Does a rule of class life watch it, or what is reckoned from it? */
bool	pipeline_guards(const struct pipeline *, const struct device *);
/* A step that did not come from the rules; texts are copied. */
void	pipeline_alarm(struct pipeline *, const struct alarm_entry *, int64_t now);
/* The facts of a change as an entry, with its texts in en and zh of n bytes. */
void	pipeline_alarm_entry(const struct alarm_change *, struct alarm_entry *, char *en,
	    char *zh, size_t n);
/* Any other entry; its seq, or 0 when the store is full. */
uint64_t pipeline_append(struct pipeline *, const struct entry *, enum commit_class);
/* A note in the journal, and in the log as a piece of information. */
void	pipeline_note(struct pipeline *, const char *who, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same of what an instrument says, whose message ends with it. */
void	pipeline_note_told(struct pipeline *, const char *who, const char *text,
	    uint64_t print);
/* As pipeline_note of what somebody has to see to. */
void	pipeline_warn(struct pipeline *, const char *who, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
