#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "../../conf/span.h"
#include "../../devices/calibration.h"
#include "../command_line.h"
#include "../config/config.h"
#include "../text.h"

/* tidegate.conf(5) as mdoc(7), made of the tables that read the configuration:
 * what they know stands in the page, by construction. */

#define WIDTH	76	/* of a line of source */
#define ROOM	1024

/* Up to a blank, or with a Chinese stop, behind which a line may be broken. */
static size_t
piece(const char *text)
{
	static const char *const stops[] = { "，", "。", "；", "：" };
	size_t n = strcspn(text, " ");

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(stops) / sizeof(stops[0]); k++)
			if (strncmp(text + i, stops[k], 3) == 0)
				return i + 3;
	return n;
}

/* Columns as mandoc counts them: a Chinese letter is \[u4E00] to it. */
static size_t
columns_of(const char *text, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++)
		columns += (text[i] & 0x80) != 0 ? 3 : 1;
	return columns;
}

static void
put(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fputs(text[i] == '\\' ? "\\e" : (char[]){ text[i], '\0' }, stdout);
}

static size_t
break_line(void)
{
	putchar('\n');
	return 0;
}

/* A sentence begins a line of its own, as mdoc wants it. */
static void
flow(const char *text)
{
	size_t column = 0;
	bool glued = false;

	while (*text != '\0') {
		size_t n = piece(text), columns = columns_of(text, n);

		if (column > 0 && column + 1 + columns > WIDTH)
			column = break_line();
		if (column > 0 && !glued)
			putchar(' ');
		else if (column == 0 && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		put(text, n);
		column += 1 + columns;
		if (n > 0 && strchr(".!?", text[n - 1]) != NULL && text[n] == ' ')
			column = break_line();
		glued = text[n] != ' ';
		text += n;
		text += strspn(text, " ");
	}
	if (column > 0)
		putchar('\n');
}

static void __attribute__((format(printf, 1, 2)))
say(const char *fmt, ...)
{
	char text[ROOM];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	flow(text);
}

static bool
is_quoted(enum key_type type)
{
	return type != KEY_INT && type != KEY_REAL && type != KEY_BOOL;
}

static bool
has_fallback(const struct key *key)
{
	return key->fallback != NULL && key->fallback[0] != '\0' && key->fallback[0] != '{';
}

/* A default that is a text of its own may begin with a brace. */
static bool
is_template(const struct key *key)
{
	return key->type == KEY_STRING && key->fallback != NULL && key->fallback[0] == '{';
}

static const char *
written(const struct key *key, const char *value, char *buf, size_t n)
{
	snprintf(buf, n, is_quoted(key->type) ? "\"%s\"" : "%s", value);
	return buf;
}

/* Where the table has none, its type tells how one looks. */
static const char *
example(const struct key *key, char *buf, size_t n)
{
	static const char *const forms[] = {
		[KEY_STRING] = "\"...\"", [KEY_NAME] = "\"name\"", [KEY_INT] = "1",
		[KEY_REAL] = "1.5", [KEY_BOOL] = "true", [KEY_SPAN] = "\"5s\"",
		[KEY_SIZE] = "\"1MB\"", [KEY_STRINGS] = "(\"...\")",
		[KEY_SECRET] = "\"cred:NAME\"", [KEY_CHOICE] = "\"...\"",
		[KEY_GROUP] = "{ ... }", [KEY_ITEMS] = "( { ... } )", [KEY_NODE] = "...",
	};

	if (key->example != NULL)
		return key->example;
	if (has_fallback(key) || is_template(key))
		return written(key, key->fallback, buf, n);
	return forms[key->type];
}

/* In the arguments of a macro a double quote begins a word of several. */
static void
put_argument(const char *text)
{
	for (; *text != '\0'; text++)
		fputs(*text == '"' ? "\\(dq" : (char[]){ *text, '\0' }, stdout);
}

static const char *
bound(const struct key *key, double number, char *buf, size_t n)
{
	if (key->type == KEY_SPAN)
		return span_write((int64_t)number, buf, n);
	if (key->type == KEY_SIZE)
		return size_write((int64_t)number, buf, n);
	snprintf(buf, n, "%.15g", number);
	return buf;
}

static void
say_bounds(const struct key *key)
{
	char least[40], most[40];

	if (key->min == 0 && key->max == 0)
		return;
	if (key->max >= 1e300)
		say(_("It is 0 or more."));
	else
		say(_("It is %s to %s."), bound(key, key->min, least, sizeof(least)),
		    bound(key, key->max, most, sizeof(most)));
}

static void
say_names(const struct key *key)
{
	char list[ROOM] = "";
	size_t n = 0;

	for (size_t i = 0; key->names != NULL && key->names[i] != NULL; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s\"%s\"", i > 0 ? ", " : "",
		    key->names[i]);
	if (n > 0)
		say(_("It is one of %s."), list);
}

static void
say_default(const struct key *key)
{
	char value[ROOM];

	if (key->fallback == NULL)
		say(_("It must be given."));
	else if (has_fallback(key) || is_template(key))
		say(_("The default is %s."), written(key, key->fallback, value, sizeof(value)));
}

static void	list(const struct key *, bool deep);

static void
item(const struct key *key, bool deep)
{
	char buf[ROOM];

	printf(".It Ic %s No = ", key->name);
	put_argument(example(key, buf, sizeof(buf)));
	puts(" ;");
	flow(_(key->help));
	say_names(key);
	say_bounds(key);
	say_default(key);
	/* calibrations have a part of their own */
	if (deep && key->sub != NULL && key->sub != calibration_keys)
		list(key->sub, deep);
}

static void
items(const struct key *keys, bool deep)
{
	for (; keys->name != NULL; keys++)
		if (keys->type == KEY_ROWS)
			items(keys->sub, deep);
		else
			item(keys, deep);
}

static void
list(const struct key *keys, bool deep)
{
	puts(".Bl -tag -width Ds");
	items(keys, deep);
	puts(".El");
}

static void
part(const char *title, const char *text, const struct key *keys)
{
	printf(".Sh %s\n", title);
	flow(text);
	list(keys, true);
}

static void
kind(const char *what, const char *name, const struct key *keys)
{
	printf(".Ss %s, kind \\(dq%s\\(dq\n", what, name);
	list(keys, true);
}

static void
head(void)
{
	puts(".Dd November 25, 2026\n.Dt TIDEGATE.CONF 5\n.Os\n.Sh NAME\n.Nm tidegate.conf");
	printf(".Nd %s\n", _("what the gateway reads, decides, stores and sends"));
	puts(".Sh DESCRIPTION");
	flow(_("This is the configuration of tidegate(8). It is read when the gateway starts and "
	    "when it is told to reload; a file with a fault changes nothing. tidegate check says "
	    "everything that is wrong with it."));
	puts(".Pp");
	flow(_("The syntax is that of libconfig: settings \"name = value;\", groups in { }, lists "
	    "in ( ) with commas between their elements and none after the last, comments from # "
	    "to the end of the line. The file is UTF-8. A key that is not known is an error, and "
	    "the nearest known one is named."));
	puts(".Pp");
	flow(_("A span of time is one number and one unit, in quotes: us, ms, s, min, h, d. A "
	    "size is the like with kB, MB, GB, TB or KiB, MiB, GiB, TiB, or a number of bytes. A "
	    "name is 1 to 63 of the letters a to z, digits, and _ / -."));
	puts(".Pp");
	flow(_("A password never stands here: \"@/path\" is what stands in that file, which "
	    "nobody else may read; \"cred:NAME\" is a credential of systemd (LoadCredential)."));
	puts(".Pp");
	flow(_("@include \"links.conf\" at the beginning of a line stands for what is in that "
	    "file."));
	puts(".Pp");
	flow(_("Each key is shown below as it is written, with a value as example."));
}

static void
formats(void)
{
	puts(".Ss listeners, formats\n.Bl -tag -width Ds");
	for (size_t i = 0; dtu_format_at(i) != NULL; i++) {
		printf(".It Li \"%s\"\n", dtu_format_at(i)->name);
		flow(_(dtu_format_at(i)->help));
	}
	puts(".El");
}

static void
links(void)
{
	part("LINKS", _("Lines to instruments. These keys every link has; its kind brings "
	    "further ones."), link_keys);
	for (size_t i = 0; link_kind_at(i) != NULL; i++)
		kind("links", link_kind_at(i)->name, link_kind_at(i)->keys);
	part("LISTENERS", _("Ports at which DTUs call, a list."), listener_keys);
	formats();
	part("RECEIVERS", _("Ports at which instruments bring messages, a list."), receiver_keys);
}

static void
uplinks(void)
{
	part("UPLINKS", _("Where everything is sent. These keys every uplink has; its kind "
	    "brings further ones."), uplink_keys);
	for (size_t i = 0; uplink_kind_at(i) != NULL; i++)
		kind("uplinks", uplink_kind_at(i)->name, uplink_kind_at(i)->keys);
}

static void
plans(void)
{
	part("PLANS", _("Plans for data that several links and uplinks share, a list."),
	    tariff_keys);
}

static void
ways(void)
{
	part("WAYS", _("How people are told of alarms. These keys every way has; its kind brings "
	    "further ones."), way_keys);
	for (size_t i = 0; way_kind_at(i) != NULL; i++)
		kind("ways", way_kind_at(i)->name, way_kind_at(i)->keys);
}

static void
functions(void)
{
	puts(".Sh FUNCTIONS OF RULES");
	flow(_("What a condition or a derived point may reckon with, beside + - * / "
	    "> >= < <= == != and, or, not."));
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; rule_fn_at(i) != NULL; i++) {
		printf(".It Li \"%s\"\n", rule_fn_at(i)->usage);
		flow(_(rule_fn_at(i)->help));
	}
	puts(".El");
}

