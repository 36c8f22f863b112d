#include <string.h>

#include "../../protocols/crc.h"
#include "../check.h"

static uint16_t
of(const char *text)
{
	return crc16_modbus((const uint8_t *)text, strlen(text));
}

/* The check value of the catalogue of parametrised CRC algorithms, and the
 * example of MODBUS over Serial Line V1.02, appendix B. */
static void
known_values(void)
{
	CHECK(of("123456789") == 0x4b37);
	CHECK(of("\x02\x07") == 0x1241);
	CHECK(of("") == 0xffff);
}

/* Bit by bit as the standard tells it. */
static uint16_t
slow(const uint8_t *p, size_t n)
{
	unsigned crc = 0xffff;

	while (n-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

static void
as_bit_by_bit(void)
{
	uint8_t bytes[256];
	uint32_t seed = 1;

	for (size_t n = 0; n <= sizeof(bytes); n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
		CHECK(crc16_modbus(bytes, n) == slow(bytes, n));
	}
	for (unsigned byte = 0; byte < 256; byte++) {
		bytes[0] = (uint8_t)byte;
		CHECK(crc16_modbus(bytes, 1) == slow(bytes, 1));
	}
}

/* A frame with its own CRC behind it, low byte first, leaves nothing. */
static void
nothing_remains(void)
{
	static const uint8_t frame[] = { 0x01, 0x03, 0x26, 0x00, 0x00, 0x04, 0x4f, 0x41 };

	CHECK(crc16_modbus(frame, sizeof(frame)) == 0);
}

int
main(void)
{
	RUN(known_values);
	RUN(as_bit_by_bit);
	RUN(nothing_remains);
	return 0;
}
