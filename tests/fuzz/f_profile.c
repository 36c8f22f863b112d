#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/device.h"
#include "../../devices/write.h"

/* A text up to its first NUL is read as a profile; what follows the NUL is an
 * answer to each of its questions. */

#define ROOM	(1 << 20)

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses its buffer when a text ends inside a string. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	(void)text;
	(void)why;
	memset(out, 0, ADDRESS_MAX);
	return 0;
}

static const struct proto proto = { .name = "fuzz", .address = address };

/* A reading is either good enough to reckon with or says why it is not. */
static void
check(const struct reading *r)
{
	double number;

	if (quality_severity(r->quality) == SEVERITY_BAD)
		assert(r->value.kind == VALUE_NONE || r->quality.code == Q_OUT_OF_RANGE);
	else if (r->value.kind != VALUE_TEXT)
		assert(value_number(&r->value, &number) && number - number == 0);
}

static void
answer(const struct device *d, size_t block, const uint8_t *bytes, size_t n)
{
	static struct reading out[1000];
	static int64_t mono;
	const struct reading base = { .mono = mono += 1000000 };
	const struct reading bad = { .mono = mono, .quality = { .code = Q_COMM_FAILURE } };
	size_t got = device_decode(d, block, bytes, n, &base, out, 1000);
	char text[64];

	assert(got > 0 || d->profile->nstatuses > 0);
	for (size_t i = 0; i < got; i++) {
		check(&out[i]);
		value_text(&out[i].value, d->profile->points[0].decimals, text, sizeof(text));
	}
	assert(device_bad(d, block, &bad, out, 1000) == got);
}

/* What may be written says the same when it is read back. */
static void
order(const struct device *d, const struct point *p, double figure)
{
	uint8_t payload[RAW_BYTES_MAX], wire[POINT_BYTES_MAX] = { 0 };
	struct ask ask;
	char why[200];

	if (write_check(p, figure, why, sizeof(why)) != 0)
		return;
	write_ask(d, p, figure, payload, &ask);
	assert(ask.payload_len >= 1 && ask.payload_len <= RAW_BYTES_MAX);
	assert(point_encode(p, figure, wire) == 0 && write_proven(p, figure, wire));
}

static void
command(const struct device *d)
{
	struct ask ask;

	for (size_t i = 0; step_ask(&d->profile->start, i, d->address, &ask); i++)
		assert(ask.payload_len <= 246 && (ask.payload != NULL) == (ask.payload_len > 0));
	for (size_t i = 0; i < d->profile->npoints; i++) {
		const struct point *p = &d->profile->points[i];

		order(d, p, p->write.min);
		order(d, p, p->write.max);
		order(d, p, p->write.min + p->write.step);
	}
}

static void
converse(const struct profile *profile, struct arena *arena, struct errs *errs,
    const uint8_t *bytes, size_t n)
{
	struct device d = { .conf = { .name = "d", .unit = "", .phase_text = "",
	    .period = 1, .enabled = true } };
	struct ask ask;

	if (device_bind(&d, profile, &proto, arena, errs) != 0)
		return;
	assert(d.nblocks > 0);
	command(&d);
	for (size_t i = 0; i < d.nblocks; i++) {
		device_ask(&d, i, &ask);
		assert(ask.count >= 1 && ask.count <= profile_most(profile, ask.function));
		assert(!profile_never(profile, ask.number, ask.number + ask.count));
		answer(&d, i, bytes, n);
		answer(&d, i, bytes, n / 2);
		device_split(&d, i);
		assert(d.nblocks <= d.max_blocks);
		answer(&d, i, bytes, n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned char memory[ROOM] __attribute__((aligned(16)));
	static struct err room[ERRS_MAX];
	struct arena arena = { .at = memory, .cap = sizeof(memory) };
	struct errs errs = { .at = room };
	size_t len = strnlen((const char *)data, n);
	char *text = malloc(len + 1);
	struct profile *profile = NULL;
	struct tree *tree;

	memcpy(text, data, len);
	text[len] = '\0';
	tree = tree_parse(text, "x.conf", &arena, &errs);
	if (tree != NULL)
		profile = profile_read(tree, &arena, &errs);
	assert(profile != NULL || errs.n > 0);
	tree_close(tree);
	if (errs.n == 0)
		converse(profile, &arena, &errs, data + len, n - len);
	free(text);
	return 0;
}
