#ifndef GATEWAY_JOURNAL_CODEC_H
#define GATEWAY_JOURNAL_CODEC_H

#include "block.h"
#include "entry.h"

#define CODEC_SERIES	1024	/* series whose last value is remembered */
#define READING_ROOM	170	/* no reading, group or skip needs more */
#define NOT_BEGUN	UINT64_MAX
#define BODY_ROOM	4000	/* nor any other entry than this */

/* The last value of one series in this block. */
struct codec_last {
	uint32_t	series;
	uint32_t	mark;		/* epoch << 8 | form */
	int64_t		n;		/* scaled integer or raw bits */
};

/* What writer and reader of a block both know at one point of it.  It starts
 * anew with each block, so that a damaged one hides no other. */
struct codec {
	uint64_t	 seq;		/* of the last entry */
	uint64_t	 boot;
	int64_t		 base_mono, base_wall;	/* of the block */
	int64_t		 mono, wall;		/* of the group */
	bool		 trusted;
	struct reading	 last;		/* series, time, due, mono, quality in force */
	int64_t		 step;		/* of due, the last that was not 0 */
	uint8_t		 flags;		/* of the next entry */
	uint32_t	 age;		/* of the next reading */
	uint64_t	 print;		/* of the next entry */
	struct alarm_entry life;	/* of the next alarm: OP_LIFE; else empty */
	uint32_t	 epoch;		/* counts blocks, to forget at once */
	/* Where a snapshot began (NOT_BEGUN: nowhere) and the last one that was
	 * completed began, as the seq before it.  Kept from block to block. */
	uint64_t	 snapshot_began, snapshot_whole;
	bool		 snapshot_found;
	struct codec_last known[CODEC_SERIES];
};

enum codec_result { CODEC_ENTRY, CODEC_END, CODEC_BAD };

void	codec_begin(struct codec *, const struct block_head *);

/* Each writes at p, where there is room, and returns the end. */
uint8_t	*codec_put_group(struct codec *, uint8_t *p, int64_t mono, int64_t wall,
	    bool trusted);
/* Of the next entry. */
uint8_t	*codec_put_seq(struct codec *, uint8_t *p, uint64_t seq);
uint8_t	*codec_put_flags(uint8_t *p, uint8_t flags);
uint8_t	*codec_put_print(uint8_t *p, uint64_t print);
/* Standing alarms follow, or these were all. */
uint8_t	*codec_put_snapshot(uint8_t *p, bool whole);
/* What of the next entry, an alarm, has no place in its body; often nothing. */
uint8_t	*codec_put_life(const struct codec *, uint8_t *p, const struct entry *);
uint8_t	*codec_put_reading(struct codec *, uint8_t *p, const struct reading *);
/* Any other kind, whole; texts too long are cut between characters. */
uint8_t	*codec_put_body(struct codec *, uint8_t *p, const struct entry *);

/* The entry at *pos of the used bytes at payload; moves *pos.  Texts point
 * into payload. */
enum codec_result codec_next(struct codec *, const uint8_t *payload, size_t used, size_t *pos,
	    struct entry *);

#endif
