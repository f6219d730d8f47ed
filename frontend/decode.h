/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Binary format (spec 5) -> struct module. Everything of 3.0 is decoded, whatever is enabled;
 * features are the validator's business.
 */
#ifndef FRONTEND_DECODE_H
#define FRONTEND_DECODE_H

#include "frontend/error.h"
#include "frontend/module.h"

struct arena;

/* Decodes bytes into *m (overwritten). Function bodies stay slices: func_validate reads them.
 * Custom sections are kept; a broken name section is ignored, as the spec wants (7.4).
 * Returns false and sets err on malformed input. */
bool module_decode(struct module *m, struct slice bytes, uint64_t features, struct arena *arena,
                   struct error *err);

#endif
