#include <string.h>

#include "key_reader.h"
#include "key_stand.h"

/* What a key has read so far. */
struct standing {
	struct key_reader	 reader;
	struct errs		 said;		/* of which nobody hears */
	struct key_stand	*out;
	size_t			 n, most;
};

/* A text of an example stands there in quotes. */
static const char *
example_of(const struct key *key, struct arena *arena)
{
	const char *text = key->example;
	size_t n = text != NULL ? strlen(text) : 0;

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"' && strchr(text, '\\') == NULL)
		return arena_text(arena, text + 1, n - 2);
	return n > 0 && text[0] != '"' ? text : NULL;
}

static bool
is_plain(enum key_type type)
{
	return type != KEY_STRINGS && type != KEY_GROUP && type != KEY_ITEMS &&
	    type != KEY_ROWS && type != KEY_NODE;
}

static bool
stand(struct standing *s)
{
	struct key_reader *r = &s->reader;
	const struct key *key = r->key;
	struct key sound = *key;
	const char *text = key->fallback != NULL ? key->fallback : example_of(key, r->arena);
	int rc;

	if (text == NULL || s->n == s->most)
		return false;
	sound.fallback = text;
	r->key = &sound;
	r->node = NULL;
	s->said.n = 0;
	rc = key_plain(r);
	r->key = key;
	s->out[s->n++] = (struct key_stand){ key, (unsigned char *)r->dst + key->offset, text };
	return rc == 0;
}

static bool
stand_all(struct standing *s, const struct key *keys)
{
	struct key_reader *r = &s->reader;
	void *dst = r->dst;
	bool ok = true;

	for (r->key = keys; ok && r->key != NULL && r->key->name != NULL; r->key++) {
		const struct key *key = r->key;

		if (key->type == KEY_ROWS) {
			r->dst = (unsigned char *)dst + key->offset;
			ok = stand_all(s, key->sub);
			r->dst = dst;
			r->key = key;
			continue;
		}
		r->node = r->group != NULL ? node_get(r->group, key->name) : NULL;
		s->said.n = 0;
		/* of a list of texts what was read stands, and one that is missing
		 * is empty */
		if (key_read(r) != 0 && key->type != KEY_STRINGS &&
		    (key->type != KEY_ITEMS || r->node != NULL))
			ok = is_plain(key->type) && stand(s);
	}
	return ok;
}

size_t
key_stand_in(const struct node *group, const struct key *keys, void *dst, struct arena *arena,
    struct key_stand *out, size_t most)
{
	struct standing s = { .reader = { .group = group, .dst = dst, .arena = arena },
	    .out = out, .most = most };

	s.said.at = arena_alloc(arena, ERRS_MAX * sizeof(s.said.at[0]));
	if (s.said.at == NULL)
		return SIZE_MAX;
	s.reader.errs = &s.said;
	return stand_all(&s, keys) ? s.n : SIZE_MAX;
}

bool
key_stand_other(const struct key_stand *s, size_t i)
{
	if (s->key->type == KEY_BOOL && i < 2)
		*(bool *)s->at = i == 1;
	else if (s->key->type == KEY_CHOICE && s->key->names[i] != NULL)
		*(int *)s->at = (int)i;
	else
		return false;
	return true;
}
