#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "raw.h"

#define FIELD_MAX	256
#define COLUMNS_MAX	64

enum column {
	COL_NAME, COL_ZH, COL_EN, COL_FUNCTION, COL_REGISTER, COL_RAW, COL_ORDER, COL_BIT,
	COL_LENGTH, COL_SCALE, COL_OFFSET, COL_DECIMALS, COL_UNIT, COL_MIN, COL_MAX,
	COL_SENTINEL, COL_HJ212, COL_SL651, COLUMNS
};

/* Headings as tables of makers have them; the first of each column is its name. */
static const struct {
	const char	*heading;
	enum column	 column;
} headings[] = {
	{ "name", COL_NAME }, { "point", COL_NAME }, { "测点", COL_NAME }, { "标识", COL_NAME },
	{ "label_zh", COL_ZH }, { "zh", COL_ZH }, { "中文名", COL_ZH }, { "名称", COL_ZH },
	{ "参数", COL_ZH }, { "含义", COL_ZH },
	{ "label_en", COL_EN }, { "en", COL_EN }, { "label", COL_EN }, { "英文名", COL_EN },
	{ "function", COL_FUNCTION }, { "fc", COL_FUNCTION }, { "功能码", COL_FUNCTION },
	{ "register", COL_REGISTER }, { "address", COL_REGISTER }, { "addr", COL_REGISTER },
	{ "register address", COL_REGISTER }, { "modbus address", COL_REGISTER },
	{ "寄存器", COL_REGISTER }, { "寄存器地址", COL_REGISTER }, { "地址", COL_REGISTER },
	{ "raw", COL_RAW }, { "type", COL_RAW }, { "data type", COL_RAW }, { "类型", COL_RAW },
	{ "数据类型", COL_RAW }, { "format", COL_RAW }, { "data format", COL_RAW },
	{ "数据格式", COL_RAW },
	{ "order", COL_ORDER }, { "byte order", COL_ORDER }, { "字节序", COL_ORDER },
	{ "字节顺序", COL_ORDER },
	{ "bit", COL_BIT }, { "位", COL_BIT },
	{ "length", COL_LENGTH }, { "长度", COL_LENGTH },
	{ "scale", COL_SCALE }, { "factor", COL_SCALE }, { "系数", COL_SCALE },
	{ "倍率", COL_SCALE }, { "比例", COL_SCALE }, { "multiplier", COL_SCALE },
	{ "resolution", COL_SCALE }, { "比例系数", COL_SCALE }, { "分辨率", COL_SCALE },
	{ "offset", COL_OFFSET }, { "偏移", COL_OFFSET }, { "偏移量", COL_OFFSET },
	{ "decimals", COL_DECIMALS }, { "小数位", COL_DECIMALS }, { "小数位数", COL_DECIMALS },
	{ "unit", COL_UNIT }, { "单位", COL_UNIT },
	{ "min", COL_MIN }, { "下限", COL_MIN }, { "最小值", COL_MIN },
	{ "max", COL_MAX }, { "上限", COL_MAX }, { "最大值", COL_MAX },
	{ "sentinel", COL_SENTINEL }, { "无效值", COL_SENTINEL },
	{ "hj212", COL_HJ212 }, { "因子编码", COL_HJ212 },
	{ "sl651", COL_SL651 }, { "要素标识", COL_SL651 },
};

#define HEADINGS	(sizeof(headings) / sizeof(headings[0]))

/* Units as makers write them. */
static const struct {
	const char *said, *unit;
} units[] = {
	{ "℃", "degC" }, { "°C", "degC" }, { "C", "degC" }, { "mg/m³", "mg/m3" },
	{ "μg/m³", "ug/m3" }, { "µg/m³", "ug/m3" }, { "m³", "m3" }, { "m³/h", "m3/h" },
	{ "m³/s", "m3/s" }, { "μS/cm", "uS/cm" }, { "µS/cm", "uS/cm" }, { "μg/L", "ug/L" },
	{ "ph", "pH" }, { "PH", "pH" }, { "ntu", "NTU" }, { "MPA", "MPa" }, { "℉", "degF" },
	{ "-", "" }, { "无", "" },
};

