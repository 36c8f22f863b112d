#include <math.h>
#include <stddef.h>
#include <string.h>

#include "../conf/languages.h"
#include "reader.h"

#define NAMES_MAX	256	/* units, raw types or orders offered as near */

#define AT(field)	offsetof(struct point_row, field)

static const char *const encodings[] = {
	[LETTERS_ASCII] = "ascii", [LETTERS_UTF8] = "utf-8", [LETTERS_LATIN1] = "latin-1", NULL
};

#define PART_LINE	(offsetof(struct part_row, at) + 1)

LANGUAGES(struct point_row);

const struct key point_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .help = "Its name; with that of the device it names the series for ever." },
	{ .name = "label", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys, .help = "What people call it; else its name." },
	{ .name = "function", .type = KEY_INT, .offset = AT(function), .fallback = "3",
	  .min = 1, .max = 4, .help = "1 reads coils, 2 discrete inputs, 3 holding registers, "
	  "4 input registers." },
	{ .name = "register", .type = KEY_INT, .offset = AT(number), .fallback = "-1",
	  .min = -1, .max = 65535,
	  .help = "Its first register, or its coil, counted from 0 as on the wire." },
	{ .name = "item", .type = KEY_STRING, .offset = AT(item), .fallback = "",
	  .help = "Of a meter: the data identifier that it stands in, in hex digits as it is "
	  "printed, such as \"00010000\" or \"901F\"; register is then its first byte, 0 if "
	  "not said." },
	{ .name = "push", .type = KEY_STRING, .offset = AT(push), .fallback = "",
	  .help = "Instead of register, of an instrument that tells by itself: the key by "
	  "which it names the value, such as \"a34041-Rtd\" or \"/3303/0/5700\"." },
	{ .name = "raw", .type = KEY_STRING, .offset = AT(raw), .fallback = "",
	  .help = "How the value is written: u16, f32, bcd8, bit ...; of one with push f64, "
	  "which goes without saying, bit or string." },
	{ .name = "order", .type = KEY_STRING, .offset = AT(order), .fallback = "",
	  .help = "Where its bytes stand, A the most significant: AB BA, or ABCD CDAB "
	  "BADC DCBA, or those of 3 and 4 registers, which must be said." },
	{ .name = "bit", .type = KEY_INT, .offset = AT(bit), .fallback = "-1", .min = -1,
	  .max = 15, .help = "Which bit of the register, 0 the least; for raw bit." },
	{ .name = "bits", .type = KEY_NODE, .offset = AT(bits), .fallback = "",
	  .help = "First bit and how many, such as (8, 4); for raw bits and one-hot." },
	{ .name = "invert", .type = KEY_BOOL, .offset = AT(invert), .fallback = "false",
	  .help = "A bit that is 0 means true, as of a contact that opens." },
	{ .name = "length", .type = KEY_INT, .offset = AT(length), .fallback = "0", .min = 0,
	  .max = 30, .help = "Registers of a string." },
	{ .name = "encoding", .type = KEY_CHOICE, .offset = AT(letters), .fallback = "ascii",
	  .names = encodings, .help = "Letters of a string: ascii, utf-8 or latin-1." },
	{ .name = "scale", .type = KEY_REAL, .offset = AT(scale), .fallback = "1",
	  .help = "figure = raw * scale + offset." },
	{ .name = "offset", .type = KEY_REAL, .offset = AT(offset), .fallback = "0",
	  .help = "figure = raw * scale + offset." },
	{ .name = "decimals", .type = KEY_INT, .offset = AT(decimals), .fallback = "-1",
	  .min = -1, .max = 9,
	  .help = "Figures after the point when it is shown; -1: as it comes." },
	{ .name = "unit", .type = KEY_STRING, .offset = AT(unit), .fallback = "",
	  .help = "Unit of the figure, such as \"mg/m3\"; none for a bare number." },
	{ .name = "range", .type = KEY_NODE, .offset = AT(range), .fallback = "",
	  .help = "Least and greatest figure it can measure; outside it is out-of-range." },
	{ .name = "sentinels", .type = KEY_NODE, .offset = AT(sentinels), .fallback = "",
	  .help = "Raw numbers that mean a broken sensor, before scale and offset." },
	{ .name = "sound", .type = KEY_NODE, .offset = AT(sound), .fallback = "",
	  .help = "Least and greatest raw number of a sensor whose wire is whole, before scale "
	  "and offset: (3600, 21000); outside it is sensor-failure." },
	{ .name = "decimals_from", .type = KEY_GROUP, .offset = AT(decimals_from),
	  .fallback = "", .sub = part_keys,
	  .help = "The register that says how many of the digits stand behind the point." },
	{ .name = "times", .type = KEY_ITEMS, .offset = AT(times), .fallback = "",
	  .sub = part_keys, .size = sizeof(struct part_row), .line = PART_LINE,
	  .help = "Registers that the figure is multiplied by, such as a transformer ratio." },
	{ .name = "plus", .type = KEY_ITEMS, .offset = AT(plus), .fallback = "",
	  .sub = part_keys, .size = sizeof(struct part_row), .line = PART_LINE,
	  .help = "Registers that are added to the figure, such as the fraction of a total." },
	{ .name = "names", .type = KEY_ITEMS, .offset = AT(choices), .fallback = "",
	  .sub = choice_keys, .size = sizeof(struct choice),
	  .help = "What the numbers of a state mean; another is out-of-range." },
	{ .name = "max_step", .type = KEY_REAL, .offset = AT(max_step), .fallback = "0",
	  .min = 0, .max = 1e300,
	  .help = "The most that the figure can change from one reading to the next." },
	{ .name = "max_rate", .type = KEY_REAL, .offset = AT(max_rate), .fallback = "0",
	  .min = 0, .max = 1e300, .help = "The most that the figure can change in a second." },
	{ .name = "hold", .type = KEY_SPAN, .offset = AT(hold), .fallback = "0s",
	  .min = 0, .max = 8 * 86400e6,
	  .help = "An analyser that repeats its last result: the figure is marked held, and is "
	  "stale when it has not changed for so long." },
	{ .name = "write", .type = KEY_GROUP, .offset = AT(write), .fallback = "",
	  .sub = write_keys, .help = "How it may be written; without, it never is." },
	{ .name = "hj212", .type = KEY_STRING, .offset = AT(hj212), .fallback = "",
	  .help = "Factor code of HJ 212, such as \"w01001\"." },
	{ .name = "sl651", .type = KEY_STRING, .offset = AT(sl651), .fallback = "",
	  .help = "Element id of SL 651 in hex digits, such as \"46\"." },
	{ .name = NULL }
};

