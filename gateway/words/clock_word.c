#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../clock.h"
#include "../command_line.h"
#include "../log.h"
#include "../notify.h"

/* The service talks to the network and may not make a call that could set the
 * clock; this one talks to nobody, and asks in its place. */
int
clock_word(int argc, char **argv)
{
	bool ready = false;
	int fd;

	if (argc != 2 || argv[1][0] != '/') {
		fprintf(stderr, "usage: tidegate clock /FILE\n");
		return EX_USAGE;
	}
	log_open(LOG_LEVEL_INFO);
	fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	while (fd >= 0 && clock_hand_over(fd) == 0) {
		notify_tell(ready ? "WATCHDOG=1" : "READY=1");
		ready = true;
		sleep(1);
	}
	log_err("clock: %s: %s", argv[1], strerrordesc_np(errno));
	return EXIT_FAILURE;
}
