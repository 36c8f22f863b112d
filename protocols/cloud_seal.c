#include <string.h>

#include "../conf/utf8.h"
#include "cloud.h"

/* A signature is of a text as it came, which no reader of JSON gives back: here is
 * where a value stands. */

struct span {
	const char	*at;
	size_t		 n;
};

static size_t
past_space(const char *s, size_t n, size_t i)
{
	while (i < n && strchr(" \t\r\n", s[i]) != NULL && s[i] != '\0')
		i++;
	return i;
}

/* Behind the string that begins at i; n: it has no end. */
static size_t
past_string(const char *s, size_t n, size_t i)
{
	for (i++; i < n && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return i < n ? i + 1 : n;
}

/* Behind the value that begins at i. */
static size_t
past_value(const char *s, size_t n, size_t i)
{
	size_t deep = 0;

	while (i < n) {
		if (s[i] == '"') {
			i = past_string(s, n, i);
			if (deep == 0)
				return i;
			continue;
		}
		if (deep == 0 && strchr(",}] \t\r\n", s[i]) != NULL)
			return i;
		deep += s[i] == '{' || s[i] == '[';
		deep -= s[i] == '}' || s[i] == ']';
		i++;
		if (deep == 0 && (s[i - 1] == '}' || s[i - 1] == ']'))
			return i;
	}
	return n;
}

/* The value of a member of the outermost object. */
static bool
member(const char *s, size_t n, const char *key, struct span *to)
{
	size_t i = past_space(s, n, 0), len = strlen(key);

	if (i == n || s[i] != '{')
		return false;
	i = past_space(s, n, i + 1);
	while (i < n && s[i] == '"') {
		size_t name = i + 1, end = past_string(s, n, i), from;

		i = past_space(s, n, end);
		if (i >= n || s[i] != ':')
			return false;
		from = past_space(s, n, i + 1);
		i = past_value(s, n, from);
		if (end - name == len + 1 && memcmp(s + name, key, len) == 0) {
			*to = (struct span){ s + from, i - from };
			return to->n > 0;
		}
		i = past_space(s, n, i);
		if (i >= n || s[i] != ',')
			return false;
		i = past_space(s, n, i + 1);
	}
	return false;
}

static int
hex_of(const char *s, size_t n)
{
	int value = 0;

	if (n < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' &&
		    (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* "\u4e2d", or two of them that are one character; returns how many bytes of s. */
static size_t
take_unicode(const char *s, size_t n, char *to, size_t *len)
{
	int high = hex_of(s + 2, n - 2), low = -1;

	if (high >= 0xd800 && high < 0xdc00 && n >= 12 && s[6] == '\\' && s[7] == 'u')
		low = hex_of(s + 8, n - 8);
	if (low >= 0xdc00 && low < 0xe000) {
		*len = utf8_write(0x10000 + ((unsigned)(high - 0xd800) << 10) +
		    (unsigned)(low - 0xdc00), to);
		return 12;
	}
	*len = utf8_write(high >= 0 ? (unsigned)high : 0xfffd, to);
	return 6;
}

/* Without its quotes, and what is escaped as it is meant.  No longer than it was. */
static bool
unquote(struct span *v, struct arena *arena)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *s = v->at + 1;
	size_t n = v->n - 2, len = 0;
	char *to;

	if (v->n < 2 || v->at[0] != '"' || (to = arena_alloc(arena, v->n)) == NULL)
		return false;
	for (size_t i = 0; i < n; ) {
		const char *escape = s[i] == '\\' && i + 1 < n && s[i + 1] != '\0' ?
		    strchr(from, s[i + 1]) : NULL;
		size_t put = 1;

		if (escape != NULL) {
			to[len] = into[escape - from];
			i += 2;
		} else if (s[i] == '\\' && i + 6 <= n && s[i + 1] == 'u') {
			i += take_unicode(s + i, n - i, to + len, &put);
		} else {
			to[len] = s[i++];
		}
		len += put;
	}
	*v = (struct span){ to, len };
	return true;
}

bool
cloud_seal(const char *body, size_t n, struct cloud_seal *to, struct arena *arena)
{
	struct span msg, nonce, signature;

	if (!member(body, n, "msg", &msg) || !member(body, n, "nonce", &nonce) ||
	    (!member(body, n, "signature", &signature) &&
	    !member(body, n, "msg_signature", &signature)))
		return false;
	if ((msg.at[0] == '"' && !unquote(&msg, arena)) || !unquote(&nonce, arena) ||
	    !unquote(&signature, arena))
		return false;
	*to = (struct cloud_seal){ .msg = msg.at, .nmsg = msg.n, .nonce = nonce.at,
	    .nnonce = nonce.n, .signature = signature.at, .nsignature = signature.n };
	return true;
}
