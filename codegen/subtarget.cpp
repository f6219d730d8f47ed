/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which CPUs and features LLVM knows, and what a CPU has: LLVM-C cannot say it, and the target
 * machine answers an unknown name with a warning on stderr and code for some other CPU.
 */
#include "codegen/shim.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"

#include <memory>
#include <string>

using subtarget = std::unique_ptr<llvm::MCSubtargetInfo>;

static subtarget subtarget_make(const char *triple, const char *cpu, const char *features)
{
    std::string error;
    const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
    return subtarget(target ? target->createMCSubtargetInfo(triple, cpu, features) : nullptr);
}

bool subtarget_has_cpu(const char *triple, const char *cpu)
{
    subtarget info = subtarget_make(triple, "", "");
    return info && info->isCPUStringValid(cpu);
}

bool subtarget_has_feature(const char *triple, const char *feature)
{
    subtarget info = subtarget_make(triple, "", "");
    if (!info)
        return false;
    for (const llvm::SubtargetFeatureKV &row : info->getAllProcessorFeatures())
        if (llvm::StringRef(row.Key) == feature)
            return true;
    return false;
}

bool subtarget_enables(const char *triple, const char *cpu, const char *features,
                       const char *feature)
{
    subtarget info = subtarget_make(triple, cpu, features);
    return info && info->checkFeatures(std::string("+") + feature);
}
