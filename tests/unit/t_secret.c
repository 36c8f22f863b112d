#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/secret.h"
#include "../../gateway/secret_key.h"
#include "../check.h"

static char folder[] = "/tmp/t_secret.XXXXXX";
static char secret[SECRET_MAX + 1], path[SECRET_PATH_MAX];

static const char *
file(const char *text, size_t n, mode_t mode)
{
	static char written[100];
	FILE *f;

	snprintf(written, sizeof(written), "@%s/key", folder);
	unlink(written + 1);
	f = fopen(written + 1, "w");
	CHECK(f != NULL && fwrite(text, 1, n, f) == n && fclose(f) == 0);
	CHECK(chmod(written + 1, mode) == 0);
	return written;
}

static void
a_secret_is_read_without_its_line_end(void)
{
	CHECK(secret_read(file("hunter2\n", 8, 0600), secret, path) == SECRET_OK);
	CHECK(strcmp(secret, "hunter2") == 0);
	CHECK(secret_read(file("hunter2\r\n", 9, 0400), secret, path) == SECRET_OK);
	CHECK(strcmp(secret, "hunter2") == 0);
	CHECK(secret_read(file(" a b ", 5, 0640), secret, path) == SECRET_OK);
	CHECK(strcmp(secret, " a b ") == 0);
	secret_clear(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		CHECK(secret[i] == 0);
}

static void
what_others_can_read_or_change_is_refused(void)
{
	static const mode_t modes[] = { 0604, 0602, 0601, 0644, 0660, 0620, 0666 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		CHECK(secret_read(file("x\n", 2, modes[i]), secret, path) == SECRET_OPEN);
		CHECK(secret[0] == '\0' && strstr(path, "/key") != NULL);
	}
	CHECK(strstr(secret_words(SECRET_OPEN), "chmod 600 %1$s") != NULL);
}

static void
what_is_no_secret_is_refused(void)
{
	static char large[SECRET_MAX + 2];
	char written[100];

	memset(large, 'x', sizeof(large));
	CHECK(secret_read(file("", 0, 0600), secret, path) == SECRET_EMPTY);
	CHECK(secret_read(file("\n", 1, 0600), secret, path) == SECRET_EMPTY);
	CHECK(secret_read(file("a\0b", 3, 0600), secret, path) == SECRET_BINARY);
	CHECK(secret[0] == '\0' && secret[2] == '\0');
	CHECK(secret_read(file("a\nb\n", 4, 0600), secret, path) == SECRET_BINARY);
	CHECK(secret_read(file(large, SECRET_MAX, 0600), secret, path) == SECRET_OK);
	CHECK(strlen(secret) == SECRET_MAX);
	CHECK(secret_read(file(large, SECRET_MAX + 1, 0600), secret, path) == SECRET_LONG);
	CHECK(secret[0] == '\0');
	snprintf(written, sizeof(written), "@%s", folder);
	CHECK(secret_read(written, secret, path) == SECRET_NO_FILE);
	CHECK(secret_read("@/dev/zero", secret, path) == SECRET_NO_FILE);
	snprintf(written, sizeof(written), "@%s/fifo", folder);
	CHECK(mkfifo(written + 1, 0600) == 0);
	CHECK(secret_read(written, secret, path) == SECRET_NO_FILE);
	snprintf(written, sizeof(written), "@%s/absent", folder);
	CHECK(secret_read(written, secret, path) == SECRET_ABSENT);
	snprintf(written, sizeof(written), "@%s/key/under", folder);
	CHECK(secret_read(written, secret, path) == SECRET_ABSENT);
}

static void
credentials_come_from_systemd(void)
{
	unsetenv("CREDENTIALS_DIRECTORY");
	CHECK(secret_read("cred:key", secret, path) == SECRET_NO_CREDENTIALS);
	CHECK(strcmp(path, "key") == 0);
	CHECK(setenv("CREDENTIALS_DIRECTORY", folder, 1) == 0);
	file("token\n", 6, 0400);
	CHECK(secret_read("cred:key", secret, path) == SECRET_OK);
	CHECK(strcmp(secret, "token") == 0);
	CHECK(secret_read("cred:absent", secret, path) == SECRET_ABSENT);
	/* out of the folder leads no way */
	CHECK(secret_read("cred:../key", secret, path) == SECRET_UNKNOWN);
	CHECK(secret_read("cred:..", secret, path) == SECRET_UNKNOWN);
	CHECK(secret_read("cred:", secret, path) == SECRET_UNKNOWN);
}

/* What is written in the wrong place may be the secret itself. */
static void
clear_text_is_not_repeated(void)
{
	CHECK(secret_read("hunter2", secret, path) == SECRET_UNKNOWN);
	CHECK(strcmp(path, "?") == 0 && secret[0] == '\0');
	CHECK(secret_read("", secret, path) == SECRET_UNKNOWN);
	CHECK(secret_read("@relative", secret, path) == SECRET_UNKNOWN);
}

static void
every_fault_has_its_words(void)
{
	char text[600];

	for (int i = SECRET_OK; i <= SECRET_BINARY; i++) {
		CHECK(secret_words((enum secret_fault)i) != NULL);
		snprintf(text, sizeof(text), secret_words((enum secret_fault)i), "/a/path");
		CHECK(strstr(text, "/a/path") != NULL);
	}
}

#define TEN	"0123456789"
#define SIXTY	TEN TEN TEN TEN TEN TEN

static const struct {
	const struct key_form *form;
	const char *secret;
	enum secret_sort sort;
	size_t n;
	const char *starts;		/* the first bytes in hex */
} keys[] = {
	/* the same is the same key everywhere */
	{ &key_form_coap, "secret", SECRET_TEXT, 6, "736563726574" },
	{ &key_form_mqtt, "secret", SECRET_TEXT, 6, "736563726574" },
	{ &key_form_tls, "a secret of TLS.", SECRET_TEXT, 16, "612073" },
	{ &key_form_sm4, "a secret of SM4.", SECRET_TEXT, 16, "612073" },
	{ &key_form_coap, "0x736563726574", SECRET_HEX, 6, "736563726574" },
	{ &key_form_mqtt, "0x736563726574", SECRET_HEX, 6, "736563726574" },
	{ &key_form_tls, "0x00112233445566778899aAbBcCdDeEfF", SECRET_HEX, 16, "00112233" },
	{ &key_form_sm4, "0x00112233445566778899aAbBcCdDeEfF", SECRET_HEX, 16, "00112233" },
	{ &key_form_tls, "0x" SIXTY SIXTY "01234567", SECRET_HEX, 64, "012345" },
	{ &key_form_coap, "0xAb", SECRET_HEX, 1, "ab" },
	/* what was hex before there was 0x still is */
	{ &key_form_tls, "00112233445566778899aabbccddeeff", SECRET_BARE_HEX, 16, "00112233" },
	{ &key_form_tls, SIXTY SIXTY "01234567", SECRET_BARE_HEX, 64, "012345" },
	{ &key_form_mqtt, "00112233", SECRET_BARE_HEX, 4, "00112233" },
	{ &key_form_mqtt, "abc", SECRET_BARE_HEX, 2, "0abc" },
	{ &key_form_mqtt, "0", SECRET_BARE_HEX, 1, "00" },
	/* and what was text is text, be it meant to be or not */
	{ &key_form_coap, "00112233445566778899aabbccddeeff", SECRET_LIKE_HEX, 32, "3030" },
	{ &key_form_tls, "00112233445566778899aabbccddeef", SECRET_TEXT, 31, "3030" },
	{ &key_form_tls, "00112233445566778899aabbccddeeff0", SECRET_LIKE_HEX, 33, "3030" },
	{ &key_form_coap, "00112233445566778899aabbccddeefg", SECRET_TEXT, 32, "3030" },
	{ &key_form_coap, "12345678", SECRET_TEXT, 8, "3132" },
	{ &key_form_sm4, "0123456789abcdef", SECRET_TEXT, 16, "3031" },
	{ &key_form_coap, SIXTY "0123", SECRET_LIKE_HEX, 64, "3031" },
	{ &key_form_coap, "0X12", SECRET_TEXT, 4, "3058" },
	{ &key_form_coap, "x", SECRET_TEXT, 1, "78" },
	/* no keys */
	{ &key_form_coap, "0x", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, "0xabc", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, "0xzz", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, "0xab ", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, SIXTY "01234", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, "0x" SIXTY SIXTY "0123456789", SECRET_NO_KEY, 0, "" },
	{ &key_form_mqtt, SIXTY SIXTY "0123456789", SECRET_NO_KEY, 0, "" },
	{ &key_form_tls, "fifteen bytes..", SECRET_NO_KEY, 0, "" },
	{ &key_form_tls, "0x0011", SECRET_NO_KEY, 0, "" },
	{ &key_form_sm4, "0123456789abcde", SECRET_NO_KEY, 0, "" },
	{ &key_form_sm4, "00112233445566778899aabbccddeeff", SECRET_NO_KEY, 0, "" },
	{ &key_form_coap, "", SECRET_NO_KEY, 0, "" },
};

static void
a_key_is_text_or_hex(void)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct secret_key key;
		char hex[2 * SECRET_KEY_MAX + 1] = "";

		CHECK(secret_key_read(keys[i].form, keys[i].secret, &key) == keys[i].sort);
		CHECK(key.n == keys[i].n);
		for (size_t k = 0; k < key.n; k++)
			snprintf(hex + 2 * k, 3, "%02x", key.bytes[k]);
		CHECK(strncmp(hex, keys[i].starts, strlen(keys[i].starts)) == 0);
	}
}

