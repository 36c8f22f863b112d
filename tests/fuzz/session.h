#ifndef TESTS_FUZZ_SESSION_H
#define TESTS_FUZZ_SESSION_H

#include "../../protocols/proto.h"

/* Reads data as a script of questions, answers, noise and time, and aborts
 * when the session breaks its contract. */
void	session_fuzz(const struct proto *, const uint8_t *data, size_t n);

#endif
