#include <stdlib.h>
#include <string.h>

#include "../../devices/orders.h"
#include "../log.h"
#include "../room.h"
#include "../text.h"
#include "poll_show.h"

#define HEX_MAX		160
#define GUESSES_MAX	8192

/* What the states are called is told where there are any. */
#define POINT_COLUMNS(state) {					\
	{ "point", N_("point"), false, false },			\
	{ "function", NULL, true, false },			\
	{ "register", N_("register"), true, false },		\
	{ "hex", N_("registers"), false, false },		\
	{ "value", N_("value"), true, false },			\
	{ "state", state, false, false },			\
	{ "unit", N_("unit"), false, false },			\
	{ "quality", N_("quality"), false, true },		\
	{ "why", N_("why"), false, true },			\
	{ 0 }							\
}

static const struct grid_column point_columns[] = POINT_COLUMNS(NULL);
static const struct grid_column state_columns[] = POINT_COLUMNS(N_("state"));

static const struct grid_column raw_columns[] = {
	{ "function", N_("function"), true, false },
	{ "register", N_("register"), true, false },
	{ "hex", N_("hex"), false, false },
	{ "unsigned", N_("unsigned"), true, false },
	{ "signed", N_("signed"), true, false },
	{ "why", N_("why"), false, true },
	{ 0 }
};

static const struct grid_column order_columns[] = {
	{ "register", N_("register"), true, false },
	{ "raw", N_("raw"), false, false },
	{ "order", N_("order"), false, false },
	{ "hex", N_("registers"), false, false },
	{ "value", N_("value"), true, false },
	{ "hint", N_("hint"), false, false },
	{ 0 }
};

static bool
has_states(const struct profile *p)
{
	for (size_t i = 0; i < p->npoints; i++)
		if (p->points[i].nchoices > 0)
			return true;
	return false;
}

void
poll_show_init(struct poll_show *s, const struct poll_options *o, struct device *d,
    const struct proto *proto)
{
	*s = (struct poll_show){ .options = o, .proto = proto };
	grid_init(&s->grid, o->orders ? order_columns : o->raw ? raw_columns :
	    has_states(d->profile) ? state_columns : point_columns);
	/* readings are told apart by their series */
	for (size_t i = 0; i < d->profile->npoints; i++)
		d->taps[i].series = (uint32_t)i + 1;
}

static const char *
hex_of(const uint8_t *bytes, size_t n, char *text)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && at + 4 < HEX_MAX; i++)
		at += (size_t)snprintf(text + at, HEX_MAX - at, "%s%02x",
		    i > 0 && i % 2 == 0 ? " " : "", bytes[i]);
	return text;
}

/* In words what came instead of data; "" for data. */
static const char *
why_not(const struct poll_show *s, const struct reply *r)
{
	switch (r->status) {
	case REPLY_EXCEPTION:
		return s->proto->exception(r->exception);
	case REPLY_TIMEOUT:
		return N_("no answer");
	case REPLY_LOST:
		return N_("the line went down");
	case REPLY_OK:
		return r->after_barrier ? N_("first answer after a silence") : "";
	}
	return "";
}

static enum quality_code
code_of(const struct reply *r)
{
	if (r->status == REPLY_OK)
		return r->after_barrier ? Q_AFTER_BARRIER : Q_GOOD;
	return r->status == REPLY_EXCEPTION ? Q_REFUSED : Q_COMM_FAILURE;
}

static const char *
point_hex(const struct point *p, const struct stretch *b, const struct reply *r, char *text)
{
	size_t at;

	/* With what it is put together from. */
	if (r->status != REPLY_OK || p->first < b->first)
		return "";
	at = (size_t)(p->first - b->first);
	if (function_is_bits(p->function))
		return at / 8 < r->len && r->data[at / 8] >> at % 8 & 1 ? "1" : "0";
	at *= function_width(p->function);
	if (at + point_bytes(p) > r->len)
		return "";
	return hex_of(r->data + at, point_bytes(p), text);
}

