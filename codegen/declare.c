/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * LLVM declarations of the module's functions. A function is declared in each partition that calls
 * it; symbols are hidden, so a call is direct. A function that nobody outside its LLVM module can
 * reach is internal: LLVM may inline and drop it.
 */
#include "codegen/internal.h"

/* The name as it goes into the symbol: for profilers and debuggers; only printable bytes. */
static const char *symbol_suffix(const struct module *m, uint32_t index, struct arena *arena)
{
    struct slice name = m->funcs[index].name;
    char *suffix = arena_string(arena, (const char *)name.p, name.n > 200 ? 200 : name.n);
    for (char *c = suffix; *c; c++)
        if (*c <= ' ' || *c == '"' || *c == '\\' || *c == '@' || (unsigned char)*c >= 0x7f)
            *c = '_';
    return suffix;
}

/* The parts of the symbol after its lead: index, ".tail", name. */
static const char *function_symbol(const struct cg *cg, uint32_t index, const char *kind)
{
    const struct func *func = &cg->m->funcs[index];
    return arena_printf(cg->arena, "%s.%u%s%s%s", cg->c->lead, index, kind, func->name.n ? "." : "",
                        symbol_suffix(cg->m, index, cg->arena));
}

/* Whether code outside this LLVM module may name the function's symbol. If nothing is split only
 * the descriptor does, and it is in the same LLVM module. */
static bool visible_outside(const struct cg *cg)
{
    return cg->c->split;
}

static LLVMValueRef declare(struct cg *cg, const char *symbol, LLVMTypeRef type)
{
    LLVMValueRef function = LLVMAddFunction(cg->module, symbol, type);
    if (visible_outside(cg))
        LLVMSetVisibility(function, LLVMHiddenVisibility);
    else
        LLVMSetLinkage(function, LLVMInternalLinkage);
    /* Not global: on AArch64 distances to it would be relocations that GNU ld does not know. */
    LLVMSetUnnamedAddress(function, LLVMLocalUnnamedAddr);
    cg_function_attributes(cg, function);
    return function;
}

const struct functype *cg_type_of(const struct cg *cg, uint32_t func)
{
    return &cg->m->types[cg->m->funcs[func].type].func;
}

LLVMValueRef cg_function(struct cg *cg, uint32_t index)
{
    if (!cg->funcs[index])
        cg->funcs[index] =
            declare(cg, function_symbol(cg, index, ""), cg_functype(cg, cg_type_of(cg, index)));
    return cg->funcs[index];
}

bool cg_is_tail(const struct cg *cg, uint32_t index)
{
    return cg->c->tail && cg->c->tail[index];
}

LLVMValueRef cg_body(struct cg *cg, uint32_t index)
{
    if (!cg_is_tail(cg, index))
        return cg_function(cg, index);
    if (!cg->tails[index]) {
        cg->tails[index] = declare(cg, function_symbol(cg, index, ".tail"),
                                   cg_tail_functype(cg, cg_type_of(cg, index)));
        LLVMSetFunctionCallConv(cg->tails[index], CG_TAIL_CONVENTION);
    }
    return cg->tails[index];
}
