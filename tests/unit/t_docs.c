#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../conf/span.h"
#include "../../devices/calibration.h"
#include "../../devices/device.h"
#include "../../devices/output.h"
#include "../../devices/quality.h"
#include "../../devices/register_map.h"
#include "../../gateway/config/config.h"
#include "../../gateway/status.h"
#include "../check.h"

#define PAGE_MAX	131072

/* The manual says of every key what the key table says: its default, its
 * bounds, its names. */

static char page[PAGE_MAX];
static const char *page_name;
static int faults;

static void
read_page(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, page, sizeof(page) - 1);
	CHECK(n > 0 && n < (ssize_t)sizeof(page) - 1);
	page[n] = '\0';
	page_name = name;
	close(fd);
}

/* What stands below a heading, to the next of that or a higher level; lives
 * until the next call. */
static const char *
section(const char *heading)
{
	static char part[PAGE_MAX];
	char wanted[80];
	const char *at, *end;
	size_t level = strspn(heading, "#");

	snprintf(wanted, sizeof(wanted), "\n%s\n", heading);
	at = strstr(page, wanted);
	if (at == NULL) {
		fprintf(stderr, "%s: no heading %s\n", page_name, heading);
		exit(1);
	}
	at += strlen(wanted);
	for (end = strstr(at, "\n#"); end != NULL; end = strstr(end + 1, "\n#"))
		if (strspn(end + 1, "#") <= level)
			break;
	snprintf(part, sizeof(part), "\n%.*s", (int)(end != NULL ? end - at : PAGE_MAX - 2), at);
	return part;
}

/* The row of a table whose first cell names the key. */
static bool
find_row(const char *part, const char *key, char *row, size_t n)
{
	char wanted[80];
	const char *at;

	snprintf(wanted, sizeof(wanted), "\n| `%s` |", key);
	at = strstr(part, wanted);
	if (at == NULL)
		return false;
	at += strlen(wanted);
	snprintf(row, n, "%.*s", (int)strcspn(at, "\n"), at);
	return true;
}

static void
fault(const char *key, const char *what, const char *wanted)
{
	fprintf(stderr, "%s: %s: %s: %s\n", page_name, key, what, wanted);
	faults++;
}

static bool
is_quoted(enum key_type type)
{
	return type != KEY_INT && type != KEY_REAL && type != KEY_BOOL;
}

/* The second cell as it must be written; "" when words describe it. */
static void
default_cell(const struct key *key, char *cell, size_t n)
{
	if (key->fallback == NULL)
		snprintf(cell, n, " must be given ");
	else if (key->fallback[0] == '\0' || key->fallback[0] == '{')
		cell[0] = '\0';
	else
		snprintf(cell, n, is_quoted(key->type) ? " `\"%s\"` " : " `%s` ", key->fallback);
}

static const char *
bound(const struct key *key, double number, char buf[32])
{
	if (key->type == KEY_SPAN)
		return span_write((int64_t)number, buf, 32);
	if (key->type == KEY_SIZE)
		return size_write((int64_t)number, buf, 32);
	snprintf(buf, 32, "%.15g", number);
	return buf;
}

static void
check_bounds(const char *name, const struct key *key, const char *row)
{
	char least[32], most[32], wanted[80];

	if (key->min == 0 && key->max == 0)
		return;
	if (key->min == 0 && key->max >= 1e300)
		snprintf(wanted, sizeof(wanted), "0 or more");
	else
		snprintf(wanted, sizeof(wanted), "%s to %s", bound(key, key->min, least),
		    bound(key, key->max, most));
	if (strstr(row, wanted) == NULL)
		fault(name, "bounds", wanted);
}

static void
check_names(const char *name, const struct key *key, const char *row)
{
	char wanted[64];

	for (size_t i = 0; key->names != NULL && key->names[i] != NULL; i++) {
		snprintf(wanted, sizeof(wanted), "`%s`", key->names[i]);
		if (strstr(row, wanted) == NULL)
			fault(name, "names", wanted);
	}
}

static void
check_key(const char *part, const char *name, const struct key *key)
{
	char row[1024], cell[160];

	if (!find_row(part, name, row, sizeof(row))) {
		fault(name, "no row", "");
		return;
	}
	default_cell(key, cell, sizeof(cell));
	if (strncmp(row, cell, strlen(cell)) != 0)
		fault(name, "default", cell);
	if (strspn(row, " |") == strlen(row))
		fault(name, "nothing is said", "");
	check_bounds(name, key, row);
	check_names(name, key, row);
}

/* Keys of a group stand in the table of what it belongs to: store.cap. */
static void
check_keys(const char *part, const char *prefix, const struct key *keys)
{
	char name[80];

	for (; keys->name != NULL; keys++) {
		snprintf(name, sizeof(name), "%s%s", prefix, keys->name);
		if (keys->type == KEY_ROWS) {
			check_keys(part, prefix, keys->sub);
		} else if (keys->type == KEY_GROUP) {
			strcat(name, ".");
			check_keys(part, name, keys->sub);
		} else {
			check_key(part, name, keys);
		}
	}
}

static void
check_table(const char *file, const char *heading, const struct key *keys)
{
	read_page(file);
	check_keys(section(heading), "", keys);
}

