#ifndef PROTOCOLS_MODBUS_H
#define PROTOCOLS_MODBUS_H

#include "proto.h"

/* Modbus TCP: MODBUS Messaging on TCP/IP Implementation Guide V1.0b. */
extern const struct proto modbus_tcp;
/* Modbus RTU: MODBUS over Serial Line V1.02, also carried by TCP. */
extern const struct proto modbus_rtu;

#endif