static int
wrong(struct errs *errs, const struct point_row *row, const char *fmt)
{
	return err_add(errs, row->at.file, row->at.line, fmt, row->name);
}

static int
bind_raw(struct point *p, const struct point_row *row, struct errs *errs)
{
	const char *names[NAMES_MAX], *called = raw_called(row->raw);
	size_t n = 0;

	if (row->raw[0] == '\0')
		return wrong(errs, row, "%s: say how it is written: raw = \"u16\", \"f32\" ...");
	if (row->number < 0 && p->function != METERS_READ)
		return wrong(errs, row, "%s: say where it stands: register = 0 to 65535");
	p->raw = raw_find(row->raw);
	if (p->raw != NULL)
		return 0;
	if (called != NULL)
		return reader_unknown_near(errs, &row->at, row->name, "raw", row->raw, called);
	for (; n < NAMES_MAX && raw_at(n) != NULL; n++)
		names[n] = raw_at(n)->name;
	return reader_unknown(errs, &row->at, row->name, "raw", row->raw, names, n);
}

static int
say_order(const struct point_row *row, const struct raw *raw, struct errs *errs)
{
	static const char *const said[] = {
		[2] = "\"ABCD\", \"CDAB\", \"BADC\", \"DCBA\"",
		[3] = "\"ABCDEF\", \"EFCDAB\", \"BADCFE\", \"FEDCBA\"",
		[4] = "\"ABCDEFGH\", \"GHEFCDAB\", \"BADCFEHG\", \"HGFEDCBA\"",
	};

	return err_add(errs, row->at.file, row->at.line,
	    "%s: say in which order its bytes come: order is one of %s", row->name,
	    said[raw->registers]);
}

