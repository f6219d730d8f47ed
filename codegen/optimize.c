/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * LLVM's passes by level. WebAssembly comes out of an optimiser already, and the generator makes
 * SSA without memory for locals, so the pipelines are short; docs/rationale.md has the measurements
 * behind them.
 */
#include "codegen/internal.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

static const char *pipeline(const struct compile *c)
{
    static const char *const levels[] = {"function(simplifycfg)", "default<O1>", "default<O2>",
                                         "default<O3>"};
    return c->size ? "default<Os>" : levels[c->level];
}

static bool verify(struct cg *cg, struct error *err)
{
    char *message = NULL;
    bool broken = LLVMVerifyModule(cg->module, LLVMReturnStatusAction, &message);
    if (broken)
        error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "generated IR does not verify: %s", message);
    LLVMDisposeMessage(message);
    return !broken;
}

static bool run_passes(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    bool vectorize = cg->c->level >= 2;
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(options, vectorize);
    LLVMPassBuilderOptionsSetSLPVectorization(options, vectorize);
    LLVMErrorRef failure = LLVMRunPasses(cg->module, pipeline(cg->c), machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!failure)
        return true;
    char *message = LLVMGetErrorMessage(failure);
    error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

bool cg_optimize(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    if (!verify(cg, err) || !run_passes(cg, machine, err))
        return false;
    cg_add_stack_checks(cg);
    return true;
}
