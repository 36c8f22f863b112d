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

int
main(void)
{
	RUN(sha256_of_the_standard);
	RUN(parts_are_one_text);
	return 0;
}
