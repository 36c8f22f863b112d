#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../command_line.h"
#include "../config/config.h"
#include "../control.h"
#include "../field/reload.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "grid.h"

#define ANSWER_LIMIT	60000	/* ms: a large configuration takes its time */

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("an array of objects instead of a table"), 0 },
	OPTION_CONFIG,
	OPTION_SOCKET,
	{ 0 }
};

/* What the gateway may say, for xgettext. */
static const char *const words[] __attribute__((unused)) = {
	N_("added"), N_("changed"), N_("removed"), N_("kept"), N_("restart"), N_("more"),
	N_("setting"), N_("row"),
};

static const struct grid_column columns[] = {
	{ .key = "change", .title = N_("change"), .word = true },
	{ .key = "kind", .title = N_("kind"), .word = true },
	{ .key = "name", .title = N_("name or number") },
	{ .key = NULL }
};

static void
show(const struct asking *o, char *body)
{
	struct grid grid;
	bool waits = false;
	char *row;

	grid_init(&grid, columns);
	while ((row = strsep(&body, "\n")) != NULL) {
		const char *fields[3] = { "", "", "" };

		if (row[0] == '\0')
			continue;
		for (size_t i = 0; i < 3 && row != NULL; i++)
			fields[i] = strsep(&row, "\t");
		waits |= strcmp(fields[0], "restart") == 0;
		grid_add(&grid, fields);
	}
	if (o->json) {
		grid_json(&grid, stdout);
		fputc('\n', stdout);
	} else {
		grid_write(&grid, stdout);
	}
	if (waits && !o->json)
		puts(_("Settings marked \"restart\" hold after a restart."));
	grid_free(&grid);
}

static struct errs *
faults_of(const char *file, bool english)
{
	struct errs *errs = config_errs();

	if (english)
		errs->translate = NULL;
	config_free(config_read(file, errs));
	return errs;
}

/* Is this the fault that the gateway tells?  Bytes of the name of the file, as the
 * gateway has it; -1: it is not. */
static int
told_as(const struct err *e, const char *row)
{
	char tail[sizeof(e->text) + 16];
	size_t n = strlen(row), len;

	len = (size_t)snprintf(tail, sizeof(tail), ":%d: %s", e->line, e->text);
	if (e->line <= 0 || n < len || strcmp(row + n - len, tail) != 0)
		return -1;
	return (int)(n - len);
}

/* The gateway speaks English, as its log does.  What is found wrong here, too, is said in
 * the reader's language. */
static void
show_faults(const struct asking *o, char *body)
{
	bool twice = text_chinese() && o->socket == NULL;
	struct errs *english = twice ? faults_of(o->config, true) : NULL;
	struct errs *own = twice ? faults_of(o->config, false) : NULL;
	char buf[REASON_MAX], *row;

	while ((row = strsep(&body, "\n")) != NULL) {
		int file = -1;
		size_t i = 0;

		if (row[0] == '\0')
			continue;
		while (twice && file < 0 && i < english->n && i < own->n && i < ERRS_MAX)
			file = told_as(&english->at[i++], row);
		if (file < 0)
			fprintf(stderr, "%s\n", reason_text(row, buf));
		else
			fprintf(stderr, "%.*s:%d: %s\n", file, row, own->at[i - 1].line,
			    own->at[i - 1].text);
	}
	free(english);
	free(own);
}

static int
refused(void)
{
	fprintf(stderr, "%s\n", _("Refused: the gateway runs on as before."));
	return EXIT_FAILURE;
}

static int
ask(const struct asking *o, const char *path)
{
	struct message *m = room_for(1, sizeof(*m));
	int fd = control_connect(path), rc = -1, status = EXIT_SUCCESS;

	if (fd >= 0)
		rc = control_send(fd, MESSAGE_QUERY, 1, RELOAD_WORD, strlen(RELOAD_WORD));
	do
		rc = rc >= 0 ? control_receive(fd, m, ANSWER_LIMIT) : rc;
	while (rc > 0 && m->kind != MESSAGE_ANSWER);
	if (rc <= 0) {
		if (rc == 0)
			errno = ETIMEDOUT;
		status = reach_failed("tidegate reload", path,
		    o->socket == NULL ? o->config : NULL);
	} else if (m->flags & MESSAGE_FAILED) {
		show_faults(o, (char *)m->body);
		status = refused();
	} else {
		show(o, (char *)m->body);
	}
	if (fd >= 0)
		close(fd);
	free(m);
	return status;
}

int
reload_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option_asking,
	    .doc = N_("Has the running gateway read its configuration anew, and says what came "
	    "of it.  What did not change goes on; a file with a fault changes nothing.") };
	struct asking o = { .config = CONFIG_FILE };
	struct errs *errs;
	struct config *config;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.socket != NULL)
		return ask(&o, o.socket);
	errs = config_errs();
	/* of a faulty file the gateway tells the faults, and keeps them */
	config = config_site(o.config, errs);
	if (config == NULL) {
		config_errs_print(errs, stderr);
		status = refused();
	} else {
		status = ask(&o, config->gateway.control);
	}
	config_free(config);
	free(errs);
	return status;
}
