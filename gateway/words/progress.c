#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "../text.h"
#include "progress.h"

#define WIDTH		24
#define REDRAW		(US_PER_S / 10)

void
progress_begin(struct progress *p, size_t total, int64_t now)
{
	*p = (struct progress){ .total = total, .began = now, .bar = isatty(STDERR_FILENO) };
}

static void
draw(const struct progress *p, const char *what, int64_t now)
{
	size_t full = p->total > 0 ? p->done * WIDTH / p->total : WIDTH;
	int64_t left = p->done > 0 ?
	    (now - p->began) / (int64_t)p->done * (int64_t)(p->total - p->done) / US_PER_S : 0;
	char bar[WIDTH + 1];

	memset(bar, '.', WIDTH);
	memset(bar, '#', full);
	bar[WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %zu/%zu %s ", bar, p->done, p->total, what);
	fprintf(stderr, _("%lld:%02lld left"), (long long)(left / 60), (long long)(left % 60));
	fputs("\033[K", stderr);
	fflush(stderr);
}

void
progress_step(struct progress *p, const char *what, int64_t now)
{
	p->done++;
	if (!p->bar || (now - p->shown < REDRAW && p->done < p->total))
		return;
	p->shown = now;
	draw(p, what, now);
}

void
progress_say(struct progress *p, const char *line)
{
	fprintf(stderr, p->bar ? "\r\033[K%s\n" : "%s\n", line);
}

void
progress_end(struct progress *p)
{
	if (p->bar)
		fputs("\r\033[K", stderr);
}
