#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shelf.h"

static bool
is_path(const char *word)
{
	size_t n = strlen(word);

	return n > 5 && strcmp(word + n - 5, ".conf") == 0;
}

static bool
find(const char *word, const struct strings *folders, char *path, size_t n)
{
	for (size_t i = 0; i < folders->n; i++) {
		snprintf(path, n, "%s/%s.conf", folders->at[i], word);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

const struct profile *
shelf_take(const char *word, const struct strings *folders, struct arena *arena,
    struct errs *errs)
{
	const struct profile *profile;
	size_t before = errs->n;
	char path[PATH_MAX];
	struct tree *tree;

	if (is_path(word))
		snprintf(path, sizeof(path), "%s", word);
	else if (!find(word, folders, path, sizeof(path))) {
		err_add(errs, "", 0, "there is no profile \"%s\"", word);
		return NULL;
	}
	if ((tree = tree_read(path, arena, errs)) == NULL)
		return NULL;
	profile = profile_read(tree, arena, errs);
	tree_close(tree);
	return errs->n == before ? profile : NULL;
}
