/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * For tests of the compiler: text in, module or file out. Whatever fails here fails the test.
 */
#ifndef TESTS_CODEGEN_SUPPORT_H
#define TESTS_CODEGEN_SUPPORT_H

#include "codegen/include/wasm2so_compile.h"
#include "frontend/arena.h"
#include "frontend/module.h"

/* A decoded and validated module, in the arena. */
struct module *support_module(const char *text, struct arena *arena);

/* Compiles into a new file whose name is written to path. options may be NULL. */
enum { SUPPORT_PATH = 64 };
void support_compile(const char *text, const w2s_compile_options *options, char path[SUPPORT_PATH]);
/* The same, and it must fail; path is where no file may be afterwards. */
w2s_compile_error support_refused(const char *text, const w2s_compile_options *options);

/* The LLVM IR, in the arena; options (but for emit) may be NULL. */
const char *support_ir(const char *text, const w2s_compile_options *options, struct arena *arena);

/* How often the word stands in the text. */
unsigned support_count(const char *text, const char *word);

/* The file's contents, NUL-terminated, in the arena; the file is removed. */
struct slice support_read(const char *path, struct arena *arena);

#endif
