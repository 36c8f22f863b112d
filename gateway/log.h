#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

#include <stddef.h>

/* To stderr, one line each, "who: what: why" in English, with the journald
 * prefix when stderr is the journal.  Text from outside is escaped by %s of
 * log_safe.  One line on a change, none per poll. */
enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void	log_open(enum log_level);
/* From now on a line that finds no room is dropped and counted, so that a
 * reader who has stopped stops nobody else. */
void	log_never_wait(void);
void	log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Printable form of foreign text in buf (n bytes); returns buf. */
const char *log_safe(const char *text, char *buf, size_t n);

#endif
