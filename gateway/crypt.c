#include <openssl/evp.h>
#include <stdbool.h>

#include "crypt.h"

static bool
digest(const void *const *parts, const size_t *lens, size_t n, unsigned char *sum)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(ctx, parts[i], lens[i]) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, sum, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

char *
crypt_sha256_hex(const void *const *parts, const size_t *lens, size_t n, char out[65])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];

	out[0] = '\0';
	if (!digest(parts, lens, n, sum))
		return NULL;
	for (size_t i = 0; i < 32; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[64] = '\0';
	return out;
}
