#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/basis.h"
#include "../../gateway/uplink/mqtt_broker.h"
#include "../../gateway/uplink/mqtt_data.h"
#include "../../gateway/uplink/mqtt_text.h"
#include "../../gateway/uplink/mqtt_topic.h"
#include "../check.h"

#define ROWS	600
#define DEVICES	300
#define LATE	(101 + DEVICES)

/* Series 1..7 are of one device, and one more behind all others; those from 101
 * on of a device each. */
const struct series *
reader_series(struct reader *reader, uint32_t id)
{
	static char device[NAME_MAX_BYTES], point[NAME_MAX_BYTES];
	static struct series s;

	(void)reader;
	if (id == 0 || (id > 7 && id <= 100) || id > LATE)
		return NULL;
	snprintf(device, sizeof(device), id <= 7 || id == LATE ? "river/one" : "site/%u", id);
	snprintf(point, sizeof(point), "p%u", id);
	s = (struct series){ .id = id, .decimals = id % 2 == 0 ? 1 : -1, .device = device,
	    .point = point, .raw = "f32", .unit = id % 2 == 0 ? "mg/L" : "",
	    .basis = id % 4 == 2 ? BASIS_RATED : BASIS_NONE };
	return &s;
}

static struct mqtt_row rows[ROWS];
static struct mqtt_scan scans[ROWS];
static uint32_t order[ROWS];
static uint8_t out_room[1 << 16], text_room[4096];
static struct buf out = { .at = out_room, .cap = sizeof(out_room) };
static struct buf texts = { .at = text_room, .cap = sizeof(text_room) };
static size_t nrows;

static void
clear(void)
{
	nrows = 0;
	out.len = texts.len = 0;
	out.cap = sizeof(out_room);
}

static void
add(uint32_t series, uint64_t seq, int64_t time, struct value v, struct quality q)
{
	const struct reading r = { .series = series, .time = time, .value = v, .quality = q };

	CHECK(mqtt_row(&rows[nrows], &r, seq, &texts));
	order[nrows] = (uint32_t)nrows;
	nrows++;
}

static void
add_real(uint32_t series, uint64_t seq, int64_t time, float f)
{
	add(series, seq, time, (struct value){ .kind = VALUE_F32, .f = f },
	    (struct quality){ .code = Q_GOOD });
}

static struct mqtt_data
head(void)
{
	return (struct mqtt_data){ .gateway = "gw \"1\"", .device = "river/one",
	    .stream = "live", .store = 0x9d039686b47ad8d3, .rows = rows,
	    .texts = (const char *)texts.at, .scans = scans };
}

static const char *
written(void)
{
	const struct mqtt_data d = head();

	CHECK(mqtt_data(&out, &d, order, nrows));
	out.at[out.len] = '\0';
	return (const char *)out.at;
}

static void
one_scan_is_one_row(void)
{
	clear();
	add_real(1, 100, 1795634991949, 23.4f);
	add_real(2, 101, 1795634991949, -0.5f);
	CHECK(strcmp(written(), "{\"gateway\":\"gw \\\"1\\\"\",\"store\":\"9d039686b47ad8d3\","
	    "\"device\":\"river/one\",\"stream\":\"live\",\"blocks\":[{\"series\":[1,2],"
	    "\"seq\":[100],\"time\":[1795634991949],\"value\":[23.4,-0.5],\"quality\":0}]}") == 0);
}

static void
rows_are_steps_from_the_one_before(void)
{
	clear();
	for (uint64_t i = 0; i < 3; i++)
		for (uint32_t s = 1; s <= 2; s++)
			add_real(s, 100 + 10 * i + s, 5000 + 1000 * (int64_t)i, (float)i);
	CHECK(strstr(written(), "{\"series\":[1,2],\"seq\":[101,10],\"time\":[5000,1000],"
	    "\"value\":[0,0,1,1,2,2],\"quality\":0}") != NULL);
}

