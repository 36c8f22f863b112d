#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modbus_server.h"

#define NUMBERS		65536

/* libmodbus sends into one end of a pair of sockets, a packet a frame, and we
 * take it out of the other: whoever reads slowly makes nobody wait. */
struct answerer {
	modbus_t	*modbus;
	bool		 rtu;
	int		 line;			/* serial; -1: none */
	int		 pair[2];
	uint16_t	 room[REQUEST_READ_MAX];
	/* the tables of a mapping, of which a request fills the part it names */
	uint16_t	 registers[NUMBERS];
	uint8_t		 bits[NUMBERS];
};

static struct answerer *
begin(modbus_t *modbus)
{
	struct answerer *a = calloc(1, sizeof(*a));
	int error;

	if (modbus == NULL || a == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, a->pair) != 0) {
		error = modbus != NULL && a != NULL ? errno : ENOMEM;
		modbus_free(modbus);
		free(a);
		errno = error;
		return NULL;
	}
	a->modbus = modbus;
	a->line = -1;
	return a;
}

struct answerer *
answerer_tcp(void)
{
	struct answerer *a = begin(modbus_new_tcp("127.0.0.1", 502));

	if (a != NULL)
		modbus_set_socket(a->modbus, a->pair[0]);
	return a;
}

static modbus_t *
open_line(const struct modbus_conf *c, const char *path, char *why, size_t n)
{
	static const char parities[] = { 'N', 'E', 'O' };
	modbus_t *modbus = modbus_new_rtu(path, (int)c->speed, parities[c->parity], 8,
	    (int)c->stop_bits);

	if (modbus == NULL || modbus_connect(modbus) != 0) {
		snprintf(why, n, "%s: %s", path, modbus_strerror(errno));
		modbus_free(modbus);
		return NULL;
	}
	if (c->rs485 && modbus_rtu_set_serial_mode(modbus, MODBUS_RTU_RS485) != 0) {
		snprintf(why, n, "%s: the driver knows no RS-485 mode: %s", path,
		    modbus_strerror(errno));
		modbus_close(modbus);
		modbus_free(modbus);
		return NULL;
	}
	return modbus;
}

struct answerer *
answerer_rtu(const struct modbus_conf *c, const char *path, char *why, size_t n)
{
	modbus_t *modbus = open_line(c, path, why, n);
	struct answerer *a = modbus != NULL ? begin(modbus) : NULL;

	if (a == NULL) {
		if (modbus != NULL)
			snprintf(why, n, "no memory for %s: %s", path, strerrordesc_np(errno));
		return NULL;
	}
	a->rtu = true;
	a->line = modbus_get_socket(modbus);
	modbus_set_socket(modbus, a->pair[0]);
	return a;
}

void
answerer_free(struct answerer *a)
{
	if (a == NULL)
		return;
	if (a->line >= 0) {
		modbus_set_socket(a->modbus, a->line);
		modbus_close(a->modbus);
	}
	close(a->pair[0]);
	close(a->pair[1]);
	modbus_free(a->modbus);
	free(a);
}

int
answerer_line(const struct answerer *a)
{
	return a->line;
}

uint16_t *
answerer_room(struct answerer *a)
{
	return a->room;
}

static size_t
take(struct answerer *a, uint8_t out[REQUEST_FRAME_MAX])
{
	ssize_t n = recv(a->pair[1], out, REQUEST_FRAME_MAX, MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

/* FC 23 would answer what was written where both ranges meet; it is to answer
 * what is there.  values of the copy are big-endian. */
static void
keep_read(const struct answerer *a, const struct modbus_request *r, uint8_t *values)
{
	for (uint32_t i = 0; i < r->write_count; i++) {
		uint32_t at = r->write_first + i;

		if (at < r->first || at >= (uint32_t)r->first + r->count)
			continue;
		values[2 * i] = (uint8_t)(a->registers[at] >> 8);
		values[2 * i + 1] = (uint8_t)a->registers[at];
	}
}

size_t
answerer_reply(struct answerer *a, const struct modbus_request *r, const uint8_t *frame,
    size_t n, uint8_t out[REQUEST_FRAME_MAX])
{
	modbus_mapping_t map = { .nb_bits = NUMBERS, .nb_input_bits = NUMBERS,
	    .nb_registers = NUMBERS, .nb_input_registers = NUMBERS, .tab_bits = a->bits,
	    .tab_input_bits = a->bits, .tab_registers = a->registers,
	    .tab_input_registers = a->registers };
	uint8_t copy[REQUEST_FRAME_MAX];

	memcpy(copy, frame, n);
	for (size_t i = 0; i < r->count; i++)
		if (request_is_bits(r))
			a->bits[r->first + i] = a->room[i] != 0;
		else
			a->registers[r->first + i] = a->room[i];
	if (r->count > 0 && r->write_count > 0)
		keep_read(a, r, copy + (r->values - frame));
	modbus_set_slave(a->modbus, r->unit <= 247 ? r->unit : 247);
	modbus_reply(a->modbus, copy, (int)n, &map);
	return take(a, out);
}

size_t
answerer_refuse(struct answerer *a, const uint8_t *frame, size_t n, uint8_t exception,
    uint8_t out[REQUEST_FRAME_MAX])
{
	(void)n;
	modbus_reply_exception(a->modbus, frame, exception);
	return take(a, out);
}