static void
a_key_that_cannot_be_had_says_why(void)
{
	struct secret_key key;
	char why[600];

	CHECK(secret_key_load(&key_form_sm4, file("0123456789abcdef\n", 17, 0600), &key, why,
	    sizeof(why)) == 0);
	CHECK(key.n == 16 && memcmp(key.bytes, "0123456789abcdef", 16) == 0);
	CHECK(secret_key_load(&key_form_sm4, file("short\n", 6, 0600), &key, why,
	    sizeof(why)) < 0);
	CHECK(strstr(why, "a key of 16 bytes is wanted") != NULL && key.n == 0);
	CHECK(secret_key_load(&key_form_tls, file("short\n", 6, 0600), &key, why,
	    sizeof(why)) < 0);
	CHECK(strstr(why, "a key of 16 to 64 bytes is wanted") != NULL && key.n == 0);
	CHECK(secret_key_load(&key_form_tls, file("", 0, 0600), &key, why, sizeof(why)) < 0);
	CHECK(strstr(why, "is empty") != NULL && key.n == 0);
}

int
main(void)
{
	char command[100];

	CHECK(mkdtemp(folder) != NULL);
	RUN(a_secret_is_read_without_its_line_end);
	RUN(what_others_can_read_or_change_is_refused);
	RUN(what_is_no_secret_is_refused);
	RUN(credentials_come_from_systemd);
	RUN(clear_text_is_not_repeated);
	RUN(every_fault_has_its_words);
	RUN(a_key_is_text_or_hex);
	RUN(a_key_that_cannot_be_had_says_why);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0;
}
