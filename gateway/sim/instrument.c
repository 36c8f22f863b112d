#include <errno.h>
#include <math.h>
#include <modbus/modbus.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../protocols/crc.h"
#include "../log.h"
#include "../room.h"
#include "instrument.h"
#include "manners.h"
#include "metered.h"
#include "service.h"
#include "show.h"
#include "state.h"

#define FC_READ_COILS	1
#define FC_READ_HOLDING	3
#define FC_WRITE_COIL	5
#define FC_WRITE_REGISTER	6
#define FC_WRITE_COILS	15
#define FC_WRITE_REGISTERS	16
#define FC_MASK_REGISTER	22
#define FC_READ_WRITE	23
#define CRC_LEN		2
#define NUMBERS		65536	/* of coils and of registers */
#define PATIENCE	1000	/* us: a whole frame is there, nothing is waited for */

void
instrument_init(struct instrument *i, uint8_t unit, const char *name,
    const struct profile *profile, uint64_t seed)
{
	memset(i, 0, sizeof(*i));
	i->unit = unit;
	i->name = name;
	i->profile = profile;
	i->seed = seed + unit;
}

int
instrument_fault(struct instrument *i, const struct fault *fault)
{
	if (i->nfaults == SCRIPT_MAX)
		return -1;
	i->faults[i->nfaults++] = *fault;
	return 0;
}

int
instrument_episode(struct instrument *i, const struct episode *episode)
{
	if (i->nepisodes == SCRIPT_MAX || profile_point(i->profile, episode->point) == NULL)
		return -1;
	i->episodes[i->nepisodes++] = *episode;
	return 0;
}

const struct fault *
instrument_has(const struct instrument *i, enum fault_kind kind, int64_t us)
{
	for (size_t k = 0; k < i->nfaults; k++)
		if (i->faults[k].kind == kind && span_holds(&i->faults[k].span, us))
			return &i->faults[k];
	return NULL;
}

int64_t
instrument_moment(const struct instrument *i, int64_t us)
{
	const struct fault *frozen = instrument_has(i, FAULT_FROZEN, us);

	if (frozen != NULL)
		return frozen->span.from;
	return regimen_moment(&i->regimen, i->profile, us);
}

double
instrument_figure(const struct instrument *i, size_t point, int64_t us)
{
	const struct point *p = &i->profile->points[point];
	struct wave wave = wave_of(i->profile->name, p);

	if (instrument_has(i, FAULT_BROKEN, us) != NULL)
		return NAN;
	for (size_t k = 0; k < i->nepisodes; k++)
		if (strcmp(i->episodes[k].point, p->name) == 0 &&
		    span_holds(&i->episodes[k].span, us))
			return i->episodes[k].figure;
	if (state_rules(i->profile, p))
		return state_figure(i, p, us);
	return wave_at(&wave, p, i->seed ^ (uint64_t)p->number << 8, instrument_moment(i, us));
}

/* 0, or the exception that the real instrument answers. */
static unsigned
refusal(struct instrument *i, const struct stretch *s)
{
	if (s->count > 0 && s->count <= profile_most(i->profile, s->function) &&
	    profile_never(i->profile, s->first, (uint32_t)s->first + s->count) &&
	    i->touched++ == 0)
		log_warn("%s: a question for 0x%04x and %u more: touches a register that must "
		    "never be", i->name, s->first, s->count - 1U);
	return manners_refusal(i->profile, s);
}

void
bench_furnish(struct bench *b, struct instrument *instruments, size_t n)
{
	const char *proto = n > 0 ? instruments[0].profile->proto : "modbus";

	b->instruments = instruments;
	b->n = n;
	if (strcmp(proto, "modbus") == 0)
		return;
	b->framing = FRAMING_METER;
	b->meter = proto_find(proto);
}

int
bench_open(struct bench *b, enum framing framing, struct instrument *instruments, size_t n)
{
	int pair[2];

	memset(b, 0, sizeof(*b));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	b->framing = framing;
	bench_furnish(b, instruments, n);
	b->server = framing == FRAMING_TCP ? modbus_new_tcp("127.0.0.1", 0) :
	    modbus_new_rtu("/dev/null", 9600, 'N', 8, 1);
	if (b->server == NULL) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	b->bits = room_for(NUMBERS, sizeof(*b->bits));
	b->registers = room_for(NUMBERS, sizeof(*b->registers));
	b->near = pair[0];
	b->far = pair[1];
	modbus_set_socket(b->server, b->near);
	modbus_set_indication_timeout(b->server, 0, PATIENCE);
	modbus_set_byte_timeout(b->server, 0, PATIENCE);
	modbus_set_response_timeout(b->server, 0, PATIENCE);
	return 0;
}

