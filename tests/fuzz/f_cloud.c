/* ci: 50000 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../protocols/cloud.h"
#include "../../protocols/senml.h"

/* Whatever is posted is refused in words, or becomes packs that read as SenML. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_kind(enum cloud_kind kind, const char *body, size_t n)
{
	static uint8_t room[CLOUD_ARENA] __attribute__((aligned(16)));
	static uint8_t more[1 << 20] __attribute__((aligned(16)));
	struct arena arena = { .at = room, .cap = sizeof(room) };
	struct cloud c;

	if (cloud_read(kind, body, n, &c, &arena) < 0) {
		assert(c.why != NULL && c.n == 0);
		return;
	}
	for (size_t i = 0; i < c.n; i++) {
		struct arena of = { .at = more, .cap = sizeof(more) };
		struct senml pack;

		assert(c.at[i].len <= CLOUD_PACK);
		if (c.at[i].values > 0 &&
		    senml_json(&pack, c.at[i].pack, c.at[i].len, 0, &of) < 0)
			assert(strstr(pack.why, "vd") != NULL || strstr(pack.why, "time") != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t room[1 << 16] __attribute__((aligned(16)));
	struct arena arena = { .at = room, .cap = sizeof(room) };
	struct cloud_seal seal;

	if (n > 16000)
		return 0;
	if (cloud_seal((const char *)data, n, &seal, &arena))
		assert(seal.nmsg <= n && seal.nnonce <= n && seal.nsignature <= n);
	try_kind(CLOUD_CTWING, (const char *)data, n);
	try_kind(CLOUD_ONENET, (const char *)data, n);
	return 0;
}
