#include <assert.h>
#include <string.h>

#include "../conf/err.h"
#include "at_facts.h"
#include "at_session.h"
#include "pdu.h"

#define S		1000000LL
#define READ_INPUTS	4
#define WRITE_MANY	16
#define COMMAND_LIMIT	(60 * S)	/* of one whose asker says no time */
#define ANSWER_MAX	96
#define FACTS_MAX	32

enum state {
	IDLE,
	ASKING,			/* a command is out */
	PAUSING,		/* until the next may go */
	DEAF			/* what comes until then answers nothing */
};

/* What a line is told when it was opened, or lost its thread.  The last one must
 * say what the one before has set: what is behind that is in step. */
static const char *const setup[] = {
	"AT", "ATE0", "AT+CREG=2", "AT+CGREG=2", "AT+CEREG=2", "AT+CMEE=1", "AT+CMEE?",
};

#define SETUPS		(sizeof(setup) / sizeof(setup[0]))
#define SETUP_LIMIT	(5 * S)

struct session {
	struct line	 line;
	struct tally	 tally;
	struct at_reader reader;
	enum state	 state;
	int64_t		 until;		/* mono us: of the state */
	size_t		 set_up;	/* of setup, what was said; SETUPS: all */
	bool		 proven;	/* the last of it was answered as it should */
	bool		 shaky;		/* an answer had not what was asked for */
	bool		 deaf_before;	/* nothing was read since the line was deaf */
	/* The ask under way. */
	bool		 busy;
	uint64_t	 cookie;
	int64_t		 asked, timeout;
	uint16_t	 first, count;
	size_t		 fact;		/* the next; past the last: all were asked */
	bool		 heard;		/* what was asked for stood in the answer */
	char		 command[AT_COMMAND_MAX + 1];	/* "": facts are read */
	uint32_t	 works;		/* facts of chains that were answered, a bit each */
	uint16_t	 regs[AT_REGISTERS];
	uint8_t		 data[2 * AT_REGISTERS];
};

_Static_assert(FACTS_MAX <= 32, "works has a bit for each");

/* A line holds one modem, so that there is nobody to choose from. */
static int
at_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = ERR_("a modem has no unit but 1");
	memset(out, 0, ADDRESS_MAX);
	return strcmp(text, "1") == 0 ? 0 : -1;
}

/* What was said on the line before is not known: something may still come. */
static void
at_init(void *session, const struct line *line, int64_t now)
{
	struct session *s = session;

	(void)now;
	s->line = *line;
	s->reader.n = 0;
	s->reader.over = false;
	s->state = IDLE;
	s->set_up = 0;
	s->busy = s->shaky = s->deaf_before = false;
}

int
at_command(const char *text, int64_t timeout, uint8_t room[AT_COMMAND_MAX + 2],
    struct ask *ask)
{
	size_t n = strlen(text);

