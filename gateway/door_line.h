#ifndef GATEWAY_DOOR_LINE_H
#define GATEWAY_DOOR_LINE_H

#include "../protocols/buf.h"

/* What goes between the door role, which meets strangers, and the field role,
 * which believes nothing that comes from there.  Pure: bytes to values and back.
 *
 * Streams: a connection of its own for each caller; a head of fixed size, then
 * plain bytes both ways.  Messages: one SOCK_SEQPACKET connection for all, a
 * message a packet.  Numbers are little-endian, texts end with a NUL. */

#define DOOR_STREAM_HEAD	256	/* bytes */
#define DOOR_NAME_MAX		63	/* of a listener or a receiver */
#define DOOR_PEER_MAX		63	/* "10.0.0.7 port 5001" */
#define DOOR_ID_MAX		63	/* of who it is */
#define DOOR_PATH_MAX		255
#define DOOR_BYTES_MAX		16384	/* of one message */
#define DOOR_WHY_MAX		159
#define DOOR_PACKET_MAX		(DOOR_BYTES_MAX + 1024)

/* "control" of the gateway and this: where the field role waits for the door. */
#define DOOR_STREAMS		".s"
#define DOOR_MESSAGES		".m"

/* Who called, and what the door found out. */
struct door_stream {
	char	listener[DOOR_NAME_MAX + 1];
	char	peer[DOOR_PEER_MAX + 1];
	char	identity[DOOR_ID_MAX + 1];	/* that it proved; "": nothing */
};

void	door_put_stream(const struct door_stream *, uint8_t head[DOOR_STREAM_HEAD]);
/* False: it is none. */
bool	door_get_stream(const uint8_t head[DOOR_STREAM_HEAD], struct door_stream *);

enum door_kind {
	DOOR_MESSAGE	= 1,	/* to field: somebody brought something */
	DOOR_ANSWER	= 2,	/* from field: what became of it, by its token */
	DOOR_STATE	= 3,	/* to field: how a listener fares */
	DOOR_RENEWED	= 4,	/* from field: the digest of the configuration in force,
				 * in hex */
	DOOR_REFUSED	= 5,	/* to field: who was not let in, and why */
	DOOR_RECEIVER	= 6,	/* to field: how a receiver fares */
	DOOR_COST	= 7	/* to field: what it took on the wire that somebody of a
				 * receiver brought something */
};

/* Numbers of the IANA registry of CoAP (RFC 7252, 8428 and the LwM2M core). */
enum door_format {
	DOOR_FORMAT_TEXT	= 0,
	DOOR_FORMAT_LINK	= 40,
	DOOR_FORMAT_OCTETS	= 42,
	DOOR_FORMAT_JSON	= 50,
	DOOR_FORMAT_CBOR	= 60,
	DOOR_FORMAT_SENML_JSON	= 110,
	DOOR_FORMAT_SENML_CBOR	= 112,
	DOOR_FORMAT_TLV		= 11542,
	DOOR_FORMAT_NONE	= 65535		/* it did not say */
};

/* What became of a message. */
enum door_code {
	DOOR_STORED	= 0,	/* it is durable */
	DOOR_NOBODY	= 1,	/* no link is of that receiver and identity */
	DOOR_UNPROVEN	= 2,	/* the link wants a proof */
	DOOR_NOWHERE	= 3,	/* there is no such path */
	DOOR_FORMAT	= 4,	/* nothing here reads that format */
	DOOR_UNSOUND	= 5,	/* it reads as nothing of its format */
	DOOR_BUSY	= 6,	/* not now: it may be sent again */
	DOOR_WRONG_KEY	= 7,	/* it holds another key than that of its name */
	DOOR_NO_TLS	= 8,	/* no handshake came to an end */
	DOOR_NO_DATA	= 9,	/* it is of a kind that brings none */
	DOOR_CODES
};

/* May it stand in a packet?  What has control characters may not. */
bool	door_text(const char *);
/* "nobody is expected by that name" */
const char *door_words(enum door_code);

/* What a packet says.  Texts of one that was read point into the packet. */
struct door_packet {
	enum door_kind	 kind;
	uint64_t	 token;		/* MESSAGE: the sender's; ANSWER: that of what
					 * is answered */
	const char	*name;		/* of a listener or a receiver;
					 * RENEWED: the digest */
	/* MESSAGE, REFUSED */
	const char	*peer;		/* "": not known */
	/* MESSAGE, REFUSED, COST */
	const char	*identity;	/* as it says, or proved */
	/* COST: bytes of IP */
	uint64_t	 rx, tx;
	/* MESSAGE */
	bool		 proven;
	const char	*path;
	uint16_t	 format;	/* enum door_format, and others of the registry */
	uint64_t	 same;		/* digest of what marks the request, which one that
					 * is sent again has too; 0: nothing does */
	uint16_t	 end;		/* digest of the far end, for marks that are used
					 * again (CoAP); 0: they are not */
	const uint8_t	*bytes;
	size_t		 n;
	/* ANSWER, STATE, RECEIVER, REFUSED */
	enum door_code	 code;
	const char	*why;		/* "": nothing more is to be said */
	/* STATE, RECEIVER; counted since the start of the door */
	uint32_t	 callers;	/* now, and nobody yet; RECEIVER: sessions */
	uint64_t	 late;
	uint64_t	 accepted, refused;		/* STATE */
	uint64_t	 counts[DOOR_CODES];		/* RECEIVER: messages */
	int64_t		 last;		/* stored, mono us; 0: none */
};

/* Sets buf.bad where it does not fit, or a text is too long or has control characters:
 * door_get refuses that. */
void	door_put(struct buf *, const struct door_packet *);
/* False: it is unsound, and nothing of it may be used. */
bool	door_get(const uint8_t *, size_t n, struct door_packet *);

#endif
