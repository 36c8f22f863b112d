#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/journal/journal.h"
#include "../../gateway/words/proof.h"
#include "../check.h"

#define WALL	1700000000000LL

static char folder[64], store[80], file[80], why[300];
static struct proof proof;

static int
unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
append(struct journal *j, struct entry e)
{
	CHECK(journal_append(j, &e, COMMIT_LAZY, 1000000, WALL, true) != 0);
}

static struct entry
step(enum alarm_event event)
{
	return (struct entry){ .kind = ENTRY_ALARM, .alarm = { .rule = "high", .device = "a/b",
	    .text_en = "", .text_zh = "", .who = "", .event = (uint8_t)event,
	    .alarm = { .active = event == ALARM_EV_ENTER } } };
}

/* Six entries, 1 to 6: a note, an alarm and its end, two good readings and one
 * of this quality. */
static void
fill(uint8_t code)
{
	const struct journal_conf conf = { .commit = 1000000, .cap = 64 << 20,
	    .buffer = 256 << 10, .boot = 7 };
	struct series s = { .device = "a/b", .point = "level", .unit = "m", .raw = "f32",
	    .decimals = 2 };
	struct entry r = { .kind = ENTRY_READING };
	struct disk *disk = disk_folder(store, true);
	struct journal *j;

	CHECK(disk != NULL);
	CHECK((j = journal_open(disk, &conf, 1000000, WALL, why, sizeof(why))) != NULL);
	r.reading = (struct reading){ .series = journal_series(j, &s), .time = WALL,
	    .value = { .kind = VALUE_F32, .f = 1 } };
	append(j, (struct entry){ .kind = ENTRY_NOTE, .note = { "test", "begun" } });
	append(j, step(ALARM_EV_ENTER));
	append(j, r);
	append(j, step(ALARM_EV_LEAVE));
	r.reading.quality.code = code;
	if (code != Q_GOOD)
		r.reading.value.kind = VALUE_NONE;
	append(j, r);
	r.reading.quality.code = Q_GOOD;
	r.reading.value.kind = VALUE_F32;
	append(j, r);
	journal_close(j, 2000000, WALL + 1000, true);
	disk_close(disk);
}

static void
begin(uint8_t code)
{
	strcpy(folder, "/tmp/tidegate-proof-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	snprintf(store, sizeof(store), "%s/store", folder);
	snprintf(file, sizeof(file), "%s/out.jsonl", folder);
	fill(code);
}

static void
end(void)
{
	proof_free(&proof);
	CHECK(nftw(folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* The file holds these numbers, one a line. */
static void
judge(const char *seqs)
{
	FILE *f = fopen(file, "w");

	CHECK(f != NULL);
	for (; *seqs != '\0'; seqs++)
		fprintf(f, "{\"text\":\"\\\"seq\\\":99\",\"seq\":%c}\n", *seqs);
	fclose(f);
	CHECK(proof_read(&proof, store, file, NULL, why, sizeof(why)) == 0);
}

static void
all_is_there(void)
{
	size_t devices;

	begin(Q_GOOD);
	judge("123456");
	CHECK(proof.stored == 6 && proof.gone == 0);
	CHECK(proof.missing == 0 && proof.invented == 0 && proof.twice == 0);
	CHECK(proof.live.raised == 1 && proof.live.cleared == 1 && proof.live.bad == 0);
	CHECK(live_good_devices(&proof.live, &devices) == 1 && devices == 1);
	CHECK(proof.first_bad[0] == '\0');
	end();
}

static void
order_and_repeats_are_no_loss(void)
{
	begin(Q_GOOD);
	judge("243156611");
	CHECK(proof.missing == 0 && proof.invented == 0 && proof.twice == 3);
	end();
}

static void
what_is_missing_is_found(void)
{
	static const struct {
		const char	*seqs;
		uint64_t	 missing, first;
	} rows[] = {
		{ "", 6, 1 }, { "23456", 1, 1 }, { "12345", 1, 6 }, { "1356", 2, 2 },
		{ "1122", 4, 3 },
	};

	begin(Q_GOOD);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge(rows[i].seqs);
		CHECK(proof.missing == rows[i].missing && proof.first_missing == rows[i].first);
		CHECK(proof.invented == 0);
		proof_free(&proof);
	}
	memset(&proof, 0, sizeof(proof));
	end();
}

static void
what_was_never_stored_is_found(void)
{
	begin(Q_GOOD);
	judge("1234567");
	CHECK(proof.invented == 1 && proof.missing == 0);
	end();
}

static void
a_bad_reading_is_remembered(void)
{
	size_t devices;

	begin(Q_COMM_FAILURE);
	judge("123456");
	CHECK(proof.bad == 1 && strcmp(proof.first_bad, "a/b.level: comm-failure") == 0);
	CHECK(live_good_devices(&proof.live, &devices) == 1);	/* it is well again */
	end();
}

static bool
is_dead(const char *device)
{
	return strcmp(device, "a/b") == 0;
}

static void
a_dead_device_may_be_bad(void)
{
	begin(Q_COMM_FAILURE);
	judge("123456");
	proof_free(&proof);
	CHECK(proof_read(&proof, store, file, is_dead, why, sizeof(why)) == 0);
	CHECK(proof.bad == 0 && proof.first_bad[0] == '\0' && proof.missing == 0);
	end();
}

static void
nothing_to_read_is_told(void)
{
	begin(Q_GOOD);
	CHECK(proof_read(&proof, store, "/nowhere/out.jsonl", NULL, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "/nowhere/out.jsonl: No such file or directory") == 0);
	end();
}

int
main(void)
{
	RUN(all_is_there);
	RUN(order_and_repeats_are_no_loss);
	RUN(a_dead_device_may_be_bad);
	RUN(what_is_missing_is_found);
	RUN(what_was_never_stored_is_found);
	RUN(a_bad_reading_is_remembered);
	RUN(nothing_to_read_is_told);
	return 0;
}
