/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Constants of type v128, in modules and in scripts.
 */
#ifndef FRONTEND_TEXT_VECTOR_H
#define FRONTEND_TEXT_VECTOR_H

#include "frontend/text/parser.h"

struct shape {
    const char *name;
    unsigned lanes, bits; /* of a lane */
    bool is_float;
};

/* "i32x4" and so on; an error and some shape if there is none. */
const struct shape *parse_shape(struct parser *p);
/* Sets a lane, little-endian. */
void store_lane(uint8_t bytes[16], const struct shape *shape, unsigned lane, uint64_t value);
/* Shape and lanes, behind "v128.const". */
void parse_v128(struct parser *p, uint8_t bytes[16]);

#endif
