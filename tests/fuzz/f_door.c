/* ci: 200000 */
/* with: gateway/door_line.c */
#include <assert.h>
#include <string.h>

#include "../../gateway/door_line.h"

/* Whatever the door sends is refused, or reads as what is written the same way. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same_stream(const uint8_t *data)
{
	struct door_stream s, again;
	uint8_t head[DOOR_STREAM_HEAD];

	if (!door_get_stream(data, &s))
		return;
	door_put_stream(&s, head);
	assert(door_get_stream(head, &again));
	assert(strcmp(s.listener, again.listener) == 0 && strcmp(s.peer, again.peer) == 0 &&
	    strcmp(s.identity, again.identity) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t room[DOOR_PACKET_MAX];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct door_packet p;

	if (n >= DOOR_STREAM_HEAD)
		same_stream(data);
	if (!door_get(data, n, &p))
		return 0;
	assert(p.n <= DOOR_BYTES_MAX && strlen(p.identity) <= DOOR_ID_MAX);
	assert(p.code < DOOR_CODES && door_words(p.code)[0] != '\0');
	door_put(&b, &p);
	assert(!b.bad && b.len == n && memcmp(room, data, n) == 0);
	return 0;
}
