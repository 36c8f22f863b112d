#include <string.h>

#include "../loop.h"
#include "coap_far.h"

static void
begin(struct coap_far *f)
{
	f->left = f->n;
}

static void
resolved(struct resolve *r, int64_t now)
{
	struct coap_far *f = owner_of(r, struct coap_far, names);

	if (r->n > 0) {
		memcpy(f->at, r->at, r->n * sizeof(r->at[0]));
		f->n = r->n;
	} else if (!r->silent) {
		f->n = 0;		/* it is known that there are none */
	}
	begin(f);
	f->found(f, f->n > 0 ? "" : r->why, now);
}

void
coap_far_init(struct coap_far *f, struct loop *loop, const char *host, uint16_t port,
    void (*found)(struct coap_far *, const char *why, int64_t now))
{
	*f = (struct coap_far){ .loop = loop, .found = found };
	f->names = (struct resolve){ .host = host, .port = port, .done = resolved };
}

/* The interface that a zone of IPv6 names may be another one each time. */
int
coap_far_begin(struct coap_far *f)
{
	union address at;

	f->left = 0;
	if (f->names.waiting)
		return 0;
	if (!resolve_numeric(f->names.host, f->names.port, &at))
		return resolve_ask(&f->names, f->loop);
	f->at[0] = at;
	f->n = 1;
	begin(f);
	return 0;
}

const union address *
coap_far_next(struct coap_far *f)
{
	if (f->left == 0)
		return NULL;
	f->left--;
	return &f->at[f->next++ % f->n];
}

void
coap_far_works(struct coap_far *f)
{
	f->next--;
	f->left = 0;
}

void
coap_far_end(struct coap_far *f)
{
	resolve_cancel(&f->names);
}
