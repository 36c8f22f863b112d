/* Bits flip, pages turn to zero, blocks change places, files are cut short.
 * The store opens, says that something is missing and which seqs, keeps the
 * neighbours and never gives a wrong value. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../check.h"
#include "../sim/story.h"

#define BLOCK	4096
#define ENTRIES	400		/* more than a block holds of these */

struct base {
	struct simdisk	*disk;		/* the files of a real folder */
	struct story	 story;		/* with the book of what they hold */
	uint64_t	 newest[LANES];	/* before the newest commit of each lane */
	char		 folder[64];
};

static void
remove_folder(const char *folder, const struct simdisk *d)
{
	char path[256];

	for (size_t i = 0; simdisk_name(d, i) != NULL; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, simdisk_name(d, i));
		unlink(path);
	}
	CHECK(rmdir(folder) == 0);
}

static struct base
base_make(void)
{
	struct base b = { .disk = NULL };
	struct disk *real;

	strcpy(b.folder, "/tmp/tidegate-damage-XXXXXX");
	CHECK(mkdtemp(b.folder) != NULL);
	real = disk_folder(b.folder, true);
	CHECK(real != NULL);
	story_init(&b.story, real, 21);
	CHECK(story_open(&b.story) == 0);
	story_bulk(&b.story, 5000);
	for (int i = 0; i < 300; i++)
		story_step(&b.story, 12);
	story_settle(&b.story);
	for (size_t lane = 0; lane < LANES; lane++)
		b.newest[lane] = b.story.ledger.acked.seq[lane];
	story_bulk(&b.story, 16);
	story_settle(&b.story);
	journal_close(b.story.journal, b.story.scribe.mono, b.story.scribe.wall, true);
	b.story.journal = NULL;
	disk_close(real);
	b.disk = simdisk_import(b.folder, 21);
	remove_folder(b.folder, b.disk);
	return b;
}

static void
base_free(struct base *b)
{
	ledger_free(&b->story.ledger);
	simdisk_free(b->disk);
}

/* What came of one damage. */
struct outcome {
	uint64_t	read, missing, unreported;
	bool		told;		/* by the writer's counters or a gap */
	bool		wrong;
};

struct gaps {
	uint64_t	from[256], to[256];
	size_t		n;
};

static bool
covered(const struct gaps *g, uint64_t seq)
{
	for (size_t i = 0; i < g->n; i++)
		if (seq >= g->from[i] && seq <= g->to[i])
			return true;
	return false;
}

static bool
entry_right(const struct ledger *l, const struct entry *e)
{
	if (e->kind == ENTRY_ALARM && (e->flags & ENTRY_SNAPSHOT))
		return scribe_alarm_index(&e->alarm) >= 0;
	return e->seq < l->n && l->lines[e->seq].fold == entry_fold(e);
}

static void
read_lane(struct base *b, struct reader *r, enum lane lane, uint64_t limit, struct outcome *o)
{
	struct ledger *l = &b->story.ledger;
	struct gaps gaps = { .n = 0 };
	enum read_result result;
	struct entry e;
	struct gap gap;
	uint64_t last = 0;

	reader_seek(r, lane, 1);
	while ((result = reader_next(r, limit, &e, &gap)) != READ_END) {
		CHECK(result != READ_FAILED);
		if (result == READ_GAP) {
			CHECK(gaps.n < 256 && gap.from <= gap.to);
			gaps.from[gaps.n] = gap.from;
			gaps.to[gaps.n++] = gap.to;
			o->told = true;
			continue;
		}
		if (!entry_right(l, &e) || e.seq <= last || covered(&gaps, e.seq)) {
			o->wrong = true;
			entry_print(&e);
		}
		last = e.seq;
		if (e.seq < l->n)
			l->lines[e.seq].read = l->look;
		o->read++;
	}
	for (uint64_t s = 1; s < l->n; s++) {
		const struct ledger_line *line = &l->lines[s];

		if (line->fold == 0 || line->lane != lane || line->read == l->look)
			continue;
		o->missing++;
		/* the newest commit may look like an unfinished write */
		if (!covered(&gaps, s) && s <= b->newest[lane])
			o->unreported++;
	}
}

static struct outcome
look(struct base *b, struct simdisk *image)
{
	struct outcome o = { .read = 0 };
	struct journal *j;
	struct reader *r;
	char why[200] = "";

	b->story.ledger.look++;
	j = journal_open(&image->disk, &b->story.conf, 1000000, b->story.scribe.wall, why,
	    sizeof why);
	if (j == NULL)
		fprintf(stderr, "did not open: %s\n", why);
	CHECK(j != NULL);
	o.told = journal_stats(j)->damaged + journal_stats(j)->set_aside > 0;
	r = reader_open(&image->disk);
	CHECK(r != NULL);
	for (enum lane lane = 0; lane < LANES; lane++)
		read_lane(b, r, lane, journal_durable(j).seq[lane], &o);
	reader_close(r);
	journal_close(j, 2000000, b->story.scribe.wall, true);
	return o;
}

