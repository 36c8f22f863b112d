#include <stdint.h>
#include <string.h>

#include "../../gateway/crypt.h"
#include "../check.h"

static const char *
sum(const char *a, const char *b)
{
	static char out[65];
	const void *parts[] = { a, b };
	const size_t lens[] = { strlen(a), strlen(b) };

	CHECK(crypt_sha256_hex(parts, lens, 2, out) == out);
	return out;
}

/* The examples of FIPS 180-4 as NIST publishes them. */
static void
sha256_of_the_standard(void)
{
	char out[65];

	CHECK(strcmp(sum("abc", ""),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
	CHECK(strcmp(sum("", ""),
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
	CHECK(strcmp(sum("abcdbcdecdefdefgefghfghighijhijk", "ijkljklmklmnlmnomnopnopq"),
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1") == 0);
	CHECK(crypt_sha256_hex(NULL, NULL, 0, out) == out);
	CHECK(strcmp(out, sum("", "")) == 0);
}

static void
parts_are_one_text(void)
{
	char whole[65];

	strcpy(whole, sum("links = ", "()"));
	CHECK(strcmp(whole, sum("links", " = ()")) == 0);
	CHECK(strcmp(whole, sum("links = ()", " ")) != 0);
}

static const char *
signed_by(const void *key, size_t nkey, const void *text, size_t n)
{
	static char out[65];
	const void *parts[] = { text, (const char *)text + n / 2 };
	const size_t lens[] = { n / 2, n - n / 2 };

	CHECK(crypt_hmac_hex(key, nkey, parts, lens, 2, out) == out);
	return out;
}

/* The cases of RFC 4231. */
static void
hmac_of_the_standard(void)
{
	static const char longer[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	uint8_t key[131], text[50];

	memset(key, 0x0b, 20);
	CHECK(strcmp(signed_by(key, 20, "Hi There", 8),
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7") == 0);
	CHECK(strcmp(signed_by("Jefe", 4, "what do ya want for nothing?", 28),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843") == 0);
	memset(key, 0xaa, sizeof(key));
	memset(text, 0xdd, sizeof(text));
	CHECK(strcmp(signed_by(key, 20, text, 50),
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe") == 0);
	CHECK(strcmp(signed_by(key, 131, longer, strlen(longer)),
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54") == 0);
}

/* As HMAC is defined, of nothing with nothing. */
static void
an_empty_key_is_one(void)
{
	CHECK(strcmp(signed_by("", 0, "", 0),
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad") == 0);
	CHECK(strcmp(signed_by(NULL, 0, "", 0), signed_by("", 0, "", 0)) == 0);
}

/* RFC 1321, appendix A.5 */
static void
md5_of_the_standard(void)
{
	static const struct { const char *text, *sum; } rows[] = {
		{ "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	};
	char out[33];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const void *parts[] = { rows[i].text };
		const size_t lens[] = { strlen(rows[i].text) };

		CHECK(crypt_md5_hex(parts, lens, 1, out) == out);
		CHECK(strcmp(out, rows[i].sum) == 0);
	}
}

static void
a_secret_is_the_same_as_itself_only(void)
{
	CHECK(crypt_same("abc123", "abc123") && crypt_same("", ""));
	CHECK(!crypt_same("abc123", "abc124") && !crypt_same("abc123", "abc12") &&
	    !crypt_same("abc123", "abc1234") && !crypt_same("abc123", ""));
}

int
main(void)
{
	RUN(hmac_of_the_standard);
	RUN(an_empty_key_is_one);
	RUN(sha256_of_the_standard);
	RUN(parts_are_one_text);
	RUN(md5_of_the_standard);
	RUN(a_secret_is_the_same_as_itself_only);
	return 0;
}
