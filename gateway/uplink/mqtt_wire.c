#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../conf/err.h"
#include "../clock.h"
#include "cannot.h"
#include "mqtt_lib.h"
#include "mqtt_wire.h"

#define AUTHORITIES	"/etc/ssl/certs"	/* those of the system */
#define LEAVE_LIMIT	(US_PER_S / 2)	/* for a DISCONNECT to go out */
#define PACKET_MOST	(1 << 20)	/* bytes that one may have, coming to us */
#define PACKET_HEAD	32		/* bytes of a PUBLISH beside topic and payload */
#define REASON_OLD	132		/* unsupported protocol version */

struct flight {
	int		mid;
	uint32_t	tag;
};

struct wire {
	const struct wire_owner	*owner;
	void			*arg;
	struct mosquitto	*m;		/* NULL: no connection */
	struct meter		*meter;
	int			 tap;		/* its socket, for the meter; -1: none */
	bool			 up;		/* the broker took it */
	bool			 v5;
	struct cannot_way	 way;
	int			 unreached;	/* errno of its beginning; 0: none */
	bool			 gone;		/* as far as the library knows */
	int			 reason;	/* of a refusal, or of its end; 0: none */
	int			 subscribed;
	const char		*subscribe;
	struct flight		*flights;
	size_t			 nflights, window, room;
	size_t			 packet_max;	/* that the broker takes; 0: any */
	uint64_t		 strays;
	uint64_t		 whole;		/* bytes that came when the last packet was
						 * whole */
	bool			 heard;		/* one was, since */
	bool			 corked;	/* what is published waits for more */
	char			 said[160];	/* by the library, of TLS */
};

struct wire *
wire_new(const struct wire_owner *owner, void *arg, struct meter *meter)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (w == NULL || !mqtt_lib_load()) {
		free(w);
		return NULL;
	}
	w->owner = owner;
	w->arg = arg;
	w->meter = meter;
	w->tap = -1;
	return w;
}

void
wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	wire_close(w, false);
	free(w->flights);
	free(w);
}

/* Takes the flight of an id; false: it is none of ours. */
static bool
land(struct wire *w, int mid, uint32_t *tag)
{
	size_t i = 0;

	while (i < w->nflights && w->flights[i].mid != mid)
		i++;
	if (i == w->nflights)
		return false;
	*tag = w->flights[i].tag;
	memmove(&w->flights[i], &w->flights[i + 1],
	    (--w->nflights - i) * sizeof(w->flights[0]));
	return true;
}

static void
on_connect(struct mosquitto *m, void *arg, int reason, int flags, const mosquitto_property *props)
{
	struct wire *w = arg;
	uint16_t most = 0;
	uint32_t packet = 0;

	(void)m;
	(void)flags;
	w->reason = reason;
	w->up = reason == 0;
	mqtt_lib.property_read_int16(props, MQTT_PROP_RECEIVE_MAXIMUM, &most, false);
	mqtt_lib.property_read_int32(props, MQTT_PROP_MAXIMUM_PACKET_SIZE, &packet, false);
	if (most > 0 && most < w->window)
		w->window = most;
	w->packet_max = packet;
}

static void
on_disconnect(struct mosquitto *m, void *arg, int reason, const mosquitto_property *props)
{
	struct wire *w = arg;

	(void)m;
	(void)props;
	w->gone = true;
	if (w->reason == 0 && reason >= 0x80)	/* the broker's own words */
		w->reason = reason;
}

static void
on_publish(struct mosquitto *m, void *arg, int mid, int reason, const mosquitto_property *props)
{
	struct wire *w = arg;
	uint32_t tag;

	(void)m;
	(void)props;
	if (land(w, mid, &tag))
		w->owner->acked(w->arg, tag, reason >= 0x80 ? reason : 0);
}

static void
on_subscribe(struct mosquitto *m, void *arg, int mid, int n, const int *granted)
{
	struct wire *w = arg;

	(void)m;
	(void)mid;
	w->subscribed = n > 0 && granted[0] < 0x80 ? 1 : -1;
}

