#include <string.h>

#include "dtu.h"

/* Four-Faith's PROT mode: a registration of 21 bytes, then a stream in which FD
 * and FE are written FD ED and FD EE; a bare FE is the heartbeat. */

#define ESCAPE	0xfd
#define BEAT	0xfe

static void
unescape(struct dtu *d, uint8_t c, struct dtu_out *out)
{
	if (d->state != 0) {
		d->state = 0;
		/* of another pair nothing is known: both bytes, for the check sum to judge */
		if (c != 0xed && c != 0xee)
			buf_put8(&out->payload, ESCAPE);
		buf_put8(&out->payload, c == 0xed ? ESCAPE : c == 0xee ? BEAT : c);
	} else if (c == ESCAPE) {
		d->state = 1;
	} else if (c == BEAT) {
		out->beats++;
		buf_putbytes(&out->reply, d->conf->beat_reply.bytes, d->conf->beat_reply.n);
	} else {
		buf_put8(&out->payload, c);
	}
}

/* The registration is not escaped. */
static bool
escaped_hear(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	size_t before = out->payload.len;

	if (d->is.id[0] == '\0') {
		if (!dtu_plain.hear(d, p, n, out))
			return false;
		n = out->payload.len - before;
		p = out->payload.at + before;
		out->payload.len = before;
	}
	for (size_t i = 0; i < n; i++)	/* never longer than what is read */
		unescape(d, p[i], out);
	return true;
}

static void
escaped_wrap(struct dtu *d, const uint8_t *p, size_t n, struct buf *to)
{
	(void)d;
	for (size_t i = 0; i < n; i++) {
		bool special = p[i] == ESCAPE || p[i] == BEAT;

		if (special)
			buf_put8(to, ESCAPE);
		buf_put8(to, p[i] == ESCAPE ? 0xed : p[i] == BEAT ? 0xee : p[i]);
	}
}

const struct dtu_framing dtu_escaped = { escaped_hear, escaped_wrap };

/* Hongdian DDP: 7B, type, length of the whole packet (big-endian), 11 characters
 * of identity, data, 7B.  Over TCP a packet comes in any pieces; its data are
 * handed on as they come.  Over UDP some put the data behind a packet that has
 * none, up to the end of the datagram, and take such ones only. */

#define FLAG		0x7b
#define HEAD		15		/* up to the identity's end */
#define AROUND		16		/* and the last 7B */
#define DATA_MAX	1024
#define PATIENCE	3		/* questions in its own form that it may not hear */

enum ddp_type {
	DDP_REGISTER = 0x01, DDP_LEAVE = 0x02, DDP_ACK = 0x05, DDP_DATA = 0x09,
	DDP_REGISTERED = 0x81, DDP_LEFT = 0x82, DDP_TAKEN = 0x85,
	DDP_DOWN = 0x89
};

/* Where a packet is: state is its type, left what is still to come of it. */

static void
ddp_packet(const struct dtu *d, enum ddp_type type, const uint8_t *p, size_t n,
    struct buf *to)
{
	uint8_t id[11] = { 0 };
	size_t len = strlen(d->is.id);

	/* as it writes it: a short one may be padded with blanks */
	if (d->said.n == HEAD)
		memcpy(id, d->said.bytes + 4, sizeof(id));
	else
		memcpy(id, d->is.id, len < sizeof(id) ? len : sizeof(id));
	buf_put8(to, FLAG);
	buf_put8(to, (uint8_t)type);
	buf_putbe16(to, (uint16_t)(n + AROUND));
	buf_putbytes(to, id, sizeof(id));
	buf_putbytes(to, p, n);
	buf_put8(to, FLAG);
}

/* How it has put its data. */
static void
shows(struct dtu *d, bool outside)
{
	d->known = true;
	d->outside = outside;
	d->asked = 0;
}

