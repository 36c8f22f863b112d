#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_reader.h"
#include "span.h"

#define NAME_MAX_BYTES	63
#define LIST_MAX	120	/* bytes of the names of a choice in a message */

static void *
place_of(const struct key_reader *r)
{
	return (unsigned char *)r->dst + r->key->offset;
}

#define FIGURE	32		/* room for a number as a message has it */

/* As the key is written: "100ms", "64MB", "247". */
static const char *
whole_text(const struct key *key, int64_t number, char buf[FIGURE])
{
	if (key->type == KEY_SPAN)
		return span_write(number, buf, FIGURE);
	if (key->type == KEY_SIZE)
		return size_write(number, buf, FIGURE);
	snprintf(buf, FIGURE, "%" PRId64, number);
	return buf;
}

static const char *
real_text(double number, char buf[FIGURE])
{
	snprintf(buf, FIGURE, "%.15g", number);
	return buf;
}

static const char *
bound(const struct key *key, double number, char buf[FIGURE])
{
	return key->type == KEY_REAL ? real_text(number, buf) :
	    whole_text(key, (int64_t)number, buf);
}

static bool
in_bounds(const struct key *key, double number)
{
	return (key->min == 0 && key->max == 0) || (number >= key->min && number <= key->max);
}

static int
out_of_bounds(const struct key_reader *r, const char *got)
{
	char min[FIGURE], max[FIGURE];

	return key_fault(r, "%s: %s is not between %s and %s", r->key->name, got,
	    bound(r->key, r->key->min, min), bound(r->key, r->key->max, max));
}

/* The text of a value: as written, or the fallback. */
static const char *
text_of(const struct key_reader *r)
{
	return r->node != NULL ? node_string(r->node) : r->key->fallback;
}

static int
keep_text(const struct key_reader *r)
{
	const char *s = text_of(r);
	const char *kept = arena_text(r->arena, s, strlen(s));

	if (kept == NULL)
		return key_no_room(r);
	memcpy(place_of(r), &kept, sizeof(kept));
	return 0;
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_/-");

	return n >= 1 && n <= NAME_MAX_BYTES && s[n] == '\0';
}

static int
read_name(const struct key_reader *r)
{
	const char *s = text_of(r);

	/* a name that may be left out is ""  */
	if ((r->node == NULL && s[0] == '\0') || is_name(s))
		return keep_text(r);
	return key_fault(r, "%s: \"%s\" is no name: 1 to 63 of a-z 0-9 _ / -", r->key->name, s);
}

static int
read_secret(const struct key_reader *r)
{
	const char *s = text_of(r);

	if (s[0] == '\0' || strncmp(s, "@/", 2) == 0 ||
	    (strncmp(s, "cred:", 5) == 0 && s[5] != '\0' && strchr(s, '/') == NULL))
		return keep_text(r);
	/* what was written there is not repeated */
	return key_fault(r, "%s: a secret does not stand here in clear: put it into a file "
	    "of mode 0600 and write \"@/path/of/it\", or \"cred:name\"", r->key->name);
}

static int
keep_int(const struct key_reader *r, int64_t number)
{
	char got[FIGURE];

	memcpy(place_of(r), &number, sizeof(number));
	return in_bounds(r->key, (double)number) ? 0 :
	    out_of_bounds(r, whole_text(r->key, number, got));
}

static int
read_int(const struct key_reader *r)
{
	return keep_int(r, r->node != NULL ? node_int(r->node) :
	    (int64_t)strtoll(r->key->fallback, NULL, 0));
}

static int
read_real(const struct key_reader *r)
{
	double number = r->node != NULL ? node_real(r->node) : strtod(r->key->fallback, NULL);
	char got[FIGURE];

	if (!isfinite(number))
		return key_fault(r, "%s: too large a number", r->key->name);
	memcpy(place_of(r), &number, sizeof(number));
	return in_bounds(r->key, number) ? 0 : out_of_bounds(r, real_text(number, got));
}

static int
read_bool(const struct key_reader *r)
{
	bool yes = r->node != NULL ? node_bool(r->node) : strcmp(r->key->fallback, "true") == 0;

	memcpy(place_of(r), &yes, sizeof(yes));
	return 0;
}

