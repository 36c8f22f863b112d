#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../../conf/unit.h"
#include "../../devices/reader.h"
#include "../check.h"

#define PAGE_MAX	65536

/* tidegate-profile(5), in both languages, says of every key what the key tables
 * say: its default, its bounds, its names. */

static const struct language {
	const char	*file, *given, *fallback, *bounds, *or_more;
} languages[] = {
	{ "man/tidegate-profile.5", "It must be given.", "default is", "%s to %s",
	  "0 or more" },
	{ "man/zh_CN/tidegate-profile.5", "必须给出。", "默认", "%s 至 %s", "不小于 0" },
};

#define LANGUAGES	(sizeof(languages) / sizeof(languages[0]))

static const struct {
	const char		*section[LANGUAGES];
	const struct key	*keys;
} tables[] = {
	{ { "THE HEAD", "文件头" }, profile_keys }, { { "BLOCKS", "整块" }, block_keys },
	{ { "A POINT", "测点" }, point_keys }, { { "STATE NAMES", "状态名" }, choice_keys },
	{ { "PARTS", "组成" }, part_keys }, { { "WRITING", "写入" }, write_keys },
	{ { "A STATUS", "状态" }, status_keys }, { { "STEPS", "步骤" }, step_keys },
	{ { "A WATCHDOG", "看门狗" }, watchdog_keys },
	{ { "FAIL-SAFE VALUES", "故障安全值" }, failsafe_keys },
	{ { "A VECTOR", "样例" }, vector_keys },
};

#define TABLES	(sizeof(tables) / sizeof(tables[0]))

static char page[PAGE_MAX];
static size_t tongue;		/* of languages */
static int faults;

static void
read_page(void)
{
	int fd = open(languages[tongue].file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, page, sizeof(page) - 1);
	CHECK(n > 0 && n < (ssize_t)sizeof(page) - 1);
	page[n] = '\0';
	close(fd);
}

static void
fault(const char *key, const char *what, const char *wanted)
{
	fprintf(stderr, "%s: %s: %s: %s\n", languages[tongue].file, key, what, wanted);
	faults++;
}

/* From a line that begins so to the next that begins with end; lives until the
 * next call with the same room. */
static const char *
cut(const char *from, const char *begin, const char *end, char room[PAGE_MAX])
{
	const char *at = strstr(from, begin);
	const char *stop;

	if (at == NULL)
		return NULL;
	at += strlen(begin);
	stop = strstr(at, end);
	snprintf(room, PAGE_MAX, "\n%.*s", (int)(stop != NULL ? stop - at : PAGE_MAX - 2), at);
	return room;
}

static const char *
section(const char *name)
{
	static char room[PAGE_MAX];
	char begin[80];
	const char *text;

	snprintf(begin, sizeof(begin), "\n.Sh %s\n", name);
	text = cut(page, begin, "\n.Sh ", room);
	if (text == NULL)
		fault(name, "no section", "");
	CHECK(text != NULL);
	return text;
}

/* Text without its macros, as one line: ".Cm none ,\nor" is " none , or". */
static void
flatten(const char *text, char *flat)
{
	bool head = true;

	for (; *text != '\0'; text++) {
		if (head && *text == '.') {
			text += strcspn(text, " \n");
			text -= *text == '\n' || *text == '\0';
			head = false;
			continue;
		}
		head = *text == '\n';
		if (strncmp(text, "\\&", 2) == 0)
			text++;
		else
			*flat++ = head ? ' ' : *text;
	}
	*flat = '\0';
}

/* Is it there, and not as a piece of another word or number? */
static bool
tells(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += n) {
		bool before = at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '-');

		if (!before && !isalnum((unsigned char)at[n]) && at[n] != '-')
			return true;
	}
	return false;
}

static const char *
bound(const struct key *key, double number, char buf[32])
{
	if (key->type == KEY_SPAN)
		return span_write((int64_t)number, buf, 32);
	snprintf(buf, 32, "%.15g", number);
	return buf;
}

static void
check_bounds(const struct key *key, const char *text)
{
	const struct language *l = &languages[tongue];
	char least[32], most[32], wanted[80];

	if (key->min == 0 && key->max == 0)
		return;
	if (key->min == 0 && key->max >= 1e300)
		snprintf(wanted, sizeof(wanted), "%s", l->or_more);
	else
		snprintf(wanted, sizeof(wanted), l->bounds, bound(key, key->min, least),
		    bound(key, key->max, most));
	if (!tells(text, wanted))
		fault(key->name, "bounds", wanted);
}

