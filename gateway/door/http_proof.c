#include <stdlib.h>
#include <string.h>

#include "../../protocols/encode.h"
#include "../crypt.h"
#include "http_proof.h"

bool
http_same(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned char other = 0;

	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		other |= (unsigned char)(a[i] ^ b[i]);
	return other == 0;
}

bool
http_signed(const char *header, const char *secret, const char *target, const void *body,
    size_t n, int64_t wall, char mark[HTTP_MARK + 1])
{
	const char *time = strncmp(header, "t=", 2) == 0 ? header + 2 : NULL, *given;
	size_t ntime = time != NULL ? strspn(time, "0123456789") : 0;
	const void *parts[5];
	size_t lens[5];
	int64_t off;

	if (ntime == 0 || ntime > 12 || strncmp(time + ntime, ",v1=", 4) != 0)
		return false;
	given = time + ntime + 4;
	parts[0] = time, lens[0] = ntime;
	parts[1] = ".", lens[1] = 1;
	parts[2] = target, lens[2] = strlen(target);
	parts[3] = ".", lens[3] = 1;
	parts[4] = body, lens[4] = n;
	off = strtoll(time, NULL, 10) * 1000 - wall;
	return crypt_hmac_hex(secret, strlen(secret), parts, lens, 5, mark) != NULL &&
	    http_same(given, strlen(given), mark, HTTP_MARK) &&
	    (wall == 0 || (off < HTTP_OFF && off > -HTTP_OFF));
}

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

bool
http_onenet(const char *signature, size_t nsignature, const char *secret, const char *nonce,
    size_t nnonce, const char *msg, size_t nmsg)
{
	const void *const parts[] = { secret, nonce, msg };
	const size_t lens[] = { strlen(secret), nnonce, nmsg };
	uint8_t sum[16], text[32];
	struct buf b = { .at = text, .cap = sizeof(text) };
	char hex[33];

	crypt_md5_hex(parts, lens, 3, hex);
	for (size_t i = 0; i < sizeof(sum); i++)
		sum[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	encode_base64(&b, sum, sizeof(sum));
	return http_same(signature, nsignature, (const char *)b.at, b.len);
}
