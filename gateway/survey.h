#ifndef GATEWAY_SURVEY_H
#define GATEWAY_SURVEY_H

#include "config.h"
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
/* Asks a unit that answered who it is (FC 43, then 17); "": it does not say. */
void	survey_identity(struct survey *, uint8_t unit, char *text, size_t n);
/* May this line be scanned?  NULL, or why not. */
const char *survey_forbidden(const struct survey *, char *why, size_t n);

#endif