/* In a data item the standards say the order: the lowest byte first. */
static int
bind_item(struct point *p, const struct point_row *row, struct errs *errs)
{
	size_t n = strlen(row->item);
	uint8_t bytes[4];

	if ((n != 4 && n != 8) || reader_hex(row->item, bytes, n / 2) != 0)
		return wrong(errs, row, "%s: an item is 8 hex digits as \"00010000\" in DL/T "
		    "645, 4 as \"901F\" in CJ/T 188");
	if (row->order[0] != '\0')
		return wrong(errs, row, "%s: in an item the lowest byte comes first: no key order");
	p->function = METERS_READ;
	for (size_t i = 0; i < n / 2; i++)
		p->item = p->item << 8 | bytes[i];
	p->item_digits = (uint8_t)n;
	p->number = p->first = (uint16_t)(row->number < 0 ? 0 : row->number);
	return 0;
}

/* The order of a longer number has no default: it is the commonest mistake. */
static int
bind_order(struct point *p, const struct point_row *row, struct errs *errs)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	if (function_is_item(p->function))
		return 0;
	if (p->raw->needs & RAW_ITEM)
		return err_add(errs, row->at.file, row->at.line,
		    "%s: raw \"%s\" goes with item, of a meter", row->name, row->raw);
	if (row->order[0] == '\0' && p->raw->registers > 1)
		return say_order(row, p->raw, errs);
	p->order = order_find(row->order[0] != '\0' ? row->order : "AB");
	if (p->order != NULL && raw_fits(p->raw, p->order))
		return 0;
	if (p->order != NULL)
		return err_add(errs, row->at.file, row->at.line,
		    "%s: order \"%s\" does not fit raw \"%s\", which has %u bytes",
		    row->name, row->order, row->raw,
		    2U * (p->raw->registers != 0 ? p->raw->registers : 1U));
	for (; n < NAMES_MAX && order_at(n) != NULL; n++)
		names[n] = order_at(n)->name;
	return reader_unknown(errs, &row->at, row->name, "order", row->order, names, n);
}

static int
bind_bits(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	const double *numbers;
	size_t n;

	if (reader_numbers(row->bits, row->name, "bits", arena, errs, &numbers, &n) != 0)
		return -1;
	if (!reader_is_bits(numbers, n))
		return wrong(errs, row,
		    "%s: bits is the first bit and how many of the 16, such as (8, 4)");
	p->piece.first = (uint8_t)numbers[0];
	p->piece.bits = (uint8_t)numbers[1];
	return 0;
}

static int
bind_bit(struct point *p, const struct point_row *row, struct errs *errs)
{
	bool alone = function_is_bits(p->function);

	if (alone && row->bit >= 0)
		return wrong(errs, row,
		    "%s: functions 1 and 2 read single bits: register is the bit, and no key bit");
	if (!alone && row->bit < 0)
		return wrong(errs, row, "%s: say which bit of the register: bit = 0 to 15");
	p->piece.first = alone ? 0 : (uint8_t)row->bit;
	p->piece.bits = 1;
	p->invert = row->invert;
	return 0;
}

static int
bind_length(struct point *p, const struct point_row *row, struct errs *errs)
{
	if (row->length < 1)
		return wrong(errs, row, "%s: say how many registers it has: length = 1 to 30");
	if (row->letters == LETTERS_LATIN1 && row->length > 15)
		return wrong(errs, row, "%s: a string in latin-1 has at most 15 registers");
	p->piece.registers = (uint8_t)row->length;
	p->piece.letters = (uint8_t)row->letters;
	return 0;
}

