#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../clock.h"
#include "../command_line.h"
#include "../log.h"
#include "../reach.h"
#include "../reason.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "asker.h"
#include "capture_file.h"
#include "grid.h"

#define ANSWER_LIMIT	5000		/* ms */
#define QUIET		100		/* ms: what was heard until then is a stretch */
#define HEARD_MAX	4096

enum { OPT_FOR = 256, OPT_WRITE };

/* What "tidegate trace" was asked for, and what it has heard. */
struct looker {
	const char		*config, *link, *write;
	int64_t			 lasts;		/* us; 0: for ever */
	bool			 json;
	const struct proto	*proto;
	struct capture_file	 file;
	uint8_t			 heard[HEARD_MAX];	/* not shown yet */
	size_t			 n;
	int64_t			 at;		/* when the first of them came */
	uint64_t		 dropped;
};

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static const struct argp_option options[] = {
	{ "for", OPT_FOR, N_("SPAN"), 0, N_("end after this time, such as 5min"), 0 },
	{ "write", OPT_WRITE, N_("FILE"), 0,
	    N_("also write a capture that the tests can replay; FILE must be new"), 0 },
	{ "json", 'j', NULL, 0, N_("one JSON object a line"), 0 },
	OPTION_CONFIG,
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct looker *l = state->input;

	switch (key) {
	case OPT_FOR:
		if (span_parse(arg, &l->lasts) != 0 || l->lasts <= 0)
			argp_error(state, _("not a span of time: %s"), arg);
		return 0;
	case OPT_WRITE:
		l->write = arg;
		return 0;
	case 'j':
		l->json = true;
		return 0;
	case 'c':
		l->config = arg;
		return 0;
	default:
		return option_one(key, arg, &l->link, state);
	}
}

static int
failed(const struct looker *l, const char *why)
{
	fprintf(stderr, _("%s: %s: %s\n"), "tidegate trace", l->link, why);
	return EXIT_FAILURE;
}

/* The moment of the field role's clock as people read it. */
static void
moment(int64_t at, char *text, size_t n)
{
	int64_t wall = system_clock.wall() - (system_clock.mono() - at) / 1000;
	time_t seconds = (time_t)(wall / MS_PER_S);
	char word[32];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(word, sizeof(word), "%H:%M:%S", &tm);
	snprintf(text, n, "%s.%03d", word, (int)(wall % MS_PER_S));
}

/* The line begins with "> " or "< ". */
static void
show(const struct looker *l, const uint8_t *bytes, size_t n, const char *line, int64_t at)
{
	char time[40];

	moment(at, time, sizeof(time));
	if (l->json)
		printf("{\"time\":\"%s\",\"sent\":%s,\"hex\":\"", time,
		    line[0] == '>' ? "true" : "false");
	else
		printf("%s %c ", time, line[0]);
	for (size_t i = 0; i < n; i++)
		printf(l->json || i == 0 ? "%02x" : " %02x", bytes[i]);
	if (l->json) {
		printf("\",\"text\":");
		grid_string(line + 2, stdout);
		printf("}\n");
	} else {
		printf("\n%*s%s\n", (int)strlen(time) + 3, "", line + 2);
	}
}

/* All frames that are whole; over: and what else there is. */
static void
show_heard(struct looker *l, bool over)
{
	char line[TRACE_LINE];
	size_t took;

	while (l->n > 0 && (took = trace_next(l->proto, TRACE_HEARD, l->heard, l->n, over,
	    line)) > 0) {
		show(l, l->heard, took, line, l->at);
		l->n -= took;
		memmove(l->heard, l->heard + took, l->n);
	}
}

static void
take(struct looker *l, const struct sight *s)
{
	char line[TRACE_LINE];

	if (s->sent || l->n + s->n > sizeof(l->heard))
		show_heard(l, true);
	if (s->sent) {
		size_t took = trace_next(l->proto, TRACE_SENT, s->bytes, s->n, true, line);

		show(l, s->bytes, took, line, s->at);
		return;
	}
	if (l->n == 0)
		l->at = s->at;
	memcpy(l->heard + l->n, s->bytes, s->n);
	l->n += s->n;
	show_heard(l, false);
}

