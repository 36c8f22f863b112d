#ifndef GATEWAY_FIELD_STATION_H
#define GATEWAY_FIELD_STATION_H

#include "../../devices/device.h"
#include "../../devices/gaps.h"
#include "../../devices/slices.h"
#include "../../protocols/histogram.h"
#include "../../protocols/proto.h"

/* What one block of a device last amounted to, so that trouble is told once
 * and then every ten minutes, not at each poll. */
struct block_state {
	uint8_t	 code;		/* enum quality_code told last; Q_GOOD: read well */
	uint16_t from;		/* of what ends behind this register; before it was read */
	uint32_t told;		/* mono s of the last bad entry */
};

/* The clock of one that tells by itself. */
struct station_clock {
	int64_t		 due;		/* mono us: it is asked what it says */
	int64_t		 asked, set;	/* the same: last; 0: never */
	int64_t		 offset;	/* ms that it is ahead */
	uint64_t	 noted;		/* seq of the note that it will be set; 0: none */
	bool		 known;		/* offset is */
	bool		 wrong;		/* by more than its link allows */
	int64_t		 newest;	/* UTC ms: what it told of last, and */
	int64_t		 came;		/* mono us: when that came */
	int64_t		 from, since;	/* the same: it goes with ours from there */
	int64_t		 behind;	/* ms, by its newest; once it is steady */
	int64_t		 warned;	/* mono us: of that; 0: never */
	int64_t		 stamp, stood;	/* UTC ms: newest, mono us: since */
	int64_t		 sent, sent_at;	/* UTC ms: newest at which it spoke,
					 * and mono us: of that */
	int64_t		 back, turned;	/* UTC ms, mono us: since then its stamps are
					 * older; 0: they are not */
	uint32_t	 factors, figures;	/* prints of what it told last */
	uint32_t	 others;	/* so often it told others at that stamp, or went on
					 * with older ones */
	bool		 steady;
	bool		 old;		/* so far behind that rules pass over it */
	bool		 doubted;	/* by what it stamps */
	bool		 failed, refused;	/* it was said that it does not tell, or may
						 * not be set */
};

/* Which periods one that tells by itself has told of. */
struct station_history {
	struct gaps	gaps[PASTS];
	enum past	kind;		/* of what is asked for now */
	struct gap_span	span;		/* the same */
	uint64_t	came;		/* periods of it */
	uint64_t	values;		/* which the first that came has */
	int64_t		due;		/* mono us: not before is it asked again */
};

/* How one that tells by itself does one thing. */
struct station_setting {
	int64_t		 due;		/* mono us: it is asked how it does it */
	int64_t		 asked, set;	/* the same: last; 0: never */
	int64_t		 heard;		/* the same: it did it */
	uint64_t	 noted;		/* seq of the note that it will be set; 0: none */
	int64_t		 value;		/* as it said; see enum demand_setting */
	bool		 differs, failed, refused;	/* that was said: it is still another
							 * one, it does not do it, or may not
							 * be told to */
};

/* A device on its line: when it is due, what it was asked, how it fares. */
struct station {
	struct device		*device;
	int64_t			 period;	/* us: of its device, or idle */
	int64_t			 due;	/* grid moment of the cycle in hand or next */
	int64_t			 grid;	/* due is off it, once: it goes on here; 0 */
	size_t			 block;	/* in hand; of device.blocks */
	size_t			 first;	/* block of this cycle */
	int64_t			 passed;	/* mono us: of the barred blocks before it
						 * one may go then; INT64_MAX: none */
	bool			 running;	/* the cycle has begun */
	bool			 asleep;	/* never asked, until it is woken */
	bool			 heard;		/* anything at all in this cycle */
	bool			 deaf;		/* the last errand had no answer, and no
						 * cycle had one since */
	bool			 barred;	/* and sooner if the bar is lifted */
	bool			 forget;	/* splits, before it is asked again */
	bool			 life;		/* a rule of that class watches it */
	struct slice		 slice;		/* of the block in hand: asked last, and
						 * what was read before it */
	unsigned		 retried;	/* so often the block in hand was asked anew */
	unsigned		 failures;	/* cycles without any answer, in a row */
	unsigned		 splits;	/* blocks that are read point by point */
	uint64_t		 cycle;	/* since all blocks were asked together */
	int64_t			 probe_at;	/* breaker open until then */
	int64_t			 later;		/* busy or barred: not before then */
	struct block_state	*blocks;	/* room for device.max_blocks */
	uint64_t		 polls, answers, timeouts, refusals, skipped, retries;
	uint64_t		 late;	/* cycles begun more than 50 ms and a tenth of
					 * the period after they were due */
	uint64_t		 unmapped;	/* values that its profile has no point for */
	uint64_t		 misfits;	/* bit per point: what is told is no figure of
						 * it, and that was said */
	struct station_clock	*clock;	/* NULL: it is asked, and tells of none */
	struct station_history	*history;	/* NULL: it told of no period */
	struct station_setting	*settings;	/* SETTINGS of them; NULL: they stay as they
						 * are */
	int64_t			 probe_min, probe_max;	/* us between two while it is
							 * dark */
	int64_t			 rtt, lateness, worst_lateness;	/* us */
	struct histogram	 latenesses;	/* of the cycles; no probe is one */
};

