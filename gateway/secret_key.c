#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../conf/err.h"
#include "secret.h"
#include "secret_key.h"

#define LIKE_HEX	32		/* digits: 128 bits, as keys are made */

/* Where keys were hex alone those still are that have no 0x. */
const struct key_form key_form_tls = { .least = 16, .most = SECRET_KEY_MAX, .bare = 32 };
const struct key_form key_form_coap = { .least = 1, .most = SECRET_KEY_MAX };
const struct key_form key_form_mqtt = { .least = 1, .most = SECRET_KEY_MAX, .bare = 1 };
const struct key_form key_form_sm4 = { .least = 16, .most = 16 };

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
all_hex(const char *text)
{
	while (digit(*text) >= 0)
		text++;
	return *text == '\0';
}

/* Of an odd number of digits the first is a byte of its own. */
static bool
from_hex(const char *hex, struct secret_key *key)
{
	size_t n = strlen(hex);

	if (!all_hex(hex) || n == 0 || (n + 1) / 2 > SECRET_KEY_MAX)
		return false;
	for (key->n = 0; *hex != '\0'; n = 0) {
		int high = n % 2 == 1 ? 0 : digit(*hex++);

		key->bytes[key->n++] = (uint8_t)(high << 4 | digit(*hex++));
	}
	return true;
}

static enum secret_sort
sort_of(const struct key_form *form, const char *secret, struct secret_key *key)
{
	size_t n = strlen(secret);

	if (strncmp(secret, "0x", 2) == 0)
		return n % 2 == 0 && from_hex(secret + 2, key) ? SECRET_HEX : SECRET_NO_KEY;
	if (form->bare > 0 && n >= form->bare && (n % 2 == 0 || form->bare == 1) &&
	    from_hex(secret, key))
		return SECRET_BARE_HEX;
	if (n > SECRET_KEY_MAX)
		return SECRET_NO_KEY;
	memcpy(key->bytes, secret, n);
	key->n = n;
	return n >= LIKE_HEX && all_hex(secret) ? SECRET_LIKE_HEX : SECRET_TEXT;
}

enum secret_sort
secret_key_read(const struct key_form *form, const char *secret, struct secret_key *key)
{
	enum secret_sort sort;

	*key = (struct secret_key){ .n = 0 };
	sort = sort_of(form, secret, key);
	if (sort != SECRET_NO_KEY && key->n >= form->least && key->n <= form->most)
		return sort;
	secret_clear(key, sizeof(*key));
	return SECRET_NO_KEY;
}

const char *
secret_key_words(const struct key_form *form)
{
	if (form->least == form->most)
		return ERR_("a key of %u bytes is wanted, as text or as 0x and hex digits");
	return ERR_("a key of %u to %u bytes is wanted, as text or as 0x and hex digits");
}

int
secret_key_load(const struct key_form *form, const char *written, struct secret_key *key,
    char *why, size_t n)
{
	char secret[SECRET_MAX + 1];
	int rc = secret_load(written, secret, why, n);

	key->n = 0;
	if (rc == 0 && secret_key_read(form, secret, key) == SECRET_NO_KEY) {
		snprintf(why, n, secret_key_words(form), form->least, form->most);
		rc = -1;
	}
	secret_clear(secret, sizeof(secret));
	return rc;
}
