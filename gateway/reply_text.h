#ifndef GATEWAY_REPLY_TEXT_H
#define GATEWAY_REPLY_TEXT_H

#include "../protocols/proto.h"

/* One question and its reply as the gateway's control socket carries them:
 * "ask DEVICE FUNCTION FIRST COUNT", and "ok HEX MICROSECONDS [barrier]",
 * "exception N MICROSECONDS" or "timeout".  -1: not understood. */
void			reply_write(const struct reply *, char *text, size_t n);
int			reply_read(const char *text, struct reply *, uint8_t *data, size_t cap);

#endif