/* A byte of the store: files weighed by their size. */
static const char *
anywhere(const struct simdisk *d, struct chance *c, off_t *at)
{
	off_t total = 0, place;
	const char *name;

	for (size_t i = 0; (name = simdisk_name(d, i)) != NULL; i++)
		total += simdisk_size(d, name);
	place = (off_t)chance_below(c, (uint64_t)total);
	for (size_t i = 0; (name = simdisk_name(d, i)) != NULL; i++) {
		if (place < simdisk_size(d, name))
			break;
		place -= simdisk_size(d, name);
	}
	*at = place;
	return name;
}

static bool
flip(struct simdisk *d, struct chance *c)
{
	off_t at;
	const char *name = anywhere(d, c, &at);
	uint8_t byte;

	simdisk_peek(d, name, at, &byte, 1);
	byte = (uint8_t)(byte ^ 1 << chance_below(c, 8));
	simdisk_poke(d, name, at, &byte, 1);
	return true;
}

static bool
blank(struct simdisk *d, struct chance *c)
{
	off_t at;
	const char *name = anywhere(d, c, &at);
	uint8_t zeros[BLOCK] = { 0 };

	simdisk_poke(d, name, at - at % BLOCK, zeros, BLOCK);
	return true;
}

static bool
swap(struct simdisk *d, struct chance *c)
{
	uint8_t a[BLOCK] = { 0 }, b[BLOCK] = { 0 };
	off_t one, two;
	char name[SIM_NAME_MAX];
	const char *other;

	snprintf(name, sizeof name, "%s", anywhere(d, c, &one));
	other = anywhere(d, c, &two);
	one -= one % BLOCK, two -= two % BLOCK;
	simdisk_peek(d, name, one, a, BLOCK);
	simdisk_peek(d, other, two, b, BLOCK);
	simdisk_poke(d, name, one, b, BLOCK);
	simdisk_poke(d, other, two, a, BLOCK);
	return memcmp(a, b, BLOCK) != 0;
}

static bool
shorten(struct simdisk *d, struct chance *c)
{
	off_t at;
	const char *name = anywhere(d, c, &at);

	simdisk_resize(d, name, at);
	return true;
}

static bool
noise(struct simdisk *d, struct chance *c)
{
	off_t at;
	const char *name = anywhere(d, c, &at);
	uint8_t bytes[600];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)chance_next(c);
	simdisk_poke(d, name, at, bytes, sizeof bytes);
	return true;
}

/* So many damages of a kind, each on a fresh copy; most: how many entries one
 * of them may cost. */
static void
damage(struct base *b, const char *what, bool (*hurt)(struct simdisk *, struct chance *),
    size_t times, uint64_t most)
{
	struct chance c = { .state = 1000 + times };
	uint64_t missing = 0, worst = 0, told = 0, hurting = 0;

	for (size_t i = 0; i < times; i++) {
		struct simdisk *image = simdisk_cut(b->disk, &(struct cut){ .survivors = 0 }, &c);
		struct outcome o;

		hurt(image, &c);
		o = look(b, image);
		simdisk_free(image);
		if (o.wrong || o.unreported > 0 || o.missing > most)
			fprintf(stderr, "%s %zu: %" PRIu64 " read, %" PRIu64 " missing, %" PRIu64
			    " of them untold\n", what, i, o.read, o.missing, o.unreported);
		CHECK(!o.wrong && o.unreported == 0 && o.missing <= most);
		missing += o.missing, told += o.told, hurting += o.missing > 0;
		worst = o.missing > worst ? o.missing : worst;
	}
	printf("  %s: %zu damages, %" PRIu64 " cost entries, %" PRIu64 " told of; %" PRIu64
	    " entries lost, %" PRIu64 " at most at once\n", what, times, hurting, told, missing,
	    worst);
	CHECK(hurting > 0 && told >= hurting / 2);
}

static struct base base;

static size_t
times(size_t n)
{
	const char *more = getenv("DAMAGE_TIMES");

	return more == NULL ? n : n * strtoul(more, NULL, 10);
}

static void
an_unhurt_store_gives_everything(void)
{
	struct chance c = { .state = 1 };
	struct simdisk *image = simdisk_cut(base.disk, &(struct cut){ .survivors = 0 }, &c);
	struct outcome o = look(&base, image);

	CHECK(!o.told && !o.wrong && o.missing == 0 && o.read > 5000);
	simdisk_free(image);
}

static void
bits_flip(void)
{
	damage(&base, "flips", flip, times(300), ENTRIES);
}

static void
pages_turn_to_zero(void)
{
	damage(&base, "zeroed pages", blank, times(150), ENTRIES);
}

static void
blocks_change_places(void)
{
	damage(&base, "swapped blocks", swap, times(150), 2 * ENTRIES);
}

static void
noise_is_written(void)
{
	damage(&base, "noise", noise, times(150), 2 * ENTRIES);
}

static void
files_are_cut_short(void)
{
	damage(&base, "truncated files", shorten, times(100), 4000);
}

int
main(void)
{
	base = base_make();
	RUN(an_unhurt_store_gives_everything);
	RUN(bits_flip);
	RUN(pages_turn_to_zero);
	RUN(noise_is_written);
	RUN(blocks_change_places);
	RUN(files_are_cut_short);
	base_free(&base);
	return 0;
}