/* The last step stands for all that follow it. */
static void
steps_go_on_as_the_last_one(void)
{
	static const int64_t times[] = { 5000, 6000, 7001, 8001, 9001, 10001 };

	clear();
	for (uint64_t i = 0; i < 6; i++)
		add_real(1, 100 + i, times[i], 1);
	CHECK(strstr(written(), "\"seq\":[100,1],\"time\":[5000,1000,1001,1000]") != NULL);
}

/* Whole numbers of a smaller unit, where that is shorter. */
static void
figures_are_scaled_where_it_pays(void)
{
	static const float figures[] = { 7.12f, 0.5f, 0, -0.05f, 13, -1.1f };

	clear();
	for (uint64_t i = 0; i < 60; i++) {
		add_real(1, 100 + 3 * i, 5000 + 1000 * (int64_t)i, figures[i % 6]);
		add_real(2, 101 + 3 * i, 5000 + 1000 * (int64_t)i, 1e-20f);
	}
	CHECK(strstr(written(), "\"scale\":[2,0],\"value\":[712,1e-20,50,1e-20,0,1e-20,-5,1e-20,"
	    "1300,1e-20,-110,1e-20,712,") != NULL);
	/* what is no figure keeps its column as it is */
	clear();
	for (uint64_t i = 0; i < 60; i++)
		add_real(1, 100 + i, 5000, figures[0]);
	add(1, 160, 5000, (struct value){ .kind = VALUE_BOOL, .b = true },
	    (struct quality){ .code = Q_GOOD });
	CHECK(strstr(written(), "scale") == NULL);
}

static float
unscaled(const char *text, int scale)
{
	return (float)(strtod(text, NULL) / pow(10, scale));
}

static void
scaled_figures_read_back_the_same(void)
{
	uint32_t seed = 7;

	for (int round = 0; round < 2000; round++) {
		const char *at;
		int scale = 0;

		clear();
		for (uint64_t i = 0; i < 20; i++) {
			seed = seed * 1664525U + 1013904223U;
			add_real(1, 100 + i, 5000, (float)((double)(int32_t)seed /
			    (double[]){ 1, 1e3, 1e5, 1e7, 1e9, 7 }[round % 6]));
		}
		at = strstr(written(), "\"scale\":[");
		if (at != NULL)
			scale = atoi(at + 9);
		at = strstr((char *)out.at, "\"value\":[") + 9;
		for (size_t i = 0; i < 20; i++) {
			CHECK(unscaled(at, scale) == rows[i].f);
			at += strcspn(at, ",]") + 1;
		}
	}
}

static void
other_columns_are_another_block(void)
{
	clear();
	add_real(1, 1, 1000, 1);
	add_real(2, 2, 1000, 2);
	add_real(1, 3, 2000, 3);
	add_real(2, 4, 2000, 4);
	add_real(3, 5, 2000, 5);
	add_real(1, 6, 3000, 6);
	add_real(2, 7, 3000, 7);
	CHECK(strstr(written(), "\"blocks\":[{\"series\":[1,2],\"seq\":[1,5],\"time\":[1000,2000],"
	    "\"value\":[1,2,6,7],\"quality\":0},{\"series\":[1,2,3],\"seq\":[3],\"time\":[2000],"
	    "\"value\":[3,4,5],\"quality\":0}]") != NULL);
	/* a seq that is missing between them is a row of its own */
	clear();
	add_real(1, 1, 1000, 1);
	add_real(2, 3, 1000, 2);
	CHECK(strstr(written(), "\"series\":[1],\"seq\":[1]") != NULL);
	CHECK(strstr(written(), "\"series\":[2],\"seq\":[3]") != NULL);
}

