#include <math.h>

#include "functions.h"
#include "window.h"

#define S	1000000LL

static int64_t
width_of(const struct rule_call *call)
{
	int64_t width = (call->literal[1].whole + WINDOW_PIECES - 1) / WINDOW_PIECES;

	return width > S ? width : S;
}

static size_t
pieces_of(const struct rule_call *call)
{
	int64_t width = width_of(call);

	return (size_t)((call->literal[1].whole + width - 1) / width);
}

size_t
window_size(const struct rule_call *call)
{
	return sizeof(struct window) + pieces_of(call) * sizeof(struct window_piece);
}

/* Which piece a moment is in: rounded down, for it may lie before the boot. */
static int64_t
piece_of(const struct rule_call *call, int64_t at)
{
	int64_t width = width_of(call);

	return at / width - (at % width < 0);
}

static double
gained(const struct window *w, double figure)
{
	if (!w->any)
		return 0;
	return figure >= w->before ? figure - w->before : figure;
}

static void
take(const struct rule_call *call, struct window *w, struct term t, int64_t now)
{
	double figure = t.low;
	int64_t number = piece_of(call, now), n = (int64_t)pieces_of(call);
	struct window_piece *p = &w->at[(number % n + n) % n];

	if (p->number != number || p->heard == 0)
		*p = (struct window_piece){ .number = number, .min = figure, .max = figure,
		    .first = figure, .first_at = now };
	p->heard++;
	p->rises += w->any && w->before <= 0 && figure > 0;
	p->sum += figure;
	p->min = figure < p->min ? figure : p->min;
	p->max = figure > p->max ? figure : p->max;
	p->gained += gained(w, figure);
	p->last = figure;
	p->last_at = now;
	p->over |= t.over;
	w->before = figure;
	w->any = true;
}

static void
add(struct window_sum *s, const struct window_piece *p)
{
	if (s->pieces == 0 || p->first_at < s->first_at) {
		s->first = p->first;
		s->first_at = p->first_at;
	}
	if (s->pieces == 0 || p->last_at > s->last_at) {
		s->last = p->last;
		s->last_at = p->last_at;
	}
	s->min = s->pieces == 0 || p->min < s->min ? p->min : s->min;
	s->max = s->pieces == 0 || p->max > s->max ? p->max : s->max;
	s->over |= p->over;
	s->heard += p->heard;
	s->rises += p->rises;
	s->sum += p->sum;
	s->gained += p->gained;
	s->means[s->pieces++] = p->sum / p->heard;
}

/* Of the pieces that have not gone by.  The clock never goes back. */
static void
gather(const struct rule_call *call, const struct window *w, int64_t now,
    struct window_sum *s)
{
	int64_t newest = piece_of(call, now);
	size_t n = pieces_of(call);

	*s = (struct window_sum){ .heard = 0 };
	for (size_t i = 0; i < n; i++)
		if (w->at[i].heard > 0 && w->at[i].number > newest - (int64_t)n &&
		    w->at[i].number <= newest)
			add(s, &w->at[i]);
}

bool
rule_is_fresh(const struct rule_call *call, const struct rule_look *look)
{
	for (size_t i = call->first; i < call->end; i++)
		if (look->inputs[i].fresh)
			return true;
	return false;
}

void
rule_look_again(struct rule_look *look, int64_t at)
{
	if (at < look->next)
		look->next = at;
}

void
window_look(const struct rule_call *call, struct window *w, struct term figure,
    struct rule_look *look, struct window_sum *s)
{
	int64_t width = width_of(call);
	double expected = (double)call->literal[1].whole / (double)(call->period + 1);

	if (w->started == 0)
		w->started = look->now;
	if ((term_known(figure) || (figure.over && figure.low > -INFINITY)) &&
	    rule_is_fresh(call, look))
		take(call, w, figure, look->now);
	gather(call, w, look->now, s);
	s->enough = s->heard > 0 && (double)s->heard * 2 + 1 >= expected;
	if (s->heard > 0)
		rule_look_again(look, (piece_of(call, look->now) + 1) * width);
}
