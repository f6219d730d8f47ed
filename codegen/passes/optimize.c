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

/* The inliner asks for what is cached only. */
#define PROFILE "require<profile-summary>,"

#define PREPARE                                                                                    \
    PROFILE                                                                                        \
    "cgscc(inline,function(sroa,early-cse<memssa>,simplifycfg," COMBINE ",reassociate)),"         \
    "elim-avail-extern,globaldce,"                                                                 \
    "function(loop-mssa(loop-simplifycfg,licm,loop-rotate,licm,simple-loop-unswitch),"             \
    "simplifycfg," COMBINE ",loop-simplify,lcssa)"

#define VECTORIZE "function(loop-mssa(loop-rotate),loop-vectorize," COMBINE ",simplifycfg)"

#define FINISH                                                                                     \
    "function(vector-combine,loop-unroll," COMBINE ",loop-mssa(licm),simplifycfg,adce)"

/* Their time is linear, but for shapes that only hostile input has (ladder.c). */
#define LINEAR "function(early-cse,simplifycfg)"

/* LLVM's own pipelines to where its vectorisers begin. What follows in default<On> is left to the
 * second half, and its loop-load-elim, which is wrong (docs/rationale.md), to nobody. */
#define OWN(level) "thinlto-pre-link<" level ">,"

#define SMALL                                                                                      \
    OWN("Os")                                                                                      \
    "elim-avail-extern,function(float2int,vector-combine," COMBINE                                 \
    ",loop-mssa(licm),instsimplify,div-rem-pairs,tailcallelim,simplifycfg),globaldce,constmerge"

/* Two halves. The first may delete and narrow loads, and keepers (keep.c) hold those whose trap
 * counts. Then the keepers that are no longer needed go, and the second half vectorises loops, then
 * straight code, unrolls and cleans up: nothing in it looks for dead loads or stores. */
static const struct {
    const char *prepare, *simplify, *vectorize, *finish;
} levels[] = {
    {NULL, NULL, NULL, NULL},

    {NULL,
     PROFILE
     "cgscc(inline,function(early-cse<memssa>,simplifycfg)),globaldce,"
     "function(loop-mssa(loop-rotate,licm),gvn<no-pre>," COMBINE ",simplifycfg)",
     NULL, "function(loop-mssa(licm))"},

    {PREPARE,
     "function(loop(indvars,loop-deletion,loop-unroll-full),"
     "gvn,sccp,bdce," COMBINE ",jump-threading,dse,loop-mssa(licm),"
     "simplifycfg<hoist-common-insts;sink-common-insts>," COMBINE ",lcssa)",
     VECTORIZE, FINISH},

    {PREPARE,
     OWN("O3") "globaldce,function(float2int,loop(loop-unroll-full)," COMBINE
               ",simplifycfg,gvn,adce,lcssa)",
     VECTORIZE, FINISH},
};

/* clang-format on */

static bool verify(struct cg *cg, struct error *err)
{
    char *message = NULL;
    bool broken = LLVMVerifyModule(cg->module, LLVMReturnStatusAction, &message);
    if (broken)
        error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "generated IR does not verify: %s", message);
    LLVMDisposeMessage(message);
    return !broken;
}

/* After edits of ours; not in builds for use, whose time it would cost. */
static bool verify_edits(struct cg *cg, struct error *err)
{
#ifdef NDEBUG
    (void)cg, (void)err;
    return true;
#else
    return verify(cg, err);
#endif
}

static bool run_passes(struct cg *cg, const char *passes, LLVMTargetMachineRef machine,
                       struct error *err)
{
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopUnrolling(options, false); /* left to the second half */
    LLVMErrorRef failure = LLVMRunPasses(cg->module, passes, machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!failure)
        return true;
    char *message = LLVMGetErrorMessage(failure);
    error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

bool cg_optimize_wrappers(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    return verify(cg, err) && run_passes(cg, LINEAR, machine, err);
}

/* Straight code looks up four words in a table by four loads sooner than by a gather. */
static void forbid_gathers(struct cg *cg, bool forbid)
{
    static const char name[] = "target-features";
    const char *feature = cg->c->target->no_gathers;
    if (!feature)
        return;
    const char *features = arena_printf(cg->arena, "%s,%s", cg->c->cpu.features, feature);
    for (LLVMValueRef f = LLVMGetFirstFunction(cg->module); f; f = LLVMGetNextFunction(f))
        if (forbid && !LLVMIsDeclaration(f))
            cg_add_string_attribute(cg, f, name, features);
        else if (!forbid)
            LLVMRemoveStringAttributeAtIndex(f, FUNCTION_INDEX, name, sizeof name - 1);
}

/* Loops, then straight code, from which some calls are hidden. */
static bool vectorize(struct cg *cg, const char *loops, LLVMTargetMachineRef machine,
                      struct error *err)
{
    if (!run_passes(cg, loops, machine, err))
        return false;
    cg_pin_far_accesses(cg); /* those that are so only now */
    cg_join_truncations(cg);
    cg_hide_calls(cg);
    cg_hide_references(cg, true);
    forbid_gathers(cg, true);
    bool ok = run_passes(cg, "function(slp-vectorizer)", machine, err);
    forbid_gathers(cg, false);
    cg_hide_references(cg, false);
    cg_show_calls(cg);
    return ok;
}

/* The passes of the level, above 0. */
static bool run_level(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    const char *prepare = cg->c->size ? NULL : levels[cg->c->level].prepare;
    const char *middle = cg->c->size ? SMALL : levels[cg->c->level].simplify;
    const char *loops = cg->c->size ? NULL : levels[cg->c->level].vectorize;
    const char *finish = cg->c->size ? NULL : levels[cg->c->level].finish;
    cg_join_products(cg);
    cg_check_conversions(cg);
    if (prepare) {
        cg_mark_inlined(cg);
        if (!run_passes(cg, prepare, machine, err))
            return false;
        cg_select_minima(cg);
        cg_version_loops(cg);
        cg_join_frames(cg);
    }
    cg_pin_far_accesses(cg);
    if (!verify_edits(cg, err) || !run_passes(cg, middle, machine, err))
        return false;
    if (!finish)
        return true;
    if (prepare)
        cg_scan_loops(cg);
    cg_release_keepers(cg);
    cg_pin_far_accesses(cg);
    if (!verify_edits(cg, err) || (loops && !vectorize(cg, loops, machine, err)) ||
        !run_passes(cg, finish, machine, err))
        return false;
    if (loops) {
        cg_branch_saturations(cg);
        cg_order_instructions(cg);
    }
    return true;
}

static bool optimize(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    if (cg_has_giants(cg)) {
        cg_protect_beyond(cg);
        if (!run_passes(cg, LINEAR, machine, err))
            return false;
        if (cg_has_beyond(cg))
            return true; /* a pass over loops would look for theirs, whatever is forbidden */
        cg_protect_giants(cg);
    }
    return run_level(cg, machine, err);
}

bool cg_optimize(struct cg *cg, LLVMTargetMachineRef machine, struct error *err)
{
    if (!verify(cg, err) || (cg->c->level > 0 && !optimize(cg, machine, err)))
        return false;
    cg_lower_lanes(cg);
    cg_lower_roundings(cg);
    if (cg->c->level > 0) {
        cg_expand_divisions(cg);
        cg_subtract_remainders(cg);
        cg_lower_minima(cg);
        cg_part_updates(cg);
    }
    cg_add_stack_checks(cg);
    if (cg->c->interruptible)
        cg_add_polls(cg);
    return verify_edits(cg, err);
}
