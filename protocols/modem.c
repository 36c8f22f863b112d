#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "modem.h"
#include "modem_ask.h"

#define S		1000000LL
#define CHECK_EVERY	(30 * S)	/* of the network and the signal */
#define AGAIN		(10 * S)	/* after a trouble */
#define SILENT_MAX	3		/* answers that did not come: it is dead */
#define ESCAPE		0x1b		/* leaves a prompt; means nothing elsewhere */

void
modem_tell(struct modem *m, const struct modem_event *e)
{
	assert(m->nevents < MODEM_EVENTS);
	m->events[(m->first + m->nevents++) % MODEM_EVENTS] = *e;
}

bool
modem_event(struct modem *m, struct modem_event *e)
{
	if (m->nevents == 0)
		return false;
	*e = m->events[m->first];
	m->first = (m->first + 1) % MODEM_EVENTS;
	m->nevents--;
	return true;
}

void
modem_trouble(struct modem *m, const char *fmt, ...)
{
	struct modem_event e = { .kind = MODEM_TROUBLE };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.why, sizeof(e.why), fmt, ap);
	va_end(ap);
	m->ready = false;
	if (!m->troubled)
		modem_tell(m, &e);
	m->troubled = true;
}

static void	go_on(struct modem *, int64_t now, struct buf *out);

static void
ask(struct modem *m, size_t which, int64_t now, struct buf *out)
{
	m->ask = which;
	m->waiting = true;
	if (which == ASK_PIN)
		m->pin_given = true;
	if (which == ASK_PIN_STATE)
		m->pin_state[0] = '\0';	/* what it said before is not its answer */
	if (which == ASK_SEND) {
		m->references[m->part] = 0;
		m->offered = true;
		m->referenced = m->escaped = false;
	}
	m->deadline = now + (which == ASK_GUEST ? modem_guest_limit(m->guest) :
	    modem_asks[which].limit);
	m->pdu_next = false;
	modem_asks[which].write(m, out);
}

/* The message that was given has come to an end. */
static void
finish(struct modem *m, enum modem_event_kind kind, bool for_good, const char *why)
{
	struct modem_event e = { .kind = kind, .for_good = for_good, .nreferences = m->part };

	memcpy(e.references, m->references, sizeof(e.references));
	snprintf(e.why, sizeof(e.why), "%s", why);
	modem_tell(m, &e);
	m->sending = m->handed = m->offered = false;
}

/* What it was about to do of itself it does when it was about to. */
static void
ask_guest(struct modem *m, int64_t now, struct buf *out)
{
	m->check = m->ask == ASK_GUEST ? m->check : m->deadline;
	if (m->check < now)
		m->check = now + AGAIN;
	m->nheard = 0;
	m->answered = false;
	ask(m, ASK_GUEST, now, out);
}

/* Its end: where it may have made the modem forget what it was set to, that is set
 * anew. */
static void
end_guest(struct modem *m, int64_t now, struct buf *out)
{
	bool unsettles = modem_guest_unsettles(m->guest);

	modem_guest_line(m, m->reader.line);
	m->guest[0] = '\0';
	m->answered = true;
	if (unsettles) {
		m->list = true;
		ask(m, ASK_SYNC, now, out);
	} else if (m->ndeletes + m->nreads > 0 || m->list ||
	    (m->sending && modem_registered(m))) {
		go_on(m, now, out);
	} else {
		m->deadline = m->check;
	}
}

/* What is to be done next, of the modem that waits for nothing. */
static void
go_on(struct modem *m, int64_t now, struct buf *out)
{
	if (m->ndeletes > 0)
		ask(m, ASK_DELETE, now, out);
	else if (m->nreads > 0)
		ask(m, ASK_READ, now, out);
	else if (m->list)
		ask(m, ASK_LIST, now, out);
	else if (m->sending && modem_registered(m))
		ask(m, ASK_SEND, now, out);
	else if (m->guest[0] != '\0')
		ask_guest(m, now, out);
	else
		m->deadline = now + (modem_registered(m) ? CHECK_EVERY : AGAIN / 5);
}

