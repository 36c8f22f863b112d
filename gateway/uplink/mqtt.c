#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "entry_json.h"
#include "mqtt.h"
#include "mqtt_cost.h"
#include "mqtt_text.h"

#define BATCH		4000		/* entries */
#define BATCH_MOST	16000
#define TEXTS		(64 << 10)	/* bytes of text values in a batch */
#define READY_MAX	1000		/* entries that are no readings, in a batch */

static const char *const streams[] = {
	[STREAM_ALARM] = "alarm", [STREAM_LIVE] = "live", [STREAM_BACKFILL] = "backfill",
};

static void
acked(void *arg, uint32_t tag, int reason)
{
	struct mqtt *f = arg;

	f->heard_at = system_clock.mono();
	if (reason != 0 && tag == MQTT_ENTRY)
		f->refusal = reason;
}

static void
came(void *arg, const struct wire_message *m)
{
	struct mqtt *f = arg;

	mqtt_orders_take(&f->orders, m);
}

static const struct wire_owner owner = { .acked = acked, .came = came };

static void
mqtt_close(void *self)
{
	struct mqtt *f = self;

	if (f->wire != NULL)
		mqtt_link_leave(f, "stopped");
	wire_free(f->wire);
	mqtt_orders_close(&f->orders);
	mqtt_site_free(&f->site);
	aside_close(&f->aside);
	free(f->brokers);
	free(f->old);
	free(f->rows);
	free(f->scans);
	free(f->order);
	free(f->active);
	free(f->texts.at);
	free(f->out.at);
	free(f->message.at);
	free(f->ready);
}

static bool
make_buf(struct buf *b, size_t n)
{
	*b = (struct buf){ .at = malloc(n), .cap = n };
	return b->at != NULL;
}

static bool
make_room(struct mqtt *f)
{
	size_t n = (size_t)f->env->conf->batch_most + 1;

	f->brokers = calloc(f->conf->far.brokers.n, sizeof(*f->brokers));
	f->old = calloc(f->conf->far.brokers.n, sizeof(*f->old));
	f->rows = calloc(n, sizeof(*f->rows));
	f->scans = calloc(n, sizeof(*f->scans));
	f->order = calloc(n, sizeof(*f->order));
	f->active = calloc(n, sizeof(*f->active));
	f->ready = calloc(READY_MAX, sizeof(*f->ready));
	return f->brokers != NULL && f->old != NULL && f->rows != NULL && f->scans != NULL &&
	    f->order != NULL && f->active != NULL && f->ready != NULL &&
	    make_buf(&f->texts, TEXTS) &&
	    make_buf(&f->out, (size_t)f->env->conf->batch_bytes) &&
	    make_buf(&f->message, (size_t)f->conf->message_max);
}

static int
mqtt_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct mqtt *f = self;
	bool fine;

	f->env = env;
	f->conf = mqtt_conf_of(env->conf);
	f->shun = SIZE_MAX;
	f->words = (struct topic_words){ .prefix = f->conf->prefix, .gateway = env->gateway,
	    .uplink = env->conf->name };
	mqtt_orders_open(&f->orders, env, "mqtt", f->conf->session > 0);
	f->wire = wire_new(&owner, f, env->meter);
	fine = make_room(f) && f->wire != NULL;
	if (aside_open(&f->aside, env->disk, env->conf->name) < 0 || !fine) {
		snprintf(why, n, "no memory, or no libmosquitto");
		mqtt_close(f);
		return -1;
	}
	for (size_t i = 0; i < f->conf->far.brokers.n; i++)
		mqtt_broker_parse(&f->brokers[i], f->conf->far.brokers.at[i]);
	return 0;
}

static struct mqtt_device *
device_of(struct mqtt *f, uint32_t series)
{
	return mqtt_site_of(&f->site, f->env->reader, series);
}

