#include "../conf/date.h"
#include "traffic.h"

#define IPV4_HEAD	20u
#define IPV6_HEAD	40u
#define TCP_HEAD	20u
#define STAMPS		12u	/* 10 and two of padding */
#define SACK		12u	/* one block, and padding */
#define SYN_OPTIONS	20u	/* largest segment, selective acknowledgement, time
				 * stamp, window scale, as Linux sends them */

static uint64_t
ip_head(const struct tcp_counts *c)
{
	return c->ipv6 ? IPV6_HEAD : IPV4_HEAD;
}

static uint64_t
head(const struct tcp_counts *c)
{
	return ip_head(c) + TCP_HEAD + (c->stamps ? STAMPS : 0);
}

static uint64_t
syn(const struct tcp_counts *c)
{
	return ip_head(c) + TCP_HEAD + SYN_OPTIONS;
}

struct traffic
traffic_tcp(const struct tcp_counts *c)
{
	struct traffic t;

	if (!c->established)	/* SYNs, and perhaps a reset for an answer */
		return (struct traffic){ .tx = c->segs_out * syn(c),
		    .rx = c->segs_in * (ip_head(c) + TCP_HEAD) };
	t.tx = c->sent + c->segs_out * head(c) + c->disordered * SACK;
	t.rx = c->received + c->segs_in * head(c);
	if (c->dialled) {
		t.tx += c->segs_out > 0 ? syn(c) - head(c) : 0;
		t.rx += c->segs_in > 0 ? syn(c) - head(c) : 0;
	} else {
		t.tx += syn(c);
		t.rx += syn(c);
	}
	return t;
}

struct traffic
traffic_tcp_end(const struct tcp_counts *c, bool half)
{
	uint64_t segments = half ? 1 : 2;

	if (!c->established)
		return (struct traffic){ 0 };
	return (struct traffic){ .rx = segments * head(c), .tx = segments * head(c) };
}

/* When the bill that begins in this month does. */
static uint32_t
begin(uint32_t year, uint32_t month, uint32_t billing_day)
{
	if (billing_day <= (uint32_t)date_month_days((int)year, (int)month))
		return year * 10000 + month * 100 + billing_day;
	return month == 12 ? (year + 1) * 10000 + 101 : year * 10000 + (month + 1) * 100 + 1;
}

uint32_t
traffic_month(uint32_t day, unsigned billing_day)
{
	uint32_t year = day / 10000, month = day / 100 % 100;
	uint32_t from = begin(year, month, billing_day);

	if (from <= day)
		return from;
	return month == 1 ? begin(year - 1, 12, billing_day) : begin(year, month - 1, billing_day);
}
