#include <string.h>

#include "../conf/utf8.h"
#include "gsm7.h"
#include "sms.h"

#define SUBMIT		0x01	/* first octet (9.2.3.1 ff.) */
#define VALID_RELATIVE	0x10
#define WANTS_REPORT	0x20
#define HAS_HEADER	0x40
#define INTERNATIONAL	0x91	/* type of number (9.1.2.5): E.164 */
#define AS_DIALLED	0x81
#define CODING_UCS2	0x08
#define HEADER		6	/* bytes of a header that joins parts (9.2.3.24.1) */

/* Room of one part, and what one character takes of it: septets or UTF-16. */
static const struct {
	unsigned whole, part;
} room[] = {
	[SMS_GSM7] = { 160, 153 }, [SMS_UCS2] = { 70, 67 },
};

static size_t
units(enum sms_alphabet alphabet, const char *s, size_t n, size_t *len)
{
	uint8_t septets[2];

	if (alphabet == SMS_GSM7)
		return gsm7_take(s, n, septets, len);
	return utf8_character(s, n, len) > 0xffff ? 2 : 1;
}

static enum sms_alphabet
alphabet_of(const char *text, size_t n)
{
	uint8_t septets[2];
	size_t len;

	for (size_t i = 0; i < n; i += len)
		if (gsm7_take(text + i, n - i, septets, &len) == 0)
			return SMS_UCS2;
	return SMS_GSM7;
}

/* Where each part of so much room begins.  No character is torn apart. */
static int
cut(const char *text, size_t n, unsigned cap, struct sms_plan *plan)
{
	size_t used = cap, len;		/* no part is begun yet */

	plan->parts = 0;
	for (size_t i = 0; i < n; i += len) {
		size_t k = units(plan->alphabet, text + i, n - i, &len);

		if (used + k > cap) {
			if (plan->parts == SMS_PARTS)
				return -1;
			plan->at[plan->parts++] = (uint16_t)i;
			used = 0;
		}
		used += k;
	}
	plan->at[plan->parts] = (uint16_t)n;
	return 0;
}

int
sms_plan(const char *text, struct sms_plan *plan)
{
	size_t n = strlen(text);

	*plan = (struct sms_plan){ .parts = 0 };
	if (n == 0 || n > UINT16_MAX || utf8_span(text, n) < n)
		return -1;
	plan->alphabet = alphabet_of(text, n);
	if (cut(text, n, room[plan->alphabet].whole, plan) == 0 && plan->parts == 1)
		return 0;
	return cut(text, n, room[plan->alphabet].part, plan);
}

bool
sms_number(const char *number)
{
	const char *digits = number + (number[0] == '+');
	size_t n = strspn(digits, "0123456789");

	return n >= 3 && n <= 20 && digits[n] == '\0';
}

/* Two digits a byte, the first in the low half, F behind an odd one. */
static void
put_digits(struct buf *to, const char *digits)
{
	for (size_t i = 0; digits[i] != '\0'; i += 2) {
		unsigned high = digits[i + 1] != '\0' ? (unsigned)(digits[i + 1] - '0') : 0xf;

		buf_put8(to, (uint8_t)(high << 4 | (unsigned)(digits[i] - '0')));
		if (digits[i + 1] == '\0')
			return;
	}
}

static void
put_number(struct buf *to, const char *number)
{
	buf_put8(to, number[0] == '+' ? INTERNATIONAL : AS_DIALLED);
	put_digits(to, number + (number[0] == '+'));
}

/* The relative validity period (9.2.3.12.1): rather too short than too long. */
static uint8_t
validity(int64_t s)
{
	static const struct {
		int64_t from, step;	/* s */
		uint8_t code, last;
	} scale[] = {
		{ 5 * 7 * 86400, 7 * 86400, 197, 255 },
		{ 2 * 86400, 86400, 168, 196 },
		{ 12 * 3600 + 1800, 1800, 144, 167 },
		{ 300, 300, 0, 143 },
	};

	for (size_t i = 0; i < sizeof(scale) / sizeof(scale[0]); i++)
		if (s >= scale[i].from) {
			int64_t code = scale[i].code + (s - scale[i].from) / scale[i].step;

			return code < scale[i].last ? (uint8_t)code : scale[i].last;
		}
	return 0;			/* 5 minutes: there is nothing shorter */
}

static size_t
put_gsm7(const char *text, size_t n, size_t header, struct buf *to)
{
	uint8_t septets[160 + 1];
	size_t count = 0, len, bytes;
	unsigned fill = header > 0 ? (unsigned)((header + 6) / 7 * 7 - header) : 0;
	uint8_t *at;

	for (size_t i = 0; i < n; i += len)
		count += gsm7_take(text + i, n - i, septets + count, &len);
	bytes = (fill + 7 * count + 7) / 8;
	at = buf_room(to, bytes);
	if (at != NULL) {
		memset(at, 0, bytes);
		gsm7_pack(septets, count, fill, at);
	}
	return (header + 6) / 7 + count;
}

static size_t
put_ucs2(const char *text, size_t n, struct buf *to)
{
	size_t from = to->len, len;

	for (size_t i = 0; i < n; i += len) {
		uint32_t c = utf8_character(text + i, n - i, &len);

		if (c > 0xffff) {
			buf_putbe16(to, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		buf_putbe16(to, (uint16_t)c);
	}
	return to->len - from;
}

static void
put_text(const struct sms_out *m, const struct sms_plan *plan, unsigned part, struct buf *to)
{
	const uint8_t header[HEADER] = { HEADER - 1, 0, 3, m->reference, plan->parts,
	    (uint8_t)(part + 1) };
	size_t head = plan->parts > 1 ? HEADER : 0, length = to->len, count;
	const char *text = m->text + plan->at[part];
	size_t n = (size_t)(plan->at[part + 1] - plan->at[part]);

	buf_put8(to, 0);		/* its length: known behind it */
	buf_putbytes(to, header, head);
	count = plan->alphabet == SMS_GSM7 ? put_gsm7(text, n, head * 8, to) :
	    head + put_ucs2(text, n, to);
	if (!to->bad)
		to->at[length] = (uint8_t)count;
}

int
sms_submit(const struct sms_out *m, const struct sms_plan *plan, unsigned part,
    struct buf *to, size_t *tpdu)
{
	const char *digits = m->to + (m->to[0] == '+');
	size_t start;

	if (!sms_number(m->to) || (m->centre[0] != '\0' && !sms_number(m->centre)))
		return -1;
	if (m->centre[0] != '\0') {
		buf_put8(to, (uint8_t)(1 + (strlen(m->centre + (m->centre[0] == '+')) + 1) / 2));
		put_number(to, m->centre);
	} else {
		buf_put8(to, 0);
	}
	start = to->len;
	buf_put8(to, (uint8_t)(SUBMIT | VALID_RELATIVE | (m->report ? WANTS_REPORT : 0) |
	    (plan->parts > 1 ? HAS_HEADER : 0)));
	buf_put8(to, 0);		/* reference: the modem puts its own */
	buf_put8(to, (uint8_t)strlen(digits));
	put_number(to, m->to);
	buf_put8(to, 0);		/* protocol: a short message */
	buf_put8(to, plan->alphabet == SMS_UCS2 ? CODING_UCS2 : 0);
	buf_put8(to, validity(m->valid));
	put_text(m, plan, part, to);
	*tpdu = to->len - start;
	return to->bad ? -1 : 0;
}