static void
take_id(struct dtu *d, const uint8_t *p, struct dtu_out *out)
{
	char id[12] = { 0 };

	memcpy(id, p, 11);
	for (size_t n = strlen(id); n > 0 && id[n - 1] == ' '; n--)
		id[n - 1] = '\0';
	if (strcmp(id, d->is.id) == 0 && d->state != DDP_REGISTER)
		return;
	memcpy(d->is.id, id, sizeof(id));
	d->said.n = HEAD;
	memcpy(d->said.bytes, d->part.bytes, HEAD);
	out->registered = true;
}

/* A head is whole.  Each packet names the DTU: one that was registered with us
 * before we began again need not be told to say so once more. */
static bool
take_head(struct dtu *d, struct dtu_out *out)
{
	const uint8_t *p = d->part.bytes;
	unsigned len = (unsigned)p[2] << 8 | p[3];

	if (p[0] != FLAG || p[1] >= 0x80 || len < AROUND || len > AROUND + DATA_MAX)
		return false;
	for (int i = 4; i < HEAD; i++)
		if ((p[i] < ' ' && p[i] != '\0') || p[i] >= 0x7f)
			return false;
	if (p[4] == '\0' || p[4] == ' ')
		return false;
	d->state = p[1];
	take_id(d, p + 4, out);
	d->left = (uint16_t)(len - HEAD);
	d->part.n = 0;
	if (d->state == DDP_DATA && len > AROUND)
		shows(d, false);
	return true;
}

static void
take_end(struct dtu *d, struct dtu_out *out)
{
	switch (d->state) {
	case DDP_REGISTER:		/* again and again: its heartbeat */
		ddp_packet(d, DDP_REGISTERED, NULL, 0, &out->reply);
		out->beats++;
		break;
	case DDP_LEAVE:
		out->left = true;
		ddp_packet(d, DDP_LEFT, NULL, 0, &out->reply);
		break;
	case DDP_DATA:
		ddp_packet(d, DDP_TAKEN, NULL, 0, &out->reply);
		break;
	case DDP_ACK:			/* of what we sent, and of parameters, logs */
	default:
		break;
	}
	d->state = 0;
}

/* Its data, and the 7B at its end. */
static size_t
take_body(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	size_t some = n < d->left ? n : d->left, data = some - (some == d->left);

	if (d->state == DDP_DATA)
		buf_putbytes(&out->payload, p, data);
	d->left -= (uint16_t)some;
	if (d->left > 0)
		return some;
	if (p[some - 1] != FLAG)
		return DTU_NONE;
	take_end(d, out);
	return some;
}

/* After a head: only the last 7B is to come, and more than that is there. */
static bool
has_data_behind(const struct dtu *d, const uint8_t *p, size_t n)
{
	return d->datagrams && d->state == DDP_DATA && d->left == 1 && n > 1 && p[0] == FLAG;
}

/* The 7B, and the rest of the datagram. */
static size_t
take_behind(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	shows(d, true);
	buf_putbytes(&out->payload, p + 1, n - 1);
	d->left = 0;
	take_end(d, out);
	return n;
}

static bool
ddp_hear(struct dtu *d, const uint8_t *p, size_t n, struct dtu_out *out)
{
	while (n > 0) {
		size_t used = 1;

		if (has_data_behind(d, p, n)) {
			used = take_behind(d, p, n, out);
		} else if (d->left > 0) {
			used = take_body(d, p, n, out);
			if (used == DTU_NONE)
				return false;
		} else {
			d->part.bytes[d->part.n++] = *p;
			if (d->part.bytes[0] != FLAG)
				return false;
			if (d->part.n == HEAD && !take_head(d, out))
				return false;
		}
		p += used;
		n -= used;
	}
	return true;
}

/* In its own form; while it shows none, or answers no more, in each by turns. */
static void
ddp_wrap(struct dtu *d, const uint8_t *p, size_t n, struct buf *to)
{
	bool other = d->datagrams && d->asked % 2 == 1 && d->asked >= (d->known ? PATIENCE : 1);
	bool outside = d->outside != other;

	d->asked++;
	ddp_packet(d, DDP_DOWN, p, outside ? 0 : n, to);
	if (outside)
		buf_putbytes(to, p, n);
}

const struct dtu_framing dtu_ddp = { ddp_hear, ddp_wrap };
