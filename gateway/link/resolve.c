#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../conf/err.h"
#include "../log.h"
#include "resolve.h"

#define HOST_MAX	256
#define STACK		(256 * 1024)

/* One for the process.  The thread sees nothing of the loop: it takes from
 * asked, puts into answered and writes to the eventfd. */
static struct {
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	bool		 running;
	struct resolve	*asked, *in_hand, *answered;	/* under lock */
	size_t		 waiting;	/* the loop's: source is in it while > 0 */
	struct loop	*loop;
	struct source	 source;
} names = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

bool
resolve_numeric(const char *host, uint16_t port, union address *a)
{
	char text[INET6_ADDRSTRLEN] = "";
	const char *zone = strchr(host, '%');
	size_t n = zone != NULL ? (size_t)(zone - host) : strlen(host);

	memset(a, 0, sizeof(*a));
	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	if (zone == NULL && inet_pton(AF_INET, text, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) != 1)
		return false;
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(port);
	if (zone != NULL)
		a->in6.sin6_scope_id = if_nametoindex(zone + 1);
	return true;
}

static void
put(struct resolve **queue, struct resolve *r)
{
	while (*queue != NULL)
		queue = &(*queue)->next;
	r->next = NULL;
	*queue = r;
}

static struct resolve *
take(struct resolve **queue)
{
	struct resolve *r = *queue;

	if (r != NULL)
		*queue = r->next;
	return r;
}

static bool
drop(struct resolve **queue, const struct resolve *r)
{
	for (; *queue != NULL; queue = &(*queue)->next)
		if (*queue == r) {
			*queue = r->next;
			return true;
		}
	return false;
}

static void
keep(struct resolve *r, const struct addrinfo *info)
{
	for (r->n = 0; info != NULL && r->n < RESOLVE_MAX; info = info->ai_next)
		if (info->ai_addrlen <= sizeof(r->at[0]))
			memcpy(&r->at[r->n++], info->ai_addr, info->ai_addrlen);
	r->why = r->n > 0 ? "" : ERR_("the name has no address");
}

static const char *
words(int error)
{
	switch (error) {
	case EAI_NONAME:
	case EAI_NODATA:
		return ERR_("no such name");
	case EAI_AGAIN:
		return ERR_("the name server does not answer");
	case EAI_FAIL:
		return ERR_("the name server refuses");
	case EAI_MEMORY:
		return ERR_("no memory to look up the name");
	default:
		return ERR_("the name cannot be looked up");
	}
}

/* The question may be cancelled while it is out: what is needed is copied, and
 * the answer is kept only if it is still in hand. */
static void
look_up(struct resolve *r)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *info = NULL;
	char host[HOST_MAX], port[8];
	int error;

	snprintf(host, sizeof(host), "%s", r->host);
	snprintf(port, sizeof(port), "%u", r->port);
	pthread_mutex_unlock(&names.lock);
	error = getaddrinfo(host, port, &hints, &info);
	pthread_mutex_lock(&names.lock);
	if (names.in_hand == r) {
		keep(r, info);
		r->silent = error == EAI_AGAIN;
		if (error != 0)
			r->why = words(error);
		put(&names.answered, r);
		eventfd_write(names.source.fd, 1);
	}
	names.in_hand = NULL;
	if (info != NULL)
		freeaddrinfo(info);
}

static void *
serve(void *unused)
{
	prctl(PR_SET_NAME, "tidegate-names");
	pthread_mutex_lock(&names.lock);
	for (;;) {
		while ((names.in_hand = take(&names.asked)) == NULL)
			pthread_cond_wait(&names.wake, &names.lock);
		look_up(names.in_hand);
	}
	return unused;
}

static void
one_less(void)
{
	if (--names.waiting == 0)
		loop_remove(names.loop, &names.source);
}

static void
answered(struct source *source, uint32_t events, int64_t now)
{
	struct resolve *r;
	eventfd_t n;

	(void)events;
	eventfd_read(source->fd, &n);
	for (;;) {
		pthread_mutex_lock(&names.lock);
		r = take(&names.answered);
		pthread_mutex_unlock(&names.lock);
		if (r == NULL)
			return;
		r->waiting = false;
		one_less();
		r->done(r, now);
	}
}

int
resolve_start(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int error;

	if (names.running)
		return 0;
	names.source.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	names.source.ready = answered;
	if (names.source.fd < 0)
		return -1;
	/* resolv.conf(5) would let one name hold up the others for half a minute */
	setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	/* signals are the loop's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attr, serve, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	if (error != 0) {
		close(names.source.fd);
		log_err("names: no thread to look them up: %s", strerrordesc_np(error));
		return -1;
	}
	names.running = true;
	return 0;
}

int
resolve_ask(struct resolve *r, struct loop *loop)
{
	if (resolve_start() < 0)
		return -1;
	if (names.waiting == 0) {
		names.loop = loop;
		if (loop_add(loop, &names.source, EPOLLIN) < 0)
			return -1;
	}
	names.waiting++;
	r->waiting = true;
	r->n = 0;
	pthread_mutex_lock(&names.lock);
	put(&names.asked, r);
	pthread_cond_signal(&names.wake);
	pthread_mutex_unlock(&names.lock);
	return 0;
}

void
resolve_cancel(struct resolve *r)
{
	if (!r->waiting)
		return;
	pthread_mutex_lock(&names.lock);
	if (!drop(&names.asked, r) && !drop(&names.answered, r))
		names.in_hand = NULL;
	pthread_mutex_unlock(&names.lock);
	r->waiting = false;
	one_less();
}
