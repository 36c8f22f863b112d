#include <sys/stat.h>

#include "../../gateway/journal/journal.h"
#include "missed.h"

#define DEVICES		100	/* of the store */
#define POINTS		10
#define COMMIT		1000	/* readings */

void
missed_fill(const struct stand *stand, size_t readings, int64_t wall)
{
	const struct journal_conf conf = { .commit = 1000000, .cap = 512 << 20,
	    .buffer = 256 << 10, .boot = 7 };
	uint32_t series[DEVICES * POINTS];
	char path[100], why[200] = "";
	int64_t mono = 1000000;
	struct disk *folder;
	struct journal *j;

	snprintf(path, sizeof(path), "%s/store", stand->dir);
	NEED(mkdir(path, 0700) == 0);
	folder = disk_folder(path, true);
	j = journal_open(folder, &conf, mono, wall, why, sizeof(why));
	NEED(j != NULL);
	for (int i = 0; i < DEVICES * POINTS; i++) {
		char device_of[NAME_MAX_BYTES];
		char point_of[NAME_MAX_BYTES];
		struct series row = { .unit = "mg/m3", .raw = "f32", .decimals = 2 };

		snprintf(device_of, sizeof(device_of), "old/%d", i / POINTS);
		row.device = device_of;
		snprintf(point_of, sizeof(point_of), "point%d", i % POINTS);
		row.point = point_of;
		series[i] = journal_series(j, &row);
	}
	for (size_t i = 0; i < readings; i++, mono += 1000) {
		const struct entry e = { .kind = ENTRY_READING, .reading = {
		    .series = series[i % (DEVICES * POINTS)], .time = wall + (int64_t)i,
		    .mono = mono, .due = mono, .value = { .kind = VALUE_F64,
		    .d = (double)(1000 + i * 7919 % 997) / 100 } } };
		bool last = i % COMMIT == COMMIT - 1 || i + 1 == readings;

		NEED(journal_append(j, &e, last ? COMMIT_WAITED : COMMIT_LAZY, mono,
		    wall + (int64_t)i, true) != 0);
		if (!last)
			continue;
		journal_tick(j, mono);
		NEED(journal_work(j));
		journal_reap(j, mono);
	}
	journal_close(j, mono, wall + (int64_t)readings, true);
	disk_close(folder);
}
