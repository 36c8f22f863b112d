#ifndef GATEWAY_FIELD_COMMAND_H
#define GATEWAY_FIELD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "../control.h"
#include "../journal/journal.h"
#include "poller.h"

#define COMMANDS_MAX	16	/* in hand at a time, of clients; */
#define RULED_MAX	16	/* and beside them of rules, which never wait for those */
#define COMMAND_BYTES	400	/* of its words, with the NUL */
#define WORDS_MAX	4
#define SOURCE_BYTES	80	/* "mqtt:city", with the NUL */
#define COMMAND_CONTROL	"control"	/* source: a person at the control socket */
#define COMMAND_DENY	"deny"
#define COMMAND_RESET_HERE	"reset-here"	/* said on the spot */

struct field_role;
struct renewal;

/* A write under way. */
struct write {
	struct device		*device;	/* NULL: none is */
	const struct point	*point;
	struct bus		*bus;
	double			 figure;
	const struct point	*shown;		/* that is read back */
	struct stretch		 from;		/* and read with it, */
	int64_t			 until;		/* mono us: so long; 0: a few times */
	bool			 locked;	/* before it was sent; why says it */
	unsigned		 reads;		/* so often it was read back */
	char			 trouble[80];	/* what the write met; "": nothing */
};

/* A command on its way: asked is durable before anything of it is done, and
 * its end, and what it changed in small files, before it is answered. */
struct command {
	struct field_role	*field;
	struct control_client	*client;	/* NULL: gone, or the place is free */
	uint32_t		 id;		/* of the message */
	uint64_t		 asked;		/* seq of its ASKED entry; 0: free place */
	uint64_t		 ended;		/* seq of the entry of its end */
	int64_t			 begun;		/* mono us: taken up */
	bool			 stored;	/* the newer of the two is durable */
	uint64_t		 kept;		/* of the keeper: what it changed is, too,
						 * when nothing up to this is owed */
	uint64_t		 mark;		/* of the marks, until they are; 0: none */
	uint64_t		 upkept;	/* the same of where somebody works */
	bool			 passing;	/* nothing was done; that passes */
	bool			 ruled;		/* a rule gave it */
	bool			 cures;		/* a cure of an uplink did */
	bool			 urgent;	/* it does not wait for the store */
	bool			 carried;	/* out; its end is still to come */
	int64_t			 share;		/* us of one try of a rule */
	enum command_phase	 phase;		/* of its end; SENT: not yet */
	uint32_t		 series;	/* 0: it is about none */
	struct value		 value;		/* wanted; at its end, as read back */
	char			 source[SOURCE_BYTES];	/* "control", "schedule",
							 * "KIND:NAME" of an uplink, or
							 * "rule:NAME" */
	char			 words[COMMAND_BYTES];
	char			 why[160];
	struct write		 write;
};

struct commands {
	struct command	at[COMMANDS_MAX + RULED_MAX];	/* those of rules last */
};

/* The words of a command; who is the rest of the line after the others. */
struct words {
	char	*at[WORDS_MAX];
	char	*who;
};

#define COMMANDS_ALL	(COMMANDS_MAX + RULED_MAX)

/* Takes up the words of a client: "ack RULE DEVICE WHO", "reset RULE DEVICE WHO",
 * "reset-here RULE DEVICE WHO" (on the spot), "mark DEVICE maintenance|calibration
 * on|off WHO", "write DEVICE.POINT VALUE SPAN WHO", "forget DEVICE splits WHO",
 * "measure DEVICE start|stop WHO", "shelve RULE DEVICE SPAN WHY WHO", "unshelve RULE
 * DEVICE WHO", "service RULE|* DEVICE out|in WHY WHO", "handle RULE DEVICE WHAT WHO",
 * "maintain SCOPE on|spot|off SPAN WHY WHO" (spot: said on the spot; WHY and WHAT as
 * words of word.h). What an uplink hands on has "from KIND:NAME" before it, and of
 * what makes no command or came too late it says so: "deny WHY". */
void	command_ask(struct field_role *, struct control_client *, uint32_t id,
	    const char *words);
/* A COMMAND entry is durable: noted only, for it is told amidst a reap. */
void	command_stored(struct field_role *, uint64_t seq);
/* After the reap: commands whose entries are durable go on. */
void	command_go_on(struct field_role *);
void	command_gone(struct field_role *, const struct control_client *);
/* Of a rule: no client asks, and no right of one is looked at; the rest is as of
 * all commands.  False: there is no place for it, or the store takes nothing;
 * the close of a gas valve (urgent) does not wait for a store. */
bool	command_of_rule(struct field_role *, const char *rule, const char *words,
	    int64_t share, bool urgent);
/* The same of a cure. */
bool	command_of_cure(struct field_role *, const char *cure, const char *words);
/* The store takes long: an urgent one is carried out all the same. */
void	command_hurry(struct command *);
/* Says in words why, and returns the phase; EXPIRED, and what is said by
 * command_later, may be asked again. */
enum command_phase command_says(struct command *, enum command_phase, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
enum command_phase command_later(struct command *, enum command_phase, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same of a name that is not known, with the nearest one that there is. */
enum command_phase command_unknown(struct command *, const char *why, const char *near);
enum command_phase command_unknown_device(struct field_role *, struct command *,
	    const char *name);
enum command_phase command_unknown_alarm(struct field_role *, struct command *,
	    const char *rule, const char *device);
/* The end of one whose verb left it open: journalled, then answered. */
void	command_end(struct command *, enum command_phase);
/* A step of it that is told to nobody but the journal. */
uint64_t command_note(struct command *, enum command_phase, enum commit_class);

/* Cuts its words in text.  False: there are too few, why says it. */
bool	command_words(struct command *, char text[COMMAND_BYTES], struct words *);

/* One whose owner goes before its end is durable: another place waits for it. */
void	command_shelter(struct field_role *, struct command *);
/* Before the devices are other ones: what is under way for one that does not go
 * on is given up.  And after it: the others go on. */
void	command_give_up(struct field_role *, const struct renewal *);
void	command_renew(struct field_role *, const struct renewal *);

/* command_rights.c.  May its source do that?  False: why says what forbids it. */
bool	command_may(struct field_role *, struct command *, const char *verb,
	    const struct words *);

/* command_life.c: the life of alarms. */
enum command_phase life_shelve(struct field_role *, struct command *, const struct words *);
enum command_phase life_unshelve(struct field_role *, struct command *, const struct words *);
enum command_phase life_service(struct field_role *, struct command *, const struct words *);
enum command_phase life_handle(struct field_role *, struct command *, const struct words *);
enum command_phase life_maintain(struct field_role *, struct command *, const struct words *);
/* maintain leaves its end open (SENT) until it is kept. */
void	life_go_on(struct field_role *, struct command *);
/* Is it an alarm of class life that stands? */
bool	life_is(struct field_role *, const char *rule, const char *device);

/* command_mark.c.  SENT: its end comes when the mark is kept. */
enum command_phase mark_begin(struct field_role *, struct command *, const struct words *);
void	mark_go_on(struct field_role *, struct command *);

/* command_write.c.  From the words the series and the value that is wanted, as
 * far as there are any. */
void	write_name(struct field_role *, struct command *, const struct words *);
/* SENT: its end comes later. */
enum command_phase write_begin(struct field_role *, struct command *, const struct words *);

/* command_restore.c: commands that a stop or crash left without an end get one;
 * nothing of the past is ever sent.  The readings among them are remembered. */
void	command_restore(struct field_role *);

#endif
