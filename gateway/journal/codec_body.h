#ifndef GATEWAY_JOURNAL_CODEC_BODY_H
#define GATEWAY_JOURNAL_CODEC_BODY_H

#include "entry.h"
#include "varint.h"

/* What stands in a block between the entries.  On disk, beside the numbers of
 * enum entry_kind (2 to 6; a reading has tags of its own, from 0x40). */
enum codec_op {
	OP_GROUP		= 0x10,	/* trust, steps of mono and of wall */
	OP_SKIP			= 0x11,	/* numbers of the other lane */
	OP_FLAGS		= 0x12,	/* of the next entry */
	OP_SNAPSHOT		= 0x13,	/* standing alarms follow */
	OP_SNAPSHOT_WHOLE	= 0x14,	/* and these were all */
	OP_AGE			= 0x15,	/* of the next reading, s */
	OP_LIFE			= 0x16,	/* further facts of the next alarm */
	OP_PRINT		= 0x17	/* of the message that ends with the next entry */
};

void	 body_take(struct window *, struct entry *, int64_t wall);
/* The facts of an alarm that OP_LIFE has: u16 length, content.  What a later
 * version adds behind them is passed over. */
void	 life_take(struct window *, struct alarm_entry *, int64_t wall);
/* Lays them over an alarm that has come. */
void	 life_add(struct alarm_entry *to, const struct alarm_entry *life);

#endif
