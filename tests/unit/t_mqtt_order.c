#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/uplink/mqtt_order.h"
#include "../check.h"

#define MS	1000

/* The field role, or its absence. */
static struct {
	bool		there, breaks;
	unsigned	opened, n;
	struct { uint32_t id; char words[420]; } given[64];
} field;

static int
open_line(const struct order_line *line)
{
	(void)line;
	field.opened++;
	if (field.there)
		return dup(0);
	errno = ECONNREFUSED;
	return -1;
}

static int
give(int fd, uint32_t id, const char *words)
{
	(void)fd;
	if (!field.there || field.n == sizeof(field.given) / sizeof(field.given[0]))
		return -1;
	field.given[field.n].id = id;
	snprintf(field.given[field.n++].words, sizeof(field.given[0].words), "%s", words);
	return 0;
}

static int
hear(int fd, struct order_answer *answer)
{
	(void)fd;
	(void)answer;
	return field.breaks ? -1 : 0;
}

static const struct order_line line = { .path = "", .open = open_line, .give = give,
	.hear = hear };
static const struct uplink_conf conf = { .name = "city" };
static const struct uplink_env env = { .conf = &conf, .orders = &line };
static struct mqtt_orders orders;

static void
begin(void)
{
	memset(&field, 0, sizeof(field));
	mqtt_orders_open(&orders, &env, "mqtt", false);
}

static void
come(const char *text, int64_t expires)
{
	const struct wire_message m = { .topic = "c", .payload = text, .len = strlen(text),
	    .expires = expires };

	mqtt_orders_take(&orders, &m);
}

static void
come_write(unsigned value, int64_t expires)
{
	char text[200];

	snprintf(text, sizeof(text), "{\"command\":\"write\",\"point\":\"a/b.c\",\"value\":%u,"
	    "\"id\":\"w%u\",\"who\":\"ann\"}", value, value);
	come(text, expires);
}

static void
pass(int64_t us)
{
	for (int64_t end = system_clock.mono() + us; system_clock.mono() < end;)
		usleep((useconds_t)(end - system_clock.mono() > 0 ?
		    end - system_clock.mono() : 0));
}

/* Tends as its owner does, until so many were given. */
static bool
tend_until(unsigned n)
{
	for (int64_t end = system_clock.mono() + 20 * US_PER_S; field.n < n;) {
		int64_t next = mqtt_orders_tend(&orders);

		if (system_clock.mono() > end)
			return false;
		pass(next < 50 * MS ? next : 50 * MS);
	}
	return true;
}

/* How long it holds, as the field role reads it (ms). */
static long long
span_of(const char *words)
{
	long long ms = -1;

	sscanf(words, "from mqtt:city write a/b.c %*u %lldms", &ms);
	return ms;
}

static void
one_goes_at_once_where_somebody_takes_it(void)
{
	begin();
	field.there = true;
	come_write(5, 30);
	CHECK(field.n == 1 && field.opened == 1);
	CHECK(strncmp(field.given[0].words, "from mqtt:city write a/b.c 5 ", 29) == 0);
	CHECK(strcmp(strrchr(field.given[0].words, ' '), " ann") == 0);
	CHECK(span_of(field.given[0].words) > 20000 && span_of(field.given[0].words) <= 30000);
	CHECK(mqtt_orders_tend(&orders) == INT64_MAX && mqtt_orders_ended(&orders) == NULL);
	mqtt_orders_close(&orders);
}

static void
one_that_nobody_can_take_waits(void)
{
	begin();
	come_write(5, 30);
	CHECK(field.n == 0 && mqtt_orders_ended(&orders) == NULL);
	CHECK(mqtt_orders_tend(&orders) <= US_PER_S / 4);
	pass(300 * MS);
	CHECK(mqtt_orders_tend(&orders) <= US_PER_S / 4);
	CHECK(field.n == 0 && mqtt_orders_ended(&orders) == NULL);
	field.there = true;
	CHECK(tend_until(1));
	CHECK(span_of(field.given[0].words) > 5000 && span_of(field.given[0].words) <= 29700);
	CHECK(mqtt_orders_tend(&orders) == INT64_MAX);
	mqtt_orders_close(&orders);
}

static void
the_order_is_kept_while_they_wait(void)
{
	begin();
	for (unsigned i = 0; i < 3; i++)
		come_write(i, 30);
	field.there = true;
	come_write(3, 30);		/* somebody is there, but others came first */
	CHECK(tend_until(4));
	for (unsigned i = 0; i < 4; i++) {
		char words[40];

		snprintf(words, sizeof(words), "from mqtt:city write a/b.c %u ", i);
		CHECK(strncmp(field.given[i].words, words, strlen(words)) == 0);
	}
	mqtt_orders_close(&orders);
}

