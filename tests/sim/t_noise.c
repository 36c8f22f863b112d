#include <string.h>

#include "../check.h"
#include "wire.h"

#define MS	INT64_C(1000)
#define ASKED	200000

/* One frame in fifty damaged, and stray bytes before or behind frames: of the
 * frames that came sound, 99.9 % must be heard.  None may be misbooked. */
static const struct {
	const char *name;
	struct wire_rates rates;
} lines[] = {
	{ "1 frame in 50 damaged", { .garbled = 20 } },
	{ "and in two pieces", { .garbled = 20, .split = 300 } },
	{ "and stray bytes at every third", { .garbled = 20, .split = 300, .stray = 333 } },
	{ "and stray bytes at every one", { .garbled = 20, .split = 300, .stray = 1000 } },
	{ "and every tenth said twice",
	  { .garbled = 20, .split = 300, .stray = 1000, .twice = 100 } },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct wire_world w = {
			.proto = proto_find("modbus-rtu"), .rates = lines[i].rates,
			.line = { .silence = 4 * MS, .guard = 10 * MS,
			    .timeout_min = 200 * MS, .timeout_max = 2000 * MS,
			    .max_late = 3000 * MS },
			.wanted = ASKED, .seed = 50 + i,
		};
		struct wire_result r;

		wire_run(&w, &r);
		CHECK(r.misbooked == 0 && r.unseen == 0 && r.unanswered == 0);
		CHECK(r.sound > ASKED * 97 / 100 && r.sound < ASKED * 99 / 100);
		CHECK(r.unheard * 1000 <= r.sound);
		printf("ok %s: %.4f %% of %llu sound frames recovered\n", lines[i].name,
		    100 - 100 * (double)r.unheard / (double)r.sound,
		    (unsigned long long)r.sound);
	}
	return 0;
}
