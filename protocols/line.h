#ifndef PROTOCOLS_LINE_H
#define PROTOCOLS_LINE_H

#include "buf.h"

/* Writes one line of InfluxDB line protocol (v1) behind what a buffer holds:
 * measurement, tags, fields, time, newline, called in this order.
 *
 * Servers differ about backslashes in names, answer "well done" to lines that
 * they throw away, or take half of one.  So a line is written only if every
 * server must read the same from it.  Refused are: empty names; control bytes
 * and what is no UTF-8 in names and tags; a backslash there before a backslash
 * or a separator; "time" as a name; a measurement that begins with '#'; control
 * bytes other than tab in strings; numbers that are not finite; unsigned
 * numbers above INT64_MAX; a line without a field. */
struct line_writer {
	struct buf	*to;
	size_t		 start;		/* length of the buffer at line_begin */
	bool		 was_bad;	/* the buffer, before */
	bool		 refused;	/* something that no line can say */
	bool		 any_field;
	int64_t		 joined;	/* time of the line that is gone on with */
	bool		 joins;
};

enum line_result { LINE_WRITTEN, LINE_FULL, LINE_REFUSED };

void	line_begin(struct line_writer *, struct buf *, const char *measurement);
/* Begins with measurement and tags as an earlier line was begun by this writer. */
void	line_again(struct line_writer *, struct buf *, const void *head, size_t n);
/* Goes on behind the fields of the last line in the buffer, whose time that is.
 * When nothing comes of it the line is as it was. */
void	line_join(struct line_writer *, struct buf *, int64_t time);
/* An empty value is no tag: none is written. */
void	line_tag(struct line_writer *, const char *key, const char *value);
void	line_int(struct line_writer *, const char *key, int64_t);
void	line_uint(struct line_writer *, const char *key, uint64_t);
void	line_real(struct line_writer *, const char *key, double);
void	line_real32(struct line_writer *, const char *key, float);
void	line_bool(struct line_writer *, const char *key, bool);
/* Bytes that are no UTF-8 become U+FFFD. */
void	line_string(struct line_writer *, const char *key, const char *);
/* time in whatever precision the request names.  Not WRITTEN: the buffer is as
 * it was before line_begin. */
enum line_result line_end(struct line_writer *, int64_t time);

#endif
