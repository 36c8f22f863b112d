#include <errno.h>
#include <modbus/modbus.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../protocols/pdu.h"
#include "../check.h"

/* libmodbus as client and as server against our sessions: the same question
 * bytes, and the same registers out of the same answer. */

#define CASES		1000
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
	r->map = modbus_mapping_new(REGISTERS, REGISTERS, REGISTERS, REGISTERS);
	CHECK(r->map != NULL);
	for (size_t i = 0; i < REGISTERS; i++) {
		r->map->tab_bits[i] = (uint8_t)random_below(2);
		r->map->tab_input_bits[i] = (uint8_t)random_below(2);
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

/* A function that libmodbus has, with the most it may be asked for. */
struct row {
	uint8_t	 function;
	unsigned most, bits;	/* of coils or registers; of payload for each */
	/* The length of what it read, as reply.data are, in got; -1: refused. */
	int	(*client)(modbus_t *, const struct ask *, uint8_t *got);
};

static uint16_t
register_of(const struct ask *ask, size_t i)
{
	return (uint16_t)(ask->payload[2 * i] << 8 | ask->payload[2 * i + 1]);
}

/* What libmodbus has as one byte a bit, as answers and payloads have it. */
static void
pack(const uint8_t *bits, int n, uint8_t *got)
{
	memset(got, 0, 256);
	for (int i = 0; i < n; i++)
		got[i / 8] |= (uint8_t)(bits[i] << i % 8);
}

static void
pack_registers(const uint16_t *registers, int n, uint8_t *got)
{
	for (int i = 0; i < n; i++) {
		got[2 * i] = (uint8_t)(registers[i] >> 8);
		got[2 * i + 1] = (uint8_t)registers[i];
	}
}

static int
read_bits(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	uint8_t bits[2000];
	int rc = (ask->function == 1 ? modbus_read_bits : modbus_read_input_bits)(c,
	    (int)ask->number, ask->count, bits);

	pack(bits, rc, got);
	return rc < 0 ? rc : (rc + 7) / 8;
}

static int
read_registers(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	uint16_t registers[125];
	int rc = (ask->function == 3 ? modbus_read_registers : modbus_read_input_registers)(c,
	    (int)ask->number, ask->count, registers);

	pack_registers(registers, rc, got);
	return rc < 0 ? rc : 2 * rc;
}

static int
write_one(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	int rc;

	(void)got;
	if (ask->function == 5)
		rc = modbus_write_bit(c, (int)ask->number, ask->payload[0] & 1);
	else
		rc = modbus_write_register(c, (int)ask->number, register_of(ask, 0));
	return rc < 0 ? rc : 0;
}

static int
write_bits(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	uint8_t bits[1968];
	int rc;

	(void)got;
	for (int i = 0; i < ask->count; i++)
		bits[i] = ask->payload[i / 8] >> i % 8 & 1;
	rc = modbus_write_bits(c, (int)ask->number, ask->count, bits);
	return rc < 0 ? rc : 0;
}

static int
write_registers(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	uint16_t registers[123];
	int rc;

	(void)got;
	for (size_t i = 0; i < ask->count; i++)
		registers[i] = register_of(ask, i);
	rc = modbus_write_registers(c, (int)ask->number, ask->count, registers);
	return rc < 0 ? rc : 0;
}

static int
report_id(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	(void)ask;
	return modbus_report_slave_id(c, 250, got);
}

static int
mask_register(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	int rc = modbus_mask_write_register(c, (int)ask->number, register_of(ask, 0),
	    register_of(ask, 1));

	(void)got;
	return rc < 0 ? rc : 0;
}

static int
write_and_read(modbus_t *c, const struct ask *ask, uint8_t *got)
{
	uint16_t out[121], in[125];
	size_t n = ask->payload_len / 2;
	int rc;

	for (size_t i = 0; i < n; i++)
		out[i] = register_of(ask, i);
	rc = modbus_write_and_read_registers(c, (int)ask->write_number, (int)n, out,
	    (int)ask->number, ask->count, in);
	pack_registers(in, rc, got);
	return rc < 0 ? rc : 2 * rc;
}

static const struct row rows[] = {
	{ 1, 2000, 0, read_bits }, { 2, 2000, 0, read_bits },
	{ 3, 125, 0, read_registers }, { 4, 125, 0, read_registers },
	{ 5, 1, 1, write_one }, { 6, 1, 16, write_one },
	{ 15, 1968, 1, write_bits }, { 16, 123, 16, write_registers },
	{ 17, 0, 0, report_id }, { 22, 1, 32, mask_register },
	{ 23, 125, 16, write_and_read },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static struct ask
any_question(const struct row *row, uint8_t payload[256])
{
	unsigned count = row->most > 0 ? 1 + random_below(row->most) : 0;
	struct ask ask = { .function = row->function, .count = (uint16_t)count };
	unsigned written = row->function == 23 ? 1 + random_below(121) : count;

	ask.address[0] = (uint8_t)(1 + random_below(247));
	if (row->function != 17)
		ask.number = random_below(65537u - count);
	ask.payload = payload;
	ask.payload_len = (row->bits * written + 7) / 8;
	if (row->function == 23)
		ask.write_number = random_below(65537u - written);
	for (size_t i = 0; i < ask.payload_len; i++)
		payload[i] = (uint8_t)random_below(256);
	CHECK(pdu_valid(&ask));
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
by_client(struct rig *r, const struct row *row, const struct ask *ask,
    const uint8_t *answer, size_t n, uint8_t *got)
{
	uint8_t asked[300];
	ssize_t len;
	int rc;

	CHECK(modbus_set_slave(r->client, ask->address[0]) == 0);
	CHECK(write(r->client_far, answer, n) == (ssize_t)n);
	rc = row->client(r->client, ask, got);
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

/* The map has what was written. */
static void
check_written(const struct rig *r, const struct ask *ask)
{
	const modbus_mapping_t *m = r->map;

	for (unsigned i = 0; i < ask->count; i++) {
		if (ask->function == 5 || ask->function == 15)
			CHECK(m->tab_bits[ask->number + i] ==
			    (ask->payload[i / 8] >> i % 8 & 1));
		if (ask->function == 6 || ask->function == 16)
			CHECK(m->tab_registers[ask->number + i] == register_of(ask, i));
	}
}

static void
one_case(struct rig *r, const struct row *row)
{
	uint8_t payload[256], got[256], answer[300];
	struct ask ask = any_question(row, payload), again;
	const struct reply *reply;
	size_t n, head = strcmp(r->name, "modbus-tcp") == 0 ? 7 : 1;
	int rc;

	out_clear(&r->out, r->frame, sizeof(r->frame));
	CHECK(r->proto->ask(r->session, &ask, ++r->now, &r->out));
	CHECK(pdu_asked(r->frame + head, r->out.send.len - head - (head == 1 ? 2 : 0), &again));
	CHECK(again.count == ask.count && again.number == ask.number);
	n = answer_of_server(r, answer, sizeof(answer));
	rc = by_client(r, row, &ask, answer, n, got);
	reply = by_session(r, answer, n);
	if (rc < 0) {
		CHECK(reply->status == REPLY_EXCEPTION);
		CHECK(errno == MODBUS_ENOBASE + reply->exception);
		return;
	}
	CHECK(reply->status == REPLY_OK && reply->len == (size_t)rc);
	CHECK(memcmp(reply->data, got, reply->len) == 0);
	check_written(r, &ask);
}

static void
many_cases(const char *proto, const struct row *row)
{
	struct rig r;
	const struct tally *tally;

	start(&r, proto);
	for (int i = 0; i < CASES; i++)
		one_case(&r, row);
	/* The last register cannot be mapped, so some are refused too. */
	r.map->nb_registers = r.map->nb_input_registers = 30000;
	r.map->nb_bits = r.map->nb_input_bits = 30000;
	for (int i = 0; i < CASES / 4; i++)
		one_case(&r, row);
	tally = r.proto->tally(r.session);
	CHECK(tally->asked == tally->answered + tally->exceptions);
	CHECK(tally->answered > CASES / 2);
	CHECK(row->function == 17 || tally->exceptions > CASES / 20);
	CHECK(tally->foreign == 0 && tally->garbled == 0 && tally->late == 0);
	printf("ok %s FC %d: %d questions and answers as libmodbus has them, %llu refused\n",
	    proto, row->function, CASES + CASES / 4, (unsigned long long)tally->exceptions);
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
	for (size_t i = 0; i < ROWS; i++) {
		many_cases("modbus-tcp", &rows[i]);
		many_cases("modbus-rtu", &rows[i]);
	}
	RUN(every_bit_turned);
	return 0;
}
