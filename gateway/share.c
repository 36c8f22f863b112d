#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share.h"

/* Folders from that of the program: build/tidegate, build/asan/bin, and
 * /usr/sbin/tidegate under any prefix. */
static const char *const demos[] = {
	"../conf/demo.conf", "../../conf/demo.conf", "../share/tidegate/demo.conf", NULL
};
static const char *const profiles[] = {
	"../devices/profiles", "../../devices/profiles", "../share/tidegate/profiles", NULL
};
static const char *const packs[] = {
	"../rules/packs", "../../rules/packs", "../share/tidegate/packs", NULL
};
static const char *const locales[] = {
	"locale", "../locale", "../share/locale", NULL
};

/* The first of them that is there, without symbolic links or dots. */
static const char *
first(const char *const *names, char *buf, size_t n)
{
	char exe[PATH_MAX], path[2 * PATH_MAX], real[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (len <= 0)
		return NULL;
	exe[len] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return NULL;
	slash[1] = '\0';
	for (; *names != NULL; names++) {
		snprintf(path, sizeof(path), "%s%s", exe, *names);
		if (realpath(path, real) != NULL && strlen(real) < n)
			return strcpy(buf, real);
	}
	return NULL;
}

const char *
share_demo(char *buf, size_t n)
{
	return first(demos, buf, n);
}

const char *
share_profiles(char *buf, size_t n)
{
	return first(profiles, buf, n);
}

const char *
share_packs(char *buf, size_t n)
{
	return first(packs, buf, n);
}

const char *
share_locale(char *buf, size_t n)
{
	return first(locales, buf, n);
}
