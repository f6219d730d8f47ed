/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Names of instructions from before WebAssembly 1.0, which tools of the time still write. Most
 * follow a rule: "i32.trunc_s/f64" became "i32.trunc_f64_s".
 */
#include <stdio.h>
#include <string.h>

#include "frontend/text/assembler.h"

static const struct {
    const char *old, *modern;
} renamed[] = {
    {"get_local", "local.get"},
    {"set_local", "local.set"},
    {"tee_local", "local.tee"},
    {"get_global", "global.get"},
    {"set_global", "global.set"},
    {"current_memory", "memory.size"},
    {"grow_memory", "memory.grow"},
    {"anyfunc", "funcref"},
    {"atomic.notify", "memory.atomic.notify"},
    {"i32.atomic.wait", "memory.atomic.wait32"},
    {"i64.atomic.wait", "memory.atomic.wait64"},
    {"v8x16.shuffle", "i8x16.shuffle"},
    {"v8x16.swizzle", "i8x16.swizzle"},
};

/* "t.op_s/u" -> "t.op_u_s", "t.op/u" -> "t.op_u", "t.op_s:sat/u" -> "t.op_sat_u_s". */
static bool move_sign(struct slice old, const char *slash, char modern[MNEMONIC_SIZE])
{
    const char *start = (const char *)old.p, *from = slash + 1;
    int operation = (int)(slash - start), type = (int)(start + old.n - from);
    bool sat = operation > 4 && memcmp(slash - 4, ":sat", 4) == 0;
    operation -= sat ? 4 : 0;
    bool sign = operation > 2 && start[operation - 2] == '_' &&
                (start[operation - 1] == 's' || start[operation - 1] == 'u');
    const char *suffix = start + operation - 2;
    operation -= sign ? 2 : 0;
    int n = snprintf(modern, MNEMONIC_SIZE, "%.*s%s_%.*s%.*s", operation, start, sat ? "_sat" : "",
                     type, from, sign ? 2 : 0, suffix);
    return n > 0 && n < MNEMONIC_SIZE;
}

bool mnemonic_modernize(struct slice old, char modern[MNEMONIC_SIZE])
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (strlen(renamed[i].old) != old.n || memcmp(renamed[i].old, old.p, old.n) != 0)
            continue;
        snprintf(modern, MNEMONIC_SIZE, "%s", renamed[i].modern);
        return true;
    }
    const char *slash = old.n < MNEMONIC_SIZE ? memchr(old.p, '/', old.n) : NULL;
    return slash && move_sign(old, slash, modern);
}

void note_old_name(struct assembler *a, const char *modern)
{
    const struct text_options *options = a->options;
    const struct token *token = &a->p.tok;
    if (!options->note)
        return;
    char message[3 * MNEMONIC_SIZE];
    uint32_t line, column;
    text_position(a->p.lx.start, token->p, a->p.lx.first_line, &line, &column);
    snprintf(message, sizeof message, "'%.*s' is now '%s'", (int)token->n, token->p, modern);
    options->note(options->env, line, column, message);
}