static void
on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *is,
    const mosquitto_property *props)
{
	struct wire *w = arg;
	struct wire_message msg = { .topic = is->topic, .payload = is->payload,
	    .len = (size_t)is->payloadlen, .retained = is->retain, .expires = -1 };
	uint32_t expires = 0;
	uint16_t n = 0;
	char *reply = NULL;
	void *data = NULL;

	(void)m;
	if (mqtt_lib.property_read_int32(props, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &expires, false))
		msg.expires = expires;
	mqtt_lib.property_read_string(props, MQTT_PROP_RESPONSE_TOPIC, &reply, false);
	mqtt_lib.property_read_binary(props, MQTT_PROP_CORRELATION_DATA, &data, &n, false);
	msg.reply_to = reply;
	msg.correlation = data;
	msg.ncorrelation = data != NULL ? n : 0;
	w->owner->came(w->arg, &msg);
	free(reply);
	free(data);
}

/* Only here the library tells of an acknowledgement of nothing, and what TLS
 * had against the other end. */
static void
on_log(struct mosquitto *m, void *arg, int level, const char *text)
{
	struct wire *w = arg;
	const char *at;
	int mid;

	(void)m;
	if (level == MOSQ_LOG_DEBUG) {
		w->heard = w->heard || strstr(text, " received ") != NULL;
		at = strstr(text, " received PUBACK (Mid: ");
		if (at == NULL || sscanf(at, " received PUBACK (Mid: %d", &mid) != 1)
			return;
		for (size_t i = 0; i < w->nflights; i++)
			if (w->flights[i].mid == mid)
				return;
		w->strays++;
	} else if (level == MOSQ_LOG_ERR && w->said[0] == '\0') {
		at = strrchr(text, ':');	/* "OpenSSL Error[0]: error:...:reason" */
		if (at == NULL || strncmp(text, "OpenSSL Error", 13) != 0)
			at = strncmp(text, "Error: ", 7) == 0 ? text + 6 : NULL;
		snprintf(w->said, sizeof(w->said), "%s", at != NULL ? at + 1 : text);
	}
}

bool
wire_up(const struct wire *w)
{
	return w->up;
}

/* The library closes its socket when it likes, and what went over it could not
 * be asked for any more: a second descriptor keeps it until it was. */
static void
hold(struct wire *w)
{
	int fd = mqtt_lib.socket(w->m);

	w->tap = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (w->tap >= 0)
		meter_dial(w->meter, w->tap);
}

static void
let_go(struct wire *w)
{
	if (w->tap < 0)
		return;
	meter_close(w->meter, w->tap);
	close(w->tap);
	w->tap = -1;
	w->corked = false;
}

void
wire_close(struct wire *w, bool polite)
{
	int64_t end = system_clock.mono() + LEAVE_LIMIT;
	char why[8];

	if (w->m == NULL)
		return;
	if (polite && w->up && mqtt_lib.disconnect(w->m) == MOSQ_ERR_SUCCESS)
		while (mqtt_lib.want_write(w->m) && system_clock.mono() < end) {
			struct pollfd p;

			if (wire_turn(w, &p, 1, LEAVE_LIMIT, why, sizeof(why)) < 0)
				break;
		}
	mqtt_lib.destroy(w->m);
	let_go(w);
	w->m = NULL;
	w->up = w->gone = false;
	w->nflights = 0;
}

