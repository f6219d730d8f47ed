/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What LLVM and lld offer in C++ only, as C functions (shim.cpp). Included by both languages, so it
 * names no type of ours.
 */
#ifndef CODEGEN_SHIM_H
#define CODEGEN_SHIM_H

#include <stdbool.h>
#include <stddef.h>

#include <llvm-c/TargetMachine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs ld.lld in this process (args[0] is its name); what it prints goes to log, cut at
 * size bytes and NUL-terminated. One link at a time. Returns whether it linked. */
bool lld_link(const char *const *args, size_t count, char *log, size_t size);

struct archive_member {
    const char *name, *bytes;
    size_t size;
};

/* A static library of these objects, handed to write, whose result is returned. Where
 * there is none, false with the reason in log. */
bool archive_make(const struct archive_member *members, size_t count,
                  bool (*write)(void *env, const void *bytes, size_t size), void *env, char *log,
                  size_t size);

/* What LLVM knows of CPUs. LLVM itself only warns, on stderr, about names that it
 * does not know. The target must be initialised. */
bool subtarget_has_cpu(const char *triple, const char *cpu);
bool subtarget_has_feature(const char *triple, const char *feature);
/* The feature is on in a CPU after features ("+x,-y") are applied; all three must exist. */
bool subtarget_enables(const char *triple, const char *cpu, const char *features,
                       const char *feature);

/* Instructions are selected by FastISel, one at a time, wherever it knows how, as at level 0; the
 * passes after that stay those of the machine's level. */
void machine_select_fast(LLVMTargetMachineRef machine);

/* The module's code; the caller disposes it. NULL: the machine cannot make such a file. Unlike
 * LLVM-C's, it takes linear time to free a function of many blocks and large jump tables. */
LLVMMemoryBufferRef machine_emit(LLVMTargetMachineRef machine, LLVMModuleRef module,
                                 LLVMCodeGenFileType type);

/* Sets what is set by an argument of LLVM's own tools only, for the whole process; as the option's
 * default, which each link goes back to. False: this LLVM has no such option. The option's type
 * must be bool, or unsigned. */
bool llvm_flag_set(const char *name, bool value);
bool llvm_number_set(const char *name, unsigned value);

/* The instruction and what follows it in its basic block, as a new block that the old one branches
 * to. */
LLVMBasicBlockRef block_split(LLVMValueRef insn);

/* Appends the block to the only one that branches to it, if that goes nowhere else. */
void block_merge(LLVMBasicBlockRef bb);

/* A new block on the only edge that leads from one block to the other; NULL if there can be none.
 */
LLVMBasicBlockRef block_between(LLVMBasicBlockRef from, LLVMBasicBlockRef to);

/* The block, which branches to one of nothing but phis and that return, returns itself. */
void block_return(LLVMBasicBlockRef bb, LLVMValueRef ret);

/* Replaces a division of integers, or its remainder, by a loop that makes it bit by bit. */
void division_expand(LLVMValueRef insn);

#ifdef __cplusplus
}
#endif
#endif
