#ifndef TESTS_UNIT_DIAL_SITE_H
#define TESTS_UNIT_DIAL_SITE_H

#include "../../gateway/clock.h"
#include "../../gateway/link/link.h"
#include "../../gateway/link/listener_own.h"

#define S	US_PER_S
#define EVERY	(60 * S)

/* One listener "dtu" and one link "shop17" of identity 1001 that waits there, over
 * real sockets, by a clock that is the test's. */
extern struct dial_site {
	int64_t			now;		/* mono us */
	struct loop		*loop;
	struct listeners	*listeners;
	struct listener		*at;
	uint16_t		port;
	struct listener_conf	conf;
	struct link		line;
	struct dial_told {
		unsigned	ups, downs, proves, duplicates;
		size_t		heard;
	}			told;
} site;

/* REG:{id:4} every 60 s, at 127.0.0.1, unless site_as says other things of it. */
void	site_begin(enum transport, int64_t callers, int64_t per_address);
/* The same with what the test set in conf before: address "", format and the rest. */
void	site_as(const struct listener_conf *);
void	site_end(void);
void	site_turn(void);
/* What is on its way arrives; no time passes. */
void	site_until(bool (*so)(void));
void	site_pass(int64_t us);
struct listener_status site_status(void);
/* Says it; "": nothing.  The socket is the test's. */
int	site_call(const char *says);
/* From that address of this machine, of any port. */
int	site_call_from(const char *address, const char *says);
/* The gateway hung up, and said not a word. */
bool	site_hung_up(int fd);
/* Heard so much of the line, in all. */
void	site_hears(size_t n);

#endif
