#include <string.h>

#include "template.h"

bool
template_take(const char *at, struct template_part *p)
{
	size_t n = strcspn(at + 1, "{}");
	const char *colon;

	*p = (struct template_part){ .next = at + 1, .c = at[0] };
	if (at[0] != '{' && at[0] != '}')
		return true;
	if (at[1] == at[0]) {
		p->next = at + 2;
		return true;
	}
	if (at[0] == '}' || at[1 + n] != '}')
		return false;
	p->c = '\0';
	p->next = at + n + 2;
	p->name = at + 1;
	colon = memchr(at + 1, ':', n);
	p->nname = colon != NULL ? (size_t)(colon - p->name) : n;
	p->how = colon != NULL ? colon + 1 : p->next - 1;
	p->nhow = (size_t)(p->next - 1 - p->how);
	return true;
}

bool
template_is(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(text, word, n) == 0;
}
