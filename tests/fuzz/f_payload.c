/* ci: 40000 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "../../protocols/payload.h"

/* Whatever comes in whatever format is refused in words, or becomes values that
 * have a key. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
look(const struct payload *p, const char *unit)
{
	static const char *const keys[] = { "/19/0/0#0:u8", "/19/0/0#1:i24", "/19/0/0#3:f64le",
	    "/3303/0/5700#0:f32", "a#1:u16.3", "a#sum" };
	struct payload_want want = { .unit = unit, .keys = keys, .nkeys = 6 };
	static struct push pushes[3000];
	size_t n = payload_pick(p, &want, pushes, 3000);

	for (size_t i = 0; i < n; i++) {
		assert(pushes[i].key != NULL && pushes[i].kind <= PUSH_BOOL);
		assert(pushes[i].kind != PUSH_TEXT || pushes[i].text != NULL);
		assert(pushes[i].kind != PUSH_NUMBER || isfinite(pushes[i].number));
		assert(pushes[i].time >= 0 && pushes[i].time <= 253402300800000);
	}
	assert(payload_pick(p, &want, pushes, 1) <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int formats[] = { 0, 42, 50, 60, 110, 112, 11542, 65535, 41 };
	static const char *const paths[] = { "/19/0/0", "/3303/0", "/", "/3303/0/5700", "a" };
	static unsigned char room[PAYLOAD_ARENA];
	struct arena arena = { .at = room, .cap = sizeof(room) };
	enum payload_verdict v;
	struct payload p;

	if (n < 2)
		return 0;
	v = payload_read(&p, formats[data[0] % 9], paths[data[1] % 5], data + 2, n - 2,
	    1764142800000, &arena);
	assert((v == PAYLOAD_READ) == (p.why[0] == '\0'));
	assert((v == PAYLOAD_UNREADABLE) == (formats[data[0] % 9] == 41));
	if (v == PAYLOAD_READ) {
		look(&p, "");
		look(&p, "a");
	}
	return 0;
}
