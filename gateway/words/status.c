#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../control.h"
#include "../reach.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "status_rows.h"

#define ANSWER_LIMIT	5000	/* ms for one message */

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("one JSON object instead of tables"), 0 },
	OPTION_CONFIG,
	OPTION_SOCKET,
	{ 0 }
};

/* The whole body in one text; NULL: errno. */
static char *
receive_all(int fd)
{
	struct message *m = room_for(1, sizeof(*m));
	char *text = room_for(1, 1), *more;
	size_t n = 0;
	int rc;

	while ((rc = control_receive(fd, m, ANSWER_LIMIT)) > 0) {
		if (m->kind != MESSAGE_ANSWER)
			continue;
		more = room_for(n + m->len + 1, 1);
		memcpy(more, text, n);
		memcpy(more + n, m->body, m->len);
		free(text);
		text = more;
		n += m->len;
		if (!(m->flags & MESSAGE_MORE))
			break;
	}
	free(m);
	if (rc > 0)
		return text;
	if (rc == 0)
		errno = ETIMEDOUT;
	free(text);
	return NULL;
}

static char *
ask(const char *path)
{
	int fd = control_connect(path);
	char *text = NULL;

	if (fd < 0)
		return NULL;
	if (control_send(fd, MESSAGE_QUERY, 1, STATUS_WORD, strlen(STATUS_WORD)) == 0)
		text = receive_all(fd);
	close(fd);
	return text;
}

static int
show(const struct asking *o, const char *path)
{
	char *text = ask(path);
	struct status_rows rows;

	if (text == NULL)
		return reach_failed("tidegate status", path,
		    o->socket == NULL ? o->config : NULL);
	status_cut(text, &rows);
	if (o->json)
		status_json(&rows, stdout);
	else
		status_tables(&rows, stdout);
	free(rows.at);
	free(text);
	return EXIT_SUCCESS;
}

int
status_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option_asking,
	    .doc = N_("Shows the running gateway: links, devices, alarms, store, uplinks.") };
	struct asking o = { .config = CONFIG_FILE };
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.socket != NULL)
		return show(&o, o.socket);
	config = config_asked(o.config);
	if (config == NULL)
		return EXIT_FAILURE;
	clock_zone(config->gateway.zone);
	status = show(&o, config->gateway.control);
	config_free(config);
	return status;
}
