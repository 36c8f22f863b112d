#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../field/messages.h"
#include "../journal/reader.h"
#include "../room.h"
#include "../text.h"
#include "proof.h"

#define SEQ_KEY	"\"seq\":"
/* The writer has ended: what it flushed last counts, though no second slot
 * vouches for it yet. */
#define TO_THE_END	UINT64_MAX

/* Numbers, as they come. */
struct seqs {
	uint64_t	*at;
	size_t		 n, room;
};

static void
seqs_add(struct seqs *s, uint64_t seq)
{
	if (s->n == s->room) {
		uint64_t *grown = room_for(s->room * 2 + 1024, sizeof(*grown));

		if (s->n > 0)
			memcpy(grown, s->at, s->n * sizeof(*grown));
		free(s->at);
		s->at = grown;
		s->room = s->room * 2 + 1024;
	}
	s->at[s->n++] = seq;
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

static void
seqs_sort(struct seqs *s)
{
	if (s->n > 0)
		qsort(s->at, s->n, sizeof(*s->at), by_number);
}

static void
note_bad(struct proof *proof, const struct entry *e, const struct series *series)
{
	if (e->kind != ENTRY_READING ||
	    quality_severity(e->reading.quality) != SEVERITY_BAD || (series != NULL &&
	    proof->may_be != NULL && proof->may_be(series->device)))
		return;
	if (proof->bad++ > 0)
		return;
	snprintf(proof->first_bad, sizeof(proof->first_bad), "%s.%s: %s",
	    series != NULL ? series->device : "?", series != NULL ? series->point : "?",
	    _(quality_name(e->reading.quality)));
}

static void
note_order(struct proof *proof, const struct entry *e)
{
	const struct command_entry *c = &e->command;
	bool of_rule, in_gas;

	if (e->kind != ENTRY_COMMAND)
		return;
	of_rule = c->source != NULL && strncmp(c->source, "rule:", 5) == 0;
	in_gas = c->phase == COMMAND_REFUSED && c->why != NULL &&
	    strstr(c->why, "tells of gas") != NULL;
	proof->done += c->phase == COMMAND_DONE;
	proof->closed += c->phase == COMMAND_DONE && of_rule;
	proof->refused += in_gas;
	proof->undone += (c->phase == COMMAND_REFUSED && !in_gas) ||
	    c->phase == COMMAND_FAILED || c->phase == COMMAND_EXPIRED;
}

static bool
says(const struct record *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (strcmp(r->fields[i].name, name) == 0)
			return strcmp(r->fields[i].value, value) == 0;
	return false;
}

/* Who was told, and who answered. */
static void
note_people(struct proof *proof, const struct entry *e)
{
	const struct record *r = &e->record;

	if (e->flags & ENTRY_SNAPSHOT)
		return;
	if (e->kind == ENTRY_ALARM)
		proof->acked += e->alarm.event == ALARM_EV_ACK;
	if (e->kind != ENTRY_RECORD || strcmp(r->kind, MESSAGES_KIND) != 0)
		return;
	proof->told += says(r, "phase", "accepted") || says(r, "phase", "delivered");
	proof->escalated += says(r, "purpose", "escalated");
}

static void
take(struct proof *proof, struct reader *r, const struct entry *e, struct seqs *seqs)
{
	const struct series *series = NULL;

	if (e->kind == ENTRY_READING &&
	    (series = reader_series(r, e->reading.series)) != NULL)
		live_series(&proof->live, series);
	live_entry(&proof->live, e);
	note_bad(proof, e, series);
	note_order(proof, e);
	note_people(proof, e);
	if (e->flags & ENTRY_SNAPSHOT)	/* restated, nothing to deliver */
		return;
	proof->stored++;
	seqs_add(seqs, e->seq);
}

static int
read_lane(struct proof *proof, const struct disk *disk, enum lane lane, struct seqs *seqs)
{
	struct reader *r = reader_open(disk);
	enum read_result got = READ_FAILED;
	struct entry e;
	struct gap gap;

	if (r == NULL)
		return -1;
	reader_seek(r, lane, 1);
	while ((got = reader_next(r, TO_THE_END, &e, &gap)) == READ_ENTRY || got == READ_GAP)
		if (got == READ_ENTRY)
			take(proof, r, &e, seqs);
		else
			proof->gone += gap.to - gap.from + 1;
	reader_close(r);
	return got == READ_END ? 0 : -1;
}

static int
read_store(struct proof *proof, const char *store, struct seqs *seqs)
{
	struct disk *disk = disk_folder(store, false);
	int rc;

	if (disk == NULL)
		return -1;
	rc = read_lane(proof, disk, LANE_ALARM, seqs);
	if (rc == 0)
		rc = read_lane(proof, disk, LANE_TELEMETRY, seqs);
	disk_close(disk);
	return rc;
}

static int
read_file(const char *path, struct seqs *seqs)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *at;
	size_t room = 0;

	if (f == NULL)
		return -1;
	/* a quote within a text is escaped: this is the key and nothing else */
	while (getline(&line, &room, f) > 0)
		if ((at = strstr(line, SEQ_KEY)) != NULL)
			seqs_add(seqs, strtoull(at + strlen(SEQ_KEY), NULL, 10));
	free(line);
	fclose(f);
	return 0;
}

static void
compare(struct proof *proof, struct seqs *stored, struct seqs *sent)
{
	size_t i = 0, k = 0;

	seqs_sort(stored);
	seqs_sort(sent);
	while (i < stored->n || k < sent->n) {
		if (k > 0 && k < sent->n && sent->at[k] == sent->at[k - 1]) {
			proof->twice++;
			k++;
		} else if (k == sent->n || (i < stored->n && stored->at[i] < sent->at[k])) {
			if (proof->missing++ == 0)
				proof->first_missing = stored->at[i];
			i++;
		} else if (i == stored->n || sent->at[k] < stored->at[i]) {
			proof->invented++;
			k++;
		} else {
			i++;
			k++;
		}
	}
}

int
proof_read(struct proof *proof, const char *store, const char *file,
    bool (*may_be)(const char *device), char *why, size_t n)
{
	struct seqs stored = { 0 }, sent = { 0 };
	int rc = 0;

	memset(proof, 0, sizeof(*proof));
	proof->may_be = may_be;
	live_init(&proof->live);
	if (read_store(proof, store, &stored) != 0) {
		snprintf(why, n, "%s: %s", store, text_error(errno));
		rc = -1;
	} else if (read_file(file, &sent) != 0) {
		snprintf(why, n, "%s: %s", file, text_error(errno));
		rc = -1;
	} else
		compare(proof, &stored, &sent);
	free(stored.at);
	free(sent.at);
	return rc;
}

void
proof_free(struct proof *proof)
{
	live_free(&proof->live);
}
