#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/uplink/webhook_conf.h"
#include "../check.h"
#include "http_server.h"

#define REQUESTS	200

extern const struct uplink webhook_uplink;

const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static const struct series fume = { .id = 1, .device = "kitchen/fume", .point = "fume",
	    .unit = "mg/m3", .raw = "f32" };

	(void)reader;
	return id == 1 ? &fume : NULL;
}

/* A receiver that remembers what it took and what it was asked. */
static struct {
	const char	*script;	/* an answer for all; NULL: by the body */
	const char	*bad;		/* a body with this is refused by bad_status */
	int		 bad_status;
	bool		 drop;
	struct request	 last;
	char		 keys[REQUESTS][80];
	bool		 took[REQUESTS];
	unsigned	 n;
} far_end;

static void
header(const char *head, const char *name, char *to, size_t n)
{
	char wanted[80];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
	at = strcasestr(head, wanted);
	to[0] = '\0';
	if (at == NULL)
		return;
	at += strlen(wanted);
	snprintf(to, n, "%.*s", (int)strcspn(at, "\r"), at);
}

static bool
answer(int fd, const struct request *r, void *ctx)
{
	char text[200];
	bool bad = far_end.bad != NULL && strstr(r->body, far_end.bad) != NULL;

	(void)ctx;
	CHECK(far_end.n < REQUESTS);
	far_end.last = *r;
	header(r->head, "Idempotency-Key", far_end.keys[far_end.n], sizeof(far_end.keys[0]));
	far_end.took[far_end.n++] = !bad && far_end.script == NULL && !far_end.drop;
	if (far_end.drop)
		return false;
	if (far_end.script != NULL) {
		http_say(fd, far_end.script);
		return false;
	}
	snprintf(text, sizeof(text), "HTTP/1.1 %d %s\r\nContent-Length: 3\r\n\r\nso\n",
	    bad ? far_end.bad_status : 200, bad ? "No" : "OK");
	http_say(fd, text);
	return true;
}

static struct http_server server;
static struct webhook_conf own;
static struct uplink_conf conf;
static struct uplink_env env;
static char folder[] = "/tmp/t_webhook_uplink.XXXXXX";
static char url[100], why[200], secret[100];
static const char *words[2];
static void *far;

