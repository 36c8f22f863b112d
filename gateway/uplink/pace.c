#include "../clock.h"
#include "pace.h"

#define QUICK	(US_PER_S / 8)	/* of one twice as large none is slow */
#define SLOW	(US_PER_S / 2)

void
pace_begin(struct pace *p, size_t least, size_t most)
{
	*p = (struct pace){ .least = least, .most = most > least ? most : least,
	    .batch = least };
}

void
pace_sent(struct pace *p, size_t entries, int64_t us)
{
	if (us > SLOW)
		p->batch = p->batch / 2 > p->least ? p->batch / 2 : p->least;
	else if (us <= QUICK && entries >= p->batch)
		p->batch = p->most - p->batch > p->batch ? 2 * p->batch : p->most;
}

void
pace_failed(struct pace *p)
{
	p->batch = p->least;
}
