/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) What the files that validate everything but bodies share.
 */
#ifndef FRONTEND_VALIDATE_MODULE_PRIVATE_H
#define FRONTEND_VALIDATE_MODULE_PRIVATE_H

#include "frontend/error.h"
#include "frontend/module.h"

struct arena;

/* The feature is enabled, or "<text>: the simd proposal is disabled". */
bool module_feature_check(const struct module *m, enum feature feature, size_t offset,
                          struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The type's proposals are enabled and its index, if it has one, is below index_limit. */
bool module_valtype_check(const struct module *m, struct valtype type, uint32_t index_limit,
                          size_t offset, struct error *err);

/* The type section (3.2): in validate_types.c. */
bool types_validate(struct module *m, struct arena *arena, struct error *err);

/* Element and data segments (3.4.6, 3.4.7): in validate_segments.c. */
bool segments_validate(struct module *m, struct arena *arena, struct error *err);

#endif
