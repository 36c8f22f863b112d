#ifndef GATEWAY_SIM_DIALLER_H
#define GATEWAY_SIM_DIALLER_H

#include "serve.h"

/* A line of a DTU: calls a port of 127.0.0.1, says who it is and beats, and calls
 * again when it is hung up on.  words lives as long as the line. */
struct serve_line *serve_dial(struct serve *, uint16_t port, const char *words);
/* Calls, or beats, if it is time to. */
void	dialler_turn(struct serve_line *, int64_t now);

#endif
