#include <stdio.h>
#include <string.h>

#include "../clock.h"
#include "replies.h"

#define LONGEST	(86400 * US_PER_S)	/* no code of an alarm lives longer */
#define SELDOM	20			/* it is asked again after that part of its age */
#define SLACK	300			/* s by which the provider's clock may differ */

void
replies_begin(struct replies *r)
{
	pthread_mutex_init(&r->lock, NULL);
}

static struct replies_of *
find(struct replies *r, const char *number)
{
	for (size_t i = 0; i < REPLIES_NUMBERS; i++)
		if (strcmp(r->of[i].number, number) == 0)
			return &r->of[i];
	return NULL;
}

/* A free place, else that of who was told longest ago. */
static struct replies_of *
place_for(struct replies *r)
{
	struct replies_of *oldest = find(r, "");

	if (oldest != NULL)
		return oldest;
	oldest = r->of;
	for (size_t i = 1; i < REPLIES_NUMBERS; i++)
		if (r->of[i].told < oldest->told)
			oldest = &r->of[i];
	return oldest;
}

void
replies_watch(struct replies *r, const char *number, int64_t wall_s, int64_t now, int64_t us)
{
	struct replies_of *of;

	if (number[0] == '\0' || strlen(number) >= sizeof(of->number))
		return;
	pthread_mutex_lock(&r->lock);
	of = find(r, number);
	if (of == NULL) {
		of = place_for(r);
		*of = (struct replies_of){ .since = wall_s - SLACK, .due = INT64_MAX };
		snprintf(of->number, sizeof(of->number), "%s", number);
	}
	of->told = now;
	if (of->due > now + us)		/* messages that come often put it off no further */
		of->due = now + us;
	pthread_mutex_unlock(&r->lock);
}

bool
replies_due(struct replies *r, int64_t now, struct replies_of *to)
{
	bool is = false;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < REPLIES_NUMBERS && !is; i++) {
		is = r->of[i].number[0] != '\0' && r->of[i].due <= now;
		if (is)
			*to = r->of[i];
	}
	pthread_mutex_unlock(&r->lock);
	return is;
}

void
replies_asked(struct replies *r, const char *number, int64_t now, int64_t us)
{
	struct replies_of *of;

	pthread_mutex_lock(&r->lock);
	of = find(r, number);
	if (of != NULL && now - of->told >= LONGEST)
		of->number[0] = '\0';
	else if (of != NULL)
		of->due = now + ((now - of->told) / SELDOM > us ? (now - of->told) / SELDOM : us);
	pthread_mutex_unlock(&r->lock);
}

/* FNV-1a */
static uint64_t
digest(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		sum = (sum ^ (uint8_t)*text) * 0x100000001b3;
	return sum;
}

bool
replies_new(const struct replies_of *of, int64_t time, const char *text)
{
	uint64_t sum = digest(text);

	for (size_t i = 0; time == of->since && i < of->nseen && i < REPLIES_SEEN; i++)
		if (of->seen[i] == sum)
			return false;
	return time >= of->since;
}

void
replies_taken(struct replies *r, const char *number, int64_t time, const char *text)
{
	struct replies_of *of;

	pthread_mutex_lock(&r->lock);
	of = find(r, number);
	if (of != NULL && time > of->since) {
		of->since = time;
		of->nseen = 0;
	}
	if (of != NULL)
		of->seen[of->nseen++ % REPLIES_SEEN] = digest(text);
	pthread_mutex_unlock(&r->lock);
}
