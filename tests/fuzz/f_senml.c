/* ci: 60000 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "../../protocols/senml.h"

/* Whatever comes is refused in words, or each record of it has one sound name and
 * a time that is one. */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
look(const struct senml *s)
{
	size_t n = 0;

	for (const struct senml_record *r = s->first; r != NULL; r = r->next, n++) {
		double times;

		assert(strlen(r->name) <= SENML_NAME_MAX && r->own <= strlen(r->name));
		assert(r->name[0] == '\0' || strchr("-:._", r->name[0]) == NULL);
		assert(strspn(r->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789-:./_") == strlen(r->name));
		assert(r->time >= 0 && r->time <= 253402300799000);
		assert(r->kind <= SENML_SUM && (r->kind != SENML_SUM || r->has_sum));
		assert((r->bytes != NULL) == (r->kind == SENML_TEXT || r->kind == SENML_DATA));
		assert(r->bytes == NULL || r->bytes[r->len] == '\0');
		assert(r->update >= 0);
		senml_unit(r->unit, &times);
	}
	assert(n == s->n && n > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static unsigned char room[64 * 1024];
	struct arena arena = { .at = room, .cap = sizeof(room) };
	struct senml s;
	int rc;

	if (n < 1)
		return 0;
	rc = (data[0] & 1 ? senml_cbor : senml_json)(&s, data + 1, n - 1, 1764142800000, &arena);
	assert((rc == 0) == (s.why[0] == '\0') && strlen(s.why) < sizeof(s.why));
	if (rc == 0)
		look(&s);
	else
		assert(s.first == NULL && s.n == 0);
	return 0;
}
