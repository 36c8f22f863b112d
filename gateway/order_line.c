#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "order_line.h"
#include "room.h"
#include "snapshot.h"

#define PRESENT_WAIT	500	/* ms for the next piece */

static int
open_line(const struct order_line *line)
{
	return control_connect(line->path);
}

static int
give(int fd, uint32_t id, const char *words)
{
	return control_send(fd, MESSAGE_COMMAND, id, words, strlen(words));
}

static int
hear(int fd, struct order_answer *answer)
{
	struct message m;
	int got;

	while ((got = control_receive(fd, &m, 0)) > 0) {
		if (m.kind != MESSAGE_ANSWER)
			continue;
		answer->id = m.id;
		answer->done = (m.flags & MESSAGE_FAILED) == 0;
		answer->again = (m.flags & MESSAGE_AGAIN) != 0;
		snprintf(answer->text, sizeof(answer->text), "%.*s",
		    (int)sizeof(answer->text) - 1, (const char *)m.body);
		return 1;
	}
	return got;
}

static int
tell_body(struct message *m, void (*each)(void *, const struct entry *), void *arg)
{
	struct buf b = { .at = m->body, .len = m->len };
	struct entry e;

	while (snapshot_get(&b, &e))
		each(arg, &e);
	if (!b.bad)
		return (m->flags & MESSAGE_MORE) != 0;
	errno = EBADMSG;
	return -1;
}

/* The body of SNAPSHOT, piece by piece.  A field role that does not answer soon
 * is asked again later, for others wait meanwhile. */
static int
present(const struct order_line *line, void (*each)(void *, const struct entry *), void *arg)
{
	int fd = control_connect(line->path), more = 1, got = 1, error;
	struct message *m = room_for(1, sizeof(*m));

	if (fd < 0 || control_send(fd, MESSAGE_QUERY, 1, "", 0) < 0)
		more = -1;
	while (more > 0 && (got = control_receive(fd, m, PRESENT_WAIT)) > 0)
		if (m->kind == MESSAGE_SNAPSHOT)
			more = tell_body(m, each, arg);
	error = got == 0 ? ETIMEDOUT : errno;
	if (fd >= 0)
		close(fd);
	free(m);
	errno = error;
	return got > 0 ? more : -1;
}

struct order_line
order_line(const char *path)
{
	return (struct order_line){ .path = path, .open = open_line, .give = give, .hear = hear,
	    .present = present };
}
