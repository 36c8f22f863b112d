#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/control.h"
#include "../../gateway/log.h"
#include "../check.h"

#define NUMBERS	20000U		/* of the long body: 160 kB, five pieces */
#define LIMIT	5000		/* ms */

static char path[64];
static struct loop *loop;
static struct control *control;
static pthread_t thread;
static atomic_int gone_count;
static struct message message;

static bool
fill(void *arg, uint64_t *at, struct buf *b)
{
	(void)arg;
	for (; *at < NUMBERS && b->cap - b->len >= 8; ++*at)
		buf_putle64(b, *at);
	return *at < NUMBERS;
}

/* "echo" back, "long" for the long body, "grow N" for N GREWs, "stop". */
static int
said(void *arg, struct control_client *c, const struct message *m, int64_t now)
{
	const char *word = (const char *)m->body;
	uint64_t seq[2] = { 0, 7 };

	(void)arg;
	(void)now;
	if (m->kind == MESSAGE_QUERY && m->len == 0)
		control_subscribe(c, fill);
	else if (strcmp(word, "long") == 0)
		return control_stream(c, MESSAGE_ANSWER, m->id, fill) ? 0 : -1;
	else if (strncmp(word, "grow ", 5) == 0)
		for (int i = atoi(word + 5); i > 0; i--) {
			seq[0]++;
			control_grew(control, seq);
		}
	else if (strcmp(word, "stop") == 0)
		loop_stop(loop);
	else if (strcmp(word, "nonsense") == 0)
		return -1;
	else
		control_answer(c, MESSAGE_ANSWER, 0, m->id, m->body, m->len);
	return 0;
}

static void
gone(void *arg, struct control_client *c)
{
	(void)arg;
	(void)c;
	atomic_fetch_add(&gone_count, 1);
}

static const struct control_owner owner = { .said = said, .gone = gone };

static void *
serve(void *arg)
{
	(void)arg;
	loop_run(loop, system_clock.mono);
	return NULL;
}

static void
start(void)
{
	char why[200];

	atomic_store(&gone_count, 0);
	loop = loop_new(4);
	control = control_open(path, loop, &owner, NULL, why, sizeof(why));
	CHECK(control != NULL);
	CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
}

static int
client(void)
{
	int fd = control_connect(path);

	CHECK(fd >= 0);
	return fd;
}

static void
say(int fd, uint8_t kind, uint32_t id, const char *word)
{
	CHECK(control_send(fd, kind, id, word, strlen(word)) == 0);
}

static void
stop(void)
{
	int fd = client();

	say(fd, MESSAGE_COMMAND, 1, "stop");
	pthread_join(thread, NULL);
	close(fd);
	control_close(control);
	loop_free(loop);
}

static void
echoes(int fd, uint32_t id)
{
	say(fd, MESSAGE_QUERY, id, "echo");
	CHECK(control_receive(fd, &message, LIMIT) == 1);
	CHECK(message.kind == MESSAGE_ANSWER && message.id == id);
	CHECK(message.len == 4 && strcmp((char *)message.body, "echo") == 0);
}

/* The other end closes: nothing more comes, and it is known why. */
static void
is_dropped(int fd)
{
	int rc;

	while ((rc = control_receive(fd, &message, LIMIT)) > 0)
		;
	CHECK(rc < 0);
	close(fd);
}

static void
an_answer_has_the_id_of_its_question(void)
{
	int fd;

	start();
	fd = client();
	for (uint32_t id = 1; id < 100; id++)
		echoes(fd, id * 7919);
	close(fd);
	stop();
}

static void
take_long(int fd, uint8_t kind, uint32_t id)
{
	uint64_t want = 0;
	int pieces = 0;

	do {
		struct buf b = { .at = message.body };

		CHECK(control_receive(fd, &message, LIMIT) == 1);
		CHECK(message.kind == kind && message.id == id);
		b.len = b.cap = message.len;
		while (b.pos < b.len)
			CHECK(buf_le64(&b) == want++);
		pieces++;
	} while (message.flags & MESSAGE_MORE);
	CHECK(want == NUMBERS && pieces == 5);
}

static void
a_long_body_comes_whole_and_in_order(void)
{
	int fd;

	start();
	fd = client();
	say(fd, MESSAGE_QUERY, 5, "long");
	say(fd, MESSAGE_QUERY, 6, "echo");
	say(fd, MESSAGE_QUERY, 7, "long");
	take_long(fd, MESSAGE_ANSWER, 5);
	CHECK(control_receive(fd, &message, LIMIT) == 1);
	CHECK(message.id == 6);
	take_long(fd, MESSAGE_ANSWER, 7);
	close(fd);
	stop();
}

