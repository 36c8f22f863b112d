#include <string.h>

#include "../../conf/err.h"
#include "../../conf/utf8.h"
#include "../check.h"

static struct err room[ERRS_MAX];
static struct errs errs;

static void
fresh(void)
{
	memset(room, 0x5a, sizeof(room));
	errs = (struct errs){ .at = room };
}

static void
a_fault_is_kept(void)
{
	fresh();
	CHECK(err_add(&errs, "x.conf", 7, "%s: %d", "油烟", 5) == -1);
	CHECK(errs.n == 1 && room[0].line == 7 && strcmp(room[0].file, "x.conf") == 0);
	CHECK(strcmp(room[0].text, "油烟: 5") == 0);
	CHECK(err_add(&errs, NULL, 0, "x") == -1 && room[1].file[0] == '\0');
}

static void
what_is_too_many_is_counted(void)
{
	fresh();
	for (int i = 0; i < ERRS_MAX + 5; i++)
		CHECK(err_add(&errs, "x", i, "%d", i) == -1);
	CHECK(errs.n == ERRS_MAX + 5);
	CHECK(room[ERRS_MAX - 1].line == ERRS_MAX - 1);
}

/* At any length, the cut never leaves half a character. */
static void
long_texts_are_cut_between_characters(void)
{
	char text[1000];

	for (size_t lead = 0; lead < 4; lead++) {
		memset(text, 'x', lead);
		text[lead] = '\0';
		while (strlen(text) < 900)
			strcat(text, "烟é𝛂");
		fresh();
		err_add(&errs, text, 1, "%s", text);
		CHECK(strlen(room[0].text) > 634 && strlen(room[0].text) < 640);
		CHECK(utf8_span(room[0].text, strlen(room[0].text)) == strlen(room[0].text));
		CHECK(strncmp(room[0].text, text, strlen(room[0].text)) == 0);
		CHECK(strlen(room[0].file) > 122 && strlen(room[0].file) < 128);
		CHECK(utf8_span(room[0].file, strlen(room[0].file)) == strlen(room[0].file));
		/* of a path the end is kept */
		CHECK(strcmp(text + strlen(text) - strlen(room[0].file), room[0].file) == 0);
	}
}

static void
foreign_bytes_do_not_reach_a_terminal(void)
{
	fresh();
	err_add(&errs, "a\x1b[2Jb", 1, "%s", "x\r\n\t\x7f\xffy\xc3");
	CHECK(strcmp(room[0].file, "a?[2Jb") == 0);
	CHECK(strcmp(room[0].text, "x?????y?") == 0);
	/* CSI in one character, and a mark that writes backwards */
	err_add(&errs, "a", 1, "x\xc2\x9b" "2J\xe2\x80\xaey");
	CHECK(strcmp(room[1].text, "x??2J???y") == 0);
}

static const char *
german(const char *fmt)
{
	return strcmp(fmt, "%s: %d apples") == 0 ? "%2$d Äpfel: %1$s" : fmt;
}

static void
formats_are_translated(void)
{
	fresh();
	errs.translate = german;
	err_add(&errs, "x", 1, "%s: %d apples", "tree", 3);
	CHECK(strcmp(room[0].text, "3 Äpfel: tree") == 0);
}

int
main(void)
{
	RUN(a_fault_is_kept);
	RUN(what_is_too_many_is_counted);
	RUN(long_texts_are_cut_between_characters);
	RUN(foreign_bytes_do_not_reach_a_terminal);
	RUN(formats_are_translated);
	return 0;
}
