#include <math.h>

#include "cost.h"

#define MOST		1388.0	/* bytes of data in a packet of 1440 */
#define UDP_HEADS	28.0
#define TCP_HEADS	52.0	/* 20, 20, and 12 of time stamps */
#define SYN		60.0	/* with its options */
#define RECORD		22.0	/* about a record of TLS 1.3: 5, 1 and 16 */
#define RECORD_MOST	16384.0
#define DATAGRAM	29.0	/* the same of DTLS 1.2: 13 and 16 */
#define HANDSHAKE	5200.0	/* TLS: keys, and a chain of two certificates */
#define DTLS_HANDSHAKE	700.0	/* by a key that both have */

static double
wrapped(const struct cost_way *way, double bytes)
{
	if (!way->secure)
		return bytes;
	return bytes + (way->carrier == COST_UDP ? DATAGRAM :
	    RECORD * ceil(bytes / RECORD_MOST));
}

double
cost_told(const struct cost_way *way, double bytes)
{
	double data = wrapped(way, bytes), packets = data > MOST ? ceil(data / MOST) : 1;

	switch (way->carrier) {
	case COST_SERIAL:
		return bytes;
	case COST_UDP:
		return data + packets * UDP_HEADS;
	case COST_TCP:
		break;
	}
	return data + (packets + ceil(packets / 2)) * TCP_HEADS;
}

double
cost_told_each(const struct cost_way *way, double bytes, double messages)
{
	double each = messages > 0 ? bytes / messages : 0;

	if (messages < 1 || way->carrier != COST_TCP)
		return messages * cost_told(way, each);
	return messages * (cost_told(way, each) - TCP_HEADS) + ceil(messages / 2) * TCP_HEADS;
}

double
cost_session(const struct cost_way *way)
{
	if (way->carrier == COST_SERIAL)
		return 0;
	if (way->carrier == COST_UDP)
		return way->secure ? DTLS_HANDSHAKE : 0;
	return 2 * SYN + TCP_HEADS + 4 * TCP_HEADS + (way->secure ? HANDSHAKE : 0);
}

double
cost_probe(const struct cost_way *way)
{
	return way->carrier == COST_TCP ? 2 * TCP_HEADS : 0;
}

double
cost_probes(double silence, double after)
{
	return after > 0 && silence > after ? ceil(silence / after) - 1 : 0;
}