static uint64_t
grew(void)
{
	struct buf b = { .at = message.body, .len = message.len, .cap = message.len };
	uint64_t seq = buf_le64(&b);

	CHECK(message.kind == MESSAGE_GREW && message.len == 16);
	CHECK(buf_le64(&b) == 7 || seq == 0);
	return seq;
}

static void
a_subscriber_is_told_what_is_durable_then_all_then_what_grows(void)
{
	int fd, other;

	start();
	fd = client();
	other = client();
	CHECK(control_send(fd, MESSAGE_QUERY, 0, NULL, 0) == 0);
	CHECK(control_receive(fd, &message, LIMIT) == 1);
	CHECK(grew() == 0);
	take_long(fd, MESSAGE_SNAPSHOT, 0);
	say(other, MESSAGE_COMMAND, 1, "grow 3");
	for (uint64_t seq = 1; seq <= 3; seq++) {
		CHECK(control_receive(fd, &message, LIMIT) == 1);
		CHECK(grew() == seq);
	}
	CHECK(control_receive(other, &message, 50) == 0);	/* did not subscribe */
	close(fd);
	close(other);
	stop();
}

/* A subscriber that reads nothing delays nobody and hears the newest. */
static void
a_slow_reader_delays_nobody_and_hears_the_newest(void)
{
	int slow, fast, got = 0;
	uint64_t last = 0;

	start();
	slow = client();
	fast = client();
	CHECK(control_send(slow, MESSAGE_QUERY, 0, NULL, 0) == 0);
	for (uint32_t i = 0; i < 20; i++) {
		say(fast, MESSAGE_COMMAND, 1, "grow 5000");
		echoes(fast, i);
	}
	for (; control_receive(slow, &message, 200) == 1; got++)
		if (message.kind == MESSAGE_GREW)
			last = grew();
	CHECK(last == 5000);
	CHECK(got < 100000);
	echoes(fast, 99);
	close(slow);
	close(fast);
	stop();
}

static void
who_never_reads_its_answers_is_dropped(void)
{
	static char big[4000];
	int flood, other, rc = 0;

	start();
	flood = client();
	other = client();
	memset(big, 'x', sizeof(big));
	fcntl(flood, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 10000 && rc == 0; i++) {
		rc = control_send(flood, MESSAGE_QUERY, 1, big, sizeof(big));
		if (rc < 0 && errno == EAGAIN) {
			usleep(1000);
			rc = 0;
		}
	}
	CHECK(rc < 0 && (errno == EPIPE || errno == ECONNRESET));
	echoes(other, 1);
	CHECK(atomic_load(&gone_count) == 1);
	close(flood);
	close(other);
	stop();
}

static void
send_raw(int fd, const void *bytes, size_t n)
{
	CHECK(send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n);
}

static void
what_does_not_fit_is_dropped_with_its_sender(void)
{
	static uint8_t oversize[MESSAGE_HEAD + MESSAGE_MAX + 1];
	uint8_t m[MESSAGE_HEAD + 4] = { 1, MESSAGE_QUERY, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0,
	    'e', 'c', 'h', 'o' };
	static const struct { size_t at; uint8_t byte; } wrong[] = {
		{ 0, 2 }, { 0, 0 }, { 1, 0 }, { 1, 9 }, { 1, MESSAGE_GREW },
		{ 1, MESSAGE_SNAPSHOT }, { 2, 8 }, { 3, 1 }, { 8, 5 }, { 8, 3 }, { 11, 1 },
	};
	int fd, other;

	start();
	other = client();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t bad[sizeof(m)];

		memcpy(bad, m, sizeof(m));
		bad[wrong[i].at] = wrong[i].byte;
		fd = client();
		send_raw(fd, bad, sizeof(bad));
		is_dropped(fd);
	}
	for (size_t cut = 1; cut < sizeof(m); cut++) {
		fd = client();
		send_raw(fd, m, cut);
		is_dropped(fd);
	}
	fd = client();
	control_put_head(oversize, MESSAGE_QUERY, 0, 1, sizeof(oversize) - MESSAGE_HEAD);
	send_raw(fd, oversize, sizeof(oversize));
	is_dropped(fd);
	fd = client();
	say(fd, MESSAGE_ANSWER, 3, "x");		/* of no question of ours */
	is_dropped(fd);
	fd = client();
	say(fd, MESSAGE_QUERY, 3, "nonsense");
	is_dropped(fd);
	fd = client();
	send_raw(fd, m, sizeof(m));
	CHECK(control_receive(fd, &message, LIMIT) == 1);
	close(fd);
	echoes(other, 1);
	close(other);
	stop();
}

static void
the_largest_body_passes(void)
{
	static char big[MESSAGE_MAX];
	int fd;

	start();
	fd = client();
	CHECK(control_send(fd, MESSAGE_QUERY, 0, big, sizeof(big) + 1) < 0);
	CHECK(errno == EMSGSIZE);
	memset(big, ' ', sizeof(big));
	memcpy(big, "nonsense", 9);
	CHECK(control_send(fd, MESSAGE_QUERY, 0, big, sizeof(big)) == 0);
	is_dropped(fd);
	stop();
}

