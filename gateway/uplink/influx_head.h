#ifndef GATEWAY_UPLINK_INFLUX_HEAD_H
#define GATEWAY_UPLINK_INFLUX_HEAD_H

#include "influx_line.h"

/* How the fields of a reading are called. */
enum reading_field { F_VALUE, F_INTEGER, F_TEXT, F_QUALITY, F_FLAGS, F_AGE, F_BASIS,
    FIELDS };

/* What the lines of one series have in common, written once. */
struct head {
	uint32_t	 id;
	bool		 refused;	/* no line can say it */
	size_t		 n;		/* bytes of measurement and tags */
	const char	*basis;		/* for a field; NULL: a tag has it, or there
					 * is none */
	const char	*fields[FIELDS];
	char		 text[];	/* the head, then the names of fields */
};

/* In lines that are about one point. */
extern const char *const head_fields[FIELDS];

/* Valid until the next call. */
const struct head	*head_of(struct influx_writer *, uint32_t id);
/* s NULL: it is not known. */
struct influx_words	 head_words(const struct influx_writer *, const struct series *);
/* What a template of a measurement gives; where something is lacking, what is
 * called {measurement}. */
void			 head_name(const struct influx_writer *, char name[INFLUX_NAME_MAX],
			    const char *template, const struct influx_words *);
/* The configured tags but those of some names, a list that ends with NULL. */
void			 head_tags(const struct influx_writer *, struct line_writer *,
			    const struct influx_words *, const char *const *but);

#endif
