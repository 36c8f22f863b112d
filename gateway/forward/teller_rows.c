#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "teller_own.h"

static const char *
contact_state(const struct tell_contact_status *s)
{
	return s->quiet ? "quiet" : s->waiting > 0 ? "waiting" : "ok";
}

static int
contact_row(struct teller *t, size_t i, int64_t now, int64_t wall, char *row, size_t n)
{
	struct tell_contact_status s;

	tell_contact_status(t->tell, i, now, wall, &s);
	return snprintf(row, n, "contacts\t%s\t%s\t%zu\t%u\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	    "\n", t->plan->plan->contacts[i].conf->name, contact_state(&s), s.waiting, s.day,
	    s.life_day, s.accepted, s.failed, s.expired);
}

static void
clean(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20)
			*text = ' ';
}

static int
way_row(struct teller *t, size_t i, char *row, size_t n)
{
	const struct way_conf *w = &t->plan->ways[i];
	struct post_status s = { .waiting = 0 };
	const char *state;

	if (!post_look(t->post, w->name, &s))
		return 0;
	clean(s.why);
	clean(s.show);
	state = s.why[0] != '\0' ? "failing" : s.open ? "ok" : "starting";
	return snprintf(row, n, "ways\t%s\t%s\t%s\t%zu\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n",
	    w->name, way_kind_at((size_t)w->kind)->name, state, s.waiting, s.sent, s.failed,
	    s.show, s.why);
}

/* As many contacts as there is room for: status is to be read by people. */
void
teller_tell_rows(struct teller *t, int64_t now, int64_t wall)
{
	char row[800];
	size_t n = 0;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->plan->nways + t->plan->plan->ncontacts; i++) {
		int len = i < t->plan->nways ? way_row(t, i, row, sizeof(row)) :
		    contact_row(t, i - t->plan->nways, now, wall, row, sizeof(row));

		if (len <= 0 || (size_t)len >= sizeof(row) || n + (size_t)len > sizeof(t->rows))
			continue;
		memcpy(t->rows + n, row, (size_t)len);
		n += (size_t)len;
	}
	t->nrows = n;
	pthread_mutex_unlock(&t->lock);
}

size_t
teller_rows(struct teller *t, char *rows, size_t n)
{
	size_t put;

	pthread_mutex_lock(&t->lock);
	put = t->nrows <= n ? t->nrows : 0;
	memcpy(rows, t->rows, put);
	pthread_mutex_unlock(&t->lock);
	return put;
}
