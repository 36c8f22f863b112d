#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spot.h"

bool
spot_terminal(const char *name)
{
	static const char *const own[] = { "/dev/console", "/dev/tty", "/dev/hvc" };

	if (name == NULL || strcmp(name, "/dev/tty") == 0)
		return false;	/* whatever it is: it may be that of a remote shell */
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(name, own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

/* Who became root keeps his terminal, and what told of the far end. */
bool
spot_here(void)
{
	static const char *const far[] = { "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY" };

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		if (getenv(far[i]) != NULL)
			return false;
	return spot_terminal(ttyname(STDIN_FILENO));
}