static void
a_bad_reading_is_null(void)
{
	clear();
	add_real(1, 1, 1000, 1);
	add(2, 2, 1000, (struct value){ .kind = VALUE_NONE },
	    (struct quality){ .code = Q_COMM_FAILURE });
	add(3, 3, 1000, (struct value){ .kind = VALUE_F32, .f = 99 },
	    (struct quality){ .code = Q_OUT_OF_RANGE, .flags = QF_CALIBRATION });
	add(4, 4, 1000, (struct value){ .kind = VALUE_F64, .d = (double)NAN },
	    (struct quality){ .code = Q_GOOD });
	CHECK(strstr(written(), "\"value\":[1,null,null,null],\"quality\":[0,2,4,0],"
	    "\"flags\":[0,0,2,0]}") != NULL);
}

static void
every_kind_of_value_is_said(void)
{
	const struct quality good = { .code = Q_GOOD };
	struct value text = { .kind = VALUE_TEXT };
	json_t *root, *values;

	clear();
	strcpy(text.text, "a\"b\xe6\xb2\xb3");
	add(1, 1, 1, (struct value){ .kind = VALUE_BOOL, .b = true }, good);
	add(2, 2, 1, (struct value){ .kind = VALUE_I64, .i = INT64_MIN }, good);
	add(3, 3, 1, (struct value){ .kind = VALUE_U64, .u = UINT64_MAX }, good);
	add(4, 4, 1, (struct value){ .kind = VALUE_F64, .d = 0.1 }, good);
	add(5, 5, 1, text, good);
	root = json_loads(written(), 0, NULL);
	CHECK(root != NULL);
	values = json_object_get(json_array_get(json_object_get(root, "blocks"), 0), "value");
	CHECK(json_is_true(json_array_get(values, 0)));
	CHECK(json_integer_value(json_array_get(values, 1)) == INT64_MIN);
	CHECK(strcmp(json_string_value(json_array_get(values, 2)), "18446744073709551615") == 0);
	CHECK(fabs(json_real_value(json_array_get(values, 3)) - 0.1) < 1e-17);
	CHECK(strcmp(json_string_value(json_array_get(values, 4)), text.text) == 0);
	json_decref(root);
}

/* Sixty scans of seven points with figures as instruments have them. */
static void
a_value_takes_few_bytes(void)
{
	static const double base[] = { 7.12, 23.4, 0.53, 230.1, 6.81, 18.2, 402 };
	double each;

	clear();
	for (uint64_t i = 0; i < 60; i++)
		for (uint32_t s = 1; s <= 7; s++)
			add_real(s, 100000 + 70 * i + s, 1795634991949 + 5000 * (int64_t)i +
			    (int64_t)(i % 3),
			    (float)(round((base[s - 1] + (double)i / 10) * 100) / 100));
	written();
	each = (double)(out.len + strlen("tidegate/sw-luhe-0017/data/river/one") + 10) / 420;
	printf("%.2f bytes a value with its topic\n", each);
	CHECK(each <= 6);
}

static void
what_does_not_fit_leaves_nothing(void)
{
	const struct mqtt_data d = head();

	clear();
	add_real(1, 100, 1795634991949, 23.4f);
	add_real(2, 101, 1795634991949, 23.4f);
	for (out.cap = 0; !mqtt_data(&out, &d, order, nrows); out.cap++)
		CHECK(out.len == 0 && !out.bad);
	CHECK(out.len > 150 && out.cap <= out.len + 33);
	/* a batch full of texts is full */
	clear();
	texts.cap = 10;
	for (int i = 0; i < 3; i++) {
		struct reading r = { .series = 1, .value = { .kind = VALUE_TEXT } };

		strcpy(r.value.text, "four");
		CHECK(mqtt_row(&rows[i], &r, 1, &texts) == (i < 2) && !texts.bad);
	}
	texts.cap = sizeof(text_room);
}

