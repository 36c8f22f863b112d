#include <string.h>

#include "influx_conf.h"
#include "influx_map.h"

#define AT(field)	offsetof(struct influx_conf, field)
#define NAME(field)	offsetof(struct influx_measurements, field)

static const char *const apis[] = { "v1", "v2", "v3", NULL };
static const char *const schemes[] = { "auto", "token", "bearer", NULL };
static const char *const layouts[] = { "point", "device", NULL };

static const struct key measurement_keys[] = {
	{ .name = "reading", .type = KEY_STRING, .offset = NAME(reading),
	  .fallback = "{measurement}", .help = "What readings are called." },
	{ .name = "alarm", .type = KEY_STRING, .offset = NAME(alarm),
	  .fallback = "{measurement}_alarm", .help = "What steps of alarms are called." },
	{ .name = "statistic", .type = KEY_STRING, .offset = NAME(statistic),
	  .fallback = "{measurement}_statistic", .help = "What statistics are called." },
	{ .name = "gap", .type = KEY_STRING, .offset = NAME(gap),
	  .fallback = "{measurement}_gap", .help = "What is said of lost entries." },
	{ .name = NULL }
};

const struct key influx_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(http.url),
	  .example = "\"http://127.0.0.1:8086\"",
	  .help = "http://HOST:8086 or https://...; a path that is given stands." },
	{ .name = "api", .type = KEY_CHOICE, .offset = AT(api), .fallback = "v1",
	  .names = apis, .help = "/write, /api/v2/write or /api/v3/write_lp." },
	{ .name = "database", .type = KEY_STRING, .offset = AT(database), .fallback = "",
	  .example = "\"site\"",
	  .help = "The db of the request, v1 and v3." },
	{ .name = "retention_policy", .type = KEY_STRING, .offset = AT(retention_policy),
	  .fallback = "",
	  .example = "\"year\"",
	  .help = "The rp of the request, v1; else the database's own." },
	{ .name = "org", .type = KEY_STRING, .offset = AT(org), .fallback = "",
	  .example = "\"plant\"",
	  .help = "The organisation, v2." },
	{ .name = "bucket", .type = KEY_STRING, .offset = AT(bucket), .fallback = "",
	  .example = "\"site\"",
	  .help = "The bucket, v2." },
	ROWS(AT(http), http_keys),
	{ .name = "token_scheme", .type = KEY_CHOICE, .offset = AT(token_scheme),
	  .fallback = "auto", .names = schemes,
	  .help = "\"Authorization: Token ...\" or Bearer; auto: Bearer with v3." },
	{ .name = "measurement", .type = KEY_STRING, .offset = AT(measurement),
	  .fallback = "tidegate", .help = "{measurement} in the templates below." },
	{ .name = "measurements", .type = KEY_GROUP, .offset = AT(measurements),
	  .fallback = "{}", .sub = measurement_keys,
	  .example = "{ gap = \"\"; }",
	  .help = "A template for each kind of line; \"\": not sent." },
	{ .name = "tags", .type = KEY_STRINGS, .offset = AT(tags), .fallback = "",
	  .example = "(\"site={gateway}\")",
	  .help = "Tags of readings, \"key=template\"; gateway, device, point, unit, basis." },
	{ .name = "layout", .type = KEY_CHOICE, .offset = AT(layout), .fallback = "point",
	  .names = layouts, .help = "A line for each reading, or for a device and moment." },
	{ .name = "field", .type = KEY_STRING, .offset = AT(field), .fallback = "",
	  .example = "\"{point}\"",
	  .help = "A template for the field of a value; value, or {point} by device." },
	{ .name = "gzip", .type = KEY_INT, .offset = AT(gzip), .fallback = "-1",
	  .min = -1, .max = 9,
	  .help = "Level requests are packed with; 0: they are not; -1: what suits the layout." },
	ROWS(AT(http), http_timeout_keys),
	{ .name = NULL }
};

/* Every check is called, so that one run tells every fault. */
struct checker {
	const struct uplink_conf	*u;
	const struct influx_conf	*c;
	struct errs			*errs;
};

#define WRONG(k, ...) \
	err_add((k)->errs, (k)->u->place.file, (k)->u->place.line, __VA_ARGS__)

/* Without a path the address of the API is ours to say, with the name of what
 * is written to. */
static int
check_url(const struct checker *k)
{
	const struct influx_conf *c = k->c;
	const char *host = strstr(c->http.url, "://"), *path;

	path = host != NULL ? strchr(host + 3, '/') : NULL;
	if (host == NULL || (path != NULL && path[1] != '\0'))
		return 0;
	if (c->api != INFLUX_V2 && c->database[0] == '\0')
		return WRONG(k, ERR_("url: \"%s\" without a path wants a database, too"),
		    c->http.url);
	if (c->api == INFLUX_V2 && c->bucket[0] == '\0')
		return WRONG(k, ERR_("url: \"%s\" without a path wants a bucket, too"),
		    c->http.url);
	return 0;
}

static int
check_api(const struct checker *k)
{
	const struct influx_conf *c = k->c;
	const struct { const char *name, *value; unsigned of; } rows[] = {
		{ "database", c->database, 1 << INFLUX_V1 | 1 << INFLUX_V3 },
		{ "retention_policy", c->retention_policy, 1 << INFLUX_V1 },
		{ "org", c->org, 1 << INFLUX_V2 },
		{ "bucket", c->bucket, 1 << INFLUX_V2 },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].value[0] != '\0' && !(rows[i].of & 1U << c->api))
			rc = WRONG(k, ERR_("%s: api %s has no %s"), k->u->name, apis[c->api],
			    rows[i].name);
	return rc;
}

