#include <stdio.h>
#include <string.h>

#include "modem_ask.h"

#define S		1000000LL

static void
put(struct buf *out, const char *text)
{
	buf_putbytes(out, text, strlen(text));
}

void
modem_put_hex(struct buf *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		buf_put8(out, (uint8_t)digits[bytes[i] >> 4]);
		buf_put8(out, (uint8_t)digits[bytes[i] & 0xf]);
	}
}

#define SAYS(name, text) \
static void \
name(const struct modem *m, struct buf *out) \
{ \
	(void)m; \
	put(out, text "\r"); \
}

SAYS(say_sync, "AT")
SAYS(say_echo, "ATE0")
SAYS(say_errors, "AT+CMEE=1")
SAYS(ask_pin_state, "AT+CPIN?")
SAYS(say_mode, "AT+CMGF=0")
SAYS(say_tell, "AT+CNMI=2,1,0,1,0")
SAYS(say_tell_less, "AT+CNMI=2,1,0,0,0")
SAYS(ask_network, "AT+CREG?")
SAYS(ask_packet, "AT+CEREG?")
SAYS(ask_signal, "AT+CSQ")
SAYS(ask_list, "AT+CMGL=4")

static void
say_reset(const struct modem *m, struct buf *out)
{
	put(out, m->conf->reset);
	put(out, "\r");
}

static void
say_pin(const struct modem *m, struct buf *out)
{
	put(out, "AT+CPIN=\"");
	put(out, m->conf->pin);
	put(out, "\"\r");
}

static void
say_number(struct buf *out, const char *command, int number)
{
	char line[32];

	snprintf(line, sizeof(line), "%s=%d\r", command, number);
	put(out, line);
}

static void
ask_read(const struct modem *m, struct buf *out)
{
	say_number(out, "AT+CMGR", m->reads[0]);
}

static void
say_delete(const struct modem *m, struct buf *out)
{
	say_number(out, "AT+CMGD", m->deletes[0]);
}

static void
say_send(const struct modem *m, struct buf *out)
{
	uint8_t pdu[SMS_PDU_MAX];
	struct buf b = { .at = pdu, .cap = sizeof(pdu) };
	size_t tpdu = 0;

	sms_submit(&m->out, &m->plan, m->part, &b, &tpdu);
	say_number(out, "AT+CMGS", (int)tpdu);
}

static void
say_guest(const struct modem *m, struct buf *out)
{
	put(out, m->guest);
	put(out, "\r");
}

/* A question is answered at once; what brings the modem into a network, or out of
 * it, takes its time. */
int64_t
modem_guest_limit(const char *command)
{
	size_t n = strlen(command);

	return strchr(command, '=') == NULL || command[n - 1] == '?' ||
	    strncmp(command, "AT+COPS=3", 9) == 0 ? 10 * S : 120 * S;
}

bool
modem_guest_unsettles(const char *command)
{
	static const char *const harmless[] = {
		"ATE0", "AT+CREG=", "AT+CGREG=", "AT+CEREG=", "AT+CMEE=", "AT+COPS=3",
		"AT+CGACT=", "AT+CGATT=",
	};
	size_t n = strlen(command);

	if (command[n - 1] == '?')
		return false;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strncmp(command, harmless[i], strlen(harmless[i])) == 0)
			return false;
	return strchr(command, '=') != NULL || strncmp(command, "AT+", 3) != 0;
}

void
modem_guest_line(struct modem *m, const char *line)
{
	size_t n = strlen(line);

	if (m->nheard + n + 4 > MODEM_HEARD)
		return;
	memcpy(m->heard + m->nheard, "\r\n", 2);
	memcpy(m->heard + m->nheard + 2, line, n);
	memcpy(m->heard + m->nheard + 2 + n, "\r\n", 2);
	m->nheard += n + 4;
	m->heard[m->nheard] = '\0';
}

static bool
sync_end(struct modem *m, const struct at_result *r)
{
	(void)r;
	m->tells_reports = m->set_up = false;
	return true;
}

