/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Words in vector registers. What is left of Keccak in the best order still has twice as many words
 * as a processor has registers for integers. AVX-512 has 32 vector registers, rotates in them and
 * computes any function of three bits at once, so a long stretch that does nothing but that is
 * shorter with each word in the first lane of a vector, the others of which mean nothing.
 */
#include "codegen/ir.h"

#include <string.h>

enum {
    VECTOR_BITS = 128,
    CROSSING_PART = 16, /* one move between the two kinds of registers in so many instructions */
};

struct lanes {
    LLVMBuilderRef builder;
    LLVMBasicBlockRef block;
    LLVMTypeRef word, vector;
    LLVMValueRef first; /* the lane's number */
    unsigned count;
};

static bool is_rotation(LLVMValueRef insn)
{
    return ir_calls(insn, "llvm.fshl.") && LLVMGetOperand(insn, 0) == LLVMGetOperand(insn, 1) &&
           LLVMIsAConstantInt(LLVMGetOperand(insn, 2));
}

/* One instruction of a vector too. */
static bool is_bitwise(const struct lanes *l, LLVMValueRef value)
{
    if (!LLVMIsAInstruction(value) || LLVMTypeOf(value) != l->word)
        return false;
    switch ((int)LLVMGetInstructionOpcode(value)) {
    case LLVMAnd:
    case LLVMOr:
    case LLVMXor: return true;
    case LLVMShl:
    case LLVMLShr: return LLVMIsAConstantInt(LLVMGetOperand(value, 1));
    case LLVMCall: return is_rotation(value);
    default: return false;
    }
}

static bool is_inside(const struct lanes *l, LLVMValueRef value)
{
    return is_bitwise(l, value) && LLVMGetInstructionParent(value) == l->block;
}

/* From a register for integers: loads go to any kind. */
static bool comes_across(const struct lanes *l, LLVMValueRef operand)
{
    return !LLVMIsAConstant(operand) && !LLVMIsALoadInst(operand) && !is_inside(l, operand);
}

static bool goes_across(const struct lanes *l, LLVMUseRef use)
{
    LLVMValueRef user = LLVMGetUser(use);
    return !LLVMIsAStoreInst(user) && !is_inside(l, user);
}

static uint32_t crossings(const struct lanes *l, LLVMValueRef insn)
{
    uint32_t count = comes_across(l, LLVMGetOperand(insn, 0));
    count += comes_across(l, LLVMGetOperand(insn, 1));
    for (LLVMUseRef use = LLVMGetFirstUse(insn); use; use = LLVMGetNextUse(use))
        count += goes_across(l, use);
    return count;
}

static bool pays(const struct lanes *l, const LLVMValueRef *insns, uint32_t count)
{
    uint32_t inside = 0, across = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_inside(l, insns[i]))
            continue;
        inside++;
        across += crossings(l, insns[i]);
    }
    return inside >= count / 2 && across <= inside / CROSSING_PART;
}

static bool is_first_lane(const struct lanes *l, LLVMValueRef value)
{
    return ir_is(value, LLVMExtractElement) && LLVMTypeOf(LLVMGetOperand(value, 0)) == l->vector &&
           LLVMGetOperand(value, 1) == l->first;
}

static LLVMValueRef as_vector(const struct lanes *l, LLVMValueRef word)
{
    if (LLVMIsAConstant(word)) {
        LLVMValueRef words[VECTOR_BITS / 32];
        for (unsigned i = 0; i < l->count; i++)
            words[i] = word;
        return LLVMConstVector(words, l->count);
    }
    if (is_first_lane(l, word))
        return LLVMGetOperand(word, 0);
    return LLVMBuildInsertElement(l->builder, LLVMGetPoison(l->vector), word, l->first, "");
}

static LLVMValueRef rotation(struct cg *cg, const struct lanes *l, LLVMValueRef insn)
{
    LLVMTypeRef vector = l->vector;
    LLVMValueRef rotate = LLVMGetIntrinsicDeclaration(cg->module, ir_intrinsic(insn), &vector, 1);
    LLVMValueRef x = as_vector(l, LLVMGetOperand(insn, 0));
    LLVMValueRef args[] = {x, x, as_vector(l, LLVMGetOperand(insn, 2))};
    return LLVMBuildCall2(l->builder, LLVMGlobalGetValueType(rotate), rotate, args, 3, "");
}

/* Returns the word that takes the instruction's place. */
static LLVMValueRef move(struct cg *cg, const struct lanes *l, LLVMValueRef insn)
{
    LLVMPositionBuilderBefore(l->builder, insn);
    LLVMOpcode op = LLVMGetInstructionOpcode(insn);
    LLVMValueRef result =
        op == LLVMCall ? rotation(cg, l, insn)
                       : LLVMBuildBinOp(l->builder, op, as_vector(l, LLVMGetOperand(insn, 0)),
                                        as_vector(l, LLVMGetOperand(insn, 1)), "");
    LLVMValueRef word = LLVMBuildExtractElement(l->builder, result, l->first, "");
    LLVMReplaceAllUsesWith(insn, word);
    LLVMInstructionEraseFromParent(insn);
    return word;
}

static bool move_words(struct cg *cg, LLVMTypeRef word, LLVMValueRef *insns, uint32_t count)
{
    struct lanes l = {
        .builder = cg->builder,
        .block = LLVMGetInstructionParent(insns[0]),
        .word = word,
        .first = LLVMConstInt(cg->i64, 0, false),
        .count = VECTOR_BITS / LLVMGetIntTypeWidth(word),
    };
    l.vector = LLVMVectorType(word, l.count);
    if (!pays(&l, insns, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (is_bitwise(&l, insns[i]))
            insns[i] = move(cg, &l, insns[i]);
    for (uint32_t i = 0; i < count; i++)
        if (is_first_lane(&l, insns[i]) && !LLVMGetFirstUse(insns[i]))
            LLVMInstructionEraseFromParent(insns[i]);
    return true;
}

bool cg_move_to_lanes(struct cg *cg, LLVMValueRef *insns, uint32_t count)
{
    return cg->c->cpu.rotates_vectors &&
           (move_words(cg, cg->i64, insns, count) || move_words(cg, cg->i32, insns, count));
}
