#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../secret.h"
#include "../secret_key.h"
#include "config_read.h"

#define KINDS_MAX	32

/* Without its kind nobody knows which keys it may have. */
static int
no_kind(const struct config_section *s, const struct node *one, const struct node *kind,
    struct errs *errs)
{
	const char *names[KINDS_MAX], *near;
	char list[160] = "";
	size_t n = 0, at = 0;

	for (; n < KINDS_MAX && s->kind(n) != NULL; n++) {
		names[n] = s->kind(n);
		if (at < sizeof(list))
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
			    n > 0 ? ", " : "", names[n]);
	}
	if (kind == NULL)
		return err_add(errs, node_file(one), node_line(one),
		    "\"%s\" must be given: one of %s", "kind", list);
	near = near_name(node_string(kind), names, n);
	return err_add(errs, node_file(kind), node_line(kind), near != NULL ?
	    ERR_("%s: \"%s\" is none of %s; did you mean \"%s\"?") :
	    ERR_("%s: \"%s\" is none of %s"),
	    "kind", node_string(kind), list, near);
}

/* Noted for check: it is no fault. */
static void
note_hex(struct config_reader *r, const struct node *node, const struct key *key,
    enum secret_sort sort)
{
	struct bare_hex **at = &r->config->bare_hex;
	bool text = sort == SECRET_LIKE_HEX;

	while (*at != NULL && ((*at)->form != key->form || (*at)->text != text))
		at = &(*at)->next;
	if (*at != NULL) {
		(*at)->n++;
		return;
	}
	*at = arena_alloc(r->arena, sizeof(**at));
	if (*at != NULL)
		**at = (struct bare_hex){ .key = key->name, .form = key->form, .text = text,
		    .n = 1,
		    .place = { node_file(node), node_line(node) } };
}

static int
check_key(struct config_reader *r, const struct node *node, const struct key *key,
    const char *secret)
{
	struct secret_key bytes;
	enum secret_sort sort = secret_key_read(key->form, secret, &bytes);
	char words[ERR_QUOTE * 2];

	secret_clear(&bytes, sizeof(bytes));
	if (sort == SECRET_BARE_HEX || sort == SECRET_LIKE_HEX)
		note_hex(r, node, key, sort);
	if (sort != SECRET_NO_KEY)
		return 0;
	snprintf(words, sizeof(words), err_word(r->errs, secret_key_words(key->form)),
	    key->form->least, key->form->most);
	return err_add(r->errs, node_file(node), node_line(node), "%s: %s", key->name, words);
}

static int
check_secret(struct config_reader *r, const struct node *one, const struct key *key,
    const char *written)
{
	const struct node *node = node_get(one, key->name);
	char secret[SECRET_MAX + 1], path[SECRET_PATH_MAX], words[SECRET_PATH_MAX * 2];
	enum secret_fault fault = secret_read(written, secret, path);
	int rc = 0;

	if (fault == SECRET_OK && key->form != NULL)
		rc = check_key(r, node, key, secret);
	secret_clear(secret, sizeof(secret));
	if (fault == SECRET_OK)
		return rc;
	snprintf(words, sizeof(words), err_word(r->errs, secret_words(fault)), path);
	return err_add(r->errs, node_file(node), node_line(node), "%s: %s", key->name, words);
}

int
config_secrets(struct config_reader *r, const struct node *one, const struct key *keys,
    const void *entry)
{
	const unsigned char *at = entry;
	int rc = 0;

	for (; r->secrets && keys->name != NULL; keys++) {
		const char *const *written = (const void *)(at + keys->offset);

		if (keys->type == KEY_ROWS)
			rc |= config_secrets(r, one, keys->sub, at + keys->offset);
		else if (keys->type == KEY_SECRET && *written != NULL && **written != '\0')
			rc |= check_secret(r, one, keys, *written);
	}
	return rc;
}

#define FNV_PRIME	1099511628211U
#define FNV_BEGIN	14695981039346656037U

static uint64_t
add_bytes(uint64_t digest, const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		digest = (digest ^ (unsigned char)at[i]) * FNV_PRIME;
	return (digest ^ n) * FNV_PRIME;
}

