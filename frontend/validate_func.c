/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation of one body (spec 3.4, 3.5 by the algorithm of appendix 7.5), one instruction after
 * the other: read it, check it by its row's signature or its own rule, keep it if it is live.
 *
 * What is live, the contract with the generator:
 *  - The body starts live. br, br_table, return, throw, throw_ref, rethrow, unreachable and the
 *    tail calls end live code. What follows is checked and left out, up to the else, catch,
 *    catch_all, end or delegate of the innermost live block, which stands in the stream always.
 *    (This is not the spec's polymorphic stack: that begins afresh in each block.)
 *  - A block whose opener is dead is left out whole; branches in dead code count for nothing.
 *  - INSN_DEAD_BEFORE at else, catch, catch_all, end, delegate: the part before does not fall
 *    through. The part after an else, catch or catch_all is live again.
 *  - INSN_NO_BRANCH at end or delegate: no live branch (br, br_if, br_table, br_on_*, a clause of a
 *    try_table) goes to the label. A part that falls into an else, catch or catch_all skips to the
 *    end and counts as a branch; so does the missing else of an if, whose end is thus never
 *    INSN_NO_BRANCH. A return is no branch to the function's label.
 *  - The code after an end is live if the part before falls through or somebody branches to the
 *    label; for a loop, whose label is its start, only if the part before falls through. So
 *    nothing follows an end with INSN_DEAD_BEFORE of a loop, or with both flags.
 *  - An if with no else passes its parameters on where the condition is false.
 */
#include "frontend/validate_private.h"

#include <stdlib.h>
#include <string.h>

/* What engines in common allow; bounds the memory of a body by its size in practice. */
#define LOCALS_MAX 50000u

/* ---- instructions that their row describes ---- */

static bool lane_check(struct validator *v, uint8_t lane, unsigned lanes)
{
    return lane < lanes || invalid(v, "invalid lane index %u: %s has %u lanes", lane,
                                   op_info[v->insn->op].text, lanes);
}

/* i8x16.extract_lane has 16 lanes, as its name says. */
static unsigned lane_count(const struct op_info *info)
{
    return (unsigned)strtoul(strchr(info->text, 'x') + 1, NULL, 10);
}

static bool shuffle_check(struct validator *v, const struct insn *insn)
{
    for (unsigned i = 0; i < 16; i++)
        if (!lane_check(v, insn->imm.v128[i], 32))
            return false;
    return true;
}

/* Alignment and offset of a memory access (3.4.6); atomics are aligned exactly. */
static bool memarg_check(struct validator *v, const struct insn *insn, const struct op_info *info,
                         struct valtype *index_type)
{
    enum { ATOMIC_PREFIX = 0xfe };
    const struct memory *memory = memory_at(v, insn->imm.mem.memory);
    if (!memory)
        return false;
    *index_type = limits_index_type(&memory->limits);
    if (insn->imm.mem.align_log2 > info->align_log2)
        return invalid(v, "alignment must not be larger than natural: 2**%u in %s",
                       insn->imm.mem.align_log2, info->text);
    if (info->prefix == ATOMIC_PREFIX && insn->imm.mem.align_log2 != info->align_log2)
        return invalid(v, "atomic alignment must be natural: 2**%u in %s", insn->imm.mem.align_log2,
                       info->text);
    if (!memory->limits.is64 && insn->imm.mem.offset > UINT32_MAX)
        return invalid(v, "offset out of range: %s of a 32-bit memory", info->text);
    return true;
}

/* The immediate of an OP row; *index_type is that of the memory it names. */
static bool immediate_check(struct validator *v, const struct insn *insn,
                            const struct op_info *info, struct valtype *index_type)
{
    if (info->imm == IMM_MEMARG)
        return memarg_check(v, insn, info, index_type);
    if (info->imm == IMM_MEMARG_LANE)
        return memarg_check(v, insn, info, index_type) &&
               lane_check(v, insn->lane, 16u >> info->align_log2);
    if (info->imm == IMM_LANE)
        return lane_check(v, insn->lane, lane_count(info));
    if (info->imm == IMM_SHUFFLE)
        return shuffle_check(v, insn);
    if (info->imm == IMM_MEM) {
        const struct memory *memory = memory_at(v, insn->imm.index.a);
        if (memory)
            *index_type = limits_index_type(&memory->limits);
        return memory != NULL;
    }
    return true;
}

static void check_row(struct validator *v, struct insn *insn)
{
    const struct op_info *info = &op_info[insn->op];
    struct valtype index_type = VALTYPE(VT_I32);
    if (!immediate_check(v, insn, info, &index_type))
        return;
    const char *results = strchr(info->sig, '>');
    for (const char *p = results; p > info->sig; p--)
        operand_pop(v, sig_type(p[-1], index_type));
    for (const char *p = results + 1; *p; p++)
        operand_push(v, sig_type(*p, index_type));
}

static check_fn *const check_table[OP__COUNT] = {
#define OP(name, prefix, code, text, imm, align, sig, feature) [OP_##name] = check_row,
#define OPX(name, prefix, code, text, imm, align, feature)     [OP_##name] = check_##name,
#include "frontend/opcodes.def"
};

/* ---- the body ---- */

/* Both exception proposals have throw; its row names the newer. */
static bool op_enabled(struct validator *v, const struct insn *insn)
{
    if (insn->op == OP_throw && (v->m->features & FEATURE_BIT(FEATURE_LEGACY_EXCEPTIONS)))
        return true;
    return require_feature(v, (enum feature)op_info[insn->op].feature);
}

static bool read_local_group(struct validator *v)
{
    v->start.offset = (uint32_t)reader_offset(&v->r);
    uint32_t count = reader_leb_u32(&v->r);
    struct valtype type = reader_valtype(&v->r);
    if (reader_failed(&v->r))
        return false;
    if (count > LOCALS_MAX - v->local_count)
        return error_set(v->err, ERR_MALFORMED, v->start.offset,
                         "too many locals: %llu, of at most %u",
                         (unsigned long long)v->local_count + count, LOCALS_MAX);
    if (!valtype_check(v, type))
        return false;
    uint32_t end = v->local_count + count;
    v->locals = array_reserve(v, v->locals, &v->local_capacity, end, sizeof *v->locals);
    while (v->local_count < end)
        v->locals[v->local_count++] = type;
    return true;
}

/* Parameters have values, other locals of a type without default wait for theirs (3.4.4). */
static void track_unset(struct validator *v)
{
    for (uint32_t i = v->type->param_count; i < v->local_count; i++) {
        if (valtype_defaultable(v->locals[i]))
            continue;
        if (!v->unset) {
            v->unset = arena_array(v->arena, v->local_count, sizeof *v->unset);
            v->inits = arena_array(v->arena, v->local_count, sizeof *v->inits);
        }
        v->unset[i] = true;
    }
}

static bool read_locals(struct validator *v)
{
    uint32_t params = v->type->param_count;
    if (params > LOCALS_MAX)
        return error_set(v->err, ERR_MALFORMED, reader_offset(&v->r),
                         "too many locals: %u parameters, of at most %u", params, LOCALS_MAX);
    v->locals = array_reserve(v, v->locals, &v->local_capacity, params, sizeof *v->locals);
    if (params > 0)
        memcpy(v->locals, v->type->params, params * sizeof *v->locals);
    v->local_count = params;
    uint32_t groups = reader_count(&v->r);
    for (uint32_t i = 0; i < groups; i++)
        if (!read_local_group(v))
            return false;
    track_unset(v);
    return !reader_failed(&v->r);
}

/* One instruction. It is read into the next free place of the stream, and stays if it is live. */
static void step(struct validator *v)
{
    v->insns = array_reserve(v, v->insns, &v->insn_capacity, v->insn_count + 1, sizeof *v->insns);
    struct insn *insn = &v->insns[v->insn_count];
    insn_read(&v->r, insn, v->arena);
    if (reader_failed(&v->r))
        return;
    v->insn = insn;
    v->keep = v->live;
    if (op_enabled(v, insn))
        check_table[insn->op](v, insn);
    if (v->keep)
        v->insn_count++;
}

static bool read_insns(struct validator *v)
{
    /* Most instructions take two bytes or more; what is too much here is memory never touched. */
    uint32_t estimate = (uint32_t)((v->r.end - v->r.p) / 2) + 16;
    v->insns = array_reserve(v, v->insns, &v->insn_capacity, estimate, sizeof *v->insns);
    v->live = true;
    ctrl_push(v, OP_block, v->type, NULL);
    while (v->depth > 0 && v->err->kind == ERR_NONE && v->r.p < v->r.end)
        step(v);
    if (v->err->kind != ERR_NONE)
        return false;
    if (v->depth > 0)
        return error_set(v->err, ERR_MALFORMED, reader_offset(&v->r), "%s: blocks still open: %u",
                         v->depth == 1 ? "END opcode expected"
                                       : "unexpected end of section or function",
                         v->depth);
    if (v->r.p < v->r.end)
        return error_set(v->err, ERR_MALFORMED, reader_offset(&v->r),
                         "section size mismatch: code after the end of the function");
    return true;
}

static bool body_validate(struct validator *v, struct func_body *body)
{
    if (!read_locals(v) || !read_insns(v))
        return false;
    *body = (struct func_body){
        .type = v->type,
        .locals = v->locals,
        .local_count = v->local_count,
        .insns = v->insns,
        .insn_count = v->insn_count,
        .max_depth = v->max_depth,
    };
    return true;
}

bool func_validate(const struct module *m, uint32_t index, struct func_body *body,
                   struct arena *arena, struct error *err)
{
    if (err->kind != ERR_NONE)
        return false;
    const struct func *func = &m->funcs[index];
    struct validator v = {
        .m = m,
        .arena = arena,
        .err = err,
        .r = reader_open(func->body, m->bytes.p, err),
        .type = &m->types[func->type].func,
        .start = {.op = OP_nop},
    };
    v.insn = &v.start;
    v.r.what = "unexpected end of section or function";
    if (body_validate(&v, body))
        return true;
    err->func = index;
    return false;
}
