#include <stdlib.h>
#include <string.h>

#include "at_facts.h"

#define S	1000000LL

static bool
is_signed(size_t reg)
{
	return reg == AT_RSSI || (reg >= AT_RSCP && reg <= AT_RSRP);
}

void
at_forget(uint16_t *regs, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		regs[i] = is_signed(i) ? AT_UNKNOWN_S16 : i < AT_OPERATOR ? AT_UNKNOWN :
		    AT_UNKNOWN_TEXT << 8;
}

/* Two letters a register, NUL behind them; what has control characters or no room
 * is none. */
static void
put_text(uint16_t *regs, size_t first, size_t end, const char *text, size_t n)
{
	if (n == 0 || n > 2 * (end - first))
		return;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return;
	memset(regs + first, 0, (end - first) * sizeof(*regs));
	for (size_t i = 0; i < n; i++)
		regs[first + i / 2] |= (uint16_t)((unsigned char)text[i] << (i % 2 ? 0 : 8));
}

/* TS 27.007, 8.5: 0 is -113 dBm or less, 31 is -51 dBm or more. */
static bool
take_csq(uint16_t *regs, const char *line)
{
	const char *info = at_info(line, "+CSQ");
	int rssi = at_number(info, 0, 99), ber = at_number(info, 1, 99);

	if (info == NULL)
		return false;
	if (rssi >= 0 && rssi <= 31)
		regs[AT_RSSI] = (uint16_t)(2 * rssi - 113);
	/* from 100 on as makers of TD-SCDMA number their RSCP */
	else if (rssi >= 100 && rssi <= 191)
		regs[AT_RSSI] = (uint16_t)(rssi - 216);
	if (ber >= 0 && ber <= 7)
		regs[AT_BER] = (uint16_t)ber;
	return true;
}

static void
put_level(uint16_t *reg, const char *info, size_t i, int most, int offset)
{
	int level = at_number(info, i, 255);

	if (level >= 0 && level <= most)
		*reg = (uint16_t)(level + offset);
}

/* TS 27.007, 8.69: rxlev, ber, rscp, ecno, rsrq, rsrp; 99 or 255: not known. */
static bool
take_cesq(uint16_t *regs, const char *line)
{
	const char *info = at_info(line, "+CESQ");

	if (info == NULL)
		return false;
	if (regs[AT_RSSI] == AT_UNKNOWN_S16)
		put_level(&regs[AT_RSSI], info, 0, 63, -111);
	put_level(&regs[AT_RSCP], info, 2, 96, -121);
	put_level(&regs[AT_ECNO], info, 3, 49, -49);
	put_level(&regs[AT_RSRQ], info, 4, 34, -40);
	put_level(&regs[AT_RSRP], info, 5, 97, -141);
	return true;
}

/* A number in hex in quotes, the i-th field; -1: it is none. */
static long
hex_field(const char *info, size_t i, size_t digits)
{
	const char *at = info;
	char *end;
	long number;

	for (; at != NULL && i > 0; i--) {
		at = strchr(at, ',');
		at = at != NULL ? at + 1 : NULL;
	}
	if (at == NULL || *at++ != '"' || strspn(at, "0123456789abcdefABCDEF") > digits)
		return -1;
	number = strtol(at, &end, 16);
	return end == at || *end != '"' ? -1 : number;
}

/* The state of "mode,state[,"area","cell"[,AcT]]"; -1: it has no mode, and was said
 * unasked: then the area, in hex, stands where the state should. */
static int
state_of(const char *info)
{
	const char *at = strchr(info, ',');
	size_t n = at != NULL ? strspn(at + 1, "0123456789") : 0;
	int state = at_number(info, 1, -1);

	if (n < 1 || n > 2 || (at[n + 1] != ',' && at[n + 1] != '\0'))
		return -1;
	return state <= 10 ? state : -1;
}

static bool
take_registration(uint16_t *regs, const char *line, const char *name, size_t reg)
{
	const char *info = at_info(line, name);
	int act, state = info != NULL ? state_of(info) : -1;
	long area, cell;

	if (state < 0)
		return false;
	regs[reg] = (uint16_t)state;
	area = hex_field(info, 2, 4);
	cell = hex_field(info, 3, 8);
	act = at_number(info, 4, -1);
	if (area >= 0 && area != 0xffff)
		regs[AT_AREA] = (uint16_t)area;
	if (cell >= 0 && cell < 0xffffffff) {
		regs[AT_CELL] = (uint16_t)(cell >> 16);
		regs[AT_CELL + 1] = (uint16_t)cell;
	}
	if (act >= 0 && act <= 15)
		regs[AT_TECHNOLOGY] = (uint16_t)act;
	return true;
}

static bool
take_creg(uint16_t *regs, const char *line)
{
	return take_registration(regs, line, "+CREG", AT_REG_CS);
}

