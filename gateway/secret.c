#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../conf/err.h"
#include "secret.h"

static const char *const words[] = {
	[SECRET_OK] = ERR_("%s is in order"),
	[SECRET_UNKNOWN] = ERR_("a secret is written \"@/path\" or \"cred:name\", not %s"),
	[SECRET_NO_CREDENTIALS] = ERR_("credential %s: systemd gave none; "
	    "the unit wants LoadCredential="),
	[SECRET_ABSENT] = ERR_("%s is not there"),
	[SECRET_DENIED] = ERR_("%s may not be read by this user: make the user its owner"),
	[SECRET_UNREADABLE] = ERR_("%s cannot be read"),
	[SECRET_NO_FILE] = ERR_("%s is no plain file"),
	[SECRET_OPEN] = ERR_("%1$s can be read or changed by others: chmod 600 %1$s"),
	[SECRET_EMPTY] = ERR_("%s is empty"),
	[SECRET_LONG] = ERR_("%s is longer than 4096 bytes: that is no secret"),
	[SECRET_BINARY] = ERR_("%s holds a byte 0 or more than one line"),
};

const char *
secret_words(enum secret_fault fault)
{
	return words[fault];
}

void
secret_clear(void *p, size_t n)
{
	explicit_bzero(p, n);
}

static enum secret_fault
find(const char *written, char path[SECRET_PATH_MAX])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int n;

	if (strncmp(written, "@/", 2) == 0) {
		n = snprintf(path, SECRET_PATH_MAX, "%s", written + 1);
		return n < SECRET_PATH_MAX ? SECRET_OK : SECRET_UNKNOWN;
	}
	snprintf(path, SECRET_PATH_MAX, "%s", "?");	/* it may be the secret itself */
	if (strncmp(written, "cred:", 5) != 0 || written[5] == '\0' ||
	    written[5] == '.' || strchr(written, '/') != NULL)
		return SECRET_UNKNOWN;
	if (folder == NULL) {
		snprintf(path, SECRET_PATH_MAX, "%s", written + 5);
		return SECRET_NO_CREDENTIALS;
	}
	n = snprintf(path, SECRET_PATH_MAX, "%s/%s", folder, written + 5);
	return n < SECRET_PATH_MAX ? SECRET_OK : SECRET_UNKNOWN;
}

static enum secret_fault
of_errno(int error)
{
	return error == ENOENT || error == ENOTDIR ? SECRET_ABSENT :
	    error == EACCES || error == EPERM ? SECRET_DENIED : SECRET_UNREADABLE;
}

/* A group may read, as systemd has it for some units, but not write. */
static enum secret_fault
check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return SECRET_UNREADABLE;
	if (!S_ISREG(st.st_mode))
		return SECRET_NO_FILE;
	if ((st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		return SECRET_OPEN;
	return st.st_size > SECRET_MAX ? SECRET_LONG : SECRET_OK;
}

static enum secret_fault
take(int fd, char secret[SECRET_MAX + 1])
{
	size_t len = 0;
	ssize_t n;

	/* one byte more than may be there */
	while (len <= SECRET_MAX && (n = read(fd, secret + len, SECRET_MAX + 1 - len)) != 0) {
		if (n < 0 && errno != EINTR)
			return SECRET_UNREADABLE;
		len += n > 0 ? (size_t)n : 0;
	}
	if (len > SECRET_MAX)
		return SECRET_LONG;
	if (len > 0 && secret[len - 1] == '\n')
		len--;
	if (len > 0 && secret[len - 1] == '\r')
		len--;
	secret[len] = '\0';
	if (len == 0)
		return SECRET_EMPTY;
	return strcspn(secret, "\r\n") < len ? SECRET_BINARY : SECRET_OK;
}

enum secret_fault
secret_read(const char *written, char secret[SECRET_MAX + 1], char path[SECRET_PATH_MAX])
{
	enum secret_fault fault = find(written, path);
	int fd;

	memset(secret, 0, SECRET_MAX + 1);
	if (fault != SECRET_OK)
		return fault;
	/* a FIFO would wait for somebody who writes */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return of_errno(errno);
	fault = check(fd);
	if (fault == SECRET_OK)
		fault = take(fd, secret);
	close(fd);
	if (fault != SECRET_OK)
		secret_clear(secret, SECRET_MAX + 1);
	return fault;
}

int
secret_load(const char *written, char secret[SECRET_MAX + 1], char *why, size_t n)
{
	char path[SECRET_PATH_MAX];
	enum secret_fault fault;

	secret[0] = '\0';
	if (written == NULL || written[0] == '\0')
		return 0;
	fault = secret_read(written, secret, path);
	if (fault == SECRET_OK)
		return 0;
	snprintf(why, n, secret_words(fault), path);
	return -1;
}
