#include "coap_recent.h"

bool
coap_recent(struct coap_recent all[COAP_RECENT], uint64_t key, int64_t now,
    struct coap_recent **one)
{
	struct coap_recent *four = &all[(key ^ key >> 31) & (COAP_RECENT - 4)], *oldest = four;

	for (int i = 0; i < 4; i++) {
		if (four[i].key == key && four[i].until > now) {
			*one = &four[i];
			return true;
		}
		if (four[i].until < oldest->until)
			oldest = &four[i];
	}
	*oldest = (struct coap_recent){ .key = key, .until = now + COAP_LIFETIME };
	*one = oldest;
	return false;
}