static bool
take_cgreg(uint16_t *regs, const char *line)
{
	return take_registration(regs, line, "+CGREG", AT_REG_PS);
}

static bool
take_cereg(uint16_t *regs, const char *line)
{
	return take_registration(regs, line, "+CEREG", AT_REG_EPS);
}

/* TS 27.007, 7.2: for SMS only (6, 7) or without CSFB (9, 10) it is registered, too. */
static bool
is_home(unsigned state)
{
	return state == 1 || state == 6 || state == 9;
}

static bool
is_roaming(unsigned state)
{
	return state == 5 || state == 7 || state == 10;
}

void
at_sum_up(uint16_t *regs)
{
	bool known = false, home = false, roaming = false;

	for (size_t i = AT_REG_CS; i <= AT_REG_EPS; i++) {
		known |= regs[i] != AT_UNKNOWN;
		home |= is_home(regs[i]);
		roaming |= is_roaming(regs[i]);
	}
	if (!known)
		return;
	regs[AT_REGISTERED] = home || roaming;
	regs[AT_ROAMING] = roaming && !home;
}

/* "mode,format,"name"[,AcT]" */
static bool
take_act(uint16_t *regs, const char *line)
{
	const char *info = at_info(line, "+COPS");
	int act = at_number(info, 3, -1);

	if (info == NULL)
		return false;
	if (regs[AT_TECHNOLOGY] == AT_UNKNOWN && act >= 0 && act <= 15)
		regs[AT_TECHNOLOGY] = (uint16_t)act;
	return true;
}

/* The text in quotes of a field; its length, 0: there is none. */
static size_t
quoted(const char *info, const char **text)
{
	const char *end;

	*text = info != NULL ? strchr(info, '"') : NULL;
	end = *text != NULL ? strchr(++*text, '"') : NULL;
	return end != NULL ? (size_t)(end - *text) : 0;
}

static bool
take_cops(uint16_t *regs, const char *line, int format, size_t first, size_t end)
{
	const char *info = at_info(line, "+COPS"), *text;
	size_t n = quoted(info, &text);

	if (info == NULL)
		return false;
	/* registered nowhere: there is no operator */
	if (n == 0 || at_number(info, 1, -1) != format)
		return true;
	if (format != 2 || (n >= 5 && n <= 6 && strspn(text, "0123456789") == n))
		put_text(regs, first, end, text, n);
	return true;
}

static bool
take_operator(uint16_t *regs, const char *line)
{
	return take_cops(regs, line, 0, AT_OPERATOR, AT_PLMN);
}

static bool
take_plmn(uint16_t *regs, const char *line)
{
	return take_cops(regs, line, 2, AT_PLMN, AT_OPERATOR_END);
}

static bool
take_attached(uint16_t *regs, const char *line)
{
	const char *info = at_info(line, "+CGATT");
	int state = at_number(info, 0, -1);

	if (info == NULL)
		return false;
	if (state == 0 || state == 1)
		regs[AT_ATTACHED] = (uint16_t)state;
	return true;
}

static bool
take_sim(uint16_t *regs, const char *line)
{
	static const struct { const char *words; enum at_sim state; } states[] = {
		{ "READY", AT_SIM_READY },
		{ "SIM PIN", AT_SIM_PIN }, { "SIM PIN2", AT_SIM_READY },
		{ "SIM PUK", AT_SIM_PUK }, { "SIM PUK2", AT_SIM_READY },
	};
	const char *info = at_info(line, "+CPIN");

	if (info == NULL)
		return false;
	regs[AT_SIM] = AT_SIM_LOCKED;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(info, states[i].words) == 0)
			regs[AT_SIM] = (uint16_t)states[i].state;
	return true;
}

