/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Profiles in generated code. With --pgo-gen a function counts its calls, the ways that its
 * branches go and whom it calls through references; counters lie in a section of their own, in the
 * form of the file that the runtime writes. With --pgo-use the counts come back: as weights of
 * branches, as the number of calls of a function, and as callees that are compared with and called
 * directly.
 */
#include "codegen/abi.h"
#include "codegen/emit/function.h"
#include "codegen/plan/profile.h"

#include <string.h>

/* ---- counting ---- */

static LLVMTypeRef counter_type(struct cg *cg)
{
    LLVMTypeRef fields[] = {cg->i32, cg->i32, cg->i32, cg->i32, cg->i64};
    return LLVMStructTypeInContext(cg->context, fields, 5, false);
}

static LLVMValueRef counter(struct fn *f, uint32_t offset, uint32_t slot)
{
    LLVMValueRef fields[] = {fn_i32(f, f->index), fn_i32(f, offset), fn_i32(f, slot), fn_i32(f, 0),
                             LLVMConstNull(f->cg->i64)};
    return LLVMConstStructInContext(f->cg->context, fields, 5, false);
}

/* Counters of slots 0 to count - 1, or all of W2S_NONE. Side by side in the section: its alignment
 * divides their size. With a symbol, for LLVM takes arrays apart that only this module sees. */
static LLVMValueRef new_counters(struct fn *f, uint32_t offset, uint32_t count, bool callees)
{
    LLVMTypeRef type = counter_type(f->cg);
    LLVMValueRef *values = arena_array(f->cg->arena, count, sizeof *values);
    for (uint32_t i = 0; i < count; i++)
        values[i] = counter(f, offset, callees ? W2S_NONE : i);
    const char *name =
        arena_printf(f->cg->arena, "%s.counters.%u.%u", f->cg->c->lead, f->index, offset);
    LLVMValueRef array = LLVMAddGlobal(f->cg->module, LLVMArrayType2(type, count), name);
    LLVMSetInitializer(array, LLVMConstArray2(type, values, count));
    LLVMSetVisibility(array, LLVMHiddenVisibility);
    LLVMSetSection(array, f->cg->c->profile_section);
    LLVMSetAlignment(array, 8);
    return array;
}

/* Adds 1 to the counter of that slot (i64). */
static void count(struct fn *f, LLVMValueRef counters, LLVMValueRef slot)
{
    LLVMTypeRef type = counter_type(f->cg);
    LLVMValueRef path[] = {slot, fn_i32(f, 4)};
    LLVMValueRef at = LLVMBuildInBoundsGEP2(f->b, type, counters, path, 2, "");
    LLVMValueRef old = LLVMBuildLoad2(f->b, f->cg->i64, at, "");
    LLVMValueRef one = LLVMConstInt(f->cg->i64, 1, false);
    LLVMBuildStore(f->b, LLVMBuildAdd(f->b, old, one, ""), at);
}

static LLVMValueRef widen(struct fn *f, LLVMValueRef value)
{
    return LLVMBuildZExt(f->b, value, f->cg->i64, "");
}

void profile_callee(struct fn *f, LLVMValueRef record)
{
    if (!f->cg->c->counting)
        return;
    LLVMValueRef args[] = {new_counters(f, f->insn->offset, W2S_PROFILE_CALLEES, true), record};
    abi_call(f, HELPER_profile_call, args, 2);
}

/* ---- weights ---- */

/* LLVM has 32 bits for each. */
static void set_weights(struct fn *f, LLVMValueRef branch, const uint64_t *counts, uint32_t n)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = counts[i] > most ? counts[i] : most;
    if (most == 0)
        return;
    unsigned shift = 0;
    while (most >> shift > INT32_MAX)
        shift++;
    LLVMMetadataRef *nodes = arena_array(f->cg->arena, (size_t)n + 1, sizeof *nodes);
    nodes[0] = LLVMMDStringInContext2(f->cg->context, "branch_weights", strlen("branch_weights"));
    for (uint32_t i = 0; i < n; i++)
        nodes[i + 1] = LLVMValueAsMetadata(LLVMConstInt(f->cg->i32, counts[i] >> shift, false));
    LLVMMetadataRef node = LLVMMDNodeInContext2(f->cg->context, nodes, (size_t)n + 1);
    LLVMSetMetadata(branch, f->cg->md_prof, LLVMMetadataAsValue(f->cg->context, node));
}

