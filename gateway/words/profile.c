#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <iconv.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../conf/utf8.h"
#include "../../devices/import.h"
#include "../../devices/profile.h"
#include "../../protocols/json.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../room.h"
#include "../share.h"
#include "../sim/shelf.h"
#include "../text.h"
#include "profile_show.h"

#define ARENA		(64UL << 20)	/* address space only, until it is touched */
#define LOCAL		"/etc/tidegate/profiles"
#define FOLDERS_MAX	8
#define FILES_MAX	1000
#define TABLE_MAX	(1UL << 20)
#define TEXT_MAX	(4UL << 20)

enum { OPT_PROFILES = 256, OPT_NAME, OPT_MAKER, OPT_MODEL, OPT_FAMILY, OPT_SOURCE, OPT_FIRST };

/* What the command line asks for. */
struct order_of_work {
	const char	*verb, *words[FILES_MAX];
	size_t		 nwords;
	struct strings	 folders;
	const char	*folder_at[FOLDERS_MAX];
	struct import	 import;
	bool		 json;
	struct arena	 arena;
	struct errs	*errs;
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, N_("print JSON, an object a line"), 0 },
	{ "profiles", OPT_PROFILES, N_("DIR"), 0, N_("look for profiles here first"), 0 },
	{ "name", OPT_NAME, N_("NAME"), 0,
	    N_("import: name of the profile (default: of the table)"), 0 },
	{ "maker", OPT_MAKER, N_("TEXT"), 0, N_("import: who makes the instrument"), 0 },
	{ "model", OPT_MODEL, N_("TEXT"), 0, N_("import: its model, as on its plate"), 0 },
	{ "family", OPT_FAMILY, N_("WORD"), 0, N_("import: fume gas scale water power io"), 0 },
	{ "source", OPT_SOURCE, N_("TEXT"), 0, N_("import: manual and page of the table"), 0 },
	{ "first", OPT_FIRST, N_("NUMBER"), 0,
	    N_("import: the number that the table gives to the first register: 0, 1, 40001"), 0 },
	{ 0 }
};

static void
add_folder(struct order_of_work *w, const char *folder)
{
	if (w->folders.n < FOLDERS_MAX)
		w->folder_at[w->folders.n++] = folder;
}

static void
read_first(struct order_of_work *w, const char *arg, struct argp_state *state)
{
	char *end;

	w->import.first = strtol(arg, &end, 0);
	if (end == arg || *end != '\0' || w->import.first < 0 || w->import.first > 465536)
		argp_error(state, _("not a number of a register: %s"), arg);
}

static void
keep(struct order_of_work *w, char *arg, struct argp_state *state)
{
	if (w->verb == NULL)
		w->verb = arg;
	else if (w->nwords < FILES_MAX)
		w->words[w->nwords++] = arg;
	else
		argp_error(state, _("too many: %s"), arg);
}

