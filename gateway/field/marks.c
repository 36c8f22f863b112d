#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../journal/entry.h"
#include "../log.h"
#include "../room.h"
#include "marks.h"

struct marks {
	struct kept	*file;
	struct device	*devices;
	size_t		 n;
};

static const struct mark {
	const char	*name;
	uint8_t		 flag;
} names[] = {
	{ "maintenance", QF_MAINTENANCE },
	{ "calibration", QF_CALIBRATION },
};

#define NAMES	(sizeof(names) / sizeof(names[0]))

uint8_t
mark_find(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].flag;
	return 0;
}

char *
mark_names(uint8_t flags, char *buf, size_t n)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < NAMES; i++)
		if ((flags & names[i].flag) && at < n)
			at += (size_t)snprintf(buf + at, n - at, "%s%s", at > 0 ? "," : "",
			    names[i].name);
	return buf;
}

static void
restore(struct marks *m, const char *name, unsigned flags)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->devices[i].conf.name, name) == 0) {
			device_mark(&m->devices[i], (uint8_t)flags);
			return;
		}
	log_warn("marks: %s: no such device any more", name);
}

/* One line a marked device: its name and its flags. */
static void
read_lines(struct marks *m, char *text)
{
	char name[NAME_MAX_BYTES], *save = NULL;
	unsigned flags;

	for (char *l = strtok_r(text, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		if (sscanf(l, "%63s %u", name, &flags) == 2)
			restore(m, name, flags);
}

struct marks *
marks_open(struct keeper *keeper, struct device *devices, size_t n)
{
	struct marks *m = room_for(1, sizeof(*m));
	char text[SLOT_MAX + 1];

	m->devices = devices;
	m->n = n;
	m->file = keeper_file(keeper, "marks", "marks", 0);
	if (m->file == NULL) {
		free(m);
		return NULL;
	}
	read_lines(m, kept_text(m->file, text));
	return m;
}

void
marks_renew(struct marks *m, struct device *devices, size_t n)
{
	m->devices = devices;
	m->n = n;
}

void
marks_close(struct marks *m)
{
	free(m);
}

static uint64_t
store(const struct marks *m)
{
	char text[SLOT_MAX];
	size_t at = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct device *d = &m->devices[i];

		if (d->marks != 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %u\n",
			    d->conf.name, d->marks);
		if (at >= sizeof(text)) {
			errno = ENOSPC;
			return 0;
		}
	}
	return kept_put(m->file, text, at);
}

uint64_t
marks_set(struct marks *m, struct device *d, uint8_t flags)
{
	uint8_t before = d->marks;
	uint64_t ticket;

	device_mark(d, flags);
	ticket = store(m);
	if (ticket == 0)
		device_mark(d, before);
	return ticket;
}

enum kept_result
marks_kept(const struct marks *m, uint64_t ticket)
{
	return kept_result(m->file, ticket);
}
