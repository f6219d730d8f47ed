/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * See rodata.h.
 */
#include "codegen/rodata.h"

#include <assert.h>
#include <string.h>

void cstruct_put(struct cstruct *s, LLVMValueRef value)
{
    assert(s->count < CSTRUCT_FIELDS);
    s->fields[s->count++] = value;
}

void cstruct_u8(struct cstruct *s, unsigned value)
{
    cstruct_put(s, LLVMConstInt(s->cg->i8, value, false));
}

void cstruct_u16(struct cstruct *s, unsigned value)
{
    cstruct_put(s, LLVMConstInt(s->cg->i16, value, false));
}

void cstruct_u32(struct cstruct *s, uint32_t value)
{
    cstruct_put(s, LLVMConstInt(s->cg->i32, value, false));
}

void cstruct_u64(struct cstruct *s, uint64_t value)
{
    cstruct_put(s, LLVMConstInt(s->cg->i64, value, false));
}

LLVMValueRef cstruct_end(const struct cstruct *s, size_t size)
{
    LLVMValueRef fields[CSTRUCT_FIELDS];
    memcpy(fields, s->fields, s->count * sizeof *fields);
    LLVMValueRef value = LLVMConstStructInContext(s->cg->context, fields, s->count, false);
    assert(LLVMABISizeOfType(LLVMGetModuleDataLayout(s->cg->module), LLVMTypeOf(value)) == size);
    (void)size;
    return value;
}

LLVMValueRef rodata_named(struct cg *cg, const char *symbol, LLVMValueRef value)
{
    LLVMValueRef global = LLVMAddGlobal(cg->module, LLVMTypeOf(value), symbol);
    LLVMSetGlobalConstant(global, true);
    LLVMSetInitializer(global, value);
    return global;
}

LLVMValueRef rodata(struct cg *cg, LLVMValueRef value)
{
    LLVMValueRef global = rodata_named(cg, "", value);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    return global;
}

LLVMValueRef rodata_null(struct cg *cg)
{
    return LLVMConstPointerNull(cg->ptr);
}

LLVMValueRef rodata_array(struct cg *cg, LLVMValueRef *values, uint64_t count)
{
    if (count == 0)
        return rodata_null(cg);
    return rodata(cg, LLVMConstArray2(LLVMTypeOf(values[0]), values, count));
}

LLVMValueRef *rodata_values(struct cg *cg, size_t count)
{
    return arena_array(cg->arena, count, sizeof(LLVMValueRef));
}

LLVMValueRef rodata_u32s(struct cg *cg, const uint32_t *numbers, uint32_t count)
{
    LLVMValueRef *values = rodata_values(cg, count);
    for (uint32_t i = 0; i < count; i++)
        values[i] = LLVMConstInt(cg->i32, numbers[i], false);
    return rodata_array(cg, values, count);
}

LLVMValueRef rodata_bytes(struct cg *cg, struct slice slice)
{
    if (slice.n == 0)
        return rodata_null(cg);
    return rodata(cg, LLVMConstStringInContext2(cg->context, (const char *)slice.p, slice.n, true));
}

LLVMValueRef rodata_text(struct cg *cg, const void *text, size_t size)
{
    return rodata(cg, LLVMConstStringInContext2(cg->context, text, size, false));
}

LLVMValueRef rodata_string(struct cg *cg, const char *text)
{
    return rodata_text(cg, text, strlen(text));
}
