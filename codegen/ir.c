/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Questions about instructions; see ir.h.
 */
#include "codegen/ir.h"

#include <string.h>

enum { MOST_PARAMETERS = 6, CURRENT_ROUNDING = 4, MOST_LANES = 16 };

bool ir_is(LLVMValueRef value, LLVMOpcode opcode)
{
    return LLVMIsAInstruction(value) && LLVMGetInstructionOpcode(value) == opcode;
}

bool ir_has_one_use(LLVMValueRef value)
{
    LLVMUseRef use = LLVMGetFirstUse(value);
    return use && !LLVMGetNextUse(use);
}

void ir_split_sum(LLVMValueRef value, LLVMValueRef *rest, int64_t *constant)
{
    *rest = value;
    *constant = 0;
    if (!ir_is(value, LLVMAdd) || !LLVMIsAConstantInt(LLVMGetOperand(value, 1)))
        return;
    *rest = LLVMGetOperand(value, 0);
    *constant = LLVMConstIntGetSExtValue(LLVMGetOperand(value, 1));
}

unsigned ir_lanes(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 1;
}

LLVMTypeRef ir_lane_type(LLVMTypeRef type)
{
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;
}

bool ir_is_double(LLVMTypeRef type)
{
    return LLVMGetTypeKind(ir_lane_type(type)) == LLVMDoubleTypeKind;
}

LLVMTypeRef ir_bits_type(const struct cg *cg, LLVMTypeRef type)
{
    LLVMTypeRef lane = ir_is_double(type) ? cg->i64 : cg->i32;
    return LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMVectorType(lane, ir_lanes(type))
                                                       : lane;
}

LLVMValueRef ir_floats(LLVMTypeRef type, double n)
{
    LLVMValueRef lanes[MOST_LANES], lane = LLVMConstReal(ir_lane_type(type), n);
    if (LLVMGetTypeKind(type) != LLVMVectorTypeKind)
        return lane;
    for (unsigned i = 0; i < ir_lanes(type); i++)
        lanes[i] = lane;
    return LLVMConstVector(lanes, ir_lanes(type));
}

unsigned ir_edge_from(LLVMValueRef phi, LLVMBasicBlockRef from)
{
    unsigned i = 0, n = LLVMCountIncoming(phi);
    while (i < n && LLVMGetIncomingBlock(phi, i) != from)
        i++;
    return i;
}

LLVMValueRef ir_incoming(LLVMValueRef phi, LLVMBasicBlockRef from)
{
    unsigned edge = ir_edge_from(phi, from);
    return edge < LLVMCountIncoming(phi) ? LLVMGetIncomingValue(phi, edge) : NULL;
}

bool ir_is_plain_access(LLVMValueRef insn)
{
    return (LLVMIsALoadInst(insn) || LLVMIsAStoreInst(insn)) && !LLVMGetVolatile(insn) &&
           LLVMGetOrdering(insn) == LLVMAtomicOrderingNotAtomic;
}

unsigned ir_pointer_index(LLVMValueRef access)
{
    return LLVMIsAStoreInst(access) ? 1 : 0;
}

LLVMValueRef ir_pointer(LLVMValueRef access)
{
    return LLVMGetOperand(access, ir_pointer_index(access));
}

LLVMTypeRef ir_accessed_type(LLVMValueRef access)
{
    return LLVMTypeOf(LLVMIsAStoreInst(access) ? LLVMGetOperand(access, 0) : access);
}

uint64_t ir_accessed_size(const struct cg *cg, LLVMValueRef access)
{
    return LLVMStoreSizeOfType(LLVMGetModuleDataLayout(cg->module), ir_accessed_type(access));
}

unsigned ir_intrinsic(LLVMValueRef call)
{
    LLVMValueRef callee = LLVMGetCalledValue(call);
    return LLVMIsAFunction(callee) ? LLVMGetIntrinsicID(callee) : 0;
}

bool ir_calls(LLVMValueRef value, const char *beginning)
{
    if (!LLVMIsACallInst(value) || !LLVMIsAFunction(LLVMGetCalledValue(value)))
        return false;
    size_t length;
    const char *name = LLVMGetValueName2(LLVMGetCalledValue(value), &length);
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

bool ir_calls_pure(LLVMValueRef call)
{
    LLVMValueRef callee = LLVMGetCalledValue(call);
    unsigned kind = LLVMGetEnumAttributeKindForName("memory", strlen("memory"));
    LLVMAttributeRef memory =
        LLVMIsAFunction(callee) ? LLVMGetEnumAttributeAtIndex(callee, FUNCTION_INDEX, kind) : NULL;
    return memory && LLVMGetEnumAttributeValue(memory) == 0;
}

static LLVMValueRef default_argument(struct cg *cg, LLVMTypeRef type)
{
    if (LLVMGetTypeKind(type) == LLVMVectorTypeKind)
        return LLVMConstNull(type);
    return type == cg->i32 ? LLVMConstInt(type, CURRENT_ROUNDING, false) : LLVMConstAllOnes(type);
}

LLVMValueRef ir_call_machine(struct cg *cg, LLVMBuilderRef b, const struct machine_call *call)
{
    unsigned id = LLVMLookupIntrinsicID(call->name, strlen(call->name));
    LLVMValueRef function =
        LLVMGetIntrinsicDeclaration(cg->module, id, call->types, call->type_count);
    LLVMTypeRef type = LLVMIntrinsicGetType(cg->context, id, call->types, call->type_count);
    LLVMTypeRef types[MOST_PARAMETERS];
    LLVMValueRef all[MOST_PARAMETERS];
    LLVMGetParamTypes(type, types);
    unsigned n = LLVMCountParamTypes(type);
    for (unsigned i = 0; i < n; i++)
        all[i] = i < call->count ? LLVMBuildBitCast(b, call->args[i], types[i], "")
                                 : default_argument(cg, types[i]);
    return LLVMBuildCall2(b, type, function, all, n, "");
}
