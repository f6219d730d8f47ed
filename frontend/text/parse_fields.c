/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Fields of a module (spec 6.4.5 to 6.4.14) but types and segments. Each function stands behind
 * "(keyword" and leaves the closing parenthesis.
 */
#include "frontend/arena.h"
#include "frontend/text/assembler.h"

/* Kinds of imports and exports (5.5.5). */
static const struct {
    const char *keyword;
    enum space space;
    uint8_t code;
} external_kinds[] = {
    {"func", SPACE_FUNC, 0x00},     {"table", SPACE_TABLE, 0x01}, {"memory", SPACE_MEMORY, 0x02},
    {"global", SPACE_GLOBAL, 0x03}, {"tag", SPACE_TAG, 0x04},
};
enum { EXTERNAL_KINDS = sizeof external_kinds / sizeof *external_kinds };

static uint8_t external_code(enum space space)
{
    for (size_t i = 0; i < EXTERNAL_KINDS; i++)
        if (external_kinds[i].space == space)
            return external_kinds[i].code;
    return 0;
}

/* The definition in hand gets the next index of its space, with its identifier and name. */
static uint32_t next_index(struct assembler *a, enum space space)
{
    uint32_t index = a->next[space]++;
    struct slice name = take_name(a, accept_id(&a->p));
    name_list_add(&a->names[space], index, name, a->arena);
    return index;
}

/* ---- inline imports and exports (6.4.5, "Abbreviations") ---- */

static void parse_inline_exports(struct assembler *a, enum space space, uint32_t index)
{
    struct parser *p = &a->p;
    while (at_form(p, "export")) {
        struct buf *b = open_entry(a, SECTION_EXPORT);
        accept_form(p, "export");
        buf_name(b, expect_name(p));
        buf_u8(b, external_code(space));
        buf_leb_u(b, index);
        expect_rpar(p);
    }
}

/* The start of an import entry if there is an inline import, else NULL. */
static struct buf *parse_inline_import(struct assembler *a, enum space space)
{
    struct parser *p = &a->p;
    if (!at_form(p, "import"))
        return NULL;
    struct buf *b = open_entry(a, SECTION_IMPORT);
    accept_form(p, "import");
    buf_name(b, expect_name(p));
    buf_name(b, expect_name(p));
    buf_u8(b, external_code(space));
    expect_rpar(p);
    return b;
}

/* ---- external types ---- */

static void put_tabletype(struct buf *b, struct valtype elem, const struct limits *limits)
{
    buf_valtype(b, elem);
    put_limits(b, limits);
}

static void parse_tabletype(struct assembler *a, struct buf *b)
{
    bool is64 = parse_addrtype(a);
    struct limits limits = parse_limits(a, is64);
    put_tabletype(b, parse_reftype(a), &limits);
}

static void parse_memtype(struct assembler *a, struct buf *b)
{
    bool is64 = parse_addrtype(a);
    struct limits limits = parse_limits(a, is64);
    limits.shared = accept_keyword(&a->p, "shared");
    parse_pagesize(a, &limits);
    put_limits(b, &limits);
}

static void put_globaltype(struct buf *b, struct globaltype type)
{
    buf_valtype(b, type.type);
    buf_u8(b, type.mutable_);
}

static void put_tagtype(struct assembler *a, struct buf *b)
{
    struct typeuse use = parse_typeuse(a, PARAMS_NAMED);
    uint32_t index = typeuse_index(a, &use);
    buf_u8(b, 0); /* attribute: exception */
    buf_leb_u(b, index);
}

static void begin_function(struct assembler *a)
{
    symtab_clear(&a->locals);
    a->local_count = 0;
    a->local_names = (struct name_list){0};
}

/* Keeps the names of the present function's locals for the name section. */
static void end_function(struct assembler *a, uint32_t func)
{
    if (a->func_locals_count == a->func_locals_capacity) {
        uint32_t capacity = a->func_locals_capacity ? 2 * a->func_locals_capacity : 16;
        a->func_locals = arena_grow(a->arena, a->func_locals, a->func_locals_capacity, capacity,
                                    sizeof *a->func_locals);
        a->func_locals_capacity = capacity;
    }
    a->func_locals[a->func_locals_count++] = (struct func_locals){func, a->local_names};
}

