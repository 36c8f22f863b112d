#ifndef PROTOCOLS_GPIO_H
#define PROTOCOLS_GPIO_H

#include "proto.h"

/* The digital lines of the box itself, asked as coils are: functions 1 (what an
 * output is set to), 2 (what an input shows) and 5 (set one output).  Between
 * session and link goes a frame that no wire ever sees: function, first line
 * and count big-endian, and for 5 a byte 0 or 1; back comes a status byte, 0 or
 * an exception of Modbus, and the lines packed, the first in bit 0. */
#define GPIO_QUESTION	6
#define GPIO_LINES_MAX	64	/* of one question */

enum gpio_function { GPIO_OUTPUTS = 1, GPIO_INPUTS = 2, GPIO_SET = 5 };

extern const struct proto gpio_lines;

#endif