/* Where the reading stands. */
struct table {
	const char		*at, *end, *file;
	int			 line, row;	/* now, and where the row began */
	char			 separator;
	int			 columns[COLUMNS_MAX];	/* -1: none of ours */
	size_t			 ncolumns;
	char			 fields[COLUMNS][FIELD_MAX];
	const struct import	*import;
	struct buf		*text;
	struct errs		*errs;
};

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static void
trim(char *s)
{
	size_t n = strlen(s), skip = strspn(s, " \t");

	while (n > skip && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	memmove(s, s + skip, n - skip);
	s[n - skip] = '\0';
}

static int
column_of(const char *heading)
{
	char word[FIELD_MAX];

	snprintf(word, sizeof(word), "%s", heading);
	lower(word);
	for (size_t i = 0; i < HEADINGS; i++)
		if (strcmp(headings[i].heading, word) == 0)
			return (int)headings[i].column;
	return -1;
}

const char *
import_column(const char *heading)
{
	int column = column_of(heading);

	for (size_t i = 0; column >= 0 && i < HEADINGS; i++)
		if ((int)headings[i].column == column)
			return headings[i].heading;
	return NULL;
}

static int
row_wrong(struct table *t, const char *fmt, const char *word)
{
	return err_add(t->errs, t->file, t->row, fmt, word);
}

/* One character of a quoted field; false: the quotes end here. */
static bool
quoted(struct table *t, char *c)
{
	if (t->at[0] == '"') {
		t->at++;
		if (t->at == t->end || t->at[0] != '"')
			return false;
	}
	t->line += t->at[0] == '\n';
	*c = *t->at++;
	return true;
}

/* Takes a field; true: its row goes on behind it. */
static bool
field(struct table *t, char *to)
{
	bool in_quotes = t->at < t->end && *t->at == '"';
	size_t n = 0;
	char c;

	t->at += in_quotes;
	while (t->at < t->end) {
		if (in_quotes) {
			in_quotes = quoted(t, &c);
			if (!in_quotes)
				continue;
		} else {
			c = *t->at++;
			if (c == t->separator || c == '\n')
				break;
		}
		if (n + 1 < FIELD_MAX && c != '\r' && c != '\n' && c != '\0')
			to[n++] = c;
	}
	to[n] = '\0';
	trim(to);
	if (t->at > t->end || t->at[-1] != '\n')
		return t->at < t->end || t->at[-1] == t->separator;
	t->line++;
	return false;
}

/* The one of comma, semicolon and tab that the first line has most of. */
static char
separator_of(const struct table *t)
{
	static const char all[] = ",;\t";
	size_t most = 0;
	char best = ',';

	for (const char *s = all; *s != '\0'; s++) {
		size_t n = 0;

		for (const char *at = t->at; at < t->end && *at != '\n'; at++)
			n += *at == *s;
		if (n > most)
			best = *s;
		most = n > most ? n : most;
	}
	return best;
}

static bool
has(const struct table *t, enum column column)
{
	for (size_t i = 0; i < t->ncolumns; i++)
		if (t->columns[i] == (int)column)
			return true;
	return false;
}

/* Somebody may have taken it for one of ours: say so, as far as there is room. */
static void
ignore(char *ignored, size_t n, const char *heading)
{
	size_t at = strlen(ignored);

	if (heading[0] != '\0' && at + strlen(heading) + 3 < n)
		snprintf(ignored + at, n - at, "%s%s", at > 0 ? ", " : "", heading);
}

static int
read_headings(struct table *t, struct imported *imported)
{
	char heading[FIELD_MAX];
	bool more = true;
	int rc = 0;

	while (more && t->at < t->end && t->ncolumns < COLUMNS_MAX) {
		int column;

		more = field(t, heading);
		column = column_of(heading);
		if (column >= 0 && has(t, (enum column)column))
			rc = row_wrong(t, "there are two columns for %s", import_column(heading));
		if (column < 0)
			ignore(imported->ignored, sizeof(imported->ignored), heading);
		t->columns[t->ncolumns++] = column;
	}
	if (more && t->ncolumns == COLUMNS_MAX)
		return row_wrong(t, "%s: a table has at most 64 columns", t->import->name);
	if (!has(t, COL_REGISTER))
		rc = row_wrong(t, "there is no column \"%s\"", "register");
	if (!has(t, COL_RAW))
		rc = row_wrong(t, "there is no column \"%s\"", "raw");
	return rc;
}

static void
read_row(struct table *t)
{
	char ignored[FIELD_MAX];
	bool more = true;

	memset(t->fields, 0, sizeof(t->fields));
	t->row = t->line;
	for (size_t i = 0; more && t->at < t->end; i++) {
		int column = i < t->ncolumns ? t->columns[i] : -1;

		more = field(t, column >= 0 ? t->fields[column] : ignored);
	}
}

static bool
is_empty(const struct table *t)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (t->fields[i][0] != '\0')
			return false;
	return true;
}

