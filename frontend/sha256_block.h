/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What SHA-256 does with whole blocks: in C, and with a processor's instructions for it.
 */
#ifndef FRONTEND_SHA256_BLOCK_H
#define FRONTEND_SHA256_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64 };

extern const uint32_t sha256_constants[64]; /* 4.2.2 */

/* Adds blocks, of SHA256_BLOCK bytes each, to the state (6.2.2). */
typedef void sha256_compress_fn(uint32_t state[8], const uint8_t *blocks, size_t count);

void sha256_compress(uint32_t state[8], const uint8_t *blocks, size_t count);
/* The same by the instructions of this processor; NULL if it has none. */
sha256_compress_fn *sha256_compress_machine(void);

#endif
