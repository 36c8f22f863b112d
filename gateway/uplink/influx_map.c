#include <string.h>

#include "influx_map.h"
#include "template.h"

static const struct {
	const char	*name;
	enum influx_word bit;
	size_t		 at;
} words[] = {
	{ "measurement", WORD_MEASUREMENT, offsetof(struct influx_words, measurement) },
	{ "gateway",	 WORD_GATEWAY,	   offsetof(struct influx_words, gateway) },
	{ "uplink",	 WORD_UPLINK,	   offsetof(struct influx_words, uplink) },
	{ "device",	 WORD_DEVICE,	   offsetof(struct influx_words, device) },
	{ "point",	 WORD_POINT,	   offsetof(struct influx_words, point) },
	{ "unit",	 WORD_UNIT,	   offsetof(struct influx_words, unit) },
	{ "rule",	 WORD_RULE,	   offsetof(struct influx_words, rule) },
	{ "basis",	 WORD_BASIS,	   offsetof(struct influx_words, basis) },
};

#define WORDS	(sizeof(words) / sizeof(words[0]))

/* WORDS: none that is known, or not so.  part: which of its parts; 0: all. */
static size_t
word_of(const struct template_part *p, unsigned *part)
{
	size_t i = 0;

	*part = 0;
	while (i < WORDS && !template_is(p->name, p->nname, words[i].name))
		i++;
	if (i == WORDS || p->nhow == 0)
		return i;
	if (words[i].bit != WORD_DEVICE || p->nhow != 1 || p->how[0] < '1' || p->how[0] > '9')
		return WORDS;
	*part = (unsigned)(p->how[0] - '0');
	return i;
}

static unsigned
bit_of(const struct template_part *p)
{
	unsigned part;
	size_t i = word_of(p, &part);

	if (i == WORDS)
		return 0;
	return part > 0 ? WORD_PART : words[i].bit;
}

enum map_fault
map_check(const char *template, unsigned allowed)
{
	struct template_part p;

	if (strlen(template) >= INFLUX_NAME_MAX / 2)
		return MAP_LONG;
	for (const char *at = template; *at != '\0'; at = p.next) {
		if (!template_take(at, &p))
			return MAP_BRACE;
		if (p.c == '\0' && (bit_of(&p) & allowed) == 0)
			return MAP_UNKNOWN;
		if (p.c == '\\' || (p.c > 0 && p.c < 0x20) || p.c == 0x7f)
			return MAP_UNSAYABLE;
	}
	return MAP_OK;
}

unsigned
map_words(const char *template)
{
	struct template_part p;
	unsigned bits = 0;

	for (const char *at = template; *at != '\0' && template_take(at, &p); at = p.next)
		if (p.c == '\0')
			bits |= bit_of(&p);
	return bits;
}

struct out {
	char	*at;
	size_t	 n;
	bool	 lacks;		/* it is too long, or something is not there */
};

static void
put(struct out *o, const char *text, size_t n)
{
	if (o->n + n >= INFLUX_NAME_MAX)
		o->lacks = true;
	else
		memcpy(o->at + o->n, text, n), o->n += n;
}

/* part: of those between the slashes; 0: all of it. */
static void
put_part(struct out *o, const char *name, unsigned part)
{
	size_t n;

	for (; part > 1; part--) {
		name += strcspn(name, "/");
		name += *name == '/';
	}
	n = part == 1 ? strcspn(name, "/") : strlen(name);
	put(o, name, n);
	o->lacks |= n == 0;
}

static void
put_all(struct out *o, const char *template, const struct influx_words *w)
{
	struct template_part p;

	for (const char *at = template; *at != '\0' && template_take(at, &p); at = p.next) {
		const char *name = NULL;
		unsigned part = 0;
		size_t i = p.c == '\0' ? word_of(&p, &part) : WORDS;

		if (p.c != '\0') {
			put(o, &p.c, 1);
			continue;
		}
		if (i < WORDS)
			memcpy(&name, (const char *)w + words[i].at, sizeof(name));
		if (name == NULL) {
			o->lacks = true;
		} else if (words[i].bit != WORD_MEASUREMENT) {
			put_part(o, name, part);
		} else {
			struct influx_words inner = { .gateway = w->gateway, .uplink = w->uplink };

			put_all(o, name, &inner);
		}
	}
}

bool
map_write(char out[INFLUX_NAME_MAX], const char *template, const struct influx_words *w)
{
	struct out o = { .at = out };

	put_all(&o, template, w);
	out[o.lacks ? 0 : o.n] = '\0';
	return !o.lacks;
}

bool
map_tag(const char *tag, char key[INFLUX_NAME_MAX], const char **template)
{
	size_t n = strcspn(tag, "=");

	if (n == 0 || n >= INFLUX_NAME_MAX || tag[n] == '\0' || tag[n + 1] == '\0')
		return false;
	memcpy(key, tag, n);
	key[n] = '\0';
	*template = tag + n + 1;
	return true;
}

struct strings
map_tags(const struct influx_conf *c)
{
	static const char *usual[] = { "gateway={gateway}", "device={device}",
	    "point={point}", "unit={unit}", "basis={basis}" };

	if (c->tags.n > 0)
		return c->tags;
	return (struct strings){ .at = usual, .n = c->layout == LAYOUT_DEVICE ? 2 : 5 };
}

const char *
map_field(const struct influx_conf *c)
{
	if (c->field[0] != '\0')
		return c->field;
	return c->layout == LAYOUT_DEVICE ? "{point}" : "value";
}
