/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What LLVM and lld offer in C++ only, for the C of codegen: the one file that is not C.
 */
#include "codegen/shim.h"

#include "lld/Common/Driver.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineJumpTableInfo.h"
#include "llvm/IR/BasicBlock.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/IntegerDivision.h"

#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

static void copy_text(const std::string &text, char *to, size_t size)
{
    size_t length = text.size() < size ? text.size() : size - 1;
    std::memcpy(to, text.data(), length);
    to[length] = '\0';
}

/* ---- ld.lld: it keeps its state in globals, hence the lock. When it gives up half way
 *      (canRunAgain false) those are lost, and every later link is refused. ---- */

LLD_HAS_DRIVER(elf)

bool lld_link(const char *const *args, size_t count, char *log, size_t size)
{
    static std::mutex mutex;
    static bool broken;
    std::lock_guard<std::mutex> lock(mutex);

    std::string text;
    llvm::raw_string_ostream stream(text);
    bool linked = false;
    if (broken) {
        stream << "the linker failed before and cannot run again in this process";
    } else {
        lld::Result result =
            lld::lldMain({args, count}, stream, stream, {{lld::Gnu, &lld::elf::link}});
        broken = !result.canRunAgain;
        linked = result.retCode == 0;
    }
    stream.flush();
    copy_text(text, log, size);
    return linked;
}

/* ---- static libraries ---- */

bool archive_make(const struct archive_member *members, size_t count,
                  bool (*write)(void *env, const void *bytes, size_t size), void *env, char *log,
                  size_t size)
{
    std::vector<llvm::NewArchiveMember> list;
    for (size_t i = 0; i < count; i++)
        list.emplace_back(
            llvm::MemoryBufferRef({members[i].bytes, members[i].size}, members[i].name));
    auto archive = llvm::writeArchiveToBuffer(list, llvm::SymtabWritingMode::NormalSymtab,
                                              llvm::object::Archive::K_GNU, true, false);
    if (archive)
        return write(env, (*archive)->getBufferStart(), (*archive)->getBufferSize());
    copy_text(llvm::toString(archive.takeError()), log, size);
    return false;
}

/* ---- CPUs: LLVM-C cannot list them, and the target machine answers an unknown name with a
 *      warning on stderr and code for some other CPU ---- */

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

/* ---- code generation ---- */

static llvm::TargetMachine *unwrap(LLVMTargetMachineRef machine)
{
    return reinterpret_cast<llvm::TargetMachine *>(machine);
}

void machine_select_fast(LLVMTargetMachineRef machine)
{
    unwrap(machine)->setFastISel(true);
}

namespace
{
/* Empties a function's jump tables. Each of its blocks is looked for in all of them when it is
 * freed. */
struct free_jump_tables : llvm::MachineFunctionPass {
    static char ID;
    free_jump_tables() : MachineFunctionPass(ID)
    {
    }

    bool runOnMachineFunction(llvm::MachineFunction &function) override
    {
        if (llvm::MachineJumpTableInfo *info = function.getJumpTableInfo())
            for (unsigned i = 0; i < info->getJumpTables().size(); i++)
                info->RemoveJumpTable(i);
        return false;
    }
    void getAnalysisUsage(llvm::AnalysisUsage &usage) const override
    {
        usage.setPreservesAll();
        MachineFunctionPass::getAnalysisUsage(usage);
    }
};
char free_jump_tables::ID;

/* LLVM's passes, and that one before it frees a function. */
struct code_passes : llvm::legacy::PassManager {
    void add(llvm::Pass *pass) override
    {
        if (pass->getPassName() == "Free MachineFunction")
            PassManager::add(new free_jump_tables);
        PassManager::add(pass);
    }
};
} // namespace

LLVMMemoryBufferRef machine_emit(LLVMTargetMachineRef machine, LLVMModuleRef module,
                                 LLVMCodeGenFileType type)
{
    auto kind = type == LLVMAssemblyFile ? llvm::CodeGenFileType::AssemblyFile
                                         : llvm::CodeGenFileType::ObjectFile;
    llvm::SmallString<0> bytes;
    llvm::raw_svector_ostream out(bytes);
    code_passes passes;
    if (unwrap(machine)->addPassesToEmitFile(passes, out, nullptr, kind))
        return nullptr;
    passes.run(*llvm::unwrap(module));
    return llvm::wrap(new llvm::SmallVectorMemoryBuffer(std::move(bytes)));
}

/* ---- options ---- */

template <typename T> static bool set_default(const char *name, T value)
{
    auto &options = llvm::cl::getRegisteredOptions();
    auto found = options.find(name);
    if (found == options.end())
        return false;
    static_cast<llvm::cl::opt<T> *>(found->second)->setInitialValue(value);
    return true;
}

bool llvm_flag_set(const char *name, bool value)
{
    return set_default(name, value);
}

bool llvm_number_set(const char *name, unsigned value)
{
    return set_default(name, value);
}

/* ---- basic blocks ---- */

LLVMBasicBlockRef block_split(LLVMValueRef insn)
{
    auto *i = llvm::unwrap<llvm::Instruction>(insn);
    return llvm::wrap(i->getParent()->splitBasicBlock(i));
}

void block_merge(LLVMBasicBlockRef bb)
{
    llvm::MergeBlockIntoPredecessor(llvm::unwrap(bb));
}

LLVMBasicBlockRef block_between(LLVMBasicBlockRef from, LLVMBasicBlockRef to)
{
    return llvm::wrap(llvm::SplitEdge(llvm::unwrap(from), llvm::unwrap(to)));
}

void block_return(LLVMBasicBlockRef bb, LLVMValueRef ret)
{
    auto *i = llvm::unwrap<llvm::ReturnInst>(ret);
    llvm::FoldReturnIntoUncondBranch(i, i->getParent(), llvm::unwrap(bb));
}

/* ---- divisions ---- */

void division_expand(LLVMValueRef insn)
{
    auto *division = llvm::unwrap<llvm::BinaryOperator>(insn);
    if (division->getOpcode() == llvm::Instruction::UDiv ||
        division->getOpcode() == llvm::Instruction::SDiv)
        llvm::expandDivision(division);
    else
        llvm::expandRemainder(division);
}