static enum put_result
put_reading(struct mqtt *f, const struct entry *e, enum stream stream)
{
	struct mqtt_device *d;
	uint32_t at = (uint32_t)f->nrows;

	if (f->nrows == (size_t)f->env->conf->batch_most)
		return PUT_FULL;
	d = device_of(f, e->reading.series);
	if (d == NULL)
		return PUT_SKIPPED;	/* nobody knows what it is of */
	if (!mqtt_row(&f->rows[at], &e->reading, e->seq, &f->texts))
		return PUT_FULL;
	f->nrows++;
	if (d->nrows++ == 0) {
		d->row = at + 1;
		f->active[f->nactive++] = (uint32_t)(d - f->site.devices);
	} else
		f->rows[d->last_row - 1].next = at + 1;
	d->last_row = at + 1;
	if (stream == STREAM_LIVE)	/* what is old says nothing of now */
		mqtt_site_present(&f->site, d, &e->reading);
	return PUT_TAKEN;
}

/* The template of its topic and the words for it; NULL: it is not sent. */
static const char *
template_of(const struct mqtt *f, const struct entry *e, struct topic_words *w)
{
	const struct mqtt_topics *t = &f->conf->topics;
	const struct series *s = NULL;
	uint32_t id = 0;

	switch (e->kind) {
	case ENTRY_ALARM:
		id = e->alarm.series;
		w->rule = e->alarm.rule;
		w->device = e->alarm.device;
		break;
	case ENTRY_STATISTIC:
		id = e->statistic.series;
		break;
	case ENTRY_RECORD:
		w->kind = e->record.kind;
		return t->record;
	case ENTRY_COMMAND:
		w->kind = "command";
		return t->event;
	default:
		w->kind = "note";
		return t->event;
	}
	s = id != 0 ? reader_series(f->env->reader, id) : NULL;
	if (s != NULL) {
		w->device = s->device;
		w->point = s->point;
	}
	return e->kind == ENTRY_ALARM ? t->alarm : t->statistic;
}

/* Begins an entry with its topic.  False: no room in this batch. */
static bool
begin_ready(struct mqtt *f, const char *template, const struct topic_words *w)
{
	struct mqtt_ready *r = &f->ready[f->nready];
	char topic[TOPIC_MAX];

	if (f->nready == READY_MAX || !topic_write(topic, template, w))
		return false;
	r->topic = f->out.len;
	buf_putbytes(&f->out, topic, strlen(topic) + 1);
	if (!f->out.bad) {
		r->payload = f->out.len;
		return true;
	}
	f->out.bad = false;
	f->out.len = r->topic;
	return false;
}

static enum put_result
end_ready(struct mqtt *f, bool written)
{
	struct mqtt_ready *r = &f->ready[f->nready];

	if (!written) {
		f->out.len = r->topic;
		return PUT_FULL;
	}
	r->len = f->out.len - r->payload - 1;	/* without the newline */
	f->nready++;
	return PUT_TAKEN;
}

static enum put_result
mqtt_put(void *self, const struct entry *e, enum stream stream)
{
	struct mqtt *f = self;
	struct topic_words w = f->words;
	const char *template;

	f->stream = stream;
	if (e->kind == ENTRY_READING)
		return put_reading(f, e, stream);
	template = template_of(f, e, &w);
	if (template[0] == '\0')
		return PUT_SKIPPED;
	if (!begin_ready(f, template, &w))
		return PUT_FULL;
	return end_ready(f, entry_json(&f->out, e, stream, f->env));
}

static enum put_result
mqtt_gap(void *self, const struct gap *gap, enum stream stream)
{
	struct mqtt *f = self;
	struct topic_words w = f->words;

	w.kind = "gap";
	if (f->conf->topics.event[0] == '\0')
		return PUT_SKIPPED;
	if (!begin_ready(f, f->conf->topics.event, &w))
		return PUT_FULL;
	return end_ready(f, gap_json(&f->out, gap, stream, f->env));
}

