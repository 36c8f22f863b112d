#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "scan.h"
#include "tree.h"

#define FILES_MAX	256
#define BYTES_MAX	(16U << 20)	/* of all of them together */
#define WITHIN_MAX	10		/* files that include each other */

struct source {
	struct tree_file	 file;
	char			*text;		/* the same, while it is scanned */
	dev_t			 dev;
	ino_t			 ino;
	const struct source	*by;		/* that includes it; NULL: none */
};

/* A run of lines of one file as libconfig sees them. */
struct piece {
	struct piece		*next;
	const struct source	*source;
	const char		*text;
	size_t			 len;
	int			 line;		/* in the file */
	int			 seen;		/* in the text of all, from 1 */
};

struct tree {
	config_t	 config;
	struct arena	*arena;
	struct errs	*errs;
	struct scan	*scan;
	const struct tree_files *among;		/* NULL: those of the disk */
	struct source	*sources[FILES_MAX];
	size_t		 nsources;
	size_t		 bytes, joined;		/* of all files, of all pieces */
	struct piece	*pieces, **last;
	struct piece	**index;		/* of all pieces, by seen */
	size_t		 npieces;
	bool		 faulty;		/* a file was given up, or a part of one */
	bool		 lost;			/* what is left makes no sense */
	bool		 full;			/* of files or memory: no use in more */
};

static int
no_memory(struct errs *errs, const char *file)
{
	return err_add(errs, file, 0,
	    "the configuration is too large for the memory set aside for it");
}

/* Where the fault is that a file cannot be had: the line that wants it. */
struct wanted {
	const char	*file;
	int		 line;
};

static int
cannot(const struct tree *tree, const struct wanted *at, const char *path, const char *why)
{
	why = err_word(tree->errs, why);
	if (at->line == 0)
		return err_add(tree->errs, path, 0, "cannot be read: %s", why);
	return err_add(tree->errs, at->file, at->line, "@include \"%s\": %s", path, why);
}

static int
read_whole(struct tree *tree, struct source *s, FILE *f, const struct wanted *at)
{
	struct stat st;
	char *text;

	if (fstat(fileno(f), &st) != 0)
		return cannot(tree, at, s->file.path, strerrordesc_np(errno));
	if (!S_ISREG(st.st_mode))
		return cannot(tree, at, s->file.path, ERR_("it is no file"));
	if (st.st_size > BYTES_MAX || tree->bytes > BYTES_MAX - (size_t)st.st_size)
		return cannot(tree, at, s->file.path, ERR_("more than 16 MiB of configuration"));
	tree->bytes += (size_t)st.st_size;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	text = arena_alloc(tree->arena, (size_t)st.st_size + 1);
	if (text == NULL)
		return no_memory(tree->errs, s->file.path);
	s->text = text;
	s->file.text = text;
	s->file.len = fread(text, 1, (size_t)st.st_size, f);
	if (ferror(f))
		return cannot(tree, at, s->file.path, strerrordesc_np(errno));
	return 0;
}

const struct tree_file *
tree_find(const struct tree_files *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->at[i].path, path) == 0)
			return &files->at[i];
	return NULL;
}

static int
take_source(struct tree *tree, struct source *s, const struct wanted *at)
{
	const struct tree_file *file = tree_find(tree->among, s->file.path);

	if (file == NULL)
		return cannot(tree, at, s->file.path, strerrordesc_np(ENOENT));
	s->ino = (ino_t)(file - tree->among->at) + 1;	/* for circles */
	s->text = arena_text(tree->arena, file->text, file->len);
	if (s->text == NULL)
		return no_memory(tree->errs, s->file.path);
	s->file.text = s->text;
	s->file.len = file->len;
	return 0;
}

static int
read_source(struct tree *tree, struct source *s, const struct wanted *at)
{
	struct stat st;
	FILE *f;
	int rc;

	if (tree->among != NULL)
		return take_source(tree, s, at);
	/* opening a FIFO would wait for somebody who writes */
	if (stat(s->file.path, &st) != 0)
		return cannot(tree, at, s->file.path, strerrordesc_np(errno));
	if (!S_ISREG(st.st_mode))
		return cannot(tree, at, s->file.path, ERR_("it is no file"));
	f = fopen(s->file.path, "re");
	if (f == NULL)
		return cannot(tree, at, s->file.path, strerrordesc_np(errno));
	rc = read_whole(tree, s, f, at);
	fclose(f);
	return rc;
}

