#include "../../rules/class.h"
#include "notice_json.h"

static void
put_variables(struct json *j, const struct notice *m)
{
	json_key(j, "variables");
	json_put_object(j);
	for (size_t i = 0; i < m->nvariables; i++) {
		json_key(j, m->variables[i].name);
		json_put_string(j, m->variables[i].value);
	}
	json_close(j);
}

static void
put_text(struct json *j, const char *name, const char *text)
{
	json_key(j, name);
	json_put_string(j, text);
}

bool
notice_json(struct buf *out, const struct notice *m)
{
	struct json j;

	json_begin(&j, out);
	json_put_object(&j);
	put_text(&j, "id", m->id);
	json_key(&j, "created");
	json_put_int(&j, m->created);
	json_key(&j, "expires");
	json_put_int(&j, m->expires);
	put_text(&j, "contact", m->contact);
	put_text(&j, "address", m->address);
	put_text(&j, "language", m->language);
	put_text(&j, "purpose", notice_purposes[m->purpose]);
	put_text(&j, "class", class_names[m->class]);
	put_text(&j, "priority", priority_names[m->priority]);
	put_text(&j, "rule", m->rule);
	put_text(&j, "device", m->device);
	put_text(&j, "code", m->code);
	put_text(&j, "text", m->text);
	put_variables(&j, m);
	json_close(&j);
	return json_end(&j);
}
