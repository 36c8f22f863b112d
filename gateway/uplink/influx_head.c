#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/number.h"
#include "../room.h"
#include "influx_head.h"

const char *const head_fields[FIELDS] = {
	[F_VALUE] = "value", [F_INTEGER] = "integer", [F_TEXT] = "text",
	[F_QUALITY] = "quality", [F_FLAGS] = "flags", [F_AGE] = "age",
	[F_BASIS] = "basis",
};

struct influx_words
head_words(const struct influx_writer *w, const struct series *s)
{
	struct influx_words words = w->words;

	if (s == NULL)
		return words;
	words.device = s->device;
	words.point = s->point;
	words.unit = s->unit;
	words.basis = basis_name(s->basis);
	return words;
}

void
head_name(const struct influx_writer *w, char name[INFLUX_NAME_MAX], const char *template,
    const struct influx_words *words)
{
	if (!map_write(name, template, words) && !map_write(name, w->conf->measurement, words))
		snprintf(name, INFLUX_NAME_MAX, "tidegate");
}

void
head_tags(const struct influx_writer *w, struct line_writer *line,
    const struct influx_words *words, const char *const *but)
{
	char key[INFLUX_NAME_MAX], value[INFLUX_NAME_MAX];
	const char *template;

	for (size_t i = 0; i < w->tags.n; i++) {
		const char *const *taken = but;

		if (!map_tag(w->tags.at[i], key, &template))
			continue;
		while (*taken != NULL && strcmp(*taken, key) != 0)
			taken++;
		if (*taken == NULL && map_write(value, template, words))
			line_tag(line, key, value);
	}
}

#define HEAD_MAX	4096
#define NAMES_MAX	(FIELDS * (INFLUX_NAME_MAX + 10))

/* The names of the fields, each with its NUL; returns their bytes. */
static size_t
name_fields(const struct influx_writer *w, char to[NAMES_MAX], const struct influx_words *words)
{
	char field[INFLUX_NAME_MAX];
	const char *prefix = w->conf->layout == LAYOUT_DEVICE ? field : "";
	const char *joint = prefix == field ? "_" : "";
	size_t n;

	if (!map_write(field, map_field(w->conf), words))
		snprintf(field, sizeof(field), "value");
	n = (size_t)snprintf(to, NAMES_MAX, "%s", field) + 1;
	for (int i = F_VALUE + 1; i < FIELDS; i++)
		n += (size_t)snprintf(to + n, NAMES_MAX - n, "%s%s%s", prefix, joint,
		    head_fields[i]) + 1;
	return n;
}

static struct head *
keep(const struct head *is, const uint8_t *text, const char *names, size_t nnames)
{
	struct head *h = room_for(1, sizeof(*h) + is->n + nnames);
	const char *name = h->text + is->n;

	*h = *is;
	memcpy(h->text, text, is->n);
	memcpy(h->text + is->n, names, nnames);
	for (int i = 0; i < FIELDS; i++, name += strlen(name) + 1)
		h->fields[i] = name;
	return h;
}

/* Where no tag says it a field does. */
static bool
has_tag(const struct influx_writer *w, unsigned word)
{
	char key[INFLUX_NAME_MAX];
	const char *template;

	for (size_t i = 0; i < w->tags.n; i++)
		if (map_tag(w->tags.at[i], key, &template) && (map_words(template) & word) != 0)
			return true;
	return false;
}

static struct head *
make_head(const struct influx_writer *w, uint32_t id, const struct series *s)
{
	static const char *const none[] = { NULL };
	const struct influx_words words = head_words(w, s);
	uint8_t room[HEAD_MAX];
	char name[INFLUX_NAME_MAX], number[NUMBER_TEXT], names[NAMES_MAX];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct line_writer line;
	struct head is = { .id = id };

	head_name(w, name, w->conf->measurements.reading, &words);
	line_begin(&line, &b, name);
	head_tags(w, &line, &words, none);
	if (s == NULL) {		/* the dictionary has lost it */
		number_uint(id, number);
		line_tag(&line, "series", number);
	}
	if (s != NULL && s->basis != BASIS_NONE && !has_tag(w, WORD_BASIS))
		is.basis = basis_name(s->basis);
	is.refused = line.refused || b.bad;
	is.n = b.len;
	return keep(&is, room, names, name_fields(w, names, &words));
}

#define HEADS	16384		/* that are kept at most, some 200 bytes each */

const struct head *
head_of(struct influx_writer *w, uint32_t id)
{
	struct head **at = &w->heads[id % HEADS];
	const struct series *s;

	if (*at != NULL && (*at)->id == id)
		return *at;
	s = id != 0 ? reader_series(w->env->reader, id) : NULL;
	if (s == NULL)			/* it may be known later */
		at = &w->spare;
	free(*at);
	*at = make_head(w, id, s);
	return *at;
}

void
influx_writer_open(struct influx_writer *w, const struct uplink_env *env)
{
	const struct influx_conf *c = influx_conf_of(env->conf);

	*w = (struct influx_writer){ .env = env, .conf = c, .tags = map_tags(c),
	    .words = { .measurement = c->measurement, .gateway = env->gateway,
	    .uplink = env->conf->name, .device = "", .point = "", .unit = "", .rule = "",
	    .basis = "" } };
	w->heads = room_for(HEADS, sizeof(struct head *));
}

void
influx_writer_close(struct influx_writer *w)
{
	for (size_t i = 0; w->heads != NULL && i < HEADS; i++)
		free(w->heads[i]);
	free(w->heads);
	free(w->spare);
	w->heads = NULL;
	w->spare = NULL;
}
