#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../reach.h"
#include "../reason.h"
#include "../reply_text.h"
#include "../room.h"
#include "../text.h"
#include "asker.h"

#define ANSWER_LIMIT	30000	/* ms: a slow bus, and others before us */

int
gateway_at(const char *path, char *why, size_t n)
{
	int fd = control_connect(path), error = errno;
	char buf[REACH_MAX];
	const char *advice;

	if (fd >= 0)
		return fd;
	if (error == ENOENT || error == ECONNREFUSED)
		return -1;
	advice = reach_advice(error, NULL, buf);
	snprintf(why, n, "%s: %s", path, advice != NULL ? advice : text_error(error));
	return -2;
}

static enum asker_result
failed(struct asker *a, const char *why)
{
	snprintf(a->why, sizeof(a->why), "%s", why);
	return ASKER_FAILED;
}

/* The gateway ended or hung up, or says nothing. */
static enum asker_result
lost(struct asker *a, int error)
{
	char buf[REACH_MAX];
	const char *advice = reach_advice(error, NULL, buf);

	return failed(a, advice != NULL ? advice : text_error(error));
}

static enum asker_result
result(struct asker *a, enum direct_result rc)
{
	char buf[REASON_MAX];

	if (rc == DIRECT_FAILED)
		return failed(a, reason_text(a->direct->why, buf));
	return rc == DIRECT_STOPPED ? ASKER_STOPPED : ASKER_DONE;
}

enum asker_result
asker_open(struct asker *a, const struct config *config, const struct device *device)
{
	const struct link_conf *link = config_link(config, device->conf.link);

	*a = (struct asker){ .device = device, .message = room_for(1, sizeof(*a->message)) };
	a->fd = gateway_at(config->gateway.control, a->why, sizeof(a->why));
	if (a->fd >= 0)
		return ASKER_DONE;
	if (a->fd == -2)
		return ASKER_FAILED;
	if (link == NULL)
		return failed(a, _("it is on no line"));
	a->direct = room_for(1, sizeof(*a->direct));
	direct_init(a->direct, link);
	return result(a, direct_open(a->direct));
}

static enum asker_result
ask_gateway(struct asker *a, const struct ask *ask, struct reply *reply)
{
	char text[300], buf[REASON_MAX];
	struct message *m = a->message;
	int rc = snprintf(text, sizeof(text), "ask %s %u %u %u", a->device->conf.name,
	    ask->function, ask->number, ask->count);

	if (control_send(a->fd, MESSAGE_QUERY, ++a->id, text, (size_t)rc) < 0)
		return lost(a, errno);
	do
		rc = control_receive(a->fd, m, ANSWER_LIMIT);
	while (rc > 0 && (m->kind != MESSAGE_ANSWER || m->id != a->id));
	if (rc <= 0)
		return lost(a, rc == 0 ? ETIMEDOUT : errno);
	if (m->flags & MESSAGE_FAILED)
		return failed(a, reason_text((const char *)m->body, buf));
	if (reply_read((const char *)m->body, reply, a->data, sizeof(a->data)) < 0)
		return failed(a, _("The gateway answers what this program does not know."));
	return ASKER_DONE;
}

static enum asker_result
ask_once(struct asker *a, const struct ask *ask, struct reply *reply)
{
	enum asker_result rc;

	if (a->direct == NULL)
		return ask_gateway(a, ask, reply);
	rc = result(a, direct_ask(a->direct, ask));
	*reply = a->direct->reply;
	return rc;
}

enum asker_result
asker_ask(struct asker *a, const struct ask *ask, struct reply *reply)
{
	enum asker_result rc = ask_once(a, ask, reply);

	if (rc == ASKER_DONE && reply->status == REPLY_TIMEOUT)
		rc = ask_once(a, ask, reply);
	return rc;
}

enum asker_result
asker_pause(struct asker *a, int64_t us)
{
	if (a->direct != NULL)
		return result(a, direct_pause(a->direct, us));
	usleep((useconds_t)us);
	return ASKER_DONE;
}

void
asker_close(struct asker *a)
{
	if (a->direct != NULL)
		direct_free(a->direct);
	free(a->direct);
	if (a->fd >= 0)
		close(a->fd);
	free(a->message);
}
