#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/uplink/alarm_facts.h"
#include "../../gateway/uplink/entry_json.h"
#include "../../gateway/words/export.h"
#include "../check.h"

#define BYTES	(1 << 20)

static const struct uplink_env env = { .gateway = "g", .store = 1 };

/* Said by each form in a way of its own, or no part of the journal. */
static const char *const others[] = { "rule", "device", "series", "alarm", "event", "priority",
    "class", "time", "value", "quality", "text_en", "text_zh", "ground",
    "alarm.handling" };

static bool
is_said(const char *member)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], member) == 0)
			return true;
	for (size_t i = 0; i < ALARM_FACTS; i++)
		if (strcmp(alarm_facts[i].member, member) == 0)
			return true;
	return false;
}

/* Each name that a line declares. */
static size_t
check_line(const char *file, char *line, const char *before)
{
	char *remark = strstr(line, "/*"), *end, member[300];
	size_t n = 0;

	if (remark != NULL)
		*remark = '\0';
	end = strchr(line, ';');
	if (end == NULL || line[strspn(line, " \t")] == '*')
		return 0;
	*end = '\0';
	for (char *part = strtok(line, ","); part != NULL; part = strtok(NULL, ","), n++) {
		char *name = part + strlen(part);

		while (name > part && strchr(" \t*", name[-1]) == NULL)
			name--;
		snprintf(member, sizeof(member), "%s%s", before, name);
		if (!is_said(member))
			fprintf(stderr, "%s: %s is no line of alarm_facts\n", file, member);
		CHECK(is_said(member));
	}
	return n;
}

static size_t
each_member_is_said(const char *file, const char *head, const char *before)
{
	FILE *f = fopen(file, "r");
	char line[256];
	bool in = false;
	size_t n = 0;

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, head, strlen(head)) == 0)
			in = true;
		else if (line[0] == '}')
			in = false;
		else if (in)
			n += check_line(file, line, before);
	}
	fclose(f);
	return n;
}

static void
no_member_of_an_alarm_is_forgotten(void)
{
	CHECK(each_member_is_said("rules/alarm.h", "struct alarm {", "alarm.") == 16);
	CHECK(each_member_is_said("gateway/journal/entry.h", "struct alarm_entry {", "") == 16);
}

/* An alarm of which this alone is so. */
static struct entry
with(const struct alarm_fact *f)
{
	struct entry e = { .seq = 1, .kind = ENTRY_ALARM, .clock_trusted = true, .stored = 5,
	    .alarm = { .rule = "r", .device = "d", .time = 7, .text_en = "", .text_zh = "",
	    .who = "", .why = "" } };
	char *at = (char *)&e.alarm + (f != NULL ? f->at : 0);

	if (f == NULL)
		return e;
	switch (f->kind) {
	case FACT_BOOL:
		*(bool *)(void *)at = true;
		break;
	case FACT_COUNT:
		*(uint32_t *)(void *)at = 3;
		break;
	case FACT_TIME:
		*(int64_t *)(void *)at = 4102444800123;		/* the year 2100 */
		break;
	case FACT_MASKS:
		*(uint8_t *)(void *)at = ALARM_SHELVED | ALARM_MAINTENANCE;
		break;
	case FACT_TEXT:
		*(const char **)(void *)at = "li \"x\", 清洗";
		break;
	}
	return e;
}

static size_t
json_form(const struct entry *e, char *out)
{
	struct buf b = { .at = (uint8_t *)out, .cap = BYTES };

	CHECK(entry_json(&b, e, STREAM_ALARM, &env));
	return b.len;
}

static size_t
read_back(FILE *f, char *out)
{
	size_t n;

	rewind(f);
	n = fread(out, 1, BYTES - 1, f);
	out[n] = '\0';
	fclose(f);
	return n;
}

