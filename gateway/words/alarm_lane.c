#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../export_time.h"
#include "../journal/reader.h"
#include "../reach.h"
#include "../run.h"
#include "../text.h"
#include "alarm_lane.h"

int
alarm_lane_open(struct alarm_lane *l)
{
	if (l->store != NULL && l->control != NULL)
		return 0;
	l->config = config_asked(l->config_path);
	if (l->config == NULL)
		return -1;
	if (l->config->gateway.zone != NULL && l->config->gateway.zone[0] != '\0')
		zone_set(l->config->gateway.zone);
	/* of a store of its own nobody says what is durable */
	if (l->control == NULL || (l->control[0] == '\0' && l->store == NULL))
		l->control = l->config->gateway.control;
	if (l->store == NULL)
		l->store = l->config->gateway.store.dir;
	return 0;
}

void
alarm_lane_close(struct alarm_lane *l)
{
	if (l->config != NULL)
		config_free(l->config);
}

static int
failed(const struct alarm_lane *l)
{
	fprintf(stderr, _("%s: %s: no store: %s\n"), l->name, l->store, text_error(errno));
	return -1;
}

static int
walk(const struct alarm_lane *l, struct reader *r, int (*each)(void *, const struct entry *),
    void *arg)
{
	const struct durable all = reach_durable(l->control);
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_ALARM, 0);
	for (;;) {
		enum read_result got = reader_next(r, all.seq[LANE_ALARM], &e, &gap);
		int rc = got == READ_ENTRY ? each(arg, &e) : 0;

		if (got == READ_FAILED)
			return failed(l);
		if (got == READ_END || rc != 0)
			return rc;
	}
}

int
alarm_lane_read(struct alarm_lane *l, int (*each)(void *, const struct entry *), void *arg)
{
	struct disk *disk = disk_folder(l->store, false);
	struct reader *r = disk != NULL ? reader_open(disk) : NULL;
	int rc;

	if (r == NULL) {
		rc = failed(l);
	} else if (reader_store(r) == 0) {
		errno = ENOENT;
		rc = failed(l);
	} else {
		l->reader = r;
		rc = walk(l, r, each, arg);
	}
	if (r != NULL)
		reader_close(r);
	if (disk != NULL)
		disk_close(disk);
	return rc;
}

bool
alarm_lane_wants(const struct alarm_lane *l, const char *rule, const char *device)
{
	return (l->rule == NULL || glob_match(l->rule, rule)) &&
	    (l->device == NULL || glob_match(l->device, device));
}

const char *
alarm_time(int64_t ms, char room[32])
{
	local_write(ms, room);
	if (strlen(room) > 19)
		room[19] = '\0';
	return room;
}
