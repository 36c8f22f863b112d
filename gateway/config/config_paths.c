#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_read.h"

/* The folder of a path by its real name where it is there already, so that a
 * link or ".." leads nobody astray; the name in it as it is written. */
static void
real_path(const char *path, char real[PATH_MAX])
{
	char folder[PATH_MAX], found[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n;

	snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path);
	n = realpath(folder, found) == NULL ? snprintf(real, PATH_MAX, "%s", path) :
	    snprintf(real, PATH_MAX, "%s%s", strcmp(found, "/") == 0 ? "" : found, slash);
	if (n < 0 || n >= PATH_MAX)
		real[0] = '\0';
}

static bool
ends(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

/* The folder of the journal is the journal's: only what by its name can be
 * none of its files may stand beside them. */
static int
check_journal(struct config_reader *r, const struct uplink_conf *u)
{
	char real[PATH_MAX], dir[PATH_MAX], inside[PATH_MAX];
	const char *store = r->config->gateway.store.dir;

	if (store == NULL || store[0] != '/' || ends(u->path, ".jsonl") || ends(u->path, ".log"))
		return 0;
	real_path(u->path, real);
	if ((size_t)snprintf(inside, sizeof(inside), "%s/x", store) >= sizeof(inside))
		return 0;
	real_path(inside, dir);
	dir[strlen(dir) > 0 ? strlen(dir) - 1 : 0] = '\0';
	if (dir[0] == '\0' || strncmp(real, dir, strlen(dir)) != 0)
		return 0;
	return err_add(r->errs, u->place.file, u->place.line,
	    "%s: \"%s\" is in the folder of the journal; a file there must end in .jsonl or .log",
	    "path", u->path);
}

static int
check_folder(struct config_reader *r, const struct uplink_conf *u)
{
	struct stat st;

	if (!ends(u->path, "/") && (stat(u->path, &st) < 0 || !S_ISDIR(st.st_mode)))
		return 0;
	return err_add(r->errs, u->place.file, u->place.line,
	    "%s: \"%s\" is a folder; say the file in it", "path", u->path);
}

/* Is it the file of the other, or the name of one that the other has put
 * aside: PATH.1, PATH.2 ... */
static bool
meets(const char *path, const char *other)
{
	char a[PATH_MAX], b[PATH_MAX];
	size_t n;

	real_path(path, a);
	real_path(other, b);
	n = strlen(b);
	return strncmp(a, b, n) == 0 && (a[n] == '\0' || (a[n] == '.' && a[n + 1] != '\0' &&
	    strspn(a + n + 1, "0123456789") == strlen(a + n + 1)));
}

static bool
has_path(const struct uplink_conf *u)
{
	return u->name != NULL && u->path != NULL && u->path[0] == '/';
}

static int
check_others(struct config_reader *r, size_t i)
{
	const struct config *c = r->config;
	const struct uplink_conf *u = &c->uplinks[i];

	for (size_t k = 0; k < c->nuplinks; k++) {
		const struct uplink_conf *other = &c->uplinks[k];

		if (k == i || !has_path(other) || !meets(u->path, other->path) ||
		    (k > i && meets(other->path, u->path)))
			continue;
		return err_add(r->errs, u->place.file, u->place.line,
		    "%s: \"%s\" is written by uplink \"%s\" too", "path", u->path, other->name);
	}
	return 0;
}

int
config_paths(struct config_reader *r)
{
	const struct config *c = r->config;
	int rc = 0;

	for (size_t i = 0; i < c->nuplinks; i++) {
		const struct uplink_conf *u = &c->uplinks[i];

		if (!has_path(u))
			continue;
		if (check_folder(r, u) != 0)
			rc = -1;
		else
			rc |= check_journal(r, u) | check_others(r, i);
	}
	return rc;
}
