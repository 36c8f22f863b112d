#include <string.h>

#include "key.h"

static int
copy_text(const char **text, struct arena *arena)
{
	if (*text == NULL)
		return 0;
	*text = arena_text(arena, *text, strlen(*text));
	return *text != NULL ? 0 : -1;
}

static int
copy_list(struct strings *list, struct arena *arena)
{
	const char **at = arena_alloc(arena, (list->n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		at[i] = list->at[i];
		rc |= copy_text(&at[i], arena);
	}
	list->at = at;
	return rc;
}

static int	copy_keys(const struct key *, unsigned char *, struct arena *);

static int
copy_items(const struct key *key, struct items *items, struct arena *arena)
{
	unsigned char *at = arena_alloc(arena, (items->n + 1) * key->size);
	int rc = 0;

	if (at == NULL)
		return -1;
	if (items->n > 0)
		memcpy(at, items->at, items->n * key->size);
	items->at = at;
	for (size_t i = 0; i < items->n; i++, at += key->size) {
		rc |= copy_keys(key->sub, at, arena);
		if (key->line > 0)
			*(struct place *)(void *)(at + key->line - 1) =
			    (struct place){ "", 0 };
	}
	return rc;
}

/* What the keys of a struct point to, as copies in the arena. */
static int
copy_keys(const struct key *keys, unsigned char *at, struct arena *arena)
{
	int rc = 0;

	for (; keys->name != NULL; keys++) {
		void *field = at + keys->offset;

		switch (keys->type) {
		case KEY_STRING:
		case KEY_NAME:
		case KEY_SECRET:
			rc |= copy_text(field, arena);
			break;
		case KEY_STRINGS:
			rc |= copy_list(field, arena);
			break;
		case KEY_GROUP:
		case KEY_ROWS:
			rc |= copy_keys(keys->sub, field, arena);
			break;
		case KEY_ITEMS:
			rc |= copy_items(keys, field, arena);
			break;
		default:
			break;
		}
	}
	return rc;
}

int
key_copy(const struct key *keys, void *dst, const void *src, size_t size,
    struct arena *arena)
{
	memcpy(dst, src, size);
	return copy_keys(keys, dst, arena);
}
