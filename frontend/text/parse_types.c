/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Types (spec 6.4.1 to 6.4.4): value types, type definitions, limits, and type uses with the
 * function types they define by the way.
 */
#include <string.h>

#include "frontend/arena.h"
#include "frontend/text/assembler.h"
#include "frontend/text/heap_names.h"

/* ---- value types ---- */

/* Abstract heap types and the abbreviations (ref null ht). */
static const struct {
    const char *heap_name, *ref_name;
    uint32_t heap;
} heap_names[] = {
    {"func", "funcref", HEAP_FUNC},       {"nofunc", "nullfuncref", HEAP_NOFUNC},
    {"extern", "externref", HEAP_EXTERN}, {"noextern", "nullexternref", HEAP_NOEXTERN},
    {"any", "anyref", HEAP_ANY},          {"eq", "eqref", HEAP_EQ},
    {"i31", "i31ref", HEAP_I31},          {"struct", "structref", HEAP_STRUCT},
    {"array", "arrayref", HEAP_ARRAY},    {"none", "nullref", HEAP_NONE},
    {"exn", "exnref", HEAP_EXN},          {"noexn", "nullexnref", HEAP_NOEXN},
};
enum { HEAP_NAMES = sizeof heap_names / sizeof *heap_names };

static const struct {
    const char *name;
    uint8_t kind; /* enum valtype_kind */
} number_names[] = {
    {"i32", VT_I32}, {"i64", VT_I64}, {"f32", VT_F32}, {"f64", VT_F64}, {"v128", VT_V128},
};

bool heaptype_by_name(const struct token *token, uint32_t *heap)
{
    for (size_t i = 0; i < HEAP_NAMES; i++)
        if (token_is(token, heap_names[i].heap_name)) {
            *heap = heap_names[i].heap;
            return true;
        }
    return false;
}

uint32_t parse_heaptype(struct assembler *a)
{
    struct parser *p = &a->p;
    uint32_t heap = HEAP_FUNC;
    if (at_index(p)) {
        const uint8_t *at = p->tok.p;
        heap = parse_index(a, SPACE_TYPE);
        if (heap >= HEAP_FUNC)
            parser_fail_at(p, at, "unknown type %u", heap);
    } else if (heaptype_by_name(&p->tok, &heap)) {
        parser_advance(p);
    } else {
        parser_unexpected(p, "a heap type");
    }
    return parser_failed(p) ? HEAP_FUNC : heap;
}

/* The abbreviation in hand ("funcref"), also its name from before 1.0. */
static bool reftype_by_name(struct assembler *a, struct valtype *type, bool *old)
{
    const struct token *token = &a->p.tok;
    char modern[MNEMONIC_SIZE];
    *old = false;
    for (size_t i = 0; i < HEAP_NAMES; i++)
        if (token_is(token, heap_names[i].ref_name)) {
            *type = REFTYPE(1, heap_names[i].heap);
            return true;
        }
    *old = !a->options->strict && token->kind == TOK_KEYWORD &&
           mnemonic_modernize((struct slice){token->p, token->n}, modern) &&
           strcmp(modern, "funcref") == 0;
    *type = REFTYPE(1, HEAP_FUNC);
    return *old;
}

bool at_reftype(struct assembler *a)
{
    struct valtype type;
    bool old;
    return at_form(&a->p, "ref") || reftype_by_name(a, &type, &old);
}

struct valtype parse_reftype(struct assembler *a)
{
    struct parser *p = &a->p;
    struct valtype type = REFTYPE(1, HEAP_FUNC);
    bool old;
    if (accept_form(p, "ref")) {
        bool nullable = accept_keyword(p, "null");
        uint32_t heap = parse_heaptype(a);
        type = REFTYPE(nullable, heap);
        expect_rpar(p);
    } else if (reftype_by_name(a, &type, &old)) {
        if (old)
            note_old_name(a, "funcref");
        parser_advance(p);
    } else {
        parser_unexpected(p, "a reference type");
    }
    return type;
}

struct valtype parse_valtype(struct assembler *a)
{
    for (size_t i = 0; i < sizeof number_names / sizeof *number_names; i++)
        if (accept_keyword(&a->p, number_names[i].name))
            return VALTYPE(number_names[i].kind);
    return parse_reftype(a);
}

