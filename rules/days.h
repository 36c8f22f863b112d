#ifndef RULES_DAYS_H
#define RULES_DAYS_H

/* Take what a text begins with: "06:00" as minutes of the day, to "24:00";
 * "mon-fri", "sat, sun" as a bit for each day from Monday.  -1: not understood. */
int	days_minute(const char **);
int	days_week(const char **);

#endif
