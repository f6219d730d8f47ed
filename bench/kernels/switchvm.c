/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A bytecode interpreter: one loop round one big switch, registers in memory. The program counts
 * Collatz steps. Shows what becomes of br_table and of a hot loop with very many edges.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum op {
    HALT,
    LOAD,
    MOVE,
    ADD,
    ADDI,
    SUB,
    MUL,
    MULI,
    AND,
    ANDI,
    OR,
    XOR,
    SHL,
    SHR,
    SHRI,
    NOT,
    NEG,
    MIN,
    MAX,
    JUMP,
    JZ,
    JNZ,
    JLT,
    JGE,
    JEQ,
    ROT,
    POP,
    CLZ,
    SELECT,
    STORE,
    FETCH,
    INC
};

struct insn {
    uint8_t op, a, b, c;
    int32_t imm;
};

/* r0 limit, r1 n, r2 x, r3 steps, r4 scratch */
static const struct insn program[] = {
    {LOAD, 1, 0, 0, 1},   {LOAD, 3, 0, 0, 0},   {MOVE, 2, 1, 0, 0},  /* 2: x = n */
    {ADDI, 4, 2, 0, -1},  {JZ, 4, 0, 0, 15},    {ANDI, 4, 2, 0, 1},  /* 3: while x != 1 */
    {JNZ, 4, 0, 0, 9},    {SHRI, 2, 2, 0, 1},   {JUMP, 0, 0, 0, 11}, /* 7: x /= 2 */
    {MULI, 2, 2, 0, 3},   {INC, 2, 0, 0, 0},    {INC, 3, 0, 0, 0}, /* 9: x = 3 x + 1; 11: steps++ */
    {STORE, 3, 2, 0, 63}, {XOR, 5, 5, 2, 0},    {JUMP, 0, 0, 0, 3},  {INC, 1, 0, 0, 0},
    {JLT, 1, 0, 0, 2},    {FETCH, 6, 3, 0, 63}, /* 15: next n */
    {ADD, 3, 3, 6, 0},    {ROT, 5, 5, 3, 0},    {XOR, 3, 3, 5, 0},   {HALT, 3, 0, 0, 0},
};

static uint64_t run(uint64_t limit)
{
    uint64_t r[16] = {limit}, memory[64] = {0};
    for (const struct insn *p = program;; p++) {
        uint64_t *a = &r[p->a & 15], b = r[p->b & 15], c = r[p->c & 15];
        switch ((enum op)p->op) {
        case HALT: return *a;
        case LOAD: *a = (uint64_t)p->imm; break;
        case MOVE: *a = b; break;
        case ADD: *a = b + c; break;
        case ADDI: *a = b + (uint64_t)p->imm; break;
        case SUB: *a = b - c; break;
        case MUL: *a = b * c; break;
        case MULI: *a = b * (uint64_t)p->imm; break;
        case AND: *a = b & c; break;
        case ANDI: *a = b & (uint64_t)p->imm; break;
        case OR: *a = b | c; break;
        case XOR: *a = b ^ c; break;
        case SHL: *a = b << (c & 63); break;
        case SHR: *a = b >> (c & 63); break;
        case SHRI: *a = b >> (p->imm & 63); break;
        case NOT: *a = ~b; break;
        case NEG: *a = -b; break;
        case MIN: *a = b < c ? b : c; break;
        case MAX: *a = b > c ? b : c; break;
        case JUMP: p = program + p->imm - 1; break;
        case JZ: p = *a == 0 ? program + p->imm - 1 : p; break;
        case JNZ: p = *a != 0 ? program + p->imm - 1 : p; break;
        case JLT: p = *a < b ? program + p->imm - 1 : p; break;
        case JGE: p = *a >= b ? program + p->imm - 1 : p; break;
        case JEQ: p = *a == b ? program + p->imm - 1 : p; break;
        case ROT: *a = b << (c & 63) | b >> (-c & 63); break;
        case POP: *a = (uint64_t)__builtin_popcountll(b); break;
        case CLZ: *a = b ? (uint64_t)__builtin_clzll(b) : 64; break;
        case SELECT: *a = *a ? b : c; break;
        case STORE: memory[b & (uint64_t)p->imm] = *a; break;
        case FETCH: *a = memory[b & (uint64_t)p->imm]; break;
        case INC: ++*a; break;
        }
    }
}

int main(int argc, char **argv)
{
    uint64_t limit = (argc > 1 ? strtoull(argv[1], NULL, 10) : 100) * 1600;
    printf("switchvm %016" PRIx64 "\n", run(limit));
    return 0;
}