struct globaltype parse_globaltype(struct assembler *a)
{
    bool mutable_ = accept_form(&a->p, "mut");
    struct globaltype type = {parse_valtype(a), mutable_};
    if (mutable_)
        expect_rpar(&a->p);
    return type;
}

/* ---- limits ---- */

bool parse_addrtype(struct assembler *a)
{
    bool is64 = at_keyword(&a->p, "i64");
    if (is64 || at_keyword(&a->p, "i32"))
        parser_advance(&a->p);
    return is64;
}

struct limits parse_limits(struct assembler *a, bool is64)
{
    unsigned bits = a->options->limits32 ? 32 : 64;
    struct limits limits = {.min = expect_nat(&a->p, bits), .is64 = is64, .page_size_log2 = 16};
    limits.has_max = a->p.tok.kind == TOK_NAT;
    limits.max = limits.has_max ? expect_nat(&a->p, bits) : UINT64_MAX;
    return limits;
}

/* (pagesize n), a power of two: the custom page sizes proposal. */
void parse_pagesize(struct assembler *a, struct limits *limits)
{
    struct parser *p = &a->p;
    if (!accept_form(p, "pagesize"))
        return;
    const uint8_t *at = p->tok.p;
    uint64_t size = expect_nat(p, 64);
    if (!parser_failed(p) && (size == 0 || (size & (size - 1)) != 0))
        parser_fail_at(p, at, "invalid custom page size: not a power of two");
    limits->page_size_log2 = size ? (uint8_t)__builtin_ctzll(size) : 0;
    expect_rpar(p);
}

void put_limits(struct buf *b, const struct limits *limits)
{
    bool custom = limits->page_size_log2 != 16;
    unsigned flags = (limits->has_max ? 1u : 0) | (limits->shared ? 2u : 0) |
                     (limits->is64 ? 4u : 0) | (custom ? 8u : 0);
    buf_u8(b, (uint8_t)flags);
    buf_leb_u(b, limits->min);
    if (limits->has_max)
        buf_leb_u(b, limits->max);
    if (custom)
        buf_leb_u(b, limits->page_size_log2);
}

/* ---- lists of value types ---- */

struct type_list {
    struct valtype *types;
    uint32_t count, capacity;
};

static void add_type(struct assembler *a, struct type_list *list, struct valtype type)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 4;
        list->types =
            arena_grow(a->arena, list->types, list->capacity, capacity, sizeof *list->types);
        list->capacity = capacity;
    }
    list->types[list->count++] = type;
}

static bool at_valtype(struct assembler *a)
{
    return a->p.tok.kind == TOK_KEYWORD || a->p.tok.kind == TOK_LPAR;
}