static void
every_key_of_the_configuration_is_told(void)
{
	const char *file = "docs/configuration.md";

	faults = 0;
	check_table(file, "## gateway", gateway_keys);
	check_table(file, "## listeners", listener_keys);
	check_table(file, "## receivers", receiver_keys);
	check_table(file, "## plans", tariff_keys);
	check_table(file, "## devices", device_keys);
	check_table(file, "### outputs", output_keys);
	check_table(file, "### gas", gas_keys);
	check_table(file, "### calibration", calibration_keys);
	check_table(file, "### Keys of every link", link_keys);
	check_table(file, "### Keys of every uplink", uplink_keys);
	check_table(file, "### Keys of every way", way_keys);
	check_table(file, "## contacts", contact_keys);
	check_table(file, "## groups", group_keys);
	check_table(file, "## duty", duty_keys);
	check_table(file, "### duty: shifts", duty_keys[1].sub);
	check_table(file, "### duty: dates", duty_keys[2].sub);
	check_table(file, "## notify", notify_keys);
	check_table(file, "### notify: steps", notify_keys[1].sub);
	check_table(file, "## telling", telling_keys);
	check_table(file, "## alarms", life_keys);
	check_table(file, "### alarms: keys", switch_keys);
	CHECK(faults == 0);
}

static void
every_kind_of_link_uplink_and_way_is_told(void)
{
	char heading[64];

	faults = 0;
	for (size_t i = 0; link_kind_at(i) != NULL; i++) {
		snprintf(heading, sizeof(heading), "### links: %s", link_kind_at(i)->name);
		check_table("docs/configuration.md", heading, link_kind_at(i)->keys);
	}
	for (size_t i = 0; uplink_kind_at(i) != NULL; i++) {
		snprintf(heading, sizeof(heading), "### uplinks: %s", uplink_kind_at(i)->name);
		check_table("docs/configuration.md", heading, uplink_kind_at(i)->keys);
	}
	for (size_t i = 0; way_kind_at(i) != NULL; i++) {
		snprintf(heading, sizeof(heading), "### ways: %s", way_kind_at(i)->name);
		check_table("docs/configuration.md", heading, way_kind_at(i)->keys);
	}
	check_table("docs/configuration.md", "## packs", pack_use_keys);
	check_table("docs/packs.md", "## A pack of your own", pack_keys);
	check_table("docs/configuration.md", "## statistics", statistic_keys);
	check_table("docs/configuration.md", "### uplinks: the map of a modbus server",
	    map_row_keys);
	CHECK(faults == 0);
}

static void
every_key_of_a_rule_is_told(void)
{
	faults = 0;
	check_table("docs/rules.md", "## The keys of a rule", rule_keys);
	check_table("docs/rules.md", "## Acting on the spot", action_keys);
	check_table("docs/rules.md", "## Derived points", derived_keys);
	CHECK(faults == 0);
}

static void
every_function_of_rules_is_told(void)
{
	const struct rule_fn *fn;
	const char *part;
	char wanted[40];

	faults = 0;
	read_page("docs/rules.md");
	part = section("### Functions");
	for (size_t i = 0; (fn = rule_fn_at(i)) != NULL; i++) {
		snprintf(wanted, sizeof(wanted), "`%s(", fn->name);
		if (strstr(part, wanted) == NULL)
			fault(fn->name, "no row", "");
	}
	CHECK(faults == 0);
}

static void
every_state_of_an_alarm_is_told(void)
{
	char name[16], row[512];
	const char *part;

	read_page("docs/rules.md");
	part = section("## The states of an alarm");
	for (int i = ALARM_NORM; i <= ALARM_OOSRV; i++) {
		snprintf(name, sizeof(name), "%s", alarm_state_name((enum alarm_state)i));
		CHECK(find_row(part, name, row, sizeof(row)));
	}
}

/* Each column by its heading or, where it is not shown, by its name in JSON. */
static void
every_column_of_status_is_told(void)
{
	char quoted[64];
	const char *part;

	faults = 0;
	read_page("docs/commands.md");
	part = section("## status");
	for (size_t i = 0; i < SECTIONS; i++)
		for (const struct column *c = status_sections[i].columns; c->key != NULL; c++) {
			snprintf(quoted, sizeof(quoted), "`%s`", c->key);
			if (c->title != NULL && strstr(part, c->title) == NULL)
				fault(status_sections[i].name, "no column", c->title);
			if (c->title == NULL && strstr(part, quoted) == NULL)
				fault(status_sections[i].name, "no member", quoted);
		}
	CHECK(faults == 0);
}

static void
every_quality_is_told(void)
{
	char row[512];
	const char *part;

	faults = 0;
	read_page("docs/commands.md");
	part = section("### Qualities");
	for (uint8_t i = Q_GOOD; i <= Q_STATUS_UNKNOWN; i++) {
		const char *name = quality_name((struct quality){ .code = i });

		if (!find_row(part, name, row, sizeof(row)))
			fault(name, "no row", "");
	}
	CHECK(faults == 0);
}

int
main(void)
{
	RUN(every_key_of_the_configuration_is_told);
	RUN(every_kind_of_link_uplink_and_way_is_told);
	RUN(every_key_of_a_rule_is_told);
	RUN(every_function_of_rules_is_told);
	RUN(every_state_of_an_alarm_is_told);
	RUN(every_column_of_status_is_told);
	RUN(every_quality_is_told);
	return 0;
}
