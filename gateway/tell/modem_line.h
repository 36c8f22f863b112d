#ifndef GATEWAY_TELL_MODEM_LINE_H
#define GATEWAY_TELL_MODEM_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The serial line of a modem: raw bytes, nothing of Modbus. */

/* A descriptor, or -1 and why in words. */
int	modem_line_open(const char *path, int64_t speed, char *why, size_t n);
#define MODEM_WAKES	3

/* Waits us for bytes of it, or for one of wakes (-1: none) to be readable.  The bytes
 * read, 0: none came; -1: errno, the line is gone. */
ssize_t	modem_line_hear(int fd, const int wakes[MODEM_WAKES], int64_t us,
	    uint8_t *to, size_t n);
/* All of it, or -1 and errno. */
int	modem_line_say(int fd, const uint8_t *, size_t n);
/* Can a line run at so many bits a second? */
int	modem_line_speed(int64_t speed);	/* 0, -1 */

#endif
