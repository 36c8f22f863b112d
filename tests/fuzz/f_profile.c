#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/device.h"

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
	static const struct reading base;
	size_t got = device_decode(d, block, bytes, n, &base, out, 1000);
	char text[64];

	assert(got > 0);
	for (size_t i = 0; i < got; i++) {
		check(&out[i]);
		value_text(&out[i].value, d->profile->points[0].decimals, text, sizeof(text));
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
	for (size_t i = 0; i < d.nblocks; i++) {
		device_ask(&d, i, &ask);
		assert(ask.count >= 1 && ask.count <= profile->max_registers);
		assert(!profile_never(profile, ask.number, ask.number + ask.count));
		answer(&d, i, bytes, n);
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
	struct arena arena = { memory, 0, sizeof(memory) };
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
