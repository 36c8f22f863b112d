#include <string.h>

#include "../conf/date.h"
#include "../conf/utf8.h"
#include "gsm7.h"
#include "sms.h"

#define KIND_MASK	0x03	/* first octet, from the centre (9.2.3.1) */
#define KIND_DELIVER	0
#define KIND_REPORT	2
#define HAS_HEADER	0x40
#define NUMBER_KIND	0x70	/* of the type of an address (9.1.2.5) */
#define KIND_E164	0x10
#define KIND_NAME	0x50
#define MS_PER_DAY	86400000LL

enum coding { CODING_GSM7, CODING_BYTES, CODING_UCS2 };

/* The data coding scheme (TS 23.038, 4).  Compressed text is bytes to us. */
static enum coding
coding_of(uint8_t dcs)
{
	static const enum coding general[] = { CODING_GSM7, CODING_BYTES, CODING_UCS2,
	    CODING_GSM7 };

	if ((dcs & 0x80) == 0)
		return dcs & 0x20 ? CODING_BYTES : general[dcs >> 2 & 3];
	if ((dcs & 0xf0) == 0xf0)
		return dcs & 0x04 ? CODING_BYTES : CODING_GSM7;
	return (dcs & 0xf0) == 0xe0 ? CODING_UCS2 : CODING_GSM7;
}

/* n half bytes, the low half first: digits, and the few signs of keys. */
static void
read_digits(const uint8_t *from, size_t n, char *to)
{
	static const char signs[] = "0123456789*#abc";

	for (size_t i = 0; i < n; i++) {
		unsigned half = from[i / 2] >> (i % 2 * 4) & 0xf;

		if (half < 0xf)
			*to++ = signs[half];
	}
	*to = '\0';
}

/* An address (9.1.2.5): how many half bytes, the type, the half bytes. */
static void
read_address(struct buf *b, char to[SMS_NUMBER])
{
	size_t n = buf_u8(b);
	uint8_t type = buf_u8(b);
	const uint8_t *at = buf_bytes(b, (n + 1) / 2);

	to[0] = '\0';
	if (at == NULL || n > 20) {
		b->bad = true;
		return;
	}
	if ((type & NUMBER_KIND) == KIND_NAME) {
		gsm7_text(at, 0, n * 4 / 7, to, SMS_NUMBER);
		return;
	}
	if ((type & NUMBER_KIND) == KIND_E164)
		*to++ = '+';
	read_digits(at, n, to);
}

static unsigned
swapped(uint8_t bcd)
{
	return (bcd & 0xfu) * 10 + (bcd >> 4);
}

/* A time stamp of the centre (9.2.3.11), its zone in quarters of an hour. */
static int64_t
read_time(struct buf *b)
{
	const uint8_t *t = buf_bytes(b, 7);
	unsigned f[6], zone;
	int64_t ms;

	if (t == NULL)
		return 0;
	for (size_t i = 0; i < 6; i++)
		f[i] = swapped(t[i]);
	if (f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23 || f[4] > 59 ||
	    f[5] > 60)
		return 0;
	zone = swapped(t[6] & 0xf7);
	ms = date_number((int)(2000 + f[0]), (int)f[1], (int)f[2]) * MS_PER_DAY +
	    (f[3] * 3600LL + f[4] * 60 + f[5]) * 1000;
	return t[6] & 0x08 ? ms + zone * 900000LL : ms - zone * 900000LL;
}

/* What the header says of parts (9.2.3.24); the rest of it is passed over. */
static void
read_header(const uint8_t *at, size_t n, struct sms_in *m)
{
	for (size_t i = 0; i + 2 <= n; i += 2u + at[i + 1]) {
		size_t len = at[i + 1];
		const uint8_t *v = at + i + 2;

		if (i + 2 + len > n)
			return;
		if (at[i] == 0x00 && len == 3) {
			m->reference = v[0];
			m->parts = v[1];
			m->part = v[2];
		} else if (at[i] == 0x08 && len == 4) {
			m->reference = (uint16_t)(v[0] << 8 | v[1]);
			m->parts = v[2];
			m->part = v[3];
		}
	}
	if (m->part == 0 || m->part > m->parts)
		m->part = m->parts = 1;
}

static void
read_ucs2(const uint8_t *at, size_t n, char *to, size_t cap)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t c = (uint32_t)at[i] << 8 | at[i + 1];
		char utf8[4];
		size_t len;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < n && (at[i + 2] & 0xfc) == 0xdc) {
			c = 0x10000 + ((c & 0x3ff) << 10) + ((at[i + 2] & 3u) << 8) + at[i + 3];
			i += 2;
		}
		len = utf8_write(c, utf8);
		if (used + len + 1 > cap)
			break;
		memcpy(to + used, utf8, len);
		used += len;
	}
	to[used] = '\0';
}

/* n counts septets or bytes, the header among them. */
static int
read_text(struct buf *b, enum coding coding, bool header, struct sms_in *m)
{
	size_t n = buf_u8(b);
	size_t bytes = coding == CODING_GSM7 ? (n * 7 + 7) / 8 : n, head = 0;
	const uint8_t *at = buf_bytes(b, bytes);

	if (at == NULL || bytes > 140)
		return -1;
	if (header) {
		head = bytes > 0 ? 1u + at[0] : 1;
		if (head > bytes)
			return -1;
		read_header(at + 1, head - 1, m);
	}
	if (coding == CODING_UCS2) {
		read_ucs2(at + head, n - head, m->text, sizeof(m->text));
	} else if (coding == CODING_GSM7) {
		size_t skip = (head * 8 + 6) / 7;	/* septets under the header */

		if (skip > n)
			return -1;
		gsm7_text(at, (unsigned)(skip * 7), n - skip, m->text, sizeof(m->text));
	}
	return 0;
}

static int
read_deliver(struct buf *b, uint8_t first, struct sms_in *m)
{
	uint8_t dcs;

	read_address(b, m->from);
	buf_u8(b);			/* protocol */
	dcs = buf_u8(b);
	m->time = read_time(b);
	if (read_text(b, coding_of(dcs), first & HAS_HEADER, m) != 0)
		return -1;
	return b->bad ? -1 : 0;
}

static int
read_report(struct buf *b, struct sms_in *m)
{
	m->kind = SMS_REPORT;
	m->reference = buf_u8(b);
	read_address(b, m->from);
	m->time = read_time(b);
	m->done = read_time(b);
	m->status = buf_u8(b);
	return b->bad ? -1 : 0;
}

int
sms_read(const uint8_t *pdu, size_t n, struct sms_in *m)
{
	struct buf b = { .at = (uint8_t *)(uintptr_t)pdu, .len = n, .cap = n };
	uint8_t first;

	*m = (struct sms_in){ .kind = SMS_DELIVER, .part = 1, .parts = 1 };
	buf_bytes(&b, buf_u8(&b));	/* the centre */
	first = buf_u8(&b);
	if (b.bad)
		return -1;
	switch (first & KIND_MASK) {
	case KIND_DELIVER:
		return read_deliver(&b, first, m);
	case KIND_REPORT:
		return read_report(&b, m);
	default:
		return -1;
	}
}
