#include <float.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "../../protocols/json.h"
#include "../../protocols/number.h"
#include "../check.h"

static uint64_t seed = 1;

static uint64_t
random_bits(void)
{
	seed += 0x9e3779b97f4a7c15U;
	uint64_t z = seed;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

static json_t *
parsed(const struct buf *b)
{
	json_error_t error;
	json_t *j = json_loadb((const char *)b->at, b->len,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (j == NULL)
		fprintf(stderr, "%s in: %.*s\n", error.text, (int)b->len, (const char *)b->at);
	CHECK(j != NULL);
	return j;
}

static void
a_whole_document(void)
{
	static const char want[] = "{\"a\":[],\"b\":{},\"c\":[1,-2,{\"d\":null},[true,false]],"
	    "\"e\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f油烟\",\"f\":7.3,\"g\":null}";
	uint8_t room[400];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct json j;

	json_begin(&j, &b);
	json_put_object(&j);
	json_key(&j, "a"), json_put_array(&j), json_close(&j);
	json_key(&j, "b"), json_put_object(&j), json_close(&j);
	json_key(&j, "c"), json_put_array(&j);
	json_put_int(&j, 1), json_put_int(&j, -2);
	json_put_object(&j), json_key(&j, "d"), json_put_null(&j), json_close(&j);
	json_put_array(&j), json_put_bool(&j, true), json_put_bool(&j, false), json_close(&j);
	json_close(&j);
	json_key(&j, "e"), json_put_string(&j, "\"\\/\b\f\n\r\t\x01\x1f\x7f油烟");
	json_key(&j, "f"), json_put_real(&j, 7.3);
	json_key(&j, "g"), json_put_real(&j, (double)NAN);
	json_close(&j);
	CHECK(json_end(&j));
	CHECK(b.len == strlen(want) && memcmp(room, want, b.len) == 0);
	json_decref(parsed(&b));
}

/* What a string must come back as: U+FFFD for what is no UTF-8 and for NUL. */
static size_t
expected(const uint8_t *s, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n;) {
		json_t *whole = NULL;
		size_t k;

		/* jansson judges what is UTF-8, not our own code */
		for (k = 1; k <= 4 && i + k <= n && whole == NULL; k++)
			whole = json_stringn((const char *)s + i, k);
		if (whole == NULL || s[i] == 0) {
			memcpy(out + len, "\xef\xbf\xbd", 3);
			len += 3, i++;
		} else {
			memcpy(out + len, s + i, k - 1);
			len += k - 1, i += k - 1;
		}
		json_decref(whole);
	}
	return len;
}

static void
string_comes_back(const uint8_t *s, size_t n)
{
	static uint8_t room[2000];
	char want[1000];
	struct buf b = { .at = room, .cap = sizeof(room) };
	size_t len = expected(s, n, want);
	struct json j;
	json_t *got;

	json_begin(&j, &b);
	json_put_array(&j);
	json_put_text(&j, (const char *)s, n);
	json_close(&j);
	CHECK(json_end(&j));
	got = parsed(&b);
	CHECK(json_string_length(json_array_get(got, 0)) == len);
	CHECK(memcmp(json_string_value(json_array_get(got, 0)), want, len) == 0);
	json_decref(got);
}

static void
every_byte_in_every_place(void)
{
	static const char around[] = "a油z";
	uint8_t s[sizeof(around)];

	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at <= strlen(around); at++) {
			memcpy(s, around, at);
			s[at] = (uint8_t)c;
			memcpy(s + at + 1, around + at, strlen(around) - at);
			string_comes_back(s, sizeof(s));
		}
	/* one odd byte in each place of a text of each length */
	for (unsigned c = 0; c < 256; c++)
		for (size_t n = 1; n <= 26; n++)
			for (size_t at = 0; at < n; at++) {
				uint8_t row[26];

				memset(row, 'a', n);
				row[at] = (uint8_t)c;
				string_comes_back(row, n);
			}
	for (unsigned pair = 0; pair < 65536; pair++)
		string_comes_back((uint8_t[]){ (uint8_t)(pair >> 8), (uint8_t)pair }, 2);
}

