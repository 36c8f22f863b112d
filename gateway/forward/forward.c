#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../config/config.h"
#include "../control.h"
#include "../log.h"
#include "../order_line.h"
#include "../reach.h"
#include "../room.h"
#include "../run.h"
#include "fars.h"
#include "teller.h"

#define STOP_LIMIT	(3 * US_PER_S)
#define SEND_LIMIT	(US_PER_S / 4)	/* a stuck field role holds up no end */
#define TELL_EVERY	US_PER_S
#define CONNECT_AGAIN	(US_PER_S / 4)
#define STORE_AGAIN	100		/* ms */
#define LOOK_AGAIN	(US_PER_S / 10)	/* at a thread that is to end */
#define ROW_MAX		1200
#define SPENT_ID	2	/* of what went on the wire, and of its answer */

/* The forward role: a thread for each uplink, and one that hears from the
 * field role what is durable and tells it how the uplinks fare. */
struct forward {
	const struct run	*run;
	char			*gateway, *control, *store;
	char			 sha256[65];	/* of the files that the uplinks are of */
	bool			 greeted;	/* by the field role, on this line */
	bool			 renewed;	/* the configuration, by the field role */
	unsigned		 billing_day;
	struct fars		 fars;
	struct disk		*disk;
	struct feed		 feed;
	struct order_line	 orders;	/* of what comes down */
	struct teller		*teller;
	struct pulse		*pulse;
	int			 signals;
	int			 line;		/* control socket; -1: not connected */
	int64_t			 connect_at, tell_at;
	struct message		*heard;
	struct errs		*errs;
};

/* The configuration of a large site is megabytes of which this role needs
 * lines: these are copied and the rest is given back. */
static void
keep_what_matters(struct forward *f, struct config *config)
{
	f->gateway = strdup(config->gateway.id);
	f->control = strdup(config->gateway.control);
	memcpy(f->sha256, config->sha256, sizeof(f->sha256));
	f->store = strdup(config->gateway.store.dir);
	f->billing_day = (unsigned)config->gateway.billing_day;
	clock_zone(config->gateway.zone);
	fars_renew(&f->fars, config);
}

static void
start_runners(struct forward *f)
{
	f->orders = order_line(f->control);
	f->fars.common = (struct runner_conf){ .gateway = f->gateway, .disk = f->disk,
	    .feed = &f->feed, .clock = &system_clock, .boot = clock_boot(),
	    .orders = &f->orders };
	f->fars.ledger = ledger_open(f->disk, LEDGER_UPLINKS, f->billing_day);
	fars_tend(&f->fars);
}

static void
start_teller(struct forward *f, struct config *config)
{
	const struct teller_conf conf = { .gateway = f->gateway, .control = f->control,
	    .disk = f->disk, .feed = &f->feed, .clock = &system_clock, .boot = clock_boot() };

	f->teller = teller_new(&conf);
	teller_renew(f->teller, config);
	config_free(config);
	malloc_trim(0);
}

/* The field role has taken up another one.  If it took up a further one since, it
 * is that, and nothing is left to be done when this is heard of. */
static void
renew(struct forward *f)
{
	struct config *config;

	f->renewed = false;
	f->errs->n = 0;
	config = accepted_read(&f->run->accepted, f->errs);
	if (config != NULL) {
		memcpy(f->sha256, config->sha256, sizeof(f->sha256));
		ledger_bill(f->fars.ledger, (unsigned)config->gateway.billing_day);
		fars_renew(&f->fars, config);
		fars_tend(&f->fars);
		teller_renew(f->teller, config);
	} else {
		config_errs_print(f->errs, stderr);
		log_err("forward: the configuration cannot be taken up: the uplinks stay as "
		    "they are");
	}
	config_free(config);
	malloc_trim(0);
}

/* Nobody tells any more: the readers find the durable end by themselves. */
static void
hang_up(struct forward *f, int64_t now)
{
	const struct durable nobody = { .seq = { 0 } };

	if (f->line >= 0)
		close(f->line);
	f->line = -1;
	f->connect_at = now + CONNECT_AGAIN;
	feed_grew(&f->feed, &nobody);
}