static int
check_template(const struct checker *k, const char *name, const char *template, unsigned may)
{
	static const char *const words[] = {
		[MAP_BRACE] = ERR_("%s: %s: \"%s\" has a brace without another; {{ is one "
		    "that stands for itself"),
		[MAP_UNKNOWN] = ERR_("%s: %s: \"%s\" names something in braces that nothing "
		    "here has"),
		[MAP_UNSAYABLE] = ERR_("%s: %s: \"%s\" has a backslash or a control character, "
		    "which databases read differently"),
		[MAP_LONG] = ERR_("%s: %s: \"%s\" is too long"),
	};
	enum map_fault fault = map_check(template, may);

	if (fault == MAP_OK && template[0] == '#')
		return WRONG(k, ERR_("%s: %s: \"%s\" would be a comment"), k->u->name, name,
		    template);
	if (fault == MAP_OK)
		return 0;
	return WRONG(k, words[fault], k->u->name, name, template);
}

#define ANY	(WORD_GATEWAY | WORD_UPLINK)
#define SERIES	(ANY | WORD_DEVICE | WORD_PART | WORD_POINT | WORD_UNIT | WORD_BASIS)

/* A line of a device is about no single point. */
static unsigned
of_readings(const struct influx_conf *c)
{
	return c->layout == LAYOUT_DEVICE ? ANY | WORD_DEVICE | WORD_PART : SERIES;
}

static int
check_measurements(const struct checker *k)
{
	const struct influx_measurements *m = &k->c->measurements;
	const unsigned m_too = WORD_MEASUREMENT;
	int rc = check_template(k, "measurement", k->c->measurement, ANY);

	if (k->c->measurement[0] == '\0')
		rc = WRONG(k, ERR_("%s: measurement: it must not be empty"), k->u->name);
	rc |= check_template(k, "measurements.reading", m->reading, of_readings(k->c) | m_too);
	rc |= check_template(k, "measurements.alarm", m->alarm, SERIES | WORD_RULE | m_too);
	rc |= check_template(k, "measurements.statistic", m->statistic, SERIES | m_too);
	return rc | check_template(k, "measurements.gap", m->gap, ANY | m_too);
}

/* Names that the lines have already. */
static bool
is_taken(const char *key)
{
	static const char *const taken[] = { "time", "value", "quality", "flags", "age",
	    "integer", "text", "series" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(taken[i], key) == 0)
			return true;
	return false;
}

static bool
comes_before(const struct strings *tags, size_t i, const char *key)
{
	size_t n = strlen(key);

	for (size_t j = 0; j < i; j++)
		if (strncmp(tags->at[j], key, n) == 0 && tags->at[j][n] == '=')
			return true;
	return false;
}

static int
check_tags(const struct checker *k)
{
	const struct strings *tags = &k->c->tags;
	char key[INFLUX_NAME_MAX];
	const char *template;
	int rc = 0;

	for (size_t i = 0; i < tags->n; i++) {
		if (!map_tag(tags->at[i], key, &template) || map_check(key, 0) != MAP_OK) {
			rc = WRONG(k, ERR_("%s: tags: \"%s\" is none; write \"key=value\" or "
			    "\"key={device}\""), k->u->name, tags->at[i]);
			continue;
		}
		if (is_taken(key) || comes_before(tags, i, key) ||
		    (strcmp(key, "basis") == 0 && !(map_words(template) & WORD_BASIS)))
			rc = WRONG(k, ERR_("%s: tags: \"%s\" is the name of something else "
			    "already"), k->u->name, key);
		rc |= check_template(k, "tags", template, of_readings(k->c));
	}
	return rc;
}

static int
check_field(const struct checker *k)
{
	const char *field = k->c->field;
	int rc = check_template(k, "field", field, SERIES);

	if (is_taken(field) && strcmp(field, "value") != 0)
		rc = WRONG(k, ERR_("%s: field: \"%s\" is the name of something else already"),
		    k->u->name, field);
	return rc;
}

/* In a database what has the same names and the same time is the same. */
static int
check_identity(const struct checker *k)
{
	const struct strings tags = map_tags(k->c);
	unsigned names = map_words(k->c->measurements.reading) | map_words(map_field(k->c));
	char key[INFLUX_NAME_MAX];
	const char *template;
	int rc = 0;

	if (k->c->measurements.reading[0] == '\0')
		return 0;
	for (size_t i = 0; i < tags.n; i++)
		if (map_tag(tags.at[i], key, &template))
			names |= map_words(template);
	if (!(names & WORD_DEVICE))
		rc = WRONG(k, ERR_("%s: %s stands in no tag, measurement or field: readings would "
		    "take each other's place"), k->u->name, "{device}");
	if (!(names & WORD_POINT))
		rc = WRONG(k, ERR_("%s: %s stands in no tag, measurement or field: readings would "
		    "take each other's place"), k->u->name, "{point}");
	return rc;
}

int
influx_check(const struct uplink_conf *u, struct errs *errs)
{
	const struct checker k = { .u = u, .c = influx_conf_of(u), .errs = errs };
	const struct access access = { u->name, u->place, errs };
	int rc = http_check(&access, &k.c->http, NULL) | check_url(&k) | check_api(&k) |
	    check_measurements(&k) | check_tags(&k) | check_field(&k);

	return rc != 0 ? rc : check_identity(&k);
}