/* As it is called; by one of its names where the other is not given. */
static const char *
state_of(const struct poll_show *s, const struct point *p, const struct reading *reading)
{
	const struct choice *c = point_choice(p, &reading->value);
	bool zh = !s->options->json && text_chinese();

	if (c == NULL)
		return "";
	return (zh && c->zh[0] != '\0') || c->en[0] == '\0' ? c->zh : c->en;
}

static void
add_point(struct poll_show *s, const struct device *d, size_t block, const struct reply *r,
    const struct reading *reading)
{
	const struct point *p = &d->profile->points[reading->series - 1];
	char value[VALUE_TEXT_MAX + 8], safe[2 * VALUE_TEXT_MAX], hex[HEX_MAX], number[16],
	    function[8], item[POINT_ITEM];

	value_text(&reading->value, p->decimals, value, sizeof(value));
	if (function_is_item(p->function))
		snprintf(number, sizeof(number), "%s+%u", point_item_name(p, item), p->number);
	else
		snprintf(number, sizeof(number), "%u", p->number);
	snprintf(function, sizeof(function), "%u", p->function);
	grid_add(&s->grid, (const char *const []){ p->name, function, number,
	    point_hex(p, &d->blocks[block], r, hex), log_safe(value, safe, sizeof(safe)),
	    state_of(s, p, reading), s->options->json ? point_unit_name(p) : point_unit_shown(p),
	    quality_name(reading->quality),
	    why_not(s, r) });
}

static void
add_points(struct poll_show *s, const struct device *d, size_t block, const struct reply *r)
{
	const struct reading base = { .quality = { .code = (uint8_t)code_of(r) } };
	size_t max = d->profile->npoints;
	struct reading *out = room_for(max, sizeof(*out));
	size_t n = r->status == REPLY_OK ?
	    device_decode(d, block, r->data, r->len, &base, out, max) :
	    device_bad(d, block, &base, out, max);

	for (size_t i = 0; i < n; i++)
		add_point(s, d, block, r, &out[i]);
	free(out);
}

static void
add_register(struct poll_show *s, const struct stretch *b, size_t i, const struct reply *r)
{
	char function[8], number[16], hex[HEX_MAX] = "", u[16] = "", i16[16] = "";

	snprintf(function, sizeof(function), "%u", b->function);
	snprintf(number, sizeof(number), "%zu", b->first + i);
	if (r->status == REPLY_OK && function_is_bits(b->function)) {
		snprintf(u, sizeof(u), "%d", i / 8 < r->len ? r->data[i / 8] >> i % 8 & 1 : 0);
	} else if (r->status == REPLY_OK && 2 * i + 2 <= r->len) {
		const uint8_t *at = r->data + 2 * i;
		uint16_t word = (uint16_t)(at[0] << 8 | at[1]);

		hex_of(at, 2, hex);
		snprintf(u, sizeof(u), "%u", word);
		snprintf(i16, sizeof(i16), "%d", (int16_t)word);
	}
	grid_add(&s->grid, (const char *const []){ function, number, hex, u, i16, why_not(s, r) });
}

/* All bytes of a data item, as they came: the lowest first. */
static void
add_bytes(struct poll_show *s, const struct stretch *b, const struct reply *r)
{
	char function[8], number[16], hex[HEX_MAX] = "";

	snprintf(function, sizeof(function), "%u", b->function);
	snprintf(number, sizeof(number), "%08X", (unsigned)b->item);
	if (r->status == REPLY_OK)
		hex_of(r->data, r->len, hex);
	grid_add(&s->grid, (const char *const []){ function, number, hex, "", "",
	    why_not(s, r) });
}

void
poll_show_block(struct poll_show *s, const struct device *d, size_t block,
    const struct reply *r)
{
	s->answers += r->status == REPLY_OK || r->status == REPLY_EXCEPTION;
	if (s->options->raw && function_is_item(d->blocks[block].function)) {
		add_bytes(s, &d->blocks[block], r);
		return;
	}
	if (!s->options->raw) {
		add_points(s, d, block, r);
		return;
	}
	for (size_t i = 0; i < d->blocks[block].count; i++)
		add_register(s, &d->blocks[block], i, r);
}

