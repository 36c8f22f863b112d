#include <stdio.h>
#include <string.h>

#include "mqtt_topic.h"
#include "template.h"

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
	{ "contact", TOPIC_CONTACT, offsetof(struct topic_words, contact) },
	{ "class",   TOPIC_CLASS,   offsetof(struct topic_words, class) },
};

#define WORDS	(sizeof(words) / sizeof(words[0]))

/* WORDS: none that is known, or not so. */
static size_t
word_of(const struct template_part *p)
{
	size_t i = 0;

	if (p->nhow > 0 && !template_is(p->how, p->nhow, "flat"))
		return WORDS;
	while (i < WORDS && !template_is(p->name, p->nname, words[i].name))
		i++;
	return i;
}

enum topic_fault
topic_check(const char *template, unsigned allowed)
{
	struct template_part p;

	if (strlen(template) >= TOPIC_MAX / 2)
		return TOPIC_LONG;
	for (const char *at = template; *at != '\0'; at = p.next) {
		if (!template_take(at, &p))
			return TOPIC_BRACE;
		if (p.c == '\0' && (word_of(&p) == WORDS || !(words[word_of(&p)].bit & allowed)))
			return TOPIC_UNKNOWN;
		if (p.c == '+' || p.c == '#' || (p.c > 0 && p.c < 0x20) || p.c == 0x7f)
			return TOPIC_WILD;
	}
	return TOPIC_OK;
}

bool
topic_names(const char *template, enum topic_word bit)
{
	struct template_part p;

	for (const char *at = template; *at != '\0' && template_take(at, &p); at = p.next)
		if (p.c == '\0' && word_of(&p) < WORDS && words[word_of(&p)].bit == bit)
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
	struct template_part p;

	for (const char *at = template; *at != '\0' && template_take(at, &p); at = p.next) {
		const char *name;
		size_t word;

		if (p.c != '\0') {
			put(o, p.c);
			continue;
		}
		word = word_of(&p);
		if (word == WORDS)
			continue;
		memcpy(&name, (const char *)w + words[word].at, sizeof(name));
		if (words[word].bit != TOPIC_PREFIX) {
			put_name(o, name, p.nhow > 0);
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
