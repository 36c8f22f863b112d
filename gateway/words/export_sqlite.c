#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/number.h"
#include "../../rules/amount.h"
#include "../../rules/class.h"
#include "../library.h"
#include "../text.h"
#include "../uplink/alarm_facts.h"
#include "../uplink/entry_words.h"
#include "export.h"

#define LIBRARY	"libsqlite3.so.0"

/* What is used of the library.  It is loaded by this command alone: linked, it
 * costs each of the three processes of a gateway 44 KiB of memory of its own. */
static struct {
	__typeof__(sqlite3_open_v2)	*open;
	__typeof__(sqlite3_close)	*close;
	__typeof__(sqlite3_exec)	*exec;
	__typeof__(sqlite3_errmsg)	*words;
	__typeof__(sqlite3_prepare_v2)	*prepare;
	__typeof__(sqlite3_finalize)	*finalize;
	__typeof__(sqlite3_step)	*step;
	__typeof__(sqlite3_reset)	*reset;
	__typeof__(sqlite3_clear_bindings)	*clear;
	__typeof__(sqlite3_bind_int64)	*bind_int;
	__typeof__(sqlite3_bind_double)	*bind_real;
	__typeof__(sqlite3_bind_text)	*bind_text;
} lib;

static const struct library_symbol symbols[] = {
	{ "sqlite3_open_v2",		&lib.open },
	{ "sqlite3_close",		&lib.close },
	{ "sqlite3_exec",		&lib.exec },
	{ "sqlite3_errmsg",		&lib.words },
	{ "sqlite3_prepare_v2",		&lib.prepare },
	{ "sqlite3_finalize",		&lib.finalize },
	{ "sqlite3_step",		&lib.step },
	{ "sqlite3_reset",		&lib.reset },
	{ "sqlite3_clear_bindings",	&lib.clear },
	{ "sqlite3_bind_int64",		&lib.bind_int },
	{ "sqlite3_bind_double",	&lib.bind_real },
	{ "sqlite3_bind_text",		&lib.bind_text },
};

/* A value has no affinity, so that it stays what it was: a number, or a text.
 * For "%s" stand the facts of an alarm. */
static const char schema[] =
	"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
	"CREATE TABLE export (key TEXT PRIMARY KEY, value);"
	"CREATE TABLE series (id INTEGER PRIMARY KEY, device TEXT NOT NULL, point TEXT NOT NULL,"
	" unit TEXT NOT NULL, basis TEXT NOT NULL);"
	"CREATE TABLE quality (code INTEGER PRIMARY KEY, name TEXT NOT NULL);"
	"CREATE TABLE reading (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series,"
	" time INTEGER NOT NULL, value, quality INTEGER NOT NULL REFERENCES quality,"
	" flags INTEGER NOT NULL, age INTEGER, stored INTEGER NOT NULL);"
	"CREATE TABLE statistic (seq INTEGER PRIMARY KEY,"
	" series INTEGER NOT NULL REFERENCES series, \"from\" INTEGER NOT NULL,"
	" \"to\" INTEGER NOT NULL, interval TEXT NOT NULL, mean REAL, min REAL, max REAL,"
	" amount REAL, amount_unit TEXT, samples INTEGER NOT NULL, valid REAL NOT NULL,"
	" mark TEXT NOT NULL,"
	" stored INTEGER NOT NULL);"
	"CREATE TABLE alarm (seq INTEGER PRIMARY KEY, rule TEXT NOT NULL, device TEXT NOT NULL,"
	" series INTEGER REFERENCES series, time INTEGER NOT NULL, event TEXT NOT NULL,"
	" state TEXT NOT NULL, priority TEXT NOT NULL, class TEXT NOT NULL,"
	" value, quality INTEGER NOT NULL REFERENCES quality, flags INTEGER NOT NULL, text TEXT,"
	" text_zh TEXT, %s stored INTEGER NOT NULL);"
	"CREATE TABLE command (seq INTEGER PRIMARY KEY, id INTEGER NOT NULL,"
	" series INTEGER REFERENCES series, phase TEXT NOT NULL, value, source TEXT, why TEXT,"
	" stored INTEGER NOT NULL);"
	"CREATE TABLE record (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
	" stored INTEGER NOT NULL);"
	"CREATE TABLE field (record INTEGER NOT NULL REFERENCES record, name TEXT NOT NULL,"
	" value TEXT NOT NULL);"
	"CREATE TABLE note (seq INTEGER PRIMARY KEY, who TEXT NOT NULL, text TEXT NOT NULL,"
	" stored INTEGER NOT NULL);"
	"CREATE TABLE gap (\"from\" INTEGER NOT NULL, \"to\" INTEGER NOT NULL, since INTEGER,"
	" until INTEGER, why TEXT NOT NULL);"
	"CREATE VIEW readings AS SELECT seq,"
	" strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ', time / 1000.0, 'unixepoch') AS utc, time, device,"
	" point, value, unit, basis, quality.name AS quality, flags, age"
	" FROM reading LEFT JOIN series ON series = series.id"
	" LEFT JOIN quality ON quality = quality.code;";

