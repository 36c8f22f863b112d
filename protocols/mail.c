#include <stdio.h>
#include <string.h>

#include "../conf/date.h"
#include "../conf/utf8.h"
#include "encode.h"
#include "mail.h"

#define WORD	39	/* bytes in an encoded word: 73 columns behind "Subject: " */
#define LINE	57	/* bytes in a line of the body: 76 of base64 */

static void
put(struct buf *to, const char *text)
{
	buf_putbytes(to, text, strlen(text));
}

bool
mail_address(const char *a)
{
	static const char local[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789!#$%&'*+-/=?^_`{|}~.";
	static const char domain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-.";
	size_t n = strspn(a, local), m;

	if (n == 0 || n > 64 || a[n] != '@')
		return false;
	m = strspn(a + n + 1, domain);
	return m > 0 && m < 254 && a[n + 1 + m] == '\0';
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((uint8_t)*text < 0x20 || (uint8_t)*text >= 0x7f)
			return false;
	return true;
}

/* How many bytes of whole characters go into one encoded word. */
static size_t
word(const char *text, size_t n)
{
	size_t len = 0, one;

	while (len < n) {
		one = utf8_len(text + len, n - len);
		if (one == 0)
			one = 1;
		if (len + one > WORD)
			break;
		len += one;
	}
	return len;
}

/* RFC 2047; control characters become spaces before. */
static void
put_text(struct buf *to, const char *text)
{
	char clean[WORD + 1];
	size_t n = strlen(text), len;

	for (size_t i = 0; i < n; i += len) {
		len = word(text + i, n - i);
		for (size_t k = 0; k < len; k++)
			clean[k] = (uint8_t)text[i + k] < 0x20 || text[i + k] == 0x7f ? ' ' :
			    text[i + k];
		put(to, i == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		encode_base64(to, clean, len);
		put(to, "?=");
	}
}

static void
put_who(struct buf *to, const char *field, const char *name, const char *address)
{
	put(to, field);
	if (name[0] != '\0') {
		put_text(to, name);
		put(to, "\r\n ");
	}
	put(to, "<");
	put(to, address);
	put(to, ">\r\n");
}

/* Days since 1970 as a date of the proleptic calendar of Gregory (the months
 * counted from March). */
static void
put_date(struct buf *to, int64_t s)
{
	static const char days[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	    "Sep", "Oct", "Nov", "Dec" };
	struct date d;
	char text[64];

	if (s < 0 || s > 4102444800LL * 4)
		s = 0;
	d = date_of(s / 86400);
	snprintf(text, sizeof(text), "Date: %s, %d %s %d %02u:%02u:%02u +0000\r\n",
	    days[(unsigned)(s / 86400) % 7], d.day, months[d.month - 1],
	    d.year, (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	put(to, text);
}

static void
put_body(struct buf *to, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i += LINE) {
		encode_base64(to, text + i, n - i < LINE ? n - i : LINE);
		put(to, "\r\n");
	}
}

bool
mail_message(struct buf *to, const struct mail *m)
{
	if (!mail_address(m->from) || !mail_address(m->to) || !is_plain(m->id))
		return false;
	put_date(to, m->date);
	put_who(to, "From: ", m->name, m->from);
	put_who(to, "To: ", m->to_name, m->to);
	put(to, "Subject: ");
	put_text(to, m->subject);
	put(to, "\r\nMessage-ID: <");
	put(to, m->id);
	put(to, strchr(m->from, '@'));
	put(to, ">\r\nAuto-Submitted: auto-generated\r\n");
	if (m->urgent)
		put(to, "Importance: high\r\nX-Priority: 1\r\n");
	put(to, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	put_body(to, m->text);
	return !to->bad;
}
