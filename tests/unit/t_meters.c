#include <string.h>

#include "../../protocols/meters.h"
#include "../../protocols/proto.h"
#include "../check.h"

/* Addresses as they are written and sent, and what is none. */
static const struct {
	const char *proto, *text, *hex;		/* NULL: no address */
} addresses[] = {
	{ "dlt645", "202112345678", "785634122120" },
	{ "dlt645", "12345", "452301000000" },
	{ "dlt645", "AAAAAAAAAAAA", "aaaaaaaaaaaa" },
	{ "dlt645", "aaaaaaaaaa34", "34aaaaaaaaaa" },
	{ "dlt645", "999999999999", NULL },	/* a broadcast is answered by nobody */
	{ "dlt645", "AAAAAAAAA234", NULL },	/* half a byte */
	{ "dlt645", "12AAAAAAAAAA", NULL },
	{ "dlt645", "AAAA", NULL },
	{ "dlt645", "2021123456789", NULL },
	{ "dlt645", "", NULL },
	{ "dlt645", "20211234567B", NULL },
	{ "cjt188", "10:00001234567890", "1090785634120000" },
	{ "cjt188", "30:1", "3001000000000000" },
	{ "cjt188", "2a:AAAAAAAAAAAAAA", "2aaaaaaaaaaaaaaa" },
	{ "cjt188", "00001234567890", NULL },	/* without the kind of meter */
	{ "cjt188", "1g:1", NULL },
	{ "cjt188", "10:", NULL },
	{ "cjt188", "10:123456789012345", NULL },
};

static void
test_addresses(void)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const struct proto *proto = proto_find(addresses[i].proto);
		const char *why = "";
		uint8_t out[ADDRESS_MAX];
		char hex[2 * ADDRESS_MAX + 1] = "";

		CHECK(proto != NULL);
		if (addresses[i].hex == NULL) {
			CHECK(proto->address(addresses[i].text, out, &why) == -1);
			CHECK(strlen(why) > 20);
			continue;
		}
		CHECK(proto->address(addresses[i].text, out, &why) == 0);
		for (size_t k = 0; k < strlen(addresses[i].hex) / 2; k++)
			snprintf(hex + 2 * k, 3, "%02x", out[k]);
		CHECK(strcmp(hex, addresses[i].hex) == 0);
		for (size_t k = strlen(addresses[i].hex) / 2; k < ADDRESS_MAX; k++)
			CHECK(out[k] == 0);
	}
}

/* What is written comes back as text. */
static void
test_text(void)
{
	static const char *const texts[][2] = {
		{ "dlt645", "202112345678" }, { "dlt645", "000000000007" },
		{ "cjt188", "10:00001234567890" }, { "cjt188", "30:99999999999999" },
	};
	uint8_t out[ADDRESS_MAX];
	char text[METERS_TEXT];
	const char *why;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct proto *proto = proto_find(texts[i][0]);

		CHECK(proto->address(texts[i][1], out, &why) == 0);
		CHECK(strcmp(meters_address_text(proto, out, 8, text), texts[i][1]) == 0);
		CHECK(strcmp(meters_address_text(proto, out, 5, text), "") == 0);
	}
	CHECK(strcmp(meters_address_text(proto_find("modbus-rtu"), out, 8, text), "") == 0);
}

static void
test_valid(void)
{
	static const uint8_t payload[METERS_WRITE_MAX + 1];
	const struct { const struct proto *proto; struct ask ask; bool valid; } rows[] = {
		{ &dlt645, { .function = METERS_READ, .number = 0x10000, .count = 4 }, true },
		{ &dlt645, { .function = METERS_READ, .count = METERS_BYTES_MAX }, true },
		{ &dlt645, { .function = METERS_READ, .count = METERS_BYTES_MAX + 1 }, false },
		{ &dlt645, { .function = METERS_FOLLOW }, false },
		{ &dlt645, { .function = METERS_ADDRESS }, true },
		{ &dlt645, { .function = METERS_ADDRESS, .number = 1 }, false },
		{ &dlt645, { .function = 3, .count = 1 }, false },
		{ &dlt645, { .function = METERS_WRITE }, false },
		{ &cjt188, { .function = METERS_READ, .number = 0x901f, .count = 19 }, true },
		{ &cjt188, { .function = METERS_READ, .number = 0x10000 }, false },
		{ &cjt188, { .function = METERS_ADDRESS, .number = 0x0a81 }, true },
		{ &cjt188, { .function = METERS_WRITE, .number = 0xa017, .payload = payload,
		    .payload_len = 1 }, true },
		{ &cjt188, { .function = METERS_WRITE, .number = 0xa017, .payload = payload,
		    .payload_len = METERS_WRITE_MAX + 1 }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(rows[i].proto->valid(&rows[i].ask) == rows[i].valid);
}

/* The error word is a set of bits. */
static void
test_exceptions(void)
{
	CHECK(strcmp(dlt645.exception(0x02), "no such data") == 0);
	CHECK(strcmp(dlt645.exception(0x04), "wrong password or no right to it") == 0);
	CHECK(strcmp(dlt645.exception(0x06), "no such data") == 0);
	CHECK(strcmp(dlt645.exception(0x80), "unknown error") == 0);
	CHECK(strcmp(dlt645.exception(0), "unknown error") == 0);
	CHECK(strcmp(cjt188.exception(0x03), "the meter refuses") == 0);
}

int
main(void)
{
	test_addresses();
	test_text();
	test_valid();
	test_exceptions();
	printf("ok meters: addresses, questions, error words\n");
	return 0;
}
