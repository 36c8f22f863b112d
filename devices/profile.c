#include <math.h>
#include <stddef.h>
#include <string.h>

#include "reader.h"

#define READ_MAX	125	/* registers of one answer, by the standard */
#define POINTS_MAX	1000

/* The head of the file as written. */
struct head {
	const char		*name, *maker, *model, *source, *unit;
	int			 family, proto, confidence;
	bool			 verify, loopback;
	struct serial_conf	 serial;
	int64_t			 max_registers, gap;
	const struct node	*never, *identify;
	struct items		 blocks, points, vectors, statuses, start, stop;
	struct watchdog_row	 watchdog;
};

static const char *const families[] = {
	"fume", "gas", "scale", "water", "power", "io", NULL
};
static const char *const protos[] = {
	"modbus", "gpio", "at", "dlt645", "cjt188", "hj212", "push", NULL
};
#define METERS	3	/* these two are read by data items; */
#define PUSHING	5	/* from here on they tell by themselves */
static const char *const confidences[] = { "A", "B", "C", NULL };
static const char *const parities[] = { "none", "even", "odd", NULL };

#define AT(field)	offsetof(struct head, field)
#define SERIAL(field)	offsetof(struct serial_conf, field)
#define BLOCK(field)	offsetof(struct block_row, field)

static const struct key serial_keys[] = {
	{ .name = "speed", .type = KEY_INT, .offset = SERIAL(speed), .fallback = "9600",
	  .min = 300, .max = 1000000, .help = "Bits a second." },
	{ .name = "data_bits", .type = KEY_INT, .offset = SERIAL(data_bits), .fallback = "8",
	  .min = 7, .max = 8, .help = "Data bits." },
	{ .name = "parity", .type = KEY_CHOICE, .offset = SERIAL(parity),
	  .fallback = "none", .names = parities, .help = "Parity." },
	{ .name = "stop_bits", .type = KEY_INT, .offset = SERIAL(stop_bits), .fallback = "1",
	  .min = 1, .max = 2, .help = "Stop bits." },
	{ .name = NULL }
};

const struct key block_keys[] = {
	{ .name = "function", .type = KEY_INT, .offset = BLOCK(function), .fallback = "3",
	  .min = 1, .max = 4, .help = "1 reads coils, 2 discrete inputs, 3 holding registers, "
	  "4 input registers." },
	{ .name = "register", .type = KEY_INT, .offset = BLOCK(number), .min = 0,
	  .max = 65535, .help = "Its first register." },
	{ .name = "count", .type = KEY_INT, .offset = BLOCK(count), .min = 1,
	  .max = 16 * READ_MAX, .help = "How many registers, or coils." },
	{ .name = NULL }
};

