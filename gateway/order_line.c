#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "order_line.h"

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
		snprintf(answer->text, sizeof(answer->text), "%.*s",
		    (int)sizeof(answer->text) - 1, (const char *)m.body);
		return 1;
	}
	return got;
}

struct order_line
order_line(const char *path)
{
	return (struct order_line){ .path = path, .open = open_line, .give = give, .hear = hear };
}
