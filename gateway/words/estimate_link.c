#include <math.h>
#include <string.h>

#include "../../protocols/cost.h"
#include "../../protocols/dtu.h"
#include "../../protocols/pdu.h"
#include "../clock.h"
#include "../link/coap_conf.h"
#include "../link/listener.h"
#include "estimate.h"

#define US_A_DAY	86400e6
#define RTU_AROUND	3	/* unit and check */
#define TCP_AROUND	7	/* MBAP: its head and the unit */
#define METER_FRAME	16	/* of DL/T 645 and CJ/T 188, without what is read */
#define COAP_POST	28	/* head, token, path and format of what is brought */
#define COAP_HEAD	4	/* all of what only acknowledges */
#define COAP_TOKEN	2	/* of ours */
#define COAP_VALUE	7	/* "23.5", its format and how long it holds */
#define SENML_POINT	34	/* "{\"n\":\"temp\",\"v\":23.1}," with its unit */
#define HTTP_POST	300	/* heads of a POST with its signature */
#define HTTP_ANSWER	170
#define HTTP_WRAPPED	300	/* what platforms say besides */

/* The kind of a link says what carries it. */
static const struct listener_conf *
listener_of(const struct config *c, const struct link_conf *l)
{
	for (size_t i = 0; l->listener != NULL && i < c->nlisteners; i++)
		if (strcmp(c->listeners[i].name, l->listener) == 0)
			return &c->listeners[i];
	return NULL;
}

static const struct receiver_conf *
receiver_of(const struct config *c, const struct link_conf *l)
{
	for (size_t i = 0; l->receiver != NULL && i < c->nreceivers; i++)
		if (strcmp(c->receivers[i].name, l->receiver) == 0)
			return &c->receivers[i];
	return NULL;
}

static bool
is_kind(const struct link_conf *l, const char *name)
{
	return strcmp(link_kind_at((size_t)l->kind)->name, name) == 0;
}

bool
estimate_is_billed(const struct link_conf *l)
{
	return is_kind(l, "tcp") || is_kind(l, "dial") || is_kind(l, "push") ||
	    is_kind(l, "coap") || (is_kind(l, "serial") && l->tariff > 0);
}

static struct cost_way
way_of(const struct config *c, const struct link_conf *l)
{
	const struct listener_conf *at = listener_of(c, l);
	const struct receiver_conf *to = receiver_of(c, l);
	struct coap_uri uri = { .secure = false };

	if (is_kind(l, "serial"))
		return (struct cost_way){ .carrier = COST_SERIAL };
	if (is_kind(l, "coap"))
		return (struct cost_way){ .carrier = COST_UDP,
		    .secure = l->uri != NULL && coap_uri(l->uri, &uri) && uri.secure };
	if (is_kind(l, "push"))
		return (struct cost_way){
		    .carrier = to != NULL && receiver_posts(to) ? COST_TCP : COST_UDP,
		    .secure = to != NULL && (to->transport == RECEIVER_COAPS ||
		    to->transport == RECEIVER_HTTPS) };
	if (at == NULL)
		return (struct cost_way){ .carrier = COST_TCP };
	return (struct cost_way){ .carrier = at->transport == TRANSPORT_UDP ? COST_UDP : COST_TCP,
	    .secure = at->tls != LISTENER_PLAIN };
}

/* Bytes that a format puts around n. */
static double
framed(const struct config *c, const struct link_conf *l, double n)
{
	const struct listener_conf *at = listener_of(c, l);
	uint8_t plain[256] = { 0 }, room[2 * sizeof(plain) + DTU_AROUND];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct dtu_conf conf;
	struct dtu dtu;

	if (at == NULL || n > sizeof(plain))
		return n;
	listener_dtu(at, &conf);
	dtu_init(&dtu, &conf);
	memcpy(dtu.is.id, "13800138000", sizeof("13800138000"));
	dtu_wrap(&dtu, plain, (size_t)n, &b);
	return b.bad || b.len == 0 ? n : (double)b.len;
}

/* A question and its answer, in bytes of the protocol. */
static void
frames_of(const struct device *d, const struct link_conf *l, size_t block, double frames[2])
{
	const char *proto = l->proto[0] != '\0' ? l->proto :
	    link_kind_at((size_t)l->kind)->proto;
	double around = strcmp(proto, "modbus-tcp") == 0 ? TCP_AROUND : RTU_AROUND;
	uint8_t room[PDU_MAX];
	struct buf pdu = { .at = room, .cap = sizeof(room) };
	struct ask ask = { .count = 0 };

	device_ask(d, block, &ask);
	if (function_is_item(ask.function)) {
		frames[0] = METER_FRAME;
		frames[1] = METER_FRAME + ask.count;
		return;
	}
	pdu_put(&pdu, &ask);
	frames[0] = (double)pdu.len + around;
	frames[1] = pdu_shape(&ask).len + around;
}

