#include <string.h>

#include "encode.h"
#include "json.h"

void
encode_percent(struct buf *to, const char *s, size_t n)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~", hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];

		if (c != 0 && strchr(plain, c) != NULL) {
			buf_put8(to, c);
			continue;
		}
		buf_put8(to, '%');
		buf_put8(to, (uint8_t)hex[c >> 4]);
		buf_put8(to, (uint8_t)hex[c & 15]);
	}
}

void
encode_xml(struct buf *to, const char *s, size_t n)
{
	static const char odd[] = "&<>\"'";
	static const char *const words[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];
		const char *at = c != 0 ? strchr(odd, c) : NULL;

		if (at != NULL)
			buf_putbytes(to, words[at - odd], strlen(words[at - odd]));
		else
			buf_put8(to, c < 0x20 ? ' ' : c);
	}
}

void
encode_json(struct buf *to, const char *s, size_t n)
{
	size_t start = to->len;
	struct json j;

	json_begin(&j, to);
	json_put_text(&j, s, n);
	if (!json_end(&j)) {
		to->bad = true;
		return;
	}
	to->len -= 2;			/* its quotes */
	memmove(to->at + start, to->at + start + 1, to->len - start);
}

void
encode_base64(struct buf *to, const void *bytes, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	const uint8_t *s = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		unsigned x = (unsigned)s[i] << 16;

		if (have > 1)
			x |= (unsigned)s[i + 1] << 8;
		if (have > 2)
			x |= s[i + 2];
		buf_put8(to, (uint8_t)letters[x >> 18]);
		buf_put8(to, (uint8_t)letters[x >> 12 & 63]);
		buf_put8(to, have > 1 ? (uint8_t)letters[x >> 6 & 63] : '=');
		buf_put8(to, have > 2 ? (uint8_t)letters[x & 63] : '=');
	}
}
