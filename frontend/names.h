/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The "name" custom section (spec 7.4.1 and the extended-name-section proposal): module, function
 * and local names. A broken section is ignored from where it breaks.
 */
#ifndef FRONTEND_NAMES_H
#define FRONTEND_NAMES_H

#include "frontend/module.h"

struct arena;

struct local_names {
    uint32_t func;
    uint32_t count;
    struct {
        uint32_t index;
        struct slice name;
    } *names;
    struct local_names *next; /* by rising function index */
};

/* Reads the section's contents into m->name, m->funcs[].name and m->local_names. */
void names_decode(struct module *m, const struct custom_section *section, struct arena *arena);

#endif