	if (n < 2 || n > AT_COMMAND_MAX || strncmp(text, "AT", 2) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return -1;
	memset(room, 0, AT_COMMAND_MAX + 2);
	memcpy(room, text, n);
	*ask = (struct ask){ .function = WRITE_MANY, .number = AT_COMMAND,
	    .count = (uint16_t)((n + 1) / 2), .payload = room,
	    .payload_len = (n + 1) / 2 * 2, .timeout = timeout };
	return 0;
}

static bool
is_read(const struct ask *ask)
{
	return ask->function == READ_INPUTS && ask->count > 0 &&
	    ask->number + ask->count <= AT_REGISTERS;
}

static bool
is_command(const struct ask *ask)
{
	return ask->function == WRITE_MANY && ask->number == AT_COMMAND &&
	    ask->payload_len <= AT_COMMAND_MAX;
}

static struct reply *
reply(struct session *s, enum reply_status status, int64_t now, struct out *out)
{
	struct reply *r = &out->replies[out->nreplies++];

	*r = (struct reply){ .cookie = s->cookie, .status = status, .asked = s->asked,
	    .heard = now };
	s->busy = false;
	s->tally.answered += status == REPLY_OK;
	s->tally.exceptions += status == REPLY_EXCEPTION;
	s->tally.timeouts += status == REPLY_TIMEOUT;
	return r;
}

static void
say(struct session *s, const char *command, int64_t limit, int64_t now, struct out *out)
{
	buf_putbytes(&out->send, command, strlen(command));
	buf_put8(&out->send, '\r');
	assert(!out->send.bad);
	s->state = ASKING;
	s->heard = false;
	s->until = now + limit;
}

static bool
is_wanted(const struct session *s, const struct at_fact *f)
{
	return f->first < s->first + s->count && f->end > s->first;
}

/* Another of its chain was answered, or is the one that is. */
static bool
is_spared(const struct session *s, size_t i)
{
	const struct at_fact *f = at_fact_at(i);

	if (f->chain == 0)
		return false;
	if (s->regs[f->first] >> 8 != AT_UNKNOWN_TEXT)
		return true;
	for (size_t k = 0; at_fact_at(k) != NULL; k++)
		if (k != i && at_fact_at(k)->chain == f->chain && s->works & 1U << k)
			return true;
	return false;
}

/* The next command of a read; NULL: there is none. */
static const struct at_fact *
next_fact(struct session *s)
{
	const struct at_fact *f;

	for (; (f = at_fact_at(s->fact)) != NULL; s->fact++)
		if (is_wanted(s, f) && !is_spared(s, s->fact) && !(f->bare && s->shaky))
			return f;
	return NULL;
}

static void
end_read(struct session *s, int64_t now, struct out *out)
{
	struct reply *r;

	at_sum_up(s->regs);
	for (size_t i = 0; i < s->count; i++) {
		s->data[2 * i] = (uint8_t)(s->regs[s->first + i] >> 8);
		s->data[2 * i + 1] = (uint8_t)s->regs[s->first + i];
	}
	if (s->shaky)
		s->set_up = 0;
	s->shaky = false;
	s->state = IDLE;
	r = reply(s, REPLY_OK, now, out);
	r->data = s->data;
	r->len = 2U * s->count;
	r->after_barrier = s->deaf_before;
	s->deaf_before = false;
}

/* The line may be used: what is to be said next, or the end of the ask. */
static void
go_on(struct session *s, int64_t now, struct out *out)
{
	const struct at_fact *f;
	int64_t limit = s->timeout > COMMAND_LIMIT ? s->timeout : COMMAND_LIMIT;

	if (s->set_up < SETUPS) {
		say(s, setup[s->set_up], SETUP_LIMIT, now, out);
	} else if (s->command[0] != '\0') {
		say(s, s->command, s->timeout > 0 ? s->timeout : limit, now, out);
	} else if ((f = next_fact(s)) != NULL) {
		say(s, f->command, f->limit > s->timeout ? f->limit : s->timeout, now, out);
	} else {
		end_read(s, now, out);
	}
}

/* As a modem wants it: not at once behind an answer (V.250, 5.2). */
static void
step(struct session *s, int64_t now, struct out *out)
{
	if (s->line.guard == 0) {
		go_on(s, now, out);
		return;
	}
	s->state = PAUSING;
	s->until = now + s->line.guard;
}

static void
be_deaf(struct session *s, int64_t now)
{
	s->state = DEAF;
	s->until = now + s->line.max_late;
	s->reader.n = 0;
	s->reader.over = false;
	s->set_up = 0;
	s->deaf_before = true;
	s->tally.barriers++;
}

static void
end_command(struct session *s, const struct at_result *r, int64_t now, struct out *out)
{
	struct reply *said;
	size_t n = strnlen(s->reader.line, ANSWER_MAX);

	memcpy(s->data, s->reader.line, n);
	s->command[0] = '\0';
	s->state = IDLE;
	s->set_up = 0;			/* it may have forgotten all */
	said = reply(s, r->end == AT_OK ? REPLY_OK : REPLY_EXCEPTION, now, out);
	said->data = s->data;
	said->len = n;
	if (r->end != AT_OK)
		said->exception = AT_REFUSED;
}

static void
end_setup(struct session *s, const struct at_result *r, int64_t now, struct out *out)
{
	/* Behind an OK without its line comes that of another one. */
	if (s->set_up == SETUPS - 1 && r->end == AT_OK && !s->heard) {
		reply(s, REPLY_TIMEOUT, now, out);
		be_deaf(s, now);
		return;
	}
	s->set_up++;
	step(s, now, out);
}

static void
end_fact(struct session *s, const struct at_result *r, int64_t now, struct out *out)
{
	const struct at_fact *f = at_fact_at(s->fact);

	if (f->end_with != NULL)
		f->end_with(s->regs, r);
	if (f->take != NULL && !s->heard && r->end == AT_OK)
		s->shaky = true;
	if (f->chain > 0 && s->heard)
		s->works |= 1U << s->fact;
	else if (f->chain > 0)
		s->works &= ~(1U << s->fact);
	s->fact++;
	step(s, now, out);
}

static void
take_answer(struct session *s, const struct at_result *r, int64_t now, struct out *out)
{
	if (s->set_up < SETUPS)
		end_setup(s, r, now, out);
	else if (s->command[0] != '\0')
		end_command(s, r, now, out);
	else
		end_fact(s, r, now, out);
}

static void
take_info(struct session *s, const char *line)
{
	const struct at_fact *f;

	if (s->set_up < SETUPS) {
		s->heard |= at_info(line, "+CMEE") != NULL;
	} else if (s->command[0] == '\0') {
		f = at_fact_at(s->fact);
		if (f->take != NULL && !(f->bare && s->heard))
			s->heard |= f->take(s->regs, line);
	}
}

static void
take_line(struct session *s, int64_t now, struct out *out)
{
	const char *line = s->reader.line;
	struct at_result r = at_result(line);

	if (s->state == DEAF) {
		s->tally.late += r.end != AT_NOT_YET;
	} else if (at_unasked(line) || s->state != ASKING) {
		s->tally.foreign += s->state != ASKING;
	} else if (r.end == AT_NOT_YET) {
		take_info(s, line);
	} else {
		take_answer(s, &r, now, out);
	}
}

static void
at_hear(void *session, const uint8_t *bytes, size_t n, int64_t now, struct out *out)
{
	struct session *s = session;

	for (size_t i = 0; i < n; i++)
		if (at_take(&s->reader, bytes[i], false) == AT_LINE)
			take_line(s, now, out);
	out->deadline = s->state == IDLE ? INT64_MAX : s->until;
}

static void
begin(struct session *s, const struct ask *ask)
{
	s->first = (uint16_t)ask->number;
	s->count = ask->count;
	s->fact = 0;
	s->command[0] = '\0';
	if (is_command(ask)) {
		memcpy(s->command, ask->payload, ask->payload_len);
		s->command[ask->payload_len] = '\0';
		return;
	}
	for (size_t i = 0; at_fact_at(i) != NULL; i++)
		if (is_wanted(s, at_fact_at(i)))
			at_forget(s->regs, at_fact_at(i)->first, at_fact_at(i)->end);
}

static bool
at_ask(void *session, const struct ask *ask, int64_t now, struct out *out)
{
	struct session *s = session;

	if (s->busy || (s->state == DEAF && now < s->until)) {
		out->deadline = s->until;
		return false;
	}
	s->cookie = ask->cookie;
	s->asked = now;
	s->timeout = ask->timeout;
	s->tally.asked++;
	if (!is_read(ask) && !is_command(ask)) {
		reply(s, REPLY_EXCEPTION, now, out)->exception = 2;
		return true;
	}
	s->busy = true;
	begin(s, ask);
	go_on(s, now, out);
	out->deadline = s->until;
	return true;
}

static void
at_tick(void *session, int64_t now, struct out *out)
{
	struct session *s = session;

	if (s->state == ASKING && now >= s->until) {
		reply(s, REPLY_TIMEOUT, now, out);
		s->command[0] = '\0';
		be_deaf(s, now);
	} else if (s->state == PAUSING && now >= s->until) {
		go_on(s, now, out);
	} else if (s->state == DEAF && now >= s->until) {
		s->reader.n = 0;
		s->reader.over = false;
		s->state = IDLE;
	}
	out->deadline = s->state == IDLE ? INT64_MAX : s->until;
}

static const struct tally *
at_tally(const void *session)
{
	const struct session *s = session;

	return &s->tally;
}

const struct proto at_modem = {
	.name = "at",
	.size = sizeof(struct session),
	.address = at_address,
	.valid = pdu_valid,
	.init = at_init,
	.ask = at_ask,
	.hear = at_hear,
	.tick = at_tick,
	.tally = at_tally,
	.exception = pdu_exception,
};
