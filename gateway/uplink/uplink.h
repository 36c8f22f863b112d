#ifndef GATEWAY_UPLINK_UPLINK_H
#define GATEWAY_UPLINK_UPLINK_H

#include "../../conf/key.h"
#include "../journal/reader.h"
#include "../meter.h"

/* Which of the streams a batch belongs to.  Alarms go first, then what is new,
 * then what was missed while the far end was away. */
enum stream { STREAM_ALARM, STREAM_LIVE, STREAM_BACKFILL, STREAMS };

struct cargo;

/* Keys of all kinds; each kind reads only its own.  One of many settings has a
 * struct for them, which own points to. */
struct uplink_conf {
	const char	*name;
	int		 kind;			/* index of uplink_kind_at */
	struct place	 place;
	const char	*select;		/* glob over "device.point"; "*" */
	int64_t			 batch, batch_bytes;	/* entries, bytes */
	int64_t			 batch_most;		/* entries of a live one, where
							 * the far end is quick */
	int64_t			 batch_age;		/* us */
	int64_t		 replay_rate;		/* entries/s of back-fill; 0: any */
	struct strings	 writable;		/* patterns over "device.point" */
	struct strings	 commands;		/* other verbs it may use */
	const char	*plan;			/* for its data, as of a link; "": none */
	size_t		 tariff;		/* by its number from 1; 0: none */
	const char	*path;			/* file */
	int64_t		 rotate;		/* file: bytes; 0: never */
	int64_t		 keep;			/* file: rotated files kept */
	void		*own;			/* conf_size bytes; NULL: none */
	uint64_t	 digest;		/* of secrets and certificates, as they
						 * were when this was read */
};

/* A batch is taken entry by entry (put), then sent as a whole. */
enum put_result { PUT_TAKEN, PUT_SKIPPED, PUT_FULL };

/* The end of a command: what was done, or why it was not. */
struct order_answer {
	uint32_t	id;
	bool		done;
	bool		again;		/* nothing was: it may be asked again */
	char		text[256];
};

/* The way of commands to the field role, lent by who starts the uplinks. */
struct order_line {
	const char	*path;		/* of the control socket */
	/* A descriptor to wait for; -1: errno. */
	int	(*open)(const struct order_line *);
	/* Words as the command line gives them.  -1: errno. */
	int	(*give)(int fd, uint32_t id, const char *words);
	/* 1: an answer; 0: none is there; -1: the other end is gone. */
	int	(*hear)(int fd, struct order_answer *);
	/* Tells the last durable reading of every series.  -1: errno; some may
	 * have been told. */
	int	(*present)(const struct order_line *, void (*each)(void *,
		    const struct entry *), void *arg);
};

/* What a kind is told of the site when its settings are read. */
struct map_site;
struct uplink_site {
	const struct map_site	*points;
	struct arena		*arena;
};

struct uplink_env {			/* what every uplink may know */
	const struct uplink_conf	*conf;
	const char			*gateway;	/* id */
	uint64_t			 store;
	struct reader			*reader;	/* for reader_series */
	const struct disk		*disk;		/* of the store, for small
							 * files of its own */
	const struct order_line		*orders;	/* NULL: nobody takes any */
	struct meter			*meter;		/* of its sockets; may be NULL */
};

/* A far end, in a blocking thread of its own. */
struct uplink {
	const char		*name;		/* "file", "influx" */
	const struct key	*keys;		/* of struct uplink_conf, its own only;
						 * with a conf_size of what own points to */
	size_t			 conf_size;	/* 0: its keys are of uplink_conf itself */
	/* What no key alone can say of its own settings.  NULL: nothing. */
	int	(*check)(const struct uplink_conf *, struct errs *);
	/* Its settings name devices and points: makes of them what it needs, in
	 * its struct.  After check; NULL: they name none. */
	int	(*bind)(const struct uplink_conf *, const struct uplink_site *, struct errs *);
	/* Copies what bind made, which goes with the configuration; gives the copy
	 * back; says whether two are the same, where their keys are.  NULL: bind
	 * makes nothing. */
	void	(*keep)(void *own);
	void	(*drop)(void *own);
	bool	(*same)(const void *own, const void *other);
	/* What bind heard of the site and may change while the two are the same: a copy
	 * of it, and its taking over by the thread of the far end, which frees it.  NULL:
	 * there is nothing of the kind. */
	void	*(*facts)(const void *own);
	void	(*adopt)(void *own, void *facts);
	size_t			 size;		/* of its state, zeroed */
	int64_t			 batch;		/* entries, where the conf says 0 */
	int64_t			 batch_most;	/* to which a live one grows then; 0: it
						 * does not */
	bool			 commanded;	/* commands come down from it */
	/* Only what is now counts to it: it begins with the last reading of every
	 * series and goes on from there, without a cursor that is kept; entries
	 * do not wait for others; nothing of the store is kept for it.  It is
	 * tended while the store cannot be read, too. */
	bool			 present;
	/* -1: why is filled; tried again later. */
	int	(*open)(void *self, const struct uplink_env *, char *why, size_t n);
	/* SKIPPED: nothing for this far end.  FULL: send first, then again. */
	enum put_result (*put)(void *self, const struct entry *, enum stream);
	/* Sends what was put.  0: all of it is acknowledged by the far end and
	 * forgotten here.  -1: why is filled; nothing of it counts as
	 * delivered, what was put is forgotten, the same entries come again. */
	int	(*send)(void *self, char *why, size_t n);
	void	(*close)(void *self);
	/* For a far end with a connection to keep, or with something to say:
	 * called instead of waiting.  Returns when the descriptor is readable, us
	 * have passed, or sooner.  -1: why is filled; a failure like that of
	 * send.  NULL: nothing to do. */
	int	(*idle)(void *self, int wake, int64_t us, char *why, size_t n);
	/* Entries that the store no longer has are put like one that is there.
	 * NULL: this far end has no way to say it. */
	enum put_result (*gap)(void *self, const struct gap *, enum stream);
	/* us that the far end asked for, or its answer calls for, before the
	 * next try; 0: as usual.  Asked after a failure.  NULL: always 0. */
	int64_t	(*pause)(const void *self);
	/* Entries the far end refused for good and which were set aside, since
	 * the start.  NULL: it refuses none. */
	uint64_t (*refused)(const void *self);
	/* Bytes on the wire that one such batch will cost, with its share of what keeps
	 * the connection.  NULL: nobody pays for it by the byte, or it is asked. */
	double	(*cost)(const struct uplink_conf *, const struct cargo *);
};

const struct uplink	*uplink_kind_at(size_t i);	/* NULL past the end */
extern const struct key	 uplink_keys[];			/* common to all kinds */

#endif
