/* ci: 1000000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/identity.h"
#include "../../protocols/pdu.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read as a question is put again as the same bytes, but for the spare
 * bits of coils. */
static void
questions(const uint8_t *pdu, size_t n)
{
	uint8_t again[PDU_MAX + 1];
	struct buf b = { .at = again, .cap = sizeof(again) };
	size_t len = pdu_asked_length(pdu, n);
	struct ask ask;

	assert(len == SIZE_MAX || len <= PDU_MAX);
	if (!pdu_asked(pdu, n, &ask))
		return;
	assert(pdu_valid(&ask) && len == n);
	pdu_put(&b, &ask);
	assert(!b.bad && b.len == n);
	assert(memcmp(again, pdu, n - 1) == 0 && (ask.function == 15 || again[n - 1] == pdu[n - 1]));
}

/* A length, once known, stays known, and no later byte changes it. */
static void
lengths(const uint8_t *pdu, size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i <= n; i++) {
		size_t len = pdu_length(pdu, i);

		assert(known == 0 || len == known);
		assert(len == SIZE_MAX || len <= PDU_MAX);
		known = len;
	}
}

static void
identities(const uint8_t *data, size_t len)
{
	struct identity id;
	uint8_t number;
	size_t n;

	for (size_t i = 0; i < 256; i++) {
		const uint8_t *text = identity_object(data, len, i, &number, &n);

		assert(text == NULL || (text >= data && text + n <= data + len));
	}
	if (identity_read(data, len, &id) == 0)
		assert(id.level >= 1 && id.level <= 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > PDU_MAX)
		return 0;
	questions(data, n);
	lengths(data, n);
	identities(data, n);
	return 0;
}
