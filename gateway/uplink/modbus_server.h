#ifndef GATEWAY_UPLINK_MODBUS_SERVER_H
#define GATEWAY_UPLINK_MODBUS_SERVER_H

#include "../../protocols/modbus_request.h"
#include "modbus_conf.h"

/* What libmodbus does for us: it frames answers and sets serial lines.  It never
 * reads: its receive aborts at descriptors from 1024 on, and sleeps. */
struct answerer;

/* NULL: no memory, or no descriptors (errno). */
struct answerer	*answerer_tcp(void);
/* Opens and sets the line.  NULL: why is filled. */
struct answerer	*answerer_rtu(const struct modbus_conf *, const char *path, char *why,
		    size_t n);
void		 answerer_free(struct answerer *);
int		 answerer_line(const struct answerer *);	/* its descriptor */

/* Room for what a request reads: its values, registers or bits, in order. */
uint16_t	*answerer_room(struct answerer *);
/* The answer to a whole frame with a sound request, of which what it reads was
 * put into the room.  Returns its bytes in out; 0: there is none. */
size_t		 answerer_reply(struct answerer *, const struct modbus_request *,
		    const uint8_t *frame, size_t n, uint8_t out[REQUEST_FRAME_MAX]);
size_t		 answerer_refuse(struct answerer *, const uint8_t *frame, size_t n,
		    uint8_t exception, uint8_t out[REQUEST_FRAME_MAX]);

#endif
