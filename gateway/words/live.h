#ifndef GATEWAY_WORDS_LIVE_H
#define GATEWAY_WORDS_LIVE_H

#include <stdio.h>
#include "../journal/entry.h"
#include "../journal/series.h"
#include "../journal/texts.h"

#define LIVE_ALARMS	256

/* The newest value of every series and the alarms that stand, built from a
 * snapshot and the entries after it. */
struct live_row {
	struct series	series;
	struct reading	reading;
	bool		seen;
};

struct live_alarm {
	char		rule[NAME_MAX_BYTES], device[NAME_MAX_BYTES];
	char		text_en[200], text_zh[200];
	struct alarm	alarm;
	uint8_t		priority, class;
	int64_t		time;
};

struct live {
	struct live_row	 *rows;		/* by series number - 1 */
	size_t		  nrows;
	struct texts	  texts;	/* of their series */
	struct live_alarm alarms[LIVE_ALARMS];
	size_t		  nalarms;
	uint64_t	  readings, raised, cleared;
	uint64_t	  bad;		/* readings of bad quality */
	unsigned	  lines;	/* of the screen, the table keeps within; 0: any */
};

/* How the table is written. */
enum live_style { LIVE_TABLE, LIVE_PLAIN };

void	live_init(struct live *);
void	live_free(struct live *);
/* The dictionary grew: a row for every series; its texts are copied. */
void	live_series(struct live *, const struct series *);
void	live_entry(struct live *, const struct entry *);
/* The whole table; wall in ms UTC, for ages. */
void	live_write(const struct live *, FILE *, enum live_style, int64_t wall);
/* One line for one entry, as tail and the plain view write it. */
void	live_line(const struct live *, FILE *, const struct entry *);
/* Devices whose newest readings are all Good; *n: devices in all. */
size_t	live_good_devices(const struct live *, size_t *n);

#endif
