#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/blocks.h"
#include "../journal/entry.h"
#include "../log.h"
#include "../room.h"
#include "splits.h"

#define SPLITS_MAX	512

struct split {
	const struct device	*device;
	struct stretch		 block;
};

struct splits {
	struct kept	*file;
	struct device	*devices;
	size_t		 ndevices;
	struct arena	*arena;
	struct split	 at[SPLITS_MAX];
	size_t		 n;
	bool		 dirty, full;	/* the latter: said so */
};

static bool
add(struct splits *s, const struct device *d, const struct stretch *block)
{
	if (s->n == SPLITS_MAX)
		return false;
	s->at[s->n++] = (struct split){ d, *block };
	return true;
}

static bool
split(struct device *d, const struct stretch *block)
{
	for (size_t i = 0; i < d->nblocks; i++)
		if (d->blocks[i].function == block->function &&
		    d->blocks[i].first == block->first && d->blocks[i].count == block->count)
			return device_split(d, i);
	return false;
}

static void
restore(struct splits *s, const char *name, const struct stretch *block)
{
	for (size_t i = 0; i < s->ndevices; i++) {
		struct device *d = &s->devices[i];

		if (strcmp(d->conf.name, name) == 0 && split(d, block) && add(s, d, block))
			return;
	}
	s->dirty = true;		/* it is not written again */
}

/* One line a split: device, function, first register, how many. */
static void
read_lines(struct splits *s, char *text)
{
	char name[NAME_MAX_BYTES], *save = NULL;
	unsigned function, first, count;

	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		if (sscanf(l, "%63s %u %u %u", name, &function, &first, &count) == 4)
			restore(s, name, &(struct stretch){ (uint8_t)function,
			    (uint16_t)first, (uint16_t)count, 0 });
}

struct splits *
splits_open(struct keeper *keeper, struct device *devices, size_t n, struct arena *arena)
{
	struct splits *s = room_for(1, sizeof(*s));
	char text[SLOT_MAX + 1];

	s->devices = devices;
	s->ndevices = n;
	s->arena = arena;
	s->file = keeper_file(keeper, "splits", "splits", 0);
	if (s->file == NULL) {
		free(s);
		return NULL;
	}
	read_lines(s, kept_text(s->file, text));
	return s;
}

/* Once more over what is known; what fits nobody any more is dropped. */
void
splits_renew(struct splits *s, struct device *devices, size_t n, struct arena *arena,
    const struct device *const *twins)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct split one = s->at[i];
		size_t k = 0;

		while (k < n && strcmp(devices[k].conf.name, one.device->conf.name) != 0)
			k++;
		if (k < n && (twins[k] != NULL || split(&devices[k], &one.block)))
			s->at[kept++] = (struct split){ &devices[k], one.block };
	}
	s->dirty |= kept < s->n;
	s->n = kept;
	s->devices = devices;
	s->ndevices = n;
	s->arena = arena;
}

void
splits_close(struct splits *s)
{
	if (s == NULL)
		return;
	splits_flush(s);
	free(s);
}

void
splits_learn(struct splits *s, const struct device *d, const struct stretch *block)
{
	log_info("%s: registers %u to %u are read point by point from now on", d->conf.name,
	    block->first, block->first + block->count - 1U);
	if (add(s, d, block))
		s->dirty = true;
}

int
splits_forget(struct splits *s, struct device *d)
{
	size_t kept = 0;

	if (blocks_plan(d, s->arena) != 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].device != d)
			s->at[kept++] = s->at[i];
	s->n = kept;
	s->dirty = true;
	return 0;
}

unsigned
splits_count(const struct splits *s, const struct device *d)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->at[i].device == d;
	return n;
}

/* What does not fit is learnt anew after a restart. */
void
splits_flush(struct splits *s)
{
	char text[SLOT_MAX], line[NAME_MAX_BYTES + 40];
	size_t at = 0, i = 0;

	if (!s->dirty)
		return;
	for (; i < s->n; i++) {
		const struct split *one = &s->at[i];
		int n = snprintf(line, sizeof(line), "%s %u %u %u\n", one->device->conf.name,
		    one->block.function, one->block.first, one->block.count);

		if (at + (size_t)n > sizeof(text))
			break;
		memcpy(text + at, line, (size_t)n);
		at += (size_t)n;
	}
	if (i < s->n && !s->full)
		log_warn("splits: %zu are kept over a restart, %zu are not", i, s->n - i);
	s->full = i < s->n;
	kept_put(s->file, text, at);
	s->dirty = false;
}