static void
check_default(const struct key *key, const char *text)
{
	const struct language *l = &languages[tongue];
	char wanted[160];

	if (key->fallback == NULL)
		snprintf(wanted, sizeof(wanted), "%s", l->given);
	else if (key->fallback[0] == '\0' || key->fallback[0] == '{')
		return;
	else
		snprintf(wanted, sizeof(wanted), "%s %s", l->fallback, key->fallback);
	if (!tells(text, wanted))
		fault(key->name, "default", wanted);
}

/* Only some of the numbers between its bounds are functions of a write or step:
 * they are told one by one. */
static bool
is_listed(const struct key *keys, const struct key *key)
{
	return (keys == write_keys || keys == step_keys || keys == watchdog_keys ||
	    keys == failsafe_keys) && strcmp(key->name, "function") == 0;
}

static void
check_key(const char *part, const struct key *keys, const struct key *key)
{
	static char item[PAGE_MAX], text[PAGE_MAX];
	char begin[80];

	snprintf(begin, sizeof(begin), "\n.It Ic %s No = ", key->name);
	if (cut(part, begin, "\n.It ", item) == NULL) {
		fault(key->name, "no item with an example", begin + 1);
		return;
	}
	flatten(strchr(item + 1, '\n'), text);
	if (strlen(text) < 6)
		fault(key->name, "nothing is said", "");
	check_default(key, text);
	if (!is_listed(keys, key))
		check_bounds(key, text);
	for (size_t i = 0; key->names != NULL && key->names[i] != NULL; i++)
		if (!tells(text, key->names[i]))
			fault(key->name, "names", key->names[i]);
}

static void
check_keys(const char *name, const struct key *keys)
{
	const char *part = section(name);

	for (const struct key *key = keys; key->name != NULL; key++)
		check_key(part, keys, key);
}

static const struct key *
line_keys(void)
{
	for (const struct key *key = profile_keys; key->name != NULL; key++)
		if (strcmp(key->name, "serial") == 0)
			return key->sub;
	return NULL;
}

static void
every_key_of_a_profile_is_told(void)
{
	static const char *const line[LANGUAGES] = { "THE LINE", "串口" };

	for (tongue = 0; tongue < LANGUAGES; tongue++) {
		read_page();
		for (size_t i = 0; i < TABLES; i++)
			check_keys(tables[i].section[tongue], tables[i].keys);
		check_keys(line[tongue], line_keys());
	}
	CHECK(faults == 0);
}

static bool
has_section(const struct key *keys)
{
	for (size_t i = 0; i < TABLES; i++)
		if (tables[i].keys == keys)
			return true;
	return keys == line_keys();
}

/* But for a label: its two languages stand in its own item. */
static void
each_table_has_a_section(void)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct key *key = tables[i].keys; key->name != NULL; key++)
			CHECK(key->sub == NULL || has_section(key->sub) ||
			    strcmp(key->name, "label") == 0);
}

static void
every_raw_type_and_order_is_told(void)
{
	static const char *const raws[LANGUAGES] = { "RAW TYPES", "数据类型" };
	static const char *const orders[LANGUAGES] = { "ORDERS", "字节序" };

	for (tongue = 0; tongue < LANGUAGES; tongue++) {
		read_page();
		for (size_t i = 0; raw_at(i) != NULL; i++)
			if (!tells(section(raws[tongue]), raw_at(i)->name))
				fault(raw_at(i)->name, "not in", raws[tongue]);
		for (size_t i = 0; order_at(i) != NULL; i++)
			if (!tells(section(orders[tongue]), order_at(i)->name))
				fault(order_at(i)->name, "not in", orders[tongue]);
	}
	CHECK(faults == 0);
}

static void
every_unit_is_told(void)
{
	static const char *const units[LANGUAGES] = { "UNITS", "单位" };
	static char text[PAGE_MAX];

	for (tongue = 0; tongue < LANGUAGES; tongue++) {
		read_page();
		flatten(section(units[tongue]), text);
		for (size_t i = 0; unit_at(i) != NULL; i++)
			if (!tells(text, unit_at(i)->name) || !tells(text, unit_at(i)->dimension))
				fault(unit_at(i)->name, "not in", unit_at(i)->dimension);
	}
	CHECK(faults == 0);
}

int
main(void)
{
	RUN(every_key_of_a_profile_is_told);
	RUN(each_table_has_a_section);
	RUN(every_raw_type_and_order_is_told);
	RUN(every_unit_is_told);
	return 0;
}
