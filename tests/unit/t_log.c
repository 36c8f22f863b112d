#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/log.h"
#include "../check.h"

static int	kept, far_end;
static char	got[4096];

/* Datagrams keep the borders of write(2): one line must be one of them. */
static void
capture(void)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	kept = dup(STDERR_FILENO);
	CHECK(dup2(pair[0], STDERR_FILENO) >= 0);
	close(pair[0]);
	far_end = pair[1];
}

static const char *
line(void)
{
	ssize_t n = recv(far_end, got, sizeof(got) - 1, MSG_DONTWAIT);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

static void
restore(void)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(far_end);
}

#define HOLDS(x) do { if (!(x)) { restore(); CHECK(x); } } while (0)

static void
plain_lines_carry_their_level(void)
{
	capture();
	unsetenv("JOURNAL_STREAM");
	log_open(LOG_LEVEL_INFO);
	log_err("a: b: %d", 7);
	HOLDS(strcmp(line(), "err: a: b: 7\n") == 0);
	log_warn("w");
	HOLDS(strcmp(line(), "warn: w\n") == 0);
	log_info("i");
	HOLDS(strcmp(line(), "info: i\n") == 0);
	log_debug("d");
	HOLDS(strcmp(line(), "") == 0);
	log_open(LOG_LEVEL_DEBUG);
	log_debug("d");
	HOLDS(strcmp(line(), "debug: d\n") == 0);
	restore();
}

static void
the_journal_gets_its_prefix(void)
{
	struct stat st;
	char stream[64];

	capture();
	CHECK(fstat(STDERR_FILENO, &st) == 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(LOG_LEVEL_DEBUG);
	log_err("e");
	HOLDS(strcmp(line(), "<3>e\n") == 0);
	log_warn("w");
	HOLDS(strcmp(line(), "<4>w\n") == 0);
	log_info("i");
	HOLDS(strcmp(line(), "<6>i\n") == 0);
	log_debug("d");
	HOLDS(strcmp(line(), "<7>d\n") == 0);
	/* somebody else's journal: stderr was redirected */
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_open(LOG_LEVEL_INFO);
	log_err("e");
	HOLDS(strcmp(line(), "err: e\n") == 0);
	unsetenv("JOURNAL_STREAM");
	restore();
}

static void
one_message_is_one_line(void)
{
	char wide[3000];

	capture();
	log_open(LOG_LEVEL_INFO);
	log_err("a\nb\r\x1b[2Jc");
	HOLDS(strcmp(line(), "err: a b  [2Jc\n") == 0);
	for (size_t i = 0; i + 3 < sizeof(wide); i += 3)
		memcpy(wide + i, "\xe6\xb2\xb9", 4);
	log_err("%s", wide);
	line();
	HOLDS(strlen(got) <= 1024 && strlen(got) > 1000);
	HOLDS(strcmp(got + strlen(got) - 4, "\xe6\xb2\xb9\n") == 0);	/* no half character */
	HOLDS(strcmp(line(), "") == 0);
	restore();
}

static void
errno_is_kept(void)
{
	capture();
	log_open(LOG_LEVEL_INFO);
	errno = ENOENT;
	log_err("x: y");
	HOLDS(errno == ENOENT);
	HOLDS(strcmp(line(), "err: x: y\n") == 0);
	close(STDERR_FILENO);		/* nobody hears: still no harm */
	errno = EAGAIN;
	log_err("x");
	CHECK(errno == EAGAIN);
	restore();
}

/* A reader who has stopped holds nobody up, and learns what he missed. */
static void
nobody_waits_for_a_reader(void)
{
	int pipes[2], dropped = 0;
	size_t n = 0;
	ssize_t got_n;

	CHECK(pipe(pipes) == 0 && fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0);
	CHECK(fcntl(pipes[1], F_SETPIPE_SZ, 16384) == 16384);
	kept = dup(STDERR_FILENO);
	far_end = pipes[0];
	dup2(pipes[1], STDERR_FILENO);
	close(pipes[1]);
	log_open(LOG_LEVEL_INFO);
	log_never_wait();
	alarm(60);			/* it waits: without mercy */
	for (int i = 0; i < 5000; i++)
		log_info("line %d", i);
	alarm(0);
	while ((got_n = read(far_end, got, sizeof(got) - 1)) > 0)
		n += (size_t)got_n;
	HOLDS(n > 8000 && n <= 16384);
	log_info("after that");
	HOLDS(read(far_end, got, sizeof(got)) > 0);
	HOLDS(sscanf(got, "warn: log: %d lines are missing here: nobody read them\n",
	    &dropped) == 1);
	HOLDS(strstr(got, "\ninfo: after that\n") != NULL);
	HOLDS(dropped > 3000 && dropped < 5000);
	restore();
}

static void
foreign_text_is_printable(void)
{
	static const struct { const char *text, *safe; } row[] = {
		{ "", "" },
		{ "pump 1", "pump 1" },
		{ "\xe6\xb2\xb9\xe7\x83\x9f", "\xe6\xb2\xb9\xe7\x83\x9f" },
		{ "a\nb\t\x7f", "a\\x0ab\\x09\\x7f" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "back\\slash", "back\\x5cslash" },
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xe6\xb2", "\\xe6\\xb2" },			/* half a character */
		{ "\xc0\xaf", "\\xc0\\xaf" },			/* overlong */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* surrogate */
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },		/* C1 CSI */
		{ "a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb" },	/* turns text round */
	};
	char buf[128];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		CHECK(strcmp(log_safe(row[i].text, buf, sizeof(buf)), row[i].safe) == 0);
}

static void
foreign_text_is_cut_whole(void)
{
	char buf[128];

	for (size_t n = 1; n < 20; n++) {
		memset(buf, 'Z', sizeof(buf));
		log_safe("ab\x01\xe6\xb2\xb9z", buf, n);
		CHECK(strlen(buf) < n && buf[n] == 'Z');
		CHECK(strncmp("ab\\x01\xe6\xb2\xb9z", buf, strlen(buf)) == 0);
		CHECK(strlen(buf) < 3 || strlen(buf) == 6 || strlen(buf) >= 9);
	}
}

int
main(void)
{
	RUN(plain_lines_carry_their_level);
	RUN(the_journal_gets_its_prefix);
	RUN(one_message_is_one_line);
	RUN(errno_is_kept);
	RUN(foreign_text_is_printable);
	RUN(foreign_text_is_cut_whole);
	RUN(nobody_waits_for_a_reader);		/* the last: it stays so */
	return 0;
}