/* For people who ask of one series. */
static const char finish[] =
	"CREATE INDEX reading_of ON reading (series, time);"
	"CREATE INDEX alarm_of ON alarm (time); COMMIT;";

enum table { T_READING, T_STATISTIC, T_ALARM, T_COMMAND, T_RECORD, T_NOTE, T_GAP, T_SERIES,
    T_QUALITY, T_FIELD, T_EXPORT, TABLES };

static const struct { const char *name; int columns; } tables[TABLES] = {
	[T_READING] = { "reading", 8 },		[T_STATISTIC] = { "statistic", 14 },
	[T_ALARM] = { "alarm", 15 + ALARM_FACTS },		[T_COMMAND] = { "command", 8 },
	[T_RECORD] = { "record", 4 },		[T_NOTE] = { "note", 4 },
	[T_GAP] = { "gap", 5 },			[T_SERIES] = { "series", 5 },
	[T_QUALITY] = { "quality", 2 },		[T_FIELD] = { "field", 3 },
	[T_EXPORT] = { "export", 2 },
};

struct sqlite_file {
	const struct export_to	*to;
	sqlite3			*db;
	sqlite3_stmt		*inserts[TABLES];
	unsigned char		*known;		/* a bit each series that is in */
	size_t			 nknown;	/* bytes */
	/* the row in hand: what is bound goes into the next column */
	sqlite3_stmt		*row;
	int			 column;
};

static int
load_library(void)
{
	return library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0])) ? 0 : -1;
}

static int
refused(const struct sqlite_file *f, char *why, size_t n)
{
	snprintf(why, n, "%s", lib.words(f->db));
	return -1;
}

static void
begin(struct sqlite_file *f, enum table table)
{
	f->row = f->inserts[table];
	f->column = 0;
	lib.clear(f->row);
}

static int
insert(struct sqlite_file *f, char *why, size_t n)
{
	int rc = lib.step(f->row) == SQLITE_DONE ? 0 : refused(f, why, n);

	lib.reset(f->row);
	return rc;
}

static void
put_int(struct sqlite_file *f, int64_t i)
{
	lib.bind_int(f->row, ++f->column, i);
}

/* What is not bound is NULL. */
static void
put_null(struct sqlite_file *f)
{
	f->column++;
}

static void
put_some(struct sqlite_file *f, int64_t i)
{
	if (i != 0)
		put_int(f, i);
	else
		put_null(f);
}

static void
put_real(struct sqlite_file *f, double d)
{
	if (isfinite(d))
		lib.bind_real(f->row, ++f->column, d);
	else
		put_null(f);
}

static void
put_text(struct sqlite_file *f, const char *s)
{
	/* copied, for the entry is gone before the row is */
	lib.bind_text(f->row, ++f->column, s != NULL ? s : "", -1, SQLITE_TRANSIENT);
}

static void
put_code(struct sqlite_file *f, const char *const *names, unsigned code)
{
	char number[NUMBER_TEXT];
	unsigned i = 0;

	while (i < code && names[i] != NULL)
		i++;
	number_uint(code, number);
	put_text(f, names[i] != NULL ? names[i] : number);
}

/* A float of 32 bits is the number that it is written as: 1.1, and not
 * 1.10000002. */
static void
put_value(struct sqlite_file *f, const struct value *v)
{
	char text[NUMBER_TEXT];

	switch (v->kind) {
	case VALUE_NONE:
		put_null(f);
		break;
	case VALUE_BOOL:
		put_int(f, v->b);
		break;
	case VALUE_I64:
		put_int(f, v->i);
		break;
	case VALUE_U64:
		number_uint(v->u, text);
		if (v->u <= INT64_MAX)
			put_int(f, (int64_t)v->u);
		else
			put_text(f, text);
		break;
	case VALUE_F32:
		if (isfinite(v->f))
			number_real32(v->f, text);
		put_real(f, isfinite(v->f) ? strtod(text, NULL) : (double)v->f);
		break;
	case VALUE_F64:
		put_real(f, v->d);
		break;
	case VALUE_TEXT:
		put_text(f, v->text);
		break;
	}
}

static void
put_quality(struct sqlite_file *f, struct quality q)
{
	put_int(f, q.code);
	put_int(f, q.flags);
}