void
bench_close(struct bench *b)
{
	close(b->far);
	close(b->near);
	modbus_free(b->server);
	free(b->bits);
	free(b->registers);
}

bool
bench_refuses(const struct bench *b, int64_t us)
{
	for (size_t k = 0; k < b->n; k++)
		if (instrument_has(&b->instruments[k], FAULT_REFUSED, us) != NULL)
			return true;
	return false;
}

static struct instrument *
find(struct bench *b, uint8_t unit)
{
	for (size_t k = 0; k < b->n; k++)
		if (b->instruments[k].unit == unit)
			return &b->instruments[k];
	return NULL;
}

/* What libmodbus did not take, or wrote and nobody fetched. */
static void
drain(int fd)
{
	uint8_t room[ANSWER_MAX];

	while (recv(fd, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
}

static unsigned
at(const uint8_t *pdu, size_t i)
{
	return (unsigned)(pdu[i] << 8 | pdu[i + 1]);
}

/* The question as libmodbus made it out; its length, or -1. */
static int
judge(struct bench *b, const uint8_t *frame, size_t len, uint8_t *question)
{
	drain(b->near);
	drain(b->far);
	if (send(b->far, frame, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -1;
	return modbus_receive(b->server, question);
}

/* What a question is about, from its function on. */
struct task {
	struct stretch	read, write;	/* count 0: none */
};

/* libmodbus has judged the length of those that it knows. */
static struct task
task_of(const uint8_t *pdu, size_t n)
{
	struct stretch s = { .function = pdu[0] };
	struct task t = { .read = s };

	if (n >= 5) {
		s.first = (uint16_t)at(pdu, 1);
		s.count = (uint16_t)at(pdu, 3);
	}
	t.read = s;
	t.write = s;
	t.write.function = FC_READ_HOLDING;
	switch (pdu[0]) {
	case FC_WRITE_COIL:
	case FC_WRITE_COILS:
		t.write.function = FC_READ_COILS;
		break;
	case FC_WRITE_REGISTER:
	case FC_WRITE_REGISTERS:
	case FC_MASK_REGISTER:
		break;
	case FC_READ_WRITE:
		t.read.function = FC_READ_HOLDING;
		t.write.first = n >= 9 ? (uint16_t)at(pdu, 5) : 0;
		t.write.count = n >= 9 ? (uint16_t)at(pdu, 7) : 0;
		return t;
	default:
		t.write.count = 0;
		return t;
	}
	t.read.count = 0;
	if (pdu[0] != FC_WRITE_COILS && pdu[0] != FC_WRITE_REGISTERS)
		t.write.count = 1;
	return t;
}

/* Between the values of a stretch and the map that libmodbus works on. */
static void
map_put(struct bench *b, const struct stretch *s, const uint16_t *values)
{
	for (uint32_t k = 0; k < s->count; k++)
		if (function_is_bits(s->function))
			b->bits[s->first + k] = (uint8_t)values[k];
		else
			b->registers[s->first + k] = values[k];
}

static void
map_get(const struct bench *b, const struct stretch *s, uint16_t *values)
{
	for (uint32_t k = 0; k < s->count; k++)
		values[k] = function_is_bits(s->function) ? b->bits[s->first + k] :
		    b->registers[s->first + k];
}

static unsigned
refused(struct instrument *i, const struct task *t)
{
	unsigned why = 0;

	if (t->write.count > 0)
		why = written_refusal(i->profile, &t->write);
	if (why == 0 && (t->read.count > 0 || t->write.count == 0))
		why = refusal(i, &t->read);
	return why;
}

/* Lets libmodbus frame the answer, with what the instrument shows or, of a step,
 * with what that says.  0, or the exception to answer instead: a write
 * is framed before it is known whether its figures are allowed. */
static unsigned
framed(struct bench *b, struct instrument *i, const struct task *t, const uint16_t *step,
    const uint8_t *question, int n, int64_t us)
{
	modbus_mapping_t map = { .nb_bits = NUMBERS, .nb_input_bits = NUMBERS,
	    .nb_registers = NUMBERS, .nb_input_registers = NUMBERS, .tab_bits = b->bits,
	    .tab_input_bits = b->bits, .tab_registers = b->registers,
	    .tab_input_registers = b->registers };
	uint16_t values[MODBUS_MAX_READ_BITS] = { 0 };

	if (step == NULL)
		show_fill(i, &t->write, us, values);
	map_put(b, &t->write, values);
	memset(values, 0, sizeof(values));
	if (step == NULL)
		show_fill(i, &t->read, us, values);
	map_put(b, &t->read, step != NULL ? step : values);
	modbus_reply(b->server, question, n, &map);
	map_get(b, &t->write, values);
	return step != NULL || t->write.count == 0 ? 0 :
	    written_take(&i->written, i->profile, &t->write, values);
}

static void
reply(struct bench *b, struct instrument *i, const uint8_t *question, int n, int64_t us)
{
	size_t head = (size_t)modbus_get_header_length(b->server);
	size_t tail = b->framing == FRAMING_RTU ? CRC_LEN : 0;
	size_t len = (size_t)n > head + tail ? (size_t)n - head - tail : 0;
	const struct task t = task_of(question + head, len);
	const struct fault *exception = instrument_has(i, FAULT_EXCEPTION, us);
	unsigned why = exception != NULL ? (unsigned)exception->amount : 0;
	uint16_t says[MODBUS_MAX_READ_BITS] = { 0 };
	bool step = why == 0 && regimen_take(&i->regimen, i->profile, question + head, len,
	    us, says);

	if (why == 0 && !step)
		why = refused(i, &t);
	if (why == 0)
		why = framed(b, i, &t, step ? says : NULL, question, n, us);
	if (why == 0)
		return;
	i->refusals++;
	drain(b->far);
	modbus_reply_exception(b->server, question, why);
}

/* An answer that libmodbus does not frame. */
static size_t
serve_service(struct bench *b, struct instrument *i, const uint8_t *frame, size_t len,
    int64_t us, uint8_t answer[ANSWER_MAX])
{
	size_t head = b->framing == FRAMING_TCP ? 7 : 1;
	size_t tail = b->framing == FRAMING_TCP ? 0 : CRC_LEN, n;
	const struct fault *exception = instrument_has(i, FAULT_EXCEPTION, us);
	uint16_t crc;

	if (len < head + 1 + tail || (tail > 0 && crc16_modbus(frame, len) != 0))
		return 0;
	i->questions++;
	if (instrument_has(i, FAULT_SILENT, us) != NULL)
		return 0;
	memcpy(answer, frame, head);
	n = service_answer(i, frame + head, len - head - tail,
	    exception != NULL ? (unsigned)exception->amount : 0, answer + head,
	    ANSWER_MAX - head - tail);
	i->refusals += (answer[head] & 0x80) != 0;
	if (tail == 0) {
		answer[4] = (uint8_t)((n + 1) >> 8);
		answer[5] = (uint8_t)(n + 1);
		return head + n;
	}
	crc = crc16_modbus(answer, head + n);
	answer[head + n] = (uint8_t)crc;
	answer[head + n + 1] = (uint8_t)(crc >> 8);
	return head + n + tail;
}

size_t
bench_answer(struct bench *b, const uint8_t *frame, size_t len, int64_t us,
    uint8_t answer[ANSWER_MAX], int64_t *late)
{
	uint8_t question[MODBUS_TCP_MAX_ADU_LENGTH];
	size_t at = b->framing == FRAMING_TCP ? 6 : 0;
	const struct fault *slow;
	struct instrument *i;
	ssize_t got;
	int n;

	if (b->framing == FRAMING_METER)
		return metered_answer(b, frame, len, us, answer, late);
	*late = 0;
	if (len <= at || (i = find(b, frame[at])) == NULL)
		return 0;
	if ((slow = instrument_has(i, FAULT_LATE, us)) != NULL)
		*late = slow->amount;
	if (service_is(frame + at + 1, len - at - 1))
		return serve_service(b, i, frame, len, us, answer);
	/* libmodbus hears only the unit that it stands for */
	modbus_set_slave(b->server, i->unit);
	if ((n = judge(b, frame, len, question)) <= 0)
		return 0;
	i->questions++;
	if (instrument_has(i, FAULT_SILENT, us) != NULL)
		return 0;
	reply(b, i, question, n, us);
	got = recv(b->far, answer, ANSWER_MAX, MSG_DONTWAIT);
	return got > 0 ? (size_t)got : 0;
}
