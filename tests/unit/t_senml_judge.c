#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"
#include "senml_text.h"

/* What somebody else makes of a pack, by the same standard and in another language,
 * is what we make of it. */

#define NOW	1764142800000
#define PACKS	"4000"

static FILE *from;
static pid_t judge;

static void
begin(const char *seed)
{
	int out[2];

	CHECK(pipe(out) == 0);
	judge = fork();
	if (judge == 0) {
		dup2(out[1], 1);
		close(out[0]);
		execl("/usr/bin/python3", "python3", "tests/unit/senml_judge.py", seed, PACKS,
		    (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	from = fdopen(out[0], "r");
	CHECK(from != NULL);
}

static const char *
read_it(const char *line)
{
	static unsigned char room[256 * 1024];
	static uint8_t bytes[64 * 1024];
	struct arena arena = { .at = room, .cap = sizeof(room) };
	size_t n = bytes_of_hex(line + 2, bytes);
	struct senml s;

	(line[0] == 'c' ? senml_cbor : senml_json)(&s, bytes, n, NOW, &arena);
	return senml_text(&s);
}

/* The lines up to an empty one. */
static void
wanted(char *to, size_t room)
{
	size_t n = 0;

	to[0] = '\0';
	while (fgets(to + n, (int)(room - n), from) != NULL && to[n] != '\n')
		n += strlen(to + n);
	to[n] = '\0';
}

static void
others_read_the_same(void)
{
	static char line[128 * 1024], want[64 * 1024];
	int packs = 0, status;

	begin("8428");
	while (fgets(line, sizeof(line), from) != NULL) {
		const char *got = read_it(line);

		wanted(want, sizeof(want));
		if (strcmp(want, "refused\n") == 0 ? strncmp(got, "refused: ", 9) != 0 :
		    strcmp(got, want) != 0) {
			fprintf(stderr, "%s%sand not\n%s", line, got, want);
			exit(1);
		}
		packs++;
	}
	CHECK(waitpid(judge, &status, 0) == judge && status == 0);
	CHECK(packs == 2 * atoi(PACKS));
}

int
main(void)
{
	RUN(others_read_the_same);
	return 0;
}
