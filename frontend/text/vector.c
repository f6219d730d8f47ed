/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Constants of type v128 (spec 6.5.7): a shape and its lanes.
 */
#include "frontend/text/vector.h"

static const struct shape shapes[] = {
    {"i8x16", 16, 8, false}, {"i16x8", 8, 16, false}, {"i32x4", 4, 32, false},
    {"i64x2", 2, 64, false}, {"f32x4", 4, 32, true},  {"f64x2", 2, 64, true},
};

const struct shape *parse_shape(struct parser *p)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (accept_keyword(p, shapes[i].name))
            return &shapes[i];
    parser_unexpected(p, "a vector shape");
    return &shapes[0];
}

void store_lane(uint8_t bytes[16], const struct shape *shape, unsigned lane, uint64_t value)
{
    unsigned size = shape->bits / 8;
    for (unsigned i = 0; i < size; i++)
        bytes[lane * size + i] = (uint8_t)(value >> (8 * i));
}

/* The lanes are counted before they are read: too few of them is the error, whatever they are. */
void parse_v128(struct parser *p, uint8_t bytes[16])
{
    const struct shape *shape = parse_shape(p);
    struct token lanes[16];
    unsigned count = 0;
    for (; at_number(p); count++) {
        if (count < shape->lanes)
            lanes[count] = p->tok;
        parser_advance(p);
    }
    if (count != shape->lanes) {
        if (p->tok.kind == TOK_KEYWORD)
            parser_unexpected(p, "a number");
        parser_fail_at(p, p->tok.p, "wrong number of lane literals: %s wants %u, not %u",
                       shape->name, shape->lanes, count);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        store_lane(bytes, shape, i,
                   shape->is_float ? token_float(p, &lanes[i], shape->bits)
                                   : token_int(p, &lanes[i], shape->bits));
}