/* What the poller does about a reply. */
enum verdict {
	VERDICT_DECODE,		/* the block came: decode it */
	VERDICT_AGAIN,		/* ask the same block once more */
	VERDICT_BAD		/* no value for the points of this block */
};

void		station_init(struct station *, struct device *, int64_t first_due);
/* Others wait while a dark one is asked: seldom.  A rule of class life watches
 * it: often enough all the same. */
void		station_probes(struct station *, bool shared, bool life);
/* When it next wants the line: now or earlier while a cycle runs. */
int64_t		station_wants(const struct station *);
/* Begins the cycle if it has not begun, and writes the question in hand.  A
 * device without blocks is never asked. */
void		station_ask(struct station *, int64_t now, struct ask *);
/* Until when an answer to the question in hand is of use although its time-out is
 * over: a last try may wait so long where it keeps nobody waiting.  Else now.  After a
 * time-out no second one can go for as long as the bar (us). */
int64_t		station_patience(const struct station *, int64_t bar, int64_t now);
/* How long the question in hand may be barred at most (us) before an answer to the same
 * one asked before does as well, marked; 0: as long as its line says. */
int64_t		station_blind(const struct station *);
/* The session took the question. */
void		station_asked(struct station *, int64_t now);
/* The question in hand may not be asked before then, unless the bar is lifted.
 * False: that is too late for this cycle, and the block has no answer in it. */
bool		station_barred(struct station *, int64_t until, int64_t now);
/* Nothing was asked in this cycle.  True: the others of its blocks need not wait, and
 * the next one is in hand. */
bool		station_passes(struct station *, int64_t until, int64_t now);
/* What it was barred for has come: it may ask again. */
void		station_unbarred(struct station *);
/* The connection went with its question.  True: that is asked again, as a retry
 * of this cycle. */
bool		 station_cut_off(struct station *, int64_t now);
/* Judges a reply to the block in hand; *code is the quality of a BAD. */
enum verdict	station_judge(struct station *, const struct reply *, int64_t now,
		    enum quality_code *code);
/* A slice was read.  True: there is more of its block, which is in hand now. */
bool		station_more(struct station *);
/* Takes the next block, or ends the cycle and finds the next grid moment. */
void		station_next(struct station *, int64_t now);
/* The cycle that is due now cannot be asked (line down, store full). */
void		station_skip(struct station *, int64_t now);
/* One cycle at once, off its grid, which stays. */
void		station_early(struct station *, int64_t now);
/* How often it is asked from now on; the next time no later than it is then due.
 * True: that is sooner than it was. */
bool		station_pace(struct station *, int64_t period, int64_t now);
/* The line came up: forget the back-off; a cycle that is due is asked at once. */
void		station_revive(struct station *);
/* It does not measure: it is not asked until station_wake, which asks all of it at
 * once; its grid begins then. */
void		station_sleep(struct station *);
void		station_wake(struct station *, int64_t now);
bool		station_dark(const struct station *);
/* How long after it was due a cycle began (us): at most one of so many began
 * later.  0: none did. */
int64_t		station_lateness(const struct station *, uint32_t of);
/* True when it must be told now that what of a block ends behind this register is in
 * this state; 0: all of it is. */
bool		station_tell(struct station *, size_t block, uint32_t from,
		    enum quality_code, int64_t now);

#endif
