#include <limits.h>
#include <md5.h>
#include <sha2.h>
#include <string.h>

#include "crypt.h"
#include "crypt_lib.h"

#define SUM_MAX	EVP_MAX_MD_SIZE

static bool
authenticate(const void *key, size_t nkey, const void *const *parts, const size_t *lens,
    size_t n, unsigned char *sum)
{
	char sha256[] = "SHA256";
	bool there = crypt_lib_load();
	EVP_MAC *mac = there ? crypto.EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;
	EVP_MAC_CTX *ctx = mac != NULL ? crypto.EVP_MAC_CTX_new(mac) : NULL;
	size_t len = 0;
	bool ok = ctx != NULL;

	if (ok) {
		const OSSL_PARAM params[] = {
			crypto.OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
			crypto.OSSL_PARAM_construct_end()
		};

		/* an empty key is one, too, and NULL would mean none */
		ok = crypto.EVP_MAC_init(ctx, nkey > 0 ? key : (const void *)"", nkey,
		    params) == 1;
	}
	for (size_t i = 0; i < n && ok; i++)
		ok = crypto.EVP_MAC_update(ctx, parts[i], lens[i]) == 1;
	ok = ok && crypto.EVP_MAC_final(ctx, sum, &len, SUM_MAX) == 1 && len == 32;
	if (there) {
		crypto.EVP_MAC_CTX_free(ctx);
		crypto.EVP_MAC_free(mac);
	}
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
	unsigned char sum[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	for (size_t i = 0; i < n; i++)
		SHA256Update(&ctx, parts[i], lens[i]);
	SHA256Final(sum, &ctx);
	return in_hex(sum, sizeof(sum), out);
}

char *
crypt_md5_hex(const void *const *parts, const size_t *lens, size_t n, char out[33])
{
	unsigned char sum[MD5_DIGEST_LENGTH];
	MD5_CTX ctx;

	MD5Init(&ctx);
	for (size_t i = 0; i < n; i++)
		MD5Update(&ctx, parts[i], lens[i]);
	MD5Final(sum, &ctx);
	return in_hex(sum, sizeof(sum), out);
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

	return strlen(said) == n && crypt_lib_load() && crypto.CRYPTO_memcmp(secret, said, n) == 0;
}

bool
crypt_sm4_decipher(const uint8_t key[16], uint8_t *p, size_t n)
{
	EVP_CIPHER_CTX *c = crypt_lib_load() ? crypto.EVP_CIPHER_CTX_new() : NULL;
	int len = 0;
	bool ok = c != NULL && n % 16 == 0 && n <= INT_MAX &&
	    crypto.EVP_DecryptInit_ex(c, crypto.EVP_sm4_ecb(), NULL, key, NULL) == 1 &&
	    crypto.EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
	    crypto.EVP_DecryptUpdate(c, p, &len, p, (int)n) == 1 && (size_t)len == n;

	if (c != NULL)
		crypto.EVP_CIPHER_CTX_free(c);
	return ok;
}
