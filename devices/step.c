#include <string.h>

#include "reader.h"

#define AT(field)	offsetof(struct step_row, field)

const struct key step_keys[] = {
	{ .name = "function", .type = KEY_INT, .offset = AT(function), .min = 1, .max = 16,
	  .help = "1 to 4 read, 5 and 15 write coils, 6 and 16 registers." },
	{ .name = "register", .type = KEY_INT, .offset = AT(number), .min = 0, .max = 65535,
	  .help = "Its first register or coil." },
	{ .name = "count", .type = KEY_INT, .offset = AT(count), .fallback = "1", .min = 1,
	  .max = 123, .help = "How many registers or coils." },
	{ .name = "data", .type = KEY_STRING, .offset = AT(data), .fallback = "",
	  .help = "Of a write: the registers in hex digits, or coils packed into bytes." },
	{ .name = "wait", .type = KEY_SPAN, .offset = AT(wait), .fallback = "0s", .min = 0,
	  .max = 3600e6, .help = "From its answer to the next step." },
	{ .name = NULL }
};

/* How many bytes a function is to write; SIZE_MAX: no step may use it. */
static size_t
payload(const struct step_row *row)
{
	switch (row->function) {
	case 1: case 2: case 3: case 4:
		return 0;
	case 5:
		return row->count == 1 ? 1 : SIZE_MAX;
	case 6:
		return row->count == 1 ? 2 : SIZE_MAX;
	case 15:
		return (size_t)(row->count + 7) / 8;
	case 16:
		return (size_t)(2 * row->count);
	default:
		return SIZE_MAX;
	}
}

static int
bind(struct step *step, const struct step_row *row, struct arena *arena, struct errs *errs)
{
	size_t len = payload(row);
	uint8_t *data = arena_alloc(arena, 256);

	if (data == NULL)
		return reader_no_memory(errs, &row->at);
	if (len == SIZE_MAX)
		return err_add(errs, row->at.file, row->at.line,
		    "step at 0x%04X: function %d with this count is none of a step",
		    (unsigned)row->number, (int)row->function);
	if (reader_hex(row->data, data, len) != 0)
		return err_add(errs, row->at.file, row->at.line,
		    "step at 0x%04X: data is %zu bytes in hex digits", (unsigned)row->number, len);
	if (row->number + row->count > 65536)
		return err_add(errs, row->at.file, row->at.line,
		    "step at 0x%04X: runs past register 65535", (unsigned)row->number);
	*step = (struct step){ (uint8_t)row->function, (uint16_t)row->number,
	    (uint16_t)row->count, len > 0 ? data : NULL, len, row->wait };
	return 0;
}

int
steps_bind(struct steps *steps, const struct items *rows, const struct place *where,
    struct arena *arena, struct errs *errs)
{
	const struct step_row *row = rows->at;
	struct step *at = arena_alloc(arena, (rows->n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return reader_no_memory(errs, where);
	for (size_t i = 0; i < rows->n; i++)
		rc |= bind(&at[i], &row[i], arena, errs);
	*steps = (struct steps){ at, rows->n };
	return rc;
}

bool
step_ask(const struct steps *steps, size_t i, const uint8_t address[ADDRESS_MAX],
    struct ask *ask)
{
	const struct step *s;

	if (i >= steps->n)
		return false;
	s = &steps->at[i];
	*ask = (struct ask){ .function = s->function, .number = s->number, .count = s->count,
	    .payload = s->data, .payload_len = s->len, .cookie = i };
	memcpy(ask->address, address, ADDRESS_MAX);
	return true;
}
