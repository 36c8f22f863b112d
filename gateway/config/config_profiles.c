#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_read.h"

#define NEAR_MAX	256	/* files of the folders, offered as near */

static bool
is_there(const struct config_reader *r, const char *path)
{
	return r->among != NULL ? tree_find(r->among, path) != NULL : access(path, F_OK) == 0;
}

const char *
config_find(const struct config_reader *r, const struct strings *folders, const char *name,
    char *path, size_t n)
{
	for (size_t i = 0; i < folders->n; i++) {
		int len = snprintf(path, n, "%s/%s.conf", folders->at[i], name);

		if (len > 0 && (size_t)len < n && is_there(r, path))
			return path;
	}
	return NULL;
}

static size_t
list_folder(const char *folder, const char **names, size_t n, struct arena *arena)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir != NULL && n < NEAR_MAX && (e = readdir(dir)) != NULL) {
		size_t len = strlen(e->d_name);

		if (len <= 5 || strcmp(e->d_name + len - 5, ".conf") != 0)
			continue;
		names[n] = arena_text(arena, e->d_name, len - 5);
		if (names[n] != NULL)
			n++;
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}

const char *
config_folders(const struct strings *folders, char *buf, size_t n)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < folders->n && at < n; i++)
		at += (size_t)snprintf(buf + at, n - at, "%s%s", i > 0 ? ", " : "",
		    folders->at[i]);
	return buf;
}

const char *
config_near(struct config_reader *r, const struct strings *folders, const char *name)
{
	const char *names[NEAR_MAX] = { NULL }, *near, *longer = NULL;
	size_t n = 0, len = strlen(name);

	for (size_t i = 0; i < folders->n; i++)
		n = list_folder(folders->at[i], names, n, r->arena);
	near = near_name(name, names, n);
	/* dlt645 where dlt645-3p is meant: the shortest that goes on with it */
	for (size_t i = 0; near == NULL && len > 2 && i < n; i++)
		if (strncmp(names[i], name, len) == 0 &&
		    (longer == NULL || strlen(names[i]) < strlen(longer)))
			longer = names[i];
	return near != NULL ? near : longer;
}

static int
absent(struct config_reader *r, const struct device_conf *conf)
{
	const struct strings *folders = &r->config->gateway.profiles;
	const char *near = config_near(r, folders, conf->profile);
	char list[160];

	if (near != NULL)
		return err_add(r->errs, conf->place.file, conf->place.line,
		    "%s: there is no profile \"%s\"; did you mean \"%s\"?", conf->name,
		    conf->profile, near);
	return err_add(r->errs, conf->place.file, conf->place.line,
	    "%s: there is no profile \"%s\" in %s", conf->name, conf->profile,
	    config_folders(folders, list, sizeof(list)));
}

static struct profile *
read_profile(struct config_reader *r, const struct device_conf *conf)
{
	char path[PATH_MAX];
	struct profile *profile;
	struct tree *tree;

	if (config_find(r, &r->config->gateway.profiles, conf->profile, path,
	    sizeof(path)) == NULL) {
		absent(r, conf);
		return NULL;
	}
	tree = r->among != NULL ? tree_read_among(r->among, path, r->arena, r->errs) :
	    tree_read(path, r->arena, r->errs);
	if (tree == NULL)
		return NULL;
	profile = profile_read(tree, r->arena, r->errs);
	if (config_digest_tree(r, tree) != 0)
		profile = NULL;
	tree_close(tree);
	return profile;
}

const struct profile *
config_profile(struct config_reader *r, const struct device_conf *conf)
{
	size_t i = 0;

	while (i < r->nprofiles && strcmp(r->profile_names[i], conf->profile) != 0)
		i++;
	if (i == r->nprofiles) {
		r->profile_names[i] = conf->profile;
		r->profiles[i] = read_profile(r, conf);
		r->nprofiles++;
	}
	return r->profiles[i];
}
