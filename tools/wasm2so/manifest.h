/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a compiled module says of itself.
 */
#ifndef TOOLS_MANIFEST_H
#define TOOLS_MANIFEST_H

/* Prints the descriptor of the .so: how it was made, imports, exports, memories, tables. No code of
 * the module runs. Prints errors; returns the exit code. */
int manifest_print(const char *file);

#endif
