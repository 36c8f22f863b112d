#ifndef GATEWAY_JOURNAL_CRC32C_H
#define GATEWAY_JOURNAL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli, RFC 3720) of n bytes, going on from crc (0 at first). */
uint32_t	crc32c(uint32_t crc, const void *, size_t n);
/* The same without the processor's own instruction. */
uint32_t	crc32c_table(uint32_t crc, const void *, size_t n);

#endif
