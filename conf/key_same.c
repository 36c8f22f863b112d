#include <string.h>

#include "key.h"

static bool
same_texts(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
}

static bool
same_strings(const struct strings *a, const struct strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}

static bool
same_items(const struct key *key, const struct items *a, const struct items *b)
{
	const unsigned char *x = a->at, *y = b->at;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!key_same(key->sub, x + i * key->size, y + i * key->size))
			return false;
	return true;
}

static bool
same_key(const struct key *key, const void *a, const void *b)
{
	switch (key->type) {
	case KEY_STRING:
	case KEY_NAME:
	case KEY_SECRET:
		return same_texts(a, b);
	case KEY_INT:
	case KEY_SPAN:
	case KEY_SIZE:
		return memcmp(a, b, sizeof(int64_t)) == 0;
	case KEY_REAL:
		return memcmp(a, b, sizeof(double)) == 0;
	case KEY_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case KEY_STRINGS:
		return same_strings(a, b);
	case KEY_CHOICE:
		return *(const int *)a == *(const int *)b;
	case KEY_GROUP:
	case KEY_ROWS:
		return key_same(key->sub, a, b);
	case KEY_ITEMS:
		return same_items(key, a, b);
	case KEY_NODE:
		break;
	}
	return true;
}

bool
key_same(const struct key *keys, const void *a, const void *b)
{
	const unsigned char *x = a, *y = b;

	for (; keys != NULL && keys->name != NULL; keys++)
		if (!same_key(keys, x + keys->offset, y + keys->offset))
			return false;
	return true;
}

bool
key_whole(const struct key *keys, const void *of)
{
	const unsigned char *at = of;

	for (; keys != NULL && keys->name != NULL; keys++) {
		const void *is = at + keys->offset;
		bool nested = keys->type == KEY_GROUP || keys->type == KEY_ROWS;
		bool text = keys->type == KEY_STRING || keys->type == KEY_NAME ||
		    keys->type == KEY_SECRET;

		if (text && *(const char *const *)is == NULL)
			return false;
		if (nested && !key_whole(keys->sub, is))
			return false;
	}
	return true;
}