static int
publish(struct mqtt *f, const char *topic, const void *payload, size_t len, bool retain,
    char *why, size_t n)
{
	const struct wire_publication p = { .topic = topic, .payload = payload, .len = len,
	    .retain = retain, .tag = MQTT_ENTRY };

	return mqtt_link_publish(f, &p, why, n);
}

/* What no message can hold is kept here for a person to look at. */
static void
too_long(struct mqtt *f, const void *text, size_t n)
{
	aside_add(&f->aside, "longer than a message may be", text, n);
}

static int
send_ready(struct mqtt *f, char *why, size_t n)
{
	for (size_t i = 0; i < f->nready; i++) {
		const struct mqtt_ready *r = &f->ready[i];
		const char *topic = (const char *)f->out.at + r->topic;

		if (r->len > mqtt_link_most(f, topic))
			too_long(f, f->out.at + r->payload, r->len);
		else if (publish(f, topic, f->out.at + r->payload, r->len, false, why, n) < 0)
			return -1;
	}
	return 0;
}

/* Before the first message of a device in a connection, and when it has more
 * series than were named. */
static int
send_birth(struct mqtt *f, struct mqtt_device *d, char *why, size_t n)
{
	char topic[TOPIC_MAX + 8];
	struct topic_words w = f->words;
	uint32_t series = d->series;
	struct buf b = f->message;

	if (f->conf->topics.birth[0] == '\0' ||
	    (d->born == f->connection && d->born_series == d->nseries))
		return 0;
	w.device = d->name;
	for (unsigned part = 1; series != 0; part++) {
		if (!topic_write(topic, f->conf->topics.birth, &w))
			break;
		if (part > 1)
			snprintf(topic + strlen(topic), 8, "/%u", part % 100000);
		b.len = 0;
		b.cap = mqtt_link_most(f, topic);
		if (!mqtt_birth(&b, f->env->gateway, f->env->store, &f->site, d, f->env->reader,
		    &series, part))
			break;
		if (publish(f, topic, b.at, b.len, true, why, n) < 0)
			return -1;
	}
	d->born = f->connection;
	d->born_series = d->nseries;
	return 0;
}

static int
send_presence(struct mqtt *f, struct mqtt_device *d, char *why, size_t n)
{
	char topic[TOPIC_MAX];
	struct topic_words w = f->words;
	struct buf b = f->message;

	if (f->conf->topics.device[0] == '\0' || d->presence == PRESENCE_UNKNOWN ||
	    (d->told == d->presence && d->told_in == f->connection))
		return 0;
	w.device = d->name;
	b.len = 0;
	if (!topic_write(topic, f->conf->topics.device, &w) ||
	    !mqtt_presence(&b, f->env->gateway, d))
		return 0;
	if (publish(f, topic, b.at, b.len, true, why, n) < 0)
		return -1;
	d->told = d->presence;
	d->told_in = f->connection;
	return 0;
}

static struct mqtt_data
data_of(const struct mqtt *f, const struct mqtt_device *d)
{
	return (struct mqtt_data){ .gateway = f->env->gateway, .device = d->name,
	    .stream = streams[f->stream], .store = f->env->store, .rows = f->rows,
	    .texts = (const char *)f->texts.at, .scans = f->scans };
}

/* In as few messages as they fit in. */
static int
send_rows(struct mqtt *f, const struct mqtt_data *d, const char *topic, const uint32_t *order,
    size_t rows, char *why, size_t n)
{
	struct buf b = f->message;

	b.len = 0;
	b.cap = mqtt_link_most(f, topic);
	if (mqtt_data(&b, d, order, rows))
		return publish(f, topic, b.at, b.len, false, why, n);
	if (rows == 1) {
		too_long(f, "", 0);
		return 0;
	}
	if (send_rows(f, d, topic, order, rows / 2, why, n) < 0)
		return -1;
	return send_rows(f, d, topic, order + rows / 2, rows - rows / 2, why, n);
}