static size_t
export_form(const struct export_format *x, const struct entry *e, char *out)
{
	char path[] = "/tmp/t_alarm_facts.XXXXXX", why[200];
	int fd = x->own_file ? mkstemp(path) : -1;
	struct export_to to = { .path = path, .env = &env, .kinds = EXPORT_KIND(ENTRY_ALARM),
	    .file = x->own_file ? NULL : tmpfile() };
	void *self = calloc(1, x->size);

	CHECK(self != NULL && (fd >= 0 || to.file != NULL));
	if (x->open(self, &to, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s: %s\n", x->name, why);
		CHECK(!"it opens");
	}
	CHECK(x->entry(self, e, why, sizeof(why)) == 0);
	CHECK(x->close(self, true, why, sizeof(why)) == 0);
	free(self);
	if (!x->own_file)
		return read_back(to.file, out);
	unlink(path);
	return read_back(fdopen(fd, "rb"), out);
}

static size_t
form(size_t i, const struct entry *e, char *out)
{
	static const struct export_format *const exports[] = { &export_csv, &export_line,
	    &export_sqlite };

	return i == 0 ? json_form(e, out) : export_form(exports[i - 1], e, out);
}

static bool
has(const char *text, size_t n, const char *word)
{
	return memmem(text, n, word, strlen(word)) != NULL;
}

/* By its name, and so that what is so differs from what is not. */
static void
every_form_says_every_fact(void)
{
	static char plain[BYTES], told[BYTES];

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < ALARM_FACTS; k++) {
			const struct alarm_fact *f = &alarm_facts[k];
			struct entry none = with(NULL), e = with(f);
			size_t n = form(i, &none, plain), m = form(i, &e, told);

			if (!has(told, m, f->name) || (n == m && memcmp(plain, told, n) == 0))
				fprintf(stderr, "form %zu does not say %s\n", i, f->name);
			CHECK(has(told, m, f->name));
			CHECK(n != m || memcmp(plain, told, n) != 0);
		}
}

/* As many cells as columns, whatever is so. */
static void
rows_of_csv_are_whole(void)
{
	static char text[BYTES];

	for (size_t k = 0; k < ALARM_FACTS; k++) {
		struct entry e = with(alarm_facts[k].kind == FACT_TEXT ? NULL : &alarm_facts[k]);
		size_t n = export_form(&export_csv, &e, text), commas[2] = { 0, 0 }, line = 0;

		for (size_t i = 0; i < n && line < 2; i++) {
			commas[line] += text[i] == ',';
			line += text[i] == '\n';
		}
		CHECK(line == 2 && commas[0] == commas[1]);
	}
}

/* What is said only when it is so is nothing but true. */
static bool
promised(const struct alarm_fact *f, const json_t *member)
{
	static const char *const types[] = { [FACT_BOOL] = "boolean", [FACT_COUNT] = "integer",
	    [FACT_TIME] = "integer", [FACT_MASKS] = "array", [FACT_TEXT] = "string" };
	const char *type = json_string_value(json_object_get(member, "type"));

	if (f->kind == FACT_BOOL && !f->always)
		return json_is_true(json_object_get(member, "const"));
	return type != NULL && strcmp(type, types[f->kind]) == 0;
}

/* What is promised to those who read it is what is sent. */
static void
the_schema_knows_every_fact(void)
{
	json_t *schema = json_load_file("docs/schema/mqtt-entry.json", 0, NULL);
	json_t *alarm = json_array_get(json_object_get(schema, "oneOf"), 0);
	json_t *members = json_object_get(alarm, "properties");
	json_t *always = json_object_get(alarm, "required");

	for (size_t i = 0; i < ALARM_FACTS; i++) {
		const struct alarm_fact *f = &alarm_facts[i];
		const json_t *member = json_object_get(members, f->name);
		bool required = false;

		if (!promised(f, member))
			fprintf(stderr, "%s: not so in the schema\n", f->name);
		CHECK(promised(f, member));
		for (size_t k = 0; k < json_array_size(always); k++)
			required |= strcmp(json_string_value(json_array_get(always, k)),
			    f->name) == 0;
		CHECK(required == f->always);
	}
	json_decref(schema);
}

int
main(void)
{
	RUN(no_member_of_an_alarm_is_forgotten);
	RUN(every_form_says_every_fact);
	RUN(rows_of_csv_are_whole);
	RUN(the_schema_knows_every_fact);
	return 0;
}
