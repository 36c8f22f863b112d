#ifndef GATEWAY_FORWARD_TELLER_OWN_H
#define GATEWAY_FORWARD_TELLER_OWN_H

#include "../../rules/tell.h"
#include "../journal/reader.h"
#include "../tell/post.h"
#include "../uplink/worker.h"
#include "teller.h"

#define ROWS_MAX	16384

/* The insides of a teller; for teller*.c only. */

/* Something that the field role is to store, and the message behind it. */
struct pending {
	struct pending	*next;
	uint32_t	 id;		/* of the question; 0: not asked yet */
	bool		 sends;
	struct parcel	*parcel;	/* of one that sends */
	bool		 ask_first, life, gone;	/* gone: handed to the way already */
	size_t		 way;
	int64_t		 since;		/* mono */
	size_t		 n;
	char		 body[];
};

/* A copy of what a configuration says. */
struct teller_plan {
	struct arena		 arena;
	struct tell_conf	 conf;
	struct plan		*plan;
	struct way_conf		*ways;
	size_t			 nways;
};

struct teller {
	struct teller_conf	 is;
	struct teller_plan	*plan;		/* in force; NULL: nobody is told */
	struct post		*post;
	struct tell		*tell;
	struct arena		 memory;	/* of tell */
	struct worker		 worker;
	bool			 runs;
	bool			 ended;		/* of the feed's */
	struct bell		 bell;
	struct reader		*reader;
	char			 run[24];	/* this start, to know records of its own */
	uint64_t		 store;
	bool			 live;
	int64_t			 live_at;	/* mono: not later */
	int			 line;		/* control socket; -1: not connected */
	int64_t			 connect_at;
	uint32_t		 asked;
	struct pending		*first, **last;
	size_t			 npending;
	int64_t			 rows_at;

	pthread_mutex_t		 lock;		/* of what follows */
	char			 rows[ROWS_MAX];
	size_t			 nrows;
};

/* teller_plan.c */
struct teller_plan *teller_plan_new(const struct config *);
bool	teller_plan_same(const struct teller_plan *, const struct config *);
void	teller_plan_free(struct teller_plan *);

/* teller_entry.c.  Names and values of a record, into a body of MESSAGE_RECORD. */
size_t	teller_put(const struct teller *, const struct tell_record *, char *body, size_t n);
/* False: it is no record of a message. */
bool	teller_get(const struct plan *, const struct record *, struct tell_record *);
const char *teller_field(const struct record *, const char *name);

/* teller_book.c: what is to be stored, and answers to it. */
bool	book_send(void *teller, const struct tell_message *);
void	book_record(void *teller, const struct tell_record *);
void	book_trouble(void *teller, size_t way, size_t contact, bool on, const char *why);
void	book_ack(struct teller *, const char *rule, const char *device, size_t contact);
/* Asks what was not asked, hears answers, hands on what may leave. */
void	book_turn(struct teller *, int64_t now);
int64_t	book_deadline(const struct teller *);
void	book_drop(struct teller *);

/* teller_read.c: what is in the journal. */
int	teller_read(struct teller *, int64_t now, int64_t wall);

/* teller_rows.c */
void	teller_tell_rows(struct teller *, int64_t now, int64_t wall);

#endif
