#ifndef GATEWAY_UPLINK_INFLUX_LINE_H
#define GATEWAY_UPLINK_INFLUX_LINE_H

#include "../../protocols/line.h"
#include "influx_conf.h"
#include "influx_map.h"

/* How entries look in a time series database; M is the configured measurement.
 *
 * M            tags gateway, device, point, unit, or as configured
 *              value    float: every number and bool (as 0 and 1); absent when
 *                       the reading is bad
 *              integer  beside value, when a float cannot hold it exactly
 *              text     a reading that is text (or an integer of 64 bits that
 *                       is no int64)
 *              quality  integer, the code; 0 is good.  flags when there are any
 *              In the layout by device the point's name stands for value and
 *              before the others: level, level_flags; level_quality is left
 *              out when it is good.
 * M_alarm      tags gateway, device, point, rule, priority, class, event
 *              state, value, quality, message, message_zh, and all of
 *              alarm_facts: bools and counts always, moments, words and texts
 *              where there are any
 * M_statistic  tags gateway, device, point, unit; mean, min, max, amount,
 *              samples, valid; time is from
 * M_gap        tags gateway, stream; from, to, why
 *              These have the configured tags besides.
 *
 * The type of each field never changes, for databases refuse a field that was
 * an integer yesterday.  Commands, records and notes have no place here. */
struct influx_writer {
	const struct uplink_env	 *env;
	const struct influx_conf *conf;
	struct strings		  tags;
	struct influx_words	  words;	/* of no series */
	struct head		**heads;	/* of series, by their numbers */
	struct head		 *spare;	/* of the series that is no longer known */
	/* The last line, which another reading may join. */
	bool			  open;
	size_t			  open_at, open_head;	/* where it stands; its head */
	int64_t			  open_time;
};

/* What was written: where its line begins, and in that its fields. */
struct influx_part {
	size_t	 line, fields;
	uint32_t what;		/* of conflicts; 0: of nothing that is remembered */
	uint64_t seq;		/* 0: a gap */
	bool	 taken;		/* by the far end, and to the last field */
};

void		 influx_writer_open(struct influx_writer *, const struct uplink_env *);
void		 influx_writer_close(struct influx_writer *);
/* The next line begins anew, for the buffer does. */
void		 influx_writer_begin(struct influx_writer *);
bool		 influx_line_has(const struct influx_writer *, const struct entry *);
enum line_result influx_line(struct influx_writer *, struct buf *, const struct entry *,
		    struct influx_part *);
bool		 influx_line_has_gaps(const struct influx_writer *);
/* now: wall ms. */
enum line_result influx_gap_line(struct influx_writer *, struct buf *, const struct gap *,
		    enum stream, int64_t now, struct influx_part *);

#endif
