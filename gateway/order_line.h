#ifndef GATEWAY_ORDER_LINE_H
#define GATEWAY_ORDER_LINE_H

#include "uplink/uplink.h"

/* Commands that uplinks took go to the field role by its control socket, as
 * those of the command line do.  The path must stay. */
struct order_line	order_line(const char *path);

#endif