/* The type of a function to import: its parameters may have names, which go to the name section. */
static void put_functype_use(struct assembler *a, struct buf *b, uint32_t func)
{
    begin_function(a);
    struct typeuse use = parse_typeuse(a, PARAMS_BOUND);
    end_function(a, func);
    buf_leb_u(b, typeuse_index(a, &use));
}

static void put_externtype(struct assembler *a, struct buf *b, enum space space, uint32_t index)
{
    if (space == SPACE_FUNC)
        put_functype_use(a, b, index);
    else if (space == SPACE_TABLE)
        parse_tabletype(a, b);
    else if (space == SPACE_MEMORY)
        parse_memtype(a, b);
    else if (space == SPACE_GLOBAL)
        put_globaltype(b, parse_globaltype(a));
    else
        put_tagtype(a, b);
}

/* ---- imports, exports, start ---- */

void parse_import(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_IMPORT);
    buf_name(b, expect_name(p));
    buf_name(b, expect_name(p));
    expect_lpar(p);
    for (size_t i = 0; i < EXTERNAL_KINDS; i++) {
        if (!accept_keyword(p, external_kinds[i].keyword))
            continue;
        buf_u8(b, external_kinds[i].code);
        uint32_t index = next_index(a, external_kinds[i].space);
        put_externtype(a, b, external_kinds[i].space, index);
        expect_rpar(p);
        return;
    }
    parser_unexpected(p, "func, table, memory, global or tag");
}

void parse_export(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *b = open_entry(a, SECTION_EXPORT);
    buf_name(b, expect_name(p));
    expect_lpar(p);
    for (size_t i = 0; i < EXTERNAL_KINDS; i++) {
        if (!accept_keyword(p, external_kinds[i].keyword))
            continue;
        buf_u8(b, external_kinds[i].code);
        buf_leb_u(b, parse_index(a, external_kinds[i].space));
        expect_rpar(p);
        return;
    }
    parser_unexpected(p, "func, table, memory, global or tag");
}

void parse_start(struct assembler *a)
{
    if (a->has_start)
        parser_fail_at(&a->p, a->p.tok.p, "multiple start sections");
    a->has_start = true;
    buf_mark(&a->section[SECTION_START], parser_offset(&a->p));
    buf_leb_u(&a->section[SECTION_START], parse_index(a, SPACE_FUNC));
}

/* ---- functions (6.4.6) ---- */

/* Locals with equal types in a row share an entry of the binary (5.5.13). */
struct local_runs {
    struct buf out;
    uint32_t count, length;
    struct valtype type;
};

static void end_run(struct local_runs *runs)
{
    if (runs->length == 0)
        return;
    buf_leb_u(&runs->out, runs->length);
    buf_valtype(&runs->out, runs->type);
    runs->count++;
    runs->length = 0;
}

static void add_local(struct assembler *a, struct local_runs *runs)
{
    struct valtype type = parse_valtype(a);
    if (runs->length > 0 && !valtype_eq(type, runs->type))
        end_run(runs);
    runs->type = type;
    runs->length++;
    a->local_count++;
}

static void parse_local_form(struct assembler *a, struct local_runs *runs)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    if (p->tok.kind == TOK_ID) {
        bind_local(a, accept_id(p), at, a->local_count);
        add_local(a, runs);
    } else {
        while (p->tok.kind == TOK_KEYWORD || p->tok.kind == TOK_LPAR)
            add_local(a, runs);
    }
    expect_rpar(p);
}

static void parse_locals(struct assembler *a, struct buf *out)
{
    struct local_runs runs = {.out = buf_open(a->arena)};
    while (accept_form(&a->p, "local"))
        parse_local_form(a, &runs);
    end_run(&runs);
    buf_leb_u(out, runs.count);
    buf_move(out, &runs.out, 0, 0);
}

/* Hands the hints of a function's body over: function index, count, hints. */
static void end_hints(struct assembler *a, uint32_t func)
{
    if (a->hints.count == 0)
        return;
    a->hints.func_count++;
    buf_leb_u(&a->hints.out, func);
    buf_leb_u(&a->hints.out, a->hints.count);
    buf_move(&a->hints.out, &a->hints.own, 0, 0);
    a->hints.count = 0;
}