/* A key that its raw type has no use for was meant for another. */
static int
check_needs(const struct point *p, const struct point_row *row, struct errs *errs)
{
	uint8_t needs = p->raw->needs;
	int rc = 0;

	if (row->bit >= 0 && !(needs & RAW_BIT))
		rc = wrong(errs, row, "%s: bit goes with raw = \"bit\"");
	if (row->invert && !(needs & RAW_BIT))
		rc = wrong(errs, row, "%s: invert goes with raw = \"bit\"");
	if (row->bits != NULL && !(needs & RAW_BITS))
		rc = wrong(errs, row, "%s: bits goes with raw = \"bits\" or \"one-hot\"");
	if (row->length > 0 && !(needs & RAW_LENGTH))
		rc = wrong(errs, row, "%s: length goes with raw = \"string\"");
	if (function_is_bits(p->function) && !(needs & RAW_BIT))
		rc = wrong(errs, row, "%s: functions 1 and 2 go with raw = \"bit\"");
	return rc;
}

/* Of a text there is nothing to reckon with. */
static int
check_text(const struct point *p, const struct point_row *row, struct errs *errs)
{
	const struct { const char *name; bool given; } keys[] = {
		{ "scale", row->scale != 1 }, { "offset", row->offset != 0 },
		{ "decimals", row->decimals >= 0 }, { "unit", row->unit[0] != '\0' },
		{ "range", row->range != NULL }, { "sound", row->sound != NULL },
		{ "max_step", row->max_step > 0 }, { "max_rate", row->max_rate > 0 },
		{ "hold", row->hold > 0 },
	};
	int rc = 0;

	for (size_t i = 0; p->raw->needs & RAW_LENGTH && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].given)
			rc = err_add(errs, row->at.file, row->at.line,
			    "%s: %s goes with numbers, not with a text", row->name, keys[i].name);
	return rc;
}

static int
bind_piece(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	if (check_needs(p, row, errs) != 0)
		return -1;
	if (p->raw->needs & RAW_BIT)
		return bind_bit(p, row, errs);
	if (p->raw->needs & RAW_LENGTH)
		return bind_length(p, row, errs);
	return row->bits != NULL ? bind_bits(p, row, arena, errs) : 0;
}

static int
bind_unit(struct point *p, const struct point_row *row, struct errs *errs)
{
	const char *names[NAMES_MAX];
	size_t n = 0;

	if (row->unit[0] == '\0')
		return 0;
	p->unit = unit_find(row->unit);
	if (p->unit != NULL)
		return 0;
	for (; n < NAMES_MAX && unit_at(n) != NULL; n++)
		names[n] = unit_at(n)->name;
	return reader_unknown(errs, &row->at, row->name, "unit", row->unit, names, n);
}

static int
bind_scale(struct point *p, const struct point_row *row, struct errs *errs)
{
	double inverse = 1 / row->scale;

	if (!isfinite(row->scale) || !isfinite(row->offset) || !isfinite(inverse))
		return wrong(errs, row, "%s: scale 0, or too large a scale or offset");
	p->scale = row->scale;
	p->offset = row->offset;
	if (fabs(inverse) >= 2 && fabs(inverse - round(inverse)) <= 1e-9 * fabs(inverse))
		p->divisor = round(inverse);
	return 0;
}

static int
bind_range(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	const double *ends;
	size_t n;

	if (row->range == NULL)
		return 0;
	if (reader_numbers(row->range, row->name, "range", arena, errs, &ends, &n) != 0)
		return -1;
	if (n != 2 || !(ends[0] < ends[1]))
		return wrong(errs, row,
		    "%s: range is two numbers, the lesser first, such as (0, 14)");
	p->ranged = true;
	p->min = ends[0];
	p->max = ends[1];
	return 0;
}

static bool
can_come(const struct point *p, double sentinel)
{
	struct value v = { .kind = VALUE_F64, .d = sentinel };
	uint8_t wire[RAW_BYTES_MAX] = { 0 };
	double back;

	if (raw_encode(p->raw, p->order, &p->piece, &v, wire) != 0)
		return false;
	raw_decode(p->raw, p->order, &p->piece, wire, &v);
	return v.kind == VALUE_F32 || (value_number(&v, &back) && back == sentinel);
}

