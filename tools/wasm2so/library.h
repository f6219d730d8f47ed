/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The driver's libraries, which are loaded when something needs them: where they are.
 */
#ifndef TOOLS_LIBRARY_H
#define TOOLS_LIBRARY_H

#include <stddef.h>

/* The file of the library if it lies beside this program (../lib), else just its name, for the
 * dynamic linker to find. Returns buf. */
const char *library_path(const char *name, char *buf, size_t size);

#endif
