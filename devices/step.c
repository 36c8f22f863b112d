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
	{ .name = "until", .type = KEY_NODE, .offset = AT(until), .fallback = "",
	  .help = "Of a read: it is repeated until its first register is one of these." },
	{ .name = "fails", .type = KEY_NODE, .offset = AT(fails), .fallback = "",
	  .help = "Numbers by which it says that it failed." },
	{ .name = "bits", .type = KEY_NODE, .offset = AT(bits), .fallback = "",
	  .help = "First bit and how many of the register are looked at; else all." },
	{ .name = "every", .type = KEY_SPAN, .offset = AT(every), .fallback = "1s",
	  .min = 100e3, .max = 3600e6, .help = "From its answer until it is read again." },
	{ .name = "within", .type = KEY_SPAN, .offset = AT(within), .fallback = "1min",
	  .min = 1e6, .max = 86400e6, .help = "It fails when it takes longer." },
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
wrong(struct errs *errs, const struct step_row *row, const char *fmt)
{
	return err_add(errs, row->at.file, row->at.line, fmt, (unsigned)row->number);
}

static int
bind_bits(struct step *step, const struct step_row *row, struct arena *arena,
    struct errs *errs)
{
	const double *at;
	size_t n;

	step->bits = 16;
	if (row->bits == NULL)
		return 0;
	if (reader_numbers(row->bits, "step", "bits", arena, errs, &at, &n) != 0)
		return -1;
	if (!reader_is_bits(at, n))
		return wrong(errs, row, "step at 0x%04X: bits are the first, 0 to 15, and how "
		    "many");
	step->low = (uint8_t)at[0];
	step->bits = (uint8_t)at[1];
	return 0;
}

/* What a step waits for. */
static int
bind_until(struct step *step, const struct step_row *row, struct arena *arena,
    struct errs *errs)
{
	step->every = row->every;
	step->within = row->within;
	if (row->until == NULL && (row->fails != NULL || row->bits != NULL))
		return wrong(errs, row, "step at 0x%04X: fails and bits go with until");
	if (row->until == NULL)
		return 0;
	if (row->function > 4)
		return wrong(errs, row, "step at 0x%04X: only a read can be repeated until it "
		    "says something");
	if (reader_numbers(row->until, "step", "until", arena, errs, &step->until,
	    &step->nuntil) != 0 || (row->fails != NULL && reader_numbers(row->fails, "step",
	    "fails", arena, errs, &step->fails, &step->nfails) != 0))
		return -1;
	if (step->nuntil == 0)
		return wrong(errs, row, "step at 0x%04X: until is a list of numbers, such as "
		    "(1)");
	return bind_bits(step, row, arena, errs);
}

static int
bind(struct step *step, const struct step_row *row, struct arena *arena, struct errs *errs)
{
	bool coils = row->function == 5 || row->function == 15;
	size_t len = payload(row);
	uint8_t *data = arena_alloc(arena, 256);

	if (data == NULL)
		return reader_no_memory(errs, &row->at);
	if (len == SIZE_MAX)
		return err_add(errs, row->at.file, row->at.line,
		    "step at 0x%04X: function %d with this count is none of a step",
		    (unsigned)row->number, (int)row->function);
	if (reader_hex(row->data, data, len) != 0)
		return err_add(errs, row->at.file, row->at.line, coils ?
		    ERR_("step at 0x%04X: data is %zu bytes in hex digits, the first coil in the "
		    "lowest bit: 01 is on, 00 is off") :
		    ERR_("step at 0x%04X: data is %zu bytes in hex digits"),
		    (unsigned)row->number, len);
	if (row->number + row->count > 65536)
		return err_add(errs, row->at.file, row->at.line,
		    "step at 0x%04X: runs past register 65535", (unsigned)row->number);
	*step = (struct step){ .function = (uint8_t)row->function,
	    .number = (uint16_t)row->number, .count = (uint16_t)row->count,
	    .data = len > 0 ? data : NULL, .len = len, .wait = row->wait };
	return bind_until(step, row, arena, errs);
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

static bool
is_among(const double *at, size_t n, unsigned number)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == number)
			return true;
	return false;
}

enum step_says
step_hear(const struct step *s, const uint8_t *data, size_t len, unsigned *number)
{
	bool coil = s->function <= 2;

	*number = 0;
	if (s->nuntil == 0)
		return STEP_SAYS_DONE;
	if (len < (coil ? 1 : 2))
		return STEP_SAYS_WAIT;
	*number = coil ? data[0] & 1U :
	    (unsigned)(data[0] << 8 | data[1]) >> s->low & ((1U << s->bits) - 1);
	if (is_among(s->fails, s->nfails, *number))
		return STEP_SAYS_FAILED;
	return is_among(s->until, s->nuntil, *number) ? STEP_SAYS_DONE : STEP_SAYS_WAIT;
}
