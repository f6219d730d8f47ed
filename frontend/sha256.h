/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * SHA-256 (FIPS 180-4): names a module by its bytes, in the artifact and in the caches. Not a
 * faster sum, because what a cache finds is executed: nobody may be able to make a module that
 * finds another's code.
 */
#ifndef FRONTEND_SHA256_H
#define FRONTEND_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 2 * SHA256_SIZE + 1 };

struct sha256 {
    uint32_t state[8];
    uint64_t size;     /* bytes so far */
    uint8_t block[64]; /* the last size % 64 of them */
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
/* One item of several, after its size, so that neighbours cannot run into each other. */
void sha256_add_item(struct sha256 *hash, const void *bytes, size_t size);
/* The same with a string; NULL is the empty one. */
void sha256_add_text(struct sha256 *hash, const char *text);
/* The digest of all that was added; hash is used up. */
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);
/* The same, in hexadecimal. */
void sha256_end_hex(struct sha256 *hash, char hex[SHA256_HEX_SIZE]);

/* The digest of these bytes alone. */
void sha256_of(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);

#endif