static const char *
words_of(const struct wire *w, int rc)
{
	static const struct { int rc; const char *words; } known[] = {
		{ MOSQ_ERR_EAI, ERR_("its name is not known, or no name server answers") },
		{ MOSQ_ERR_PROTOCOL, ERR_("what it says is no MQTT") },
		{ MOSQ_ERR_MALFORMED_PACKET, ERR_("what it says is no MQTT") },
		{ MOSQ_ERR_TLS, ERR_("no TLS: it speaks none, or refuses us") },
	};

	if (w->said[0] != '\0' && (rc == MOSQ_ERR_TLS || rc == MOSQ_ERR_CONN_LOST ||
	    rc == MOSQ_ERR_ERRNO)) {
		const char *tls = cannot_tls(w->said, w->way.psk);

		return tls != NULL ? tls : w->said;
	}
	if (!w->up && (rc == MOSQ_ERR_CONN_LOST || (rc == MOSQ_ERR_ERRNO &&
	    (errno == EPROTO || errno == ECONNRESET || errno == EPIPE))))
		return w->unreached != 0 ? cannot_connect(w->unreached) : cannot_stay(&w->way);
	if (rc == MOSQ_ERR_ERRNO)
		return cannot_connect(errno);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].rc == rc)
			return known[i].words;
	return mqtt_lib.strerror(rc);
}

const char *
wire_reason(int reason)
{
	return mqtt_lib.reason_string(reason);
}

static int
lost(const struct wire *w, int rc, char *why, size_t n)
{
	if (w->reason != 0)
		snprintf(why, n, "the broker refuses: %s", !w->v5 && w->reason < 0x80 ?
		    mqtt_lib.connack_string(w->reason) : mqtt_lib.reason_string(w->reason));
	else if (rc == MOSQ_ERR_KEEPALIVE)
		snprintf(why, n, "the broker answers no ping");
	else if (w->up && w->said[0] == '\0' && (rc == MOSQ_ERR_SUCCESS ||
	    rc == MOSQ_ERR_CONN_LOST))
		snprintf(why, n, "the connection is lost");
	else
		snprintf(why, n, "%s: %s", w->up ? "the connection is lost" : "cannot connect",
		    words_of(w, rc != MOSQ_ERR_SUCCESS ? rc : MOSQ_ERR_CONN_LOST));
	return -1;
}

/* The library would go round and round at a socket that was refused. */
static int
socket_error(const struct wire *w)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(mqtt_lib.socket(w->m), SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	return error;
}

/* While it is connected reading goes on for TLS whatever it waits for. */
static int
serve(struct wire *w, short events)
{
	int rc = MOSQ_ERR_SUCCESS;

	if (!w->up && (events & (POLLERR | POLLHUP)) && (errno = socket_error(w)) != 0)
		return MOSQ_ERR_ERRNO;
	errno = 0;
	if (events & (POLLIN | POLLHUP | POLLERR) || (!w->up && (events & POLLOUT)))
		rc = mqtt_lib.loop_read(w->m, 1);
	if (rc == MOSQ_ERR_SUCCESS && !w->gone && mqtt_lib.want_write(w->m))
		rc = mqtt_lib.loop_write(w->m, 1);
	if (rc == MOSQ_ERR_SUCCESS && !w->gone)
		rc = mqtt_lib.loop_misc(w->m);
	if (rc == MOSQ_ERR_SUCCESS && !w->gone && !w->up && (events & POLLRDHUP))
		rc = MOSQ_ERR_CONN_LOST;
	return rc;
}

/* The library takes a packet in as it is announced, up to 256 MiB of it, from
 * who does not keep to what it was told of our limit. */
static bool
is_endless(struct wire *w)
{
	struct tcp_info info = { .tcpi_bytes_received = 0 };
	socklen_t n = sizeof(info);

	if (getsockopt(mqtt_lib.socket(w->m), IPPROTO_TCP, TCP_INFO, &info, &n) < 0)
		return false;
	if (w->heard)
		w->whole = info.tcpi_bytes_received;
	w->heard = false;
	return info.tcpi_bytes_received > w->whole + PACKET_MOST;
}

/* The library sends each packet at once.  Messages that follow each other share
 * segments, and the broker is woken for all of them: on a line by cellular the
 * heads of segments are paid for, too. */
