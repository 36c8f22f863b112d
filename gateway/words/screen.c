#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"

#define OTHER_SIDE	"\033[?1049h\033[?25l\033[?7l\033[2J"
#define BACK		"\033[?7h\033[?25h\033[?1049l"

static bool open_now;

static void
say(const char *sequence)
{
	size_t n = strlen(sequence);

	while (n > 0) {
		ssize_t got = write(STDOUT_FILENO, sequence, n);

		if (got <= 0)
			return;
		sequence += got;
		n -= (size_t)got;
	}
}

void
screen_close(void)
{
	if (open_now)
		say(BACK);
	open_now = false;
}

bool
screen_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return false;
	atexit(screen_close);
	say(OTHER_SIDE);
	open_now = true;
	return true;
}

unsigned
screen_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_row;
}
