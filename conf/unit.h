#ifndef CONF_UNIT_H
#define CONF_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/* A unit of measure as written in profiles ("mg/m3", "%LEL", "degC"), and how
 * people see it ("mg/m³", "℃").  Units of one dimension convert by
 * base = value * factor + offset. */
struct unit {
	const char	*name, *shown, *dimension;
	double		 factor, offset;
};

const struct unit	*unit_find(const char *name);	/* NULL: unknown */
const struct unit	*unit_at(size_t i);		/* NULL past the end */
/* Can a figure in one unit be said in the other?  Of one dimension; and a share,
 * "%", is one of whatever the other is a share of. */
bool			 unit_fits(const struct unit *, const struct unit *other);

#endif