static struct source *
add_source(struct tree *tree, const char *path, size_t len, const struct source *by)
{
	struct source *s = NULL;

	if (tree->nsources < FILES_MAX)
		s = arena_alloc(tree->arena, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->by = by;
	s->file.path = arena_text(tree->arena, path, len);
	if (s->file.path == NULL)
		return NULL;
	tree->sources[tree->nsources++] = s;
	return s;
}

static int
add_piece(struct tree *tree, const struct source *s, const char *text, size_t len, int line)
{
	struct piece *p = arena_alloc(tree->arena, sizeof(*p));

	if (p == NULL) {
		tree->full = true;
		return no_memory(tree->errs, s->file.path);
	}
	*p = (struct piece){ .source = s, .text = text, .len = len, .line = line };
	*tree->last = p;
	tree->last = &p->next;
	tree->npieces++;
	tree->joined += len;
	return 0;
}

/* A relative name is meant from the folder of the file that says it. */
static struct source *
included(struct tree *tree, const struct source *by, const char *path)
{
	const char *slash = strrchr(by->file.path, '/');
	size_t n = slash != NULL && path[0] != '/' ? (size_t)(slash - by->file.path) + 1 : 0;
	char whole[2 * SCAN_PATH_MAX + 2];
	size_t len = strlen(path);

	if (n + len >= sizeof(whole))
		return NULL;
	memcpy(whole, by->file.path, n);
	memcpy(whole + n, path, len);
	return add_source(tree, whole, n + len, by);
}

static int
check_circle(struct tree *tree, const struct source *s, const struct wanted *at)
{
	int depth = 0;

	for (const struct source *up = s->by; up != NULL; up = up->by) {
		if (up->ino == s->ino && up->dev == s->dev)
			return cannot(tree, at, s->file.path,
			    ERR_("includes go round in a circle"));
		if (++depth > WITHIN_MAX)
			return cannot(tree, at, s->file.path,
			    ERR_("more than 10 files that include each other"));
	}
	return 0;
}

static int	expand(struct tree *, const struct source *);

static int
include(struct tree *tree, const struct source *by, const char *path, int line)
{
	struct wanted at = { by->file.path, line };
	struct source *s = included(tree, by, path);

	if (s == NULL) {
		tree->full = true;
		return cannot(tree, &at, path, ERR_("too long a name, or more than 256 files"));
	}
	if (read_source(tree, s, &at) != 0 || check_circle(tree, s, &at) != 0)
		return -1;
	return expand(tree, s);
}

/* A file that is given up hides no fault of those that stand beside it. */
static int
try_include(struct tree *tree, const struct source *by, const char *path, int line)
{
	struct scan_place place = scan_place(tree->scan);

	if (include(tree, by, path, line) == 0)
		return 0;
	tree->faulty = true;
	tree->lost |= !place.sound;
	return scan_return(tree->scan, &place) && !tree->full ? 0 : -1;
}

static int
count_lines(const char *s, size_t n)
{
	const char *end = s + n;
	int lines = 0;

	while ((s = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		lines++;
		s++;
	}
	return lines;
}

/* What stands before a syntax error, as far as it is whole by itself, is read as
 * if the file ended there.  Not in a file that stands within brackets, and not
 * where the fault is in what began before an @include. */
static int
keep_sound(struct tree *tree, const struct source *s, const struct scan_text *t,
    size_t begin, int line)
{
	const char *kept = t->text + begin, *end;
	size_t len = t->cut - begin;

	tree->faulty = true;
	if (t->cut < begin) {
		tree->lost = true;
		return -1;
	}
	end = scan_cut(tree->scan, t);
	return add_piece(tree, s, kept, len, line) |
	    add_piece(tree, s, end, strlen(end), line + count_lines(kept, len));
}

/* Scans a text and cuts it into pieces, at each @include the other file. */
static int
expand(struct tree *tree, const struct source *s)
{
	struct scan_text t = { .file = s->file.path, .text = s->text, .len = s->file.len };
	char path[SCAN_PATH_MAX];
	size_t begin = 0, from = 0;
	const struct scan_place place = scan_place(tree->scan);
	enum scan_result rc;
	int line = 1;

	do {
		rc = scan_run(tree->scan, &t, &from, path);
		if (rc == SCAN_END && scan_finish(tree->scan, &t, place.depth) != 0)
			rc = SCAN_FAULT;
		if (rc == SCAN_FAULT)
			err_unread(tree->errs);
		if (rc == SCAN_FAULT && place.depth == 0 && place.sound)
			return keep_sound(tree, s, &t, begin, line);
		if (rc == SCAN_FAULT) {
			tree->lost = true;
			return -1;
		}
		if (rc == SCAN_END)
			from = t.len;
		if (add_piece(tree, s, t.text + begin, from - begin, line) != 0 ||
		    (rc == SCAN_INCLUDE && try_include(tree, s, path, t.line) != 0))
			return -1;
		begin = t.at;
		line = t.line;
	} while (rc == SCAN_INCLUDE);
	if (s->by == NULL)
		return 0;
	/* what stands behind the directive begins on a line of its own */
	return add_piece(tree, s, "\n", 1, line);
}

/* One text of all pieces; NULL: the arena is full. */
static const char *
join(struct tree *tree)
{
	size_t at = 0, n = 0;
	int line = 1;
	char *text;

	tree->index = arena_alloc(tree->arena, (tree->npieces + 1) * sizeof(tree->index[0]));
	if (tree->index == NULL)
		return NULL;
	tree->index[0] = tree->pieces;
	tree->pieces->seen = 1;
	if (tree->npieces == 1)
		return tree->pieces->text;
	text = arena_alloc(tree->arena, tree->joined + 1);
	if (text == NULL)
		return NULL;
	for (struct piece *p = tree->pieces; p != NULL; p = p->next) {
		p->seen = line;
		tree->index[n++] = p;
		memcpy(text + at, p->text, p->len);
		at += p->len;
		line += count_lines(p->text, p->len);
	}
	return text;
}

/* The piece that holds a line of the joined text: of several that begin in it,
 * the last, for before it there is but white space. */
static const struct piece *
piece_of(const struct tree *tree, int line)
{
	size_t low = 0, high = tree->npieces;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (tree->index[middle]->seen <= line)
			low = middle;
		else
			high = middle;
	}
	return tree->index[low];
}

static int
parse(struct tree *tree)
{
	const char *text = join(tree);
	const struct piece *p;
	int line;

	if (text == NULL)
		return no_memory(tree->errs, tree->sources[0]->file.path);
	config_init(&tree->config);
	if (config_read_string(&tree->config, text) == CONFIG_TRUE) {
		config_setting_set_hook(config_root_setting(&tree->config), tree);
		return 0;
	}
	line = config_error_line(&tree->config);
	p = piece_of(tree, line);
	if (!tree->faulty)		/* else it was told, and clearer */
		err_add(tree->errs, p->source->file.path, p->line + line - p->seen, "%s",
		    err_word(tree->errs, config_error_text(&tree->config)));
	config_destroy(&tree->config);
	return -1;
}

static struct tree *
tree_new(const char *path, struct arena *arena, struct errs *errs)
{
	struct tree *tree = arena_alloc(arena, sizeof(*tree));

	if (tree == NULL)
		return NULL;
	tree->arena = arena;
	tree->errs = errs;
	tree->last = &tree->pieces;
	tree->scan = scan_new(arena, errs);
	if (tree->scan == NULL || add_source(tree, path, strlen(path), NULL) == NULL)
		return NULL;
	return tree;
}

static struct tree *
read_first(const struct tree_files *among, const char *path, struct arena *arena,
    struct errs *errs)
{
	struct tree *tree = tree_new(path, arena, errs);
	const struct wanted nobody = { path, 0 };

	if (tree == NULL) {
		no_memory(errs, path);
		return NULL;
	}
	tree->among = among;
	if (read_source(tree, tree->sources[0], &nobody) != 0 ||
	    expand(tree, tree->sources[0]) != 0 || tree->lost || parse(tree) != 0)
		return NULL;
	return tree;
}

struct tree *
tree_read_part(const char *path, struct arena *arena, struct errs *errs)
{
	return read_first(NULL, path, arena, errs);
}

bool
tree_whole(const struct tree *tree)
{
	return !tree->faulty;
}

/* NULL if it is not whole. */
static struct tree *
whole(struct tree *tree)
{
	if (tree == NULL || tree_whole(tree))
		return tree;
	tree_close(tree);
	return NULL;
}

struct tree *
tree_read(const char *path, struct arena *arena, struct errs *errs)
{
	return whole(tree_read_part(path, arena, errs));
}

struct tree *
tree_read_among(const struct tree_files *files, const char *path, struct arena *arena,
    struct errs *errs)
{
	return whole(read_first(files, path, arena, errs));
}

struct tree *
tree_parse(const char *text, const char *name, struct arena *arena, struct errs *errs)
{
	struct tree *tree = tree_new(name, arena, errs);
	struct source *s = tree != NULL ? tree->sources[0] : NULL;

	if (s != NULL)
		s->text = arena_text(arena, text, strlen(text));
	if (s == NULL || s->text == NULL) {
		no_memory(errs, name);
		return NULL;
	}
	s->file.text = s->text;
	s->file.len = strlen(text);
	if (expand(tree, s) != 0 || tree->lost || parse(tree) != 0)
		return NULL;
	return whole(tree);
}

void
tree_close(struct tree *tree)
{
	if (tree != NULL)
		config_destroy(&tree->config);
}

const struct tree_file *
tree_file(const struct tree *tree, size_t i)
{
	return i < tree->nsources ? &tree->sources[i]->file : NULL;
}

const struct node *
tree_root(const struct tree *tree)
{
	return (const struct node *)config_root_setting(&tree->config);
}

static const config_setting_t *
setting(const struct node *node)
{
	return (const config_setting_t *)node;
}

static const struct tree *
tree_of(const struct node *node)
{
	return config_setting_get_hook(config_root_setting(setting(node)->config));
}

enum node_kind
node_kind(const struct node *node)
{
	switch (config_setting_type(setting(node))) {
	case CONFIG_TYPE_GROUP:
		return NODE_GROUP;
	case CONFIG_TYPE_STRING:
		return NODE_STRING;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return NODE_INT;
	case CONFIG_TYPE_FLOAT:
		return NODE_REAL;
	case CONFIG_TYPE_BOOL:
		return NODE_BOOL;
	default:
		return NODE_LIST;
	}
}

const char *
node_name(const struct node *node)
{
	const char *name = config_setting_name(setting(node));

	return name != NULL ? name : "";
}

const char *
node_file(const struct node *node)
{
	const struct tree *tree = tree_of(node);
	int line = (int)config_setting_source_line(setting(node));

	return line == 0 ? tree->sources[0]->file.path :
	    piece_of(tree, line)->source->file.path;
}

int
node_line(const struct node *node)
{
	int line = (int)config_setting_source_line(setting(node));
	const struct piece *p = line != 0 ? piece_of(tree_of(node), line) : NULL;

	return p != NULL ? p->line + line - p->seen : 0;
}

size_t
node_len(const struct node *node)
{
	return (size_t)config_setting_length(setting(node));
}

const struct node *
node_at(const struct node *node, size_t i)
{
	return (const struct node *)config_setting_get_elem(setting(node), (unsigned)i);
}

const struct node *
node_get(const struct node *group, const char *name)
{
	return (const struct node *)config_setting_get_member(setting(group), name);
}

const char *
node_string(const struct node *node)
{
	const char *s = config_setting_get_string(setting(node));

	return s != NULL ? s : "";
}

int64_t
node_int(const struct node *node)
{
	return config_setting_get_int64(setting(node));
}

double
node_real(const struct node *node)
{
	return node_kind(node) == NODE_INT ? (double)node_int(node) :
	    config_setting_get_float(setting(node));
}

bool
node_bool(const struct node *node)
{
	return config_setting_get_bool(setting(node)) == CONFIG_TRUE;
}
