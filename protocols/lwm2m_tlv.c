#include <string.h>

#include "lwm2m.h"

/* The two highest bits of the first byte. */
enum { INSTANCE, ONE_OF_MANY, MANY, SINGLE };

struct head {
	int		 what;
	uint16_t	 id;
	size_t		 len;
};

void
lwm2m_begin(struct lwm2m_reader *r, const struct lwm2m_path *base, const uint8_t *at, size_t n)
{
	*r = (struct lwm2m_reader){ .at = at, .n = n, .base = *base };
	r->instance = base->n > 1 ? base->ids[1] : 0;
}

/* Type, identifier of 1 or 2 bytes, length of 0 to 3 bytes: OMA LwM2M TS §6.4.3. */
static bool
read_head(struct lwm2m_reader *r, size_t end, struct head *h)
{
	uint8_t type = r->at[r->pos++];
	size_t ids = 1 + (type >> 5 & 1), lens = type >> 3 & 3;

	*h = (struct head){ .what = type >> 6, .len = lens == 0 ? type & 7 : 0 };
	if (end - r->pos < ids + lens)
		return false;
	while (ids-- > 0)
		h->id = (uint16_t)(h->id << 8 | r->at[r->pos++]);
	while (lens-- > 0)
		h->len = h->len << 8 | r->at[r->pos++];
	return h->len <= end - r->pos;
}

/* An instance stands outside of all, one of many within its resource. */
static bool
fits(const struct lwm2m_reader *r, int what)
{
	if (r->many_end > 0)
		return what == ONE_OF_MANY;
	if (r->instance_end > 0)
		return what != INSTANCE && what != ONE_OF_MANY;
	return what == INSTANCE || (r->base.n > 1 && what != ONE_OF_MANY);
}

static size_t
leave(struct lwm2m_reader *r)
{
	if (r->many_end > 0 && r->pos == r->many_end)
		r->many_end = 0;
	if (r->many_end == 0 && r->instance_end > 0 && r->pos == r->instance_end)
		r->instance_end = 0;
	return r->many_end > 0 ? r->many_end : r->instance_end > 0 ? r->instance_end : r->n;
}

static void
take(struct lwm2m_reader *r, const struct head *h, struct lwm2m_tlv *to)
{
	to->path = (struct lwm2m_path){ .n = h->what == SINGLE ? 3 : 4,
	    .ids = { r->base.ids[0], r->instance, h->what == SINGLE ? h->id : r->many, h->id } };
	to->bytes = r->at + r->pos;
	to->n = h->len;
	r->pos += h->len;
}

int
lwm2m_next(struct lwm2m_reader *r, struct lwm2m_tlv *to)
{
	struct head h;

	if (r->base.n == 0)
		return -1;
	for (;;) {
		size_t end = leave(r);

		if (r->pos == r->n)
			return 0;
		if (!read_head(r, end, &h) || !fits(r, h.what))
			return -1;
		if (h.what == SINGLE || h.what == ONE_OF_MANY) {
			take(r, &h, to);
			return 1;
		}
		if (h.len == 0)
			continue;
		if (h.what == INSTANCE) {
			r->instance = h.id;
			r->instance_end = r->pos + h.len;
		} else {
			r->many = h.id;
			r->many_end = r->pos + h.len;
		}
	}
}

static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	return u;
}

bool
lwm2m_number(enum lwm2m_type type, const uint8_t *p, size_t n, double *to)
{
	uint64_t u = n <= 8 ? big_endian(p, n) : 0;

	if (type == LWM2M_FLOAT && n == 4) {
		uint32_t bits = (uint32_t)u;
		float f;

		memcpy(&f, &bits, sizeof(f));
		*to = (double)f;
		return true;
	}
	if (type == LWM2M_FLOAT && n == 8) {
		memcpy(to, &u, sizeof(*to));
		return true;
	}
	if (type == LWM2M_BOOLEAN) {
		*to = (double)u;
		return n == 1 && u <= 1;
	}
	if ((type != LWM2M_INTEGER && type != LWM2M_TIME) || (n != 1 && n != 2 && n != 4 && n != 8))
		return false;
	u <<= 64 - 8 * n;
	*to = (double)((int64_t)u >> (64 - 8 * n));
	return true;
}
