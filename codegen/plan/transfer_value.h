/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to the search for functions that copy or fill (transfer.c): values of an execution whose
 * addresses and bytes are unknown.
 */
#ifndef CODEGEN_PLAN_TRANSFER_VALUE_H
#define CODEGEN_PLAN_TRANSFER_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* A byte: a number below 256, the byte to fill with, anything, or BYTE_SOURCE + its place there. */
enum { BYTE_FILL = 256, BYTE_ANY = 257, BYTE_SOURCE = 512 };

enum value_kind {
    VALUE_SUM,  /* dest * the first address + source * the second + constant */
    VALUE_LOW,  /* unknown but for the lowest LOW_BITS bits, which are the constant's */
    VALUE_BYTES /* 8, or 4 and zeros: some are no numbers */
};

enum { LOW_BITS = 2 };

struct value {
    uint8_t kind;
    uint32_t dest, source;
    union {
        uint64_t constant;
        uint16_t bytes[8];
    };
};

/* What is not known is tried both ways, one after the other: the answers of one execution. */
struct choices {
    uint8_t answers[24];
    unsigned count, asked;
};

/* What an execution knows of the two addresses. */
struct world {
    uint32_t n;
    struct choices *choices;
    struct {
        unsigned known; /* lowest bits */
        uint32_t bits;
    } low[2]; /* dest, source */
    bool failed;
};

bool choose(struct world *w);

struct value value_constant(uint64_t n);
struct value value_any(void);
bool is_constant(const struct value *value);
/* bytes: 4 or 8; more than the value has are zero. */
void value_get_bytes(const struct value *value, uint16_t bytes[8]);
struct value value_of_bytes(const uint16_t bytes[8]);
/* The low `bits` bits of a sum. */
uint32_t value_low_bits(struct world *w, const struct value *sum, unsigned bits);

/* op: an instruction on two integers of `size` bytes. */
struct value value_operate(struct world *w, int op, unsigned size, const struct value *a,
                           const struct value *b);
/* Whether a `op` b, as OP_i32_eq, OP_i32_lt_u, ... has it. */
bool value_compare(struct world *w, int op, const struct value *a, const struct value *b);

#endif
