#include <stdlib.h>
#include <string.h>

#include "../../devices/point.h"
#include "../../protocols/cost.h"
#include "../clock.h"
#include "../room.h"
#include "mqtt_broker.h"
#include "mqtt_conf.h"
#include "mqtt_cost.h"
#include "mqtt_data.h"
#include "mqtt_topic.h"

#define AROUND		8.0	/* of PUBLISH: head, length, number, properties */
#define PUBACK		4.0
#define PING		2.0
#define STATISTIC	330.0	/* of JSON, with names */
#define TIME		1790000000000LL
#define SEQ		1000000
#define PACE		10013	/* ms */

/* What a batch takes. */
struct sum {
	double	messages, bytes;
};

static double
topic_of(const struct mqtt_conf *c, const struct uplink_conf *u, const char *gateway,
    const char *template, const struct cargo_value *v)
{
	const struct topic_words words = { .prefix = c->prefix, .gateway = gateway,
	    .uplink = u->name, .device = v->device, .point = v->point->name };
	char topic[TOPIC_MAX];

	return topic_write(topic, template, &words) ? (double)strlen(topic) : 0;
}

/* The rows of so many scans, no two of them quite as far apart. */
static size_t
fill_rows(struct mqtt_row *rows, uint32_t *order, const struct cargo_scan *s)
{
	struct buf texts = { .cap = 0 };
	size_t n = 0;

	for (size_t k = 0; k < cargo_times(s); k++)
		for (size_t i = 0; i < s->n; i++, n++) {
			size_t block = s->blocks > 1 ? i * s->blocks / s->n : 0;
			const struct reading r = { .series = 100 + (uint32_t)i,
			    .time = TIME + (int64_t)(k * PACE + k * 37 % 17 + block * 509),
			    .value = cargo_figure(s->values[i].point, n) };

			mqtt_row(&rows[n], &r, SEQ + k * (s->n + 2) + k % 2 + i, &texts);
			order[n] = (uint32_t)n;
		}
	return n;
}

/* Of one device and batch. */
static double
message_of(const struct uplink_conf *u, const char *gateway, const struct cargo_scan *s)
{
	const struct mqtt_conf *c = mqtt_conf_of(u);
	size_t n = cargo_times(s) * s->n;
	struct mqtt_data data = { .gateway = gateway, .device = s->values[0].device,
	    .stream = "live", .rows = room_for(n, sizeof(struct mqtt_row)),
	    .scans = room_for(n, sizeof(struct mqtt_scan)) };
	uint32_t *order = room_for(n, sizeof(*order));
	size_t cap = 4096 + 80 * n < (size_t)c->message_max ? 4096 + 80 * n :
	    (size_t)c->message_max;
	struct buf b = { .at = room_for(1, cap), .cap = cap };
	double bytes = (double)cap;		/* and the rest in another one */

	if (mqtt_data(&b, &data, order, fill_rows(data.rows, order, s)))
		bytes = (double)b.len;
	free(b.at);
	free(order);
	free(data.rows);
	free(data.scans);
	return bytes;
}

/* Each reading alone. */
static double
points_of(const struct uplink_conf *u, const char *gateway, const struct cargo_scan *s)
{
	struct mqtt_data data = { .gateway = gateway, .device = s->values[0].device,
	    .stream = "live" };
	double bytes = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct cargo_value *v = &s->values[i];
		const struct reading r = { .series = 100, .time = TIME,
		    .value = cargo_figure(v->point, i) };
		const struct series series = { .device = v->device, .point = v->point->name,
		    .unit = point_unit_name(v->point), .raw = "f32",
		    .decimals = v->point->decimals };
		struct buf texts = { .cap = 0 };
		struct mqtt_row row;
		uint8_t room[1024];
		struct buf b = { .at = room, .cap = sizeof(room) };

		mqtt_row(&row, &r, SEQ, &texts);
		mqtt_point(&b, &data, &row, &series);
		bytes += (double)b.len + topic_of(mqtt_conf_of(u), u, gateway,
		    mqtt_conf_of(u)->topics.point, v) + AROUND;
	}
	return bytes;
}

static void
add(struct sum *sum, const struct uplink_conf *u, const char *gateway, const struct cargo_scan *s)
{
	const struct mqtt_conf *c = mqtt_conf_of(u);
	double share = s->a_batch < 1 ? s->a_batch : 1, values = s->a_batch * (double)s->n;

	if (s->n == 0)
		return;
	if (s->statistic) {
		if (c->topics.statistic[0] == '\0')
			return;
		sum->messages += values;
		sum->bytes += values * (STATISTIC + AROUND + topic_of(c, u, gateway,
		    c->topics.statistic, &s->values[0]));
	} else if (c->form == MQTT_POINT) {
		sum->messages += values;
		sum->bytes += s->a_batch * points_of(u, gateway, s);
	} else {
		sum->messages += share;
		sum->bytes += share * (message_of(u, gateway, s) + AROUND +
		    topic_of(c, u, gateway, c->topics.data, &s->values[0]));
	}
}

double
mqtt_cost(const struct uplink_conf *u, const struct cargo *cargo)
{
	const struct mqtt_far_conf *far = &mqtt_conf_of(u)->far;
	struct cost_way way = { .carrier = COST_TCP };
	struct mqtt_broker broker;
	struct sum sum = { 0, 0 };
	double pings = cost_probes(cargo->every, (double)far->keepalive / US_PER_S);

	if (far->brokers.n > 0 && mqtt_broker_parse(&broker, far->brokers.at[0]))
		way.secure = broker.tls;
	for (size_t i = 0; i < cargo->n; i++)
		add(&sum, u, cargo->gateway, &cargo->scans[i]);
	return cost_told(&way, sum.bytes) + cost_told_each(&way, PUBACK * sum.messages,
	    sum.messages) + 2 * pings * cost_told(&way, PING);
}
