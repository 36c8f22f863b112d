#ifndef GATEWAY_WORDS_DEMO_CALLER_H
#define GATEWAY_WORDS_DEMO_CALLER_H

#include <signal.h>

/* A fume monitor of the demonstration that calls its host and uploads by HJ 212.  A
 * process of its own: it waits for each acknowledgement as such machines do. */

/* A port of loopback that is free now, for SOCK_STREAM or SOCK_DGRAM; 0: errno. */
unsigned	demo_caller_port(int type);
/* Calls, and uploads every two seconds, until it is told to stop. */
void		demo_caller_run(unsigned port, const volatile sig_atomic_t *stopped);

#endif
