#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../link/address.h"
#include "../log.h"
#include "../room.h"
#include "../text.h"
#include "http_port.h"

#define AGAIN		(5 * US_PER_S)
#define AGAIN_THEN	"it is tried again"
#define HEAR_LIMIT	(20 * US_PER_S)	/* for a request, all in all */
#define WAIT_LIMIT	(30 * US_PER_S)	/* for its answer, and that it is taken */
#define SPARE		64		/* connections while the oldest one gives way */
#define UNHEARD_MOST	320		/* of https: some 40 KiB each */
#define HEAD_MOST	8192		/* bytes of a request's head */
#define OF_ADDRESS	256		/* connections at once */
#define PEM_MOST	65536

struct http_part {
	struct door	*door;
	struct roster	 ports;
};

static void
say_why(struct http_port *p, const char *why, const char *then)
{
	if (strcmp(p->why, why) != 0 && why[0] != '\0')
		log_warn("receiver %s: %s; %s", p->name, why, then);
	snprintf(p->why, sizeof(p->why), "%s", why);
	p->kept = p->kept && why[0] == '\0';
}

void
http_stir(struct http_port *p)
{
	loop_arm(p->door->loop, &p->turn, 0);
}

static void
turn(struct http_port *p, int64_t now)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (p->daemon == NULL)
		return;
	http.MHD_run(p->daemon);
	if (http.MHD_get_timeout(p->daemon, &ms) == MHD_YES)
		loop_arm(p->door->loop, &p->turn, now + (int64_t)ms * 1000);
	else
		loop_disarm(p->door->loop, &p->turn);
}

static void
turned(struct timer *t, int64_t now)
{
	turn(owner_of(t, struct http_port, turn), now);
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	(void)events;
	turn(owner_of(source, struct http_port, source), now);
}

/* The library has no end for who sends a byte now and then, and takes in nobody else
 * while it has enough: his socket is shut. */
static void
shut_call(struct http_port *p, struct http_call *c)
{
	p->unheard -= !c->waits;
	shutdown(c->fd, SHUT_RDWR);
	c->shut = true;
	p->fares.late++;
	http_stir(p);
}

static void
cut(struct timer *t, int64_t now)
{
	struct http_port *p = owner_of(t, struct http_port, cut);

	for (struct http_call *c = p->first; c != NULL; c = c->next)
		if (!c->shut && c->until <= now)
			shut_call(p, c);
	if (p->first != NULL)
		loop_arm(p->door->loop, t, now + US_PER_S);
}

/* Who means well has said what he had to say by now. */
static void
oldest_gives_way(struct http_port *p)
{
	for (struct http_call *c = p->first; c != NULL; c = c->next)
		if (!c->shut && !c->waits) {
			shut_call(p, c);
			return;
		}
}

