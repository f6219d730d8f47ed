/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: what stands round the generator. Before it: what can be generated at all, C
 * symbols, partitions. After it: LLVM modules to objects, objects to files. And the safety net that
 * turns LLVM's "exit the process" into an error.
 */
#ifndef CODEGEN_ARTIFACT_H
#define CODEGEN_ARTIFACT_H

#include "codegen/internal.h"

#include <pthread.h>

/* ---- generated.c: the proposals that the generator knows ---- */

/* The module's types, tables, memories and constant expressions can be generated, or err says which
 * proposal is missing. Requires a validated module. */
bool module_generated(const struct module *m, struct error *err);
/* The same for the body of a function. */
bool body_generated(const struct func_body *body, uint32_t index, struct error *err);

/* ---- symbols.c: C names for exports ---- */

/* The prefix where none is given: the stem of a file name; name may be NULL. */
const char *prefix_default(const char *name, struct arena *arena);
/* Appends `bytes` as part of a C identifier: [A-Za-z0-9_] kept, all else _xx. */
const char *identifier_mangle(struct slice bytes, struct arena *arena);
/* The symbol of the descriptor. prefix is mangled already. */
const char *descriptor_symbol(const char *prefix, struct arena *arena);
/* The C symbol of each export (NULL: not a function, or an earlier export has it). prefix is
 * mangled already. */
const char *const *symbols_compute(const struct module *m, const char *prefix, struct arena *arena);

/* ---- partition.c: which functions share an LLVM module ---- */

struct partition {
    const uint32_t *funcs; /* function indices */
    uint32_t count;
};

/* Divides the functions defined here by content, rank and profile alone, so that the output does
 * not depend on the number of threads. At least one partition, which may be empty. */
struct partition *partition_plan(const struct compile *c, struct arena *arena, uint32_t *count);

/* ---- rescue.c: LLVM and arenas give up by ending the process; not inside rescue_run ---- */

/* Calls function(env). Returns false and sets err if LLVM gave up in it or an arena had no memory;
 * what was being built is then lost and must not be touched, not even to free it. */
bool rescue_run(void (*function)(void *env), void *env, struct error *err);
/* An arena whose out-of-memory ends the rescue_run it is used in. */
struct arena rescue_arena(void);
/* LLVM's errors and warnings in this context are not printed; an error ends the rescue_run. */
void rescue_context(LLVMContextRef context);

/* ---- object.c: LLVM module -> bytes ---- */

/* In the form that emit says; so and header count as object. NULL with err set on failure. */
LLVMMemoryBufferRef object_emit(struct cg *cg, LLVMTargetMachineRef machine, enum w2s_emit emit,
                                struct error *err);

/* ---- executable.c: a module as a program ---- */

/* The module is a WASI command and an executable can give it all it imports, or err says not. */
bool executable_check(const struct module *m, const w2s_compile_options *options,
                      struct error *err);
/* The constant w2s_exe; after the descriptor, in the same module. */
void emit_executable(struct cg *cg, const w2s_compile_options *options);

/* Helpers that envoy.c shares. The import is a function of WASI. */
bool wasi_imported(const struct import *import);
bool slice_is(struct slice slice, const char *text);
/* Defined elsewhere; only its address counts. */
LLVMValueRef cg_outside(struct cg *cg, const char *symbol);
/* An array of the runtime's rows of the imported WASI functions, each once or more. */
LLVMValueRef emit_wasi_rows(struct cg *cg, uint32_t *count);

/* ---- envoy.c: a proxy-wasm filter as an Envoy dynamic module ---- */

/* The module is a proxy-wasm filter and all it imports can be given, or err says not. */
bool envoy_check(const struct module *m, struct error *err);
/* The constant w2s_envoy; after the descriptor, in the same module. */
void emit_envoy(struct cg *cg);

/* ---- part_cache.c: objects that were made before ---- */

