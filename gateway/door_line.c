#include <string.h>

#include "../conf/err.h"
#include "door_line.h"

#define VERSION_BYTE	2

static const uint8_t magic[8] = { 't', 'i', 'd', 'e', 'd', 'o', 'r', VERSION_BYTE };

static void
put_field(uint8_t **at, const char *text, size_t room)
{
	memcpy(*at, text, strnlen(text, room - 1));
	*at += room;
}

void
door_put_stream(const struct door_stream *s, uint8_t head[DOOR_STREAM_HEAD])
{
	uint8_t *at = head + sizeof(magic);

	memset(head, 0, DOOR_STREAM_HEAD);
	memcpy(head, magic, sizeof(magic));
	put_field(&at, s->listener, sizeof(s->listener));
	put_field(&at, s->peer, sizeof(s->peer));
	put_field(&at, s->identity, sizeof(s->identity));
}

/* What a DTU may say of itself is printable; all else never came from a door. */
bool
door_text(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool
sound_text(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL && door_text(text);
}

static bool
get_field(const uint8_t **at, char *text, size_t room)
{
	memcpy(text, *at, room);
	*at += room;
	return sound_text(text, room);
}

bool
door_get_stream(const uint8_t head[DOOR_STREAM_HEAD], struct door_stream *s)
{
	const uint8_t *at = head + sizeof(magic);

	return memcmp(head, magic, sizeof(magic)) == 0 &&
	    get_field(&at, s->listener, sizeof(s->listener)) &&
	    get_field(&at, s->peer, sizeof(s->peer)) &&
	    get_field(&at, s->identity, sizeof(s->identity)) && s->listener[0] != '\0';
}

static const char *const words[DOOR_CODES] = {
	[DOOR_STORED]	= ERR_("stored"),
	[DOOR_NOBODY]	= ERR_("nobody is expected by that name"),
	[DOOR_UNPROVEN]	= ERR_("nothing proves who it is"),
	[DOOR_NOWHERE]	= ERR_("there is no such path"),
	[DOOR_FORMAT]	= ERR_("nothing here reads that format"),
	[DOOR_UNSOUND]	= ERR_("it does not read as what it says it is"),
	[DOOR_BUSY]	= ERR_("not now"),
	[DOOR_WRONG_KEY] = ERR_("its key is another one"),
	[DOOR_NO_TLS]	= ERR_("it does not speak TLS as it should"),
	[DOOR_NO_DATA]	= ERR_("it is of a kind that brings no data"),
};

const char *
door_words(enum door_code code)
{
	return code < DOOR_CODES ? words[code] : "";
}

static void
put_text(struct buf *b, const char *text, size_t most)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n > most || (n > 0 && !door_text(text)))
		b->bad = true;
	buf_putbytes(b, text != NULL ? text : "", n);
	buf_put8(b, 0);
}

static const char *
get_text(struct buf *b, size_t most)
{
	size_t left = b->len - b->pos;
	const uint8_t *end = b->bad ? NULL : memchr(b->at + b->pos, 0, left);
	const char *text;

	if (end == NULL || (size_t)(end - (b->at + b->pos)) > most) {
		b->bad = true;
		return "";
	}
	text = (const char *)buf_bytes(b, (size_t)(end - (b->at + b->pos)) + 1);
	if (!sound_text(text, most + 1))
		b->bad = true;
	return text;
}

static void
put_brought(struct buf *b, const struct door_packet *p)
{
	buf_put8(b, p->proven);
	buf_putle16(b, p->format);
	put_text(b, p->peer, DOOR_PEER_MAX);
	put_text(b, p->identity, DOOR_ID_MAX);
	put_text(b, p->path, DOOR_PATH_MAX);
	buf_putle64(b, p->same);
	buf_putle16(b, p->end);
	buf_putle32(b, (uint32_t)p->n);
	if (p->n > DOOR_BYTES_MAX)
		b->bad = true;
	else if (p->n > 0)
		buf_putbytes(b, p->bytes, p->n);
}

static void
get_brought(struct buf *b, struct door_packet *p)
{
	uint8_t proven = buf_u8(b);

	if (proven > 1)
		b->bad = true;
	p->proven = proven == 1;
	p->format = buf_le16(b);
	p->peer = get_text(b, DOOR_PEER_MAX);
	p->identity = get_text(b, DOOR_ID_MAX);
	p->path = get_text(b, DOOR_PATH_MAX);
	p->same = buf_le64(b);
	p->end = buf_le16(b);
	p->n = buf_le32(b);
	if (p->n > DOOR_BYTES_MAX)
		b->bad = true;
	else
		p->bytes = buf_bytes(b, p->n);
}

