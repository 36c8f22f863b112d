#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "order.h"
#include "word.h"

#define MEMBERS_MAX	8

enum member_kind {
	IS_TEXT,
	IS_SENTENCE,		/* a text with blanks in it */
	IS_SWITCH,		/* true or false */
	IS_VALUE		/* a figure, a text, true or false */
};

struct member {
	const char	*name;
	enum member_kind kind;
	const char	*absent;	/* the word when it is left out; NULL: it may not be */
};

static const struct verb {
	const char	*name;
	struct member	 words[5];	/* in the order of the command line */
	int		 spans;
} verbs[] = {
	{ "write", { { "point", IS_TEXT, NULL }, { "value", IS_VALUE, NULL } }, 1 },
	{ "ack",   { { "rule", IS_TEXT, NULL }, { "device", IS_TEXT, NULL } }, 0 },
	{ "reset", { { "rule", IS_TEXT, NULL }, { "device", IS_TEXT, NULL } }, 0 },
	{ "shelve", { { "rule", IS_TEXT, NULL }, { "device", IS_TEXT, NULL },
	  { "span", IS_TEXT, "0s" }, { "why", IS_SENTENCE, "-" } }, 0 },
	{ "unshelve", { { "rule", IS_TEXT, NULL }, { "device", IS_TEXT, NULL } }, 0 },
	{ "handle", { { "rule", IS_TEXT, NULL }, { "device", IS_TEXT, NULL },
	  { "what", IS_SENTENCE, NULL } }, 0 },
	{ "maintain", { { "scope", IS_TEXT, NULL }, { "on", IS_SWITCH, NULL },
	  { "span", IS_TEXT, "0s" }, { "why", IS_SENTENCE, "-" } }, 0 },
	{ "mark",  { { "device", IS_TEXT, NULL }, { "mark", IS_TEXT, NULL },
	  { "on", IS_SWITCH, NULL } }, 0 },
};

#define VERBS	(sizeof(verbs) / sizeof(verbs[0]))

struct parse {
	const json_t	*root;
	struct order	*order;
	char		*why;
	size_t		 n;
};

/* No member of a foreign text is longer in a message than this. */
#define SHOWN	"%.40s"

static int
add(struct parse *p, const char *word)
{
	struct order *o = p->order;
	size_t len = strlen(o->words);

	if (word[0] == '\0' || word[strcspn(word, " \t\r\n")] != '\0') {
		snprintf(p->why, p->n, "a word is empty, or has a space in it");
		return -1;
	}
	if (len + strlen(word) + 2 > sizeof(o->words)) {
		snprintf(p->why, p->n, "too long");
		return -1;
	}
	snprintf(o->words + len, sizeof(o->words) - len, "%s%s", len > 0 ? " " : "", word);
	return 0;
}

static int
add_value(struct parse *p, const json_t *value)
{
	char text[NUMBER_TEXT];

	switch (json_typeof(value)) {
	case JSON_STRING:
		return add(p, json_string_value(value));
	case JSON_INTEGER:
		number_int(json_integer_value(value), text);
		return add(p, text);
	case JSON_REAL:
		number_real(json_real_value(value), text);
		return add(p, text);
	case JSON_TRUE:
		return add(p, "on");
	case JSON_FALSE:
		return add(p, "off");
	default:
		break;
	}
	snprintf(p->why, p->n, "value is no figure and no text");
	return -1;
}

/* As one word, whatever is in it. */
static int
add_text(struct parse *p, const struct member *m, const char *text)
{
	char word[ORDER_WORDS];

	if (text == NULL || text[0] == '\0')
		snprintf(p->why, p->n, "%s is no text", m->name);
	else if (word_put(word, sizeof(word), text) != 0)
		snprintf(p->why, p->n, "too long");
	else
		return add(p, word);
	return -1;
}

static int
add_member(struct parse *p, const struct member *m)
{
	const json_t *value = json_object_get(p->root, m->name);

	if (value == NULL && m->absent != NULL)
		return add(p, m->absent);
	if (value == NULL)
		snprintf(p->why, p->n, "%s is missing", m->name);
	else if (m->kind == IS_SENTENCE)
		return add_text(p, m, json_string_value(value));
	else if (m->kind == IS_TEXT && !json_is_string(value))
		snprintf(p->why, p->n, "%s is no text", m->name);
	else if (m->kind == IS_SWITCH && !json_is_boolean(value))
		snprintf(p->why, p->n, "%s is neither true nor false", m->name);
	else
		return add_value(p, value);
	return -1;
}

/* A short text that may be left out. */
static int
take_text(struct parse *p, const char *name, char *to, size_t room)
{
	const json_t *value = json_object_get(p->root, name);
	const char *text = json_string_value(value);

	if (value == NULL)
		return 0;
	if (text == NULL || strlen(text) >= room) {
		snprintf(p->why, p->n, "%s is no text of at most %zu bytes", name, room - 1);
		return -1;
	}
	strcpy(to, text);
	return 0;
}

static int
take_expires(struct parse *p)
{
	const json_t *value = json_object_get(p->root, "expires");

	if (value == NULL)
		return 0;
	p->order->expires = json_is_integer(value) ? json_integer_value(value) : 0;
	if (p->order->expires > 0)
		return 0;
	snprintf(p->why, p->n, "expires is no moment in UTC milliseconds");
	return -1;
}

static int
is_known(const struct verb *verb, const char *name)
{
	static const char *const common[] = { "command", "id", "who", "expires" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(common[i], name) == 0)
			return 1;
	for (const struct member *m = verb->words; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return 1;
	return 0;
}

/* A member that is misspelt must not be as good as left out. */
static int
check_members(struct parse *p, const struct verb *verb)
{
	for (void *at = json_object_iter((json_t *)(uintptr_t)p->root); at != NULL;
	    at = json_object_iter_next((json_t *)(uintptr_t)p->root, at)) {
		const char *name = json_object_iter_key(at);

		if (is_known(verb, name))
			continue;
		snprintf(p->why, p->n, "%s has no member \"" SHOWN "\"", verb->name, name);
		return -1;
	}
	return 0;
}

static int
take_order(struct parse *p)
{
	const char *name = json_string_value(json_object_get(p->root, "command"));
	const struct verb *verb = verbs;

	if (take_text(p, "id", p->order->id, sizeof(p->order->id)) != 0)
		return -1;
	if (!json_is_object(p->root) || name == NULL) {
		snprintf(p->why, p->n, "no object with a command");
		return -1;
	}
	while (verb < verbs + VERBS && strcmp(verb->name, name) != 0)
		verb++;
	if (verb == verbs + VERBS) {
		snprintf(p->why, p->n, "no such command: " SHOWN, name);
		return -1;
	}
	if (check_members(p, verb) != 0 || add(p, verb->name) != 0)
		return -1;
	for (const struct member *m = verb->words; m->name != NULL; m++)
		if (add_member(p, m) != 0)
			return -1;
	p->order->spans = verb->spans;
	return take_text(p, "who", p->order->who, sizeof(p->order->who)) | take_expires(p);
}

int
order_parse(const void *bytes, size_t n, struct order *order, char *why, size_t nwhy)
{
	json_error_t error;
	json_t *root = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &error);
	struct parse p = { .root = root, .order = order, .why = why, .n = nwhy };
	int rc = -1;

	*order = (struct order){ .expires = 0 };
	why[0] = '\0';
	if (root == NULL)
		snprintf(why, nwhy, "no JSON: %.60s", n > 0 ? error.text : "it is empty");
	else
		rc = take_order(&p);
	json_decref(root);
	return rc;
}