static struct http_call *
call_of(struct MHD_Connection *of)
{
	const union MHD_ConnectionInfo *info = http.MHD_get_connection_info(of,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

void
http_brought(struct MHD_Connection *of, char (*who)[DOOR_ID_MAX + 1], size_t n)
{
	struct http_call *c = call_of(of);

	if (c == NULL || c->who != NULL) {
		free(who);
		return;
	}
	c->who = who;
	c->nwho = n;
}

/* What it took is shared by those of whom something was brought. */
static void
tell_cost(struct http_call *c)
{
	struct http_port *p = c->port;
	struct traffic t;

	if (c->nwho == 0)
		return;
	meter_accept(&p->meter, c->fd);
	meter_close(&p->meter, c->fd);
	t = meter_take(&p->meter);
	for (size_t i = 0; i < c->nwho; i++)
		field_line_tell(p->door->line, &(struct door_packet){ .kind = DOOR_COST,
		    .name = p->name, .identity = c->who[i], .rx = t.rx / c->nwho,
		    .tx = t.tx / c->nwho });
}

void
http_waits(struct MHD_Connection *of)
{
	struct http_call *c = call_of(of);

	if (c == NULL)
		return;
	c->port->unheard -= !c->waits && !c->shut;
	c->waits = true;
	c->until = system_clock.mono() + WAIT_LIMIT;
}

static void
connection(void *arg, struct MHD_Connection *of, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	struct http_port *p = arg;
	struct http_call *c = *context;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = http.MHD_get_connection_info(of, MHD_CONNECTION_INFO_CONNECTION_FD);
		c = calloc(1, sizeof(*c));
		if (c == NULL || info == NULL) {
			free(c);
			return;
		}
		c->port = p;
		c->fd = info->connect_fd;
		c->until = system_clock.mono() + HEAR_LIMIT;
		c->prev = p->last;
		*(p->last != NULL ? &p->last->next : &p->first) = c;
		p->last = c;
		*context = c;
		if (p->cut.place == 0)
			loop_arm(p->door->loop, &p->cut, c->until);
		p->ncalls++;
		p->unheard++;
		if ((int64_t)p->ncalls > p->sessions ||
		    (p->secure && p->unheard > UNHEARD_MOST))
			oldest_gives_way(p);
		return;
	}
	if (c == NULL)
		return;
	*(c->prev != NULL ? &c->prev->next : &p->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &p->last) = c->prev;
	p->unheard -= !c->waits && !c->shut;
	tell_cost(c);
	free(c->who);
	free(c);
	p->ncalls--;
	*context = NULL;
}

static struct MHD_Daemon *
start_daemon(struct http_port *p, int fd)
{
	struct MHD_OptionItem options[] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, p->sessions + SPARE, NULL },
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT, OF_ADDRESS, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MOST, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_taken, p },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)connection, p },
		{ p->secure ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, p->certificate },
		{ p->secure ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, p->key },
		{ MHD_OPTION_END, 0, NULL },
	};

	return http.MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
	    (p->secure ? (unsigned)MHD_USE_TLS : 0U), 0, NULL, NULL, http_take, p,
	    MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static void
open_port(struct http_port *p, int64_t now)
{
	const char *missing = N_("libmicrohttpd.so.12 cannot be loaded");
	char why[DOOR_WHY_MAX + 1];
	const union MHD_DaemonInfo *info;
	int fd = -1;

	p->again = now + AGAIN;
	if (p->why[0] != '\0' && p->secret[0] == '\0')
		return;			/* the secret, or a file, was not to be had: told */
	snprintf(why, sizeof(why), "%s", missing);
	if (!http_lib_load() || (fd = address_listen(p->address, p->port,
	    SOCK_STREAM, why, sizeof(why))) < 0) {
		say_why(p, why, AGAIN_THEN);
		return;
	}
	p->daemon = start_daemon(p, fd);
	info = p->daemon == NULL ? NULL :
	    http.MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL) {
		close(fd);
		say_why(p, p->secure ? N_("the certificate or its key cannot be used") :
		    N_("libmicrohttpd does not start"), AGAIN_THEN);
		return;
	}
	p->source.fd = info->epoll_fd;
	loop_add(p->door->loop, &p->source, EPOLLIN);
	p->why[0] = '\0';
	if (!p->kept)
		log_info("receiver %s: takes messages by %s at port %u", p->name,
		    p->secure ? "https" : "http", p->port);
	turn(p, now);
}

static void
shut(struct http_port *p)
{
	loop_disarm(p->door->loop, &p->turn);
	if (p->daemon != NULL) {
		loop_remove(p->door->loop, &p->source);
		http_take_end(p);
		http.MHD_run(p->daemon);	/* what has an answer says it */
		http.MHD_stop_daemon(p->daemon);
	}
	loop_disarm(p->door->loop, &p->turn);
	loop_disarm(p->door->loop, &p->cut);
	p->daemon = NULL;
	p->source.fd = -1;
}