static bool
is_known(struct sqlite_file *f, uint32_t id)
{
	size_t byte = id / 8, n = (byte + 1) * 2;
	unsigned char *more;
	bool was;

	if (byte >= f->nknown) {
		more = realloc(f->known, n);
		if (more == NULL)
			return false;
		memset(more + f->nknown, 0, n - f->nknown);
		f->known = more;
		f->nknown = n;
	}
	was = f->known[byte] >> id % 8 & 1;
	f->known[byte] |= (unsigned char)(1 << id % 8);
	return was;
}

/* Enters a series with its first entry.  What the dictionary has lost has no
 * names. */
static int
enter_series(struct sqlite_file *f, uint32_t id, char *why, size_t n)
{
	const struct series *s;

	if (id == 0 || is_known(f, id))
		return 0;
	s = reader_series(f->to->env->reader, id);
	begin(f, T_SERIES);
	put_int(f, id);
	put_text(f, s != NULL ? s->device : "");
	put_text(f, s != NULL ? s->point : "");
	put_text(f, s != NULL ? s->unit : "");
	put_text(f, s != NULL ? basis_name(s->basis) : "");
	return insert(f, why, n);
}

static void
put_reading(struct sqlite_file *f, const struct reading *r)
{
	put_int(f, r->series);
	put_int(f, r->time);
	put_value(f, &r->value);
	put_quality(f, r->quality);
	put_some(f, r->age);
}

static void
put_statistic(struct sqlite_file *f, const struct statistic *s)
{
	const struct series *series = reader_series(f->to->env->reader, s->series);
	const char *unit = series != NULL ? series->unit : "";
	const char mark[] = { s->mark, '\0' };

	put_int(f, s->series);
	put_int(f, s->from);
	put_int(f, s->to);
	put_code(f, statistic_span_names, s->span);
	put_real(f, s->mean);
	put_real(f, s->min);
	put_real(f, s->max);
	put_real(f, s->amount);
	put_text(f, amount_unit(s->amount_kind, unit));
	put_int(f, s->samples);
	put_real(f, s->valid / 1000.0);
	put_text(f, mark);
}

static void
put_fact(struct sqlite_file *f, const struct alarm_fact *fact, const struct alarm_entry *a)
{
	if (fact->kind == FACT_TEXT)
		put_text(f, fact_text(fact, a, NULL));
	else if (fact->kind == FACT_TIME)
		put_some(f, fact_number(fact, a));
	else
		put_int(f, fact_number(fact, a));
}

static void
put_alarm(struct sqlite_file *f, const struct alarm_entry *a)
{
	put_text(f, a->rule);
	put_text(f, a->device);
	put_some(f, a->series);
	put_int(f, a->time);
	put_code(f, words_events, a->event);
	put_text(f, alarm_state_name(alarm_state(&a->alarm)));
	put_code(f, priority_names, a->priority);
	put_code(f, class_names, a->class);
	put_value(f, &a->value);
	put_quality(f, a->quality);
	put_text(f, a->text_en);
	put_text(f, a->text_zh);
	for (size_t i = 0; i < ALARM_FACTS; i++)
		put_fact(f, &alarm_facts[i], a);
}

static void
put_command(struct sqlite_file *f, const struct command_entry *c, uint64_t seq)
{
	put_int(f, (int64_t)(c->id != 0 ? c->id : seq));
	put_some(f, c->series);
	put_code(f, words_phases, c->phase);
	put_value(f, &c->value);
	put_text(f, c->source);
	put_text(f, c->why);
}

static int
put_fields(struct sqlite_file *f, const struct record *r, uint64_t seq, char *why, size_t n)
{
	for (size_t i = 0; i < r->nfields; i++) {
		begin(f, T_FIELD);
		put_int(f, (int64_t)seq);
		put_text(f, r->fields[i].name);
		put_text(f, r->fields[i].value);
		if (insert(f, why, n) < 0)
			return -1;
	}
	return 0;
}

/* The tables of entries are in the order of their kinds. */
static void
put_entry(struct sqlite_file *f, const struct entry *e)
{
	begin(f, (enum table)(e->kind - ENTRY_READING));
	put_int(f, (int64_t)e->seq);
	switch (e->kind) {
	case ENTRY_READING:
		put_reading(f, &e->reading);
		break;
	case ENTRY_STATISTIC:
		put_statistic(f, &e->statistic);
		break;
	case ENTRY_ALARM:
		put_alarm(f, &e->alarm);
		break;
	case ENTRY_COMMAND:
		put_command(f, &e->command, e->seq);
		break;
	case ENTRY_RECORD:
		put_text(f, e->record.kind);
		put_text(f, e->record.key);
		break;
	case ENTRY_NOTE:
		put_text(f, e->note.who);
		put_text(f, e->note.text);
		break;
	}
	put_int(f, e->stored);
}

