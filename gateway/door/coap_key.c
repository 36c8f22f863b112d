#include <stdio.h>
#include <string.h>

#include "../secret.h"
#include "coap_key.h"

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
from_hex(const char *hex, struct coap_key *key)
{
	for (; hex[0] != '\0' && key->n < COAP_KEY_MAX; hex += 2) {
		int high = digit(hex[0]), low = high < 0 ? -1 : digit(hex[1]);

		if (low < 0)
			return -1;
		key->bytes[key->n++] = (uint8_t)(high << 4 | low);
	}
	return hex[0] == '\0' && key->n > 0 ? 0 : -1;
}

int
coap_key_load(const char *written, struct coap_key *key, char *why, size_t n)
{
	char secret[SECRET_MAX + 1];
	int rc = secret_load(written, secret, why, n);

	key->n = 0;
	if (rc == 0 && strncmp(secret, "0x", 2) == 0) {
		rc = from_hex(secret + 2, key);
		if (rc < 0)
			snprintf(why, n, "its hex is not of 1 to %d whole bytes", COAP_KEY_MAX);
	} else if (rc == 0 && strlen(secret) > COAP_KEY_MAX) {
		snprintf(why, n, "longer than %d bytes", COAP_KEY_MAX);
		rc = -1;
	} else if (rc == 0) {
		key->n = strlen(secret);
		memcpy(key->bytes, secret, key->n);
	}
	secret_clear(secret, sizeof(secret));
	return rc;
}