static void
make_ready(struct modem *m)
{
	const struct modem_event e = { .kind = MODEM_READY };

	if (!modem_registered(m)) {
		modem_trouble(m, "not registered in the network: aerial, SIM or coverage");
		return;
	}
	m->troubled = false;
	if (!m->ready)
		modem_tell(m, &e);
	m->ready = true;
}

static void
fail_part(struct modem *m, const struct at_result *r)
{
	char why[96];

	if (r->end == AT_ERROR)
		snprintf(why, sizeof(why), "the modem says ERROR");
	else if (r->code < 0)
		snprintf(why, sizeof(why), "the modem refuses it in words");
	else
		snprintf(why, sizeof(why), "%s error %d: %s",
		    r->end == AT_CMS ? "+CMS" : "+CME", r->code, at_result_text(r));
	finish(m, MODEM_FAILED, m->part == 0 && at_for_good(r), why);
}

/* Part after part; each has its own reference. */
static void
sent_part(struct modem *m, const struct at_result *r)
{
	m->handed = false;
	if (r->end != AT_OK)
		fail_part(m, r);
	else if (++m->part == m->plan.parts)
		finish(m, MODEM_SENT, false, "");
}

/* The last answer was whole. */
static void
ended(struct modem *m, const struct at_result *r, int64_t now, struct buf *out)
{
	const struct modem_ask *was = &modem_asks[m->ask];

	m->waiting = false;
	m->silent = 0;
	if (m->ask == ASK_GUEST) {
		end_guest(m, now, out);
		return;
	}
	if (was->end != NULL && !was->end(m, r)) {
		m->deadline = m->dead ? INT64_MAX : now + AGAIN;
		return;
	}
	if (m->ask == ASK_SEND && m->offered)
		sent_part(m, r);
	if (m->ask < ASK_SETUP_LAST) {
		ask(m, modem_next(m), now, out);
		return;
	}
	if (m->ask == ASK_SETUP_LAST)
		make_ready(m);
	go_on(m, now, out);
}

static void
write_part(struct modem *m, struct buf *out)
{
	uint8_t pdu[SMS_PDU_MAX];
	struct buf b = { .at = pdu, .cap = sizeof(pdu) };
	size_t tpdu;

	if (!m->offered || sms_submit(&m->out, &m->plan, m->part, &b, &tpdu) != 0) {
		buf_put8(out, ESCAPE);	/* given up in the meantime */
		m->escaped = true;
		return;
	}
	modem_put_hex(out, pdu, b.len);
	buf_put8(out, 0x1a);
	m->handed = true;
}

/* The network's answer to a message has a reference before its OK.  An OK without
 * is the late one of something else: taken for it, what never went would count as
 * sent. */
static bool
is_stray(const struct modem *m, const struct at_result *r)
{
	return m->ask == ASK_SEND && r->end == AT_OK && !m->referenced && !m->escaped;
}

static void
take_line(struct modem *m, int64_t now, struct buf *out)
{
	const char *line = m->reader.line;
	struct at_result r = at_result(line);

	if (m->pdu_next && modem_is_pdu(line)) {
		modem_take_pdu(m, line);
		return;
	}
	if (m->waiting && m->ask == ASK_GUEST && r.end == AT_NOT_YET)
		modem_guest_line(m, line);
	if (modem_unasked(m, line)) {
		return;
	} else if (m->waiting && is_stray(m, &r)) {
		return;
	} else if (m->waiting && r.end != AT_NOT_YET) {
		m->pdu_next = false;
		ended(m, &r, now, out);
	} else if (m->waiting && modem_asks[m->ask].info != NULL) {
		modem_asks[m->ask].info(m, line);
	}
}

