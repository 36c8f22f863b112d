#include <string.h>

#include "../../protocols/order.h"
#include "../check.h"

static struct order order;
static char why[120];

static int
parse(const char *text)
{
	memset(why, '?', sizeof(why));
	return order_parse(text, strlen(text), &order, why, sizeof(why));
}

static void
each_command_becomes_words(void)
{
	static const struct { const char *json, *words; int spans; } good[] = {
		{ "{\"command\":\"write\",\"point\":\"site/two.set\",\"value\":21.5}",
		  "write site/two.set 21.5", 1 },
		{ "{\"value\":-3,\"point\":\"a.b\",\"command\":\"write\"}", "write a.b -3", 1 },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":true}", "write a.b on", 1 },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":\"wash\"}",
		  "write a.b wash", 1 },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":1e300}",
		  "write a.b 1e+300", 1 },
		{ "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d/e\"}", "ack r d/e", 0 },
		{ "{\"command\":\"reset\",\"rule\":\"r\",\"device\":\"d\"}", "reset r d", 0 },
		{ "{\"command\":\"mark\",\"device\":\"d\",\"mark\":\"calibration\",\"on\":false}",
		  "mark d calibration off", 0 },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(parse(good[i].json) == 0);
		CHECK(strcmp(order.words, good[i].words) == 0);
		CHECK(order.spans == good[i].spans && order.expires == 0);
		CHECK(order.id[0] == '\0' && order.who[0] == '\0');
	}
}

static void
what_goes_with_it_is_kept(void)
{
	CHECK(parse("{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\",\"id\":\"a17\","
	    "\"who\":\"ann b\",\"expires\":1795634999000}") == 0);
	CHECK(strcmp(order.id, "a17") == 0 && strcmp(order.who, "ann b") == 0);
	CHECK(order.expires == 1795634999000);
}

static void
nonsense_is_refused_in_words(void)
{
	static const struct { const char *json, *words; } bad[] = {
		{ "", "no JSON: it is empty" }, { "{", "no JSON" }, { "[]", "no object with a command" },
		{ "{}", "no object with a command" }, { "{\"command\":7}", "no object" },
		{ "{\"command\":\"ack\"} x", "no JSON" },
		{ "{\"command\":\"ack\",\"command\":\"ack\"}", "no JSON" },
		{ "{\"command\":\"launch\"}", "no such command: launch" },
		{ "{\"command\":\"write\",\"point\":\"a.b\"}", "value is missing" },
		{ "{\"command\":\"write\",\"point\":7,\"value\":1}", "point is no text" },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":null}", "value is no figure" },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":[1]}", "value is no figure" },
		{ "{\"command\":\"write\",\"point\":\"a b\",\"value\":1}", "has a space" },
		{ "{\"command\":\"write\",\"point\":\"\",\"value\":1}", "a word is empty" },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"value\":\"1 60s eve\"}",
		  "has a space" },
		{ "{\"command\":\"write\",\"point\":\"a.b\",\"valu\":1,\"value\":1}",
		  "write has no member \"valu\"" },
		{ "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\",\"value\":1}",
		  "ack has no member \"value\"" },
		{ "{\"command\":\"mark\",\"device\":\"d\",\"mark\":\"m\",\"on\":\"on\"}",
		  "on is neither true nor false" },
		{ "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\",\"expires\":\"soon\"}",
		  "expires is no moment" },
		{ "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\",\"expires\":0}",
		  "expires is no moment" },
		{ "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\",\"id\":7}", "id is no text" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(parse(bad[i].json) == -1);
		CHECK(strstr(why, bad[i].words) != NULL);
	}
}

static void
lengths_have_an_end(void)
{
	char json[1000], name[400];

	memset(name, 'x', sizeof(name));
	name[399] = '\0';
	snprintf(json, sizeof(json), "{\"command\":\"ack\",\"rule\":\"%s\",\"device\":\"d\"}", name);
	CHECK(parse(json) == -1 && strcmp(why, "too long") == 0);
	name[ORDER_ID - 1] = '\0';
	snprintf(json, sizeof(json), "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\","
	    "\"id\":\"%s\"}", name);
	CHECK(parse(json) == 0 && strcmp(order.id, name) == 0);
	name[ORDER_ID - 1] = 'x';
	name[ORDER_ID] = '\0';
	snprintf(json, sizeof(json), "{\"command\":\"ack\",\"rule\":\"r\",\"device\":\"d\","
	    "\"id\":\"%s\"}", name);
	CHECK(parse(json) == -1 && order.id[0] == '\0');
	/* what is refused for another reason keeps its id, for the answer */
	CHECK(parse("{\"command\":\"launch\",\"id\":\"a1\"}") == -1);
	CHECK(strcmp(order.id, "a1") == 0);
}

int
main(void)
{
	RUN(each_command_becomes_words);
	RUN(what_goes_with_it_is_kept);
	RUN(nonsense_is_refused_in_words);
	RUN(lengths_have_an_end);
	return 0;
}
