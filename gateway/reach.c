#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control.h"
#include "reach.h"
#include "room.h"
#include "text.h"

#define SAYS_WITHIN	1000	/* ms */

const char *
reach_advice(int error, const char *config, char buf[REACH_MAX])
{
	switch (error) {
	case EACCES:
	case EPERM:
		return _("Only members of the socket's group may ask.");
	case ETIMEDOUT:
	case EAGAIN:			/* nobody took the call */
		return _("The gateway runs, but does not answer.");
	case EPIPE:
	case ECONNRESET:
		snprintf(buf, REACH_MAX, _("The gateway runs, but hung up: is it busy with %d "
		    "others?"), CLIENTS_MAX);
		return buf;
	case ENOENT:
	case ECONNREFUSED:
		snprintf(buf, REACH_MAX, config == NULL ? _("No gateway runs here.") :
		    _("No gateway runs here; start it with: tidegate run -c %s"), config);
		return buf;
	default:
		return NULL;
	}
}

int
reach_failed(const char *who, const char *socket, const char *config)
{
	int error = errno;
	char buf[REACH_MAX];
	const char *advice = reach_advice(error, config, buf);

	fprintf(stderr, _("%s: %s: %s\n"), who, socket, text_error(error));
	if (advice != NULL)
		fprintf(stderr, "%s\n", advice);
	return EXIT_FAILURE;
}

bool
reach_grew(const struct message *m, struct durable *to)
{
	/* buf reads only */
	struct buf b = { .at = (uint8_t *)m->body, .len = m->len, .cap = m->len };

	if (m->kind != MESSAGE_GREW)
		return false;
	for (int lane = 0; lane < LANES; lane++)
		to->seq[lane] = buf_le64(&b);
	return !b.bad;
}

struct durable
reach_durable(const char *socket)
{
	struct durable d = { .seq = { 0 } };
	int fd = socket != NULL ? control_connect(socket) : -1;
	struct message *m;

	if (fd < 0)
		return d;
	m = room_for(1, sizeof(*m));
	if (control_send(fd, MESSAGE_QUERY, 0, NULL, 0) < 0 ||
	    control_receive(fd, m, SAYS_WITHIN) <= 0 || !reach_grew(m, &d))
		d = (struct durable){ .seq = { 0 } };
	free(m);
	close(fd);
	return d;
}
