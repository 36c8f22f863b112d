#ifndef TESTS_BENCH_STAND_H
#define TESTS_BENCH_STAND_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define NEED(x) do { if (!(x)) { fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, \
	#x, strerror(errno)); exit(1); } } while (0)

/* The built program on a configuration in a folder of its own. */
struct stand {
	char	dir[64];
	pid_t	pid;
};

void	 stand_make(struct stand *);
FILE	*stand_file(const struct stand *, const char *name);
/* Begins site.conf with what is said of the gateway; the folder has the profiles. */
FILE	*stand_conf(const struct stand *);
void	 stand_start(struct stand *, const char *program);
/* An orderly end; anything else ends the bench. */
void	 stand_stop(struct stand *);
/* What status says; drop it with json_decref. */
json_t	*stand_status(const struct stand *);
/* Sum of a field over the rows of a section, "links" or "devices". */
int64_t	 stand_sum(const json_t *status, const char *section, const char *field);
void	 stand_remove(const struct stand *);
/* Of all processes of the program, summed: seconds, and RssAnon + RssShmem. */
struct usage { double cpu; double mib; };
struct usage stand_usage(const struct stand *);

/* All descriptors that the system lets it have. */
void	 bench_descriptors(void);
/* One of TCP on loopback that nobody has. */
uint16_t bench_port(void);
/* Prints it; false, and it says so: the bound was missed.  most: it is at most that. */
bool	 bench_figure(const char *what, double value, const char *unit, double wanted, bool most);

int64_t	 mono_us(void);
int64_t	 wall_us(void);

#endif