static void
wait_for_gone(int n)
{
	for (int i = 0; i < 500 && atomic_load(&gone_count) < n; i++)
		usleep(10000);
	CHECK(atomic_load(&gone_count) == n);
}

static void
many_clients_are_served_and_one_more_is_refused(void)
{
	int fds[CLIENTS_MAX], extra;

	start();
	for (int i = 0; i < CLIENTS_MAX; i++)
		echoes(fds[i] = client(), 1);
	extra = client();
	is_dropped(extra);
	close(fds[3]);
	wait_for_gone(1);
	fds[3] = client();
	for (int i = 0; i < CLIENTS_MAX; i++)
		echoes(fds[i], (uint32_t)i);
	for (int i = 0; i < CLIENTS_MAX; i++)
		close(fds[i]);
	wait_for_gone(CLIENTS_MAX + 1);
	stop();
}

static void
a_stale_socket_is_replaced_and_a_living_one_is_not(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct loop *second = loop_new(1);
	struct stat st;
	char why[200] = "";
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	strcpy(at.sun_path, path);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	close(fd);				/* its file stays behind */
	start();
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660);
	CHECK(control_open(path, second, &owner, NULL, why, sizeof(why)) == NULL);
	CHECK(strstr(why, "another tidegate") != NULL);
	fd = client();
	echoes(fd, 1);
	close(fd);
	stop();
	CHECK(stat(path, &st) < 0);
	loop_free(second);
}

/* One that listens and takes nobody: its queue is full, and connect would wait. */
static void
a_living_one_that_is_stuck_is_not_waited_for(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct loop *second = loop_new(1);
	int stuck = socket(AF_UNIX, SOCK_SEQPACKET, 0), waiting[8], n = 0;
	char why[200] = "";
	struct stat st;
	int64_t begun;

	strcpy(at.sun_path, path);
	CHECK(bind(stuck, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(stuck, 0) == 0);
	do
		waiting[n] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	while (connect(waiting[n], (struct sockaddr *)&at, sizeof(at)) == 0 && ++n < 7);
	CHECK(errno == EAGAIN);
	begun = system_clock.mono();
	CHECK(control_open(path, second, &owner, NULL, why, sizeof(why)) == NULL);
	CHECK(system_clock.mono() - begun < 4 * US_PER_S);	/* a client's limit is 5 */
	CHECK(strstr(why, "another tidegate") != NULL && stat(path, &st) == 0);
	while (n >= 0)
		close(waiting[n--]);
	close(stuck);
	unlink(path);
	loop_free(second);
}

static void
a_path_that_cannot_be_is_said(void)
{
	struct loop *l = loop_new(1);
	char why[300] = "", big[200];

	memset(big, 'a', sizeof(big));
	big[0] = '/';
	big[sizeof(big) - 1] = '\0';
	CHECK(control_open(big, l, &owner, NULL, why, sizeof(why)) == NULL);
	CHECK(strstr(why, "longer") != NULL);
	CHECK(control_connect(big) < 0 && errno == ENAMETOOLONG);
	CHECK(control_open("/proc/no/such", l, &owner, NULL, why, sizeof(why)) == NULL);
	CHECK(strstr(why, "/proc/no/such") != NULL);
	CHECK(control_connect("/tmp/no-such-socket") < 0 && errno == ENOENT);
	loop_free(l);
}

int
main(void)
{
	char folder[] = "/tmp/t_control.XXXXXX", sub[48];

	log_open(LOG_LEVEL_ERR);
	signal(SIGPIPE, SIG_IGN);
	CHECK(mkdtemp(folder) != NULL);
	snprintf(sub, sizeof(sub), "%s/run", folder);	/* made by control_open */
	snprintf(path, sizeof(path), "%s/control", sub);
	RUN(an_answer_has_the_id_of_its_question);
	RUN(a_long_body_comes_whole_and_in_order);
	RUN(a_subscriber_is_told_what_is_durable_then_all_then_what_grows);
	RUN(a_slow_reader_delays_nobody_and_hears_the_newest);
	RUN(who_never_reads_its_answers_is_dropped);
	RUN(what_does_not_fit_is_dropped_with_its_sender);
	RUN(the_largest_body_passes);
	RUN(many_clients_are_served_and_one_more_is_refused);
	RUN(a_stale_socket_is_replaced_and_a_living_one_is_not);
	RUN(a_living_one_that_is_stuck_is_not_waited_for);
	RUN(a_path_that_cannot_be_is_said);
	rmdir(sub);
	rmdir(folder);
	return 0;
}
