#include <stdlib.h>
#include <string.h>

#include "export_time.h"
#include "log.h"
#include "reason.h"
#include "record_words.h"
#include "text.h"

#define WORD_BYTES	80
#define MOMENT_DIGITS	13	/* of ms since 1970, until 2286 */

/* Short words mean many things: of these what stands before the bar says where, and
 * only a translation is shown. */
static const char *const words[] = {
	N_("record|message"),
	N_("field|phase"), N_("field|purpose"), N_("field|attempt"), N_("field|run"),
	N_("field|code"), N_("field|created"), N_("field|expires"), N_("field|provider"),
	N_("field|text"), N_("field|of"), N_("field|until"), N_("field|by"),
	N_("field|cleared"), N_("field|scope"), N_("field|part"), N_("field|links"),
	N_("field|number"), N_("field|a_day"), N_("field|size"), N_("field|late"),
	N_("field|what"), N_("field|life"),
	N_("phase|intent"), N_("phase|accepted"), N_("phase|delivered"), N_("phase|refused"),
	N_("phase|unknown"), N_("phase|expired"), N_("phase|failed"), N_("phase|asked"),
	N_("purpose|alarm"), N_("purpose|repeat"), N_("purpose|escalated"),
	N_("purpose|chattering"), N_("purpose|recovered"), N_("purpose|acked"),
	N_("purpose|digest"), N_("purpose|test"), N_("purpose|overdue"),
	N_("state|still"), N_("by|key"), N_("by|local"), N_("by|far"),
	N_("life|masked"), N_("life|not-masked"), N_("event|step"), N_("event|reserve"),
	N_("event|renewed"),
};

/* Of these fields the values are words, too. */
static const char *const worded[] = {
	"phase", "purpose", "state", "by", "life", "event", "class", "priority", "late",
	"cleared", "step",
};

static const char *
word_of(const char *where, const char *word)
{
	char key[WORD_BYTES];

	if (word[0] == '\0')
		return word;
	snprintf(key, sizeof(key), "%s|%s", where, word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], key) == 0)
			return _(words[i]) != words[i] ? _(words[i]) : word;
	return _(word);
}

static bool
is_worded(const char *field)
{
	for (size_t i = 0; i < sizeof(worded) / sizeof(worded[0]); i++)
		if (strcmp(worded[i], field) == 0)
			return true;
	return false;
}

/* UTC ms, as records have moments; of counters none is so long. */
static bool
is_moment(const char *field, const char *value)
{
	static const char *const fields[] = { "since", "until", "by", "created", "expires" };
	bool found = false;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		found |= strcmp(fields[i], field) == 0;
	return found && strlen(value) == MOMENT_DIGITS &&
	    strspn(value, "0123456789") == MOMENT_DIGITS;
}

static const char *
value_of(const char *field, const char *value, char room[REASON_MAX])
{
	char *blank;

	if (strcmp(field, "why") == 0)
		return reason_text(value, room);
	if (is_moment(field, value)) {
		local_write(strtoll(value, NULL, 10), room);
		if ((blank = strchr(room, ' ')) != NULL)
			*blank = 'T';
		return room;
	}
	return is_worded(field) ? word_of(field, value) : value;
}

const char *
record_kind(const char *kind)
{
	return word_of("record", kind);
}

void
record_fields(const struct record *r, FILE *f)
{
	char safe[512], room[REASON_MAX];

	for (size_t i = 0; i < r->nfields; i++) {
		const char *name = r->fields[i].name, *value = r->fields[i].value;

		value = value_of(name, value != NULL ? value : "", room);
		fprintf(f, " %s=%s", word_of("field", name),
		    log_safe(value, safe, sizeof(safe)));
	}
}