static void
one_waits_until_it_expires(void)
{
	struct mqtt_pending *p;
	int64_t began = system_clock.mono();

	begin();
	come_write(5, 1);
	while ((p = mqtt_orders_ended(&orders)) == NULL &&
	    system_clock.mono() < began + 20 * US_PER_S) {
		int64_t next = mqtt_orders_tend(&orders);

		pass(next < 50 * MS ? next : 50 * MS);
	}
	CHECK(p != NULL && !p->done && strstr(p->text, "expired") != NULL);
	CHECK(system_clock.mono() >= began + US_PER_S);
	CHECK(strcmp(p->order.id, "w5") == 0);
	p->id = 0;
	field.there = true;
	pass(300 * MS);
	CHECK(mqtt_orders_tend(&orders) == INT64_MAX && field.n == 0);
	mqtt_orders_close(&orders);
}

static void
no_more_wait_than_there_are_places(void)
{
	unsigned waiting = 0;

	begin();
	for (unsigned i = 0; i < ORDERS_MAX + 3; i++)
		come_write(i, 30);
	for (size_t i = 0; i < ORDERS_MAX; i++)
		waiting += orders.at[i].id != 0 && orders.at[i].waits;
	CHECK(waiting == ORDERS_MAX && orders.dropped == 3);
	CHECK(field.opened <= 1);		/* they do not each knock */
	field.there = true;
	CHECK(tend_until(ORDERS_MAX));
	mqtt_orders_close(&orders);
}

/* A quick hand learns that it was too quick; a mad one is not even answered. */
static void
too_many_are_told_and_not_obeyed(void)
{
	unsigned obeyed = 0, told = 0;
	struct mqtt_pending *p;

	begin();
	field.there = true;
	for (unsigned i = 0; i < 3 * ORDERS_BURST; i++) {
		come_write(i, 30);
		for (size_t k = 0; k < ORDERS_MAX; k++)
			if (orders.at[k].id != 0 && !orders.at[k].ended) {
				orders.at[k].id = 0;		/* as if it had been done */
				obeyed++;
			}
		while ((p = mqtt_orders_ended(&orders)) != NULL) {
			CHECK(!p->done && strstr(p->text, "too many commands") != NULL);
			CHECK(p->order.id[0] == 'w');
			p->id = 0;
			told++;
		}
	}
	CHECK(obeyed >= ORDERS_BURST && obeyed == field.n);
	CHECK(told >= ORDERS_BURST && told <= obeyed + 1);
	CHECK(obeyed + told < 3 * ORDERS_BURST || obeyed > ORDERS_BURST + 4);
	CHECK(orders.dropped == 3 * ORDERS_BURST - obeyed);
	pass(1000 * MS);
	come_write(1000, 30);
	CHECK(field.n == obeyed + 1);
	mqtt_orders_close(&orders);
}

static void
what_is_refused_waits_for_its_entry(void)
{
	begin();
	come("no JSON", 30);
	come("{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\"}", 30);
	CHECK(mqtt_orders_ended(&orders) == NULL);
	field.there = true;
	CHECK(tend_until(2));
	CHECK(strncmp(field.given[0].words, "from mqtt:city deny ", 20) == 0);
	CHECK(strcmp(field.given[1].words, "from mqtt:city ack r d mqtt:city") == 0);
	mqtt_orders_close(&orders);
}

/* What was given may have been done; what was not is not lost with it. */
static void
only_what_was_given_ends_with_the_field_role(void)
{
	struct mqtt_pending *p;

	begin();
	field.there = true;
	come_write(1, 30);
	field.there = false;
	come_write(2, 30);			/* the first to notice */
	p = mqtt_orders_ended(&orders);
	CHECK(p != NULL && strcmp(p->order.id, "w1") == 0 && !p->done &&
	    strstr(p->text, "not known") != NULL);
	p->id = 0;
	CHECK(mqtt_orders_ended(&orders) == NULL);
	field.there = true;
	CHECK(tend_until(2));
	field.breaks = true;
	mqtt_orders_hear(&orders);
	p = mqtt_orders_ended(&orders);
	CHECK(p != NULL && strcmp(p->order.id, "w2") == 0 && orders.fd == -1);
	mqtt_orders_close(&orders);
}

/* What takes a retained command away from the broker comes to whoever listens. */
static void
an_empty_one_orders_nothing(void)
{
	begin();
	field.there = true;
	for (unsigned i = 0; i < 2 * ORDERS_BURST; i++)
		come("", -1);
	CHECK(field.n == 0 && field.opened == 0 && orders.dropped == 0);
	CHECK(mqtt_orders_tend(&orders) == INT64_MAX);
	come_write(1, 10);
	CHECK(field.n == 1 && strstr(field.given[0].words, "write a/b.c 1") != NULL);
	mqtt_orders_close(&orders);
}

int
main(void)
{
	RUN(one_goes_at_once_where_somebody_takes_it);
	RUN(one_that_nobody_can_take_waits);
	RUN(the_order_is_kept_while_they_wait);
	RUN(one_waits_until_it_expires);
	RUN(no_more_wait_than_there_are_places);
	RUN(too_many_are_told_and_not_obeyed);
	RUN(what_is_refused_waits_for_its_entry);
	RUN(an_empty_one_orders_nothing);
	RUN(only_what_was_given_ends_with_the_field_role);
	return 0;
}
