#ifndef GATEWAY_FIELD_POLLER_H
#define GATEWAY_FIELD_POLLER_H

#include "../link/link.h"
#include "errand.h"
#include "pipeline.h"
#include "splits.h"
#include "station.h"

#define FRAME_MAX	300	/* a Modbus TCP frame is at most 260 bytes */
#define WHO_BYTES	(NAME_MAX_BYTES + 8)
#define SETTLE		(5 * US_PER_S)	/* for the first try of a line */

/* What somebody who starts instruments has to know of one. */
enum station_event {
	STATION_UP,		/* its line came up */
	STATION_LOST,		/* its line went down, or it answers no more */
	STATION_READ		/* a cycle of it ended, with answers */
};

struct ledger_row;
struct inflow;
struct repeats;

/* An acknowledgement that waits until something is durable. */
struct owed {
	struct owed	*next;
	uint64_t	 token;		/* of the session */
	uint64_t	 seq;		/* of the telemetry lane */
	size_t		 n;
	uint8_t		 bytes[];	/* that are sent then */
};

#define OWED_MAX	32	/* of one line; what comes then waits there */

/* What dead units may have of a line: a dead output makes no detector blind. */
struct hold {
	unsigned	missed;		/* errands without an answer, in a row */
	int64_t		took;		/* us for which the last one held the line */
	int64_t		until;		/* mono us: then the next may go */
};

/* One line with its session and the devices on it; one question at a time. */
struct bus {
	struct link		 link;
	const struct proto	*proto;
	void			*session;	/* proto->size bytes */
	struct pipeline		*pipeline;
	const struct clock	*clock;
	struct splits		*splits;	/* where they are kept; NULL: nowhere */
	struct ledger_row	*bytes;		/* of the link, by the field role */
	struct timer		 wake;
	struct station		*stations;
	size_t			 nstations;
	struct station		*busy;		/* whose question is out */
	uint64_t		 number;	/* of the last question of a station */
	struct out		 out;
	bool			 tried;		/* the link was up or down already */
	bool			 mute;		/* nobody answers any more, line or no */
	bool			 suspended;	/* no poll is asked until resume_at */
	bool			 owes;		/* it is among those of owing */
	bool			 waits;		/* it is in the inflow ... */
	bool			 watched;	/* ... before those that no rule watches */
	enum demand_kind	 asked_for;	/* of asked */
	enum demand_setting		 asked_setting;	/* the same */
	int64_t			 settled;	/* mono us: the first try had its time */
	struct errands		 errands;
	void			(*follow)(void *, struct station *, enum station_event,
				    int64_t now);	/* NULL: nobody does */
	void			*follower;
	struct hold		 hold;
	int64_t			 resume_at;	/* at the latest */
	void			(*quiet)(void *, int64_t now);	/* not yet told */
	void			*quiet_owner;
	/* Of a line where all is told. */
	struct station	*asked;		/* to whom a request is out; NULL: none is */
	struct owed		*owed;		/* the oldest first */
	size_t			 nowed;		/* OWED_MAX at most */
	uint8_t			*rest;		/* of a message in pieces; or NULL */
	struct bus		**owing;	/* all that owe; NULL: nobody tells of what is
						 * durable */
	struct bus		*next_owing;
	struct inflow		*inflow;	/* where it waits for room in the store; NULL:
						 * it never does */
	struct bus		*next_waiting;
	struct repeats		*repeats;	/* of what was brought; NULL: nothing yet */
	int64_t			 waits_since;	/* mono us */
};

/* The bus of a configured link with those of the devices that are on it. */
struct bus	*bus_new(const struct link_conf *, struct device *devices, size_t n,
		    struct pipeline *, const struct clock *);
void		 bus_start(struct bus *, struct loop *, int64_t now);
void		 bus_stop(struct bus *);
void		 bus_free(struct bus *);

/* poller_renew.c.  Those of the devices that are on it become its stations ... */
void		 bus_take_stations(struct bus *, struct device *devices, size_t n);
/* ... and one of them begins its schedule. */
void		 bus_begin_station(struct bus *, size_t i, int64_t now);
/* It goes on under a configuration that says the same of its link, with these
 * devices: a twin is the one before that goes on as it was, its question out
 * included; NULL: it begins here.  Series, splits and rules are the new ones
 * already. */
void		 bus_renew(struct bus *, const struct link_conf *, struct device *devices,
		    size_t n, const struct device *const *twins, int64_t now);