void bind_local(struct assembler *a, struct slice id, const uint8_t *at, uint32_t index)
{
    struct slice name = take_name(a, id);
    if (id.n > 0 && symtab_set(&a->locals, id, index, a->arena) != NO_INDEX)
        parser_fail_at(&a->p, at, "duplicate local $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
    name_list_add(&a->local_names, index, name, a->arena);
}

static void parse_params(struct assembler *a, struct type_list *list, enum params params)
{
    struct parser *p = &a->p;
    while (accept_form(p, "param")) {
        const uint8_t *at = p->tok.p;
        if (p->tok.kind == TOK_ID && params != PARAMS_ANONYMOUS) {
            struct slice id = accept_id(p);
            if (params == PARAMS_BOUND)
                bind_local(a, id, at, list->count);
            add_type(a, list, parse_valtype(a));
        } else {
            while (at_valtype(a))
                add_type(a, list, parse_valtype(a));
        }
        expect_rpar(p);
    }
}

void parse_results(struct assembler *a, struct functype *type)
{
    struct type_list list = {0};
    while (accept_form(&a->p, "result")) {
        while (at_valtype(a))
            add_type(a, &list, parse_valtype(a));
        expect_rpar(&a->p);
    }
    type->results = list.types;
    type->result_count = list.count;
}

static struct functype parse_functype(struct assembler *a, enum params params)
{
    struct type_list list = {0};
    parse_params(a, &list, params);
    struct functype type = {.params = list.types, .param_count = list.count};
    parse_results(a, &type);
    return type;
}

/* ---- type definitions ---- */

static struct valtype parse_storagetype(struct assembler *a, struct buf *out)
{
    if (accept_keyword(&a->p, "i8")) {
        buf_u8(out, 0x78);
        return VALTYPE(VT_I32);
    }
    if (accept_keyword(&a->p, "i16")) {
        buf_u8(out, 0x77);
        return VALTYPE(VT_I32);
    }
    struct valtype type = parse_valtype(a);
    buf_valtype(out, type);
    return type;
}

static void parse_fieldtype(struct assembler *a, struct buf *out)
{
    bool mutable_ = accept_form(&a->p, "mut");
    parse_storagetype(a, out);
    if (mutable_)
        expect_rpar(&a->p);
    buf_u8(out, mutable_);
}

static void name_field(struct assembler *a, struct type_entry *type, uint32_t index)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    if (!type->fields)
        type->fields = arena_alloc(a->arena, sizeof *type->fields);
    if (symtab_set(type->fields, id, index, a->arena) != NO_INDEX)
        parser_fail_at(p, at, "duplicate field $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
    name_list_add(&type->field_names, index, id, a->arena);
}

static void parse_struct(struct assembler *a, struct type_entry *type, struct buf *out)
{
    struct parser *p = &a->p;
    struct buf fields = buf_open(a->arena);
    uint32_t count = 0;
    while (accept_form(p, "field")) {
        if (p->tok.kind == TOK_ID) {
            name_field(a, type, count++);
            parse_fieldtype(a, &fields);
        } else {
            for (; at_valtype(a); count++)
                parse_fieldtype(a, &fields);
        }
        expect_rpar(p);
    }
    buf_leb_u(out, count);
    buf_move(out, &fields, 0, 0);
}

static void parse_comptype(struct assembler *a, struct type_entry *type, struct buf *out)
{
    struct parser *p = &a->p;
    if (accept_form(p, "func")) {
        type->is_func = true;
        type->func = parse_functype(a, PARAMS_NAMED);
        buf_functype(out, &type->func);
    } else if (accept_form(p, "struct")) {
        buf_u8(out, 0x5f);
        parse_struct(a, type, out);
    } else if (accept_form(p, "array")) {
        buf_u8(out, 0x5e);
        parse_fieldtype(a, out);
    } else {
        expect_lpar(p);
        parser_unexpected(p, "func, struct or array");
    }
    expect_rpar(p);
}

/* (sub final? $super* comptype), behind "(sub"; returns whether it is no more than a final type
 * without supertypes, which has the short form. */
static bool parse_subtype(struct assembler *a, struct type_entry *type, struct buf *out)
{
    struct parser *p = &a->p;
    bool final = accept_keyword(p, "final");
    struct buf supers = buf_open(a->arena);
    uint32_t count = 0;
    for (; at_index(p); count++)
        buf_leb_u(&supers, parse_index(a, SPACE_TYPE));
    bool plain = final && count == 0;
    if (!plain) {
        buf_u8(out, final ? 0x4f : 0x50);
        buf_leb_u(out, count);
        buf_move(out, &supers, 0, 0);
    }
    parse_comptype(a, type, out);
    expect_rpar(p);
    return plain;
}

/* $id? subtype: the rest of a type definition, behind "(type"; whether it is plain, as above. */
static bool parse_typedef(struct assembler *a, struct buf *out)
{
    struct parser *p = &a->p;
    uint32_t index = a->type_count++;
    struct type_entry *type = &a->types[index];
    struct slice name = take_name(a, accept_id(p));
    name_list_add(&a->names[SPACE_TYPE], index, name, a->arena);
    buf_mark(out, parser_offset(p));
    if (accept_form(p, "sub"))
        return parse_subtype(a, type, out);
    parse_comptype(a, type, out);
    return true;
}

/* The last definition is what an inline function type like it means. Only a final function type in
 * a group of its own is; the first of several is taken (6.4.4). */
static void offer_functype(struct assembler *a)
{
    const struct type_entry *type = &a->types[a->type_count - 1];
    if (!type->is_func || parser_failed(&a->p))
        return;
    struct buf key = buf_open(a->arena);
    buf_functype(&key, &type->func);
    if (symtab_get(&a->functypes, buf_slice(&key)) == NO_INDEX)
        symtab_set(&a->functypes, buf_slice(&key), a->type_count - 1, a->arena);
}

void parse_type_field(struct assembler *a)
{
    if (parse_typedef(a, open_entry(a, SECTION_TYPE)))
        offer_functype(a);
}

void parse_rec_field(struct assembler *a)
{
    struct parser *p = &a->p;
    struct buf *out = open_entry(a, SECTION_TYPE);
    struct buf group = buf_open(a->arena);
    uint32_t count = 0;
    bool plain = false;
    for (; accept_form(p, "type"); count++) {
        plain = parse_typedef(a, &group);
        expect_rpar(p);
    }
    if (count != 1) { /* a group of one needs no wrapping */
        buf_u8(out, 0x4e);
        buf_leb_u(out, count);
    } else if (plain) {
        offer_functype(a);
    }
    buf_move(out, &group, 0, 0);
}

/* ---- type uses ---- */

static bool same_types(const struct valtype *a, const struct valtype *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!valtype_eq(a[i], b[i]))
            return false;
    return true;
}

