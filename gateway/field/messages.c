#include <string.h>

#include "field.h"

static void
refuse(struct control_client *client, uint32_t id, const char *why)
{
	control_answer(client, MESSAGE_ANSWER, MESSAGE_FAILED, id, why, strlen(why));
}

/* The next text of a body; NULL: there is none. */
static const char *
next_text(const struct message *m, size_t *at)
{
	const char *text = (const char *)m->body + *at;
	size_t n = *at < m->len ? strnlen(text, m->len - *at) : 0;

	if (*at >= m->len || *at + n >= m->len)
		return NULL;
	*at += n + 1;
	return text;
}

static int
cut(const struct message *m, struct record *r)
{
	size_t at = 0;

	*r = (struct record){ .kind = MESSAGES_KIND, .key = next_text(m, &at) };
	while (r->key != NULL && at < m->len && r->nfields < FIELDS_MAX) {
		struct record_field *f = &r->fields[r->nfields++];

		f->name = next_text(m, &at);
		f->value = f->name != NULL ? next_text(m, &at) : NULL;
		if (f->value == NULL)
			return -1;
	}
	return r->key != NULL && r->key[0] != '\0' && at == m->len ? 0 : -1;
}

/* Of a way: that it fails, or does no more. */
static void
look_at_trouble(struct field_role *f, const struct record *r)
{
	const char *phase = "", *why = "";

	for (size_t i = 0; i < r->nfields; i++) {
		if (strcmp(r->fields[i].name, "phase") == 0)
			phase = r->fields[i].value;
		else if (strcmp(r->fields[i].name, "why") == 0)
			why = r->fields[i].value;
	}
	if (strcmp(phase, "failing") == 0 || strcmp(phase, "well") == 0)
		trouble_take(f, TROUBLE_NOTIFY, r->key, phase[0] == 'f', why);
}

int
messages_take(struct field_role *f, struct control_client *client, const struct message *m)
{
	struct messages *all = &f->messages;
	struct entry e = { .kind = ENTRY_RECORD };
	uint64_t seq;

	if (cut(m, &e.record) != 0)
		return -1;
	if (all->n == MESSAGES_MOST) {
		refuse(client, m->id, "too many commands at once");
		return 0;
	}
	seq = pipeline_append(&f->pipeline, &e, COMMIT_ALARM);
	if (seq == 0) {
		refuse(client, m->id, "the store takes nothing");
		return 0;
	}
	look_at_trouble(f, &e.record);
	all->at[(all->head + all->n) % MESSAGES_MOST].client = client;
	all->at[(all->head + all->n) % MESSAGES_MOST].id = m->id;
	all->at[(all->head + all->n++) % MESSAGES_MOST].seq = seq;
	return 0;
}

void
messages_go_on(struct field_role *f)
{
	struct messages *all = &f->messages;

	while (all->n > 0 && all->at[all->head].seq <= f->durable.seq[LANE_ALARM]) {
		if (all->at[all->head].client != NULL)
			control_answer(all->at[all->head].client, MESSAGE_ANSWER, 0,
			    all->at[all->head].id, "", 0);
		all->head = (all->head + 1) % MESSAGES_MOST;
		all->n--;
	}
}

void
messages_gone(struct field_role *f, const struct control_client *client)
{
	struct messages *all = &f->messages;

	for (size_t i = 0; i < MESSAGES_MOST; i++)
		if (all->at[i].client == client)
			all->at[i].client = NULL;
}