static void
a_point_names_itself(void)
{
	const struct mqtt_data d = head();

	clear();
	add(2, 77, 5000, (struct value){ .kind = VALUE_F32, .f = 2.5f },
	    (struct quality){ .code = Q_GOOD, .flags = QF_SIMULATED });
	CHECK(mqtt_point(&out, &d, &rows[0], reader_series(NULL, 2)));
	out.at[out.len] = '\0';
	CHECK(strstr((char *)out.at, ",\"point\":\"p2\",\"unit\":\"mg/L\",\"basis\":\"rated\",\"seq\":77,"
	    "\"time\":5000,\"value\":2.5,\"quality\":\"good\",\"flags\":16}") != NULL);
	out.len = 0;
	CHECK(mqtt_point(&out, &d, &rows[0], reader_series(NULL, 3)));
	out.at[out.len] = '\0';
	CHECK(strstr((char *)out.at, ",\"point\":\"p3\",\"seq\":77,") != NULL);
	out.len = 0;
	CHECK(mqtt_point(&out, &d, &rows[0], NULL));	/* the dictionary has lost it */
}

static void
a_birth_names_every_series_once(void)
{
	struct mqtt_site site = { .n = 0 };
	struct mqtt_device *d = mqtt_site_of(&site, NULL, 7);
	uint32_t series = d->series;
	unsigned parts = 0;
	char ids[64] = "";

	clear();
	CHECK(d != NULL && strcmp(d->name, "river/one") == 0 && d->nseries == 7);
	CHECK(mqtt_site_of(&site, NULL, 8) == NULL && mqtt_site_of(&site, NULL, 0) == NULL);
	out.cap = 700;		/* so that it takes parts */
	while (series != 0) {
		json_t *root, *one;
		size_t i;

		out.len = 0;
		CHECK(mqtt_birth(&out, "gw", 1, &site, d, NULL, &series, ++parts));
		root = json_loadb((char *)out.at, out.len, 0, NULL);
		CHECK(root != NULL);
		CHECK(json_integer_value(json_object_get(root, "part")) == parts);
		CHECK(json_is_true(json_object_get(root, "more")) == (series != 0));
		json_array_foreach(json_object_get(root, "series"), i, one) {
			long long id = json_integer_value(json_object_get(one, "id"));
			const char *basis = json_string_value(json_object_get(one, "basis"));

			sprintf(ids + strlen(ids), "%lld ", id);
			CHECK(id % 4 == 2 ? basis != NULL && strcmp(basis, "rated") == 0 :
			    basis == NULL);
		}
		json_decref(root);
	}
	CHECK(parts > 1 && strcmp(ids, "1 2 3 4 5 6 7 ") == 0);
	for (uint32_t i = 101; i <= 100 + DEVICES; i++) {
		char name[20];

		sprintf(name, "site/%u", i);
		d = mqtt_site_of(&site, NULL, i);
		CHECK(d != NULL && strcmp(d->name, name) == 0 && d->series == i);
	}
	CHECK(site.n == DEVICES + 1);
	d = mqtt_site_of(&site, NULL, LATE);
	CHECK(d == mqtt_site_of(&site, NULL, 3) && strcmp(d->name, "river/one") == 0);
	CHECK(d->nseries == 8 && d->series == 1);
	CHECK(mqtt_site_next(&site, d, 6) == 7 && mqtt_site_next(&site, d, 7) == LATE);
	CHECK(mqtt_site_next(&site, d, LATE) == 0);
	d = mqtt_site_of(&site, NULL, 200);
	CHECK(d->series == 200 && mqtt_site_next(&site, d, 200) == 0);
	mqtt_site_free(&site);
}

static const char *
topic(const char *template)
{
	static char text[TOPIC_MAX];
	const struct topic_words w = { .prefix = "tidegate/{gateway}", .gateway = "gw/1",
	    .uplink = "city", .device = "river/one", .point = "a+b#c%d\x01", .rule = "" };

	CHECK(topic_write(text, template, &w));
	return text;
}