/* poller_outside.c.  A question from outside, asked once, between polls and
 * ahead of them, even while the bus is suspended; the ask and its payload are
 * copied, its cookie is not.  -1: the line is not to be had, too many wait, or the
 * question is none that may be asked; then nothing is told.  Else done is told
 * once, always from the loop and never from within this call: its reply lives
 * until done returns, and has asked == 0 when nothing was sent (expired, or the
 * line went down first, or did not come up).  Who goes away calls bus_forget. */
int		 bus_ask(struct bus *, const struct ask *,
		    void (*done)(void *, const struct reply *), void *owner);
/* Up, only a call away from it, or tried for the first time just now. */
bool		 bus_hopeful(const struct bus *, int64_t now);
/* The same with all that an errand can say; it is copied. */
int		 bus_errand(struct bus *, const struct errand *);
/* Nobody is told for this owner any more; what was not sent never is. */
void		 bus_forget(struct bus *, const void *owner);

/* A station is asked no more, and its points are bad; Q_GOOD: they stay as they
 * were told last. */
void		 bus_sleep(struct bus *, struct station *, enum quality_code, int64_t now);
/* It is asked again, all of it at once. */
void		 bus_wake(struct bus *, struct station *, int64_t now);

/* poller_put.c.  Asks what a station has in hand, or a slice of it where that is barred
 * and a rule of class life watches.  False: see proto.ask. */
bool		 bus_put(struct bus *, struct station *, struct ask *, int64_t now);

/* poller_hold.c.  An errand ended, with or without an answer. */
void		 bus_missed(struct bus *, const struct ask *, const struct reply *);
/* As errands_pick, and those to units that do not answer wait for polls. */
struct errand	*bus_pick(struct bus *, int64_t now, int64_t *until);

/* poller_mute.c.  A cycle of a station ended: is its line mute now? */
void		 bus_tell_mute(struct bus *, const struct station *, int64_t now);
/* That its line is mute is told of a station that nobody told yet. */
void		 bus_tell_mute_again(struct bus *, const struct station *, int64_t now);

/* poller_push.c.  The units on a line where nothing is asked tell by themselves.
 * What one of them told; unit NULL: the only one, or the one without a unit.
 * False: there is no such unit, or the store took not all of it; then it must not
 * be acknowledged.  Else it may be when *seq of the telemetry lane is durable; 0:
 * at once. */
bool		 bus_push(struct bus *, const char *unit, const struct push *, size_t n,
		    int64_t now, uint64_t *seq);
/* The same of the end of a message of that print. */
bool		 bus_push_last(struct bus *, const char *unit, const struct push *, size_t n,
		    uint64_t print, int64_t now, uint64_t *seq);
/* poller_behind.c.  What of this message is of now by the clock of the station, which
 * may be slow, UTC ms; 0: nothing, or nobody knows.  Warns of one that is so slow that
 * rules pass over what it tells. */
int64_t		 bus_behind(struct bus *, struct station *, const struct push *, size_t n,
		    int64_t now);
/* poller_stamps.c.  What its stamps say of its clock: it stands still, or was set back. */
void		 bus_stamps(struct bus *, struct station *, const struct out *, int64_t now);
/* It spoke, and its profile has no point for any of it, whose first key this is. */
void		 bus_no_point(struct bus *, struct station *, const char *key, int64_t now);
/* What a message brought, for whichever of its stations. */
enum brought_verdict bus_brought(struct link *, const struct payload *,
		    const struct repeat *, int64_t now, uint64_t *seq);
/* Is a message known there when it comes again, also after a start? */
bool		 bus_knows_again(const struct bus *);
/* One that was stored by who was before us, of that print and time (UTC ms) of its last
 * reading, at that moment (mono us). */
void		 bus_knew(struct bus *, uint64_t print, int64_t time, int64_t taken);
/* There is room for what it said meanwhile: hears one message of it.  True: it
 * has more. */
bool		 bus_hear_on(struct bus *, int64_t now);
/* It goes: of what it said nothing is left. */
void		 bus_forget_told(struct bus *);
/* All that it said meanwhile was heard. */
void		 bus_waited(struct bus *, int64_t now);
extern const struct link_owner bus_listens;	/* of such a line, and its timer: */
void		 bus_look(struct timer *, int64_t now);
/* poller_owed.c.  Acknowledges when seq is durable, 0: at once; over the next line
 * where this one is gone by then. */
void		 bus_owe(struct bus *, uint64_t token, const struct buf *receipt, uint64_t seq,
		    int64_t now);
