#include <stdio.h>
#include <string.h>

#include "mqtt_topic.h"

static const struct {
	const char	*name;
	enum topic_word	 bit;
	size_t		 at;
} words[] = {
	{ "prefix",  TOPIC_PREFIX,  offsetof(struct topic_words, prefix) },
	{ "gateway", TOPIC_GATEWAY, offsetof(struct topic_words, gateway) },
	{ "uplink",  TOPIC_UPLINK,  offsetof(struct topic_words, uplink) },
	{ "device",  TOPIC_DEVICE,  offsetof(struct topic_words, device) },
	{ "point",   TOPIC_POINT,   offsetof(struct topic_words, point) },
	{ "rule",    TOPIC_RULE,    offsetof(struct topic_words, rule) },
	{ "kind",    TOPIC_KIND,    offsetof(struct topic_words, kind) },
};

#define WORDS	(sizeof(words) / sizeof(words[0]))
#define FLAT	":flat"

/* A part of a template: a character that stands for itself, or a word. */
struct part {
	const char	*next;		/* what comes behind it */
	char		 c;		/* 0: a word */
	size_t		 word;		/* WORDS: none that is known */
	bool		 flat;
};

static size_t
word_of(const char *name, size_t n)
{
	size_t i = 0;

	while (i < WORDS && (strlen(words[i].name) != n || memcmp(words[i].name, name, n) != 0))
		i++;
	return i;
}

/* False: a brace without another. */
static bool
take(const char *at, struct part *p)
{
	size_t n = strcspn(at + 1, "{}");

	*p = (struct part){ .next = at + 1, .c = at[0] };
	if (at[0] != '{' && at[0] != '}')
		return true;
	if (at[1] == at[0]) {
		p->next = at + 2;
		return true;
	}
	if (at[0] == '}' || at[1 + n] != '}')
		return false;
	p->c = '\0';
	p->next = at + n + 2;
	p->flat = n > strlen(FLAT) && strncmp(at + 1 + n - strlen(FLAT), FLAT, strlen(FLAT)) == 0;
	p->word = word_of(at + 1, p->flat ? n - strlen(FLAT) : n);
	return true;
}

enum topic_fault
topic_check(const char *template, unsigned allowed)
{
	struct part p;

	if (strlen(template) >= TOPIC_MAX / 2)
		return TOPIC_LONG;
	for (const char *at = template; *at != '\0'; at = p.next) {
		if (!take(at, &p))
			return TOPIC_BRACE;
		if (p.c == '\0' && (p.word == WORDS || !(words[p.word].bit & allowed)))
			return TOPIC_UNKNOWN;
		if (p.c == '+' || p.c == '#' || (p.c > 0 && p.c < 0x20) || p.c == 0x7f)
			return TOPIC_WILD;
	}
	return TOPIC_OK;
}

bool
topic_names(const char *template, enum topic_word bit)
{
	struct part p;

	for (const char *at = template; *at != '\0' && take(at, &p); at = p.next)
		if (p.c == '\0' && p.word < WORDS && words[p.word].bit == bit)
			return true;
	return false;
}

struct out {
	char	*at;
	size_t	 n;
	bool	 full;
};

static void
put(struct out *o, char c)
{
	if (o->n + 1 >= TOPIC_MAX)
		o->full = true;
	else
		o->at[o->n++] = c;
}

static void
put_name(struct out *o, const char *name, bool flat)
{
	char code[4];

	if (name == NULL || name[0] == '\0')
		name = "-";
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c != '+' && c != '#' && c != '%' && c >= 0x20 && c != 0x7f) {
			put(o, c == '/' && flat ? '.' : *name);
			continue;
		}
		snprintf(code, sizeof(code), "%%%02X", c);
		for (int i = 0; i < 3; i++)
			put(o, code[i]);
	}
}

static void
put_all(struct out *o, const char *template, const struct topic_words *w)
{
	struct part p;

	for (const char *at = template; *at != '\0' && take(at, &p); at = p.next) {
		const char *name;

		if (p.c != '\0') {
			put(o, p.c);
			continue;
		}
		if (p.word == WORDS)
			continue;
		memcpy(&name, (const char *)w + words[p.word].at, sizeof(name));
		if (words[p.word].bit != TOPIC_PREFIX) {
			put_name(o, name, p.flat);
		} else if (name != NULL) {
			struct topic_words inner = { .gateway = w->gateway, .uplink = w->uplink };

			put_all(o, name, &inner);
		}
	}
}

bool
topic_write(char out[TOPIC_MAX], const char *template, const struct topic_words *w)
{
	struct out o = { .at = out };

	put_all(&o, template, w);
	out[o.n] = '\0';
	return !o.full;
}
