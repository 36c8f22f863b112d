#include <string.h>

#include "../../gateway/uplink/http_far.h"
#include "../check.h"

/* What all that post by HTTP have in common; their own is tried with them. */

static struct http_conf own;

/* How many faults it finds, of which one has these words. */
static size_t
faults(const char *words)
{
	static const char *const ours[] = { "X-Ours", NULL };
	struct err room[8];
	struct errs errs = { .at = room };
	const struct access access = { "far", { "t.conf", 3 }, &errs };
	bool found = false;

	CHECK((http_check(&access, &own, ours) < 0) == (errs.n > 0));
	for (size_t i = 0; i < errs.n; i++) {
		CHECK(room[i].line == 3 && strcmp(room[i].file, "t.conf") == 0);
		found = found || strstr(room[i].text, words) != NULL;
	}
	return found || errs.n == 0 ? errs.n : 99;
}

static void
urls_are_looked_at(void)
{
	static const struct { const char *url; size_t n; } rows[] = {
		{ "http://a", 0 }, { "https://[::1]:8443/in?x=y", 0 }, { "", 1 },
		{ "http://", 1 }, { "https:///in", 1 }, { "ftp://a", 1 }, { "a", 1 },
		{ "HTTP:/a", 1 },
	};

	own = (struct http_conf){ .url = "" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own.url = rows[i].url;
		CHECK(faults("must begin with http:// or https://") == rows[i].n);
	}
}

static void
every_fault_is_told_in_one_run(void)
{
	const char *headers[] = { "x-ours: 1" };

	own = (struct http_conf){ .url = "http://a", .login = { .password = "@/p" },
	    .tls = { .ca = "ca.pem", .cert = "/c.pem" }, .proxy = { .user = "u" },
	    .headers = { headers, 1 } };
	CHECK(faults("a password wants a user") == 6);
	CHECK(faults("\"ca.pem\" must begin with /") == 6);
	CHECK(faults("cert and key go together") == 6);
	CHECK(faults("certificates are of use with https:// only") == 6);
	CHECK(faults("is written by other settings") == 6);
	CHECK(faults("proxy_user is of use with a proxy only") == 6);
}

static void
headers_are_looked_at(void)
{
	static const struct { const char *header, *words; } rows[] = {
		{ "X: 1", NULL }, { "X-Scope-OrgID: site 7", NULL },
		{ "X:1", "write \"Name: value\"" }, { ": 1", "write \"Name: value\"" },
		{ "X: ", "write \"Name: value\"" }, { "X Y: 1", "write \"Name: value\"" },
		{ "X: 1\r\nY: 2", "write \"Name: value\"" },
		{ "content-type: a/b", "is written by other settings" },
		{ "AUTHORIZATION: Bearer x", "is written by other settings" },
		{ "X-Ours: 1", "is written by other settings" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *headers[] = { rows[i].header };

		own = (struct http_conf){ .url = "http://a", .headers = { headers, 1 } };
		CHECK(faults(rows[i].words) == (rows[i].words != NULL));
	}
}

/* The table of the kind goes first; what neither knows is refused all the same;
 * a longer wait that was asked for is kept to. */
static void
each_status_means_something(void)
{
	static const struct http_status mine[] = {
		{ 404, 404, 7, true, "has no such table" },
		{ 0, 0, 0, false, NULL }
	};
	static const struct { int status; int64_t after, pause; const char *why; } rows[] = {
		{ 404, 0, 7, "it has no such table (404): words" },
		{ 404, 9, 9, "it has no such table (404): words" },
		{ 302, 0, HTTP_SLOWLY, "it sends us elsewhere: url must name the last place (302)" },
		{ 403, 0, HTTP_SLOWLY, "it does not let us write (403): words" },
		{ 429, 0, 0, "it asks us to slow down (429)" },
		{ 429, 5, 5, "it asks us to slow down (429)" },
		{ 503, 8, 8, "it is not ready (503)" },
		{ 599, 0, 0, "it has trouble of its own (599)" },
		{ 418, 0, HTTP_SLOWLY, "it refuses (418): words" },
	};
	struct http_far far = { .said = "words" };
	char why[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct http_reply reply = { .status = rows[i].status,
		    .retry_after = rows[i].after };

		http_far_refused(&far, mine, &reply, why, sizeof(why));
		CHECK(strcmp(why, rows[i].why) == 0 && far.pause == rows[i].pause);
	}
	far.page = true;		/* of which one line says nothing */
	http_far_refused(&far, mine, &(struct http_reply){ .status = 404 }, why, sizeof(why));
	CHECK(strcmp(why, "it has no such table (404)") == 0);
}

int
main(void)
{
	RUN(urls_are_looked_at);
	RUN(every_fault_is_told_in_one_run);
	RUN(headers_are_looked_at);
	RUN(each_status_means_something);
	return 0;
}
