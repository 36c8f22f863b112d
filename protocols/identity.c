#include "identity.h"

#define LEVEL_MAX	3
#define SINGLE		0x80	/* added to the level */
#define MORE		0xff

const uint8_t *
identity_object(const uint8_t *data, size_t len, size_t i, uint8_t *number, size_t *n)
{
	size_t at = IDENTITY_OBJECTS;

	if (len < at || i >= data[at - 1])
		return NULL;
	for (; at + 2 <= len && at + 2 + data[at + 1] <= len; at += 2 + (size_t)data[at + 1]) {
		if (i-- > 0)
			continue;
		*number = data[at];
		*n = data[at + 1];
		return data + at + 2;
	}
	return NULL;
}

int
identity_read(const uint8_t *data, size_t len, struct identity *id)
{
	uint8_t number;
	size_t n;

	if (len < IDENTITY_OBJECTS || (data[1] != 0 && data[1] != MORE))
		return -1;
	*id = (struct identity){
		.level = data[0] & (SINGLE - 1), .single = data[0] & SINGLE,
		.more = data[1] == MORE, .next = data[2], .n = data[3],
	};
	if (id->level < 1 || id->level > LEVEL_MAX || (id->more && id->n == 0))
		return -1;
	for (size_t i = 0; i < id->n; i++) {
		if (identity_object(data, len, i, &number, &n) == NULL)
			return -1;
		if (id->more && id->next <= number)
			return -1;
	}
	return 0;
}

const char *
identity_name(uint8_t number)
{
	static const char *const names[] = {	/* V1.1b3, 6.21 */
		"VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl",
		"ProductName", "ModelName", "UserApplicationName",
	};

	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}