static void parse_body(struct assembler *a, uint32_t func, size_t offset)
{
    buf_clear(&a->body);
    parse_locals(a, &a->body);
    a->in_function = true;
    parse_expr(a, &a->body);
    a->in_function = false;
    end_function(a, func);
    end_hints(a, func);
    struct buf *code = &a->section[SECTION_CODE];
    a->entries[SECTION_CODE]++;
    buf_mark(code, offset);
    buf_leb_u(code, a->body.n);
    buf_move(code, &a->body, 0, 0);
}

void parse_func(struct assembler *a)
{
    size_t offset = parser_offset(&a->p);
    uint32_t index = next_index(a, SPACE_FUNC);
    parse_inline_exports(a, SPACE_FUNC, index);
    struct buf *import = parse_inline_import(a, SPACE_FUNC);
    if (import) {
        put_functype_use(a, import, index);
        return;
    }
    begin_function(a);
    struct buf *b = open_entry(a, SECTION_FUNCTION);
    struct typeuse use = parse_typeuse(a, PARAMS_BOUND);
    buf_leb_u(b, typeuse_index(a, &use));
    a->local_count = use.type.param_count;
    parse_body(a, index, offset);
}

/* ---- tables, memories, globals, tags ---- */

/* reftype (elem ...): as many elements as there are. */
static void parse_table_of_elems(struct assembler *a, struct buf *b, uint32_t index, bool is64)
{
    struct valtype type = parse_reftype(a);
    uint32_t count = parse_inline_elem(a, index, type, is64);
    struct limits limits = {
        .min = count, .max = count, .has_max = true, .is64 = is64, .page_size_log2 = 16};
    put_tabletype(b, type, &limits);
}

void parse_table(struct assembler *a)
{
    uint32_t index = next_index(a, SPACE_TABLE);
    parse_inline_exports(a, SPACE_TABLE, index);
    struct buf *import = parse_inline_import(a, SPACE_TABLE);
    if (import) {
        parse_tabletype(a, import);
        return;
    }
    struct buf *b = open_entry(a, SECTION_TABLE);
    bool is64 = parse_addrtype(a);
    if (at_reftype(a)) {
        parse_table_of_elems(a, b, index, is64);
        return;
    }
    struct limits limits = parse_limits(a, is64);
    struct valtype type = parse_reftype(a);
    bool has_init = a->p.tok.kind != TOK_RPAR;
    if (has_init)
        buf_bytes(b, "\x40\x00", 2);
    put_tabletype(b, type, &limits);
    if (has_init)
        parse_expr(a, b);
}

/* (data ...): as many pages as the bytes need. */
static void parse_memory_of_data(struct assembler *a, struct buf *b, uint32_t index,
                                 struct limits limits)
{
    size_t size = parse_inline_data(a, index, limits.is64);
    uint64_t page = UINT64_C(1) << limits.page_size_log2;
    limits.min = limits.max = size / page + (size % page != 0);
    limits.has_max = true;
    put_limits(b, &limits);
}

void parse_memory(struct assembler *a)
{
    uint32_t index = next_index(a, SPACE_MEMORY);
    parse_inline_exports(a, SPACE_MEMORY, index);
    struct buf *import = parse_inline_import(a, SPACE_MEMORY);
    if (import) {
        parse_memtype(a, import);
        return;
    }
    struct buf *b = open_entry(a, SECTION_MEMORY);
    struct limits limits = {.is64 = parse_addrtype(a), .page_size_log2 = 16};
    parse_pagesize(a, &limits);
    if (at_form(&a->p, "data")) {
        parse_memory_of_data(a, b, index, limits);
        return;
    }
    limits = parse_limits(a, limits.is64);
    limits.shared = accept_keyword(&a->p, "shared");
    parse_pagesize(a, &limits);
    put_limits(b, &limits);
}

void parse_global(struct assembler *a)
{
    uint32_t index = next_index(a, SPACE_GLOBAL);
    parse_inline_exports(a, SPACE_GLOBAL, index);
    struct buf *import = parse_inline_import(a, SPACE_GLOBAL);
    struct buf *b = import ? import : open_entry(a, SECTION_GLOBAL);
    put_globaltype(b, parse_globaltype(a));
    if (!import)
        parse_expr(a, b);
}

void parse_tag(struct assembler *a)
{
    uint32_t index = next_index(a, SPACE_TAG);
    parse_inline_exports(a, SPACE_TAG, index);
    struct buf *import = parse_inline_import(a, SPACE_TAG);
    put_tagtype(a, import ? import : open_entry(a, SECTION_TAG));
}