static error_t
option(int key, char *arg, struct argp_state *state)
{
	struct order_of_work *w = state->input;

	switch (key) {
	case 'j':
		w->json = true;
		return 0;
	case OPT_PROFILES:
		add_folder(w, arg);
		return 0;
	case OPT_NAME:
		w->import.name = arg;
		return 0;
	case OPT_MAKER:
		w->import.maker = arg;
		return 0;
	case OPT_MODEL:
		w->import.model = arg;
		return 0;
	case OPT_FAMILY:
		w->import.family = arg;
		return 0;
	case OPT_SOURCE:
		w->import.source = arg;
		return 0;
	case OPT_FIRST:
		read_first(w, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		keep(w, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Each has memory of its own: a profile is read, shown and forgotten. */
static const struct profile *
take(struct order_of_work *w, const char *word)
{
	w->arena.used = 0;
	return shelf_take(word, &w->folders, &w->arena, w->errs);
}

static int
tell(struct order_of_work *w)
{
	config_errs_print(w->errs, stderr);
	w->errs->n = 0;
	return EXIT_FAILURE;
}

static int
is_conf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && strcmp(e->d_name + n - 5, ".conf") == 0;
}

static bool
is_hidden(const struct order_of_work *w, size_t folder, const char *file)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", w->folders.at[i], file);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

/* A profile of an earlier folder hides one of the same name. */
static int
list_folder(struct order_of_work *w, size_t folder)
{
	struct dirent **files;
	int n = scandir(w->folders.at[folder], &files, is_conf, alphasort), status = 0;

	for (int i = 0; i < n; i++) {
		const struct profile *p;
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", w->folders.at[folder], files[i]->d_name);
		if (!is_hidden(w, folder, files[i]->d_name)) {
			p = take(w, path);
			status |= p != NULL ? profile_show_line(p, w->json) : tell(w);
		}
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	return status;
}

static int
list(struct order_of_work *w)
{
	int status = 0;

	for (size_t i = 0; i < w->folders.n; i++)
		status |= list_folder(w, i);
	return status;
}

static int
show(struct order_of_work *w)
{
	int status = 0;

	for (size_t i = 0; i < w->nwords; i++) {
		const struct profile *p = take(w, w->words[i]);

		status |= p != NULL ? profile_show(p, w->json) : tell(w);
	}
	return status;
}

/* On paper the leading figure of a number often stands for the function.  Few
 * instruments really have registers up there. */
static void
doubt_numbers(const struct profile *p, const char *file)
{
	static const unsigned firsts[] = { [2] = 10001, [3] = 40001, [4] = 30001 };
	const size_t n = sizeof(firsts) / sizeof(firsts[0]);

	for (size_t i = 0; i < p->npoints; i++) {
		const struct point *point = &p->points[i];
		unsigned first = point->function < n ? firsts[point->function] : 0;

		if (first == 0 || point->number < first || point->number > first + 9998)
			continue;
		printf(_("%s: note: %s: on paper %u mostly means register %u of function %u\n"),
		    file, point->name, point->number, point->number - first, point->function);
		return;		/* told once: the others are counted alike */
	}
}

static int
check(struct order_of_work *w)
{
	int status = 0;

	for (size_t i = 0; i < w->nwords; i++) {
		const struct profile *p = take(w, w->words[i]);

		if (p == NULL) {
			status |= tell(w);
		} else if (!w->json) {
			printf(_("%s: profile OK\n"), w->words[i]);
			doubt_numbers(p, w->words[i]);
		}
	}
	return status;
}

/* Spreadsheets of Chinese Windows write GB18030 where they are not told to write
 * UTF-8.  false: it is neither. */
static bool
to_utf8(char **table, size_t *len, const char *path)
{
	size_t left = *len, room = 2 * *len;	/* two bytes become three at most */
	char *utf8 = room_for(1, room + 1), *in = *table, *out = utf8;
	iconv_t from = iconv_open("UTF-8", "GB18030");

	if (from == (iconv_t)-1 || iconv(from, &in, &left, &out, &room) == (size_t)-1) {
		if (from != (iconv_t)-1)
			iconv_close(from);
		free(utf8);
		return false;
	}
	iconv_close(from);
	free(*table);
	*table = utf8;
	*len = (size_t)(out - utf8);
	fprintf(stderr, _("note: %s is not UTF-8: read as GB18030\n"), path);
	return true;
}

static char *
read_table(const char *path, size_t *len)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *table;

	if (f == NULL)
		return NULL;
	table = room_for(1, TABLE_MAX + 1);
	*len = fread(table, 1, TABLE_MAX + 1, f);
	if (f != stdin)
		fclose(f);
	if (*len <= TABLE_MAX)
		return table;
	free(table);
	errno = EFBIG;
	return NULL;
}

/* What the table does not say has the name of its file, or says that nobody
 * said it. */
static void
fill_head(struct import *i, const char *path, char *name, size_t n)
{
	const char *base = strrchr(path, '/');

	snprintf(name, n, "%s", base != NULL ? base + 1 : path);
	name[strcspn(name, ".")] = '\0';
	i->name = i->name != NULL ? i->name : name;
	i->maker = i->maker != NULL ? i->maker : "(unknown)";
	i->model = i->model != NULL ? i->model : i->name;
	i->family = i->family != NULL ? i->family : "io";
	i->source = i->source != NULL ? i->source : path;
}

/* A fault of the text belongs to the row of the table that it came from. */
static void
move_faults(struct errs *errs, size_t from, const char *path, const struct imported *rows)
{
	for (size_t i = from; i < errs->n && i < ERRS_MAX; i++) {
		struct err *e = &errs->at[i];
		size_t row = (size_t)(e->line - IMPORT_LINE);

		snprintf(e->file, sizeof(e->file), "%s", path);
		e->line = e->line >= IMPORT_LINE && row < rows->n ? rows->lines[row] : 0;
	}
}

static int
check_text(struct order_of_work *w, const struct buf *text, const char *path,
    const struct imported *rows)
{
	const struct profile *p = NULL;
	struct tree *tree;
	char file[128];

	snprintf(file, sizeof(file), "%s.conf", w->import.name);
	tree = tree_parse((const char *)text->at, file, &w->arena, w->errs);
	if (tree != NULL)
		p = profile_read(tree, &w->arena, w->errs);
	tree_close(tree);
	move_faults(w->errs, 0, path, rows);
	return p != NULL ? 0 : -1;
}

static int
import(struct order_of_work *w)
{
	struct buf text = { .at = room_for(1, TEXT_MAX), .cap = TEXT_MAX - 1 };
	const char *path = w->words[0];
	struct imported *rows = room_for(1, sizeof(*rows));
	size_t len = 0;
	char name[64], *table = read_table(path, &len);
	int status;

	fill_head(&w->import, path, name, sizeof(name));
	if (table == NULL)
		err_add(w->errs, path, 0, "cannot be read: %s", text_error(errno));
	else if (utf8_span(table, len) < len && !to_utf8(&table, &len, path))
		err_add(w->errs, path, 0, "is neither UTF-8 nor GB18030: save it as CSV UTF-8");
	else if (import_table(table, len, path, &w->import, &text, rows, w->errs) == 0 &&
	    check_text(w, &text, path, rows) == 0)
		fwrite(text.at, 1, text.len, stdout);
	if (rows->ignored[0] != '\0')
		fprintf(stderr, _("note: %s: these columns are not used: %s\n"), path,
		    rows->ignored);
	status = w->errs->n > 0 ? tell(w) : EXIT_SUCCESS;
	free(table);
	free(rows);
	free(text.at);
	return status;
}

static const struct {
	const char	*name;
	int		(*work)(struct order_of_work *);
	bool		 words;		/* it wants some */
} verbs[] = {
	{ "list", list, false },
	{ "show", show, true },
	{ "check", check, true },
	{ "import", import, true },
};

static int
work(struct order_of_work *w)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, w->verb) != 0)
			continue;
		if (!verbs[i].words && w->nwords > 0) {
			fprintf(stderr, _("tidegate profile %s: too many: %s\n"), w->verb,
			    w->words[0]);
			return EX_USAGE;
		}
		if (verbs[i].words && w->nwords == 0) {
			fprintf(stderr, _("tidegate profile %s: of which?\n"), w->verb);
			return EX_USAGE;
		}
		return verbs[i].work(w) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	fprintf(stderr, _("tidegate profile: list, show, check or import, not %s\n"), w->verb);
	return EX_USAGE;
}

int
profile_word(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = option,
	    .args_doc = N_("list\nshow NAME...\ncheck FILE...\nimport TABLE.csv"),
	    .doc = N_("Lists, shows and checks profiles of instruments, and makes one from a table "
	    "of registers.") };
	struct order_of_work w = { .errs = config_errs() };
	char shipped[PATH_MAX];
	int status;

	w.folders.at = w.folder_at;
	argp_parse(&argp, argc, argv, 0, NULL, &w);
	add_folder(&w, LOCAL);
	if (share_profiles(shipped, sizeof(shipped)) != NULL)
		add_folder(&w, shipped);
	w.arena = (struct arena){ .at = room_for(1, ARENA), .cap = ARENA };
	status = work(&w);
	free(w.arena.at);
	free(w.errs);
	return status;
}
