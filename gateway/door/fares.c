#include <string.h>

#include "fares.h"

#define TELL_MOST	20	/* strangers in a second */

void
fares_count(struct fares *f, enum door_code code, int64_t now)
{
	f->counts[code]++;
	if (code == DOOR_STORED)
		f->last = now;
}

void
fares_stranger(struct fares *f, struct field_line *line, const char *receiver,
    const char *peer, const char *identity, enum door_code code)
{
	if (f->told++ >= TELL_MOST || !door_text(identity) || strlen(identity) > DOOR_ID_MAX)
		return;
	field_line_tell(line, &(struct door_packet){ .kind = DOOR_REFUSED, .name = receiver,
	    .peer = peer, .identity = identity, .code = code });
}

void
fares_tell(struct fares *f, struct field_line *line, const char *receiver, const char *why,
    size_t sessions)
{
	struct door_packet p = { .kind = DOOR_RECEIVER, .name = receiver, .why = why,
	    .callers = (uint32_t)sessions, .late = f->late, .last = f->last };

	f->told = 0;
	memcpy(p.counts, f->counts, sizeof(p.counts));
	field_line_tell(line, &p);
}
