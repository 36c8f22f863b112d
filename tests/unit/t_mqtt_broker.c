#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/uplink/mqtt_broker.h"
#include "../check.h"

/* A name with two addresses of this host, whatever its files say. */
static const char *addresses[2];
static int answer_of_names;

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **all)
{
	static struct sockaddr_in at[2];
	static struct addrinfo info[2];

	CHECK(strcmp(host, "broker.example.org") == 0);
	for (int i = 0; i < 2; i++) {
		at[i] = (struct sockaddr_in){ .sin_family = AF_INET,
		    .sin_port = htons((uint16_t)atoi(port)) };
		CHECK(inet_pton(AF_INET, addresses[i], &at[i].sin_addr) == 1);
		info[i] = (struct addrinfo){ .ai_family = AF_INET,
		    .ai_socktype = hints->ai_socktype, .ai_addr = (struct sockaddr *)&at[i],
		    .ai_addrlen = sizeof(at[i]), .ai_next = i == 0 ? &info[1] : NULL };
	}
	*all = info;
	return answer_of_names;
}

void
freeaddrinfo(struct addrinfo *all)
{
	(void)all;
}

static bool
listens(int port, const char *first, const char *second)
{
	struct mqtt_broker b;
	char url[100];

	snprintf(url, sizeof(url), "mqtt://broker.example.org:%d", port);
	CHECK(mqtt_broker_parse(&b, url));
	addresses[0] = first;
	addresses[1] = second;
	return mqtt_broker_listens(&b, 3 * US_PER_S, NULL);
}

/* Where one address cannot be gone to at all, as one of IPv6 without a way there,
 * the library takes the next; one that refuses is the last it tries. */
static void
the_address_that_the_library_takes_is_asked(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), port;

	CHECK(inet_pton(AF_INET, "127.0.0.1", &at.sin_addr) == 1);
	CHECK(bind(fd, (struct sockaddr *)&at, n) == 0 && listen(fd, 8) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
	port = ntohs(at.sin_port);
	CHECK(listens(port, "127.0.0.1", "127.0.0.2"));
	CHECK(listens(port, "255.255.255.255", "127.0.0.1"));
	CHECK(!listens(port, "255.255.255.255", "127.0.0.2"));
	CHECK(!listens(port, "127.0.0.2", "127.0.0.1"));
	answer_of_names = EAI_AGAIN;
	CHECK(!listens(port, "127.0.0.1", "127.0.0.2"));
	close(fd);
}

int
main(void)
{
	RUN(the_address_that_the_library_takes_is_asked);
	return 0;
}
