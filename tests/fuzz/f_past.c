/* ci: 200000 */
#include <assert.h>
#include <string.h>

#include "../../rules/past.h"

/* Rows of the past, whatever they hold: each is cut within the text, and what is
 * taken of it is whole. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct past_row *row)
{
	assert(memchr(row->device, '\0', sizeof(row->device)) != NULL);
	switch (row->kind) {
	case PAST_READING:
		assert(row->device[0] != '\0' && row->point[0] != '\0');
		assert(row->time >= 0);
		assert(memchr(row->point, '\0', sizeof(row->point)) != NULL);
		assert(row->value.kind != VALUE_TEXT ||
		    memchr(row->value.text, '\0', VALUE_TEXT_MAX) != NULL);
		break;
	case PAST_ALARM:
		assert(row->rule[0] != '\0' && row->time >= 0);
		break;
	case PAST_WRONG:
		assert(row->why != NULL);
		break;
	case PAST_STARTED:
	case PAST_STOPPED:
	case PAST_OTHER:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct past_flag flags[] = { { 8, "held" }, { 16, "simulated" }, { 0, NULL } };
	const char *text = (const char *)data;
	struct past_field fields[PAST_FIELDS];
	struct past_columns columns;
	struct past_row row = { .why = NULL };
	size_t at = 0, lines = 1, count, before = 0;

	count = past_cut(text, n, &at, fields, &lines);
	past_head(fields, count, &columns);
	while ((count = past_cut(text, n, &at, fields, &lines)) > 0) {
		assert(at > before && at <= n && count <= PAST_FIELDS && lines <= n + 1);
		before = at;
		for (size_t i = 0; i < count; i++)
			assert(fields[i].n == 0 || (fields[i].at >= text &&
			    fields[i].at + fields[i].n <= text + n));
		past_read(&columns, fields, count, flags, &row);
		check(&row);
	}
	assert(at == n);
	return 0;
}
