/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From a file of either kind to a loaded module, for the commands that run one.
 */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include "runtime/include/wasm2so.h"

struct options;

/* The module, compiled as the options say where it is not compiled yet. NULL after a printed error:
 * also where it lacks what the limits of the options need. */
w2s_module *module_open(const struct options *options, const char *file);

#endif
