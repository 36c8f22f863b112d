#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "store.h"

int64_t test_mono = 1000 * US_PER_S, test_wall = 1700000000000;
bool test_trusted = true;

static int64_t
mono(void)
{
	return test_mono;
}

static int64_t
wall(void)
{
	return test_wall;
}

static bool
trusted(void)
{
	return test_trusted;
}

const struct clock test_clock = { .mono = mono, .wall = wall, .trusted = trusted };

static void
told(void *arg, const struct entry *e)
{
	struct test_store *s = arg;
	struct entry *copy = &s->told[s->n++];

	CHECK(s->n <= STORE_ENTRIES);
	*copy = *e;
	if (e->kind != ENTRY_ALARM)
		return;
	copy->alarm.rule = strdup(e->alarm.rule);
	copy->alarm.device = strdup(e->alarm.device);
	copy->alarm.text_en = strdup(e->alarm.text_en);
	copy->alarm.text_zh = strdup(e->alarm.text_zh);
	copy->alarm.who = strdup(e->alarm.who);
}

static void
forget(struct test_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct alarm_entry *a = &s->told[i].alarm;

		if (s->told[i].kind != ENTRY_ALARM)
			continue;
		free((void *)(uintptr_t)a->rule);
		free((void *)(uintptr_t)a->device);
		free((void *)(uintptr_t)a->text_en);
		free((void *)(uintptr_t)a->text_zh);
		free((void *)(uintptr_t)a->who);
	}
	s->n = 0;
}

static void
open_journal(struct test_store *s, size_t buffer)
{
	const struct journal_conf conf = { .commit = US_PER_S, .cap = 16 << 20,
	    .buffer = buffer, .boot = 1 };
	char why[200] = "";

	s->disk = disk_folder(s->folder, true);
	CHECK(s->disk != NULL);
	s->journal = journal_open(s->disk, &conf, test_mono, test_wall, why, sizeof(why));
	if (s->journal == NULL)
		fprintf(stderr, "%s\n", why);
	CHECK(s->journal != NULL);
	journal_on_durable(s->journal, told, s);
}

struct test_store *
store_open(size_t buffer)
{
	struct test_store *s = calloc(1, sizeof(*s));

	CHECK(s != NULL);
	strcpy(s->folder, "/tmp/t_store.XXXXXX");
	CHECK(mkdtemp(s->folder) != NULL);
	open_journal(s, buffer);
	return s;
}

static void
end_journal(struct test_store *s)
{
	journal_close(s->journal, test_mono, test_wall, test_trusted);
	disk_close(s->disk);
	forget(s);
}

void
store_reopen(struct test_store *s, size_t buffer)
{
	end_journal(s);
	open_journal(s, buffer);
}

void
store_close(struct test_store *s)
{
	char path[400];
	struct dirent *e;
	DIR *d;

	end_journal(s);
	d = opendir(s->folder);
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", s->folder, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(s->folder);
	free(s);
}

void
store_flush(struct test_store *s)
{
	int64_t later = test_mono + 10 * US_PER_S;

	for (int i = 0; i < 100; i++) {
		journal_tick(s->journal, later);
		if (!journal_work(s->journal))
			return;
		journal_reap(s->journal, later);
	}
	CHECK(!"the journal never rests");
}

uint32_t
store_series(struct test_store *s, const char *device, const char *point)
{
	const struct series series = { .device = device, .point = point, .unit = "",
	    .raw = "u16", .decimals = -1 };
	uint32_t id = journal_series(s->journal, &series);

	CHECK(id != 0);
	return id;
}
