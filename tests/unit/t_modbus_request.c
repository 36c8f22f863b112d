#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <modbus/modbus.h>

#include "../../gateway/uplink/modbus_server.h"
#include "../../protocols/crc.h"
#include "../../protocols/pdu.h"
#include "../check.h"

static size_t
from_hex(const char *text, uint8_t *out)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2 + (text[2] == ' '))
		out[n++] = (uint8_t)byte;
	return n;
}

/* What the standard answers to each (V1.1b3, 6 and 7). */
static const struct {
	const char	*pdu;
	uint8_t		 exception;
	uint16_t	 first, count, write_first, write_count;
} requests[] = {
	{ "03 006b 0003", 0, 107, 3, 0, 0 },
	{ "04 0008 0001", 0, 8, 1, 0, 0 },
	{ "01 0013 07d0", 0, 19, 2000, 0, 0 },
	{ "02 00c4 0016", 0, 196, 22, 0, 0 },
	{ "05 00ac ff00", 0, 0, 0, 172, 1 },
	{ "05 00ac 0000", 0, 0, 0, 172, 1 },
	{ "06 0001 0003", 0, 0, 0, 1, 1 },
	{ "0f 0013 000a 02 cd01", 0, 0, 0, 19, 10 },
	{ "10 0001 0002 04 000a 0102", 0, 0, 0, 1, 2 },
	{ "17 0003 0006 000e 0003 06 00ff 00ff 00ff", 0, 3, 6, 14, 3 },
	{ "03 ffff 0001", 0, 65535, 1, 0, 0 },
	/* 1: no such function */
	{ "07", 1, 0, 0, 0, 0 }, { "08 0000 a537", 1, 0, 0, 0, 0 }, { "11", 1, 0, 0, 0, 0 },
	{ "16 0004 00f2 0025", 1, 0, 0, 0, 0 }, { "2b 0e 01 00", 1, 0, 0, 0, 0 },
	{ "41 00", 1, 0, 0, 0, 0 },
	/* 2: beyond the end */
	{ "03 ffff 0002", 2, 0, 0, 0, 0 }, { "01 f831 07d0", 2, 0, 0, 0, 0 },
	{ "10 ffff 0002 04 0000 0000", 2, 0, 0, 0, 0 },
	{ "17 ffff 0002 0000 0001 02 0000", 2, 0, 0, 0, 0 },
	{ "17 0000 0001 ffff 0002 04 0000 0000", 2, 0, 0, 0, 0 },
	/* 3: how many, and the length */
	{ "03 0000 0000", 3, 0, 0, 0, 0 }, { "03 0000 007e", 3, 0, 0, 0, 0 },
	{ "01 0000 07d1", 3, 0, 0, 0, 0 }, { "04 0000", 3, 0, 0, 0, 0 },
	{ "03 0000 0001 00", 3, 0, 0, 0, 0 }, { "05 00ac 0100", 3, 0, 0, 0, 0 },
	{ "05 00ac ff01", 3, 0, 0, 0, 0 }, { "06 0001", 3, 0, 0, 0, 0 },
	{ "0f 0000 0000 00", 3, 0, 0, 0, 0 }, { "0f 0000 0009 01 ff", 3, 0, 0, 0, 0 },
	{ "10 0000 0001 03 0000 00", 3, 0, 0, 0, 0 }, { "10 0000 0000 00", 3, 0, 0, 0, 0 },
	{ "10 0000 0001 02 00", 3, 0, 0, 0, 0 },
	{ "17 0000 007e 0000 0001 02 0000", 3, 0, 0, 0, 0 },
	{ "17 0000 0001 0000 0000 00", 3, 0, 0, 0, 0 },
	{ "17 0000 0001 0000 0002 02 0000", 3, 0, 0, 0, 0 },
	{ "03", 3, 0, 0, 0, 0 }, { "05", 3, 0, 0, 0, 0 }, { "17", 3, 0, 0, 0, 0 },
};

static void
each_request_has_its_exception(void)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct modbus_request r;
		uint8_t pdu[PDU_MAX];
		size_t n = from_hex(requests[i].pdu, pdu);

		modbus_request(pdu, n, 17, &r);
		if (r.exception != requests[i].exception || r.first * (r.count > 0) !=
		    requests[i].first || r.count != requests[i].count || r.write_first *
		    (r.write_count > 0) != requests[i].write_first || r.write_count !=
		    requests[i].write_count)
			fprintf(stderr, "%s: %u, %u %u, %u %u\n", requests[i].pdu, r.exception,
			    r.first, r.count, r.write_first, r.write_count);
		CHECK(r.unit == 17 && r.function == pdu[0]);
		CHECK(r.exception == requests[i].exception && r.count == requests[i].count);
		CHECK(r.count == 0 || r.first == requests[i].first);
		CHECK(r.write_count == requests[i].write_count);
		CHECK(r.write_count == 0 || r.write_first == requests[i].write_first);
	}
}