static int
sqlite_entry(void *self, const struct entry *e, char *why, size_t n)
{
	struct sqlite_file *f = self;

	if (enter_series(f, entry_series(e), why, n) < 0)
		return -1;
	put_entry(f, e);
	if (insert(f, why, n) < 0)
		return -1;
	return e->kind == ENTRY_RECORD ? put_fields(f, &e->record, e->seq, why, n) : 0;
}

static int
sqlite_gap(void *self, const struct gap *gap, char *why, size_t n)
{
	struct sqlite_file *f = self;

	begin(f, T_GAP);
	put_int(f, (int64_t)gap->from);
	put_int(f, (int64_t)gap->to);
	put_some(f, gap->since);
	put_some(f, gap->until);
	put_text(f, gap->damaged ? "damaged" : "recycled");
	return insert(f, why, n);
}

static int
prepare(struct sqlite_file *f, char *why, size_t n)
{
	char text[128];
	size_t len;

	for (int i = 0; i < TABLES; i++) {
		len = (size_t)snprintf(text, sizeof(text), "INSERT INTO %s VALUES (?",
		    tables[i].name);
		for (int k = 1; k < tables[i].columns; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, ",?");
		snprintf(text + len, sizeof(text) - len, ")");
		if (lib.prepare(f->db, text, -1, &f->inserts[i], NULL) != SQLITE_OK)
			return refused(f, why, n);
	}
	return 0;
}

static int
tell(struct sqlite_file *f, const char *key, const char *value, char *why, size_t n)
{
	begin(f, T_EXPORT);
	put_text(f, key);
	put_text(f, value);
	return insert(f, why, n);
}

/* What all rows have in common, and what the numbers of quality mean. */
static int
put_heads(struct sqlite_file *f, char *why, size_t n)
{
	char store[17];

	snprintf(store, sizeof(store), "%016llx", (unsigned long long)f->to->env->store);
	if (tell(f, "gateway", f->to->env->gateway, why, n) < 0 ||
	    tell(f, "store", store, why, n) < 0 || tell(f, "version", VERSION, why, n) < 0)
		return -1;
	for (unsigned code = 0; code < 256; code++) {
		const char *name = quality_name((struct quality){ .code = (uint8_t)code });

		if (strcmp(name, "unknown") == 0)
			break;
		begin(f, T_QUALITY);
		put_int(f, code);
		put_text(f, name);
		if (insert(f, why, n) < 0)
			return -1;
	}
	return 0;
}

static void
let_go(struct sqlite_file *f)
{
	for (int i = 0; i < TABLES; i++)
		lib.finalize(f->inserts[i]);
	lib.close(f->db);
	free(f->known);
}

static int
make_tables(struct sqlite_file *f)
{
	char facts[1024], text[sizeof(schema) + sizeof(facts)];
	size_t n = 0;

	for (size_t i = 0; i < ALARM_FACTS; i++)
		n += (size_t)snprintf(facts + n, sizeof(facts) - n, "%s %s,", alarm_facts[i].name,
		    alarm_facts[i].kind == FACT_TEXT ? "TEXT" :
		    alarm_facts[i].kind == FACT_TIME ? "INTEGER" : "INTEGER NOT NULL");
	snprintf(text, sizeof(text), schema, facts);
	return lib.exec(f->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static int
sqlite_open(void *self, const struct export_to *to, char *why, size_t n)
{
	struct sqlite_file *f = self;

	f->to = to;
	if (load_library() < 0) {
		snprintf(why, n, _("%s cannot be loaded: install the package libsqlite3-0"),
		    LIBRARY);
		return -1;
	}
	if (lib.open(to->path, &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
	    SQLITE_OK) {
		if (make_tables(f) < 0)
			refused(f, why, n);
		else if (prepare(f, why, n) == 0 && put_heads(f, why, n) == 0)
			return 0;
	} else
		snprintf(why, n, "%s", f->db != NULL ? lib.words(f->db) : _("no memory"));
	let_go(f);
	return -1;
}

static int
sqlite_close(void *self, bool whole, char *why, size_t n)
{
	struct sqlite_file *f = self;
	int rc = 0;

	if (whole && lib.exec(f->db, finish, NULL, NULL, NULL) != SQLITE_OK)
		rc = refused(f, why, n);
	let_go(f);
	return rc;
}

const struct export_format export_sqlite = {
	.name = "sqlite",
	.kinds = EXPORT_ALL,
	.usual = EXPORT_ALL,
	.own_file = true,
	.size = sizeof(struct sqlite_file),
	.open = sqlite_open,
	.entry = sqlite_entry,
	.gap = sqlite_gap,
	.close = sqlite_close,
};