/* Whole or not at all; NULL: why is filled. */
static char *
read_file(const char *path, char *why, size_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? calloc(1, PEM_MOST + 1) : NULL;
	ssize_t got = text != NULL ? read(fd, text, PEM_MOST + 1) : -1;

	if (got < 0 || got > PEM_MOST) {
		snprintf(why, n, "%s: %s", path, got < 0 ? strerrordesc_np(errno) : "too long");
		free(text);
		text = NULL;
	} else {
		text[got] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static void
forget_secrets(struct http_port *p)
{
	secret_clear(p->secret, sizeof(p->secret));
	if (p->key != NULL)
		secret_clear(p->key, strlen(p->key));
	free(p->certificate);
	free(p->key);
	p->certificate = p->key = NULL;
}

static void
forget(struct http_port *p)
{
	shut(p);
	forget_secrets(p);
	free(p->known);
	free(p->address);
	free(p);
}

static void
take_identities(struct http_port *p, const struct config *config)
{
	size_t n = 0;

	free(p->known);
	p->known = room_for(config->nlinks + 1, sizeof(p->known[0]));
	for (size_t i = 0; i < config->nlinks; i++) {
		const struct link_conf *l = &config->links[i];

		if (l->receiver != NULL && l->identity != NULL &&
		    strcmp(l->receiver, p->name) == 0)
			snprintf(p->known[n++], sizeof(p->known[0]), "%s", l->identity);
	}
	p->nknown = n;
	qsort(p->known, n, sizeof(p->known[0]), (int (*)(const void *, const void *))strcmp);
}

static void
take_secrets(struct http_port *p, const struct receiver_conf *c)
{
	char why[DOOR_WHY_MAX + 1] = "";

	forget_secrets(p);
	if (secret_load(c->secret, p->secret, why, sizeof(why)) == 0 && p->secure) {
		p->certificate = read_file(c->certificate, why, sizeof(why));
		p->key = p->certificate != NULL ? read_file(c->key, why, sizeof(why)) : NULL;
	}
	if (why[0] != '\0')
		forget_secrets(p);
	say_why(p, why, "it is shut until a reload");
}

static void
forget_leavers(struct http_part *part)
{
	struct member *m;

	while ((m = roster_leaver(&part->ports)) != NULL)
		forget(owner_of(m, struct http_port, member));
}

static struct http_port *
new_port(struct http_part *part, const char *name)
{
	struct http_port *p = room_for(1, sizeof(*p));

	p->door = part->door;
	p->source = (struct source){ .fd = -1, .ready = ready };
	p->turn.fire = turned;
	p->cut.fire = cut;
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->member.name = p->name;
	roster_add(&part->ports, &p->member);
	loop_room(part->door->loop, 1024 + 2 * part->ports.n);
	return p;
}

/* Whoever posts comes again: a port that is opened anew loses nothing. */
static void
renew_port(struct http_part *part, const struct receiver_conf *c, const struct config *config,
    int64_t now)
{
	struct member *m = roster_find(&part->ports, c->name);
	struct http_port *p = m != NULL ? owner_of(m, struct http_port, member) :
	    new_port(part, c->name);

	p->kept = p->daemon != NULL && p->port == receiver_port(c) &&
	    p->secure == (c->transport == RECEIVER_HTTPS) && strcmp(p->address, c->address) == 0;
	shut(p);
	free(p->address);
	p->address = strcpy(room_for(strlen(c->address) + 1, 1), c->address);
	p->port = receiver_port(c);
	p->secure = c->transport == RECEIVER_HTTPS;
	p->platform = c->platform;
	p->sessions = c->sessions;
	take_secrets(p, c);
	take_identities(p, config);
	open_port(p, now);
}

static bool
wanted(const struct config *config)
{
	for (size_t i = 0; i < config->nreceivers; i++)
		if (receiver_posts(&config->receivers[i]))
			return true;
	return false;
}

static void *
make(struct door *door)
{
	struct http_part *part = room_for(1, sizeof(*part));

	part->door = door;
	return part;
}

static void
renew(void *arg, const struct config *config, int64_t now)
{
	struct http_part *part = arg;

	roster_begin(&part->ports);
	for (size_t i = 0; i < config->nreceivers; i++)
		if (receiver_posts(&config->receivers[i]))
			roster_want(&part->ports, config->receivers[i].name);
	forget_leavers(part);
	for (size_t i = 0; i < config->nreceivers; i++)
		if (receiver_posts(&config->receivers[i]))
			renew_port(part, &config->receivers[i], config, now);
}

static void
tell(void *arg, int64_t now)
{
	struct http_part *part = arg;

	for (struct member *m = part->ports.first; m != NULL; m = m->next) {
		struct http_port *p = owner_of(m, struct http_port, member);

		if (p->daemon == NULL && now >= p->again)
			open_port(p, now);
		fares_tell(&p->fares, part->door->line, p->name, p->why, p->ncalls);
	}
}

static void
end(void *arg)
{
	struct http_part *part = arg;

	roster_begin(&part->ports);
	forget_leavers(part);
	free(part);
}

const struct door_part door_http = {
	.name = "http",
	.wanted = wanted,
	.make = make,
	.renew = renew,
	.tell = tell,
	.end = end,
};
