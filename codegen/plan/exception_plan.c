/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Whether a module has to do with exceptions: then its functions may unwind into each other's
 * landing pads. In all other modules they stay `nounwind`; an exception of somebody else may still
 * pass through such frames, which have unwind tables like all.
 */
#include "codegen/internal.h"

#include "frontend/insn.h"

static void note_insn(void *env, uint32_t func, const struct insn *insn)
{
    bool *found = env;
    uint8_t feature = op_info[insn->op].feature;
    (void)func;
    if (feature == FEATURE_EXCEPTIONS || feature == FEATURE_LEGACY_EXCEPTIONS)
        *found = true;
}

bool exception_plan(const struct module *m, const struct scan *scan)
{
    bool found = m->tag_count > 0;
    if (!found)
        scan_visit(scan, note_insn, &found);
    return found;
}
