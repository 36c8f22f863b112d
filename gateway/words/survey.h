#ifndef GATEWAY_WORDS_SURVEY_H
#define GATEWAY_WORDS_SURVEY_H

#include "../config/config.h"
#include "direct.h"
#include "grid.h"
#include "progress.h"

#define SURVEY_UNITS	248	/* 1 to 247 may answer; 0 is everybody's */
#define SURVEY_SPEEDS	16
#define SURVEY_PARITIES	3

/* What "tidegate scan" was asked for, and what it found. */
struct survey {
	const char		*config_file, *link_name;
	bool			 units[SURVEY_UNITS];
	size_t			 nunits;	/* that are true */
	int64_t			 speeds[SURVEY_SPEEDS];
	size_t			 nspeeds;	/* 0: that of the link */
	int			 parities[SURVEY_PARITIES];	/* as of a link */
	size_t			 nparities;
	uint8_t			 function;	/* 3 or 4 */
	uint16_t		 number;	/* of the one register asked for */
	int64_t			 timeout;	/* us; 0: by the kind of the link */
	int64_t			 lasts;		/* us; 0: until all is asked */
	bool			 identify, offline, json;
	const struct config	*config;
	const struct link_conf	*link;
	struct direct		 direct;
	struct grid		 found;
	struct progress		 progress;
	int64_t			 until;		/* mono us */
	size_t			 answers;
	uint64_t		 late;		/* answers that came after their time */
	bool			 ended;		/* before all was asked */
	char			 why[256];	/* of what failed */
};

/* How long it will take, us, if nobody answers. */
int64_t	survey_takes(const struct survey *);
/* -1: why is filled; what was found until then stands in found. */
int	survey_run(struct survey *);
/* Lines of meters, who are asked by any address: is it one, how many questions are
 * that in each setting, and all of these in the setting of now. */
bool	survey_of_meters(const struct link_conf *);
size_t	survey_meter_questions(const struct link_conf *);
/* How long these may take in one setting, us, with so long a wait for each answer. */
int64_t	survey_meters_take(const struct link_conf *, int64_t wait);
enum direct_result survey_meters(struct survey *);
/* Is it to end before all was asked? */
bool	survey_over(const struct survey *);
/* One that answered, or garbage, in the setting of now. */
void	survey_found(struct survey *, const char *unit, const char *answer,
	    const char *value, const char *took, const char *identity);
/* May this line be scanned?  NULL, or why not. */
const char *survey_forbidden(const struct survey *, char *why, size_t n);

#endif
