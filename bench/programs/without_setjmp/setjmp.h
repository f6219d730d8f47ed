/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Stands in for <setjmp.h> when Lua is built: the wasm target has none, so an error ends the
 * program. The native build goes without as well, so that both are of the same code.
 */
#pragma once

#include <stdlib.h>

#define LUAI_THROW(L, c)  abort()
#define LUAI_TRY(L, c, a) {a}
#define luai_jmpbuf       int
