#include <stdio.h>
#include <string.h>

#include "../../protocols/encode.h"
#include "../../rules/class.h"
#include "../uplink/template.h"
#include "form.h"

const char *const form_escapes[] = { "json", "form", "xml", "plain", NULL };

static const char *const of_variables[] = { "device", "point", "value", "unit", "limit",
    "state", "time", "gateway", "count", NULL };

/* Without "+86", as domestic providers want it. */
static const char *
number_of(const struct notice *m)
{
	return strncmp(m->address, "+86", 3) == 0 ? m->address + 3 :
	    m->address + (m->address[0] == '+');
}

static const char *
class_of(const struct notice *m)
{
	return class_names[m->class];
}

static const char *
priority_of(const struct notice *m)
{
	return priority_names[m->priority];
}

static const char *
purpose_of(const struct notice *m)
{
	return notice_purposes[m->purpose];
}

#define OF(member) \
	static const char *member##_of(const struct notice *m) { return m->member; }

OF(id) OF(contact) OF(address) OF(language) OF(text) OF(rule) OF(code)

static const struct { const char *name; const char *(*of)(const struct notice *); } own[] = {
	{ "id", id_of }, { "contact", contact_of }, { "address", address_of },
	{ "number", number_of }, { "language", language_of }, { "text", text_of },
	{ "rule", rule_of }, { "code", code_of }, { "class", class_of },
	{ "priority", priority_of }, { "purpose", purpose_of },
};

static const char *
value_of(const struct template_part *p, const struct form_values *v)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (template_is(p->name, p->nname, own[i].name))
			return own[i].of(v->notice);
	for (size_t i = 0; of_variables[i] != NULL; i++)
		if (template_is(p->name, p->nname, of_variables[i]))
			return notice_variable(v->notice, of_variables[i]);
	if (template_is(p->name, p->nname, "provider"))
		return v->provider;
	return template_is(p->name, p->nname, "secret") ? v->secret : NULL;
}

int
form_check(const char *form, const char **at)
{
	static const struct notice nothing = { .id = "", .contact = "", .address = "",
	    .language = "", .text = "", .rule = "", .code = "" };
	const struct form_values v = { &nothing, "", "" };
	struct template_part p;

	for (*at = form; **at != '\0'; *at = p.next)
		if (!template_take(*at, &p) ||
		    (p.c == '\0' && (p.nhow > 0 || value_of(&p, &v) == NULL)))
			return -1;
	return 0;
}

static void
put(struct buf *to, const char *text, enum form_escape how)
{
	size_t n = strlen(text);

	switch (how) {
	case FORM_AS_JSON:
		encode_json(to, text, n);
		break;
	case FORM_AS_FORM:
		encode_percent(to, text, n);
		break;
	case FORM_AS_XML:
		encode_xml(to, text, n);
		break;
	case FORM_PLAIN:
		buf_putbytes(to, text, n);
		break;
	}
}

bool
form_fill(struct buf *to, const char *form, const struct form_values *v, enum form_escape how)
{
	struct template_part p;

	for (const char *at = form; *at != '\0' && template_take(at, &p); at = p.next)
		if (p.c != '\0')
			buf_put8(to, (uint8_t)p.c);
		else
			put(to, value_of(&p, v), how);
	return !to->bad;
}
