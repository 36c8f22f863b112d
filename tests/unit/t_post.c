#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/tell/post.h"
#include "../check.h"

/* Messages leave by threads of each way; what came of them is heard of once. */

static char folder[] = "/tmp/t_post.XXXXXX";
static char paths[3][80];
static struct post *post;

static struct way_conf ways[3];
static const char *owns[3][1];

static void
make_ways(void)
{
	static const char *const names[] = { "one", "two", "bad" };

	for (size_t i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s%s", folder, i == 2 ? "none/" : "",
		    names[i]);
		owns[i][0] = paths[i];
		ways[i] = (struct way_conf){ .name = names[i], .kind = 0, .timeout = 10000000,
		    .cap = 40, .reserve = 20, .own = owns[i] };
	}
}

static void
begin(size_t n)
{
	const struct post_conf conf = { .gateway = "here", .clock = &system_clock };

	post = post_new(&conf);
	CHECK(post != NULL);
	post_renew(post, ways, n);
}

static void
end(void)
{
	CHECK(post_end(post, 10 * US_PER_S));
	unlink(paths[0]);
	unlink(paths[1]);
}

static int
send_to(const char *way, const char *id, const char *address, int class, bool ask_first)
{
	int64_t wall = system_clock.wall();
	const struct notice m = { .id = id, .contact = "c", .address = address,
	    .language = "zh", .text = "t", .purpose = NOTICE_ALARM, .class = class,
	    .rule = "r", .device = "d", .code = "", .created = wall,
	    .expires = wall + 60000 };

	return post_send(post, way, &m, ask_first, "");
}

static struct post_result
wait_result(void)
{
	struct post_result r = { .final = false };
	struct pollfd fd = { .fd = post_fd(post), .events = POLLIN };

	while (!post_result(post, &r))
		CHECK(poll(&fd, 1, 60000) > 0);
	return r;
}

static size_t
lines(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	for (int c; f != NULL && (c = fgetc(f)) != EOF;)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

static void
a_message_goes_by_its_way(void)
{
	struct post_status s;
	struct post_result r;

	begin(2);
	CHECK(send_to("none", "1", "a", 0, false) == -1);
	CHECK(send_to("two", "1", "a", 0, false) == 0);
	r = wait_result();
	CHECK(strcmp(r.id, "1") == 0 && strcmp(r.way, "two") == 0 && r.final);
	CHECK(r.is.outcome == WAY_DELIVERED && lines(paths[1]) == 1 && lines(paths[0]) == 0);
	CHECK(post_look(post, "two", &s) && s.sent == 1 && s.failed == 0 && s.open);
	CHECK(!post_look(post, "none", &s) && !post_has(post, "1"));
	end();
}

static void
a_way_that_cannot_be_opened_says_so_at_once(void)
{
	struct post_status s;
	struct post_result r;

	begin(3);
	CHECK(send_to("bad", "1", "a", 0, false) == 0);
	r = wait_result();
	CHECK(r.is.outcome == WAY_REFUSED && r.is.pause > 0 && r.is.why[0] != '\0');
	CHECK(post_look(post, "bad", &s) && s.failed == 1 && s.why[0] != '\0');
	/* and holds up no other */
	CHECK(send_to("one", "2", "a", 0, false) == 0);
	CHECK(wait_result().is.outcome == WAY_DELIVERED);
	end();
}

static void
what_may_have_gone_is_asked_for_first(void)
{
	begin(1);
	CHECK(send_to("one", "77", "a", 0, false) == 0);
	CHECK(wait_result().is.outcome == WAY_DELIVERED);
	CHECK(send_to("one", "77", "a", 0, true) == 0);
	CHECK(wait_result().is.outcome == WAY_DELIVERED && lines(paths[0]) == 1);
	/* it never left */
	CHECK(send_to("one", "78", "a", 0, true) == 0);
	CHECK(wait_result().is.outcome == WAY_DELIVERED && lines(paths[0]) == 2);
	end();
}

static void
what_is_too_old_does_not_go(void)
{
	int64_t wall = system_clock.wall();
	const struct notice m = { .id = "9", .contact = "c", .address = "a", .language = "zh",
	    .text = "t", .rule = "", .device = "", .code = "", .created = wall - 10,
	    .expires = wall - 1 };

	begin(1);
	CHECK(post_send(post, "one", &m, false, "") == 0);
	CHECK(wait_result().is.outcome == WAY_REFUSED && lines(paths[0]) == 0);
	end();
}

static void
many_go_once_each_through_reloads(void)
{
	char id[16], address[16];
	unsigned done = 0;

	ways[0].lanes = 4;
	begin(2);
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "%x", i);
		snprintf(address, sizeof(address), "%d", i % 7);
		CHECK(send_to("one", id, address, i % 10 == 0, false) == 0);
		if (i % 100 == 50)
			post_renew(post, ways, i % 200 == 50 ? 1 : 2);
	}
	for (; done < 300; done++)
		CHECK(wait_result().is.outcome == WAY_DELIVERED);
	CHECK(lines(paths[0]) == 300);
	ways[0].lanes = 0;
	end();
}

int
main(void)
{
	CHECK(mkdtemp(folder) != NULL);
	make_ways();
	RUN(a_message_goes_by_its_way);
	RUN(a_way_that_cannot_be_opened_says_so_at_once);
	RUN(what_may_have_gone_is_asked_for_first);
	RUN(what_is_too_old_does_not_go);
	RUN(many_go_once_each_through_reloads);
	rmdir(folder);
	return 0;
}