static void
put(struct table *t, const char *s)
{
	buf_putbytes(t->text, s, strlen(s));
}

/* In quotes, as libconfig wants it. */
static void
put_string(struct table *t, const char *key, const char *s)
{
	put(t, key);
	put(t, " = \"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putbytes(t->text, "\\", 1);
		if ((unsigned char)*s >= 0x20)
			buf_putbytes(t->text, s, 1);
	}
	put(t, "\"; ");
}

static bool
whole(const char *s, long base, long *out)
{
	char *end;

	*out = strtol(s, &end, (int)base);
	return end != s && *end == '\0';
}

/* "9728", "0x2600", "2600H". */
static int
put_register(struct table *t)
{
	char *s = t->fields[COL_REGISTER], word[80];
	size_t n = strlen(s);
	long number;
	bool sound;

	if (n > 1 && (s[n - 1] == 'H' || s[n - 1] == 'h')) {
		s[n - 1] = '\0';
		sound = whole(s, 16, &number);
	} else {
		sound = whole(s, strncmp(s, "0x", 2) == 0 || strncmp(s, "0X", 2) == 0 ? 16 : 10,
		    &number);
	}
	if (!sound)
		return row_wrong(t, "register \"%s\" is no number such as 9728, 0x2600 or 2600H",
		    s);
	if (number < t->import->first || number - t->import->first > 65535)
		return row_wrong(t, "register \"%s\" is outside of 0 to 65535; does the table "
		    "count from 1 or 40001?", s);
	number -= t->import->first;
	snprintf(word, sizeof(word), "register = 0x%04lX; ", (unsigned long)number);
	if (t->fields[COL_NAME][0] == '\0')
		snprintf(t->fields[COL_NAME], FIELD_MAX, "reg_%04lx", (unsigned long)number);
	put_string(t, "name", t->fields[COL_NAME]);
	put(t, word);
	return 0;
}

static int
check_name(struct table *t)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_/-";
	const char *name = t->fields[COL_NAME];

	if (name[strspn(name, letters)] != '\0' || strlen(name) > 63)
		return row_wrong(t, "name \"%s\" is not of a-z 0-9 _ / -; what people read goes to "
		    "label_zh and label_en", name);
	return 0;
}

/* A whole number of more than 32 bits has an L in a profile. */
static void
put_figure(struct table *t, const char *s)
{
	bool hex = strncmp(s, "0x", 2) == 0 || strncmp(s, "0X", 2) == 0;
	char *end;
	long long figure = strtoll(s, &end, hex ? 16 : 10);

	put(t, s + (s[0] == '+'));
	if (end != s && *end == '\0' && (figure > INT32_MAX || figure < INT32_MIN))
		put(t, "L");
}

static int
put_number(struct table *t, enum column column, const char *key, bool integer)
{
	const char *s = t->fields[column];
	char *end;

	if (s[0] == '\0')
		return 0;
	if (integer)
		(void)strtol(s, &end, 10);
	else
		(void)strtod(s, &end);
	if (*end != '\0' || strspn(s, "+-.0123456789eE") != strlen(s))
		return err_add(t->errs, t->file, t->row, "%s \"%s\" is no number", key, s);
	put(t, key);
	put(t, " = ");
	put_figure(t, s);
	put(t, "; ");
	return 0;
}

/* A list of numbers of the kinds that stand in a cell. */
static int
put_pair(struct table *t, const char *key, const char *a, const char *b)
{
	const char *numbers = "+-.0123456789eExXabcdefABCDEF";

	if (a[0] == '\0' && b[0] == '\0')
		return 0;
	if (a[strspn(a, numbers)] != '\0' || b[strspn(b, numbers)] != '\0')
		return row_wrong(t, "%s: these are no numbers", key);
	put(t, key);
	put(t, " = (");
	put_figure(t, a);
	put(t, b[0] != '\0' ? ", " : "");
	put_figure(t, b);
	put(t, "); ");
	return 0;
}

