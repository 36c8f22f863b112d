#ifndef PROTOCOLS_HJ212_H
#define PROTOCOLS_HJ212_H

#include "proto.h"

/* HJ 212 (污染物在线监控（监测）系统数据传输标准) as the host hears it: editions 2005,
 * 2017 and 2025, and the dialect of surface-water stations.  ## length, segment, check,
 * CR LF; the length alone says where a packet ends, for one that is enciphered may hold
 * any byte. */

#define HJ212_SEGMENT_MAX	9999	/* four digits */
#define HJ212_AROUND		12	/* bytes of a packet that are not its segment */
#define HJ212_SEGMENT		1200	/* accepted where nothing else is said: the
					 * standard has 1024, and makes exceed it */
#define HJ212_PAIRS		1024	/* values of one packet */

enum hj212_dialect { HJ212_2005, HJ212_2017, HJ212_2025, HJ212_SURFACE };

/* How the check is made: the standard's, or what makers took for it. */
enum hj212_check {
	HJ212_CHECK, HJ212_MODBUS_BE, HJ212_MODBUS_LE,
	HJ212_LEARN,		/* the one that fits three packets in a row */
	HJ212_UNCHECKED
};

enum hj212_answer {
	HJ212_AS_ASKED,		/* by the last bit of Flag; uploads without Flag too */
	HJ212_ALWAYS, HJ212_NEVER
};

/* Deciphers n bytes, whole blocks of 16, in place (SM4, ECB); false: it cannot. */
typedef bool hj212_cipher(const uint8_t key[16], uint8_t *, size_t n);

/* How a line speaks it. */
struct hj212_conf {
	uint8_t		 dialect, check, answer;
	uint8_t		 tries;		/* of a question; 0: those of the standard */
	uint16_t	 most;		/* bytes of a segment; 0: HJ212_SEGMENT */
	int64_t		 overtime;	/* us that each one waits; 0: the same */
	hj212_cipher	*decipher;	/* NULL: all comes in clear */
	uint8_t		 key[16];
};

uint16_t	hj212_crc(const uint8_t *, size_t n);

/* Where a packet lies in what was heard. */
struct hj212_frame {
	size_t		 skip;		/* bytes before it that are of no packet */
	size_t		 len;		/* bytes of it with its tail, of HJ212_WHOLE */
	const uint8_t	*segment;
	size_t		 n;
	uint16_t	 sum;		/* as it was sent */
};

enum hj212_scan {
	HJ212_MORE,		/* skip, then a part of one; or nothing at all */
	HJ212_WHOLE
};

/* Finds the first one.  Of its tail one byte may be there, or none, where another packet
 * begins; the check has four hex digits, or where it is not looked at any four characters. */
enum hj212_scan	hj212_scan(const uint8_t *, size_t n, size_t most, enum hj212_check,
		    struct hj212_frame *);
/* One stands there of which all but the tail has come, and nothing behind it. */
bool		hj212_lacks_tail(const uint8_t *, size_t n, size_t most);
/* Does the check fit, made in this way? */
bool		hj212_sound(enum hj212_check, const uint8_t *segment, size_t n, uint16_t sum);
/* In which way it was made; HJ212_UNCHECKED: in none. */
enum hj212_check hj212_made(const uint8_t *segment, size_t n, uint16_t sum);
/* Printable, and sound UTF-8, but for the inside of CP=&&...&&, which is looked at
 * when it is plain. */
bool		hj212_text(const uint8_t *, size_t n);
/* The bytes between CP=&& and the last &&; false: it has none. */
bool		hj212_area(const uint8_t *segment, size_t n, size_t *from, size_t *len);

/* The fields before CP; texts end with NUL, "" where one is not there. */
struct hj212_head {
	char	qn[21], st[9], cn[9], pw[41], mn[ADDRESS_MAX];
	int	flag;			/* -1: it has none */
	int	pnum, pno;		/* 0: it is whole */
	bool	rf;			/* sent again later (2025) */
};

/* False: a field that is too long, or none of CN. */
bool		hj212_head(const char *segment, size_t n, struct hj212_head *);

/* One name=value of the area. */
struct hj212_pair {
	char	*name, *value;		/* end with NUL, in the area itself */
	size_t	 factor;		/* bytes of name before "-"; all: it has none */
};

/* What an area says.  Base64 that ends in = looks like a name without a value. */
enum hj212_sense {
	HJ212_NONSENSE,		/* no name with a value */
	HJ212_SENSE,		/* some, be it of a maker's own */
	HJ212_PLAIN		/* one is of a form that the standard has */
};

enum hj212_sense hj212_sense(const char *area, size_t n);
/* Cuts the area in place; writes at most max and returns how many there are. */
size_t		hj212_pairs(char *area, size_t n, struct hj212_pair *, size_t max);
const char	*hj212_attribute(const struct hj212_pair *);	/* "" where it has none */
/* UTC ms of 10, 12, 14 or 17 digits of the clocks in China; -1: it is none. */
int64_t		hj212_time(const char *);
#define HJ212_AHEAD	(8 * 3600 * 1000LL)	/* ms, of UTC */
#define HJ212_TIME_ROOM	24
/* Writes those 17 digits; they are cut where less is wanted. */
void		hj212_time_write(int64_t ms, char text[HJ212_TIME_ROOM]);
/* The version of Flag that an answer to it has, or a question. */
uint8_t		hj212_version(const struct hj212_conf *, const struct hj212_head *);
/* What belongs into a packet that answers, or asks: length, check and tail are put
 * around the n bytes of a segment.  A way to check that says none makes that of the
 * standard. */
void		hj212_wrap(struct buf *, enum hj212_check, const char *segment, size_t n);

/* What has to be answered: 9014 (data), 9013 (notification); 0: nothing. */
int		hj212_answer(const struct hj212_conf *, const struct hj212_head *);
/* The values of a packet of this command as pushes, their texts in words.  -1: there
 * is no room for all. */
int		hj212_pushes(const struct hj212_head *, const struct hj212_pair *, size_t n,
		    struct out *);
/* Of which periods a key is, and which command asks for those. */
enum past	hj212_past(const char *key);
const char	*hj212_of_past(enum past);
/* A log of the instrument, or its start, in words; NULL: it tells of none. */
const char	*hj212_note(const struct hj212_head *, const struct hj212_pair *, size_t n,
		    char *text, size_t room);

extern const struct proto hj212;

#endif
