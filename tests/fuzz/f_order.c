#include <assert.h>
#include <string.h>

#include "../../protocols/order.h"

/* Whatever comes down is refused in words or becomes one line of words that has
 * no more of them than its verb takes. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct order order;
	char why[120];
	size_t spaces = 0;

	if (order_parse(data, n, &order, why, sizeof(why)) != 0) {
		assert(why[0] != '\0' && strlen(why) < sizeof(why));
		return 0;
	}
	for (const char *c = order.words; *c != '\0'; c++) {
		assert(*c != '\n' && *c != '\t' && *c != '\r');
		spaces += *c == ' ';
	}
	assert(spaces == (strncmp(order.words, "mark ", 5) == 0 ? 3 : 2));
	assert(strlen(order.id) < sizeof(order.id) && strlen(order.who) < sizeof(order.who));
	assert(order.expires >= 0);
	return 0;
}
