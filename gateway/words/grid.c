#include <stdlib.h>
#include <string.h>

#include "../../protocols/json.h"
#include "../room.h"
#include "../text.h"
#include "grid.h"

#define GAP	2	/* columns between two fields */

void
grid_init(struct grid *g, const struct grid_column *columns)
{
	*g = (struct grid){ .columns = columns };
	while (columns[g->ncolumns].key != NULL)
		g->ncolumns++;
}

static void
grow(struct grid *g)
{
	size_t cap = g->cap > 0 ? 2 * g->cap : 64;
	char **cells = room_for(cap * g->ncolumns, sizeof(*cells));

	if (g->nrows > 0)
		memcpy(cells, g->cells, g->nrows * g->ncolumns * sizeof(*cells));
	free(g->cells);
	g->cells = cells;
	g->cap = cap;
}

void
grid_add(struct grid *g, const char *const *texts)
{
	if (g->nrows == g->cap)
		grow(g);
	for (size_t i = 0; i < g->ncolumns; i++) {
		const char *text = texts[i] != NULL ? texts[i] : "";
		size_t n = strlen(text) + 1;

		g->cells[g->nrows * g->ncolumns + i] = memcpy(room_for(n, 1), text, n);
	}
	g->nrows++;
}

static const char *
shown(const struct grid *g, size_t row, size_t i)
{
	const char *text = g->cells[row * g->ncolumns + i];

	if (text[0] == '\0')
		return "-";
	return g->columns[i].word ? _(text) : text;
}

static int
width_of(const struct grid *g, size_t i)
{
	int w = text_width(_(g->columns[i].title));

	for (size_t row = 0; row < g->nrows; row++)
		if (text_width(shown(g, row, i)) > w)
			w = text_width(shown(g, row, i));
	return w;
}

static void
put(FILE *f, const char *text, int columns, bool right, bool last)
{
	int pad = columns - text_width(text);

	if (right)
		fprintf(f, "%*s%s", pad, "", text);
	else
		fprintf(f, "%s%*s", text, last ? 0 : pad, "");
	fprintf(f, "%*s", last ? 0 : GAP, "");
}

static size_t
last_column(const struct grid *g)
{
	size_t last = g->ncolumns;

	while (last > 0 && g->columns[last - 1].title == NULL)
		last--;
	return last > 0 ? last - 1 : 0;
}

void
grid_write(const struct grid *g, FILE *f)
{
	size_t last = last_column(g);
	int w[GRID_COLUMNS] = { 0 };

	for (size_t i = 0; i < g->ncolumns; i++)
		w[i] = g->columns[i].title != NULL ? width_of(g, i) : 0;
	for (size_t i = 0; i < g->ncolumns; i++)
		if (g->columns[i].title != NULL)
			put(f, _(g->columns[i].title), w[i], g->columns[i].number, i == last);
	fputc('\n', f);
	for (size_t row = 0; row < g->nrows; row++) {
		for (size_t i = 0; i < g->ncolumns; i++)
			if (g->columns[i].title != NULL)
				put(f, shown(g, row, i), w[i], g->columns[i].number, i == last);
		fputc('\n', f);
	}
}

void
grid_string(const char *text, FILE *f)
{
	size_t cap = 6 * strlen(text) + 3;
	struct buf b = { .at = room_for(cap, 1), .cap = cap };
	struct json j;

	json_begin(&j, &b);
	json_put_string(&j, text);
	if (json_end(&j))
		fwrite(b.at, 1, b.len, f);
	free(b.at);
}

static void
value(const struct grid *g, size_t row, size_t i, FILE *f)
{
	const char *text = g->cells[row * g->ncolumns + i];
	char *end;

	strtod(text, &end);
	if (g->columns[i].number && text[0] == '\0')
		fputs("null", f);
	else if (g->columns[i].number && (strcmp(text, "true") == 0 ||
	    strcmp(text, "false") == 0 || (*end == '\0' && strpbrk(text, "nNxX+") == NULL)))
		fputs(text, f);
	else		/* also a NaN, and what an instrument says in words */
		grid_string(text, f);
}

void
grid_json(const struct grid *g, FILE *f)
{
	fputc('[', f);
	for (size_t row = 0; row < g->nrows; row++) {
		fputs(row > 0 ? ",{" : "{", f);
		for (size_t i = 0; i < g->ncolumns; i++) {
			fprintf(f, "%s\"%s\":", i > 0 ? "," : "", g->columns[i].key);
			value(g, row, i, f);
		}
		fputc('}', f);
	}
	fputc(']', f);
}

void
grid_free(struct grid *g)
{
	for (size_t i = 0; i < g->nrows * g->ncolumns; i++)
		free(g->cells[i]);
	free(g->cells);
}
