#include <glob.h>
#include <stdbool.h>
#include <string.h>

#include "../check.h"
#include "dialogue.h"
#include "requests.h"

/* Replays each tests/captures/X.cap and compares with X.chk.  "t_captures
 * write" makes the .chk anew: read the difference before it is committed.  A
 * second word names another folder. */

#define ROOM	65536
#define SERVE	"serve "	/* so begins what clients of a server say */

static const char *const head[] = {
	"Name: ", "Maker: ", "Model: ", "Submitter: ", "Date: ", "Source: ",
};

static void
load(const char *path, char *text)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	n = fread(text, 1, ROOM - 1, f);
	CHECK(n < ROOM - 1 && fclose(f) == 0);
	text[n] = '\0';
}

/* Returns the dialogue behind the head, with the number of its first line. */
static const char *
after_head(const char *path, const char *text, int *line)
{
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		size_t n = strlen(head[i]);

		if (strncmp(text, head[i], n) != 0 || text[n] == '\n') {
			fprintf(stderr, "%s:%zu: wanted %s\n", path, i + 1, head[i]);
			exit(1);
		}
		text = strchr(text, '\n') + 1;
	}
	CHECK(*text == '\n');
	*line = (int)(sizeof(head) / sizeof(head[0])) + 2;
	return text + 1;
}

static int
replay(const char *cap, bool rewrite)
{
	static char text[ROOM], got[ROOM], wanted[ROOM];
	const char *what;
	char chk[512];
	int line, bad;
	FILE *f;

	snprintf(chk, sizeof(chk), "%.*s.chk", (int)(strlen(cap) - 4), cap);
	load(cap, text);
	what = after_head(cap, text, &line);
	bad = (strncmp(what, SERVE, strlen(SERVE)) == 0 ? requests_play : dialogue_play)(what,
	    got, sizeof(got));
	if (bad != 0) {
		fprintf(stderr, "%s:%d: not understood or not so; until then:\n%s", cap,
		    line + bad - 1, got);
		return 1;
	}
	if (rewrite) {
		CHECK((f = fopen(chk, "w")) != NULL && fputs(got, f) >= 0);
		CHECK(fclose(f) == 0);
	}
	load(chk, wanted);
	if (strcmp(got, wanted) != 0) {
		fprintf(stderr, "%s: got\n%s", chk, got);
		return 1;
	}
	printf("ok %s\n", cap);
	return 0;
}

int
main(int argc, char **argv)
{
	bool rewrite = argc > 1 && strcmp(argv[1], "write") == 0;
	const char *folder = argc > 2 ? argv[2] : "tests/captures";
	char pattern[512];
	glob_t g;
	int failed = 0;

	snprintf(pattern, sizeof(pattern), "%s/*.cap", folder);
	CHECK(glob(pattern, 0, NULL, &g) == 0);
	CHECK(argc > 2 || g.gl_pathc >= 10);
	for (size_t i = 0; i < g.gl_pathc; i++)
		failed |= replay(g.gl_pathv[i], rewrite);
	globfree(&g);
	return failed;
}