static void
values_are_read_as_written(void)
{
	struct modbus_request r;
	uint8_t pdu[PDU_MAX];

	modbus_request(pdu, from_hex("0f 0013 000a 02 cd01", pdu), 1, &r);
	for (size_t i = 0; i < 10; i++)
		CHECK(request_value(&r, i) == (0x1cdu >> i & 1));
	modbus_request(pdu, from_hex("10 0001 0002 04 000a 0102", pdu), 1, &r);
	CHECK(request_value(&r, 0) == 10 && request_value(&r, 1) == 0x102);
	modbus_request(pdu, from_hex("05 00ac ff00", pdu), 1, &r);
	CHECK(request_value(&r, 0) == 1 && request_is_bits(&r));
	modbus_request(pdu, from_hex("05 00ac 0000", pdu), 1, &r);
	CHECK(request_value(&r, 0) == 0);
}

static void
frames_of_tcp_come_in_pieces(void)
{
	struct modbus_request r;
	uint8_t f[64];
	size_t n = from_hex("0001 0000 0006 11 03 006b 0003 0002 0000 0006 12 04 0000 0001", f);

	CHECK(n == 24);
	for (size_t i = 0; i < 12; i++)
		CHECK(modbus_tcp_request(f, i, &r) == 0);
	for (size_t i = 12; i <= n; i++)
		CHECK(modbus_tcp_request(f, i, &r) == 12 && r.unit == 17 && r.count == 3);
	CHECK(modbus_tcp_request(f + 12, 12, &r) == 12 && r.unit == 18 && r.function == 4);
	f[3] = 1;			/* another protocol */
	CHECK(modbus_tcp_request(f, n, &r) == SIZE_MAX);
	f[3] = 0;
	f[5] = 255;			/* longer than any */
	CHECK(modbus_tcp_request(f, n, &r) == SIZE_MAX);
	f[5] = 1;			/* without a function */
	CHECK(modbus_tcp_request(f, n, &r) == SIZE_MAX);
}

static bool
is_ours(const void *of, uint8_t unit)
{
	return unit == *(const uint8_t *)of;
}

static size_t
rtu(const char *text, uint8_t *f)
{
	size_t n = from_hex(text, f);
	uint16_t crc = crc16_modbus(f, n);

	f[n] = (uint8_t)crc;
	f[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

static void
on_a_line_others_are_asked_too(void)
{
	const uint8_t us = 17;
	struct modbus_request r;
	uint8_t f[300];
	size_t n = rtu("11 03 006b 0003", f);

	for (size_t i = 0; i < n; i++)
		CHECK(modbus_rtu_request(f, i, false, is_ours, &us, &r) == 0);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == n && r.function == 3);
	f[4] ^= 1;
	CHECK(modbus_rtu_request(f, n, true, is_ours, &us, &r) == SIZE_MAX);
	/* what another is asked, and answers */
	n = rtu("02 03 006b 0003", f);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == n && r.function == 0);
	n = rtu("02 03 06 022b 0000 0064", f);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == n && r.function == 0);
	n = rtu("02 83 02", f);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == n && r.function == 0);
	/* everybody */
	n = rtu("00 06 0001 0003", f);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == n && r.function == 6);
	/* a function of a length that nobody knows ends with the silence */
	n = rtu("11 64 01 02 03 04 05", f);
	CHECK(modbus_rtu_request(f, n, false, is_ours, &us, &r) == SIZE_MAX);
	CHECK(modbus_rtu_request(f, n, true, is_ours, &us, &r) == n && r.exception == 1);
	CHECK(modbus_rtu_request(f, 1, true, is_ours, &us, &r) == SIZE_MAX);
	CHECK(modbus_rtu_request(f, 3, true, is_ours, &us, &r) == SIZE_MAX);
}

/* What libmodbus' client asks is understood, and what its framing answers is
 * taken by it: our codec between two ends that are not ours. */
#define QUESTIONS	11

struct talk {
	modbus_t	*client;
	unsigned	 done;
};