static void
any_bytes(void)
{
	static const char *const pieces[] = { "\xe6\xb2\xb9", "\xf0\x9f\x94\xa5", "\xed\xa0\x80",
	    "\xc0\x80", "\xf4\x90\x80\x80", "\xe6\xb2", "\"", "\\", "\n" };

	for (int round = 0; round < 20000; round++) {
		uint8_t s[64];
		size_t n = random_bits() % 60;

		for (size_t i = 0; i < n; i++)
			s[i] = (uint8_t)random_bits();
		for (size_t i = random_bits() % 8; i < n; i += 1 + random_bits() % 8) {
			const char *piece = pieces[random_bits() % 9];
			size_t len = strlen(piece) < n - i ? strlen(piece) : n - i;

			memcpy(s + i, piece, len);
		}
		string_comes_back(s, n);
	}
}

static void
real_comes_back(double d)
{
	char text[NUMBER_TEXT];
	uint8_t room[100];
	struct buf b = { .at = room, .cap = sizeof(room) };
	struct json j;
	json_t *got;

	json_begin(&j, &b);
	json_put_real(&j, d);
	CHECK(json_end(&j));
	got = parsed(&b);
	if (!isfinite(d))
		CHECK(json_is_null(got));
	else
		CHECK(json_number_value(got) == d);
	json_decref(got);
	if (isfinite(d))
		CHECK(number_real(d, text) == strlen(text) && strtod(text, NULL) == d);
}

static void
real32_comes_back(float f)
{
	char text[NUMBER_TEXT];

	CHECK(number_real32(f, text) == strlen(text));
	CHECK(strtof(text, NULL) == f);
	CHECK((float)strtod(text, NULL) == f);
}

static void
numbers_come_back_the_same(void)
{
	static const double odd[] = { 0, -0.0, 0.1, 1.0 / 3, 1e15, 1e15 - 0.25, 999999999999999.0,
	    9007199254740993.0, 1e22, 1e-7, 5e-324, DBL_MAX, -DBL_MAX, DBL_MIN, 0.07, -12.5,
	    2.5e-9, 123456789.125 };

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		real_comes_back(odd[i]), real_comes_back(-odd[i]);
	real_comes_back((double)NAN), real_comes_back((double)INFINITY);
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = random_bits();
		uint32_t half = (uint32_t)bits;
		double d;
		float f;

		memcpy(&d, &bits, sizeof(d));
		real_comes_back(d);
		real_comes_back((double)(int32_t)half / 1000);
		real_comes_back((double)(int64_t)(bits >> 12) / 1e6);
		memcpy(&f, &half, sizeof(f));
		if (isfinite(f))
			real32_comes_back(f);
		real32_comes_back((float)((double)(half >> 4) / 1000));
		real32_comes_back((float)half / 4096);
	}
}

static void
numbers_are_short(void)
{
	static const struct { double d; const char *text; } rows[] = {
		{ 7.3, "7.3" }, { -0.07, "-0.07" }, { -0.0, "0" }, { 100, "100" },
		{ 0.000001, "0.000001" }, { 123456.789, "123456.789" }, { 1e22, "1e+22" },
		{ 0.30000000000000004, "0.30000000000000004" },
	};
	char text[NUMBER_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		number_real(rows[i].d, text);
		CHECK(strcmp(text, rows[i].text) == 0);
	}
	number_real32(10.07f, text);
	CHECK(strcmp(text, "10.07") == 0);
	number_real32(16777216.0f, text);
	CHECK(strcmp(text, "16777216") == 0);
	number_int(INT64_MIN, text);
	CHECK(strcmp(text, "-9223372036854775808") == 0);
	number_uint(UINT64_MAX, text);
	CHECK(strcmp(text, "18446744073709551615") == 0);
	for (uint64_t ten = 1, i = 0; i < 20; i++, ten *= 10)
		for (int64_t by = -1; by <= 1; by++) {
			char same[NUMBER_TEXT];

			snprintf(same, sizeof(same), "%llu",
			    (unsigned long long)(ten + (uint64_t)by));
			CHECK(number_uint(ten + (uint64_t)by, text) == strlen(same));
			CHECK(strcmp(text, same) == 0);
		}
}

