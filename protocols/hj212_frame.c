#include <string.h>

#include "crc.h"
#include "hj212.h"

/* HJ 212-2017, appendix A: the shift leaves the low byte of the register behind,
 * unlike Modbus, so that there are but 256 different sums. */
uint16_t
hj212_crc(const uint8_t *p, size_t n)
{
	unsigned crc = 0xffff;

	while (n-- > 0) {
		crc = crc >> 8 ^ *p++;
		for (int i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

static uint16_t
sum_of(enum hj212_check check, const uint8_t *segment, size_t n)
{
	uint16_t other;

	if (check != HJ212_MODBUS_BE && check != HJ212_MODBUS_LE)
		return hj212_crc(segment, n);
	other = crc16_modbus(segment, n);
	return (uint16_t)(check == HJ212_MODBUS_BE ? other : other << 8 | other >> 8);
}

bool
hj212_sound(enum hj212_check check, const uint8_t *segment, size_t n, uint16_t sum)
{
	return check == HJ212_UNCHECKED || sum_of(check, segment, n) == sum;
}

enum hj212_check
hj212_made(const uint8_t *segment, size_t n, uint16_t sum)
{
	for (enum hj212_check way = HJ212_CHECK; way <= HJ212_MODBUS_LE; way++)
		if (sum_of(way, segment, n) == sum)
			return way;
	return HJ212_UNCHECKED;
}

static int
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
read_sum(const uint8_t *p, uint16_t *sum)
{
	unsigned all = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex(p[i]);

		if (digit < 0)
			return false;
		all = all << 4 | (unsigned)digit;
	}
	*sum = (uint16_t)all;
	return true;
}

/* What a packet may begin with, as far as it is there: ##, four digits, and a letter,
 * for a field has a name.  *len: of its segment. */
static bool
may_begin(const uint8_t *p, size_t n, size_t most, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < n && i < 7; i++) {
		bool fits = i < 2 ? p[i] == '#' : i < 6 ? p[i] >= '0' && p[i] <= '9' :
		    (p[i] >= 'A' && p[i] <= 'Z') || p[i] == ' ';

		if (!fits)
			return false;
		if (i >= 2 && i < 6)
			*len = *len * 10 + (size_t)(p[i] - '0');
	}
	return n < 6 || (*len >= 8 && *len <= most);
}

/* What may stand between packets. */
static bool
is_between(uint8_t c)
{
	return c == '\r' || c == '\n' || c == ' ' || c == '\0';
}

/* Its end is there: is it one? */
static bool
ends(const uint8_t *p, size_t len, enum hj212_check check, struct hj212_frame *f)
{
	const uint8_t *tail = p + 6 + len;
	size_t n = 0;

	if (!read_sum(tail, &f->sum) && check != HJ212_UNCHECKED)
		return false;
	tail += 4;
	while (n < 2 && is_between(tail[n]))
		n++;
	if (n < 2 && (tail[n] != '#' || tail[1] != '#'))
		return false;
	f->segment = p + 6;
	f->n = len;
	f->len = len + 10 + n;
	return true;
}

bool
hj212_lacks_tail(const uint8_t *p, size_t n, size_t most)
{
	size_t len;

	return n >= 7 && may_begin(p, n, most, &len) &&
	    (n == len + 10 || (n == len + 11 && is_between(p[n - 1])));
}

enum hj212_scan
hj212_scan(const uint8_t *p, size_t n, size_t most, enum hj212_check check,
    struct hj212_frame *f)
{
	size_t len;

	*f = (struct hj212_frame){ .skip = 0 };
	for (; f->skip < n; f->skip++) {
		const uint8_t *at = p + f->skip;
		size_t left = n - f->skip;

		if (!may_begin(at, left, most, &len))
			continue;
		if (left < 7 || left < len + HJ212_AROUND)
			return HJ212_MORE;
		if (ends(at, len, check, f))
			return HJ212_WHOLE;
	}
	return HJ212_MORE;
}

/* Bytes of a letter of UTF-8 that stands there; 0: it is none. */
static size_t
letter(const uint8_t *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2 :
	    (p[0] & 0xF0) == 0xE0 ? 3 : p[0] >= 0xF0 && p[0] < 0xF5 ? 4 : 0;

	if (len == 0 || len > n || p[0] < 0x20 || p[0] == 0x7F)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return len;
}

bool
hj212_text(const uint8_t *p, size_t n)
{
	for (size_t i = 0, len; i < n; i += len)
		if ((len = letter(p + i, n - i)) == 0)
			return false;
	return true;
}

bool
hj212_area(const uint8_t *segment, size_t n, size_t *from, size_t *len)
{
	static const char begin[] = "CP=&&";
	size_t at = 0;

	if (n < 7 || segment[n - 1] != '&' || segment[n - 2] != '&')
		return false;
	while (at + 5 <= n - 2 && memcmp(segment + at, begin, 5) != 0)
		at++;
	if (at + 5 > n - 2)
		return false;
	*from = at + 5;
	*len = n - 2 - *from;
	return true;
}

void
hj212_wrap(struct buf *to, enum hj212_check check, const char *segment, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	uint16_t sum = sum_of(check, (const uint8_t *)segment, n);
	char head[6] = { '#', '#', (char)('0' + n / 1000), (char)('0' + n / 100 % 10),
	    (char)('0' + n / 10 % 10), (char)('0' + n % 10) };
	char tail[6] = { digits[sum >> 12], digits[sum >> 8 & 15], digits[sum >> 4 & 15],
	    digits[sum & 15], '\r', '\n' };

	buf_putbytes(to, head, sizeof(head));
	buf_putbytes(to, segment, n);
	buf_putbytes(to, tail, sizeof(tail));
	if (n > HJ212_SEGMENT_MAX)
		to->bad = true;
}
