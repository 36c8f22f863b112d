#ifndef GATEWAY_WORDS_MEASURE_H
#define GATEWAY_WORDS_MEASURE_H

#include "../journal/entry.h"

#define SLOT_MS		600000		/* the ten minutes of ISA-18.2 */
#define HOUR_SLOTS	6
#define HOUR_MOST	30		/* more in an hour are too many for one operator */
#define DAY_MS		86400000
#define STALE_MS	DAY_MS		/* longer than this an alarm is stale */
#define FLEETING_MS	60000		/* gone again sooner than anybody could act */
#define TOP		10

/* One alarm in the time that is measured. */
struct measured {
	struct measured	*next;
	char		 rule[NAME_MAX_BYTES], device[NAME_MAX_BYTES];
	struct alarm	 alarm;		/* as known last */
	uint8_t		 priority, class;
	uint32_t	 told, chatters;	/* within the time */
	int64_t		 told_at;	/* not acknowledged yet; 0: it is */
	int64_t		 came;		/* it stands unmasked since; 0: it does not */
};

/* How good the alarms of a time were, by the measures of ISA-18.2 and IEC 62682.
 * An event asks nobody, and is not measured. */
struct measure {
	int64_t		  from, to;	/* UTC ms */
	int64_t		  flood;	/* more than so many in ten minutes ... */
	int64_t		  flood_end;	/* ... until there are fewer than so many */
	struct measured	 *first, **slots;
	size_t		  n, size;
	uint32_t	 *tens;		/* told in each ten minutes */
	size_t		  ntens;
	uint32_t	 *days;		/* those that were stale on each day */
	size_t		  ndays;
	int64_t		 *acks;		/* ms, of each that was acknowledged */
	size_t		  nacks, cap;
	uint64_t	  told, events;
	uint64_t	  fleeting;	/* gone within FLEETING_MS */
	uint64_t	  priorities[4], classes[5];
	uint64_t	  overdue;	/* that were not handled in time */
	uint64_t	  shelved, removed;	/* times that this was done */
};

void	measure_init(struct measure *, int64_t from, int64_t to, int64_t flood,
	    int64_t flood_end);
void	measure_free(struct measure *);
/* In the order of the journal, from long before the time on; then its end. */
void	measure_take(struct measure *, const struct entry *);
void	measure_end(struct measure *);

/* Of the ten minutes: the most that were told, and how many had more than a flood
 * begins with. */
uint32_t measure_peak(const struct measure *);
size_t	measure_over(const struct measure *);
/* Of the hours: those with more than HOUR_MOST; and how many there were. */
size_t	measure_hours_over(const struct measure *);
size_t	measure_hours(const struct measure *);

/* From ten minutes with more than flood to ten minutes with fewer than flood_end. */
struct floods {
	size_t	n, tens, longest;	/* how many; ten minutes in all, of the longest */
};

struct floods measure_floods(const struct measure *);
/* Time until it was acknowledged: the share p of all took no longer.  Sorts. */
int64_t	measure_ack(struct measure *, double p);
/* The most frequent, at most TOP of them; returns how many. */
size_t	measure_top(const struct measure *, const struct measured *top[TOP]);
/* Did it stand at the end of the time; for longer than a day? */
bool	measure_stands(const struct measure *, const struct measured *);
bool	measure_stale(const struct measure *, const struct measured *);
/* The most that were stale on one day. */
uint32_t measure_stale_peak(const struct measure *);

#endif
