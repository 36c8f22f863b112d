#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/date.h"
#include "hj212.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void
trim(const char **from, const char **end)
{
	while (*from < *end && is_space(**from))
		(*from)++;
	while (*from < *end && is_space((*end)[-1]))
		(*end)--;
}

/* False: it does not fit. */
static bool
keep(char *to, size_t room, const char *from, const char *end)
{
	size_t n = (size_t)(end - from);

	if (n >= room)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

/* 0 to 9999, or -1. */
static int
number(const char *from, const char *end)
{
	int all = 0;

	if (from == end || end - from > 4)
		return -1;
	for (; from < end; from++) {
		if (*from < '0' || *from > '9')
			return -1;
		all = all * 10 + (*from - '0');
	}
	return all;
}

static bool
is_name(const char *from, const char *end, const char *name)
{
	return (size_t)(end - from) == strlen(name) && memcmp(from, name, strlen(name)) == 0;
}

/* One field; others than these say nothing here. */
static bool
take_field(struct hj212_head *h, const char *from, const char *end)
{
	const char *name = from, *is = memchr(from, '=', (size_t)(end - from)), *name_end, *value;

	if (is == NULL)
		return true;
	name_end = is;
	value = is + 1;
	trim(&name, &name_end);
	trim(&value, &end);
	if (is_name(name, name_end, "QN"))
		return keep(h->qn, sizeof(h->qn), value, end);
	if (is_name(name, name_end, "ST"))
		return keep(h->st, sizeof(h->st), value, end);
	if (is_name(name, name_end, "CN"))
		return keep(h->cn, sizeof(h->cn), value, end);
	if (is_name(name, name_end, "PW"))
		return keep(h->pw, sizeof(h->pw), value, end);
	if (is_name(name, name_end, "MN"))
		return keep(h->mn, sizeof(h->mn), value, end);
	if (is_name(name, name_end, "Flag"))
		h->flag = number(value, end) <= 255 ? number(value, end) : -1;
	else if (is_name(name, name_end, "PNUM"))
		h->pnum = number(value, end);
	else if (is_name(name, name_end, "PNO"))
		h->pno = number(value, end);
	else if (is_name(name, name_end, "RF"))
		h->rf = is_name(value, end, "1");
	return true;
}

/* The text of the standard itself separates some by a comma, and once by nothing
 * before CP. */
bool
hj212_head(const char *segment, size_t n, struct hj212_head *h)
{
	const char *end = segment + n;

	memset(h, 0, sizeof(*h));
	h->flag = -1;
	while (segment < end) {
		const char *stop = segment;

		while (stop < end && *stop != ';' && *stop != ',')
			stop++;
		if (!take_field(h, segment, stop))
			return false;
		segment = stop + 1;
	}
	if (h->pnum < 1 || h->pno < 1 || h->pno > h->pnum)
		h->pnum = h->pno = 0;
	return strlen(h->cn) == 4 && strspn(h->cn, "0123456789") == 4;
}

/* The end of an item: a text between // and // may hold anything. */
static const char *
item_end(const char *from, const char *end)
{
	const char *p = from;

	while (p < end && *p != ';' && *p != ',') {
		const char *close;

		if (p + 3 >= end || p[0] != '=' || p[1] != '/' || p[2] != '/') {
			p++;
			continue;
		}
		for (close = p + 3; close + 1 < end && (close[0] != '/' || close[1] != '/'); )
			close++;
		p = close + 1 < end ? close + 2 : p + 3;
	}
	return p;
}

static bool
cut_pair(char *from, char *end, struct hj212_pair *pair)
{
	char *is = memchr(from, '=', (size_t)(end - from)), *dash;
	const char *name = from, *name_end, *value, *value_end = end;

	if (is == NULL)
		return false;
	name_end = is;
	value = is + 1;
	trim(&name, &name_end);
	trim(&value, &value_end);
	if (value_end - value >= 4 && memcmp(value, "//", 2) == 0 &&
	    memcmp(value_end - 2, "//", 2) == 0) {
		value += 2;
		value_end -= 2;
	}
	if (name == name_end)
		return false;
	pair->name = from + (name - from);
	pair->value = from + (value - from);
	from[name_end - from] = '\0';
	from[value_end - from] = '\0';
	dash = strchr(pair->name, '-');
	pair->factor = dash != NULL ? (size_t)(dash - pair->name) : strlen(pair->name);
	return true;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A code with an attribute, or one of the words that say when and of whom. */
static bool
is_standard(const char *name, const char *end)
{
	static const char *const words[] = { "DataTime", "SystemTime", "BeginTime", "EndTime",
	    "RestartTime", "AlarmTime", "PolId", "InfoId", "SKCreateTime", "NewSK" };
	const char *dash = memchr(name, '-', (size_t)(end - name));

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_name(name, end, words[i]))
			return true;
	if (dash == NULL || dash == name || dash + 1 == end)
		return false;
	for (; name < dash; name++)
		if (!is_letter(*name) && (*name < '0' || *name > '9'))
			return false;
	while (++dash < end)
		if (!is_letter(*dash))
			return false;
	return true;
}

static enum hj212_sense
sense_of(const char *name, const char *end)
{
	const char *is = memchr(name, '=', (size_t)(end - name)), *value, *name_end = is;

	if (is == NULL)
		return HJ212_NONSENSE;
	value = is + 1;
	trim(&name, &name_end);
	trim(&value, &end);
	while (value < end && *value == '=')
		value++;
	if (name == name_end || value == end)
		return HJ212_NONSENSE;
	return is_standard(name, name_end) ? HJ212_PLAIN : HJ212_SENSE;
}

enum hj212_sense
hj212_sense(const char *area, size_t n)
{
	const char *end = area + n;
	enum hj212_sense most = HJ212_NONSENSE;

	while (area < end) {
		const char *stop = item_end(area, end);
		enum hj212_sense is = sense_of(area, stop);

		most = is > most ? is : most;
		area = stop + 1;
	}
	return most;
}

size_t
hj212_pairs(char *area, size_t n, struct hj212_pair *pairs, size_t max)
{
	char *end = area + n;
	size_t m = 0;

	while (area < end) {
		struct hj212_pair pair;
		char *stop = area + (item_end(area, end) - area);

		/* the separator, or what stands behind the area, takes the NUL */
		if (cut_pair(area, stop, &pair)) {
			if (m < max)
				pairs[m] = pair;
			m++;
		}
		area = stop + 1;
	}
	return m;
}

const char *
hj212_attribute(const struct hj212_pair *p)
{
	return p->name[p->factor] == '-' ? p->name + p->factor + 1 : "";
}

static int
digits(const char *p, int n)
{
	int all = 0;

	while (n-- > 0)
		all = all * 10 + (*p++ - '0');
	return all;
}

int64_t
hj212_time(const char *text)
{
	size_t n = strlen(text);
	int year, month, day, hour, minute, second, ms;

	if ((n != 10 && n != 12 && n != 14 && n != 17) || strspn(text, "0123456789") != n)
		return -1;
	year = digits(text, 4);
	month = digits(text + 4, 2);
	day = digits(text + 6, 2);
	hour = digits(text + 8, 2);
	minute = n >= 12 ? digits(text + 10, 2) : 0;
	second = n >= 14 ? digits(text + 12, 2) : 0;
	ms = n == 17 ? digits(text + 14, 3) : 0;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > date_month_days(year, month) || hour > 23 || minute > 59 || second > 59)
		return -1;
	return (date_number(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) *
	    1000 + ms - HJ212_AHEAD;
}

static char *
put_digits(char *to, int64_t number, int n)
{
	for (int i = n; i-- > 0; number /= 10)
		to[i] = (char)('0' + number % 10);
	return to + n;
}

void
hj212_time_write(int64_t ms, char text[HJ212_TIME_ROOM])
{
	int64_t local = ms + HJ212_AHEAD, of = local % 86400000;
	struct date d;

	if (local < 0 || local >= 253402300800000)	/* no year of four digits */
		local = of = 0;
	d = date_of(local / 86400000);
	text = put_digits(text, d.year, 4);
	text = put_digits(text, d.month, 2);
	text = put_digits(text, d.day, 2);
	text = put_digits(text, of / 3600000, 2);
	text = put_digits(text, of / 60000 % 60, 2);
	text = put_digits(text, of / 1000 % 60, 2);
	text = put_digits(text, of % 1000, 3);
	*text = '\0';
}