static void
topics_are_made_of_names(void)
{
	char text[TOPIC_MAX], longest[TOPIC_MAX];
	const struct topic_words w = { .device = longest };

	CHECK(strcmp(topic("{prefix}/data/{device}"), "tidegate/gw/1/data/river/one") == 0);
	CHECK(strcmp(topic("{gateway:flat}/{device:flat}"), "gw.1/river.one") == 0);
	CHECK(strcmp(topic("x/{point}"), "x/a%2Bb%23c%25d%01") == 0);
	CHECK(strcmp(topic("{rule}/{kind}"), "-/-") == 0);
	CHECK(strcmp(topic("{{{uplink}}}"), "{city}") == 0);
	memset(longest, 'x', sizeof(longest));
	longest[TOPIC_MAX - 1] = '\0';
	CHECK(topic_write(text, "{device}", &w));
	CHECK(!topic_write(text, "/{device}", &w));
}

static void
a_template_without_sense_is_refused(void)
{
	const unsigned any = TOPIC_PREFIX | TOPIC_DEVICE;
	char longest[TOPIC_MAX];

	CHECK(topic_check("{prefix}/{device:flat}/{{x}}", any) == TOPIC_OK);
	CHECK(topic_check("", any) == TOPIC_OK);
	CHECK(topic_check("a{device", any) == TOPIC_BRACE);
	CHECK(topic_check("a}b", any) == TOPIC_BRACE);
	CHECK(topic_check("{de{vice}", any) == TOPIC_BRACE);
	CHECK(topic_check("{}", any) == TOPIC_UNKNOWN);
	CHECK(topic_check("{devices}", any) == TOPIC_UNKNOWN);
	CHECK(topic_check("{device:round}", any) == TOPIC_UNKNOWN);
	CHECK(topic_check("{point}", any) == TOPIC_UNKNOWN);
	CHECK(topic_check("a/+/b", any) == TOPIC_WILD);
	CHECK(topic_check("#", any) == TOPIC_WILD);
	CHECK(topic_check("a\nb", any) == TOPIC_WILD);
	memset(longest, 'x', sizeof(longest));
	longest[TOPIC_MAX - 1] = '\0';
	CHECK(topic_check(longest, any) == TOPIC_LONG);
	CHECK(topic_names("{prefix}/{device:flat}", TOPIC_DEVICE));
	CHECK(!topic_names("{{device}}", TOPIC_DEVICE));
}

static void
a_broker_is_a_url(void)
{
	static const struct { const char *url, *host; int port; bool tls; } good[] = {
		{ "mqtt://10.0.0.7", "10.0.0.7", 1883, false },
		{ "mqtts://a.example.org/", "a.example.org", 8883, true },
		{ "mqtt://b:2883", "b", 2883, false },
		{ "mqtts://[fd00::7]:88", "fd00::7", 88, true },
		{ "mqtt://[::1]", "::1", 1883, false },
	};
	static const char *const bad[] = { "", "a.example.org", "http://a", "mqtt://",
	    "mqtt://a:", "mqtt://a:0", "mqtt://a:65536", "mqtt://a:12x", "mqtt://a/b",
	    "mqtt://user@a", "mqtt://[::1", "mqtt://:1883", "mqtt://a b" };
	struct mqtt_broker b;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(mqtt_broker_parse(&b, good[i].url));
		CHECK(strcmp(b.host, good[i].host) == 0);
		CHECK(b.port == good[i].port && b.tls == good[i].tls);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!mqtt_broker_parse(&b, bad[i]));
}

int
main(void)
{
	RUN(one_scan_is_one_row);
	RUN(rows_are_steps_from_the_one_before);
	RUN(steps_go_on_as_the_last_one);
	RUN(figures_are_scaled_where_it_pays);
	RUN(scaled_figures_read_back_the_same);
	RUN(other_columns_are_another_block);
	RUN(a_bad_reading_is_null);
	RUN(every_kind_of_value_is_said);
	RUN(a_value_takes_few_bytes);
	RUN(what_does_not_fit_leaves_nothing);
	RUN(a_point_names_itself);
	RUN(a_birth_names_every_series_once);
	RUN(topics_are_made_of_names);
	RUN(a_template_without_sense_is_refused);
	RUN(a_broker_is_a_url);
	return 0;
}