static void
cork(struct wire *w, bool corked)
{
	const int on = corked;

	if (w->corked == corked || w->tap < 0)
		return;
	w->corked = corked;
	setsockopt(w->tap, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

int
wire_turn(struct wire *w, struct pollfd *fds, nfds_t n, int64_t us, char *why, size_t nwhy)
{
	int rc;

	cork(w, false);
	fds[0] = (struct pollfd){ .fd = mqtt_lib.socket(w->m), .events = POLLIN | POLLRDHUP };
	if (mqtt_lib.want_write(w->m))
		fds[0].events |= POLLOUT;
	if (poll(fds, n, us > 0 ? (int)(us / 1000 + 1) : 0) < 0) {
		for (nfds_t i = 0; i < n; i++)
			fds[i].revents = 0;
	}
	rc = serve(w, fds[0].revents);
	if (rc == MOSQ_ERR_SUCCESS && (fds[0].revents & POLLIN) && is_endless(w)) {
		snprintf(why, nwhy, "it sends a packet that has no end");
		return -1;
	}
	return rc == MOSQ_ERR_SUCCESS && !w->gone ? 0 : lost(w, rc, why, nwhy);
}

static const char *
given(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* A key with a password is refused: the library would ask the terminal. */
static int
no_password(char *buf, int n, int writing, void *arg)
{
	(void)buf;
	(void)n;
	(void)writing;
	(void)arg;
	return 0;
}

static int
set_tls(struct wire *w, const struct wire_hello *h)
{
	const char *ca = given(h->ca);

	if (!h->broker->tls)
		return MOSQ_ERR_SUCCESS;
	if (given(h->psk) != NULL)
		return mqtt_lib.tls_psk_set(w->m, h->psk, h->psk_identity, NULL);
	return mqtt_lib.tls_set(w->m, ca, ca == NULL ? AUTHORITIES : NULL, given(h->cert),
	    given(h->key), no_password);
}

static void
set_callbacks(struct wire *w)
{
	mqtt_lib.connect_v5_callback_set(w->m, on_connect);
	mqtt_lib.disconnect_v5_callback_set(w->m, on_disconnect);
	mqtt_lib.publish_v5_callback_set(w->m, on_publish);
	mqtt_lib.message_v5_callback_set(w->m, on_message);
	mqtt_lib.subscribe_callback_set(w->m, on_subscribe);
	mqtt_lib.log_callback_set(w->m, on_log);
}

/* The library keeps the properties of a connection to nowhere for the next,
 * which alone can be begun without waiting for it. */
static void
set_properties(struct wire *w, const struct wire_hello *h)
{
	mosquitto_property *props = NULL;

	if (!h->version_5)
		return;
	mqtt_lib.property_add_int32(&props, MQTT_PROP_MAXIMUM_PACKET_SIZE, PACKET_MOST);
	if (h->session > 0)
		mqtt_lib.property_add_int32(&props, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
		    (uint32_t)(h->session / US_PER_S));
	mqtt_lib.connect_bind_v5(w->m, NULL, 0, 0, NULL, props);
	mqtt_lib.property_free_all(&props);
}

static int
set_all(struct wire *w, const struct wire_hello *h)
{
	int rc;

	set_callbacks(w);
	mqtt_lib.int_option(w->m, MOSQ_OPT_PROTOCOL_VERSION,
	    h->version_5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
	/* its own window never holds anything back */
	mqtt_lib.int_option(w->m, MOSQ_OPT_SEND_MAXIMUM, 65535);
	mqtt_lib.int_option(w->m, MOSQ_OPT_TCP_NODELAY, 1);
	rc = set_tls(w, h);
	if (rc == MOSQ_ERR_SUCCESS && given(h->user) != NULL)
		rc = mqtt_lib.username_pw_set(w->m, h->user, given(h->password));
	if (rc == MOSQ_ERR_SUCCESS && h->will_topic != NULL)
		rc = mqtt_lib.will_set(w->m, h->will_topic, (int)h->nwill, h->will, 1, true);
	set_properties(w, h);
	return rc;
}

static bool
make_room(struct wire *w, size_t window)
{
	struct flight *more = realloc(w->flights, window * sizeof(*more));

	if (more == NULL)
		return false;
	w->flights = more;
	w->window = window;
	return true;
}

static int
wait_for_answer(struct wire *w, int64_t timeout, char *why, size_t n)
{
	int64_t end = system_clock.mono() + timeout;

	while (!w->up) {
		int64_t left = end - system_clock.mono();
		struct pollfd p;

		if (left <= 0) {
			snprintf(why, n, "no answer within %g s",
			    (double)timeout / US_PER_S);
			return -1;
		}
		if (wire_turn(w, &p, 1, left, why, n) < 0)
			return -1;
	}
	return 0;
}

static int
begin(struct wire *w, const struct wire_hello *h, char *why, size_t n)
{
	int rc = set_all(w, h);

	errno = 0;
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mqtt_lib.connect_async(w->m, h->broker->host, h->broker->port,
		    (int)(h->keepalive / US_PER_S));
	/* The first word of TLS meets it on a machine that refuses at once, and then
	 * the library and the socket know no more of it. */
	w->unreached = errno == ECONNREFUSED || errno == ECONNRESET ? errno : 0;
	hold(w);
	return rc == MOSQ_ERR_SUCCESS ? 0 : lost(w, rc, why, n);
}

int
wire_connect(struct wire *w, const struct wire_hello *h, bool *old, char *why, size_t n)
{
	int rc;

	wire_close(w, false);
	*old = false;
	w->reason = w->subscribed = 0;
	w->said[0] = '\0';
	w->v5 = h->version_5;
	w->way = (struct cannot_way){ .tls = h->broker->tls, .psk = given(h->psk) != NULL,
	    .cert = given(h->cert) != NULL };
	w->packet_max = 0;
	w->whole = 0;
	w->heard = false;
	w->m = mqtt_lib.new(h->client, h->session == 0, w);
	if (w->m == NULL || !make_room(w, h->window)) {
		snprintf(why, n, "no memory");
		wire_close(w, false);
		return -1;
	}
	rc = begin(w, h, why, n);
	if (rc == 0)
		rc = wait_for_answer(w, h->timeout, why, n);
	if (rc == 0 && h->subscribe != NULL)
		rc = mqtt_lib.subscribe_v5(w->m, NULL, h->subscribe, 1,
		    w->v5 ? MQTT_SUB_OPT_SEND_RETAIN_NEVER | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED :
		    0, NULL) == MOSQ_ERR_SUCCESS ? 0 :
		    lost(w, MOSQ_ERR_CONN_LOST, why, n);
	if (rc == 0)
		return 0;
	*old = w->v5 && (w->reason == REASON_OLD || w->reason == 1);
	wire_close(w, false);
	return -1;
}

bool
wire_full(const struct wire *w)
{
	return w->nflights >= w->window;
}

size_t
wire_flying(const struct wire *w)
{
	return w->nflights;
}

uint64_t
wire_strays(const struct wire *w)
{
	return w->strays;
}

int
wire_subscribed(const struct wire *w)
{
	return w->subscribed;
}

size_t
wire_payload_max(const struct wire *w, const char *topic)
{
	size_t head = PACKET_HEAD + strlen(topic);

	if (w->packet_max == 0)
		return 0;
	return w->packet_max > head ? w->packet_max - head : 1;
}

int
wire_publish(struct wire *w, const struct wire_publication *p, char *why, size_t n)
{
	struct flight *f = &w->flights[w->nflights];
	mosquitto_property *props = NULL;
	int rc;

	if (w->v5 && p->ncorrelation > 0)
		mqtt_lib.property_add_binary(&props, MQTT_PROP_CORRELATION_DATA, p->correlation,
		    (uint16_t)p->ncorrelation);
	cork(w, true);
	/* the id is known before the library can hear its acknowledgement */
	rc = mqtt_lib.publish_v5(w->m, &f->mid, p->topic, (int)p->len, p->payload, 1, p->retain,
	    props);
	mqtt_lib.property_free_all(&props);
	if (rc != MOSQ_ERR_SUCCESS)
		return lost(w, rc, why, n);
	f->tag = p->tag;
	w->nflights++;
	return 0;
}
