/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An optimised LLVM module -> its object, or the same as text.
 */
#include "codegen/artifact.h"

#include <string.h>

#include "codegen/shim.h"

static LLVMMemoryBufferRef print_ir(struct cg *cg)
{
    char *text = LLVMPrintModuleToString(cg->module);
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRangeCopy(text, strlen(text), "ir");
    LLVMDisposeMessage(text);
    return buffer;
}

LLVMMemoryBufferRef object_emit(struct cg *cg, LLVMTargetMachineRef machine, enum w2s_emit emit,
                                struct error *err)
{
    if (emit == W2S_EMIT_LLVM_IR)
        return print_ir(cg);
    LLVMCodeGenFileType type = emit == W2S_EMIT_ASM ? LLVMAssemblyFile : LLVMObjectFile;
    LLVMMemoryBufferRef buffer = machine_emit(machine, cg->module, type);
    if (!buffer)
        error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "LLVM: no such file for this target");
    return buffer;
}
