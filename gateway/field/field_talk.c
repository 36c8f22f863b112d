#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../snapshot.h"
#include "../status.h"
#include "field.h"

#define ALARMS_FROM	(1ULL << 32)	/* after the readings */

/* The last durable value of every series, then the alarms that stand. */
static bool
fill_snapshot(void *arg, uint64_t *at, struct buf *b)
{
	struct field_role *f = arg;
	struct alarm_entry a;
	struct reading r;
	size_t before;
	uint64_t seq;

	for (; *at < f->latest.n; ++*at) {
		before = b->len;
		if ((seq = latest_reading(&f->latest, *at, &r)) != 0)
			snapshot_put_reading(b, &r, seq);
		if (b->bad)
			goto full;
	}
	if (*at < ALARMS_FROM)
		*at = ALARMS_FROM;
	for (; field_alarm_at(f, (size_t)(*at - ALARMS_FROM), &a); ++*at) {
		before = b->len;
		if (alarm_closed(&a.alarm))
			continue;
		snapshot_put_alarm(b, &a, 0);
		if (b->bad)
			goto full;
	}
	return false;
full:
	b->len = before;
	b->bad = false;
	return true;
}

struct query {
	const char	*word;
	void		(*answer)(struct field_role *, struct control_client *, uint32_t id);
};

static void
answer_subscribe(struct field_role *f, struct control_client *c, uint32_t id)
{
	(void)id;
	control_subscribe(c, fill_snapshot);
	control_answer(c, MESSAGE_RENEWED, 0, 0, f->config->sha256, strlen(f->config->sha256));
}

static void
answer_status(struct field_role *f, struct control_client *c, uint32_t id)
{
	(void)f;
	if (!control_stream(c, MESSAGE_ANSWER, id, report_status))
		control_answer(c, MESSAGE_ANSWER, MESSAGE_FAILED, id, "one at a time", 13);
}

static const struct query queries[] = {
	{ "", answer_subscribe },
	{ STATUS_WORD, answer_status },
	{ RELOAD_WORD, reload_ask },
};

/* The same with words behind it, cut by whoever answers. */
static const struct {
	const char	*word;
	void		(*answer)(struct field_role *, struct control_client *, uint32_t id,
			    char *words);
} inquiries[] = {
	{ "ask ", inquiry_ask },
	{ "lend ", inquiry_lend },
	{ "hold ", inquiry_hold },
	{ "probe ", inquiry_probe },
	{ "trace ", inquiry_trace },
};

static int
inquire(struct field_role *f, struct control_client *c, const struct message *m)
{
	char words[300];

	for (size_t i = 0; i < sizeof(inquiries) / sizeof(inquiries[0]); i++) {
		size_t n = strlen(inquiries[i].word);

		if (m->len >= sizeof(words) || memchr(m->body, 0, m->len) != NULL ||
		    strncmp((const char *)m->body, inquiries[i].word, n) != 0)
			continue;
		memcpy(words, m->body + n, m->len - n);
		words[m->len - n] = '\0';
		inquiries[i].answer(f, c, m->id, words);
		return 0;
	}
	return -1;
}

static int
query(struct field_role *f, struct control_client *c, const struct message *m)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		if (strcmp((const char *)m->body, queries[i].word) == 0) {
			queries[i].answer(f, c, m->id);
			return 0;
		}
	return inquire(f, c, m);
}

/* Behind so many tabs of a row; NULL: it has fewer. */
static const char *
column(const char *row, int n)
{
	for (; row != NULL && n > 0; n--) {
		row += strcspn(row, "\t\n");
		row = *row == '\t' ? row + 1 : NULL;
	}
	return row;
}

/* "name TAB kind TAB state TAB alarm seq TAB telemetry seq TAB backlog TAB oldest TAB
 * rate TAB delivered TAB ...". */
static int
read_acked(const char *row, uint64_t acked[LANES])
{
	row = column(row, 3);
	if (row == NULL)
		return -1;
	return sscanf(row, "%" SCNu64 "\t%" SCNu64 "\t", &acked[LANE_ALARM],
	    &acked[LANE_TELEMETRY]) == 2 ? 0 : -1;
}

static void
tell_cures(struct field_role *f, const char *row)
{
	const char *backlog = column(row, 5), *delivered = column(row, 8);
	char name[NAME_MAX_BYTES];

	if (delivered == NULL)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(row, "\t"), row);
	cures_hear(f, name, strtoull(delivered, NULL, 10), strtoull(backlog, NULL, 10) > 0);
}

/* Is it a row of an uplink that is configured? */
static bool
is_ours(const struct field_role *f, const char *row)
{
	size_t n = strcspn(row, "\t");

	for (size_t i = 0; i < f->config->nuplinks; i++)
		if (strlen(f->config->uplinks[i].name) == n &&
		    memcmp(f->config->uplinks[i].name, row, n) == 0)
			return true;
	return false;
}

/* What the slowest uplink still needs is pinned.  The rows stay for status.
 * Where one of them is missing nobody knows what it needs: the pins stay. */
static int
take_uplinks(struct field_role *f, struct control_client *c, const struct message *m)
{
	uint64_t least[LANES] = { UINT64_MAX, UINT64_MAX }, acked[LANES];
	const char *row = (const char *)m->body;
	size_t rows = 0;

	f->cures.forward = c;

	while (*row != '\0') {
		const char *end = strchr(row, '\n');

		if (end == NULL || read_acked(row, acked) < 0)
			return -1;
		rows += is_ours(f, row);
		tell_cures(f, row);
		for (int i = 0; i < LANES; i++)
			if (acked[i] < least[i])
				least[i] = acked[i];
		row = end + 1;
	}
	memcpy(f->uplinks, m->body, m->len + 1);
	for (int i = 0; i < LANES && rows >= f->config->nuplinks; i++)
		journal_pin(f->journal, (enum lane)i, least[i] + 1);
	return 0;
}

/* Rows of contacts and ways, for status as they are. */
static int
take_told(struct field_role *f, const struct message *m)
{
	memcpy(f->told, m->body, m->len + 1);
	return 0;
}

static int
said(void *arg, struct control_client *c, const struct message *m, int64_t now)
{
	struct field_role *f = arg;

	(void)now;
	switch (m->kind) {
	case MESSAGE_QUERY:
		return query(f, c, m);
	case MESSAGE_COMMAND:
		command_ask(f, c, m->id, (const char *)m->body);
		return 0;
	case MESSAGE_RECORD:
		return messages_take(f, c, m);
	case MESSAGE_ANSWER:
		return m->id == 0 ? take_uplinks(f, c, m) : m->id == 1 ? take_told(f, m) :
		    saving_spent(f, c, m);
	default:
		return -1;
	}
}

static void
gone(void *arg, struct control_client *c)
{
	struct field_role *f = arg;

	if (f->cures.forward == c)
		f->cures.forward = NULL;
	command_gone(arg, c);
	inquiry_gone(arg, c);
	messages_gone(arg, c);
	reload_gone(arg, c);
}

const struct control_owner field_control = {
	.said = said,
	.gone = gone,
};
