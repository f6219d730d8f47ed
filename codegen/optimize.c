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

/* clang-format off */

/* By default instcombine is fatal when one round was not enough. */
#define COMBINE "instcombine<no-verify-fixpoint>"

static const char *const levels[] = {
    "function(simplifycfg)",

    "cgscc(inline,function(early-cse<memssa>," COMBINE ",simplifycfg)),globaldce,"
    "function(loop-simplify,lcssa,loop-mssa(loop-rotate,licm),loop(indvars),gvn,dse,"
    COMBINE ",simplifycfg,adce)",

    "cgscc(inline,function(sroa,early-cse<memssa>,simplifycfg," COMBINE ",reassociate)),globaldce,"
    "function(loop-mssa(loop-simplifycfg,licm,loop-rotate,licm,simple-loop-unswitch),"
    "simplifycfg," COMBINE ",loop(loop-idiom,indvars,loop-deletion,loop-unroll-full),"
    "gvn,sccp,bdce," COMBINE ",jump-threading,dse,loop-mssa(licm),"
    "simplifycfg<hoist-common-insts;sink-common-insts>," COMBINE ","
    "loop-vectorize," COMBINE ",simplifycfg,slp-vectorizer,vector-combine," COMBINE ","
    "loop-unroll," COMBINE ",loop-mssa(licm),simplifycfg,adce)",

    "default<O3>",
};

/* clang-format on */

static const char *pipeline(const struct compile *c)
{
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
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(options, true);
    LLVMPassBuilderOptionsSetSLPVectorization(options, true);
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
