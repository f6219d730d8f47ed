/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Disassembly of the code section: offset, bytes (nine a line), instruction, indented by nesting.
 */
#include "frontend/arena.h"
#include "frontend/names.h"
#include "frontend/print_private.h"
#include "frontend/reader.h"

enum { BYTES_A_LINE = 9 };

/* The bytes [start, end) of the file: the first line of them, up to where the text begins. */
static void print_line_start(struct printer *p, size_t start, size_t end)
{
    fprintf(p->out, " %06zx: ", start);
    for (size_t i = 0; i < BYTES_A_LINE; i++) {
        if (start + i < end)
            fprintf(p->out, "%02x ", p->m->bytes.p[start + i]);
        else
            fputs("   ", p->out);
    }
    fputs("| ", p->out);
}

/* Ends the line and prints the bytes that had no room on it. */
static void print_line_end(struct printer *p, size_t start, size_t end)
{
    fputc('\n', p->out);
    for (start += BYTES_A_LINE; start < end; start += BYTES_A_LINE) {
        print_line_start(p, start, end);
        fputc('\n', p->out);
    }
}

static void print_locals(struct printer *p, struct reader *r, uint32_t param_count)
{
    char text[32];
    uint64_t index = param_count;
    for (uint32_t n = reader_count(r); n > 0 && !reader_failed(r); n--) {
        size_t start = reader_offset(r);
        uint32_t count = reader_leb_u32(r);
        struct valtype type = reader_valtype(r);
        if (reader_failed(r))
            return;
        size_t end = reader_offset(r);
        print_line_start(p, start, end);
        if (count == 1)
            fprintf(p->out, "local[%llu]", (unsigned long long)index);
        else if (count == 0)
            fputs("local[]", p->out);
        else
            fprintf(p->out, "local[%llu..%llu]", (unsigned long long)index,
                    (unsigned long long)(index + count - 1));
        fprintf(p->out, " type=%s", valtype_print(type, text, sizeof text));
        print_line_end(p, start, end);
        index += count;
    }
}

/* Instructions that stand one level left of what they close. */
static bool closes_block(enum opcode op)
{
    return op == OP_end || op == OP_else || op == OP_catch || op == OP_catch_all ||
           op == OP_delegate;
}

static void print_body(struct printer *p, struct reader *r, const struct local_names *locals)
{
    struct arena scratch = {.out_of_memory = p->arena->out_of_memory, .env = p->arena->env};
    uint64_t depth = 0;
    while (r->p < r->end) {
        struct insn insn;
        size_t start = reader_offset(r);
        insn_read(r, &insn, &scratch);
        if (reader_failed(r))
            break;
        print_line_start(p, start, reader_offset(r));
        uint64_t indent = depth - (depth != 0 && closes_block((enum opcode)insn.op));
        /* deeper code is indented as this much, or the text would grow with its square */
        for (uint64_t i = 0; i < indent && i < 1000; i++)
            fputs("  ", p->out);
        print_insn(p, &insn, locals);
        print_line_end(p, start, reader_offset(r));
        int nesting = insn_nesting(&insn);
        depth = nesting > 0 ? depth + 1 : depth - (nesting < 0 && depth != 0);
        arena_reset(&scratch);
    }
    arena_free(&scratch);
}

static uint32_t param_count(const struct module *m, const struct func *func)
{
    return func->type < m->type_count ? m->types[func->type].func.param_count : 0;
}

void print_disassembly(struct printer *p)
{
    const struct module *m = p->m;
    const struct local_names *locals = m->local_names;
    for (uint32_t i = m->import_func_count; i < m->func_count && p->err->kind == ERR_NONE; i++) {
        const struct func *func = &m->funcs[i];
        while (locals && locals->func < i)
            locals = locals->next;
        fprintf(p->out, "%06zx func[%u]", func->body_offset, i);
        print_name(p, NAMES_FUNC, i);
        fputs(":\n", p->out);
        struct reader r = reader_open(func->body, m->bytes.p, p->err);
        r.what = "unexpected end of section or function";
        print_locals(p, &r, param_count(m, func));
        print_body(p, &r, locals && locals->func == i ? locals : NULL);
    }
    if (p->err->kind != ERR_NONE)
        fprintf(p->out, " %06zx: %s\n", p->err->offset, p->err->message);
}