/* What the bits of a number without sign are with one: 8000h is -32768. */
static double
with_sign(const struct point *p, double number)
{
	unsigned bits = raw_mask(p->raw, &p->piece) < UINT16_MAX ? 8 :
	    16U * raw_registers(p->raw, &p->piece);

	return number - ldexp(1, (int)bits);
}

/* A sentinel that the raw type cannot hold would never be met. */
static int
check_sentinel(const struct point *p, const struct point_row *row, double sentinel,
    struct errs *errs)
{
	if (can_come(p, sentinel))
		return 0;
	if (p->raw->name[0] == 's' && p->raw->name[1] <= '9' && with_sign(p, sentinel) < 0 &&
	    can_come(p, with_sign(p, sentinel)))
		return err_add(errs, row->at.file, row->at.line,
		    "%s: sentinel %.15g can never come from raw \"%s\", which reads it as %.15g",
		    row->name, sentinel, row->raw, with_sign(p, sentinel));
	return err_add(errs, row->at.file, row->at.line,
	    "%s: sentinel %g can never come from raw \"%s\"", row->name, sentinel, row->raw);
}

static int
bind_sentinels(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	int rc = 0;

	if (row->sentinels == NULL)
		return 0;
	if (reader_numbers(row->sentinels, row->name, "sentinels", arena, errs,
	    &p->sentinels, &p->nsentinels) != 0)
		return -1;
	for (size_t i = 0; i < p->nsentinels; i++)
		rc |= check_sentinel(p, row, p->sentinels[i], errs);
	return rc;
}

static int
bind_codes(struct point *p, const struct point_row *row, struct errs *errs)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz";
	size_t n = strlen(row->sl651);
	int rc = 0;

	p->hj212 = row->hj212;
	p->sl651 = row->sl651;
	if (row->hj212[strspn(row->hj212, letters)] != '\0' || strlen(row->hj212) > 20)
		rc = wrong(errs, row,
		    "%s: a code of HJ 212 is at most 20 letters and digits, such as \"w01001\"");
	if (row->sl651[strspn(row->sl651, digits)] != '\0' || (n != 0 && n != 2 && n != 4))
		rc = wrong(errs, row,
		    "%s: an element of SL 651 is 2 or 4 hex digits, such as \"46\"");
	return rc;
}

/* Its place among the registers. */
static int
bind_where(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	p->function = (uint8_t)row->function;
	p->number = p->first = (uint16_t)row->number;
	if (row->item != NULL && row->item[0] != '\0' && bind_item(p, row, errs) != 0)
		return -1;
	if (bind_raw(p, row, errs) != 0)
		return -1;
	return bind_order(p, row, errs) | bind_piece(p, row, arena, errs);
}

int
point_bind(struct point *p, const struct point_row *row, struct arena *arena,
    struct errs *errs)
{
	bool told = row->push != NULL && row->push[0] != '\0';
	int rc;

	*p = (struct point){ .at = row->at, .name = row->name,
	    .zh = row->zh != NULL ? row->zh : "", .en = row->en != NULL ? row->en : "",
	    .decimals = (int8_t)row->decimals };
	if ((told ? push_bind(p, row, errs) : bind_where(p, row, arena, errs)) != 0)
		return -1;
	rc = check_text(p, row, errs);
	rc |= bind_unit(p, row, errs);
	rc |= bind_scale(p, row, errs);
	rc |= bind_range(p, row, arena, errs);
	rc |= bind_codes(p, row, errs);
	if (rc != 0)
		return -1;
	if (point_end(p) > 65536)
		return wrong(errs, row, "%s: runs past register 65535");
	rc |= bind_sentinels(p, row, arena, errs);
	if (!told)
		rc |= parts_bind(p, row, arena, errs);
	rc |= choices_bind(p, row, errs);
	return rc | limits_bind(p, row, arena, errs);
}
