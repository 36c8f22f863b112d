#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypt.h"

#define SUM_MAX	EVP_MAX_MD_SIZE

static bool
digest(const EVP_MD *by, const void *const *parts, const size_t *lens, size_t n,
    unsigned char *sum)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, by, NULL) == 1;

	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(ctx, parts[i], lens[i]) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, sum, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
authenticate(const void *key, size_t nkey, const void *const *parts, const size_t *lens,
    size_t n, unsigned char *sum)
{
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
		OSSL_PARAM_construct_end()
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	size_t len = 0;
	/* an empty key is one, too, and NULL would mean none */
	bool ok = ctx != NULL &&
	    EVP_MAC_init(ctx, nkey > 0 ? key : (const void *)"", nkey, params) == 1;

	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_MAC_update(ctx, parts[i], lens[i]) == 1;
	ok = ok && EVP_MAC_final(ctx, sum, &len, SUM_MAX) == 1 && len == 32;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok;
}

static char *
in_hex(const unsigned char *sum, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

char *
crypt_sha256_hex(const void *const *parts, const size_t *lens, size_t n, char out[65])
{
	unsigned char sum[SUM_MAX];

	out[0] = '\0';
	return digest(EVP_sha256(), parts, lens, n, sum) ? in_hex(sum, 32, out) : NULL;
}

char *
crypt_md5_hex(const void *const *parts, const size_t *lens, size_t n, char out[33])
{
	unsigned char sum[SUM_MAX];

	out[0] = '\0';
	return digest(EVP_md5(), parts, lens, n, sum) ? in_hex(sum, 16, out) : NULL;
}

bool
crypt_hmac(const void *key, size_t nkey, const void *text, size_t n, uint8_t out[32])
{
	unsigned char sum[SUM_MAX];
	bool ok = authenticate(key, nkey, &text, &n, 1, sum);

	memset(out, 0, 32);
	if (ok)
		memcpy(out, sum, 32);
	return ok;
}

char *
crypt_hmac_hex(const void *key, size_t nkey, const void *const *parts, const size_t *lens,
    size_t n, char out[65])
{
	unsigned char sum[SUM_MAX];

	out[0] = '\0';
	return authenticate(key, nkey, parts, lens, n, sum) ? in_hex(sum, 32, out) : NULL;
}

bool
crypt_same(const char *secret, const char *said)
{
	size_t n = strlen(secret);

	return strlen(said) == n && CRYPTO_memcmp(secret, said, n) == 0;
}

bool
crypt_sm4_decipher(const uint8_t key[16], uint8_t *p, size_t n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok = c != NULL && n % 16 == 0 && n <= INT_MAX &&
	    EVP_DecryptInit_ex(c, EVP_sm4_ecb(), NULL, key, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
	    EVP_DecryptUpdate(c, p, &len, p, (int)n) == 1 && (size_t)len == n;

	EVP_CIPHER_CTX_free(c);
	return ok;
}