static void
hear_pin_state(struct modem *m, const char *line)
{
	const char *state = at_info(line, "+CPIN");

	if (state != NULL)
		snprintf(m->pin_state, sizeof(m->pin_state), "%s", state);
}

static bool
pin_state_end(struct modem *m, const struct at_result *r)
{
	if (r->end != AT_OK)
		modem_trouble(m, "SIM: %s", at_result_text(r));
	else if (strcmp(m->pin_state, "READY") == 0)
		return true;
	else if (strcmp(m->pin_state, "SIM PIN") != 0)
		modem_trouble(m, "the SIM wants %.40s: put it into a telephone",
		    m->pin_state);
	else if (m->conf->pin[0] == '\0')
		modem_trouble(m, "the SIM wants a PIN: set pin");
	else if (m->pin_given)
		modem_trouble(m, "the SIM wants a PIN again: it is not given twice");
	else
		return true;
	return false;
}

/* Three wrong ones and the SIM is locked. */
static bool
pin_end(struct modem *m, const struct at_result *r)
{
	struct modem_event e = { .kind = MODEM_PIN_REFUSED };

	if (r->end == AT_OK) {
		m->pin_given = false;
		return true;
	}
	m->pin_given = true;
	snprintf(e.why, sizeof(e.why), "the SIM refuses the PIN: %s", at_result_text(r));
	modem_tell(m, &e);
	m->dead = true;
	return false;
}

static bool
mode_end(struct modem *m, const struct at_result *r)
{
	if (r->end == AT_OK)
		return true;
	modem_trouble(m, "it has no PDU mode: %s", at_result_text(r));
	return false;
}

static bool
tell_end(struct modem *m, const struct at_result *r)
{
	m->tells_reports = r->end == AT_OK;
	m->set_up = true;
	return true;
}

/* "mode,state" of an answer, "state" said by itself; places may follow. */
static bool
at_home(const char *info)
{
	int state = at_number(info, 1, -1);

	if (state < 0)
		state = at_number(info, 0, 0);
	return state == 1 || (state >= 5 && state <= 7) || state == 9 || state == 10;
}

static void
hear_network(struct modem *m, const char *line)
{
	const char *info = at_info(line, "+CREG");

	if (info != NULL)
		m->home = at_home(info);
}

static void
hear_packet(struct modem *m, const char *line)
{
	const char *info = at_info(line, "+CEREG");

	if (info != NULL)
		m->packet = at_home(info);
}

static void
hear_signal(struct modem *m, const char *line)
{
	const char *info = at_info(line, "+CSQ");
	int signal = info != NULL ? at_number(info, 0, SIGNAL_UNKNOWN) : -1;

	if (signal >= 0)
		m->signal = signal <= 31 ? signal : SIGNAL_UNKNOWN;
}

/* Drafts are left where they are. */
static void
hear_stored(struct modem *m, const char *line)
{
	const char *info = at_info(line, "+CMGL");

	if (info == NULL)
		return;
	m->index = at_number(info, 1, 2) <= 1 ? at_number(info, 0, -1) : -1;
	m->pdu_next = m->index >= 0;
}

static bool
list_end(struct modem *m, const struct at_result *r)
{
	m->list = r->end == AT_OK && m->ndeletes == MODEM_INDEXES;
	return true;
}

static void
hear_read(struct modem *m, const char *line)
{
	if (at_info(line, "+CMGR") == NULL)
		return;
	m->index = m->reads[0];
	m->pdu_next = true;
}

/* More may have come in behind it in the meantime. */
static void
drop_first(int *at, size_t *n)
{
	memmove(at, at + 1, --*n * sizeof(at[0]));
}

static bool
read_end(struct modem *m, const struct at_result *r)
{
	(void)r;
	drop_first(m->reads, &m->nreads);
	return true;
}

/* What cannot be deleted is not read again and again. */
static bool
delete_end(struct modem *m, const struct at_result *r)
{
	drop_first(m->deletes, &m->ndeletes);
	if (r->end != AT_OK)
		m->list = false;
	return true;
}

static void
hear_reference(struct modem *m, const char *line)
{
	const char *info = at_info(line, "+CMGS");

	if (info == NULL)
		return;
	m->referenced = true;
	if (m->offered)
		m->references[m->part] = (uint8_t)at_number(info, 0, 0);
}

