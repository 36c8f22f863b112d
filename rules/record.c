#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "watches.h"

void
record_begin(struct rule_record *r, const char *kind, const char *of, const char *more,
    int64_t wall)
{
	*r = (struct rule_record){ .kind = kind };
	snprintf(r->key, sizeof(r->key), "%s%s%s/%" PRId64, of, more[0] != '\0' ? "/" : "", more,
	    wall);
}

void
record_add(struct rule_record *r, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || r->nfields == RECORD_FIELDS)
		return;
	r->fields[r->nfields].name = name;
	r->fields[r->nfields++].value = value;
}

void
record_tell(struct rules *rules, const struct rule_record *r)
{
	if (rules->recorded != NULL)
		rules->recorded(rules->owner, r);
}

char *
record_time(int64_t ms, char room[24])
{
	snprintf(room, 24, "%" PRId64, ms);
	return room;
}