static void
call(struct forward *f, int64_t now)
{
	const struct timeval limit = { .tv_usec = SEND_LIMIT };

	f->line = control_connect(f->control);
	f->greeted = false;
	if (f->line >= 0)
		setsockopt(f->line, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (f->line < 0 || control_send(f->line, MESSAGE_QUERY, 1, "", 0) < 0)
		hang_up(f, now);
}

/* On a new line it is only said which one is in force.  After that one was taken
 * up, be it the same: what stands in a file that it names may be another. */
static void
note_renewed(struct forward *f)
{
	f->renewed = f->renewed || f->greeted || f->heard->len != strlen(f->sha256) ||
	    memcmp(f->heard->body, f->sha256, f->heard->len) != 0;
	f->greeted = true;
}

/* The field role wants something done that only this one can do. */
static void
run_errand(struct forward *f)
{
	const char *words = (const char *)f->heard->body;

	if (strncmp(words, "reconnect ", 10) == 0)
		fars_anew(&f->fars, words + 10);
}

static void
hear(struct forward *f, int64_t now)
{
	int got;

	while ((got = control_receive(f->line, f->heard, 0)) > 0) {
		struct durable d;

		if (f->heard->kind == MESSAGE_RENEWED)
			note_renewed(f);
		else if (f->heard->kind == MESSAGE_ERRAND)
			run_errand(f);
		if (reach_grew(f->heard, &d))
			feed_grew(&f->feed, &d);
		if (f->heard->kind == MESSAGE_ANSWER && f->heard->id == SPENT_ID)
			fars_save(&f->fars, (const char *)f->heard->body);
	}
	if (f->renewed)
		renew(f);
	if (got < 0)
		hang_up(f, now);
}

static void
count_ok(struct forward *f)
{
	struct runner_status s;
	unsigned ok = 0;

	for (size_t i = 0; i < f->fars.n; i++) {
		if (f->fars.at[i]->runner == NULL)
			continue;
		runner_status(f->fars.at[i]->runner, &s);
		ok += s.state == RUNNER_OK || s.state == RUNNER_BEHIND;
	}
	atomic_store(&f->pulse->uplinks.good, ok);
	atomic_store(&f->pulse->uplinks.all, (unsigned)f->fars.n);
}

/* What is not taken is told again with the next.  False: nobody is there. */
static bool
tell_spent(struct forward *f, char *body, size_t room)
{
	if (!fars_spent(&f->fars, body, room))
		return true;
	if (control_send(f->line, MESSAGE_ANSWER, SPENT_ID, body, strlen(body)) < 0)
		return false;
	fars_told(&f->fars);
	return true;
}

static void
tell(struct forward *f, int64_t now)
{
	static char body[MESSAGE_MAX];
	size_t len = 0;

	f->tell_at = now + TELL_EVERY;
	count_ok(f);
	fars_book(&f->fars);
	ledger_turn(f->fars.ledger, &system_clock);
	if (f->line < 0)
		return;
	for (size_t i = 0; i < f->fars.n && len + ROW_MAX <= sizeof(body); i++) {
		int n = far_row(&f->fars, f->fars.at[i], body + len, ROW_MAX);

		len += n < ROW_MAX ? (size_t)n : 0;
	}
	fars_rest(&f->fars);
	if (control_send(f->line, MESSAGE_ANSWER, 0, body, len) < 0) {
		hang_up(f, now);
		return;
	}
	len = teller_rows(f->teller, body, sizeof(body));
	if (control_send(f->line, MESSAGE_ANSWER, 1, body, len) < 0 ||
	    !tell_spent(f, body, sizeof(body)))
		hang_up(f, now);
}

/* Until a signal asks to end, or the store is another one. */
static int
attend(struct forward *f)
{
	struct pollfd fds[2] = { { .fd = f->signals, .events = POLLIN }, { .events = POLLIN } };
	int64_t now = system_clock.mono();

	while (fds[0].revents == 0) {
		int64_t next = f->tell_at;

		if (f->line < 0 && now >= f->connect_at)
			call(f, now);
		if (f->line < 0 && f->connect_at < next)
			next = f->connect_at;
		if (!fars_tend(&f->fars) && now + LOOK_AGAIN < next)
			next = now + LOOK_AGAIN;
		fds[1].fd = f->line;
		fds[1].revents = 0;
		poll(fds, 2, next > now ? (int)((next - now) / 1000 + 1) : 0);
		pulse_beat(f->pulse);
		now = system_clock.mono();
		if (f->line >= 0 && fds[1].revents != 0)
			hear(f, now);
		if (now < f->tell_at)
			continue;
		tell(f, now);
		if (!disk_taken_away(f->disk, f->store))
			continue;
		log_warn("forward: %s: taken away; begun anew", f->store);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static void
stop(struct forward *f)
{
	bool ended;

	feed_stop(&f->feed);
	fars_book(&f->fars);
	ended = fars_end(&f->fars, STOP_LIMIT);
	ended &= teller_end(f->teller, STOP_LIMIT);
	ledger_close(f->fars.ledger);
	if (!ended)
		_exit(EXIT_SUCCESS);
	feed_free(&f->feed);
}

static void
take_signals(struct forward *f)
{
	sigset_t mine;

	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &mine, NULL);	/* for the threads too */
	signal(SIGPIPE, SIG_IGN);
	f->signals = signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Which one is in force the field role says, before it opens a line.  False: told
 * to stop. */
static bool
wait_for_config(const struct forward *f)
{
	struct pollfd fds[2] = { { .fd = f->signals, .events = POLLIN },
	    { .fd = f->run->accepted.told, .events = POLLIN } };

	while (fds[1].revents == 0 && fds[0].revents == 0)
		poll(fds, 2, -1);
	return fds[0].revents == 0;
}

/* At the very first start the field role is about to make the folder.  0: it
 * is there. */
static int
wait_for_store(struct forward *f)
{
	struct pollfd stop = { .fd = f->signals, .events = POLLIN };

	while ((f->disk = disk_folder(f->store, false)) == NULL) {
		if (errno != ENOENT) {
			log_err("forward: %s: %s", f->store, strerrordesc_np(errno));
			return EXIT_FAILURE;
		}
		if (poll(&stop, 1, STORE_AGAIN) > 0)
			return -1;
	}
	return 0;
}

int
forward_main(const struct run *run)
{
	/* static, so that threads that are left behind may still look at it */
	static struct forward f = { .line = -1 };
	struct config *config;
	int status;

	f.run = run;
	f.pulse = run->pulse;
	f.errs = config_errs();
	f.errs->translate = NULL;
	take_signals(&f);
	if (f.signals < 0) {
		log_err("forward: signals: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	if (!wait_for_config(&f))
		return EXIT_SUCCESS;
	config = accepted_read(&run->accepted, f.errs);
	if (config == NULL) {
		config_errs_print(f.errs, stderr);
		log_err("forward: %s: refused", run->config);
		return EXIT_CONFIG;
	}
	keep_what_matters(&f, config);
	if ((status = wait_for_store(&f)) != 0)
		return status > 0 ? status : EXIT_SUCCESS;
	f.heard = room_for(1, sizeof(*f.heard));
	feed_init(&f.feed);
	start_runners(&f);
	start_teller(&f, config);
	pulse_enter(f.pulse, PULSE_READY);
	status = attend(&f);
	stop(&f);
	return status;
}
