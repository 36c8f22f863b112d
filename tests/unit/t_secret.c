#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/secret.h"
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
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command) != 0;
}
