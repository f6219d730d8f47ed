/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Validation of a whole module, for those who want the verdict alone: the bodies' instruction
 * streams are made in an arena that is reset after each function.
 */
#include "frontend/arena.h"
#include "frontend/validate.h"

bool module_validate_all(struct module *m, struct arena *arena, struct error *err)
{
    if (!module_validate(m, arena, err))
        return false;
    struct arena scratch = {.out_of_memory = arena->out_of_memory, .env = arena->env};
    bool valid = true;
    for (uint32_t i = m->import_func_count; valid && i < m->func_count; i++) {
        struct func_body body;
        valid = func_validate(m, i, &body, &scratch, err);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
    return valid;
}