static void
put_answer(struct buf *b, const struct door_packet *p)
{
	if ((unsigned)p->code >= DOOR_CODES)
		b->bad = true;
	buf_put8(b, (uint8_t)p->code);
	put_text(b, p->why, DOOR_WHY_MAX);
}

static void
get_answer(struct buf *b, struct door_packet *p)
{
	uint8_t code = buf_u8(b);

	if (code >= DOOR_CODES)
		b->bad = true;
	p->code = code;
	p->why = get_text(b, DOOR_WHY_MAX);
}

static void
put_state(struct buf *b, const struct door_packet *p)
{
	put_text(b, p->why, DOOR_WHY_MAX);
	buf_putle32(b, p->callers);
	buf_putle64(b, p->accepted);
	buf_putle64(b, p->refused);
	buf_putle64(b, p->late);
}

static void
get_state(struct buf *b, struct door_packet *p)
{
	p->why = get_text(b, DOOR_WHY_MAX);
	p->callers = buf_le32(b);
	p->accepted = buf_le64(b);
	p->refused = buf_le64(b);
	p->late = buf_le64(b);
}

static void
put_receiver(struct buf *b, const struct door_packet *p)
{
	put_text(b, p->why, DOOR_WHY_MAX);
	buf_putle32(b, p->callers);
	buf_putle64(b, p->late);
	for (size_t i = 0; i < DOOR_CODES; i++)
		buf_putle64(b, p->counts[i]);
	buf_putle64(b, (uint64_t)p->last);
}

static void
get_receiver(struct buf *b, struct door_packet *p)
{
	p->why = get_text(b, DOOR_WHY_MAX);
	p->callers = buf_le32(b);
	p->late = buf_le64(b);
	for (size_t i = 0; i < DOOR_CODES; i++)
		p->counts[i] = buf_le64(b);
	p->last = (int64_t)buf_le64(b);
}

static void
put_refused(struct buf *b, const struct door_packet *p)
{
	put_text(b, p->peer, DOOR_PEER_MAX);
	put_text(b, p->identity, DOOR_ID_MAX);
	put_answer(b, p);
}

static void
get_refused(struct buf *b, struct door_packet *p)
{
	p->peer = get_text(b, DOOR_PEER_MAX);
	p->identity = get_text(b, DOOR_ID_MAX);
	get_answer(b, p);
}

static void
put_cost(struct buf *b, const struct door_packet *p)
{
	put_text(b, p->identity, DOOR_ID_MAX);
	buf_putle64(b, p->rx);
	buf_putle64(b, p->tx);
}

static void
get_cost(struct buf *b, struct door_packet *p)
{
	p->identity = get_text(b, DOOR_ID_MAX);
	p->rx = buf_le64(b);
	p->tx = buf_le64(b);
}

static void
put_nothing(struct buf *b, const struct door_packet *p)
{
	(void)b;
	(void)p;
}

static void
get_nothing(struct buf *b, struct door_packet *p)
{
	(void)b;
	(void)p;
}

/* What stands behind the head, the token and the name. */
static const struct {
	void	(*put)(struct buf *, const struct door_packet *);
	void	(*get)(struct buf *, struct door_packet *);
} kinds[] = {
	[DOOR_MESSAGE]	= { put_brought, get_brought },
	[DOOR_ANSWER]	= { put_answer, get_answer },
	[DOOR_STATE]	= { put_state, get_state },
	[DOOR_RENEWED]	= { put_nothing, get_nothing },
	[DOOR_REFUSED]	= { put_refused, get_refused },
	[DOOR_RECEIVER]	= { put_receiver, get_receiver },
	[DOOR_COST]	= { put_cost, get_cost },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

void
door_put(struct buf *b, const struct door_packet *p)
{
	if ((size_t)p->kind >= KINDS || kinds[p->kind].put == NULL) {
		b->bad = true;
		return;
	}
	buf_put8(b, VERSION_BYTE);
	buf_put8(b, (uint8_t)p->kind);
	buf_putle64(b, p->token);
	put_text(b, p->name, p->kind == DOOR_RENEWED ? 64 : DOOR_NAME_MAX);
	kinds[p->kind].put(b, p);
}

bool
door_get(const uint8_t *bytes, size_t n, struct door_packet *p)
{
	struct buf b = { .at = (uint8_t *)(uintptr_t)bytes, .len = n };
	uint8_t version = buf_u8(&b), kind = buf_u8(&b);

	*p = (struct door_packet){ .name = "", .peer = "", .identity = "", .path = "",
	    .why = "" };
	if (b.bad || version != VERSION_BYTE || kind >= KINDS || kinds[kind].get == NULL)
		return false;
	p->kind = kind;
	p->token = buf_le64(&b);
	p->name = get_text(&b, kind == DOOR_RENEWED ? 64 : DOOR_NAME_MAX);
	kinds[kind].get(&b, p);
	return !b.bad && b.pos == b.len;
}
