#include <string.h>

#include "pdu.h"

const char *
pdu_exception(uint8_t code)
{
	static const char *const names[] = {	/* V1.1b3, 7 */
		[1] = "illegal function",
		[2] = "illegal data address",
		[3] = "illegal data value",
		[4] = "server device failure",
		[5] = "acknowledge",
		[6] = "server device busy",
		[7] = "negative acknowledge",
		[8] = "memory parity error",
		[10] = "gateway path unavailable",
		[11] = "gateway target device failed to respond",
	};

	if (code >= sizeof(names) / sizeof(names[0]) || names[code] == NULL)
		return "unknown exception";
	return names[code];
}

int
pdu_address(const char *text, int least, int most, uint8_t out[ADDRESS_MAX])
{
	size_t n = strlen(text);
	int unit = 0;

	if (n == 0 || n > 3 || strspn(text, "0123456789") != n)
		return -1;
	for (size_t i = 0; i < n; i++)
		unit = unit * 10 + (text[i] - '0');
	if (unit < least || unit > most)
		return -1;
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)unit;
	return 0;
}
