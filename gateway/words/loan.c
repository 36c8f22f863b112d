#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/glob.h"
#include "../clock.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../text.h"
#include "asker.h"
#include "loan.h"

#define QUIET_LIMIT	15000		/* ms: the question in hand ends first */
#define MOST		(3600 * US_PER_S)
#define MARGIN		(30 * US_PER_S)

static bool
is_life(const struct config *c, const struct device *d)
{
	for (size_t i = 0; i < c->nrules; i++)
		if (c->rules[i].class == CLASS_LIFE &&
		    glob_match(c->rules[i].on, d->conf.name))
			return true;
	return false;
}

size_t
loan_devices(const struct config *c, const struct link_conf *link,
    const struct device **life)
{
	size_t n = 0;

	*life = NULL;
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (strcmp(d->conf.link, link->name) != 0 || d->nblocks == 0)
			continue;
		n++;
		if (is_life(c, d))
			*life = d;
	}
	return n;
}

/* Waits until the gateway has closed the line, or holds it. */
static int
ask_for(int fd, const struct link_conf *link, int64_t most, char *why, size_t n)
{
	struct message *m = room_for(1, sizeof(*m));
	char text[200], buf[REASON_MAX], reach[REACH_MAX];
	int len = snprintf(text, sizeof(text), "%s %s %lld", link_kind_at(
	    (size_t)link->kind)->calls ? "hold" : "lend", link->name,
	    (long long)(most / US_PER_S)), rc;

	rc = control_send(fd, MESSAGE_QUERY, 1, text, (size_t)len);
	while (rc == 0 && (rc = control_receive(fd, m, QUIET_LIMIT)) > 0 &&
	    (m->kind != MESSAGE_ANSWER || m->id != 1))
		rc = 0;
	if (rc > 0 && !(m->flags & MESSAGE_FAILED)) {
		free(m);
		return 0;
	}
	snprintf(why, n, "%s", rc > 0 ? reason_text((const char *)m->body, buf) :
	    reach_advice(rc == 0 ? ETIMEDOUT : ECONNRESET, NULL, reach));
	free(m);
	return -1;
}

int
loan_take(struct loan *loan, const struct config *c, const struct link_conf *link,
    bool offline, int64_t wanted, char *why, size_t n)
{
	const struct device *life;
	size_t devices = loan_devices(c, link, &life);

	loan->most = 0;
	loan->fd = gateway_at(c->gateway.control, why, n);
	if (loan->fd < 0)
		return loan->fd == -1 ? 0 : -1;
	loan->most = wanted + wanted / 2 + MARGIN < MOST ? wanted + wanted / 2 + MARGIN : MOST;
	if (devices > 0 && !offline)
		snprintf(why, n, _("the running gateway polls %zu devices there; with --offline "
		    "it stops meanwhile"), devices);
	else if (ask_for(loan->fd, link, loan->most, why, n) == 0)
		return 0;
	loan_return(loan);
	return -1;
}

/* The gateway takes the line back when its borrower is gone. */
void
loan_return(struct loan *loan)
{
	if (loan->fd >= 0)
		close(loan->fd);
	loan->fd = -1;
}