static uint64_t counted(const struct fn *f, uint32_t offset, uint32_t slot)
{
    return profile_count(f->cg->c->profile, f->index, offset, slot);
}

/* ---- the whole ---- */

static LLVMMetadataRef string_node(struct cg *cg, const char *text)
{
    return LLVMMDStringInContext2(cg->context, text, strlen(text));
}

static LLVMMetadataRef number_node(LLVMTypeRef type, uint64_t n)
{
    return LLVMValueAsMetadata(LLVMConstInt(type, n, false));
}

static LLVMMetadataRef pair_node(struct cg *cg, const char *name, LLVMMetadataRef value)
{
    LLVMMetadataRef pair[] = {string_node(cg, name), value};
    return LLVMMDNodeInContext2(cg->context, pair, 2);
}

static LLVMMetadataRef shares_node(struct cg *cg)
{
    LLVMMetadataRef shares[PROFILE_SHARES];
    for (int i = 0; i < PROFILE_SHARES; i++) {
        const struct profile_share *share = &cg->c->profile->shares[i];
        LLVMMetadataRef fields[] = {number_node(cg->i32, share->millionths),
                                    number_node(cg->i64, share->least),
                                    number_node(cg->i32, share->count)};
        shares[i] = LLVMMDNodeInContext2(cg->context, fields, 3);
    }
    return LLVMMDNodeInContext2(cg->context, shares, PROFILE_SHARES);
}

/* LLVM's ProfileSummary: from it the inliner and those that lay out code know what is hot. */
void cg_summarize_profile(struct cg *cg)
{
    static const char flag[] = "ProfileSummary";
    const struct profile *profile = cg->c->profile;
    if (!profile)
        return;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"TotalCount", profile->total},      {"MaxCount", profile->most},
        {"MaxInternalCount", profile->most}, {"MaxFunctionCount", profile->most},
        {"NumCounts", profile->count},       {"NumFunctions", cg->m->func_count},
    };
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    LLVMMetadataRef nodes[NUMBERS + 2];
    nodes[0] = pair_node(cg, "ProfileFormat", string_node(cg, "InstrProf"));
    for (int i = 0; i < NUMBERS; i++)
        nodes[i + 1] = pair_node(cg, numbers[i].name, number_node(cg->i64, numbers[i].value));
    nodes[NUMBERS + 1] = pair_node(cg, "DetailedSummary", shares_node(cg));
    LLVMAddModuleFlag(cg->module, LLVMModuleFlagBehaviorError, flag, strlen(flag),
                      LLVMMDNodeInContext2(cg->context, nodes, NUMBERS + 2));
}

/* ---- functions ---- */

static void set_calls(struct fn *f, uint64_t calls)
{
    struct cg *cg = f->cg;
    const char *kind = "function_entry_count";
    LLVMMetadataRef nodes[] = {LLVMMDStringInContext2(cg->context, kind, strlen(kind)),
                               LLVMValueAsMetadata(LLVMConstInt(cg->i64, calls, false))};
    LLVMGlobalSetMetadata(f->value, cg->md_prof, LLVMMDNodeInContext2(cg->context, nodes, 2));
}

/* A function that was never called is made small, and kept away from the others. */
static void set_function(struct fn *f)
{
    set_calls(f, counted(f, (uint32_t)f->cg->m->funcs[f->index].body_offset, 0));
    if (!profile_is_cold(f->cg->c->profile, f->cg->m, f->index))
        return;
    cg_add_attribute(f->cg, f->value, "cold", 0);
    cg_add_attribute(f->cg, f->value, "optsize", 0);
}

void profile_entry(struct fn *f)
{
    if (f->cg->c->counting)
        count(f, new_counters(f, (uint32_t)f->cg->m->funcs[f->index].body_offset, 1, false),
              LLVMConstNull(f->cg->i64));
    if (f->cg->c->profile)
        set_function(f);
}

/* ---- branches ---- */

void profile_condition(struct fn *f, LLVMValueRef condition)
{
    if (f->cg->c->counting)
        count(f, new_counters(f, f->insn->offset, 2, false), widen(f, condition));
}