/* All the questions of one look at a device. */
static double
cycle_of(const struct estimate_terms *t, const struct link_conf *l, const struct device *d)
{
	struct cost_way way = way_of(t->config, l);
	double bytes = 0, frames[2];

	for (size_t i = 0; i < d->nblocks; i++) {
		double share = 1.0 / device_every(d, i);

		frames_of(d, l, i, frames);
		bytes += share * (cost_told(&way, framed(t->config, l, frames[0])) +
		    cost_told(&way, framed(t->config, l, frames[1])));
	}
	return bytes;
}

static double
factors_of(const struct device *d)
{
	double n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		n += d->profile->points[i].push != NULL && d->taps[i].block != BLOCK_NONE;
	return n;
}

/* One message that a receiver takes, and what it is answered. */
static double
message_of(const struct estimate_terms *t, const struct link_conf *l, const struct device *d)
{
	struct cost_way way = way_of(t->config, l);
	const struct receiver_conf *at = receiver_of(t->config, l);
	double factors = factors_of(d);

	if (at != NULL && receiver_posts(at))
		return cost_session(&way) + cost_told(&way, HTTP_ANSWER) + cost_told(&way,
		    HTTP_POST + (at->platform != RECEIVER_GENERIC ? HTTP_WRAPPED : 0) +
		    SENML_POINT * factors);
	/* the question and the answer, which follows it, are acknowledged each */
	return cost_told(&way, COAP_POST + SENML_POINT * factors) +
	    cost_told(&way, 2 * COAP_HEAD) + 2 * cost_told(&way, COAP_HEAD);
}

/* One resource of LwM2M is told as a text, all else in SenML. */
static bool
is_resource(const char *path)
{
	size_t slashes = 0;

	for (; *path != '\0'; path++) {
		slashes += *path == '/';
		if (*path != '/' && (*path < '0' || *path > '9'))
			return false;
	}
	return slashes == 3;
}

/* What is fetched by CoAP: a path at a time. */
static double
fetched(const struct estimate_terms *t, const struct link_conf *l, const struct device *d)
{
	struct cost_way way = way_of(t->config, l);
	double bytes = 0, factors = factors_of(d) / (l->paths.n > 0 ? (double)l->paths.n : 1);

	for (size_t i = 0; i < l->paths.n; i++) {
		const char *path = l->paths.at[i];

		bytes += cost_told(&way, COAP_HEAD + (l->observe ? 0 :
		    COAP_TOKEN + (double)strlen(path)));
		bytes += cost_told(&way, COAP_HEAD + COAP_TOKEN + COAP_VALUE +
		    (is_resource(path) ? 0 : SENML_POINT * factors));
	}
	return bytes;
}

double
estimate_device(const struct estimate_terms *t, const struct link_conf *l,
    const struct device *d)
{
	double period = estimate_period(t, d);
	struct cost_way way = way_of(t->config, l);

	if (period <= 0)
		return 0;
	if (d->profile->pushes && is_kind(l, "dial"))
		return estimate_hj212(&way, l, d, period);
	if (is_kind(l, "coap"))
		return US_A_DAY / (l->every > 0 ? (double)l->every : period) * fetched(t, l, d);
	return US_A_DAY / period *
	    (d->profile->pushes ? message_of(t, l, d) : cycle_of(t, l, d));
}

/* Time between two words on it, us; INFINITY: there are none. */
static double
silence_of(const struct estimate_terms *t, const struct link_conf *l)
{
	double rate = 0;

	for (size_t i = 0; i < l->ndevices; i++) {
		double period = estimate_period(t, &t->config->devices[l->devices[i]]);

		rate += period > 0 ? 1 / period : 0;
	}
	return rate > 0 ? 1 / rate : INFINITY;
}

static double
probed(const struct cost_way *way, double silence, double after)
{
	if (isinf(silence))
		return US_A_DAY / after * cost_probe(way);
	return US_A_DAY / silence * cost_probes(silence, after) * cost_probe(way);
}

/* A packet that is fixed, or the like of one. */
static double
beat_of(const struct dtu_conf *conf)
{
	static const struct dtu_found nobody = { .id = "13800138000" };
	uint8_t bytes[DTU_WORD_MAX];
	size_t n = 0;

	if (conf->nbeats == 0 || !dtu_literal(&conf->beats[0], &nobody, bytes, &n))
		return DTU_AROUND;
	return (double)n;
}

double
estimate_line(const struct estimate_terms *t, const struct link_conf *l)
{
	const struct listener_conf *at = listener_of(t->config, l);
	struct cost_way way = way_of(t->config, l);
	struct estimate_terms all = *t;
	struct dtu_conf conf;
	double bytes;

	all.guarded = false;
	if (is_kind(l, "tcp"))
		return probed(&way, silence_of(&all, l), (double)l->keepalive);
	if (at == NULL)
		return 0;
	if (at->every == 0)
		return probed(&way, silence_of(&all, l), LISTENER_SILENT);
	if (dtu_format_at((size_t)at->format)->framing == &dtu_hj212)	/* it has no beats */
		return probed(&way, silence_of(&all, l), (double)listener_keepalive(at->every));
	listener_dtu(at, &conf);
	bytes = cost_told(&way, beat_of(&conf));
	if (conf.beat_reply.n > 0)
		bytes += cost_told(&way, conf.beat_reply.n);
	return US_A_DAY / (double)at->every * bytes;
}
