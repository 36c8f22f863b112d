#include <stdbool.h>

#include "raw.h"

/* What makers call the raw types. */
static const struct {
	const char *said, *raw;
} types[] = {
	{ "uint16", "u16" }, { "unsigned short", "u16" }, { "word", "u16" }, { "ushort", "u16" },
	{ "无符号整型", "u16" }, { "无符号16位", "u16" },
	{ "int16", "s16" }, { "short", "s16" }, { "有符号整型", "s16" }, { "有符号16位", "s16" },
	{ "uint32", "u32" }, { "dword", "u32" }, { "无符号长整型", "u32" }, { "无符号32位", "u32" },
	{ "int32", "s32" }, { "long", "s32" }, { "有符号长整型", "s32" }, { "有符号32位", "s32" },
	{ "uint64", "u64" }, { "int64", "s64" },
	{ "float", "f32" }, { "float32", "f32" }, { "real", "f32" }, { "浮点", "f32" },
	{ "浮点型", "f32" }, { "单精度浮点", "f32" },
	{ "double", "f64" }, { "float64", "f64" }, { "双精度浮点", "f64" },
	{ "bool", "bit" }, { "bcd", "bcd4" },
};

/* Is it the word, in letters of either size? */
static bool
is_word(const char *said, const char *word)
{
	for (; *word != '\0'; said++, word++)
		if ((*said >= 'A' && *said <= 'Z' ? *said - 'A' + 'a' : *said) != *word)
			return false;
	return *said == '\0';
}

const char *
raw_called(const char *said)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (is_word(said, types[i].said))
			return types[i].raw;
	return NULL;
}
