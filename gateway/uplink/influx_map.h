#ifndef GATEWAY_UPLINK_INFLUX_MAP_H
#define GATEWAY_UPLINK_INFLUX_MAP_H

#include "influx_conf.h"

#define INFLUX_NAME_MAX	256	/* bytes of what a template gives, with its NUL */

/* What a line is about; NULL or "": of this there is none. */
struct influx_words {
	const char	*measurement;	/* a template of gateway and uplink alone */
	const char	*gateway, *uplink;
	const char	*device, *point, *unit, *rule, *basis;
};

/* Bits of the words that a template may name. */
enum influx_word {
	WORD_MEASUREMENT = 1, WORD_GATEWAY = 2, WORD_UPLINK = 4, WORD_DEVICE = 8,
	WORD_POINT = 16, WORD_UNIT = 32, WORD_RULE = 64,
	WORD_BASIS = 256,
	WORD_PART = 128		/* {device:2}: what is between its slashes */
};

enum map_fault {
	MAP_OK,
	MAP_BRACE,		/* one that has no other */
	MAP_UNKNOWN,		/* no such word, or none that is known here */
	MAP_UNSAYABLE,		/* a backslash or a control character */
	MAP_LONG
};

/* "{device}" stands for a name, "{device:2}" for the second part of one like
 * "north/boiler/1". */
enum map_fault	 map_check(const char *template, unsigned words);
/* Which words it names, without those of {measurement}. */
unsigned	 map_words(const char *template);
/* False: too long, or it names something of which there is none; then out is
 * empty.  The template must be sound. */
bool		 map_write(char out[INFLUX_NAME_MAX], const char *template,
		    const struct influx_words *);

/* "key=template" taken apart.  False: it is none. */
bool		 map_tag(const char *tag, char key[INFLUX_NAME_MAX], const char **template);
/* The tags and the field of readings, as configured or as usual. */
struct strings	 map_tags(const struct influx_conf *);
const char	*map_field(const struct influx_conf *);

#endif
