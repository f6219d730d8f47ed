/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The LLVM side of a partition: context, module, builders, the types and metadata that every
 * function uses.
 */
#include "codegen/abi.h"

#include <string.h>

static LLVMValueRef md_string(struct cg *cg, const char *text)
{
    return LLVMMDStringInContext(cg->context, text, (unsigned)strlen(text));
}

static LLVMValueRef md_node(struct cg *cg, LLVMValueRef *values, unsigned count)
{
    return LLVMMDNodeInContext(cg->context, values, count);
}

/* A flat TBAA tree: one scalar type a kind of memory, no two of which alias. */
static void make_tbaa(struct cg *cg)
{
    static const char *const names[ALIAS__COUNT] = {
        [ALIAS_MEMORY] = "linear memory",   [ALIAS_CTX] = "context",
        [ALIAS_GLOBAL] = "global",          [ALIAS_TABLE] = "table element",
        [ALIAS_RECORD] = "function record", [ALIAS_OBJECT] = "object",
    };
    LLVMValueRef name = md_string(cg, "wasm2so");
    LLVMValueRef root = md_node(cg, &name, 1);
    LLVMValueRef zero = LLVMConstInt(cg->i64, 0, false);
    for (int i = 0; i < ALIAS__COUNT; i++) {
        LLVMValueRef type = md_node(cg, (LLVMValueRef[]){md_string(cg, names[i]), root, zero}, 3);
        cg->tbaa[i] = md_node(cg, (LLVMValueRef[]){type, type, zero}, 3);
    }
}

static void make_metadata(struct cg *cg)
{
    cg->md_tbaa = LLVMGetMDKindIDInContext(cg->context, "tbaa", 4);
    cg->md_prof = LLVMGetMDKindIDInContext(cg->context, "prof", 4);
    cg->md_invariant = LLVMGetMDKindIDInContext(cg->context, "invariant.load", 14);
    make_tbaa(cg);
    cg->empty_node = md_node(cg, NULL, 0);
    LLVMValueRef name = md_string(cg, "branch_weights");
    LLVMValueRef rare = LLVMConstInt(cg->i32, 1, false);
    LLVMValueRef often = LLVMConstInt(cg->i32, 1u << 20, false);
    cg->prof_unlikely = md_node(cg, (LLVMValueRef[]){name, rare, often}, 3);
    cg->prof_likely = md_node(cg, (LLVMValueRef[]){name, often, rare}, 3);
}

void cg_open(struct cg *cg, const struct compile *c, const char *name, struct arena *arena)
{
    *cg = (struct cg){.c = c, .m = c->m, .arena = arena};
    cg->context = LLVMContextCreate();
    cg->module = LLVMModuleCreateWithNameInContext(name, cg->context);
    cg->builder = LLVMCreateBuilderInContext(cg->context);
    cg->phi_builder = LLVMCreateBuilderInContext(cg->context);
    cg->void_ = LLVMVoidTypeInContext(cg->context);
    cg->i1 = LLVMInt1TypeInContext(cg->context);
    cg->i8 = LLVMInt8TypeInContext(cg->context);
    cg->i16 = LLVMInt16TypeInContext(cg->context);
    cg->i32 = LLVMInt32TypeInContext(cg->context);
    cg->i64 = LLVMInt64TypeInContext(cg->context);
    cg->f32 = LLVMFloatTypeInContext(cg->context);
    cg->f64 = LLVMDoubleTypeInContext(cg->context);
    cg->v128 = LLVMVectorType(cg->i8, 16);
    cg->ptr = LLVMPointerTypeInContext(cg->context, 0);
    cg->funcs = arena_array(arena, c->m->func_count, sizeof *cg->funcs);
    cg->tails = c->tail ? arena_array(arena, c->m->func_count, sizeof *cg->tails) : NULL;
    make_metadata(cg);
}

void cg_close(struct cg *cg)
{
    LLVMDisposeBuilder(cg->phi_builder);
    LLVMDisposeBuilder(cg->builder);
    LLVMDisposeModule(cg->module);
    LLVMContextDispose(cg->context);
}
