#ifndef GATEWAY_UPLINK_ENTRY_WORDS_H
#define GATEWAY_UPLINK_ENTRY_WORDS_H

/* How codes of entries are written for others, whatever the form. */
struct bit_name {
	unsigned	 bit;		/* 0 ends a table */
	const char	*name;
};

extern const struct bit_name	 words_flags[];		/* of a quality */
extern const struct bit_name	 words_masks[];		/* of an alarm */
extern const char *const	 words_events[];	/* end with NULL */
extern const char *const	 words_phases[];

#endif
