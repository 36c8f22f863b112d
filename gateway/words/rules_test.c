#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../command_line.h"
#include "../config/config.h"
#include "../log.h"
#include "../room.h"
#include "../run.h"
#include "../text.h"
#include "stories.h"

struct options {
	const char	*config;	/* NULL: not said */
	bool		 verbose;
	char		**files;	/* rest of argv; NULL: none */
	size_t		 nfiles;
};

struct test {
	const struct options *o;
	struct config	*site;		/* of stories that bring none; NULL: not read */
	bool		 no_site;	/* it cannot be read: said once */
	size_t		 told, failed;
};

static const struct argp_option options[] = {
	{ "verbose", 'v', NULL, 0, N_("name the stories that hold, too"), 0 },
	OPTION_CONFIG,
	{ 0 }
};

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'v':
		o->verbose = true;
		return 0;
	case 'c':
		o->config = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->nfiles = (size_t)(state->argc - state->next);
		return 0;
	default:
		return key == ARGP_KEY_ARG ? ARGP_ERR_UNKNOWN : option_none(key, state);
	}
}

static const struct config *
site(struct test *t)
{
	if (t->site != NULL || t->no_site)
		return t->site;
	t->site = config_told(t->o->config != NULL ? t->o->config : CONFIG_FILE);
	t->no_site = t->site == NULL;
	return t->site;
}

static void
tell_one(struct test *t, struct stories *s, size_t i)
{
	const struct story *story = stories_at(s, i);
	struct errs *errs = config_errs();
	char safe[300];

	if (stories_tell(s, i, stories_have_site(s) ? NULL : t->site, errs) != 0) {
		t->failed++;
		config_errs_print(errs, stdout);
	} else if (t->o->verbose) {
		printf("%s:%d: %s: %s\n", story->place.file, story->place.line,
		    log_safe(story->name, safe, sizeof(safe)), _("holds"));
	}
	t->told++;
	free(errs);
}

/* -1: it could not be read, and that was told. */
static int
test_file(struct test *t, const char *path)
{
	struct errs *errs = config_errs();
	struct stories *s = stories_read(path, errs);
	int rc = s != NULL ? 0 : -1;

	if (s == NULL)
		config_errs_print(errs, stderr);
	else if (!stories_have_site(s) && site(t) == NULL)
		rc = -1;
	for (size_t i = 0; rc == 0 && i < stories_count(s); i++)
		tell_one(t, s, i);
	stories_free(s);
	free(errs);
	return rc;
}

/* Those that the configuration names, from its folder. */
static int
test_own(struct test *t)
{
	const char *path = t->o->config != NULL ? t->o->config : CONFIG_FILE;
	const char *slash = strrchr(path, '/');
	const struct config *c = site(t);
	int rc = c != NULL ? 0 : -1;

	if (rc == 0 && c->stories.n == 0) {
		fprintf(stderr, _("%s: it names no stories: give FILE, or set stories\n"), path);
		return -1;
	}
	for (size_t i = 0; rc == 0 && i < c->stories.n; i++) {
		const char *name = c->stories.at[i];
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%.*s%s", name[0] != '/' && slash != NULL ?
		    (int)(slash + 1 - path) : 0, path, name);
		rc = test_file(t, file);
	}
	return rc;
}

int
rules_test_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("[FILE...]"),
	    .doc = N_("Tells the rules what instruments show in stories, in a time of its own, "
	    "and says whether they make of it what the stories want.  Without FILE those that "
	    "the configuration names.") };
	struct options o = { .config = NULL };
	struct test t = { .o = &o };
	int rc = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	for (size_t i = 0; i < o.nfiles; i++)
		rc |= test_file(&t, o.files[i]);
	if (o.nfiles == 0)
		rc = test_own(&t);
	config_free(t.site);
	if (t.told > 0)
		printf(_("%zu of %zu stories hold\n"), t.told - t.failed, t.told);
	return rc != 0 || t.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
