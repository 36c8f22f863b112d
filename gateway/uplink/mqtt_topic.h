#ifndef GATEWAY_UPLINK_MQTT_TOPIC_H
#define GATEWAY_UPLINK_MQTT_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#define TOPIC_MAX	512	/* bytes of one, with its NUL */

/* What a topic is about; NULL: of this there is none. */
struct topic_words {
	const char	*prefix;	/* a template of gateway and uplink alone */
	const char	*gateway, *uplink;
	const char	*device, *point, *rule, *kind;
	const char	*contact, *class;	/* of a message to somebody */
};

/* Bits of the words that a template may name. */
enum topic_word {
	TOPIC_PREFIX = 1, TOPIC_GATEWAY = 2, TOPIC_UPLINK = 4, TOPIC_DEVICE = 8,
	TOPIC_POINT = 16, TOPIC_RULE = 32, TOPIC_KIND = 64, TOPIC_CONTACT = 128,
	TOPIC_CLASS = 256
};

enum topic_fault {
	TOPIC_OK,
	TOPIC_BRACE,		/* one that has no other */
	TOPIC_UNKNOWN,		/* no such word, or none that is known here */
	TOPIC_WILD,		/* + # or a control character */
	TOPIC_LONG
};

/* "{device}" stands for a name, whose '/' makes levels; in "{device:flat}" it is
 * a full stop instead, which names do not have.  "{{" and "}}" are braces.  In a
 * name + # % and control characters become %2B and so on; one that is not there
 * is "-". */
enum topic_fault topic_check(const char *template, unsigned words);
/* False: longer than TOPIC_MAX.  The template must be sound. */
bool	topic_write(char out[TOPIC_MAX], const char *template, const struct topic_words *);
bool	topic_names(const char *template, enum topic_word);

#endif
