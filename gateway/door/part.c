#include "door.h"

/* A way to call is one row. */
#define DOOR_PARTS(row)	row(door_tls) row(coap_server) row(coap_asker) row(door_http)

#define DECLARE(part)	extern const struct door_part part;
#define POINT(part)	&part,

DOOR_PARTS(DECLARE)

static const struct door_part *const parts[] = { DOOR_PARTS(POINT) NULL };

const struct door_part *
door_part_at(size_t i)
{
	return i < sizeof(parts) / sizeof(parts[0]) ? parts[i] : NULL;
}
