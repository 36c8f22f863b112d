#include <errno.h>
#include <modbus/modbus.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../protocols/proto.h"
#include "../check.h"

/* libmodbus as client and as server against our sessions: the same question
 * bytes, and the same registers out of the same answer. */

#define CASES		4000
#define REGISTERS	65535	/* as many as libmodbus can map */

struct rig {
	const char	*name;
	const struct proto *proto;
	void		*session;
	modbus_t	*client, *server;
	int		 client_far, server_far;	/* our ends of their sockets */
	modbus_mapping_t *map;
	int64_t		 now;
	uint8_t		 frame[300];
	struct out	 out;
};

static uint32_t seed = 20261125;

static uint32_t
random_below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static int
attach(modbus_t *ctx)
{
	int pair[2];

	CHECK(ctx != NULL && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(modbus_set_socket(ctx, pair[0]) == 0);
	CHECK(modbus_set_response_timeout(ctx, 0, 200000) == 0);
	return pair[1];
}

static modbus_t *
context(const char *proto)
{
	return strcmp(proto, "modbus-tcp") == 0 ? modbus_new_tcp("127.0.0.1", 1502) :
	    modbus_new_rtu("/dev/null", 9600, 'N', 8, 1);
}

static void
start(struct rig *r, const char *proto)
{
	static const struct line line = {
		.timeout_min = 200000, .timeout_max = 1000000, .max_late = 3000000,
	};

	*r = (struct rig){ .name = proto, .proto = proto_find(proto), .now = 1 };
	r->session = calloc(1, r->proto->size);
	r->proto->init(r->session, &line, r->now);
	r->client = context(proto);
	r->server = context(proto);
	r->client_far = attach(r->client);
	r->server_far = attach(r->server);
	r->map = modbus_mapping_new(0, 0, REGISTERS, REGISTERS);
	CHECK(r->map != NULL);
	for (size_t i = 0; i < REGISTERS; i++) {
		r->map->tab_registers[i] = (uint16_t)random_below(65536);
		r->map->tab_input_registers[i] = (uint16_t)random_below(65536);
	}
}

static void
stop(struct rig *r)
{
	modbus_mapping_free(r->map);
	close(modbus_get_socket(r->client));
	close(modbus_get_socket(r->server));
	close(r->client_far);
	close(r->server_far);
	modbus_free(r->client);
	modbus_free(r->server);
	free(r->session);
}

static struct ask
any_question(void)
{
	struct ask ask = {
		.function = (uint8_t)(3 + random_below(2)),
		.count = (uint16_t)(1 + random_below(125)),
	};

	ask.address[0] = (uint8_t)(1 + random_below(247));
	ask.number = random_below(65537u - ask.count);
	return ask;
}

/* What libmodbus answers to the question in r->frame. */
static size_t
answer_of_server(struct rig *r, uint8_t *answer, size_t cap)
{
	ssize_t n;

	CHECK(modbus_reply(r->server, r->frame, (int)r->out.send.len, r->map) > 0);
	n = read(r->server_far, answer, cap);
	CHECK(n > 0);
	return (size_t)n;
}

/* Its client reads the same answer, after it asked with the same bytes. */
static int
by_client(struct rig *r, const struct ask *ask, const uint8_t *answer, size_t n,
    uint16_t *registers)
{
	uint8_t asked[300];
	ssize_t len;
	int rc;

	CHECK(modbus_set_slave(r->client, ask->address[0]) == 0);
	CHECK(write(r->client_far, answer, n) == (ssize_t)n);
	if (ask->function == 3)
		rc = modbus_read_registers(r->client, (int)ask->number, ask->count, registers);
	else
		rc = modbus_read_input_registers(r->client, (int)ask->number, ask->count,
		    registers);
	len = read(r->client_far, asked, sizeof(asked));
	CHECK(len == (ssize_t)r->out.send.len);
	CHECK(memcmp(asked, r->frame, (size_t)len) == 0);
	return rc;
}

/* In pieces of random length; replies must come with the last byte only. */
static const struct reply *
by_session(struct rig *r, const uint8_t *answer, size_t n)
{
	for (size_t at = 0, part; at < n; at += part) {
		part = 1 + random_below((uint32_t)(n - at));
		out_clear(&r->out, r->frame, sizeof(r->frame));
		r->proto->hear(r->session, answer + at, part, ++r->now, &r->out);
		CHECK(r->out.nreplies == (at + part == n));
	}
	return &r->out.replies[0];
}

static void
one_case(struct rig *r)
{
	struct ask ask = any_question();
	uint16_t registers[125];
	uint8_t answer[300];
	const struct reply *reply;
	size_t n;
	int rc;

	out_clear(&r->out, r->frame, sizeof(r->frame));
	CHECK(r->proto->ask(r->session, &ask, ++r->now, &r->out));
	n = answer_of_server(r, answer, sizeof(answer));
	rc = by_client(r, &ask, answer, n, registers);
	reply = by_session(r, answer, n);
	if (rc < 0) {
		CHECK(reply->status == REPLY_EXCEPTION);
		CHECK(errno == MODBUS_ENOBASE + reply->exception);
		return;
	}
	CHECK(reply->status == REPLY_OK && rc == ask.count);
	CHECK(reply->len == 2 * (size_t)ask.count);
	for (size_t i = 0; i < ask.count; i++)
		CHECK((reply->data[2 * i] << 8 | reply->data[2 * i + 1]) == registers[i]);
	CHECK(registers[0] == (ask.function == 3 ? r->map->tab_registers :
	    r->map->tab_input_registers)[ask.number]);
}

static void
many_cases(const char *proto)
{
	struct rig r;
	const struct tally *tally;

	start(&r, proto);
	for (int i = 0; i < CASES; i++)
		one_case(&r);
	/* The last register cannot be mapped, so some are refused too. */
	r.map->nb_registers = r.map->nb_input_registers = 30000;
	for (int i = 0; i < CASES / 4; i++)
		one_case(&r);
	tally = r.proto->tally(r.session);
	CHECK(tally->asked == tally->answered + tally->exceptions);
	CHECK(tally->answered > CASES / 2 && tally->exceptions > CASES / 20);
	CHECK(tally->foreign == 0 && tally->garbled == 0 && tally->late == 0);
	printf("ok %s: %d questions and answers as libmodbus has them, %llu refused\n", proto,
	    CASES + CASES / 4, (unsigned long long)tally->exceptions);
	stop(&r);
}

/* Every bit of a frame with a checksum turned, one at a time: no value comes. */
static void
every_bit_turned(void)
{
	struct rig r;
	uint8_t answer[300];
	size_t n;

	start(&r, "modbus-rtu");
	for (size_t bit = 0; bit < 8 * 25; bit++) {
		struct ask ask = { .function = 3, .count = 10, .address = { 1 } };

		out_clear(&r.out, r.frame, sizeof(r.frame));
		CHECK(r.proto->ask(r.session, &ask, r.now += 10000000, &r.out));
		n = answer_of_server(&r, answer, sizeof(answer));
		CHECK(n == 25);
		answer[bit / 8] ^= (uint8_t)(1 << bit % 8);
		out_clear(&r.out, r.frame, sizeof(r.frame));
		r.proto->hear(r.session, answer, n, ++r.now, &r.out);
		CHECK(r.out.nreplies == 0);
		out_clear(&r.out, r.frame, sizeof(r.frame));
		r.proto->tick(r.session, r.now + 2000000, &r.out);
		CHECK(r.out.nreplies == 1 && r.out.replies[0].status == REPLY_TIMEOUT);
	}
	stop(&r);
}

int
main(void)
{
	many_cases("modbus-tcp");
	many_cases("modbus-rtu");
	RUN(every_bit_turned);
	return 0;
}