/* A random document; the same seed writes the same one. */
static void
any_value(struct json *j, int depth)
{
	char key[32];

	switch (random_bits() % (depth < 6 ? 9 : 7)) {
	case 0: json_put_null(j); return;
	case 1: json_put_bool(j, random_bits() & 1); return;
	case 2: json_put_int(j, (int64_t)random_bits()); return;
	case 3: json_put_uint(j, random_bits()); return;
	case 4: json_put_real(j, ldexp((double)random_bits(), -40)); return;
	case 5: json_put_real32(j, (float)(random_bits() % 1000) / 8); return;
	case 6: json_put_string(j, "a \"quoted\" \xff 油烟"); return;
	case 7: json_put_array(j); break;
	default: json_put_object(j);
		for (uint64_t n = random_bits() % 5; n > 0; n--) {
			snprintf(key, sizeof(key), "k%d", (int)n);
			json_key(j, key);
			any_value(j, depth + 1);
		}
		json_close(j);
		return;
	}
	for (uint64_t n = random_bits() % 5; n > 0; n--)
		any_value(j, depth + 1);
	json_close(j);
}

/* Whatever the room, the buffer holds only whole documents. */
static void
overflow_leaves_nothing_half(void)
{
	static uint8_t whole[20000], room[20000];

	for (uint64_t round = 1; round <= 300; round++) {
		struct buf b = { .at = whole, .cap = sizeof(whole) };
		struct json j;

		seed = round;
		json_begin(&j, &b);
		any_value(&j, 0);
		CHECK(json_end(&j));
		json_decref(parsed(&b));
		for (size_t cap = 0; cap <= b.len; cap += 1 + b.len / 200) {
			struct buf small = { .at = room, .cap = 2 + cap, .len = 2 };

			memcpy(room, "1\n", 2);
			seed = round;
			json_begin(&j, &small);
			any_value(&j, 0);
			CHECK(json_end(&j) == (cap >= b.len));
			CHECK(small.len == 2 + (cap >= b.len ? b.len : 0) && !small.bad);
			CHECK(memcmp(room, "1\n", 2) == 0);
		}
	}
}

static void
no_integer_is_lost(void)
{
	static const uint64_t rows[] = { 0, 9, 10, 1U << 31, INT64_MAX, (uint64_t)INT64_MAX + 1,
	    UINT64_MAX };
	uint8_t room[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = { .at = room, .cap = sizeof(room) };
		struct json j;
		json_t *got;

		json_begin(&j, &b);
		json_put_array(&j);
		json_put_uint(&j, rows[i]);
		json_put_int(&j, -(int64_t)(rows[i] >> 1) - 1);
		json_close(&j);
		CHECK(json_end(&j));
		got = parsed(&b);
		if (rows[i] <= INT64_MAX)
			CHECK((uint64_t)json_integer_value(json_array_get(got, 0)) == rows[i]);
		else
			CHECK(strtoull(json_string_value(json_array_get(got, 0)), NULL, 10) == rows[i]);
		CHECK(json_integer_value(json_array_get(got, 1)) == -(int64_t)(rows[i] >> 1) - 1);
		json_decref(got);
	}
}

int
main(void)
{
	RUN(a_whole_document);
	RUN(every_byte_in_every_place);
	RUN(any_bytes);
	RUN(numbers_come_back_the_same);
	RUN(numbers_are_short);
	RUN(no_integer_is_lost);
	RUN(overflow_leaves_nothing_half);
	return 0;
}
