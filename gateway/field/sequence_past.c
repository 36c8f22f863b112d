#include <string.h>

#include "../journal/layout.h"
#include "../room.h"
#include "field.h"
#include "sequence.h"

/* What is kept of each that measures by a schedule, so that a restart neither
 * measures out of turn nor forgets how old a result is: u64 FNV-1a of the name,
 * then i64 UTC ms of the first start and of the last result, little-endian. */
#define RECORD	24

struct kept *
sequence_past(struct keeper *keeper)
{
	return keeper_file(keeper, "measured", "when devices measured, without which they "
	    "measure at once after a restart,", RECORD);
}

uint8_t *
sequence_room(size_t n)
{
	return room_for(n, RECORD);
}

static uint64_t
name_hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	return h;
}

/* Its result can be read again after a restart, or was read. */
static bool
is_kept(const struct sequence *s)
{
	return s->device->conf.measure > 0 && s->measured != 0 &&
	    !(s->fresh && s->device->profile->stop.n > 0);
}

void
sequence_keep(struct field_role *f)
{
	const struct clock *clock = f->pipeline.clock;
	int64_t now = clock->mono(), wall = clock->wall();
	struct buf b = { .at = f->sequences.records, .cap = f->sequences.n * RECORD };

	for (size_t i = 0; i < f->sequences.n; i++) {
		const struct sequence *s = f->sequences.at[i];

		if (!is_kept(s))
			continue;
		buf_putle64(&b, name_hash(s->device->conf.name));
		buf_putle64(&b, (uint64_t)(wall - (now - s->grid) / 1000));
		buf_putle64(&b, (uint64_t)(wall - (now - s->measured) / 1000));
	}
	kept_put(f->sequences.past, b.at, b.len);
}

static bool
find(const struct field_role *f, const char *name, int64_t *grid, int64_t *measured)
{
	uint64_t wanted = name_hash(name);
	size_t n;
	const uint8_t *at = kept_state(f->sequences.past, &n);

	for (; n >= RECORD; n -= RECORD, at += RECORD) {
		*grid = (int64_t)get_le(at + 8, 8);
		*measured = (int64_t)get_le(at + 16, 8);
		if (get_le(at, 8) == wanted)
			return true;
	}
	return false;
}

bool
sequence_recall(struct sequence *s, int64_t now)
{
	int64_t wall = s->field->pipeline.clock->wall(), grid, measured;

	if (s->device->conf.measure == 0 ||
	    !find(s->field, s->device->conf.name, &grid, &measured) || grid < 0 ||
	    grid > measured || measured > wall)		/* a clock that is wrong */
		return false;
	s->grid = now - (wall - grid) * 1000;
	s->measured = now - (wall - measured) * 1000;
	s->due = sequence_next(s, s->measured);
	if (s->due > now)
		return true;
	s->measured = 0;		/* that was due while nobody was here */
	s->due = INT64_MAX;
	return false;
}