/* Without a card the question itself is an error. */
static void
sim_end(uint16_t *regs, const struct at_result *r)
{
	static const struct { int code; enum at_sim state; } codes[] = {
		{ 10, AT_SIM_ABSENT }, { 11, AT_SIM_PIN }, { 12, AT_SIM_PUK },
		{ 13, AT_SIM_FAILED }, { 14, AT_SIM_BUSY }, { 15, AT_SIM_FAILED },
		{ 17, AT_SIM_READY }, { 18, AT_SIM_READY },
	};

	for (size_t i = 0; r->end == AT_CME && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (r->code == codes[i].code)
			regs[AT_SIM] = (uint16_t)codes[i].state;
}

/* A line of digits alone, or behind "+NAME:", in quotes or not, F filled up. */
static bool
take_digits(uint16_t *regs, const char *line, size_t first, size_t end, size_t least,
    size_t most)
{
	const char *at = line;
	size_t n;

	if (*at == '+' || *at == '^') {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : "";
	}
	at += strspn(at, " \"");
	n = strspn(at, "0123456789");
	if (n < least || n > most || at[n + strspn(at + n, "Ff\" ")] != '\0')
		return false;
	put_text(regs, first, end, at, n);
	return true;
}

static bool
take_iccid(uint16_t *regs, const char *line)
{
	return take_digits(regs, line, AT_ICCID, AT_ICCID_END, 18, 20);
}

static bool
take_imsi(uint16_t *regs, const char *line)
{
	return take_digits(regs, line, AT_IMSI, AT_IMSI_END, 14, 15);
}

static bool
take_imei(uint16_t *regs, const char *line)
{
	return take_digits(regs, line, AT_IMEI, AT_IMEI_END, 15, 16);
}

/* "EC20", "+CGMM: "SIM7600"", "Revision: EC20CEFAG06M4G". */
static bool
take_words(uint16_t *regs, const char *line, const char *name, size_t first, size_t end)
{
	const char *info = at_info(line, name);
	size_t n;

	if (info == NULL)
		info = at_info(line, "Revision");
	if (info == NULL && strchr("+^*$%#", line[0]) != NULL)
		return false;
	if (info == NULL)
		info = line;
	info += *info == '"';
	n = strlen(info);
	n -= n > 0 && info[n - 1] == '"';
	put_text(regs, first, end, info, n < 2 * (end - first) ? n : 2 * (end - first));
	return true;
}

static bool
take_model(uint16_t *regs, const char *line)
{
	return take_words(regs, line, "+CGMM", AT_MODEL, AT_MODEL_END);
}

static bool
take_firmware(uint16_t *regs, const char *line)
{
	return take_words(regs, line, "+CGMR", AT_FIRMWARE, AT_FIRMWARE_END);
}

#define NETWORK		AT_REG_CS, AT_NETWORK_END
#define ICCID_BY(command) \
	{ command, AT_ICCID, AT_ICCID_END, 5 * S, take_iccid, NULL, 1, true }

/* A group that is asked anew is asked as a whole. */
static const struct at_fact facts[] = {
	{ "AT+CSQ", AT_RSSI, AT_SIGNAL_END, 5 * S, take_csq, NULL, 0, false },
	{ "AT+CESQ", AT_RSSI, AT_SIGNAL_END, 5 * S, take_cesq, NULL, 0, false },
	{ "AT+CREG?", NETWORK, 5 * S, take_creg, NULL, 0, false },
	{ "AT+CGREG?", NETWORK, 5 * S, take_cgreg, NULL, 0, false },
	{ "AT+CEREG?", NETWORK, 5 * S, take_cereg, NULL, 0, false },
	{ "AT+COPS?", NETWORK, 10 * S, take_act, NULL, 0, false },
	{ "AT+CGATT?", AT_ATTACHED, AT_ATTACHED + 1, 10 * S, take_attached, NULL, 0, false },
	{ "AT+CPIN?", AT_SIM, AT_SIM + 1, 5 * S, take_sim, sim_end, 0, false },
	{ "AT+COPS=3,0", AT_OPERATOR, AT_OPERATOR_END, 5 * S, NULL, NULL, 0, false },
	{ "AT+COPS?", AT_OPERATOR, AT_OPERATOR_END, 10 * S, take_operator, NULL, 0, false },
	{ "AT+COPS=3,2", AT_OPERATOR, AT_OPERATOR_END, 5 * S, NULL, NULL, 0, false },
	{ "AT+COPS?", AT_OPERATOR, AT_OPERATOR_END, 10 * S, take_plmn, NULL, 0, false },
	ICCID_BY("AT+CCID"),
	ICCID_BY("AT+QCCID"),
	ICCID_BY("AT+ICCID"),
	ICCID_BY("AT+CICCID"),
	ICCID_BY("AT^ICCID?"),
	{ "AT+CIMI", AT_IMSI, AT_IMSI_END, 5 * S, take_imsi, NULL, 0, true },
	{ "AT+CGSN", AT_IMEI, AT_IMEI_END, 5 * S, take_imei, NULL, 0, true },
	{ "AT+CGMM", AT_MODEL, AT_MODEL_END, 5 * S, take_model, NULL, 0, true },
	{ "AT+CGMR", AT_FIRMWARE, AT_FIRMWARE_END, 5 * S, take_firmware, NULL, 0, true },
};

const struct at_fact *
at_fact_at(size_t i)
{
	return i < sizeof(facts) / sizeof(facts[0]) ? &facts[i] : NULL;
}

bool
at_unasked(const char *line)
{
	static const char *const said[] = {
		"RING", "RDY", "NO CARRIER", "BUSY", "NO ANSWER", "SMS READY", "SMS Ready",
		"SMS DONE", "Call Ready", "CALL READY", "PB DONE", "START", "NORMAL POWER DOWN",
		"POWERED DOWN", "APP RDY", "CONNECT",
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (strcmp(line, said[i]) == 0)
			return true;
	/* an echo */
	return strncmp(line, "AT", 2) == 0 || strncmp(line, "at", 2) == 0;
}
