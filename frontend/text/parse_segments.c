/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Element and data segments (spec 6.4.9, 6.4.10), as fields and inside tables and memories.
 */
#include "frontend/arena.h"
#include "frontend/text/assembler.h"

/* The elements of a segment. It is encoded in the short form, as function indices, if it is written
 * as such; then its type is (ref func). */
struct elems {
    bool is_funcs;
    struct valtype type;
    uint32_t count;
    struct buf out;
};

/* Bits of a segment's flags (5.5.12, 5.5.14). */
enum { NOT_ACTIVE = 1, EXPLICIT_INDEX = 2, DECLARATIVE = 2, EXPRESSIONS = 4 };

static uint32_t next_segment(struct assembler *a, enum space space)
{
    uint32_t index = a->next[space]++;
    struct slice name = take_name(a, accept_id(&a->p));
    name_list_add(&a->names[space], index, name, a->arena);
    return index;
}

/* ---- lists of elements ---- */

static void parse_funcs(struct assembler *a, struct elems *elems)
{
    elems->is_funcs = true;
    elems->type = REFTYPE(0, HEAP_FUNC);
    for (; at_index(&a->p); elems->count++)
        buf_leb_u(&elems->out, parse_index(a, SPACE_FUNC));
}

/* (item expr)* or folded instructions. */
static void parse_exprs(struct assembler *a, struct elems *elems)
{
    struct parser *p = &a->p;
    for (; p->tok.kind == TOK_LPAR; elems->count++) {
        buf_mark(&elems->out, parser_offset(p));
        if (accept_form(p, "item")) {
            parse_expr(a, &elems->out);
            expect_rpar(p);
        } else {
            parse_folded_expr(a, &elems->out);
        }
    }
}

/* Function indices as expressions, for a table whose elements are no plain functions. */
static void parse_funcs_as_exprs(struct assembler *a, struct elems *elems)
{
    for (; at_index(&a->p); elems->count++) {
        a->out = &elems->out;
        put_opcode(a, OP_ref_func);
        buf_leb_u(&elems->out, parse_index(a, SPACE_FUNC));
        put_opcode(a, OP_end);
    }
}

/* elemlist: func? x* or reftype expr*. The keyword may be missing (bare) where 1.0 had none. */
static struct elems parse_elems(struct assembler *a, bool bare)
{
    struct elems elems = {.out = buf_open(a->arena)};
    if (accept_keyword(&a->p, "func") || (bare && (at_index(&a->p) || a->p.tok.kind == TOK_RPAR))) {
        parse_funcs(a, &elems);
    } else {
        elems.type = parse_reftype(a);
        parse_exprs(a, &elems);
    }
    return elems;
}

/* ---- element segments ---- */

static void put_elems(struct buf *b, struct elems *elems, bool typed)
{
    if (typed && elems->is_funcs)
        buf_u8(b, 0); /* elemkind: function references */
    else if (typed)
        buf_valtype(b, elems->type);
    buf_leb_u(b, elems->count);
    buf_move(b, &elems->out, 0, 0);
}

static void put_active_elem(struct buf *b, struct elems *elems, uint32_t table, struct buf *offset)
{
    /* The flags without index also leave the type out: (ref func), or funcref for expressions. */
    bool is_funcref = elems->type.nullable && elems->type.heap == HEAP_FUNC;
    bool explicit = table != 0 || !(elems->is_funcs || is_funcref);
    unsigned flags = (explicit ? EXPLICIT_INDEX : 0) | (elems->is_funcs ? 0 : EXPRESSIONS);
    buf_u8(b, (uint8_t)flags);
    if (explicit)
        buf_leb_u(b, table);
    buf_move(b, offset, 0, 0);
    put_elems(b, elems, explicit);
}

void parse_elem(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_ELEMENT);
    struct buf offset = buf_open(a->arena);
    next_segment(a, SPACE_ELEM);
    bool declarative = accept_keyword(p, "declare");
    bool has_table = at_form(p, "table") || p->tok.kind == TOK_NAT;
    bool active = has_table || (p->tok.kind == TOK_LPAR && !at_reftype(a));
    if (active && !declarative) {
        uint32_t table = parse_use(a, SPACE_TABLE, "table");
        parse_offset(a, &offset);
        struct elems elems = parse_elems(a, true);
        put_active_elem(b, &elems, table, &offset);
    } else {
        struct elems elems = parse_elems(a, false);
        unsigned flags =
            NOT_ACTIVE | (declarative ? DECLARATIVE : 0) | (elems.is_funcs ? 0 : EXPRESSIONS);
        buf_u8(b, (uint8_t)flags);
        put_elems(b, &elems, true);
    }
}

/* The offset 0 of a segment inside its table or memory. */
static void put_zero(struct assembler *a, struct buf *out, bool is64)
{
    a->out = out;
    put_opcode(a, is64 ? OP_i64_const : OP_i32_const);
    buf_leb_s(out, 0);
    put_opcode(a, OP_end);
}

uint32_t parse_inline_elem(struct assembler *a, uint32_t table, struct valtype type, bool is64)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_ELEMENT);
    struct buf offset = buf_open(a->arena);
    struct elems elems = {.type = type, .out = buf_open(a->arena)};
    a->next[SPACE_ELEM]++;
    if (!accept_form(p, "elem")) {
        expect_lpar(p);
        parser_unexpected(p, "elem");
        return 0;
    }
    if (p->tok.kind == TOK_LPAR)
        parse_exprs(a, &elems);
    else if (type.heap == HEAP_FUNC)
        parse_funcs(a, &elems);
    else
        parse_funcs_as_exprs(a, &elems);
    expect_rpar(p);
    put_zero(a, &offset, is64);
    put_active_elem(b, &elems, table, &offset);
    return elems.count;
}

/* ---- data segments ---- */

static void put_active_data(struct buf *b, uint32_t memory, struct buf *offset)
{
    buf_u8(b, memory ? EXPLICIT_INDEX : 0);
    if (memory)
        buf_leb_u(b, memory);
    buf_move(b, offset, 0, 0);
}

void parse_data(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_DATA);
    struct buf offset = buf_open(a->arena);
    next_segment(a, SPACE_DATA);
    if (p->tok.kind == TOK_LPAR || p->tok.kind == TOK_NAT) {
        uint32_t memory = parse_use(a, SPACE_MEMORY, "memory");
        parse_offset(a, &offset);
        put_active_data(b, memory, &offset);
    } else {
        buf_u8(b, NOT_ACTIVE);
    }
    buf_name(b, parse_strings(p));
}

size_t parse_inline_data(struct assembler *a, uint32_t memory, bool is64)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_DATA);
    struct buf offset = buf_open(a->arena);
    a->next[SPACE_DATA]++;
    accept_form(p, "data");
    struct slice bytes = parse_strings(p);
    expect_rpar(p);
    put_zero(a, &offset, is64);
    put_active_data(b, memory, &offset);
    buf_name(b, bytes);
    return bytes.n;
}