static int
take_message(struct looker *l, struct message *m)
{
	struct buf b = { .at = m->body, .len = m->len, .cap = m->len };
	struct sight s;
	char why[REASON_MAX];

	if (m->kind != MESSAGE_ANSWER || m->len == 0)
		return 0;
	if (m->flags & MESSAGE_FAILED)		/* the link went from the configuration */
		return failed(l, reason_text((const char *)m->body, why));
	if (sight_get(&b, &s) < 0)
		return failed(l, _("The gateway answers what this program does not know."));
	if (s.dropped > l->dropped)
		fprintf(stderr, _("%llu pieces were dropped: this end did not keep up\n"),
		    (unsigned long long)(s.dropped - l->dropped));
	l->dropped = s.dropped;
	take(l, &s);
	fflush(stdout);
	if (l->file.to != NULL && capture_file_put(&l->file, &s) < 0)
		return failed(l, text_error(errno));
	return 0;
}

static int
look_on(struct looker *l, int fd, struct message *m)
{
	int64_t until = l->lasts > 0 ? system_clock.mono() + l->lasts : INT64_MAX;

	while (!stopped && system_clock.mono() < until && !ferror(stdout)) {
		int rc = control_receive(fd, m, QUIET);

		if (rc < 0)
			return failed(l, _("The gateway has ended."));
		if (rc == 0)
			show_heard(l, true);
		else if (take_message(l, m) != 0)
			return EXIT_FAILURE;
	}
	show_heard(l, true);
	return EXIT_SUCCESS;
}

static int
begin(const struct looker *l, int fd, struct message *m)
{
	char text[200], buf[REASON_MAX], reach[REACH_MAX];
	int n = snprintf(text, sizeof(text), "trace %s", l->link);
	int rc = control_send(fd, MESSAGE_QUERY, 1, text, (size_t)n);

	if (rc == 0)
		rc = control_receive(fd, m, ANSWER_LIMIT);
	if (rc <= 0)
		return failed(l, reach_advice(rc == 0 ? ETIMEDOUT : ECONNRESET, NULL, reach));
	return m->flags & MESSAGE_FAILED ?
	    failed(l, reason_text((const char *)m->body, buf)) : 0;
}

static int
trace(struct looker *l, const struct config *c)
{
	const struct link_conf *link = config_link(c, l->link);
	struct message *m;
	char why[REASON_MAX], said[REASON_MAX];
	int fd, status;

	if (link == NULL)
		return failed(l, reason_text(reason_near(N_("no such link"),
		    config_near_link(c, l->link), why), said));
	l->proto = proto_find(link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto);
	if ((fd = gateway_at(c->gateway.control, why, sizeof(why))) < 0)
		return failed(l, fd == -1 ? _("no gateway runs here: nothing is said there") : why);
	m = room_for(1, sizeof(*m));
	if (l->write != NULL && capture_file_open(&l->file, l->write, c, link, l->proto) < 0) {
		status = failed(l, text_error(errno));
	} else if ((status = begin(l, fd, m)) == 0) {
		status = look_on(l, fd, m);
	}
	if (capture_file_close(&l->file) < 0)
		status = failed(l, text_error(errno));
	close(fd);
	free(m);
	return status;
}

int
trace_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option, .args_doc = N_("LINK"),
	    .doc = N_("Shows what the running gateway says and hears on a line, in bytes and in "
	    "words, until Ctrl-C.") };
	/* A line half written is written to its end; who reads it no more is left
	 * by the second Ctrl-C. */
	const struct sigaction end = { .sa_handler = stop,
	    .sa_flags = (int)(SA_RESTART | SA_RESETHAND) };
	struct looker *l = room_for(1, sizeof(*l));
	struct config *config;
	struct errs *errs;
	int status = EXIT_FAILURE;

	l->config = CONFIG_FILE;
	argp_parse(&argp, argc, argv, 0, NULL, l);
	log_open(LOG_LEVEL_ERR);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	errs = config_errs();
	config = config_read(l->config, errs);
	if (config == NULL)
		config_errs_print(errs, stderr);
	else {
		clock_zone(config->gateway.zone);
		status = trace(l, config);
	}
	free(errs);
	if (config != NULL)
		config_free(config);
	free(l);
	return status;
}
