/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SHA-256 (FIPS 180-4): names a module by its bytes, in the artifact and in the cache.
 */
#ifndef FRONTEND_SHA256_H
#define FRONTEND_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t size;     /* bytes so far */
    uint8_t block[64]; /* the last size % 64 of them */
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
/* The digest of all that was added; hash is used up. */
void sha256_end(struct sha256 *hash, uint8_t digest[32]);

#endif