bool profile_weigh_condition(struct fn *f, LLVMValueRef branch)
{
    if (!f->cg->c->profile)
        return false;
    const uint64_t counts[] = {counted(f, f->insn->offset, 1), counted(f, f->insn->offset, 0)};
    set_weights(f, branch, counts, 2);
    return counts[0] + counts[1] > 0;
}

void profile_switch(struct fn *f, LLVMValueRef index, uint32_t labels)
{
    if (!f->cg->c->counting)
        return;
    LLVMValueRef last = fn_i32(f, labels);
    LLVMValueRef args[] = {index, last};
    LLVMTypeRef types[] = {f->cg->i32};
    LLVMValueRef slot = emit_intrinsic(f, "llvm.umin", types, 1, args, 2);
    count(f, new_counters(f, f->insn->offset, labels + 1, false), widen(f, slot));
}

void profile_weigh_switch(struct fn *f, LLVMValueRef branch)
{
    if (!f->cg->c->profile)
        return;
    /* Successor 0 is the default; cases that go there as well were left out. */
    uint32_t n = LLVMGetNumSuccessors(branch), labels = f->insn->imm.br_table->count, next = 1;
    uint64_t *counts = arena_array(f->cg->arena, n, sizeof *counts);
    LLVMBasicBlockRef otherwise = LLVMGetSwitchDefaultDest(branch);
    counts[0] = counted(f, f->insn->offset, labels);
    for (uint32_t i = 0; i < labels; i++) {
        uint64_t taken = counted(f, f->insn->offset, i);
        if (fn_label(f, f->insn->imm.br_table->labels[i])->edge == otherwise)
            counts[0] += taken;
        else
            counts[next++] = taken;
    }
    set_weights(f, branch, counts, n);
}

/* ---- callees ---- */

static bool is_callee(const struct fn *f, uint32_t func, uint32_t type_index)
{
    const struct module *m = f->cg->m;
    return func < m->func_count && !m->funcs[func].import &&
           m->types[m->funcs[func].type].canon == m->types[type_index].canon;
}

/* The counter with the most calls that is not taken, or NULL. */
static const struct w2s_profile_counter *most_called(const struct profile *site,
                                                     const struct hot_callees *taken)
{
    const struct w2s_profile_counter *most = NULL;
    for (size_t i = 0; i < site->count; i++) {
        const struct w2s_profile_counter *counter = &site->counters[i];
        bool is_taken = counter->slot == W2S_NONE || !(counter->slot & W2S_PROFILE_CALLEE);
        for (uint32_t k = 0; k < taken->count; k++)
            is_taken |= taken->callees[k].func == (counter->slot & ~W2S_PROFILE_CALLEE);
        if (!is_taken && (!most || counter->count > most->count))
            most = counter;
    }
    return most;
}

/* Worth a comparison: a third of what comes so far. */
struct hot_callees profile_callees(struct fn *f, uint32_t type_index)
{
    struct hot_callees hot = {.count = 0};
    if (!f->cg->c->profile)
        return hot;
    struct profile site = profile_at(f->cg->c->profile, f->index, f->insn->offset);
    for (size_t i = 0; i < site.count; i++)
        hot.rest += site.counters[i].count;
    while (hot.count < HOT_CALLEES) {
        const struct w2s_profile_counter *next = most_called(&site, &hot);
        uint32_t func = next ? next->slot & ~W2S_PROFILE_CALLEE : 0;
        if (!next || next->count < hot.rest / 3 || !is_callee(f, func, type_index))
            break;
        hot.rest -= next->count;
        hot.callees[hot.count++] = (struct hot_callee){func, next->count, hot.rest};
    }
    return hot;
}

void emit_guarded_call(struct fn *f, struct alternatives *calls, const struct hot_callee *callee,
                       LLVMValueRef is_it)
{
    LLVMBasicBlockRef direct = fn_block(f, "callee"), next = fn_block(f, "other");
    LLVMValueRef branch = LLVMBuildCondBr(f->b, is_it, direct, next);
    const uint64_t counts[] = {callee->count, callee->rest};
    set_weights(f, branch, counts, 2);
    fn_continue(f, direct);
    alternatives_call_func(f, calls, callee->func);
    fn_continue(f, next);
}
