#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/uplink/http.h"
#include "../check.h"

#define SERVERS	4

enum { GOOD, NAMED, EXPIRED, MUTUAL };

static char folder[] = "/tmp/tidegate-XXXXXX";
static int ports[SERVERS];
static struct http *http;
static char why[200];

/* The servers end with the input that is never written to. */
static pid_t
start_servers(int *input)
{
	int in[2], out[2];
	char name[32];
	FILE *said;
	pid_t pid;

	CHECK(pipe(in) == 0 && pipe(out) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/usr/bin/python3", "python3", "tests/unit/https_server.py", folder, (char *)NULL);
		_exit(1);
	}
	close(in[0]);
	close(out[1]);
	said = fdopen(out[0], "r");
	for (int i = 0; i < SERVERS; i++)
		CHECK(fscanf(said, "%31s %d", name, &ports[i]) == 2);
	CHECK(fscanf(said, "%31s %d", name, &(int){ 0 }) == 2 && strcmp(name, "end") == 0);
	fclose(said);
	*input = in[1];
	return pid;
}

/* 0: it answered. */
static int
post_as(int server, const char *ca, const char *client)
{
	char url[64], file[100], cert[100], key[100];
	struct http_reply reply;
	struct http_request q = { .url = url, .type = "text/plain", .gzip = 1,
	    .timeout = 5000000, .body = "tide v=1\n", .len = 9, .ca = ca != NULL ? file : NULL,
	    .cert = client != NULL ? cert : NULL, .key = key };

	snprintf(url, sizeof(url), "https://127.0.0.1:%d/write", ports[server]);
	snprintf(file, sizeof(file), "%s/%s.pem", folder, ca != NULL ? ca : "");
	snprintf(cert, sizeof(cert), "%s/%s.pem", folder, client != NULL ? client : "");
	snprintf(key, sizeof(key), "%s/%s.key", folder, client != NULL ? client : "");
	why[0] = '\0';
	if (http_post(http, &q, &reply, why, sizeof(why)) != 0)
		return -1;
	CHECK(reply.status == 204);
	return 0;
}

static int
post(int server, const char *ca)
{
	return post_as(server, ca, NULL);
}

static void
vouched_for_is_trusted(void)
{
	CHECK(post(GOOD, "good") == 0);
	CHECK(post(GOOD, "good") == 0);
}

static void
self_signed_is_refused(void)
{
	CHECK(post(GOOD, NULL) < 0);
	CHECK(strstr(why, "self-signed certificate") != NULL);
	/* another authority vouches for others only */
	CHECK(post(GOOD, "named") < 0);
	CHECK(strstr(why, "certificate") != NULL);
}

static void
wrong_name_is_refused(void)
{
	CHECK(post(NAMED, "named") < 0);
	CHECK(strstr(why, "127.0.0.1") != NULL && strstr(why, "name") != NULL);
}

static void
expired_is_refused(void)
{
	CHECK(post(EXPIRED, "expired") < 0);
	CHECK(strstr(why, "expired") != NULL);
}

/* A connection that is kept was verified by the authorities of its time. */
static void
trust_is_not_carried_over(void)
{
	CHECK(post(GOOD, "good") == 0);
	CHECK(post(GOOD, NULL) < 0);
	CHECK(post(GOOD, "good") == 0);
}

static void
absent_file_is_named(void)
{
	CHECK(post(GOOD, "nowhere") < 0);
	CHECK(strstr(why, "nowhere.pem") != NULL);
}

static void
certificate_of_our_own_is_shown(void)
{
	CHECK(post_as(MUTUAL, "mutual", "good") == 0);
	CHECK(post_as(MUTUAL, "mutual", "named") < 0);
	CHECK(post_as(MUTUAL, "mutual", NULL) < 0);
	CHECK(post_as(MUTUAL, "mutual", "nowhere") < 0);
	CHECK(strstr(why, "certificate") != NULL);
	CHECK(post_as(MUTUAL, "mutual", "good") == 0);
}

int
main(void)
{
	char remove[100];
	int input;
	pid_t pid;

	CHECK(mkdtemp(folder) != NULL);
	signal(SIGPIPE, SIG_IGN);
	pid = start_servers(&input);
	http = http_new(NULL);
	CHECK(http != NULL);
	RUN(vouched_for_is_trusted);
	RUN(self_signed_is_refused);
	RUN(wrong_name_is_refused);
	RUN(expired_is_refused);
	RUN(trust_is_not_carried_over);
	RUN(absent_file_is_named);
	RUN(certificate_of_our_own_is_shown);
	http_free(http);
	close(input);
	CHECK(waitpid(pid, NULL, 0) == pid);
	for (int i = 0; i < SERVERS; i++) {
		static const char *const names[] = { "good", "named", "expired", "mutual" };

		snprintf(remove, sizeof(remove), "%s/%s.pem", folder, names[i]);
		unlink(remove);
		snprintf(remove, sizeof(remove), "%s/%s.key", folder, names[i]);
		unlink(remove);
	}
	CHECK(rmdir(folder) == 0);
	return 0;
}