static uint64_t
add_file(uint64_t digest, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char bytes[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		digest = add_bytes(digest, bytes, (size_t)n);
	if (fd >= 0)
		close(fd);
	return (digest ^ (uint64_t)(fd < 0)) * FNV_PRIME;
}

static uint64_t
add_secret(uint64_t digest, const char *written)
{
	char secret[SECRET_MAX + 1], why[SECRET_PATH_MAX * 2];

	if (secret_load(written, secret, why, sizeof(why)) == 0)
		digest = add_bytes(digest, secret, strlen(secret));
	secret_clear(secret, sizeof(secret));
	return (digest ^ 1) * FNV_PRIME;
}

/* So that a reload tells a changed password from one that is the same. */
static uint64_t
add_keys(uint64_t digest, const struct key *keys, const unsigned char *at)
{
	for (; keys->name != NULL; keys++) {
		const char *const *text = (const void *)(at + keys->offset);

		if (keys->type == KEY_ROWS)
			digest = add_keys(digest, keys->sub, at + keys->offset);
		else if (keys->type == KEY_SECRET && *text != NULL)
			digest = add_secret(digest, *text);
		else if (keys->file && *text != NULL && **text == '/')
			digest = add_file(digest, *text);
	}
	return digest;
}

/* Where the keys of the kind go; NULL: no memory. */
static unsigned char *
own_room(struct config_reader *r, const struct config_section *s, size_t kind, unsigned char *at)
{
	size_t n = s->room != NULL ? s->room(kind) : 0;
	void **own = (void *)(at + s->room_at);

	if (n == 0)
		return at;
	*own = arena_alloc(r->arena, n);
	return *own;
}

static int
read_one(struct config_reader *r, const struct config_section *s, const struct node *one,
    unsigned char *at)
{
	unsigned char *room;
	const struct node *node;
	const struct key *own;
	size_t kind = 0;
	int rc;

	if (node_kind(one) != NODE_GROUP)
		return err_add(r->errs, node_file(one), node_line(one),
		    "%s: wants groups of settings: ( { ... }, { ... } )", s->what);
	*(struct place *)(void *)(at + s->place) = (struct place){ node_file(one), node_line(one) };
	node = node_get(one, "kind");
	while (s->kind(kind) != NULL && (node == NULL ||
	    strcmp(s->kind(kind), node_string(node)) != 0))
		kind++;
	if (s->kind(kind) == NULL)
		return no_kind(s, one, node, r->errs);
	own = s->own(kind);
	room = own_room(r, s, kind, at);
	if (room == NULL)
		return config_no_memory(r);
	rc = key_load2(one, s->common, at, own, room, r->arena, r->errs);
	if (s->digest > 0)
		*(uint64_t *)(void *)(at + s->digest - 1) = add_keys(FNV_BEGIN, own, room);
	rc |= config_secrets(r, one, s->common, at);
	return rc | config_secrets(r, one, own, room);
}

int
config_list(struct config_reader *r, const struct config_section *s, const struct node *list,
    struct config_list *out)
{
	struct names names;
	unsigned char *at;
	int rc = 0;

	*out = (struct config_list){ .n = 0 };
	if (list == NULL)
		return 0;
	if (node_kind(list) != NODE_LIST)
		return err_add(r->errs, node_file(list), node_line(list),
		    "%s: wants a list of groups: ( { ... }, { ... } )", s->what);
	at = arena_alloc(r->arena, (node_len(list) + 1) * s->size);
	out->whole = arena_alloc(r->arena, node_len(list) + 1);
	if (at == NULL || out->whole == NULL)
		return config_no_memory(r);
	out->at = at;
	out->n = node_len(list);
	for (size_t i = 0; i < out->n; i++) {
		out->whole[i] = read_one(r, s, node_at(list, i), at + i * s->size) == 0;
		rc |= out->whole[i] ? 0 : -1;
	}
	if (names_sort(&names, at, out->n, s->size, s->name, s->place, r) != 0)
		return -1;
	return rc | names_unique(&names, s->what, r);
}
