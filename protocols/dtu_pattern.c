#include <string.h>

#include "../conf/err.h"
#include "dtu.h"

enum { LITERAL, ID, NAME, DIGITS, HEX, TOKEN, ANY };

static const struct {
	const char *name;
	uint8_t kind;
} captures[] = {
	{ "id", ID }, { "digits", DIGITS }, { "hex", HEX }, { "token", TOKEN }, { "any", ANY },
};

static int
fault(const char **why, const char *what)
{
	*why = what;
	return -1;
}

static int
add(struct dtu_pattern *p, struct dtu_piece piece, const char **why)
{
	if (p->n == DTU_WORD_MAX)
		return fault(why, ERR_("is longer than 80 bytes"));
	p->pieces[p->n++] = piece;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* {7E 80}: bytes. */
static int
add_bytes(struct dtu_pattern *p, const char *text, size_t n, const char **why)
{
	size_t digits = 0;
	uint8_t byte = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 && text[i] == ' ' && digits % 2 == 0)
			continue;
		if (digit < 0)
			return fault(why, ERR_("has braces with neither bytes in hex nor "
			    "id, digits, hex, token or any within"));
		byte = (uint8_t)(byte << 4 | digit);
		if (++digits % 2 == 0 &&
		    add(p, (struct dtu_piece){ .kind = LITERAL, .least = 1, .most = 1,
		    .byte = byte }, why) < 0)
			return -1;
	}
	return digits > 0 && digits % 2 == 0 ? 0 :
	    fault(why, ERR_("has half a byte in its braces"));
}

/* ":11"; 0: there is none, -1: it is no count. */
static int
count_of(const char *text, size_t n)
{
	int count = 0;

	if (n == 0)
		return 0;
	if (text[0] != ':' || n == 1 || n > 3)
		return -1;
	for (size_t i = 1; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		count = count * 10 + text[i] - '0';
	}
	return count >= 1 && count <= DTU_ID_MAX ? count : -1;
}

static int
add_capture(struct dtu_pattern *p, const char *text, size_t n, const char **why)
{
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		size_t len = strlen(captures[i].name);
		struct dtu_piece piece = { .kind = captures[i].kind };
		int count;

		if (n < len || memcmp(text, captures[i].name, len) != 0 ||
		    (n > len && text[len] != ':'))
			continue;
		count = count_of(text + len, n - len);
		if (count < 0 || (count == 0 && piece.kind != ID))
			return fault(why, ERR_("wants a count of 1 to 40 behind the colon, "
			    "as in {id:11}"));
		if (piece.kind == HEX && count > DTU_ID_MAX / 2)
			return fault(why, ERR_("has more than 20 bytes of hex"));
		if (count == 0)
			piece.kind = NAME;
		piece.least = count > 0 ? (uint8_t)count : 1;
		piece.most = count > 0 ? (uint8_t)count : DTU_ID_MAX;
		return add(p, piece, why);
	}
	return add_bytes(p, text, n, why);
}

/* A name without a count ends at the next byte that is none of a name. */
static bool
name_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    c == '.' || c == '_' || c == '-' || c == ':';
}

/* Where a name without a count is followed by what may be part of a name, its end
 * cannot be seen. */
static int
settle(struct dtu_pattern *p, const char **why)
{
	size_t names = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct dtu_piece *next = i + 1 < p->n ? &p->pieces[i + 1] : NULL;

		names += p->pieces[i].kind != LITERAL && p->pieces[i].kind != ANY &&
		    p->pieces[i].kind != TOKEN;
		if (p->pieces[i].kind == NAME && next != NULL &&
		    (next->kind != LITERAL || name_byte(next->byte)))
			return fault(why, ERR_("does not show where {id} ends: give its length, "
			    "as in {id:11}"));
	}
	if (names > 2)
		return fault(why, ERR_("names the DTU more than twice"));
	p->open = p->n > 0 && p->pieces[p->n - 1].kind == NAME;
	return p->n > 0 ? 0 : fault(why, ERR_("is empty"));
}

int
dtu_compile(const char *text, struct dtu_pattern *p, const char **why, size_t *at)
{
	memset(p, 0, sizeof(*p));
	for (const char *c = text; *c != '\0'; c++) {
		const char *end;

		*at = (size_t)(c - text);
		if (*c != '{') {
			if (add(p, (struct dtu_piece){ .kind = LITERAL, .least = 1, .most = 1,
			    .byte = (uint8_t)*c }, why) < 0)
				return -1;
			continue;
		}
		if ((end = strchr(c, '}')) == NULL)
			return fault(why, ERR_("has a brace that is not closed"));
		if (add_capture(p, c + 1, (size_t)(end - c) - 1, why) < 0)
			return -1;
		c = end;
	}
	*at = 0;
	return settle(p, why);
}

static bool
fits(uint8_t kind, uint8_t c)
{
	switch (kind) {
	case NAME:
		return name_byte(c);
	case DIGITS:
		return c >= '0' && c <= '9';
	case ID:
	case TOKEN:
		return c > ' ' && c < 0x7f;
	default:
		return true;
	}
}

