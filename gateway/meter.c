#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "meter.h"

/* Of tcpi_state. */
enum { STATE_ESTABLISHED = 1, STATE_FIN_WAIT1 = 4, STATE_FIN_WAIT2 = 5, STATE_CLOSE_WAIT = 8 };

/* Of its end one FIN went, and the other one with its acknowledgement is to come. */
static bool
is_half(uint8_t state)
{
	return state == STATE_CLOSE_WAIT || state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2;
}

static bool
is_ipv6(int fd)
{
	struct sockaddr_in6 a = { .sin6_family = AF_UNSPEC };
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) == 0 && a.sin6_family == AF_INET6 &&
	    !IN6_IS_ADDR_V4MAPPED(&a.sin6_addr);
}

/* The kernel counts segments in 32 bits. */
static uint64_t
unwrapped(uint64_t before, uint32_t now)
{
	return before + (uint32_t)(now - (uint32_t)before);
}

/* False: it is no TCP.  A kernel before 4.19 does not say what was sent again in
 * bytes: so many full segments, at most. */
static bool
ask(struct meter_socket *s, struct tcp_info *info, struct tcp_counts *c)
{
	socklen_t n = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, info, &n) < 0)
		return false;
	s->segs_out = unwrapped(s->segs_out, info->tcpi_segs_out);
	s->segs_in = unwrapped(s->segs_in, info->tcpi_segs_in);
	*c = (struct tcp_counts){ .disordered = info->tcpi_rcv_ooopack,
	    .sent = info->tcpi_bytes_sent,
	    .received = info->tcpi_bytes_received, .segs_out = s->segs_out,
	    .segs_in = s->segs_in, .dialled = s->dialled,
	    .established = !s->dialled || info->tcpi_bytes_acked > 0,
	    .stamps = (info->tcpi_options & TCPI_OPT_TIMESTAMPS) != 0, .ipv6 = is_ipv6(s->fd) };
	if (n < offsetof(struct tcp_info, tcpi_bytes_sent) + sizeof(info->tcpi_bytes_sent))
		c->sent = info->tcpi_bytes_acked +
		    (uint64_t)info->tcpi_total_retrans * info->tcpi_snd_mss;
	return true;
}

/* What was booked stays booked, though the kernel may come to know better. */
static void
raise_to(uint64_t *total, uint64_t *booked, uint64_t now)
{
	if (now <= *booked)
		return;
	*total += now - *booked;
	*booked = now;
}

static void
look(struct meter *m, struct meter_socket *s, bool ends)
{
	struct tcp_info info;
	struct tcp_counts c;
	struct traffic now, end = { 0 };

	if (!ask(s, &info, &c))
		return;
	now = traffic_tcp(&c);
	if (ends && (info.tcpi_state == STATE_ESTABLISHED || is_half(info.tcpi_state)))
		end = traffic_tcp_end(&c, is_half(info.tcpi_state));
	raise_to(&m->total.rx, &s->booked.rx, now.rx + end.rx);
	raise_to(&m->total.tx, &s->booked.tx, now.tx + end.tx);
}

static void
begin(struct meter *m, int fd, bool dialled)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->n < METER_OPEN)
		m->open[m->n++] = (struct meter_socket){ .fd = fd, .dialled = dialled };
	pthread_mutex_unlock(&m->lock);
}

void
meter_dial(struct meter *m, int fd)
{
	begin(m, fd, true);
}

void
meter_accept(struct meter *m, int fd)
{
	begin(m, fd, false);
}

void
meter_close(struct meter *m, int fd)
{
	struct meter_socket unknown = { .fd = fd, .dialled = true };
	unsigned i = 0;

	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	while (i < m->n && m->open[i].fd != fd)
		i++;
	look(m, i < m->n ? &m->open[i] : &unknown, true);
	if (i < m->n)
		m->open[i] = m->open[--m->n];
	pthread_mutex_unlock(&m->lock);
}

void
meter_add(struct meter *m, uint64_t rx, uint64_t tx)
{
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	m->total.rx += rx;
	m->total.tx += tx;
	pthread_mutex_unlock(&m->lock);
}

struct traffic
meter_take(struct meter *m)
{
	struct traffic t;

	pthread_mutex_lock(&m->lock);
	for (unsigned i = 0; i < m->n; i++)
		look(m, &m->open[i], false);
	t.rx = m->total.rx - m->taken.rx;
	t.tx = m->total.tx - m->taken.tx;
	m->taken = m->total;
	pthread_mutex_unlock(&m->lock);
	return t;
}