const struct key profile_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .help = "Its name, that of the file without .conf." },
	{ .name = "maker", .type = KEY_STRING, .offset = AT(maker), .help = "Who makes it." },
	{ .name = "model", .type = KEY_STRING, .offset = AT(model),
	  .help = "Model, as on its plate." },
	{ .name = "family", .type = KEY_CHOICE, .offset = AT(family), .names = families,
	  .help = "The trade it belongs to." },
	{ .name = "proto", .type = KEY_CHOICE, .offset = AT(proto), .fallback = "modbus",
	  .names = protos, .help = "What it speaks: modbus (RTU or TCP is the link's); gpio, "
	  "the digital lines of the box itself; at, its modem; dlt645 and cjt188, meters of "
	  "electricity and of water, gas and heat; hj212, of instruments that "
	  "call and upload; "
	  "push, of all others that tell by themselves, key by key." },
	{ .name = "source", .type = KEY_STRING, .offset = AT(source),
	  .help = "Where the map was read: manual, page, address." },
	{ .name = "confidence", .type = KEY_CHOICE, .offset = AT(confidence),
	  .names = confidences,
	  .help = "A read in a source, B partly inferred, C not proven." },
	{ .name = "loopback", .type = KEY_BOOL, .offset = AT(loopback), .fallback = "false",
	  .help = "It takes FC 8 (diagnostics, return query data) and answers in turn, so "
	  "that a line can be proven clean after a time-out." },
	{ .name = "identify", .type = KEY_NODE, .offset = AT(identify), .fallback = "",
	  .help = "Functions by which it says who it is, of 17 (report server ID) and 43 "
	  "(read device identification)." },
	{ .name = "verify", .type = KEY_BOOL, .offset = AT(verify), .fallback = "false",
	  .help = "A template that must be compared with the instrument's manual." },
	{ .name = "serial", .type = KEY_GROUP, .offset = AT(serial), .fallback = "",
	  .sub = serial_keys, .help = "How its line is set when it is delivered." },
	{ .name = "unit", .type = KEY_STRING, .offset = AT(unit), .fallback = "1",
	  .help = "Its address when it is delivered." },
	{ .name = "max_registers", .type = KEY_INT, .offset = AT(max_registers),
	  .fallback = "125", .min = 1, .max = READ_MAX,
	  .help = "Registers that it answers to one question." },
	{ .name = "gap", .type = KEY_INT, .offset = AT(gap), .fallback = "0", .min = 0,
	  .max = READ_MAX, .help = "Registers between points that may be read over." },
	{ .name = "never", .type = KEY_NODE, .offset = AT(never), .fallback = "",
	  .help = "Registers that must never be touched." },
	{ .name = "blocks", .type = KEY_ITEMS, .offset = AT(blocks), .fallback = "",
	  .sub = block_keys, .size = sizeof(struct block_row), .line = BLOCK(at) + 1,
	  .help = "Registers that it answers only when read as a whole." },
	{ .name = "points", .type = KEY_ITEMS, .offset = AT(points), .sub = point_keys,
	  .size = sizeof(struct point_row), .line = offsetof(struct point_row, at) + 1,
	  .help = "What it measures." },
	{ .name = "status", .type = KEY_ITEMS, .offset = AT(statuses), .fallback = "",
	  .sub = status_keys, .size = sizeof(struct status_row),
	  .line = offsetof(struct status_row, at) + 1,
	  .help = "Registers that say what the figures are worth." },
	{ .name = "start", .type = KEY_ITEMS, .offset = AT(start), .fallback = "",
	  .sub = step_keys, .size = sizeof(struct step_row),
	  .line = offsetof(struct step_row, at) + 1,
	  .help = "Steps after which it measures, if it does not by itself." },
	{ .name = "stop", .type = KEY_ITEMS, .offset = AT(stop), .fallback = "",
	  .sub = step_keys, .size = sizeof(struct step_row),
	  .line = offsetof(struct step_row, at) + 1,
	  .help = "Steps after which it rests." },
	{ .name = "watchdog", .type = KEY_GROUP, .offset = AT(watchdog), .fallback = "",
	  .sub = watchdog_keys, .help = "What is written again and again, so that its outputs "
	  "fall into their fail-safe when the gateway is dead." },
	{ .name = "vectors", .type = KEY_ITEMS, .offset = AT(vectors), .fallback = "",
	  .sub = vector_keys, .size = sizeof(struct vector_row),
	  .line = offsetof(struct vector_row, at) + 1,
	  .help = "Bytes with the figures they mean, proven by every check." },
	{ .name = NULL }
};

static int
read_never(struct profile *p, const struct node *never, struct arena *arena,
    struct errs *errs)
{
	const double *numbers;
	uint16_t *at;
	size_t n;

	if (never == NULL)
		return 0;
	if (reader_numbers(never, p->name, "never", arena, errs, &numbers, &n) != 0)
		return -1;
	at = arena_alloc(arena, (n + 1) * sizeof(*at));
	if (at == NULL)
		return reader_no_memory(errs, &p->at);
	for (size_t i = 0; i < n; i++) {
		if (!(numbers[i] >= 0 && numbers[i] <= 65535 && trunc(numbers[i]) == numbers[i]))
			return err_add(errs, p->at.file, p->at.line,
			    "%s: never names registers from 0 to 65535", p->name);
		at[i] = (uint16_t)numbers[i];
	}
	p->never = at;
	p->nnever = n;
	return 0;
}

static int
read_identify(struct profile *p, const struct node *identify, struct arena *arena,
    struct errs *errs)
{
	const double *numbers;
	size_t n;

	if (identify == NULL)
		return 0;
	if (reader_numbers(identify, p->name, "identify", arena, errs, &numbers, &n) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (numbers[i] != 17 && numbers[i] != 43)
			return err_add(errs, p->at.file, p->at.line,
			    "%s: identify names functions 17 and 43 only", p->name);
		p->identify |= numbers[i] == 17 ? IDENTIFY_REPORT : IDENTIFY_DEVICE;
	}
	return 0;
}

static int
read_blocks(struct profile *p, const struct head *head, struct arena *arena,
    struct errs *errs)
{
	const struct block_row *rows = head->blocks.at;
	struct stretch *at = arena_alloc(arena, (head->blocks.n + 1) * sizeof(*at));

