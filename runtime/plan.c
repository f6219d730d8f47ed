/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Call plans: where the C calling convention puts the parameters and results of a function type.
 * Worked out once a type, so that a call only copies. The same plan serves both directions, host to
 * wasm (call.c) and wasm to host (host.c).
 */
#include "runtime/arch.h"
#include "runtime/runtime.h"

#include <stdlib.h>

struct cursor {
    uint32_t integers, vectors, stack; /* registers used, bytes of stack used */
};

static bool is_vector(w2s_valtype type)
{
    return type.kind == W2S_F32 || type.kind == W2S_F64 || type.kind == W2S_V128;
}

static uint32_t value_size(w2s_valtype type)
{
    return type.kind == W2S_V128 ? 16 : type.kind == W2S_I32 || type.kind == W2S_F32 ? 4 : 8;
}

static uint32_t integer_offset(uint32_t i)
{
    return i * 8;
}

static uint32_t vector_offset(uint32_t i)
{
    return (uint32_t)offsetof(struct rt_regs, vectors) + i * 16;
}

static struct rt_slot place_param(struct cursor *at, w2s_valtype type)
{
    struct rt_slot slot = {0, value_size(type)};
    if (is_vector(type) && at->vectors < RT_VECTOR_REGS) {
        slot.offset = vector_offset(at->vectors++);
    } else if (!is_vector(type) && at->integers < RT_INTEGER_REGS) {
        slot.offset = integer_offset(at->integers++);
    } else {
        if (slot.size == 16)
            at->stack = (at->stack + 15) & ~15u;
        slot.offset = (uint32_t)sizeof(struct rt_regs) + at->stack;
        at->stack += slot.size == 16 ? 16 : 8;
    }
    return slot;
}

/* The rule of wasm2so_abi.h: one result, or at most two of each class. */
static bool results_in_registers(const w2s_valtype *types, uint32_t count)
{
    uint32_t vectors = 0;
    for (uint32_t i = 0; i < count && count <= 4; i++)
        vectors += is_vector(types[i]);
    return count <= 4 && vectors <= 2 && count - vectors <= 2;
}

static void place_results(struct rt_plan *plan, const w2s_valtype *types)
{
    struct cursor at = {0};
    for (uint32_t i = 0; i < plan->result_count; i++) {
        struct rt_slot *slot = &plan->slots[plan->param_count + i];
        slot->size = value_size(types[i]);
        if (plan->buffer_offset)
            slot->offset = plan->buffer_offset + 16 * i;
        else
            slot->offset =
                is_vector(types[i]) ? vector_offset(at.vectors++) : integer_offset(at.integers++);
    }
}

struct rt_plan *rt_plan_new(const struct w2s_type *type)
{
    /* Far above what any validator lets pass; keeps the 32-bit offsets below from wrapping. */
    if (type->param_count > 1u << 20 || type->result_count > 1u << 20)
        return NULL;
    size_t slots = (size_t)type->param_count + type->result_count;
    struct rt_plan *plan = calloc(1, sizeof *plan + slots * sizeof plan->slots[0]);
    if (!plan)
        return NULL;
    plan->param_count = type->param_count;
    plan->result_count = type->result_count;
    const w2s_valtype *results = type->types ? type->types + type->param_count : NULL;
    bool buffer = !results_in_registers(results, type->result_count);
    struct cursor at = {.integers = buffer ? 1 : 0};
    for (uint32_t i = 0; i < type->param_count; i++)
        plan->slots[i] = place_param(&at, type->types[i]);
    plan->uses_vectors = at.vectors > 0;
    at.stack = (at.stack + 15) & ~15u;
    plan->stack_words = at.stack / 8;
    plan->frame_size = (uint32_t)sizeof(struct rt_regs) + at.stack;
    if (buffer) {
        plan->buffer_offset = plan->frame_size;
        plan->frame_size += 16 * type->result_count;
    }
    place_results(plan, results);
    for (size_t i = 0; i < slots; i++)
        plan->has_exnrefs |= rt_is_exnref(type->types[i]);
    return plan;
}
