#include <string.h>

#include "../../devices/import.h"
#include "../../devices/profile.h"
#include "../check.h"

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static char text[1 << 16];
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static struct imported rows;

static const struct import head = { .name = "x", .maker = "厂家 \"A\"", .model = "M\\1",
    .family = "water", .source = "manual, p. 3" };

static int
take(const char *table, const struct import *import)
{
	struct buf buf = { .at = (uint8_t *)text, .cap = sizeof(text) - 1 };

	memset(memory, 0, sizeof(memory));
	memset(text, 0, sizeof(text));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	return import_table(table, strlen(table), "t.csv", import, &buf, &rows, &errs);
}

static const struct profile *
profile_of(const char *table, const struct import *import)
{
	const struct profile *p = NULL;
	struct tree *tree;

	if (take(table, import) == 0 &&
	    (tree = tree_parse(text, "x.conf", &arena, &errs)) != NULL) {
		p = profile_read(tree, &arena, &errs);
		tree_close(tree);
	}
	if (p == NULL)
		fprintf(stderr, "%d: %s\n%s\n", room[0].line, room[0].text, text);
	CHECK(p != NULL);
	return p;
}

static void
every_column_arrives(void)
{
	const struct profile *p = profile_of("name,label_zh,label_en,function,register,raw,order,"
	    "scale,offset,decimals,unit,min,max,sentinel,hj212,sl651,remark\n"
	    "ph,酸碱度,acidity,4,0x2600,s32,CDAB,0.01,-5,2,pH,0,14,-1,w01001,46,any\n", &head);
	const struct point *q = p->points;

	CHECK(p->npoints == 1 && strcmp(q->name, "ph") == 0 && strcmp(q->zh, "酸碱度") == 0);
	CHECK(strcmp(rows.ignored, "remark") == 0);
	CHECK(strcmp(q->en, "acidity") == 0 && q->function == 4 && q->number == 0x2600);
	CHECK(strcmp(q->raw->name, "s32") == 0 && strcmp(q->order->name, "CDAB") == 0);
	CHECK(q->divisor == 100 && q->offset == -5 && q->decimals == 2);
	CHECK(strcmp(q->unit->name, "pH") == 0 && q->min == 0 && q->max == 14);
	CHECK(q->nsentinels == 1 && q->sentinels[0] == -1);
	CHECK(strcmp(q->hj212, "w01001") == 0 && strcmp(q->sl651, "46") == 0);
	CHECK(strcmp(p->maker, "厂家 \"A\"") == 0 && strcmp(p->model, "M\\1") == 0);
	CHECK(p->confidence == 'C' && p->verify && rows.n == 1 && rows.lines[0] == 2);
	CHECK(q->at.line == IMPORT_LINE);
}

/* As spreadsheets save them: byte order mark, CR LF, semicolons, quotes. */
static void
words_of_makers_are_known(void)
{
	const struct profile *p = profile_of("\xEF\xBB\xBF" "测点;名称;功能码;寄存器地址;数据类型;"
	    "字节序;倍率;单位;位\r\n"
	    "\"t\";\"水温; \"\"上\"\"\n层\";03;2600H;有符号16位;;0.1;℃;\r\n"
	    "\r\n"
	    "do;溶解氧;04;16;Float;CDAB;;mg/L;\r\n"
	    "run;运行;0x03;17;bool;;;-;7", &head);

	CHECK(p->npoints == 3 && rows.n == 3);
	CHECK(rows.lines[0] == 2 && rows.lines[1] == 5 && rows.lines[2] == 6);
	CHECK(strcmp(p->points[0].zh, "水温; \"上\"层") == 0);
	CHECK(p->points[0].number == 0x2600 && strcmp(p->points[0].raw->name, "s16") == 0);
	CHECK(p->points[0].divisor == 10 && strcmp(p->points[0].unit->name, "degC") == 0);
	CHECK(p->points[1].function == 4 && strcmp(p->points[1].raw->name, "f32") == 0);
	CHECK(p->points[2].piece.first == 7 && p->points[2].unit == NULL);
}

