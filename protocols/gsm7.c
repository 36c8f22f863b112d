#include <string.h>

#include "../conf/utf8.h"
#include "gsm7.h"

#define ESCAPE		0x1b
#define REPLACEMENT	0xfffd

static const uint16_t basic[128] = {
	'@', 0xa3, '$', 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, '\n', 0xd8, 0xf8, '\r',
	0xc5, 0xe5,
	0x394, '_', 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, ESCAPE,
	0xc6, 0xe6, 0xdf, 0xc9,
	' ', '!', '"', '#', 0xa4, '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	0xa1, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
	'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 0xc4, 0xd6, 0xd1, 0xdc, 0xa7,
	0xbf, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
};

static const struct {
	uint8_t		septet;
	uint16_t	character;
} extension[] = {
	{ 0x0a, '\f' }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2f, '\\' },
	{ 0x3c, '[' }, { 0x3d, '~' }, { 0x3e, ']' }, { 0x40, '|' }, { 0x65, 0x20ac },
};

#define EXTENSIONS	(sizeof(extension) / sizeof(extension[0]))

size_t
gsm7_take(const char *s, size_t n, uint8_t septets[2], size_t *len)
{
	uint32_t c = utf8_character(s, n, len);

	if (*len == 0 || c == ESCAPE)
		return 0;
	for (uint8_t i = 0; i < 128; i++)
		if (basic[i] == c) {
			septets[0] = i;
			return 1;
		}
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (extension[i].character == c) {
			septets[0] = ESCAPE;
			septets[1] = extension[i].septet;
			return 2;
		}
	return 0;
}

size_t
gsm7_pack(const uint8_t *septets, size_t n, unsigned fill, uint8_t *to)
{
	for (size_t i = 0; i < n; i++) {
		size_t bit = fill + 7 * i;
		unsigned wide = (unsigned)(septets[i] & 0x7f) << bit % 8;

		to[bit / 8] |= (uint8_t)wide;
		if (bit % 8 > 1)
			to[bit / 8 + 1] |= (uint8_t)(wide >> 8);
	}
	return (fill + 7 * n + 7) / 8;
}

/* The i-th septet behind fill bits; the caller knows that it is there. */
static uint8_t
septet_at(const uint8_t *from, unsigned fill, size_t i)
{
	size_t bit = fill + 7 * i;
	unsigned wide = from[bit / 8];

	if (bit % 8 > 1)
		wide |= (unsigned)from[bit / 8 + 1] << 8;
	return (uint8_t)(wide >> bit % 8 & 0x7f);
}

static uint32_t
extended(uint8_t septet)
{
	for (size_t i = 0; i < EXTENSIONS; i++)
		if (extension[i].septet == septet)
			return extension[i].character;
	return REPLACEMENT;
}

size_t
gsm7_text(const uint8_t *from, unsigned fill, size_t n, char *to, size_t cap)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t septet = septet_at(from, fill, i);
		uint32_t c = basic[septet];
		char utf8[4];
		size_t len;

		if (septet == ESCAPE)
			c = ++i < n ? extended(septet_at(from, fill, i)) : REPLACEMENT;
		len = utf8_write(c, utf8);
		if (used + len + 1 > cap)
			break;
		memcpy(to + used, utf8, len);
		used += len;
	}
	if (cap > 0)
		to[used] = '\0';
	return used;
}
