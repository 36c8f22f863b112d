/* ci: 1000000 */
/* with: tests/fuzz/session.c tests/sim/wire.c tests/sim/answer.c */
#include "session.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	session_fuzz(proto_find("modbus-tcp"), data, n);
	return 0;
}
