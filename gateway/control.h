#ifndef GATEWAY_CONTROL_H
#define GATEWAY_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../protocols/buf.h"
#include "loop.h"

/* The socket between the roles and the command line: SOCK_SEQPACKET, one
 * message a packet, a head of 12 bytes before the body, little-endian:
 * u8 version (1), u8 kind, u16 flags, u32 id, u32 length of the body.  What
 * does not fit this is dropped with its sender. */
enum message_kind {
	MESSAGE_GREW	= 1,	/* from field: u64 durable seq of each lane */
	MESSAGE_COMMAND	= 2,	/* to field: words, as "ack RULE DEVICE WHO" */
	MESSAGE_QUERY	= 3,	/* to field: one word; an empty one subscribes
				 * to SNAPSHOT and GREW */
	MESSAGE_ANSWER	= 4,	/* from field, with the id of what it answers;
				 * from forward with id 0: rows of its uplinks,
				 * with id 1: of contacts and ways, with id 2: of
				 * what its uplinks put on the wire (saving.h) */
	MESSAGE_SNAPSHOT = 5,	/* from field: see snapshot.h */
	MESSAGE_RECORD	= 7,	/* to field: see messages.h */
	MESSAGE_RENEWED	= 6,	/* from field, to who subscribed: the digest of the
				 * configuration in force, in hex */
	MESSAGE_ERRAND	= 8	/* from field, to the role that sends: words, as
				 * "reconnect UPLINK" */
};

#define MESSAGE_HEAD	12
#define MESSAGE_MORE	1	/* flag: the next message goes on with this body */
#define MESSAGE_FAILED	2	/* flag of ANSWER: the body says why */
#define MESSAGE_AGAIN	4	/* flag of one that failed: nothing was done, and what
				 * forbids it passes; it may be asked again */
#define MESSAGE_MAX	32768	/* bytes of one body */

#define CLIENTS_MAX	32

struct message {
	uint8_t		 kind;
	uint16_t	 flags;
	uint32_t	 id;
	size_t		 len;
	uint8_t		 body[MESSAGE_MAX + 1];	/* a NUL stands behind len */
};

/* The serving end, in the field role. */
struct control;
struct control_client;

struct control_owner {
	/* A sound message of a kind that a client may send.  -1: nonsense, the
	 * sender is dropped. */
	int	(*said)(void *, struct control_client *, const struct message *, int64_t now);
	/* It will never be heard of again. */
	void	(*gone)(void *, struct control_client *);
};

/* A long body, made piece by piece as the client reads: writes whole items
 * into the buffer from *at on and moves *at; true while there is more.  An
 * item that does not fit is left for the next piece.  May be asked for the
 * same piece again. */
typedef bool control_fill(void *owned_by, uint64_t *at, struct buf *);

/* Binds path (0660; a stale socket is replaced, a living one is an error); its
 * folder is made when absent.  NULL: why is filled. */
struct control	*control_open(const char *path, struct loop *, const struct control_owner *,
		    void *owned_by, char *why, size_t n);
void		 control_close(struct control *);
/* Queued and sent as the client reads; one that falls far behind is dropped. */
void		 control_answer(struct control_client *, uint8_t kind, uint16_t flags,
		    uint32_t id, const void *body, size_t n);
/* The same, if there is room; false: the client is behind, and nothing was
 * queued. */
bool		 control_offer(struct control_client *, uint8_t kind, uint32_t id,
		    const void *body, size_t n);
/* The same for a long body.  False: the client waits for too many already. */
bool		 control_stream(struct control_client *, uint8_t kind, uint32_t id,
		    control_fill *);
/* To every client that subscribed; only the newest GREW is kept for a slow one. */
void		 control_grew(struct control *, const uint64_t seq[2]);
/* The same short message to every client that subscribed. */
void		 control_tell(struct control *, uint8_t kind, const void *body, size_t n);
/* What is durable now as a GREW, then the long body as SNAPSHOT, then a GREW
 * each time more is durable. */
void		 control_subscribe(struct control_client *, control_fill *);
size_t		 control_clients(const struct control *);

/* The head of a message, also for the asking end. */
void		 control_put_head(uint8_t head[MESSAGE_HEAD], uint8_t kind, uint16_t flags,
		    uint32_t id, size_t len);
/* Of n received bytes, of which the head is the first part; -1: unsound. */
int		 control_get_head(const uint8_t *, size_t n, struct message *);

/* The asking end: blocking, in forward and the command line. */
int		 control_connect(const char *path);	/* -1: errno */
int		 control_send(int fd, uint8_t kind, uint32_t id, const void *body, size_t n);
/* 1: a message; 0: none within ms; -1: the other end is gone (errno). */
int		 control_receive(int fd, struct message *, int ms);

#endif