size_t
modem_hear(struct modem *m, const uint8_t *bytes, size_t n, int64_t now, struct buf *out)
{
	size_t i = 0;

	/* One line makes three events at most. */
	for (; i < n && m->nevents + 3 <= MODEM_EVENTS && out->cap - out->len >= MODEM_WRITES;
	    i++) {
		bool prompt = m->waiting && m->ask == ASK_SEND && !m->handed;

		switch (at_take(&m->reader, bytes[i], prompt)) {
		case AT_LINE:
			take_line(m, now, out);
			break;
		case AT_PROMPT:
			write_part(m, out);
			m->deadline = now + m->conf->patience;
			break;
		case AT_NOTHING:
			break;
		}
	}
	return i;
}

/* No end of an answer in time.  What is in the middle of a PDU is led out of it,
 * and asked whether it is still there. */
static void
missed(struct modem *m, int64_t now, struct buf *out)
{
	const struct modem_event e = { .kind = MODEM_DEAD, .why = "says nothing" };

	if (m->ask == ASK_SEND && m->offered)
		finish(m, m->handed ? MODEM_UNKNOWN : MODEM_FAILED, false, m->handed ?
		    "no answer of the network" : "the modem asks for no PDU");
	if (m->ask == ASK_GUEST)
		m->guest[0] = '\0';
	m->waiting = false;
	m->ready = false;
	if (++m->silent >= SILENT_MAX) {
		if (!m->dead)
			modem_tell(m, &e);
		m->dead = true;
		m->deadline = INT64_MAX;
		return;
	}
	buf_put8(out, ESCAPE);
	ask(m, ASK_SYNC, now, out);
}

void
modem_tick(struct modem *m, int64_t now, struct buf *out)
{
	if (m->dead || now < m->deadline || m->nevents + 3 > MODEM_EVENTS)
		return;
	if (m->waiting)
		missed(m, now, out);
	else
		ask(m, m->troubled && !m->set_up ? ASK_SYNC : ASK_NETWORK, now, out);
}

int64_t
modem_deadline(const struct modem *m)
{
	return m->deadline;
}

void
modem_begin(struct modem *m, const struct modem_conf *conf, bool reset, int64_t now,
    struct buf *out)
{
	*m = (struct modem){ .conf = conf, .signal = SIGNAL_UNKNOWN, .list = true,
	    .pin_given = m->pin_given };
	buf_put8(out, ESCAPE);
	ask(m, reset && conf->reset[0] != '\0' ? ASK_RESET : ASK_SYNC, now, out);
}

int
modem_send(struct modem *m, const struct sms_out *message, int64_t now, struct buf *out)
{
	if (m->sending || sms_plan(message->text, &m->plan) != 0 || !sms_number(message->to))
		return -1;
	m->out = *message;
	m->sending = true;
	m->handed = false;
	m->part = 0;
	if (!m->waiting && m->ready)
		go_on(m, now, out);
	return 0;
}

void
modem_give_up(struct modem *m, const char *why)
{
	if (m->sending && m->nevents < MODEM_EVENTS)
		finish(m, m->handed ? MODEM_UNKNOWN : MODEM_FAILED, false, why);
}

void
modem_show(const struct modem *m, char *text, size_t n)
{
	const char *state = m->dead ? "dead" : !modem_registered(m) ? "not registered" :
	    "registered";

	if (m->signal == SIGNAL_UNKNOWN)
		snprintf(text, n, "%s", state);
	else				/* TS 27.007, 8.5 */
		snprintf(text, n, "%s, %d dBm", state, 2 * m->signal - 113);
}

int
modem_guest(struct modem *m, const char *command, int64_t now, struct buf *out)
{
	size_t n = strlen(command);
	bool out_already = m->waiting && m->ask == ASK_GUEST;

	if (m->dead || n < 2 || n > MODEM_GUEST || strncmp(command, "AT", 2) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (command[i] < 0x20 || command[i] > 0x7e)
			return -1;
	if (out_already)		/* one that takes long: nobody waits for two */
		return -1;
	memcpy(m->guest, command, n + 1);
	m->answered = false;
	if (!m->waiting)
		ask_guest(m, now, out);
	return 0;
}

const char *
modem_guest_heard(struct modem *m)
{
	if (!m->answered)
		return NULL;
	m->answered = false;
	return m->heard;
}