static int
put_range(struct table *t)
{
	const char *min = t->fields[COL_MIN], *max = t->fields[COL_MAX];

	if ((min[0] == '\0') != (max[0] == '\0'))
		return row_wrong(t, "%s: min and max go together", t->fields[COL_NAME]);
	return put_pair(t, "range", min, max);
}

static void
put_raw(struct table *t)
{
	char word[FIELD_MAX];
	const char *raw;

	snprintf(word, sizeof(word), "%s", t->fields[COL_RAW]);
	lower(word);
	raw = raw_called(word);
	put_string(t, "raw", raw != NULL ? raw : word);
}

static void
put_unit(struct table *t)
{
	const char *unit = t->fields[COL_UNIT];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].said, unit) == 0)
			unit = units[i].unit;
	if (unit[0] != '\0')
		put_string(t, "unit", unit);
}

static void
put_text(struct table *t, enum column column, const char *key)
{
	if (t->fields[column][0] != '\0')
		put_string(t, key, t->fields[column]);
}

/* "03" and "0x04" are functions, too. */
static int
put_function(struct table *t)
{
	char word[40];
	long function;

	if (t->fields[COL_FUNCTION][0] == '\0')
		return 0;
	if (!whole(t->fields[COL_FUNCTION], 16, &function) || function < 1 || function > 4)
		return row_wrong(t, "function \"%s\" is none that reads: 1 2 3 4",
		    t->fields[COL_FUNCTION]);
	snprintf(word, sizeof(word), "function = %ld; ", function);
	put(t, word);
	return 0;
}

static int
put_point(struct table *t, bool first)
{
	int rc;

	put(t, first ? "  { " : ",\n  { ");
	rc = check_name(t) | put_register(t);
	put(t, "label = { ");
	put_text(t, COL_ZH, "zh");
	put_text(t, COL_EN, "en");
	put(t, "}; ");
	rc |= put_function(t);
	put_raw(t);
	put_text(t, COL_ORDER, "order");
	rc |= put_number(t, COL_BIT, "bit", true);
	rc |= put_number(t, COL_LENGTH, "length", true);
	rc |= put_number(t, COL_SCALE, "scale", false);
	rc |= put_number(t, COL_OFFSET, "offset", false);
	rc |= put_number(t, COL_DECIMALS, "decimals", true);
	put_unit(t);
	rc |= put_range(t);
	rc |= put_pair(t, "sentinels", t->fields[COL_SENTINEL], "");
	put_text(t, COL_HJ212, "hj212");
	put_text(t, COL_SL651, "sl651");
	put(t, "}");
	return rc;
}

/* The head takes the lines up to IMPORT_LINE. */
static void
put_head(struct table *t)
{
	const struct import *i = t->import;

	put_string(t, "name", i->name);
	put(t, "\n");
	put_string(t, "maker", i->maker);
	put(t, "\n");
	put_string(t, "model", i->model);
	put(t, "\n");
	put_string(t, "family", i->family);
	put(t, "\n");
	put_string(t, "source", i->source);
	put(t, "\nconfidence = \"C\";\nverify = true;\npoints = (\n");
}

static int
put_rows(struct table *t, struct imported *imported)
{
	int rc = 0;

	imported->n = 0;
	while (t->at < t->end) {
		read_row(t);
		if (is_empty(t))
			continue;
		if (imported->n == IMPORT_ROWS)
			return row_wrong(t, "%s: a profile has at most 1000 points",
			    t->import->name);
		rc |= put_point(t, imported->n == 0);
		imported->lines[imported->n++] = t->row;
	}
	if (imported->n == 0)
		return row_wrong(t, "%s: the table has no rows", t->import->name);
	return rc;
}

int
import_table(const char *csv, size_t len, const char *file, const struct import *import,
    struct buf *text, struct imported *imported, struct errs *errs)
{
	struct table t = { .at = csv, .end = csv + len, .file = file, .line = 1, .row = 1,
	    .import = import, .text = text, .errs = errs };
	int rc;

	if (len >= 3 && memcmp(csv, "\xEF\xBB\xBF", 3) == 0)
		t.at += 3;
	t.separator = separator_of(&t);
	imported->ignored[0] = '\0';
	if (read_headings(&t, imported) != 0)
		return -1;
	put_head(&t);
	rc = put_rows(&t, imported);
	put(&t, "\n);\n");
	if (text->bad)
		return err_add(errs, file, 0, "%s: the table is too large", import->name);
	return rc;
}