static int
send_points(struct mqtt *f, const struct mqtt_data *d, size_t rows, char *why, size_t n)
{
	struct topic_words w = f->words;
	char topic[TOPIC_MAX];

	w.device = d->device;
	for (size_t i = 0; i < rows; i++) {
		const struct mqtt_row *row = &f->rows[f->order[i]];
		const struct series *s = reader_series(f->env->reader, row->series);
		struct buf b = f->message;

		w.point = s != NULL ? s->point : "";
		b.len = 0;
		if (!topic_write(topic, f->conf->topics.point, &w))
			continue;
		b.cap = mqtt_link_most(f, topic);
		if (!mqtt_point(&b, d, row, s))
			too_long(f, "", 0);
		else if (publish(f, topic, b.at, b.len, f->conf->retain, why, n) < 0)
			return -1;
	}
	return 0;
}

static int
send_device(struct mqtt *f, struct mqtt_device *d, char *why, size_t n)
{
	const struct mqtt_data data = data_of(f, d);
	struct topic_words w = f->words;
	char topic[TOPIC_MAX];
	size_t rows = 0;

	for (uint32_t at = d->row; at != 0; at = f->rows[at - 1].next)
		f->order[rows++] = at - 1;
	if (send_birth(f, d, why, n) < 0)
		return -1;
	if (f->conf->form == MQTT_POINT) {
		if (send_points(f, &data, rows, why, n) < 0)
			return -1;
	} else {
		w.device = d->name;
		if (topic_write(topic, f->conf->topics.data, &w) &&
		    send_rows(f, &data, topic, f->order, rows, why, n) < 0)
			return -1;
	}
	return send_presence(f, d, why, n);
}

static void
forget_batch(struct mqtt *f)
{
	for (size_t i = 0; i < f->nactive; i++) {
		struct mqtt_device *d = &f->site.devices[f->active[i]];

		d->row = d->last_row = d->nrows = 0;
	}
	f->nrows = f->nactive = f->nready = 0;
	f->texts.len = f->out.len = 0;
}

static int
send_all(struct mqtt *f, char *why, size_t n)
{
	if (mqtt_link_ready(f, why, n) < 0 || send_ready(f, why, n) < 0)
		return -1;
	for (size_t i = 0; i < f->nactive; i++)
		if (send_device(f, &f->site.devices[f->active[i]], why, n) < 0)
			return -1;
	return mqtt_link_drain(f, why, n);
}

static int
mqtt_send(void *self, char *why, size_t n)
{
	struct mqtt *f = self;
	int rc;

	f->refusal = 0;
	f->pause = 0;
	rc = send_all(f, why, n);
	if (rc == 0)
		aside_keep(&f->aside);
	else
		aside_forget(&f->aside);
	forget_batch(f);
	return rc;
}

static int
mqtt_idle(void *self, int wake, int64_t us, char *why, size_t n)
{
	struct mqtt *f = self;

	f->pause = 0;
	f->refusal = 0;
	return mqtt_link_tend(f, wake, us, why, n);
}

static int64_t
mqtt_pause(const void *self)
{
	const struct mqtt *f = self;

	return f->pause;
}

static uint64_t
mqtt_refused(const void *self)
{
	const struct mqtt *f = self;

	return f->aside.count;
}

const struct uplink mqtt_uplink = {
	.name = "mqtt",
	.keys = mqtt_keys,
	.conf_size = sizeof(struct mqtt_conf),
	.check = mqtt_check,
	.size = sizeof(struct mqtt),
	.batch = BATCH,
	.batch_most = BATCH_MOST,
	.commanded = true,
	.open = mqtt_open,
	.put = mqtt_put,
	.send = mqtt_send,
	.close = mqtt_close,
	.gap = mqtt_gap,
	.idle = mqtt_idle,
	.pause = mqtt_pause,
	.refused = mqtt_refused,
	.cost = mqtt_cost,
};