	if (at == NULL)
		return reader_no_memory(errs, &p->at);
	for (size_t i = 0; i < head->blocks.n; i++)
		at[i] = (struct stretch){ (uint8_t)rows[i].function,
		    (uint16_t)rows[i].number, (uint16_t)rows[i].count, 0 };
	p->blocks = at;
	p->nblocks = head->blocks.n;
	return 0;
}

static int
read_points(struct profile *p, const struct head *head, struct arena *arena,
    struct errs *errs)
{
	const struct point_row *rows = head->points.at;
	struct point *at = arena_alloc(arena, (head->points.n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return reader_no_memory(errs, &p->at);
	if (head->points.n == 0 || head->points.n > POINTS_MAX)
		return err_add(errs, p->at.file, p->at.line, "%s: has %zu points; 1 to %d can be",
		    p->name, head->points.n, POINTS_MAX);
	for (size_t i = 0; i < head->points.n; i++)
		rc |= point_bind(&at[i], &rows[i], arena, errs);
	p->points = at;
	p->npoints = head->points.n;
	return rc;
}

static int
read_statuses(struct profile *p, const struct head *head, struct arena *arena,
    struct errs *errs)
{
	const struct status_row *rows = head->statuses.at;
	struct status *at = arena_alloc(arena, (head->statuses.n + 1) * sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return reader_no_memory(errs, &p->at);
	for (size_t i = 0; i < head->statuses.n; i++)
		rc |= status_bind(&at[i], &rows[i], p, arena, errs);
	p->statuses = at;
	p->nstatuses = head->statuses.n;
	return rc;
}

/* A profile is found by the name of its file. */
static int
check_name(const struct profile *p, struct errs *errs)
{
	const char *base = strrchr(p->at.file, '/');
	size_t n = strlen(p->name);

	base = base != NULL ? base + 1 : p->at.file;
	if (strncmp(base, p->name, n) == 0 && strcmp(base + n, ".conf") == 0)
		return 0;
	return err_add(errs, p->at.file, p->at.line,
	    "name is \"%s\", so the file must be called %s.conf", p->name, p->name);
}

static int
check_head(const struct profile *p, struct errs *errs)
{
	int rc = check_name(p, errs);

	if (p->confidence == 'C' && !p->verify)
		rc = err_add(errs, p->at.file, p->at.line,
		    "%s: confidence C asks for verify = true", p->name);
	if (p->source[0] == '\0')
		rc = err_add(errs, p->at.file, p->at.line,
		    "%s: say the source of the map", p->name);
	return rc;
}

static int
check_vectors(const struct profile *p, const struct head *head, struct errs *errs)
{
	const struct vector_row *rows = head->vectors.at;
	int rc = 0;

	if (p->pushes && head->vectors.n > 0)
		return err_add(errs, rows->at.file, rows->at.line,
		    "vectors go with registers: %s tells by itself", p->name);
	for (size_t i = 0; i < head->vectors.n; i++)
		rc |= vector_check(p, &rows[i], errs);
	return rc;
}

/* All of a meter stands in items of its protocol, and nothing of others. */
static int
check_items(const struct profile *p, int proto, struct errs *errs)
{
	bool meter = proto >= METERS && proto < PUSHING;
	uint32_t most = strcmp(p->proto, "cjt188") == 0 ? UINT16_MAX : UINT32_MAX;
	int rc = 0;

	for (size_t i = 0; i < p->npoints + p->nstatuses; i++) {
		const struct point *at = i < p->npoints ? &p->points[i] :
		    &p->statuses[i - p->npoints].at;

		if (meter == function_is_item(at->function) && at->item <= most)
			continue;
		rc = err_add(errs, at->at.file, at->at.line, meter ?
		    ERR_("%s: proto \"%s\" has data items: say one of it: item = \"...\"") :
		    ERR_("%s: proto \"%s\" has no data items: item goes with meters"), at->name,
		    p->proto);
	}
	if (meter && (p->nblocks > 0 || p->nnever > 0 || p->start.n > 0 || p->stop.n > 0 ||
	    p->watchdog.function != 0 || p->identify != 0 || p->loopback))
		rc = err_add(errs, p->at.file, p->at.line, "%s: proto \"%s\" has no registers: "
		    "blocks, never, start, stop, watchdog, identify and loopback go with Modbus",
		    p->name, p->proto);
	return rc;
}

static int
fill(struct profile *p, const struct head *head, struct arena *arena, struct errs *errs)
{
	int rc;

	p->name = head->name;
	p->maker = head->maker;
	p->model = head->model;
	p->source = head->source;
	p->family = head->family;
	p->proto = protos[head->proto];
	p->pushes = head->proto >= PUSHING;
	p->confidence = confidences[head->confidence][0];
	p->verify = head->verify;
	p->loopback = head->loopback;
	p->serial = head->serial;
	p->unit = !p->pushes || strcmp(head->unit, "1") != 0 ? head->unit : "";
	p->max_registers = (uint16_t)head->max_registers;
	p->gap = (uint16_t)head->gap;
	rc = check_head(p, errs);
	rc |= read_never(p, head->never, arena, errs);
	rc |= read_identify(p, head->identify, arena, errs);
	if (read_blocks(p, head, arena, errs) != 0 || read_points(p, head, arena, errs) != 0)
		return -1;
	if (read_statuses(p, head, arena, errs) != 0)
		return -1;
	rc |= steps_bind(&p->start, &head->start, &p->at, arena, errs);
	rc |= steps_bind(&p->stop, &head->stop, &p->at, arena, errs);
	rc |= watchdog_bind(&p->watchdog, &head->watchdog, p, arena, errs);
	rc |= points_check(p, errs) | pushes_bind(p, arena, errs);
	rc |= check_items(p, head->proto, errs);
	rc |= blocks_check(p, head->blocks.at, errs);
	return rc | check_vectors(p, head, errs);
}

static int
keep_files(struct profile *p, const struct tree *tree, struct arena *arena, struct errs *errs)
{
	size_t n = 0;

	while (tree_file(tree, n) != NULL)
		n++;
	p->files = arena_alloc(arena, (n + 1) * sizeof(p->files[0]));
	if (p->files == NULL)
		return reader_no_memory(errs, &p->at);
	for (; p->nfiles < n; p->nfiles++)
		p->files[p->nfiles] = tree_file(tree, p->nfiles);
	return 0;
}

struct profile *
profile_read(const struct tree *tree, struct arena *arena, struct errs *errs)
{
	const struct node *root = tree_root(tree);
	struct profile *p = arena_alloc(arena, sizeof(*p));
	struct head head = { .name = NULL };

	if (p == NULL) {
		reader_no_memory(errs, &(struct place){ node_file(root), 0 });
		return NULL;
	}
	p->at.file = arena_text(arena, node_file(root), strlen(node_file(root)));
	if (p->at.file == NULL) {
		reader_no_memory(errs, &p->at);
		return NULL;
	}
	if (keep_files(p, tree, arena, errs) != 0 ||
	    key_load(root, profile_keys, &head, arena, errs) != 0)
		return NULL;
	return fill(p, &head, arena, errs) == 0 ? p : NULL;
}

/* The points that were not read with the others. */
static bool
same_derived(const struct profile *a, const struct profile *b)
{
	if (a->npoints != b->npoints)
		return false;
	for (size_t i = 0; i < a->npoints; i++) {
		const struct point *p = &a->points[i], *q = &b->points[i];

		if (p->derived != q->derived || (p->derived &&
		    (strcmp(p->name, q->name) != 0 || p->unit != q->unit ||
		    p->decimals != q->decimals || strcmp(p->zh, q->zh) != 0 ||
		    strcmp(p->en, q->en) != 0)))
			return false;
	}
	return true;
}

bool
profile_same(const struct profile *a, const struct profile *b)
{
	if (a == b)
		return true;
	if (a->nfiles != b->nfiles)
		return false;
	for (size_t i = 0; i < a->nfiles; i++)
		if (a->files[i]->len != b->files[i]->len ||
		    memcmp(a->files[i]->text, b->files[i]->text, a->files[i]->len) != 0)
			return false;
	return same_derived(a, b);
}

const struct point *
profile_point(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->npoints; i++)
		if (strcmp(p->points[i].name, name) == 0)
			return &p->points[i];
	return NULL;
}

const char *
profile_near(const struct profile *p, const char *word)
{
	struct near near = near_to(word);

	for (size_t i = 0; i < p->npoints; i++)
		near_try(&near, p->points[i].name);
	return near.best;
}

const char *
profile_family_name(int family)
{
	return families[family];
}

uint16_t
profile_most(const struct profile *p, uint8_t function)
{
	if (function_is_item(function))
		return METERS_BYTES_MAX;
	return function_is_bits(function) ? (uint16_t)(16 * p->max_registers) : p->max_registers;
}

bool
profile_never(const struct profile *p, uint32_t first, uint32_t end)
{
	for (size_t i = 0; i < p->nnever; i++)
		if (p->never[i] >= first && p->never[i] < end)
			return true;
	return false;
}
