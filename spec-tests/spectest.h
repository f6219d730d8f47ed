/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host module "spectest" that the official scripts import from.
 */
#ifndef SPEC_TESTS_SPECTEST_H
#define SPEC_TESTS_SPECTEST_H

#include "runtime/include/wasm2so.h"

#include <stdbool.h>

/* Defines the module's items in the linker. verbose: what is printed goes to stderr; else nowhere.
 * Returns false and fills err if something cannot be made. */
bool spectest_define(w2s_store *store, w2s_linker *linker, bool verbose, w2s_error *err);

#endif
