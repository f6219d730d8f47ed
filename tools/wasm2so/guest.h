/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the run command does with instances: WASI set-up, calls by text, traps as exit codes. All
 * print their errors and return an exit code, or -1 to go on.
 */
#ifndef TOOLS_GUEST_H
#define TOOLS_GUEST_H

#include "frontend/arena.h"
#include "runtime/include/wasm2so.h"

struct options;
struct string_list;

/* Defines WASI in the linker with the arguments, variables, directories and sockets of the options.
 */
int guest_define_wasi(w2s_linker *linker, const struct options *options);
/* The variables for the guest: this process's where wanted, unless --env sets them; and its
 * directories, options->dirs.count of them. */
struct string_list guest_env(const struct options *options, struct arena *arena);
struct w2s_wasi_dir *guest_dirs(const struct options *options, struct arena *arena);
/* From here on the kernel keeps this process to what a guest of these options needs. */
int guest_enter_sandbox(const struct options *options, bool threads);

/* Whether the module starts threads (wasi-threads); defines what it needs for that. */
bool guest_has_threads(const w2s_module *module);
int guest_define_threads(w2s_linker *linker, w2s_module *module, const char *file);

/* Whether the compiled module lacks what the options' limits need, after an error says so. */
bool guest_limits_missing(const w2s_module *module, const struct options *options,
                          const char *file);

/* Ends the run with a trap: the status of proc_exit, or EXIT_TRAP after message and backtrace.
 * Frees the trap. */
int guest_trapped(w2s_trap *trap);

/* Prints a runtime error about file; returns EXIT_FAILED. */
int guest_failed(const char *file, const w2s_error *err);

/* Calls the export name if there is a function of that name and type () -> (). */
int guest_call_plain(w2s_instance *instance, const char *name);

/* Calls the export of the options with their arguments and prints the results, one a line. */
int guest_invoke(w2s_instance *instance, const struct options *options);

/* --wapc: defines what waPC guests import; makes the one call with standard input and output. */
int guest_define_wapc(w2s_linker *linker, const char *file);
int guest_wapc(w2s_instance *instance, const struct options *options);

/* Lists the exported functions on stderr. */
void guest_list_functions(const w2s_module *module);

#endif