const struct modem_ask modem_asks[ASKS] = {
	[ASK_RESET]	= { say_reset, 5 * S, NULL, NULL },
	[ASK_SYNC]	= { say_sync, 10 * S, NULL, sync_end },
	[ASK_ECHO]	= { say_echo, 5 * S, NULL, NULL },
	[ASK_ERRORS]	= { say_errors, 5 * S, NULL, NULL },
	[ASK_PIN_STATE]	= { ask_pin_state, 10 * S, hear_pin_state, pin_state_end },
	[ASK_PIN]	= { say_pin, 30 * S, NULL, pin_end },
	[ASK_MODE]	= { say_mode, 5 * S, NULL, mode_end },
	[ASK_TELL]	= { say_tell, 10 * S, NULL, tell_end },
	[ASK_TELL_LESS]	= { say_tell_less, 10 * S, NULL, NULL },
	[ASK_NETWORK]	= { ask_network, 10 * S, hear_network, NULL },
	[ASK_PACKET]	= { ask_packet, 10 * S, hear_packet, NULL },
	[ASK_SIGNAL]	= { ask_signal, 5 * S, hear_signal, NULL },
	[ASK_LIST]	= { ask_list, 30 * S, hear_stored, list_end },
	[ASK_READ]	= { ask_read, 10 * S, hear_read, read_end },
	[ASK_DELETE]	= { say_delete, 10 * S, NULL, delete_end },
	[ASK_SEND]	= { say_send, 10 * S, hear_reference, NULL },
	[ASK_GUEST]	= { say_guest, 120 * S, NULL, NULL },
};

size_t
modem_next(const struct modem *m)
{
	if (m->ask == ASK_PIN_STATE && strcmp(m->pin_state, "READY") == 0)
		return ASK_MODE;
	if (m->ask == ASK_TELL && m->tells_reports)
		return ASK_NETWORK;
	return m->ask + 1;
}

bool
modem_registered(const struct modem *m)
{
	return m->home || m->packet;
}

static void
note_index(int *at, size_t *n, int index)
{
	if (*n < MODEM_INDEXES && index >= 0)
		at[(*n)++] = index;
}

bool
modem_unasked(struct modem *m, const char *line)
{
	const char *info;

	if ((info = at_info(line, "+CMTI")) != NULL ||
	    (info = at_info(line, "+CDSI")) != NULL) {
		if (m->nreads == MODEM_INDEXES)
			m->list = true;
		note_index(m->reads, &m->nreads, at_number(info, 1, -1));
	} else if (at_info(line, "+CMT") != NULL || at_info(line, "+CDS") != NULL) {
		m->index = -1;
		m->pdu_next = true;
	} else if (m->ask != ASK_NETWORK && at_info(line, "+CREG") != NULL) {
		hear_network(m, line);
	} else if (m->ask != ASK_PACKET && at_info(line, "+CEREG") != NULL) {
		hear_packet(m, line);
	} else {
		return false;
	}
	return true;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789ABCDEFabcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	if (at == NULL)
		return -1;
	return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

void
modem_take_pdu(struct modem *m, const char *line)
{
	struct modem_event e = { .kind = MODEM_RECEIVED };
	uint8_t pdu[SMS_PDU_MAX];
	size_t n = 0;

	for (; n < sizeof(pdu) && hex(line[2 * n]) >= 0 && hex(line[2 * n + 1]) >= 0; n++)
		pdu[n] = (uint8_t)(hex(line[2 * n]) << 4 | hex(line[2 * n + 1]));
	m->pdu_next = false;
	if (m->index >= 0)
		note_index(m->deletes, &m->ndeletes, m->index);
	if (line[2 * n] == '\0' && sms_read(pdu, n, &e.in) == 0)
		modem_tell(m, &e);
}

bool
modem_is_pdu(const char *line)
{
	size_t n = strspn(line, "0123456789ABCDEFabcdef");

	return n >= 20 && n % 2 == 0 && line[n] == '\0';
}
