#ifndef GATEWAY_DOOR_TLS_H
#define GATEWAY_DOOR_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_ID_MAX	40	/* bytes of an identity, without the NUL */
#define TLS_PSK_MAX	64	/* bytes of a key */

/* What a port demands.  A generation of it: connections keep the one they began
 * with. */
struct tls_terms;

struct tls_words {
	const char	*cert, *key;	/* files; NULL: keys that both have are the proof */
	const char	*ca;		/* file; NULL: whoever calls proves nothing */
	/* The key of an identity; 0: there is none. */
	size_t		(*psk)(void *, const char *identity, uint8_t key[TLS_PSK_MAX]);
	void		*owner;		/* lives as long as the last connection */
};

/* NULL: why is filled. */
struct tls_terms *tls_terms_new(const struct tls_words *, char *why, size_t n);
void	tls_terms_free(struct tls_terms *);

/* One connection, on a socket that it does not own. */
struct tls;

enum tls_state {
	TLS_GOES_ON,		/* done, or so many bytes */
	TLS_WANTS_READ,		/* again when the socket is readable ... */
	TLS_WANTS_WRITE,	/* ... or writable */
	TLS_ENDED,		/* the far end took its leave */
	TLS_BROKEN
};

struct tls	*tls_new(const struct tls_terms *, int fd);	/* NULL: no memory */
void		 tls_free(struct tls *);
enum tls_state	 tls_shake(struct tls *);
enum tls_state	 tls_read(struct tls *, void *, size_t n, size_t *got);
/* Bytes that lie there already, for which no socket wakes. */
bool		 tls_has_more(const struct tls *);
/* A write that wants something is to be tried again with the same bytes. */
enum tls_state	 tls_write(struct tls *, const void *, size_t n, size_t *put);
/* That nothing more comes from here; not waited for. */
void		 tls_bye(struct tls *);
/* Who is there, once the hands are shaken; "": nothing proves it. */
const char	*tls_identity(const struct tls *);
/* Who it claimed to be when it failed; "": nobody. */
const char	*tls_claim(const struct tls *);
/* Did it offer a key, and another one than that of its claim? */
bool		 tls_wrong_key(const struct tls *);

/* The common name of a certificate (DER); "": it has none that is printable. */
#define TLS_NAME_MAX	63
void	tls_common_name(const uint8_t *der, size_t n, char name[TLS_NAME_MAX + 1]);

#endif