/* A short number is padded with NULs or blanks in a field of fixed length. */
static bool
padding(const struct dtu_piece *piece, const uint8_t *p, size_t i)
{
	return piece->kind == ID && i > 0 && (p[i] == '\0' || p[i] == ' ');
}

static void
append(char *to, const uint8_t *p, size_t n, bool hex)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(to);

	for (size_t i = 0; i < n && len + 2 <= DTU_ID_MAX; i++) {
		if (hex)
			to[len++] = digits[p[i] >> 4];
		to[len++] = hex ? digits[p[i] & 15] : (char)p[i];
	}
	to[len] = '\0';
}

/* How many bytes of p this piece is; DTU_MORE or DTU_NONE. */
static size_t
take_piece(const struct dtu_piece *piece, const uint8_t *p, size_t n, struct dtu_found *f)
{
	size_t len = 0, padded;

	if (piece->kind == LITERAL)
		return n == 0 ? DTU_MORE : p[0] == piece->byte ? 1 : DTU_NONE;
	while (len < n && len < piece->most && fits(piece->kind, p[len]))
		len++;
	padded = len;
	while (padded < n && padded < piece->most && padding(piece, p, padded))
		padded++;
	if (padded < piece->least)
		return padded == n ? DTU_MORE : DTU_NONE;
	if (piece->kind == TOKEN)
		append(f->token, p, len, false);
	else if (piece->kind != ANY)
		append(f->id, p, len, piece->kind == HEX);
	return padded;
}

size_t
dtu_match(const struct dtu_pattern *pattern, const uint8_t *p, size_t n,
    struct dtu_found *f)
{
	size_t at = 0;

	memset(f, 0, sizeof(*f));
	if (pattern->n == 0)
		return DTU_NONE;
	for (size_t i = 0; i < pattern->n; i++) {
		size_t len = take_piece(&pattern->pieces[i], p + at, n - at, f);

		if (len == DTU_MORE || len == DTU_NONE)
			return len;
		/* more of a name may come, but for one that ends the packet */
		if (pattern->pieces[i].kind == NAME && at + len == n && i + 1 < pattern->n)
			return DTU_MORE;
		at += len;
	}
	return at;
}

bool
dtu_blanks(const struct dtu_pattern *pattern, const uint8_t *p, size_t n,
    uint8_t bits[DTU_WORD_MAX / 8])
{
	struct dtu_found unused = { .id = "" };
	bool some = false;
	size_t at = 0;

	memset(bits, 0, DTU_WORD_MAX / 8);
	for (size_t i = 0; i < pattern->n && at < n; i++) {
		size_t len = take_piece(&pattern->pieces[i], p + at, n - at, &unused);

		if (len == DTU_MORE || len == DTU_NONE)
			break;
		for (size_t k = at; pattern->pieces[i].kind == ANY && k < at + len; k++) {
			bits[k / 8] |= (uint8_t)(1 << k % 8);
			some = true;
		}
		at += len;
	}
	return some;
}

/* The bytes of a text of hex digits. */
static size_t
put_hex(const char *digits, uint8_t *to, size_t most)
{
	size_t n = 0;

	for (; n < most && digits[0] != '\0' && digits[1] != '\0'; digits += 2)
		to[n++] = (uint8_t)(hex_digit(digits[0]) << 4 | hex_digit(digits[1]));
	return n;
}

bool
dtu_literal(const struct dtu_pattern *pattern, const struct dtu_found *f,
    uint8_t out[DTU_WORD_MAX], size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < pattern->n; i++) {
		const struct dtu_piece *piece = &pattern->pieces[i];
		const char *text = piece->kind == TOKEN ? f->token : f->id;
		size_t len = strlen(text);

		if (piece->kind == ANY || *n + piece->most > DTU_WORD_MAX + DTU_ID_MAX)
			return false;
		if (piece->kind == LITERAL) {
			text = (const char *)&piece->byte;
			len = 1;
		}
		if (piece->kind == HEX)
			len = *n + piece->least > DTU_WORD_MAX ? 0 :
			    put_hex(text, out + *n, piece->least);
		if (len == 0 || *n + len > DTU_WORD_MAX || len > piece->most)
			return false;
		if (piece->kind != HEX)
			memcpy(out + *n, text, len);
		*n += len;
		for (; len < piece->least && *n < DTU_WORD_MAX; len++)
			out[(*n)++] = '\0';
	}
	return *n > 0;
}

bool
dtu_fixed(const struct dtu_pattern *pattern)
{
	for (size_t i = 0; i < pattern->n; i++)
		if (pattern->pieces[i].kind == ANY)
			return false;
	return pattern->n > 0;
}

bool
dtu_names(const struct dtu_pattern *pattern)
{
	for (size_t i = 0; i < pattern->n; i++)
		if (pattern->pieces[i].kind != LITERAL && pattern->pieces[i].kind != ANY &&
		    pattern->pieces[i].kind != TOKEN)
			return true;
	return false;
}