static void
people(void)
{
	part("CONTACTS", _("People who are told of alarms, a list."), contact_keys);
	part("GROUPS", _("Several of them under one name, a list."), group_keys);
	part("DUTY", _("Calendars of who is on duty, a list."), duty_keys);
	part("NOTIFY", _("Who is told of which alarms, and who next, a list; of an alarm all "
	    "that fit."), notify_keys);
	part("TELLING", _("What holds for all messages, a group."), telling_keys);
}

static void
foot(void)
{
	puts(".Sh FILES\n.Bl -tag -width Ds -compact\n.It Pa /etc/tidegate/tidegate.conf");
	flow(_("the configuration"));
	puts(".It Pa /usr/share/tidegate/tidegate.conf");
	flow(_("one to begin with"));
	puts(".El\n.Sh EXAMPLES\n.Bd -literal\n"
	    "gateway = { id = \"sw-luhe-0017\"; store = { cap = \"2GB\"; }; };\n"
	    "links = ( { name = \"rs485-1\"; kind = \"serial\"; path = \"/dev/ttyS1\"; } );\n"
	    "devices = ( { name = \"kitchen/fume\"; link = \"rs485-1\"; unit = \"1\";\n"
	    "  profile = \"fume-head-template\"; period = \"5s\"; } );\n"
	    "rules = ( { name = \"fume-high\"; on = \"*/fume\"; when = \"fume > 2\";\n"
	    "  class = \"environment\"; on_delay = \"1min\"; } );\n"
	    "uplinks = ( { name = \"local\"; kind = \"file\";\n"
	    "  path = \"/var/lib/tidegate/out.jsonl\"; } );\n"
	    ".Ed\n.Sh SEE ALSO\n.Xr tidegate-profile 5 ,\n.Xr tidegate 8");
}

int
manual_word(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return EX_USAGE;
	head();
	puts(".Sh THE FILE");
	list(config_keys, false);
	part("GATEWAY", _("The gateway itself, a group."), gateway_keys);
	links();
	part("DEVICES", _("Instruments, a list."), device_keys);
	puts(".Ss devices, calibration");
	list(calibration_keys, true);
	part("RULES", _("What is an alarm, a list: one alarm for each device that a rule is on."),
	    rule_keys);
	part("DERIVED", _("Points that are reckoned from others, a list: each device that they are "
	    "on has them as if they were read."), derived_keys);
	functions();
	part("PACKS", _("Rules that are shipped, a list: each pack with the limits of a "
	    "standard, on the devices that have its points."), pack_use_keys);
	part("STATISTICS", _("Means of minutes, hours and days, a list. The first entry that "
	    "selects a point is that of the point."), statistic_keys);
	part("ALARMS", _("How alarms live, a group."), life_keys);
	puts(".Ss alarms, keys");
	list(switch_keys, true);
	uplinks();
	plans();
	people();
	ways();
	part("CURES", _("What is done when an uplink delivers nothing any more, a list: the "
	    "mildest first."), cure_keys);
	foot();
	return EXIT_SUCCESS;
}
