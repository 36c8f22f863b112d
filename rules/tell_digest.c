#include <stdio.h>
#include <string.h>

#include "tell_own.h"

#define SITES	16

/* Alarms by site: what stands before the last / of a device. */
struct sites {
	struct site {
		char		name[TELL_NAME];
		unsigned	n;
	}	at[SITES];
	size_t	n;
	unsigned other;
};

static void
count_site(struct sites *all, const char *device)
{
	const char *slash = strrchr(device, '/');
	size_t len = slash != NULL ? (size_t)(slash - device) : strlen(device);

	for (size_t i = 0; i < all->n; i++)
		if (strncmp(all->at[i].name, device, len) == 0 && all->at[i].name[len] == '\0') {
			all->at[i].n++;
			return;
		}
	if (all->n == SITES) {
		all->other++;
		return;
	}
	snprintf(all->at[all->n].name, TELL_NAME, "%.*s", (int)len, device);
	all->at[all->n++].n = 1;
}

/* The one with most of them; it is taken out. */
static struct site *
largest(struct sites *all)
{
	struct site *most = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (all->at[i].n > 0 && (most == NULL || all->at[i].n > most->n))
			most = &all->at[i];
	return most;
}

/* Where to look for the cause of the others: what came first of a site. */
static size_t
put_first(const struct queue *q, bool chinese, const char *between, char *body, size_t n)
{
	size_t at = 0;

	body[0] = '\0';
	for (const struct note *i = q->first; i != NULL; i = i->behind) {
		const struct tell_alarm *a = i->alarm;

		if (!a->is.first || q->n < 2 || at + 300 > n)
			continue;
		at += (size_t)snprintf(body + at, n - at, chinese ? "首发 %s%s" : "first: %s%s",
		    chinese ? a->zh : a->en, between);
	}
	return at;
}

static void
put_sites(const struct queue *q, struct sites *all, bool chinese, char *body, size_t n)
{
	struct site *site;
	size_t begin = put_first(q, chinese, chinese ? ";" : "; ", body, n), at = begin;

	while ((site = largest(all)) != NULL && at + TELL_NAME + 16 < n) {
		at += (size_t)snprintf(body + at, n - at, "%s%s %u",
		    at == begin ? "" : chinese ? "," : ", ", site->name, site->n);
		site->n = 0;
	}
	if (all->other > 0)
		snprintf(body + at, n - at, chinese ? ",其他 %u" : ", others %u", all->other);
}

static const struct note *
heaviest(const struct queue *q, int below)
{
	const struct note *most = NULL;

	for (const struct note *n = q->first; n != NULL; n = n->behind)
		if ((int)n->alarm->priority < below &&
		    (most == NULL || n->alarm->priority > most->alarm->priority))
			most = n;
	return most;
}

/* The most severe first, one a priority and then the rest as they came. */
static void
put_texts(const struct queue *q, bool chinese, const char *between, char *body, size_t n)
{
	size_t begin = put_first(q, chinese, between, body, n), at = begin;

	for (int priority = PRIORITY_URGENT; priority >= PRIORITY_LOW; priority--) {
		if (heaviest(q, priority + 1) == NULL)
			continue;
		for (const struct note *i = q->first; i != NULL; i = i->behind) {
			const char *text = chinese ? i->alarm->zh : i->alarm->en;

			if ((int)i->alarm->priority != priority || at + 300 > n ||
			    (begin > 0 && i->alarm->is.first))
				continue;
			at += (size_t)snprintf(body + at, n - at, "%s%s%s",
			    at > begin ? between : "", text, !i->alarm->is.chattering ?
			    "" : chinese ? "(反复报警)" : " (chattering)");
		}
	}
}

struct sums {
	unsigned	all, standing, heavy;
	int64_t		from, to;
};

static struct sums
sum(const struct queue *q, struct sites *sites)
{
	struct sums s = { .all = (unsigned)(q->n + q->lumped), .from = INT64_MAX,
	    .to = INT64_MIN };

	for (const struct note *n = q->first; n != NULL; n = n->behind) {
		const struct tell_alarm *a = n->alarm;

		count_site(sites, a->device);
		s.standing += a->is.active;
		s.heavy += a->priority >= PRIORITY_HIGH;
		s.from = a->risen < s.from ? a->risen : s.from;
		s.to = a->risen > s.to ? a->risen : s.to;
	}
	return s;
}

static void
put_head(const struct sums *s, bool chinese, char *head, size_t n)
{
	if (chinese)
		snprintf(head, n, "[汇总] %u 条报警,%u 条高级别,%u 条未恢复:", s->all, s->heavy,
		    s->standing);
	else
		snprintf(head, n, "[digest] %u alarm%s, %u of high priority, %u still "
		    "stand%s: ", s->all, s->all == 1 ? "" : "s", s->heavy, s->standing,
		    s->standing == 1 ? "s" : "");
}

static void
put_tail(const struct tell *t, const struct sums *s, char *tail, size_t n)
{
	char from[24], to[24];

	tail[0] = '\0';
	if (s->from == INT64_MAX)
		return;
	tell_text_time(t, s->from, from, sizeof(from));
	tell_text_time(t, s->to, to, sizeof(to));
	if (strcmp(from, to) == 0)
		snprintf(tail, n, " %s", from);
	else
		snprintf(tail, n, " %s-%s", from, to);
}

void
tell_text_digest(const struct tell *t, struct slot *s, const struct queue *q)
{
	bool chinese = tell_text_chinese(t, q->contact);
	struct sites sites = { .n = 0 };
	struct sums sums = sum(q, &sites);
	char head[160], body[TELL_TEXT - 320], tail[80];

	put_head(&sums, chinese, head, sizeof(head));
	put_tail(t, &sums, tail, sizeof(tail));
	put_texts(q, chinese, "\n", body, sizeof(body));
	/* head and tail both bring a blank for the body that stands between */
	snprintf(s->whole, sizeof(s->whole), "%s%s\n%s", head,
	    tail[0] == ' ' ? tail + 1 : tail, body);
	if (t->set->area && sites.n > 1)
		put_sites(q, &sites, chinese, body, sizeof(body));
	else
		put_texts(q, chinese, chinese ? ";" : "; ", body, sizeof(body));
	tell_text_fit(t, s->text, head, body, tail);
}
