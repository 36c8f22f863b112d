/* ci: 1000000 */
#include <assert.h>
#include <string.h>

#include "../../protocols/modbus_request.h"
#include "../../protocols/pdu.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
ours(const void *of, uint8_t unit)
{
	(void)of;
	return unit == 1 || unit == 17;
}

/* What is sound lies within its frame and within the bounds of the standard, and
 * is what the asking half of the codec would have put. */
static void
judge(const struct modbus_request *r, const uint8_t *pdu, size_t n)
{
	struct ask ask;

	if (r->exception != 0) {
		assert(r->count == 0 && r->write_count == 0 && r->exception <= EXCEPTION_VALUE);
		assert(r->exception == EXCEPTION_FUNCTION || !pdu_asked(pdu, n, &ask));
		return;
	}
	assert(pdu_asked(pdu, n, &ask));
	assert(r->count > 0 || r->write_count > 0);
	assert(r->count <= REQUEST_READ_MAX && r->first + (uint32_t)r->count <= 65536);
	assert(r->write_first + (uint32_t)r->write_count <= 65536);
	for (size_t i = 0; i < r->write_count; i++)
		assert(r->values >= pdu && request_value(r, i) <= 65535);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct modbus_request r;
	size_t len;

	if (n < 2 || n > 600)
		return 0;
	len = modbus_tcp_request(data, n, &r);
	if (len != 0 && len != SIZE_MAX) {
		assert(len <= n && len >= 8 && len <= REQUEST_FRAME_MAX);
		judge(&r, data + 7, len - 7);
	}
	for (int quiet = 0; quiet < 2; quiet++) {
		len = modbus_rtu_request(data, n, quiet, ours, NULL, &r);
		assert(len != 0 || !quiet);
		if (len != 0 && len != SIZE_MAX && r.function != 0)
			judge(&r, data + 1, len - 3);
	}
	if (n <= PDU_MAX) {
		modbus_request(data, n, 1, &r);
		judge(&r, data, n);
	}
	return 0;
}