static void *
client(void *arg)
{
	struct talk *t = arg;
	uint16_t registers[125], written[123];
	uint8_t bits[2000], set[1968];

	for (int i = 0; i < 123; i++)
		written[i] = (uint16_t)(i * 257);
	for (int i = 0; i < 1968; i++)
		set[i] = i % 3 == 0;
	CHECK(modbus_read_registers(t->client, 100, 125, registers) == 125);
	for (int i = 0; i < 125; i++)
		CHECK(registers[i] == 100 + i);
	CHECK(modbus_read_input_registers(t->client, 65535, 1, registers) == 1);
	CHECK(registers[0] == 65535);
	CHECK(modbus_read_bits(t->client, 0, 2000, bits) == 2000);
	CHECK(modbus_read_input_bits(t->client, 7, 11, bits) == 11);
	for (int i = 0; i < 11; i++)
		CHECK(bits[i] == ((7 + i) & 1));
	CHECK(modbus_write_bit(t->client, 9, 1) == 1);
	CHECK(modbus_write_register(t->client, 9, 0x1234) == 1);
	CHECK(modbus_write_bits(t->client, 3, 1968, set) == 1968);
	CHECK(modbus_write_registers(t->client, 3, 123, written) == 123);
	CHECK(modbus_write_and_read_registers(t->client, 3, 121, written, 2, 125, registers) ==
	    125);
	for (int i = 0; i < 125; i++)	/* what is there, not what was written */
		CHECK(registers[i] == 2 + i);
	CHECK(modbus_read_registers(t->client, 65535, 2, registers) == -1);
	CHECK(errno == EMBXILADD);
	CHECK(modbus_mask_write_register(t->client, 1, 0, 0) == -1 && errno == EMBXILFUN);
	t->done++;
	return NULL;
}

static void
serve(struct answerer *a, const uint8_t *frame, size_t n, struct modbus_request *r, int fd)
{
	uint8_t out[REQUEST_FRAME_MAX];
	size_t len;

	for (size_t i = 0; i < r->count; i++)
		answerer_room(a)[i] = (uint16_t)(request_is_bits(r) ? (r->first + i) & 1 :
		    r->first + i);
	if (r->write_count == 1968)
		for (size_t i = 0; i < 1968; i++)
			CHECK(request_value(r, i) == (i % 3 == 0));
	if (r->function == 16 || r->function == 23)
		for (size_t i = 0; i < r->write_count; i++)
			CHECK(request_value(r, i) == (uint16_t)(i * 257));
	len = r->exception != 0 ? answerer_refuse(a, frame, n, r->exception, out) :
	    answerer_reply(a, r, frame, n, out);
	CHECK(len > 0 && write(fd, out, len) == (ssize_t)len);
}

static void
libmodbus_client_is_understood(void)
{
	struct answerer *a = answerer_tcp();
	struct talk t = { .done = 0 };
	const uint8_t us = 17;
	struct modbus_request r;
	uint8_t in[600];
	size_t have = 0, len, served = 0;
	pthread_t thread;
	ssize_t n;
	int pair[2];

	CHECK(a != NULL && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	t.client = modbus_new_tcp("127.0.0.1", 502);
	modbus_set_socket(t.client, pair[0]);
	modbus_set_slave(t.client, us);
	modbus_set_response_timeout(t.client, 60, 0);
	CHECK(pthread_create(&thread, NULL, client, &t) == 0);
	while (served < QUESTIONS) {
		n = read(pair[1], in + have, sizeof(in) - have);
		CHECK(n > 0);
		have += (size_t)n;
		len = modbus_tcp_request(in, have, &r);
		CHECK(len != SIZE_MAX && (len == 0 || len == have));
		if (len == 0)
			continue;
		CHECK(r.unit == us);
		serve(a, in, len, &r, pair[1]);
		have = 0;
		served++;
	}
	pthread_join(thread, NULL);
	CHECK(t.done == 1);
	modbus_set_socket(t.client, -1);
	modbus_free(t.client);
	answerer_free(a);
	close(pair[0]);
	close(pair[1]);
}

/* A question is one that the reading side of our codec would ask exactly when no
 * exception answers it. */
static void
both_halves_of_the_codec_agree(void)
{
	static const uint8_t codes[] = { 1, 2, 3, 4, 5, 6, 15, 16, 23 };
	uint32_t seed = 1, sound = 0;

	for (int i = 0; i < 300000; i++) {
		uint8_t pdu[24] = { 0 };
		struct modbus_request r;
		struct ask ask;
		size_t n;

		for (size_t k = 0; k < sizeof(pdu); k++) {
			seed = seed * 1664525 + 1013904223;
			/* small figures, or most of them would be nonsense */
			pdu[k] = (uint8_t)(seed >> 24 & (seed >> 16 & 1 ? 0x03 : 0xff));
		}
		pdu[0] = codes[pdu[0] % sizeof(codes)];
		n = pdu_asked_length(pdu, sizeof(pdu));
		if (n > sizeof(pdu) || pdu[23] % 8 == 0)
			n = 1 + pdu[22] % sizeof(pdu);
		modbus_request(pdu, n, 1, &r);
		CHECK((r.exception == 0) == pdu_asked(pdu, n, &ask));
		sound += r.exception == 0;
	}
	CHECK(sound > 1000);
}

int
main(void)
{
	RUN(each_request_has_its_exception);
	RUN(values_are_read_as_written);
	RUN(frames_of_tcp_come_in_pieces);
	RUN(on_a_line_others_are_asked_too);
	RUN(libmodbus_client_is_understood);
	RUN(both_halves_of_the_codec_agree);
	return 0;
}
