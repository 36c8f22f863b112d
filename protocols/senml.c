#include <jansson.h>
#include <string.h>

#include "senml_own.h"

/* The value of one character of base64url (RFC 4648 §5); -1: it is none. */
static int
six_bits(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Without padding, as RFC 8428 wants it; what is padded all the same is read. */
static int
read_data(struct senml_pack *p, const char *text, size_t n, struct senml_text *to)
{
	unsigned bits = 0, have = 0;
	char *out;

	for (int i = 0; i < 2 && n > 0 && text[n - 1] == '='; i++)
		n--;
	if (n % 4 == 1 || (out = arena_alloc(p->arena, n / 4 * 3 + 3)) == NULL)
		return senml_refuse(p, n % 4 == 1 ? "vd is no base64url" :
		    "the pack is too large");
	to->at = out;
	for (size_t i = 0; i < n; i++) {
		int six = six_bits(text[i]);

		if (six < 0)
			return senml_refuse(p, "vd is no base64url");
		bits = (bits << 6 | (unsigned)six) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[to->len++] = (char)(bits >> have & 0xff);
		}
	}
	return 0;
}

static int
read_figure(struct senml_pack *p, const char *key, const json_t *value,
    struct senml_figure *to)
{
	if (json_is_integer(value))
		*to = (struct senml_figure){ .given = true, .is_whole = true,
		    .d = (double)json_integer_value(value),
		    .whole = json_integer_value(value) };
	else if (json_is_real(value))
		*to = (struct senml_figure){ .given = true, .d = json_real_value(value) };
	else
		return senml_refuse(p, "%s is no number", key);
	return 0;
}

static int
read_field(struct senml_pack *p, const struct senml_field *f, const json_t *value,
    struct senml_wire *w)
{
	void *at = (char *)w + f->offset;
	struct senml_text *text = at;

	if (f->type == SENML_IS_FIGURE)
		return read_figure(p, f->name, value, at);
	if (f->type == SENML_IS_FLAG && json_is_boolean(value)) {
		*(struct senml_flag *)at = (struct senml_flag){ .given = true,
		    .is = json_is_true(value) };
		return 0;
	}
	if (f->type == SENML_IS_FLAG)
		return senml_refuse(p, "%s is neither true nor false", f->name);
	if (!json_is_string(value))
		return senml_refuse(p, "%s is no string", f->name);
	if (f->type == SENML_IS_DATA)
		return read_data(p, json_string_value(value), json_string_length(value), text);
	*text = (struct senml_text){ json_string_value(value), json_string_length(value) };
	return 0;
}

static int
read_record(struct senml_pack *p, json_t *record)
{
	struct senml_wire w = { .bn = { NULL, 0 } };

	if (!json_is_object(record))
		return senml_refuse(p, "it is no object");
	for (void *i = json_object_iter(record); i != NULL; i = json_object_iter_next(record, i)) {
		const char *key = json_object_iter_key(i);
		const struct senml_field *f = senml_field(key, strlen(key));

		if (f == NULL && senml_must_know(key, strlen(key)))
			return senml_refuse(p, "%.30s is to be understood, and is not", key);
		if (f != NULL && read_field(p, f, json_object_iter_value(i), &w) < 0)
			return -1;
	}
	return senml_add(p, &w);
}

/* A whole number above 2^63 is no reason to refuse: SenML has doubles. */
static json_t *
load(const void *text, size_t n, json_error_t *error)
{
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, error);

	if (root == NULL && json_error_code(error) == json_error_numeric_overflow)
		root = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
		    error);
	return root;
}

int
senml_json(struct senml *to, const void *text, size_t n, int64_t now, struct arena *arena)
{
	struct senml_pack p;
	json_error_t error;
	json_t *root;
	int rc = 0;

	senml_begin(&p, to, now, arena);
	root = load(text, n, &error);
	if (root == NULL)
		return senml_refuse(&p, "no JSON: %.60s, at byte %d", error.text,
		    error.position);
	if (!json_is_array(root))
		rc = senml_refuse(&p, "no array of records");
	for (size_t i = 0; rc == 0 && i < json_array_size(root); i++) {
		p.at = i + 1;
		rc = read_record(&p, json_array_get(root, i));
	}
	json_decref(root);
	return rc == 0 ? senml_end(&p) : -1;
}
