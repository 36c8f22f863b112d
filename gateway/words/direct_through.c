#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../reach.h"
#include "../reply_text.h"
#include "../room.h"
#include "direct.h"

#define ANSWER_LIMIT	(300 * US_PER_S)	/* a barrier and a slow line */
#define CALLS_AGAIN	(60 * US_PER_S)		/* a DTU whose line broke */
#define LOOK		US_PER_S
#define DOWN		"the line is down"
#define FIRST_ID	1000			/* the loan had one, too */

void
direct_through(struct direct *d, int fd)
{
	d->gateway = fd;
	d->id = FIRST_ID;
	d->message = room_for(1, sizeof(*d->message));
}

/* 1: there is something; 0: the time is over; -1: Ctrl-C. */
static int
wait_for(struct direct *d, int fd, int64_t until)
{
	struct pollfd p[2] = { { .fd = d->signals.fd, .events = POLLIN },
	    { .fd = fd, .events = POLLIN } };
	int64_t left;

	while ((left = until - system_clock.mono()) > 0) {
		int rc = poll(p, 2, (int)(left / 1000) + 1);

		d->stopped = d->stopped || p[0].revents != 0;
		if (d->stopped)
			return -1;
		if (rc > 0)
			return 1;
	}
	return 0;
}

static enum direct_result
lost(struct direct *d, int error)
{
	char buf[REACH_MAX];
	const char *advice = reach_advice(error, NULL, buf);

	d->link.state = LINK_CLOSED;
	snprintf(d->why, sizeof(d->why), "%s", advice != NULL ? advice : strerror(error));
	return DIRECT_FAILED;
}

/* The answer to what was sent stands in message; refused is a failure, too. */
static enum direct_result
talk(struct direct *d, const char *text, size_t n)
{
	int64_t until = system_clock.mono() + ANSWER_LIMIT;
	struct message *m = d->message;
	int rc;

	if (control_send(d->gateway, MESSAGE_QUERY, ++d->id, text, n) < 0)
		return lost(d, errno);
	do {
		rc = wait_for(d, d->gateway, until);
		if (rc < 0)
			return DIRECT_STOPPED;
		if (rc == 0)
			return lost(d, ETIMEDOUT);
		rc = control_receive(d->gateway, m, 0);
		if (rc < 0)
			return lost(d, errno);
	} while (rc == 0 || m->kind != MESSAGE_ANSWER || m->id != d->id);
	if (!(m->flags & MESSAGE_FAILED))
		return DIRECT_DONE;
	d->link.state = LINK_CLOSED;
	snprintf(d->why, sizeof(d->why), "%.190s", (const char *)m->body);
	return DIRECT_FAILED;
}

/* "LATE GARBLED ..."; NULL: not understood, and what stands behind. */
static const char *
read_tally(struct direct *d, struct tally *t)
{
	const char *body = (const char *)d->message->body;
	unsigned long long late, garbled;
	int at = 0;

	if (sscanf(body, "%llu %llu %n", &late, &garbled, &at) == 2) {
		t->late = late;
		t->garbled = garbled;
		return body + at;
	}
	snprintf(d->why, sizeof(d->why), "%s",
	    "The gateway answers what this program does not know.");
	return NULL;
}

/* Its own line may have broken, and its far end calls again. */
enum direct_result
direct_far_open(struct direct *d)
{
	int64_t until = system_clock.mono() + CALLS_AGAIN;
	enum direct_result rc;
	char text[200];
	int n = snprintf(text, sizeof(text), "hold %s 1", d->conf.name);

	while ((rc = talk(d, text, (size_t)n)) == DIRECT_FAILED &&
	    strcmp(d->why, DOWN) == 0 && system_clock.mono() < until)
		if (wait_for(d, -1, system_clock.mono() + LOOK) < 0)
			return DIRECT_STOPPED;
	if (rc != DIRECT_DONE)
		return rc;
	if (read_tally(d, &d->base) == NULL)
		return DIRECT_FAILED;
	d->tally = (struct tally){ .late = 0 };
	d->link.state = LINK_UP;
	return DIRECT_DONE;
}

static uint64_t
since(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;	/* a new line counts anew */
}

static enum direct_result
ask_once(struct direct *d, const char *text, size_t n)
{
	enum direct_result rc = talk(d, text, n);
	struct tally now;
	const char *reply;

	if (rc != DIRECT_DONE)
		return rc;
	reply = read_tally(d, &now);
	if (reply == NULL)
		return DIRECT_FAILED;
	d->tally.late = since(d->base.late, now.late);
	d->tally.garbled = since(d->base.garbled, now.garbled);
	return reply_read(reply, &d->reply, d->data, sizeof(d->data)) == 0 ? DIRECT_DONE :
	    DIRECT_FAILED;
}

/* Once more where the line broke meanwhile: nobody is passed over for that. */
enum direct_result
direct_far_ask(struct direct *d, const struct ask *ask)
{
	enum direct_result rc;
	char text[300];
	int n = snprintf(text, sizeof(text), "probe %s ", d->conf.name);

	for (size_t i = 0; i < ADDRESS_MAX; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x", ask->address[i]);
	n += snprintf(text + n, sizeof(text) - (size_t)n, " %u %u %u %lld", ask->function,
	    ask->number, ask->count, (long long)ask->timeout);
	rc = ask_once(d, text, (size_t)n);
	if ((rc == DIRECT_FAILED && strcmp(d->why, DOWN) == 0) ||
	    (rc == DIRECT_DONE && d->reply.status == REPLY_LOST)) {
		rc = direct_far_open(d);
		if (rc == DIRECT_DONE)
			rc = ask_once(d, text, (size_t)n);
	}
	return rc;
}