static int
read_span(const struct key_reader *r)
{
	int64_t us;

	if (span_parse(text_of(r), &us) == 0)
		return keep_int(r, us);
	return key_fault(r, "%s: \"%s\" is no span of time such as \"50ms\", \"5s\", "
	    "\"5min\", \"1h\", \"1d\"", r->key->name, text_of(r));
}

static int
read_size(const struct key_reader *r)
{
	int64_t bytes;

	if (r->node != NULL && node_kind(r->node) == NODE_INT)
		return keep_int(r, node_int(r->node));
	if (size_parse(text_of(r), &bytes) == 0)
		return keep_int(r, bytes);
	return key_fault(r, "%s: \"%s\" is no size such as \"64KiB\", \"512MB\", \"2GB\"",
	    r->key->name, text_of(r));
}

/* All names, "none, even, odd", as far as they fit. */
static const char *
list_names(const char *const *names, char *buf, size_t n)
{
	size_t at = 0, len;

	buf[0] = '\0';
	for (; *names != NULL; names++) {
		len = strlen(*names);
		if (at + len + 6 > n)
			break;
		memcpy(buf + at, at > 0 ? ", " : "", at > 0 ? 2 : 0);
		at += at > 0 ? 2 : 0;
		memcpy(buf + at, *names, len + 1);
		at += len;
	}
	if (*names != NULL)
		memcpy(buf + at, ", ...", 6);
	return buf;
}

static int
read_choice(const struct key_reader *r)
{
	const char *const *names = r->key->names;
	const char *s = text_of(r), *near;
	char list[LIST_MAX];
	int i = 0;

	while (names[i] != NULL && strcmp(names[i], s) != 0)
		i++;
	if (names[i] != NULL) {
		memcpy(place_of(r), &i, sizeof(i));
		return 0;
	}
	near = near_name(s, names, (size_t)i);
	list_names(names, list, sizeof(list));
	if (near != NULL)
		return key_fault(r, "%s: \"%s\" is none of %s; did you mean \"%s\"?",
		    r->key->name, s, list, near);
	return key_fault(r, "%s: \"%s\" is none of %s", r->key->name, s, list);
}

/* How each plain type may be written, and what is said when it is not. */
static const struct plain {
	unsigned	 kinds;		/* 1 << enum node_kind */
	const char	*wants;		/* a format: the key, the names of a choice */
	int		(*read)(const struct key_reader *);
} plains[] = {
#define TEXT	(1U << NODE_STRING)
#define INT	(1U << NODE_INT)
	[KEY_STRING] = { TEXT, ERR_("%s: wants a text in quotes"), keep_text },
	[KEY_NAME] = { TEXT, ERR_("%s: wants a name in quotes"), read_name },
	[KEY_INT] = { INT, ERR_("%s: wants a whole number, without quotes"), read_int },
	[KEY_REAL] = { INT | 1U << NODE_REAL, ERR_("%s: wants a number, without quotes"),
	    read_real },
	[KEY_BOOL] = { 1U << NODE_BOOL, ERR_("%s: wants true or false, without quotes"),
	    read_bool },
	[KEY_SPAN] = { TEXT, ERR_("%s: wants a span of time in quotes, such as \"5s\""),
	    read_span },
	[KEY_SIZE] = { TEXT | INT, ERR_("%s: wants a size, such as \"512MB\""), read_size },
	[KEY_SECRET] = { TEXT, ERR_("%s: wants \"@/path\" or \"cred:name\", in quotes"),
	    read_secret },
	[KEY_CHOICE] = { TEXT, ERR_("%s: wants one of %s, in quotes"), read_choice },
};

int
key_plain(const struct key_reader *r)
{
	const struct plain *p = &plains[r->key->type];
	char list[LIST_MAX] = "";

	if (r->node == NULL || (p->kinds & 1U << node_kind(r->node)) != 0)
		return p->read(r);
	if (r->key->type == KEY_CHOICE)
		list_names(r->key->names, list, sizeof(list));
	return key_fault(r, p->wants, r->key->name, list);
}