static void
manuals_count_from_where_they_like(void)
{
	struct import import = head;
	const struct profile *p;

	import.first = 40001;
	p = profile_of("地址\t类型\n40001\tuint16\n40010\tword\n", &import);
	CHECK(p->points[0].number == 0 && p->points[1].number == 9);
	CHECK(strcmp(p->points[1].name, "reg_0009") == 0);
	CHECK(take("register,raw\n40000,u16\n", &import) == -1);
	CHECK(strstr(room[0].text, "register \"40000\" is outside of 0 to 65535") != NULL);
}

/* 4294967295 is what most instruments with 32 bits say when they are broken. */
static void
figures_beyond_32_bits_arrive(void)
{
	const struct profile *p = profile_of("register,raw,order,min,max,sentinel\n"
	    "0,u32,ABCD,0,4000000000,4294967295\n2,u32,ABCD,,,0xFFFFFFFF\n"
	    "4,s32,ABCD,-2147483648,+7,-2147483648\n6,u64,ABCDEFGH,,,0x8000000000000\n", &head);

	CHECK(p->points[0].max == 4e9 && p->points[0].sentinels[0] == 4294967295.0);
	CHECK(p->points[1].sentinels[0] == 4294967295.0);
	CHECK(p->points[2].min == -2147483648.0 && p->points[2].max == 7);
	CHECK(p->points[3].sentinels[0] == 2251799813685248.0);
}

/* All faults come in one run, each with the line of its row. */
static void
each_fault_has_its_row(void)
{
	static const struct {
		const char	*table;
		int		 line;
		const char	*says;
	} broken[] = {
		{ "name,raw\na,u16\n", 1, "there is no column \"register\"" },
		{ "name,register\na,1\n", 1, "there is no column \"raw\"" },
		{ "raw,register,地址\nu16,1,2\n", 1, "there are two columns for register" },
		{ "register,raw\n", 1, "the table has no rows" },
		{ "", 1, "there is no column" },
		{ "name,register,raw\nA,1,u16\n", 2, "name \"A\" is not of a-z" },
		{ "name,register,raw\na,1,u16\nb,one,u16\n", 3, "register \"one\" is no number" },
		{ "register,raw\n-1,u16\n", 2, "register \"-1\" is outside" },
		{ "register,raw\n65536,u16\n", 2, "register \"65536\" is outside" },
		{ "register,raw,scale\n1,u16,0.1x\n", 2, "scale \"0.1x\" is no number" },
		{ "register,raw,scale\n1,u16,nan\n", 2, "scale \"nan\" is no number" },
		{ "register,raw,min\n1,u16,0\n", 2, "min and max go together" },
		{ "register,raw,min,max\n1,u16,0,a;b\n", 2, "range: these are no numbers" },
		{ "register,raw,function\n1,u16,6\n", 2, "function \"6\" is none that reads" },
	};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		int rc = take(broken[i].table, &head);

		if (rc == 0 || strstr(room[0].text, broken[i].says) == NULL)
			fprintf(stderr, "row %zu: %d: %s\n", i, room[0].line, room[0].text);
		CHECK(rc == -1 && room[0].line == broken[i].line);
		CHECK(strcmp(room[0].file, "t.csv") == 0);
		CHECK(strstr(room[0].text, broken[i].says) != NULL);
	}
	CHECK(take("name,register,raw\nA,x,u16\nB,1,u16\n", &head) == -1 && errs.n == 3);
}

static void
a_text_that_does_not_fit_is_told(void)
{
	static const char table[] = "register,raw\n1,u16\n2,u16\n";

	for (size_t cap = 0; cap < 200; cap += 7) {
		struct buf buf = { .at = (uint8_t *)text, .cap = cap };

		errs = (struct errs){ .at = room };
		CHECK(import_table(table, strlen(table), "t.csv", &head, &buf, &rows, &errs) == -1);
		CHECK(strstr(room[errs.n - 1].text, "too large") != NULL && buf.len <= cap);
	}
}

static void
headings_stand_for_columns(void)
{
	CHECK(strcmp(import_column("字节序"), "order") == 0);
	CHECK(strcmp(import_column("Data Type"), "raw") == 0);
	CHECK(import_column("remark") == NULL);
}

int
main(void)
{
	RUN(every_column_arrives);
	RUN(words_of_makers_are_known);
	RUN(manuals_count_from_where_they_like);
	RUN(figures_beyond_32_bits_arrive);
	RUN(each_fault_has_its_row);
	RUN(a_text_that_does_not_fit_is_told);
	RUN(headings_stand_for_columns);
	return 0;
}