static bool same_functype(const struct functype *a, const struct functype *b)
{
    return a->param_count == b->param_count && a->result_count == b->result_count &&
           same_types(a->params, b->params, a->param_count) &&
           same_types(a->results, b->results, a->result_count);
}

static void resolve_explicit(struct assembler *a, struct typeuse *use, bool written,
                             const uint8_t *at)
{
    struct parser *p = &a->p;
    if (use->index < a->type_count && a->types[use->index].is_func) {
        const struct functype *type = &a->types[use->index].func;
        if (written && !same_functype(type, &use->type))
            parser_fail_at(p, at, "inline function type differs from type %u", use->index);
        use->type = *type;
        use->resolved = true;
    } else if (written && use->index < a->type_count) {
        parser_fail_at(p, at, "inline function type: type %u is no function type", use->index);
    } else if (written) {
        parser_fail_at(p, at, "unknown type %u", use->index);
    }
}

struct typeuse parse_typeuse(struct assembler *a, enum params params)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    struct typeuse use = {.is_explicit = accept_form(p, "type")};
    if (use.is_explicit) {
        use.index = parse_index(a, SPACE_TYPE);
        expect_rpar(p);
    }
    bool written = at_form(p, "param") || at_form(p, "result");
    use.type = parse_functype(a, params);
    if (at_form(p, "type") || at_form(p, "param") || at_form(p, "result")) {
        parser_advance(p);
        parser_unexpected(p, "(type), (param) and (result) in this order");
    }
    use.resolved = !use.is_explicit;
    if (use.is_explicit && !parser_failed(p))
        resolve_explicit(a, &use, written, at);
    return use;
}

/* Appends an implicit type definition (6.4.4). */
static uint32_t add_functype(struct assembler *a, const struct functype *type)
{
    uint32_t index = a->type_count++;
    if (index == a->type_capacity) {
        uint32_t capacity = a->type_capacity ? 2 * a->type_capacity : 16;
        a->types = arena_grow(a->arena, a->types, a->type_capacity, capacity, sizeof *a->types);
        a->type_capacity = capacity;
    }
    a->types[index] = (struct type_entry){.is_func = true, .func = *type};
    buf_functype(open_entry(a, SECTION_TYPE), type);
    return index;
}

uint32_t typeuse_index(struct assembler *a, const struct typeuse *use)
{
    if (use->is_explicit || parser_failed(&a->p))
        return use->index;
    buf_clear(&a->scratch);
    buf_functype(&a->scratch, &use->type);
    uint32_t index = symtab_get(&a->functypes, buf_slice(&a->scratch));
    if (index != NO_INDEX)
        return index;
    index = add_functype(a, &use->type);
    struct buf key = buf_open(a->arena);
    buf_bytes(&key, a->scratch.p, a->scratch.n);
    symtab_set(&a->functypes, buf_slice(&key), index, a->arena);
    return index;
}
