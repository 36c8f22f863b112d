#include <string.h>

#include "identity.h"
#include "pdu.h"

/* Length of a question or an answer: fixed, or counted by the byte at
 * count_at, or told by what walk finds. */
struct length {
	uint8_t		fixed;		/* bytes beside those counted */
	uint8_t		count_at;	/* 0: no count */
	size_t		(*walk)(const uint8_t *pdu, size_t n);
};

static size_t
objects(const uint8_t *pdu, size_t n)
{
	size_t at = IDENTITY_AT + IDENTITY_OBJECTS;

	if (n > 1 && pdu[1] != IDENTITY_MEI)
		return SIZE_MAX;
	if (n < at)
		return 0;
	for (unsigned left = pdu[at - 1]; left > 0; left--) {
		if (at + 2 > PDU_MAX)
			return SIZE_MAX;
		if (at + 2 > n)
			return 0;
		at += 2 + (size_t)pdu[at + 1];
	}
	return at > PDU_MAX ? SIZE_MAX : at;
}

/* By function code (V1.1b3, 6); empty where the bytes say nothing of their
 * length, or where no such function is. */
static const struct length answers[] = {
	[1] = { 2, 1 }, [2] = { 2, 1 }, [3] = { 2, 1 }, [4] = { 2, 1 },
	[5] = { 5 }, [6] = { 5 }, [7] = { 2 }, [8] = { 5 },
	[11] = { 5 }, [12] = { 2, 1 }, [15] = { 5 }, [16] = { 5 },
	[17] = { 2, 1 }, [20] = { 2, 1 }, [21] = { 2, 1 }, [22] = { 7 },
	[23] = { 2, 1 }, [43] = { .walk = objects },
};
static const struct length asked[] = {
	[1] = { 5 }, [2] = { 5 }, [3] = { 5 }, [4] = { 5 }, [5] = { 5 }, [6] = { 5 },
	[7] = { 1 }, [8] = { 5 }, [11] = { 1 }, [12] = { 1 }, [15] = { 6, 5 },
	[16] = { 6, 5 }, [17] = { 1 }, [20] = { 2, 1 }, [21] = { 2, 1 }, [22] = { 7 },
	[23] = { 10, 9 }, [24] = { 3 }, [43] = { 4 },
};

static size_t
length_by(const struct length *l, const uint8_t *pdu, size_t n)
{
	size_t len;

	if (l->walk != NULL)
		return l->walk(pdu, n);
	if (l->fixed == 0)
		return SIZE_MAX;
	if (l->count_at == 0)
		return l->fixed;
	if (n <= l->count_at)
		return 0;
	len = (size_t)l->fixed + pdu[l->count_at];
	return len > PDU_MAX ? SIZE_MAX : len;
}

/* 24 reads a queue, 43 is the encapsulated interface; no more are public. */
static bool
refusable(int function)
{
	return (function >= 1 && function <= 24) || function == 43;
}

size_t
pdu_length(const uint8_t *pdu, size_t n)
{
	if (n == 0)
		return 0;
	if (pdu[0] & PDU_REFUSED)
		return refusable(pdu[0] & ~PDU_REFUSED) ? 2 : SIZE_MAX;
	if (pdu[0] >= sizeof(answers) / sizeof(answers[0]))
		return SIZE_MAX;
	return length_by(&answers[pdu[0]], pdu, n);
}

size_t
pdu_asked_length(const uint8_t *pdu, size_t n)
{
	if (n == 0)
		return 0;
	if (pdu[0] >= sizeof(asked) / sizeof(asked[0]))
		return SIZE_MAX;
	return length_by(&asked[pdu[0]], pdu, n);
}