/* "plausible", or all that speaks against it. */
static const char *
hint(const struct guess *g, char *text, size_t n)
{
	size_t at = 0;

	if (g->doubts == 0)
		return _("plausible");
	for (unsigned one = 1; one <= DOUBT_JUMPS; one *= 2)
		if (g->doubts & one)
			at += (size_t)snprintf(text + at, n - at, "%s%s", at > 0 ? ", " : "",
			    _(doubt_name((uint8_t)one)));
	return text;
}

static void
add_guess(struct poll_show *s, const struct riddle *r, const struct guess *g)
{
	char number[16], value[VALUE_TEXT_MAX + 8], hex[HEX_MAX], text[120];

	snprintf(number, sizeof(number), "%u", g->number);
	value_text(&g->value, -1, value, sizeof(value));
	hex_of(r->again + 2 * (size_t)(g->number - r->first), 2 * (size_t)g->raw->registers, hex);
	grid_add(&s->grid, (const char *const []){ number, g->raw->name, g->order->name, hex,
	    value, hint(g, text, sizeof(text)) });
}

/* Registers that are not there may be those of the other function. */
static void
say_why(const struct poll_show *s, const struct reply *r)
{
	const struct poll_options *o = s->options;

	fprintf(stderr, _("%s: %s: %s\n"), "tidegate poll", o->device, _(why_not(s, r)));
	if (r->status == REPLY_EXCEPTION)
		fprintf(stderr, _("Asked by function %u; perhaps they want --function %u\n"),
		    o->function, 7U - o->function);
}

void
poll_show_orders(struct poll_show *s, const struct device *d, const struct poll_options *o,
    const struct reply *first, const struct reply *again)
{
	struct guess *guesses;
	struct riddle r = { .first = o->first, .registers = o->count, .function = o->function,
	    .profile = d->profile, .wire = first->data };
	size_t n;

	if (again == NULL || again->status != REPLY_OK || again->len != first->len ||
	    first->len != 2 * (size_t)o->count) {
		say_why(s, first->status != REPLY_OK || again == NULL ? first : again);
		return;
	}
	r.again = again->data;
	s->answers++;
	guesses = room_for(GUESSES_MAX, sizeof(*guesses));
	n = orders_guess(&r, guesses, GUESSES_MAX);
	for (size_t i = 0; i < n; i++)		/* the plausible ones first */
		if (guesses[i].doubts == 0)
			add_guess(s, &r, &guesses[i]);
	for (size_t i = 0; i < n; i++)
		if (guesses[i].doubts != 0)
			add_guess(s, &r, &guesses[i]);
	free(guesses);
}

static void
write_json(const struct poll_show *s, const struct device *d, bool through_gateway)
{
	const char *const heads[][2] = {
		{ "device", d->conf.name }, { "link", d->conf.link },
		{ "profile", d->profile->name },
		{ "through", through_gateway ? "gateway" : "line" },
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		printf("%s\"%s\":", i > 0 ? "," : "{", heads[i][0]);
		grid_string(heads[i][1], stdout);
	}
	printf(",\"%s\":", s->options->orders ? "orders" : s->options->raw ? "registers" :
	    "points");
	grid_json(&s->grid, stdout);
	printf("}\n");
}

void
poll_show_write(const struct poll_show *s, const struct device *d, bool through_gateway)
{
	if (s->options->json) {
		write_json(s, d, through_gateway);
		return;
	}
	if (s->grid.nrows == 0)
		return;
	printf(through_gateway ? _("%s (%s on %s), asked by the running gateway\n") :
	    _("%s (%s on %s), asked directly: no gateway runs\n"), d->conf.name,
	    d->profile->name, d->conf.link);
	grid_write(&s->grid, stdout);
}

void
poll_show_free(struct poll_show *s)
{
	grid_free(&s->grid);
}