/* Names the object that the module, not optimised yet, will become; in the arena. */
const char *part_key(const struct cg *cg, struct arena *arena);
/* The object, if the folder has it whole; the caller disposes it. NULL otherwise. */
LLVMMemoryBufferRef part_find(const char *folder, const char *key, struct arena *arena);
/* Puts it there. A folder that cannot be written is no error. */
void part_keep(const char *folder, const char *key, LLVMMemoryBufferRef object,
               struct arena *arena);

/* ---- generate.c: the parts of a module, in parallel ---- */

/* Whether whoever asked for the compile does not want it any more; then err says so. */
bool cancelled(const w2s_compile_options *options, struct error *err);

enum { WRAPPERS_IN_PART = 4096 };

struct generation {
    const struct compile *c;
    const w2s_compile_options *options; /* emit, jobs, progress */
    const struct partition *plan;
    /* Partitions; if there are several, also parts for the wrappers of exports, the last one with
     * the descriptor. */
    uint32_t part_count;
    LLVMMemoryBufferRef *results; /* by part; the caller disposes those that are not NULL */
};

/* A thread that takes none of the host's signals: handlers run where the host expects them. */
bool thread_start(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *env);

/* Makes all results. Which failure is reported does not depend on the threads. */
bool generate(struct generation *generation, struct arena *arena, struct error *err);

/* ---- output.c: files ---- */

/* A file that appears whole or not at all. */
struct output {
    const char *path; /* where it goes */
    const char *temp; /* where it is written first */
    bool in_place;    /* path is a device or a pipe: copied into, not replaced */
    int memory;       /* descriptor of a file in memory, which temp names; or -1 */
};

/* path NULL: the file stays in memory. */
bool output_open(struct output *output, const char *path, struct arena *arena, struct error *err);
/* Creates the temporary file with these bytes; may be called again to append. */
bool output_write(const struct output *output, const void *bytes, size_t size, struct error *err);
/* Whoever may read the file may execute it as well. */
bool output_make_executable(const struct output *output, struct error *err);
/* Gives the temporary file its name. */
bool output_commit(const struct output *output, struct error *err);
void output_discard(const struct output *output);
/* What is in memory, allocated; NULL and err when there is no room. */
void *output_take(const struct output *output, size_t *size, struct error *err);

/* A file without a name that holds these bytes; *path (in the arena) names it in this process while
 * the descriptor is open. Returns the descriptor, or -1 with err set. */
int memory_file(const void *bytes, size_t size, const char **path, struct arena *arena,
                struct error *err);

/* ---- seal.c: the sum over what is loaded of a file ---- */

/* The note for it; with the descriptor of a shared object. */
void emit_file_note(struct cg *cg);
/* Fills it in, in the linked file. */
bool output_seal(const struct output *output, struct error *err);

/* ---- isolate.c ---- */

struct isolated {
    const void *bytes;
    size_t size;
    const w2s_compile_options *options;
};

/* Compiles in a child process, into artifact, which is in memory. */
bool isolate(const struct isolated *work, const struct output *artifact, struct error *err);

/* ---- stub.c, link.c, kit.c ---- */

/* An ELF shared object that defines what the runtime defines, and nothing else: what to link
 * against. */
struct slice stub_runtime(const struct target *target, struct arena *arena);

/* Links objects (paths) into a shared object, or into one relocatable object. */
bool link_objects(const struct target *target, bool shared, const char *const *objects,
                  size_t count, const struct output *output, struct arena *arena,
                  struct error *err);

/* What an executable or Envoy module is made of besides the objects: file names, in the arena. */
struct kit {
    const char *before[2], *after[5]; /* the objects; NULL: no more */
};

/* Finds the kit for target, static or not, in the options' folder. */
bool kit_find(struct kit *kit, const struct target *target, const w2s_compile_options *options,
              struct arena *arena, struct error *err);
/* Links objects (paths) and a kit into a program, or into an Envoy module. */
bool link_executable(const struct target *target, const w2s_compile_options *options,
                     const char *const *objects, size_t count, const struct output *output,
                     struct arena *arena, struct error *err);

#endif
