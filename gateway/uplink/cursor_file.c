#include <stdio.h>

#include "cursor_file.h"

void
cursor_file_init(struct cursor_file *f)
{
	f->slot = NULL;
	pthread_mutex_init(&f->lock, NULL);
}

void
cursor_file_free(struct cursor_file *f)
{
	if (f->slot != NULL)
		slot_close(f->slot);
	pthread_mutex_destroy(&f->lock);
}

int
cursor_file_open(struct cursor_file *f, const struct disk *disk, const char *uplink)
{
	char name[80];

	if (f->slot != NULL)
		return 0;
	/* '/' is no part of a file's name, and '.' none of an uplink's */
	snprintf(name, sizeof(name), "cursor-%s", uplink);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '.';
	f->slot = slot_open(disk, name);
	return f->slot != NULL ? 0 : -1;
}

bool
cursor_file_load(struct cursor_file *f, struct cursor *c)
{
	uint8_t bytes[CURSOR_BYTES];
	size_t n = slot_read(f->slot, bytes, sizeof(bytes));

	return n > 0 && cursor_read(c, bytes, n);
}

void
cursor_file_begin(struct cursor *c, struct reader *reader)
{
	uint64_t first, last;

	*c = (struct cursor){ .store = reader_store(reader) };
	reader_range(reader, LANE_ALARM, &first, &last);
	c->alarm = first > 0 ? first - 1 : 0;
	reader_range(reader, LANE_TELEMETRY, &first, &last);
	c->live = first > 0 ? first - 1 : 0;
}

int
cursor_file_save(struct cursor_file *f, const struct cursor *c)
{
	uint8_t bytes[CURSOR_BYTES];
	size_t n = cursor_write(c, bytes);
	int result = 0;

	pthread_mutex_lock(&f->lock);
	if (f->slot != NULL)
		result = slot_write(f->slot, bytes, n);
	pthread_mutex_unlock(&f->lock);
	return result;
}
