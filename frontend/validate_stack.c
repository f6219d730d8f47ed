/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The two stacks of the validation algorithm (spec appendix 7.5): operands, and control frames with
 * their polymorphic stack after an unconditional branch. Beside the spec's `unreachable` runs our
 * own notion of live code; its rules are in validate_func.c.
 */
#include "frontend/validate_private.h"

#include <stdarg.h>
#include <string.h>

/* A bound on memory, not a rule of the spec: 128 MiB of operand types. */
#define OPERANDS_MAX (UINT32_C(1) << 24)

/* ---- errors ---- */

bool invalid(struct validator *v, const char *fmt, ...)
{
    char text[sizeof v->err->message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return error_set(v->err, ERR_INVALID, v->insn->offset, "%s", text);
}

bool mismatch(struct validator *v, const char *want, const char *found)
{
    return invalid(v, "type mismatch: %s wants %s, found %s", op_info[v->insn->op].text, want,
                   found);
}

/* ---- operands ---- */

void *array_reserve(struct validator *v, void *array, uint32_t *capacity, uint32_t count,
                    size_t size)
{
    if (count <= *capacity)
        return array;
    uint32_t grown = *capacity < 16 ? 16 : *capacity;
    while (grown < count)
        grown = grown > UINT32_MAX / 2 ? UINT32_MAX : grown * 2;
    array = arena_grow(v->arena, array, *capacity, grown, size);
    *capacity = grown;
    return array;
}

void operand_push(struct validator *v, struct valtype type)
{
    if (v->height == v->operand_capacity) {
        if (v->height >= OPERANDS_MAX) {
            error_set(v->err, ERR_INTERNAL, v->insn->offset, "too many operands: over %u",
                      OPERANDS_MAX);
            return;
        }
        v->operands =
            array_reserve(v, v->operands, &v->operand_capacity, v->height + 1, sizeof *v->operands);
    }
    v->operands[v->height++] = type;
}

struct valtype operand_pop_any(struct validator *v)
{
    if (v->height > v->frame->height)
        return v->operands[--v->height];
    if (!v->frame->unreachable)
        mismatch(v, "a value", "nothing");
    return VALTYPE(VT_BOT);
}

static bool operand_matches(struct validator *v, struct valtype found, struct valtype want)
{
    if (valtype_eq(found, want) || valtype_matches(v->m, found, want))
        return true;
    char found_text[48], want_text[48];
    return mismatch(v, valtype_print(want, want_text, sizeof want_text),
                    valtype_print(found, found_text, sizeof found_text));
}

/* An operand of that type is missing: an error unless the stack is polymorphic. */
static bool operand_underflow(struct validator *v, struct valtype want)
{
    char text[48];
    if (v->frame->unreachable)
        return true;
    return mismatch(v, valtype_print(want, text, sizeof text), "nothing");
}

struct valtype operand_pop(struct validator *v, struct valtype want)
{
    if (v->height == v->frame->height) {
        operand_underflow(v, want);
        return VALTYPE(VT_BOT);
    }
    struct valtype found = v->operands[--v->height];
    operand_matches(v, found, want);
    return found;
}

struct valtype operand_pop_ref(struct validator *v)
{
    struct valtype found = operand_pop_any(v);
    if (found.kind == VT_BOT)
        return REFTYPE(0, HEAP_BOT);
    if (found.kind != VT_REF) {
        char text[48];
        mismatch(v, "a reference", valtype_print(found, text, sizeof text));
        return REFTYPE(0, HEAP_BOT);
    }
    return found;
}

void operand_push_kind(struct validator *v, enum valtype_kind kind)
{
    operand_push(v, VALTYPE((uint8_t)kind));
}

void operand_pop_kind(struct validator *v, enum valtype_kind kind)
{
    operand_pop(v, VALTYPE((uint8_t)kind));
}

void operand_pop_many(struct validator *v, struct valtype want, uint32_t count)
{
    /* The count comes from the input: a stack that ran dry ends the loop. */
    for (; count > 0 && v->height > v->frame->height; count--)
        operand_pop(v, want);
    if (count > 0)
        operand_underflow(v, want);
}

void operands_push(struct validator *v, struct resulttype types)
{
    for (uint32_t i = 0; i < types.count; i++)
        operand_push(v, types.types[i]);
}

void operands_pop(struct validator *v, struct resulttype types)
{
    for (uint32_t i = types.count; i > 0; i--)
        operand_pop(v, types.types[i - 1]);
}

void operands_retype(struct validator *v, struct resulttype types)
{
    operands_pop(v, types);
    operands_push(v, types);
}

bool operands_match(struct validator *v, struct resulttype types)
{
    uint32_t there = v->height - v->frame->height;
    for (uint32_t i = 0; i < types.count; i++) {
        struct valtype want = types.types[types.count - 1 - i];
        if (i >= there)
            return operand_underflow(v, want);
        if (!operand_matches(v, v->operands[v->height - 1 - i], want))
            return false;
    }
    return true;
}

struct resulttype functype_params(const struct functype *type)
{
    return (struct resulttype){type->params, type->param_count};
}

struct resulttype functype_results(const struct functype *type)
{
    return (struct resulttype){type->results, type->result_count};
}

/* ---- locals without a default value ---- */

void local_init(struct validator *v, uint32_t index)
{
    if (v->unset && v->unset[index]) {
        v->unset[index] = false;
        v->inits[v->init_count++] = index;
    }
}

void locals_forget(struct validator *v, uint32_t init_height)
{
    while (v->init_count > init_height)
        v->unset[v->inits[--v->init_count]] = true;
}

/* ---- control ---- */

void ctrl_push(struct validator *v, enum opcode op, const struct functype *type,
               struct blocktype *block)
{
    v->frames = array_reserve(v, v->frames, &v->frame_capacity, v->depth + 1, sizeof *v->frames);
    v->frame = &v->frames[v->depth++];
    *v->frame = (struct frame){
        .type = type,
        .block = block,
        .height = v->height,
        .init_height = v->init_count,
        .opener = v->insn_count,
        .op = (uint16_t)op,
        .live = v->live,
    };
    if (v->live && v->depth > v->max_depth)
        v->max_depth = v->depth;
}

/* The end of one part of the innermost block: its results are there, and nothing else. */
static void ctrl_close(struct validator *v)
{
    const struct frame *frame = v->frame;
    operands_pop(v, functype_results(frame->type));
    if (v->height != frame->height)
        invalid(v, "type mismatch: values left at the %s of %s: %u", op_info[v->insn->op].text,
                frame->block ? op_info[frame->op].text : "the function", v->height - frame->height);
    locals_forget(v, frame->init_height);
}

void ctrl_next(struct validator *v, struct insn *insn, enum opcode op)
{
    struct frame *frame = v->frame;
    ctrl_close(v);
    v->keep = frame->live;
    if (v->live)
        frame->branched = true; /* over the next part, to the end */
    else
        insn->flags |= INSN_DEAD_BEFORE;
    frame->op = (uint16_t)op;
    frame->unreachable = false;
    v->live = frame->live;
}

void ctrl_end(struct validator *v, struct insn *insn)
{
    struct frame *frame = v->frame;
    ctrl_close(v);
    if (frame->op == OP_if)
        frame->branched = true; /* where the condition is false */
    if (!v->live)
        insn->flags |= INSN_DEAD_BEFORE;
    if (!frame->branched)
        insn->flags |= INSN_NO_BRANCH;
    v->keep = frame->live;
    v->live = frame->live && (v->live || (frame->branched && frame->op != OP_loop));
    if (frame->block)
        frame->block->end = v->insn_count;
    v->depth--;
    v->frame = v->depth > 0 ? &v->frames[v->depth - 1] : NULL;
    if (v->frame)
        operands_push(v, functype_results(frame->type));
}

void ctrl_unreachable(struct validator *v)
{
    v->height = v->frame->height;
    v->frame->unreachable = true;
    v->live = false;
}

struct frame *label_frame(struct validator *v, uint32_t label)
{
    if (label < v->depth)
        return &v->frames[v->depth - 1 - label];
    invalid(v, "unknown label %u: labels in scope: %u", label, v->depth);
    return NULL;
}

struct frame *label_branch(struct validator *v, uint32_t label, struct resulttype *types)
{
    struct frame *frame = label_frame(v, label);
    if (!frame)
        return NULL;
    if (v->live)
        frame->branched = true;
    *types = frame->op == OP_loop ? functype_params(frame->type) : functype_results(frame->type);
    return frame;
}
