#include <string.h>

#include "acs3.h"
#include "encode.h"

static void
put(struct buf *to, const char *text)
{
	buf_putbytes(to, text, strlen(text));
}

static void
sort(struct acs3_param *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct acs3_param x = p[i];
		size_t k = i;

		for (; k > 0 && strcmp(p[k - 1].name, x.name) > 0; k--)
			p[k] = p[k - 1];
		p[k] = x;
	}
}

void
acs3_query(struct buf *to, struct acs3_param *p, size_t n)
{
	const char *between = "";

	sort(p, n);
	for (size_t i = 0; i < n; i++) {
		if (p[i].value == NULL)
			continue;
		put(to, between);
		encode_percent(to, p[i].name, strlen(p[i].name));
		buf_put8(to, '=');
		encode_percent(to, p[i].value, strlen(p[i].value));
		between = "&";
	}
}

void
acs3_canonical(struct buf *to, const struct acs3_request *q)
{
	const char *const parts[] = { "POST\n/\n", q->query, "\nhost:", q->host,
	    "\nx-acs-action:", q->action, "\nx-acs-content-sha256:", q->sum,
	    "\nx-acs-date:", q->date, "\nx-acs-signature-nonce:", q->nonce,
	    "\nx-acs-version:", q->version, "\n\n" ACS3_SIGNED "\n", q->sum };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		put(to, parts[i]);
}