/* What is to be acknowledged under that token is on its way to the disk. */
bool		 bus_owes(const struct bus *, uint64_t token);
/* All that was told up to there is durable: what is owed for it is sent. */
void		 bus_stored(struct bus **owing, uint64_t durable, int64_t now);
/* What was told of series from this one on went: nothing is owed any more where
 * they are of. */
void		 bus_forsaken(struct bus *owing, uint32_t series);
/* The same of what was brought, on each line: what was not durable is known no more. */
void		 bus_forsaken_repeats(struct bus *, uint32_t series, uint64_t durable);
/* Nothing is owed there any more. */
void		 bus_owes_nothing(struct bus *);

/* poller_dial.c.  For the owner of a link: another one claims to be its far end.
 * Something is asked at once ... */
void		 bus_prove(struct link *, int64_t now);
/* ... and it answered: who called from there is another one, which is told. */
void		 bus_duplicate(struct link *, const char *from, int64_t now);

/* poller_clock.c.  Its line came up, and its units may be asked for their clocks. */
void		 bus_clocks_called(struct bus *, int64_t now);
/* That unit (NULL: the one there is) has just spoken: it is asked if that is due. */
void		 bus_clock_ask(struct bus *, struct station *, const char *unit,
		    int64_t now);
/* The same in each turn: when the next one is. */
int64_t		 bus_clock_look(struct bus *, struct station *, const char *unit,
		    int64_t now);
/* It asks that its clock be set. */
void		 bus_clock_wanted(struct bus *, struct station *, int64_t now);
void		 bus_clock_reply(struct bus *, const struct reply *, int64_t now);
/* One request to who has just spoken; false: it was not sent. */
bool		 bus_request(struct bus *, const struct demand *, const char *unit,
		    int64_t now);
/* poller_history.c.  It told of a period under that key, which begins then (UTC ms).
 * False: it is none that is asked for, or it was told of before. */
bool		 bus_history_tell(struct bus *, struct station *, const char *key,
		    int64_t time);
/* The same of a message that was taken. */
void		 bus_history_told(struct bus *, struct station *, const struct push *,
		    size_t n);
/* It was asked for what is missing, and all of this is not. */
bool		 bus_history_knows(struct bus *, struct station *, const struct push *,
		    size_t n);
/* As bus_clock_ask. */
void		 bus_history_ask(struct bus *, struct station *, const char *unit,
		    int64_t now);
/* How far back it has to be known what came, ms. */
int64_t		 bus_history_back(const struct link_conf *);
void		 bus_history_reply(struct bus *, struct station *, const struct reply *,
		    int64_t now);
/* poller_settings.c.  As bus_clocks_called, bus_clock_ask, bus_clock_look and
 * bus_clock_reply, of how its units tell by themselves. */
void		 bus_settings_called(struct bus *, int64_t now);
void		 bus_settings_ask(struct bus *, struct station *, const char *unit,
		    int64_t now);
int64_t		 bus_settings_look(struct bus *, struct station *, const char *unit,
		    int64_t now);
void		 bus_settings_reply(struct bus *, struct station *, const struct reply *,
		    int64_t now);
/* It told such things: bit per setting. */
void		 bus_settings_told(struct bus *, struct station *, unsigned told, int64_t now);
/* Nothing is asked any more. */
void		 bus_request_over(struct bus *);
/* As bus_prove, of a line where all is told. */
void		 bus_prove_told(struct link *, int64_t now);

/* How the journal calls it: "link NAME"; returns who. */
const char	*bus_who(const struct bus *, char who[WHO_BYTES]);
/* Empties its out, with room for one frame. */
void		 bus_clear(struct bus *);
/* The line is looked at again from the loop, never from within the call. */
void		 bus_stir(struct bus *);

/* poller_suspend.c.  Finishes the question in hand and asks no more polls, for
 * at most a time (us), after which it resumes by itself.  quiet is told once, from the loop, when
 * nothing is out.  Cycles that pass are counted as skipped.  -1: why is filled:
 * it is suspended already, a rule of class life watches a device on it, or one has
 * a watchdog that would run out meanwhile. */
int		 bus_suspend(struct bus *, int64_t most, void (*quiet)(void *, int64_t now),
		    void *owner, char *why, size_t n);
/* While it is suspended and quiet: closes the line and lets it closed, so that
 * somebody else may open it; bus_resume opens it again. */
void		 bus_release(struct bus *);
/* Is it suspended, and by this one?  His time may be over. */
bool		 bus_suspended_by(const struct bus *, const void *owner);
void		 bus_resume(struct bus *);
/* In each turn: the end of a suspension that nobody ended, the moment of quiet. */
void		 bus_tend_suspension(struct bus *, int64_t now);

#endif
