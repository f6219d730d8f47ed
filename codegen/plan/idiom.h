/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: loops that copy or fill linear memory, as C libraries without bulk memory
 * have them and as everybody writes them. idiom.c recognises them by what an iteration does, not by
 * its spelling; emit_idiom.c has the runtime do many iterations at once.
 *
 * What is recognised are the loop's first iterations only: "for k iterations the loop goes on, and
 * each stores that many bytes next to the one before". The runtime does those whose memory is in
 * bounds and does not overlap in a way that would show, and the loop itself goes on from there. So
 * it needs no exit values, and traps are its own.
 */
#ifndef CODEGEN_PLAN_IDIOM_H
#define CODEGEN_PLAN_IDIOM_H

#include "frontend/validate.h"
#include "runtime/include/wasm2so_abi.h"

#include <stdbool.h>
#include <stdint.h>

enum { IDIOM_TERMS = 4, IDIOM_GUARDS = 2, IDIOM_LOCALS = 12 };

/* constant + the sum of factor * local, modulo 2^32, of locals as an iteration finds them. */
struct idiom_sum {
    uint32_t constant, count;
    struct {
        uint32_t local, factor;
    } terms[IDIOM_TERMS];
};

/* A condition on which the loop goes on: left `op` right, of which left moves by step each
 * iteration and right stays. op: OP_i32_ne, OP_i32_gt_s, ... */
struct idiom_guard {
    enum opcode op;
    struct idiom_sum left, right;
    int32_t step;
};

/* The bytes that an iteration accesses together: they begin at base + offset. */
struct idiom_range {
    struct idiom_sum base;
    uint64_t offset;
};

/* A local that moves by step each iteration. */
struct idiom_local {
    uint32_t local;
    int32_t step;
};

struct idiom {
    uint32_t memory;
    uint32_t bytes; /* that an iteration stores, and by which its addresses move */
    bool down;      /* they fall */
    bool is_copy;   /* of source, else a fill */
    bool ordered;   /* copy: no iteration reads what it wrote, if it goes the right way */
    struct idiom_range dest, source;
    uint32_t value_bytes;   /* fill: size of the value, */
    bool value_is_constant; /* which are these bits, or a local that the loop does not change, */
    uint64_t value_bits;
    uint32_t value_local; /* or NO_INDEX: this */
    struct idiom_sum value;
    uint32_t guard_count;
    struct idiom_guard guards[IDIOM_GUARDS];
    uint32_t local_count; /* that move */
    struct idiom_local locals[IDIOM_LOCALS];
};

/* Whether the loop that begins at instruction `loop` of the body is one; then fills *out. */
bool idiom_find(const struct func_body *body, uint32_t loop, struct idiom *out);

#endif