static void
begin(void)
{
	memset(&far_end, 0, sizeof(far_end));
	far_end.bad_status = 422;
	http_server_start(&server, answer, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/in?a=b", server.port);
	own = (struct webhook_conf){ .http = { .url = url, .timeout = 400 * 1000 }, .secret = secret };
	conf = (struct uplink_conf){ .name = "city", .select = "*", .batch = 100,
	    .batch_bytes = 65536, .own = &own };
	env = (struct uplink_env){ .conf = &conf, .gateway = "gw-1", .store = 0xfedcba9876543210,
	    .disk = disk_folder(folder, false) };
	far = calloc(1, webhook_uplink.size);
	why[0] = '\0';
}

static void
open_far(void)
{
	why[0] = '\0';
	if (webhook_uplink.open(far, &env, why, sizeof(why)) != 0)
		fprintf(stderr, "open: %s\n", why);
	CHECK(why[0] == '\0');
}

/* As after a kill: nothing but its files is left. */
static void
restart(void)
{
	webhook_uplink.close(far);
	memset(far, 0, webhook_uplink.size);
	open_far();
}

static void
forget(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void
end(void)
{
	webhook_uplink.close(far);
	free(far);
	disk_close((struct disk *)(uintptr_t)env.disk);
	http_server_stop(&server);
	forget("sent-city");
	forget("city.rejected");
}

static struct entry
reading(uint64_t seq)
{
	return (struct entry){ .seq = seq, .kind = ENTRY_READING, .clock_trusted = true,
	    .stored = 1700000000000, .reading = { .series = 1, .time = 1700000000000 +
	    (int64_t)seq, .value = { .kind = VALUE_I64, .i = (int64_t)seq } } };
}

static struct entry
alarm_entry(uint64_t seq)
{
	return (struct entry){ .seq = seq, .kind = ENTRY_ALARM, .clock_trusted = true,
	    .alarm = { .rule = "high", .device = "kitchen/fume", .series = 1, .text_en = "high",
	    .text_zh = "", .who = "" } };
}

static enum put_result
put(struct entry e, enum stream stream)
{
	return webhook_uplink.put(far, &e, stream);
}

static void
put_from(uint64_t first, uint64_t last)
{
	for (uint64_t i = first; i <= last; i++)
		CHECK(put(reading(i), STREAM_LIVE) == PUT_TAKEN);
}

static int
send_it(void)
{
	return webhook_uplink.send(far, why, sizeof(why));
}

static json_t *
body(void)
{
	json_t *json = json_loadb(far_end.last.body, far_end.last.len, 0, NULL);

	CHECK(json != NULL);
	return json;
}

static int64_t
pause_of(void)
{
	return webhook_uplink.pause(far);
}

static unsigned
set_aside(void)
{
	char path[100], line[3000];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/city.rejected", folder);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#')
			continue;
		json_t *json = json_loads(line, 0, NULL);

		CHECK(json != NULL && json_is_object(json));
		json_decref(json);
		n++;
	}
	if (f != NULL)
		fclose(f);
	return n;
}

static void
an_array_of_what_the_file_says(void)
{
	json_t *json;
	char text[200];

	begin();
	open_far();
	put_from(1, 3);
	CHECK(webhook_uplink.gap(far, &(struct gap){ .from = 4, .to = 9 }, STREAM_LIVE) ==
	    PUT_TAKEN);
	CHECK(send_it() == 0 && far_end.n == 1);
	CHECK(strncmp(far_end.last.head, "POST /in?a=b HTTP/1.1\r\n", 23) == 0);
	header(far_end.last.head, "Content-Type", text, sizeof(text));
	CHECK(strcmp(text, "application/json") == 0);
	CHECK(strncmp(far_end.keys[0], "fedcba9876543210-1-9-", 21) == 0);
	CHECK(strlen(far_end.keys[0]) == 29);
	header(far_end.last.head, "Tidegate-Signature", text, sizeof(text));
	CHECK(strncmp(text, "t=", 2) == 0 && strstr(text, ",v1=") != NULL && strlen(text) > 70);
	CHECK(!far_end.last.packed);
	json = body();
	CHECK(json_array_size(json) == 4);
	for (size_t i = 0; i < 3; i++)
		CHECK(json_integer_value(json_object_get(json_array_get(json, i), "seq")) ==
		    (json_int_t)i + 1);
	CHECK(json_object_get(json_array_get(json, 3), "gap") != NULL);
	json_decref(json);
	CHECK(send_it() == 0 && far_end.n == 1);	/* nothing is nothing */
	put_from(10, 10);
	CHECK(send_it() == 0 && far_end.n == 2 && server.connections == 1);
	end();
}

static void
lines_packed_with_a_token_and_headers(void)
{
	const char *headers[] = { "X-Site: 7", "X-Room: a b" };
	char text[200];

	begin();
	own.form = FORM_LINES;
	own.gzip = 6;
	own.secret = "";
	own.http.token = secret;
	own.http.headers = (struct strings){ .at = headers, .n = 2 };
	open_far();
	put_from(1, 2);
	CHECK(send_it() == 0 && far_end.last.packed);
	header(far_end.last.head, "Content-Type", text, sizeof(text));
	CHECK(strcmp(text, "application/x-ndjson") == 0);
	header(far_end.last.head, "Authorization", text, sizeof(text));
	CHECK(strcmp(text, "Bearer a very secret one") == 0);
	header(far_end.last.head, "X-Room", text, sizeof(text));
	CHECK(strcmp(text, "a b") == 0);
	header(far_end.last.head, "Tidegate-Signature", text, sizeof(text));
	CHECK(text[0] == '\0');
	CHECK(far_end.last.body[0] == '{' && far_end.last.body[far_end.last.len - 1] == '\n');
	CHECK(strstr(far_end.last.body, "}\n{") != NULL);
	end();
}

static void
single_kinds_go_alone_as_an_object(void)
{
	json_t *json;

	begin();
	words[0] = "alarm";
	own.single = (struct strings){ .at = words, .n = 1 };
	open_far();
	put_from(1, 2);
	CHECK(put(alarm_entry(3), STREAM_ALARM) == PUT_FULL);
	CHECK(send_it() == 0);
	CHECK(put(alarm_entry(3), STREAM_ALARM) == PUT_TAKEN);
	CHECK(put(alarm_entry(4), STREAM_ALARM) == PUT_FULL);
	CHECK(put(reading(5), STREAM_LIVE) == PUT_FULL);
	CHECK(send_it() == 0);
	json = body();
	CHECK(json_is_object(json));
	CHECK(strcmp(json_string_value(json_object_get(json, "rule")), "high") == 0);
	json_decref(json);
	put_from(5, 6);
	CHECK(send_it() == 0);
	json = body();
	CHECK(json_array_size(json) == 2);
	json_decref(json);
	end();
}

static void
other_kinds_are_left_out(void)
{
	begin();
	words[0] = "alarm";
	words[1] = "gap";
	own.kinds = (struct strings){ .at = words, .n = 2 };
	open_far();
	CHECK(put(reading(1), STREAM_LIVE) == PUT_SKIPPED);
	CHECK(put(alarm_entry(2), STREAM_ALARM) == PUT_TAKEN);
	CHECK(webhook_uplink.gap(far, &(struct gap){ .from = 3, .to = 9 }, STREAM_LIVE) ==
	    PUT_TAKEN);
	CHECK(send_it() == 0);
	end();
}

/* What may have arrived goes again in the same requests, by the same keys and
 * with the same bytes, whatever else there is by then. */
static void
a_batch_keeps_its_key(void)
{
	struct request first;
	char key[80];

	begin();
	open_far();
	far_end.drop = true;
	put_from(5, 8);
	CHECK(send_it() < 0);
	strcpy(key, far_end.keys[0]);
	first = far_end.last;
	for (int i = 0; i < 2; i++) {
		far_end.drop = i == 0;
		CHECK(put(reading(5), STREAM_BACKFILL) == PUT_TAKEN);
		put_from(6, 8);
		CHECK(put(reading(9), STREAM_LIVE) == PUT_FULL);
		CHECK(send_it() == (far_end.drop ? -1 : 0));
		CHECK(strcmp(far_end.keys[i + 1], key) == 0);
		CHECK(strcmp(far_end.last.body, first.body) == 0);
		restart();
	}
	/* it was acknowledged, and the cursor was not saved */
	CHECK(put(reading(5), STREAM_BACKFILL) == PUT_TAKEN);
	put_from(6, 8);
	CHECK(put(reading(9), STREAM_LIVE) == PUT_FULL);
	CHECK(send_it() == 0);
	CHECK(strcmp(far_end.keys[3], key) == 0);
	put_from(9, 20);
	CHECK(send_it() == 0);
	CHECK(strncmp(far_end.keys[4], "fedcba9876543210-9-20-", 22) == 0);
	end();
}

/* The same numbers, and something else: another key. */
static void
other_bytes_have_another_key(void)
{
	struct entry e = reading(5);

	begin();
	open_far();
	put_from(5, 5);
	CHECK(send_it() == 0);
	e.reading.value.i = 77;
	CHECK(put(e, STREAM_LIVE) == PUT_TAKEN);
	CHECK(send_it() == 0);
	CHECK(strncmp(far_end.keys[0], far_end.keys[1], 21) == 0);
	CHECK(strcmp(far_end.keys[0], far_end.keys[1]) != 0);
	end();
}

static void
what_is_refused_is_halved_and_set_aside(void)
{
	begin();
	open_far();
	far_end.bad = "\"seq\":13,";
	put_from(10, 17);
	CHECK(send_it() == 0);
	CHECK(set_aside() == 1 && webhook_uplink.refused(far) == 1);
	/* 8, 4, 2, 1, 1 refused, 2, 4 */
	CHECK(far_end.n == 7);
	CHECK(strncmp(far_end.keys[6], "fedcba9876543210-14-17-", 23) == 0);
	/* alone, and others were taken before */
	far_end.bad_status = 400;
	far_end.bad = "\"seq\":20,";
	put_from(20, 20);
	CHECK(send_it() == 0 && set_aside() == 2);
	far_end.bad_status = 413;
	far_end.bad = "\"seq\":21,";
	put_from(21, 22);
	CHECK(send_it() == 0 && set_aside() == 3);
	end();
}

static void
nothing_is_given_up_where_all_is_refused(void)
{
	begin();
	open_far();
	far_end.bad = "seq";
	for (int i = 0; i < 2; i++) {
		put_from(1, 1 + 30 * (unsigned)i);
		CHECK(send_it() < 0);
		CHECK(strcmp(why, "it refuses everything (422): so") == 0);
		CHECK(set_aside() == 0 && pause_of() == 60 * US_PER_S);
		forget("sent-city");
		restart();
	}
	/* refusals in a row after something was taken: so many and no more */
	far_end.bad = "\"value\":5";
	put_from(1, 1);
	CHECK(send_it() == 0);
	for (unsigned i = 50; i < 58; i++) {
		put_from(i, i);
		CHECK(send_it() == 0);
	}
	CHECK(set_aside() == 8);
	put_from(58, 58);
	CHECK(send_it() < 0 && set_aside() == 8);
	end();
}

static void
each_status_has_its_meaning(void)
{
	static const struct {
		const char	*answer, *why;
		int64_t		 pause;		/* s */
	} cases[] = {
		{ "HTTP/1.1 301 M\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		  "it sends us elsewhere: url must name the last place (301)", 60 },
		{ "HTTP/1.1 401 U\r\nContent-Length: 0\r\n\r\n",
		  "it does not know us: secret, token or password (401)", 60 },
		{ "HTTP/1.1 403 F\r\nContent-Length: 9\r\n\r\nnot you\r\n",
		  "it does not let us write (403): not you", 60 },
		{ "HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n",
		  "it has no such path: url (404)", 60 },
		{ "HTTP/1.1 409 C\r\nContent-Length: 0\r\n\r\n",
		  "it is still busy with the same request (409)", 0 },
		{ "HTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n",
		  "it wants no more, for good: stopped, tried once an hour (410)", 3600 },
		{ "HTTP/1.1 415 U\r\nContent-Length: 0\r\n\r\n",
		  "it does not take this form: form, gzip (415)", 60 },
		{ "HTTP/1.1 429 S\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
		  "it asks us to slow down (429)", 120 },
		{ "HTTP/1.1 503 S\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
		  "it is not ready (503)", 7 },
		{ "HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n",
		  "it has trouble of its own (500)", 0 },
		{ "HTTP/1.1 451 L\r\nContent-Length: 3\r\n\r\nlaw", "it refuses (451): law", 60 },
		{ "HTTP/1.1 200 O\r\nContent-Length: 10\r\n\r\n \n<!DOCTYPE",
		  "it answers with a page, as a log-in page of a network does (200)", 60 },
		{ "GARBAGE\r\n\r\n", NULL, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nhalf", NULL, 0 },
	};

	begin();
	open_far();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		far_end.script = cases[i].answer;
		put_from(1, 2);
		CHECK(send_it() < 0);
		if (cases[i].why != NULL && strcmp(why, cases[i].why) != 0)
			fprintf(stderr, "%s\n", why);
		CHECK(cases[i].why == NULL ? why[0] != '\0' : strcmp(why, cases[i].why) == 0);
		CHECK(pause_of() == cases[i].pause * US_PER_S);
		CHECK(strcmp(far_end.keys[i], far_end.keys[0]) == 0);
	}
	far_end.script = NULL;
	put_from(1, 2);
	CHECK(send_it() == 0 && pause_of() == 0 && set_aside() == 0);
	end();
}

static void
a_changed_secret_is_read_again(void)
{
	char before[200], after[200];
	FILE *f;

	begin();
	own.secret = "";
	own.http.token = secret;
	open_far();
	far_end.script = "HTTP/1.1 401 U\r\nContent-Length: 0\r\n\r\n";
	put_from(1, 1);
	CHECK(send_it() < 0);
	header(far_end.last.head, "Authorization", before, sizeof(before));
	f = fopen(secret + 1, "w");
	CHECK(f != NULL && fputs("another\n", f) >= 0 && fclose(f) == 0);
	far_end.script = NULL;
	put_from(1, 1);
	CHECK(send_it() == 0);
	header(far_end.last.head, "Authorization", after, sizeof(after));
	CHECK(strcmp(before, "Bearer a very secret one") == 0);
	CHECK(strcmp(after, "Bearer another") == 0);
	end();
}

/* The receiver of this test stands for the proxy: it is asked for the whole
 * address, by whom the settings say. */
static void
a_proxy_is_asked_when_one_is_named(void)
{
	char proxy[100], text[200];

	begin();
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", server.port);
	own.http.url = "http://office.example/in";
	own.http.proxy.url = proxy;
	own.http.proxy.user = "ann";
	own.http.proxy.password = secret;
	open_far();
	put_from(1, 2);
	CHECK(send_it() == 0 && far_end.n == 1);
	CHECK(strncmp(far_end.last.head, "POST http://office.example/in HTTP/1.1\r\n", 40) == 0);
	header(far_end.last.head, "Proxy-Authorization", text, sizeof(text));
	CHECK(strcmp(text, "Basic YW5uOmFub3RoZXI=") == 0);
	end();
}

static void
what_is_full_is_full(void)
{
	uint64_t n = 0;

	begin();
	conf.batch_bytes = 4000;
	open_far();
	while (put(reading(n + 1), STREAM_LIVE) == PUT_TAKEN)
		n++;
	CHECK(n > 5 && n < 40);
	CHECK(send_it() == 0);
	conf.batch = 3;
	restart();
	put_from(50, 52);
	CHECK(put(reading(53), STREAM_LIVE) == PUT_FULL);
	CHECK(send_it() == 0);
	end();
}

static bool
is_refused(const char *wanted)
{
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	char text[2000] = "";
	FILE *to = fmemopen(text, sizeof(text), "w");
	int rc = webhook_uplink.check(&conf, &errs);

	CHECK(to != NULL);
	for (size_t i = 0; i < errs.n; i++)
		fprintf(to, "%s\n", errs.at[i].text);
	fclose(to);
	if ((rc != 0) != (wanted != NULL) || (wanted != NULL && strstr(text, wanted) == NULL))
		fprintf(stderr, "%s", text);
	return wanted == NULL ? rc == 0 : rc != 0 && strstr(text, wanted) != NULL;
}

static void
mistakes_are_told(void)
{
	begin();
	CHECK(is_refused(NULL));
	own.http.url = "ftp://a";
	CHECK(is_refused("must begin with http"));
	own.http.url = url;
	own.http.tls.cert = "/a.pem";
	CHECK(is_refused("cert and key go together"));
	own.http.tls.key = "a.key";
	CHECK(is_refused("\"a.key\" must begin with /"));
	own.http.tls.key = "/a.key";
	CHECK(is_refused("https:// only"));
	own.http.tls.cert = own.http.tls.key = "";
	own.http.login.password = secret;
	CHECK(is_refused("a password wants a user"));
	own.http.login.user = "ann";
	own.http.token = secret;
	CHECK(is_refused("either a user or a token"));
	own.http.token = own.http.login.user = own.http.login.password = "";
	words[0] = "alarms";
	own.kinds = (struct strings){ .at = words, .n = 1 };
	CHECK(is_refused("kinds: \"alarms\" is none of reading"));
	own.kinds.n = 0;
	own.http.headers = (struct strings){ .at = words, .n = 1 };
	words[0] = "no header";
	CHECK(is_refused("write \"Name: value\""));
	words[0] = "idempotency-key: a";
	CHECK(is_refused("is written by other settings"));
	own.http.headers.n = 0;
	own.http.proxy.user = "ann";
	CHECK(is_refused("with a proxy only"));
	own.http.proxy.url = "ftp://a";
	CHECK(is_refused("proxy: \"ftp://a\" is none"));
	own.http.proxy.url = "http://ann@a:3128";
	CHECK(is_refused("is none"));
	own.http.proxy.url = "socks5h://a:1080";
	CHECK(is_refused(NULL));
	own.http.proxy.url = own.http.proxy.user = "";
	conf.replay_rate = 99;
	CHECK(is_refused("replay_rate"));
	conf.replay_rate = 100;
	CHECK(is_refused(NULL));
	far_end.n = 0;
	open_far();
	end();
}

int
main(void)
{
	FILE *f;

	CHECK(mkdtemp(folder) != NULL);
	snprintf(secret, sizeof(secret), "@%s/secret", folder);
	f = fopen(secret + 1, "w");
	CHECK(f != NULL && fputs("a very secret one\n", f) >= 0 && fclose(f) == 0);
	CHECK(chmod(secret + 1, 0600) == 0);
	RUN(an_array_of_what_the_file_says);
	RUN(lines_packed_with_a_token_and_headers);
	RUN(single_kinds_go_alone_as_an_object);
	RUN(other_kinds_are_left_out);
	RUN(a_batch_keeps_its_key);
	RUN(other_bytes_have_another_key);
	RUN(what_is_refused_is_halved_and_set_aside);
	RUN(nothing_is_given_up_where_all_is_refused);
	RUN(each_status_has_its_meaning);
	RUN(a_changed_secret_is_read_again);
	RUN(a_proxy_is_asked_when_one_is_named);
	RUN(what_is_full_is_full);
	RUN(mistakes_are_told);
	unlink(secret + 1);
	CHECK(rmdir(folder) == 0);
	return 0;
}
