/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Modules (spec 6.4.15, 6.4.16): the two passes over the fields, and the sections in the order of
 * the binary format.
 */
#include "frontend/text/assembler.h"

#include <string.h>

#include "frontend/arena.h"
#include "frontend/text/map.h"

static const char *const space_names[SPACE__COUNT] = {
    [SPACE_TYPE] = "type",         [SPACE_FUNC] = "function",     [SPACE_TABLE] = "table",
    [SPACE_MEMORY] = "memory",     [SPACE_GLOBAL] = "global",     [SPACE_TAG] = "tag",
    [SPACE_ELEM] = "elem segment", [SPACE_DATA] = "data segment",
};

/* The fields of a module. */
static const struct field_kind {
    const char *keyword;
    enum space space;        /* what it defines; SPACE__COUNT: nothing, or by rules of its own */
    const char *inline_form; /* a segment that may stand inside */
    enum space inline_space;
    void (*parse)(struct assembler *a);
} field_kinds[] = {
    {"type", SPACE__COUNT, NULL, SPACE__COUNT, parse_type_field},
    {"rec", SPACE__COUNT, NULL, SPACE__COUNT, parse_rec_field},
    {"import", SPACE__COUNT, NULL, SPACE__COUNT, parse_import},
    {"func", SPACE_FUNC, NULL, SPACE__COUNT, parse_func},
    {"table", SPACE_TABLE, "elem", SPACE_ELEM, parse_table},
    {"memory", SPACE_MEMORY, "data", SPACE_DATA, parse_memory},
    {"global", SPACE_GLOBAL, NULL, SPACE__COUNT, parse_global},
    {"tag", SPACE_TAG, NULL, SPACE__COUNT, parse_tag},
    {"export", SPACE__COUNT, NULL, SPACE__COUNT, parse_export},
    {"start", SPACE__COUNT, NULL, SPACE__COUNT, parse_start},
    {"elem", SPACE_ELEM, NULL, SPACE__COUNT, parse_elem},
    {"data", SPACE_DATA, NULL, SPACE__COUNT, parse_data},
};
enum {
    FIELD_TYPE,
    FIELD_REC,
    FIELD_IMPORT,
    FIELD__COUNT = sizeof field_kinds / sizeof *field_kinds
};

/* ---- names and indices ---- */

void name_list_add(struct name_list *list, uint32_t index, struct slice name, struct arena *arena)
{
    if (name.n == 0)
        return;
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : 8;
        list->names = arena_grow(arena, list->names, list->capacity, capacity, sizeof *list->names);
        list->capacity = capacity;
    }
    list->names[list->count++] = (struct named_index){index, name};
}

static int shown(struct slice name)
{
    return (int)(name.n < 80 ? name.n : 80);
}

uint32_t parse_index(struct assembler *a, enum space space)
{
    struct parser *p = &a->p;
    if (p->tok.kind != TOK_ID)
        return (uint32_t)expect_nat(p, 32);
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    uint32_t index = symtab_get(&a->ids[space], id);
    if (index == NO_INDEX)
        parser_fail_at(p, at, "unknown %s $%.*s", space_names[space], shown(id), id.p);
    return index;
}

uint32_t parse_optional_index(struct assembler *a, enum space space)
{
    return at_index(&a->p) ? parse_index(a, space) : 0;
}

uint32_t parse_use(struct assembler *a, enum space space, const char *keyword)
{
    if (a->p.tok.kind == TOK_NAT)
        return parse_index(a, space);
    if (!accept_form(&a->p, keyword))
        return 0;
    uint32_t index = parse_index(a, space);
    expect_rpar(&a->p);
    return index;
}

struct buf *open_entry(struct assembler *a, enum section_id id)
{
    struct buf *b = &a->section[id];
    a->entries[id]++;
    buf_mark(b, parser_offset(&a->p));
    return b;
}

/* ---- first pass ---- */

/* Gives the next index of the space, to the identifier in hand if there is one. */
static void define(struct assembler *a, enum space space, const char *keyword)
{
    struct parser *p = &a->p;
    uint32_t index = a->counts[space]++;
    p->annots = NULL; /* looked at in the second pass */
    if (p->tok.kind != TOK_ID)
        return;
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    if (symtab_get(&a->ids[space], id) != NO_INDEX)
        parser_fail_at(p, at, "duplicate %s $%.*s", keyword, shown(id), id.p);
    symtab_set(&a->ids[space], id, index, a->arena);
}

static void advance_unannotated(struct parser *p)
{
    p->annots = NULL;
    parser_advance(p);
}

static void scan_rec(struct assembler *a)
{
    struct parser *p = &a->p;
    while (at_form(p, "type")) {
        advance_unannotated(p);
        advance_unannotated(p);
        define(a, SPACE_TYPE, "type");
        parser_skip_rest(p, "", NULL);
    }
    parser_skip_rest(p, "", NULL);
}

/* Imports come before all definitions (6.4.15), so that they have the first indices. */
static void check_import_order(struct assembler *a, const uint8_t *at)
{
    if (a->defined_kind)
        parser_fail_at(&a->p, at, "import after %s", a->defined_kind);
}

/* (import "m" "n" (func $id ...)) */
static void scan_import(struct assembler *a, const uint8_t *at)
{
    struct parser *p = &a->p;
    check_import_order(a, at);
    while (p->tok.kind == TOK_STRING)
        advance_unannotated(p);
    if (p->tok.kind == TOK_LPAR)
        advance_unannotated(p);
    for (size_t i = 0; i < FIELD__COUNT; i++) {
        enum space space = field_kinds[i].space;
        if (space >= SPACE_ELEM || !at_keyword(p, field_kinds[i].keyword))
            continue;
        advance_unannotated(p);
        define(a, space, field_kinds[i].keyword);
        break;
    }
    parser_skip_rest(p, "", NULL);
    parser_skip_rest(p, "", NULL);
}

static void scan_definition(struct assembler *a, const struct field_kind *kind, const uint8_t *at)
{
    define(a, kind->space, kind->keyword);
    bool importable = kind->space < SPACE_ELEM;
    unsigned found = parser_skip_rest(&a->p, "import", kind->inline_form);
    if (importable && found & 1) {
        check_import_order(a, at);
    } else if (importable) {
        a->defined_kind = space_names[kind->space];
        a->defined[kind->space]++;
    }
    if (found & 2)
        a->counts[kind->inline_space]++;
}

static void add_field(struct assembler *a, const uint8_t *at, uint32_t kind)
{
    if (a->field_count == a->field_capacity) {
        uint32_t capacity = a->field_capacity ? 2 * a->field_capacity : 32;
        a->fields = arena_grow(a->arena, a->fields, a->field_capacity, capacity, sizeof *a->fields);
        a->field_capacity = capacity;
    }
    a->fields[a->field_count++] = (struct field){at, kind};
}

static void scan_field(struct assembler *a)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    expect_lpar(p);
    uint32_t kind = 0;
    while (kind < FIELD__COUNT && !at_keyword(p, field_kinds[kind].keyword))
        kind++;
    if (kind == FIELD__COUNT) {
        parser_unexpected(p, "a module field");
        return;
    }
    add_field(a, at, kind);
    advance_unannotated(p);
    if (kind == FIELD_REC) {
        scan_rec(a);
    } else if (kind == FIELD_TYPE) {
        define(a, SPACE_TYPE, "type");
        parser_skip_rest(p, "", NULL);
    } else if (kind == FIELD_IMPORT) {
        scan_import(a, at);
    } else if (field_kinds[kind].space != SPACE__COUNT) {
        scan_definition(a, &field_kinds[kind], at);
    } else {
        parser_skip_rest(p, "", NULL);
    }
}

static void scan_fields(struct assembler *a)
{
    struct parser *p = &a->p;
    take_customs(a);
    while (p->tok.kind == TOK_LPAR) {
        scan_field(a);
        take_customs(a);
    }
    if (!a->inline_module)
        expect_rpar(p);
    if (p->tok.kind != TOK_EOF)
        parser_unexpected(p, "the end of the module");
    else if (p->annots)
        parser_advance(p); /* complains about them */
}

/* ---- second pass ---- */

static void parse_field(struct assembler *a, const struct field *field)
{
    struct parser *p = &a->p;
    parser_seek(p, field->at);
    parser_advance(p);
    parser_advance(p);
    field_kinds[field->kind].parse(a);
    expect_rpar(p);
}

static void parse_fields(struct assembler *a)
{
    for (int types = 1; types >= 0; types--)
        for (uint32_t i = 0; i < a->field_count && !parser_failed(&a->p); i++)
            if ((a->fields[i].kind <= FIELD_REC) == types)
                parse_field(a, &a->fields[i]);
}

/* ---- the binary ---- */

static const enum section_id section_sequence[] = {
    SECTION_TYPE,       SECTION_IMPORT, SECTION_FUNCTION, SECTION_TABLE, SECTION_MEMORY,
    SECTION_TAG,        SECTION_GLOBAL, SECTION_EXPORT,   SECTION_START, SECTION_ELEMENT,
    SECTION_DATA_COUNT, SECTION_CODE,   SECTION_DATA,
};
enum { SEQUENCE_LENGTH = sizeof section_sequence / sizeof *section_sequence };

int section_order(enum section_id id)
{
    int order = 0;
    while (section_sequence[order] != id)
        order++;
    return order;
}

static void put_branch_hints(struct assembler *a, struct buf *out)
{
    static const char name[] = "metadata.code.branch_hint";
    if (a->hints.func_count == 0)
        return;
    struct buf contents = buf_open(a->arena);
    buf_name(&contents, (struct slice){(const uint8_t *)name, sizeof name - 1});
    buf_leb_u(&contents, a->hints.func_count);
    buf_move(&contents, &a->hints.out, 0, 0);
    buf_section(out, SECTION_CUSTOM, &contents);
}

static void put_section(struct assembler *a, struct buf *out, enum section_id id)
{
    if (id == SECTION_START && a->has_start) {
        buf_section(out, (uint8_t)id, &a->section[id]);
    } else if (id == SECTION_DATA_COUNT && a->needs_data_count) {
        buf_leb_u(&a->section[id], a->entries[SECTION_DATA]);
        buf_section(out, (uint8_t)id, &a->section[id]);
    } else {
        if (id == SECTION_CODE)
            put_branch_hints(a, out);
        buf_vec_section(out, (uint8_t)id, a->entries[id], &a->section[id]);
    }
}

static void put_module(struct assembler *a, struct buf *out)
{
    static const uint8_t header[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    buf_bytes(out, header, sizeof header);
    for (int i = 0; i < SEQUENCE_LENGTH; i++) {
        put_customs(a, out, 2 * i);
        put_section(a, out, section_sequence[i]);
        put_customs(a, out, 2 * i + 1);
    }
    put_names(a, out);
    if (out->n > UINT32_MAX)
        parser_fail_at(&a->p, a->p.lx.start, "the module is larger than 4 GiB");
}

/* ---- entry ---- */

bool text_is_binary(struct slice bytes)
{
    return bytes.n >= 4 && memcmp(bytes.p, "\0asm", 4) == 0;
}

static void assemble(struct assembler *a, struct slice *binary, struct text_map **map)
{
    scan_fields(a);
    a->types = arena_array(a->arena, a->counts[SPACE_TYPE], sizeof *a->types);
    a->type_capacity = a->counts[SPACE_TYPE];
    parse_fields(a);
    if (parser_failed(&a->p))
        return;
    struct buf out = buf_open(a->arena);
    put_module(a, &out);
    *binary = buf_slice(&out);
    if (map)
        *map = text_map_make(&out, &a->p.lx, a->arena);
}

/* (module binary "...") and (module quote "..."): true if it was one. */
static bool assemble_strings(struct assembler *a, struct slice *binary, struct text_map **map)
{
    struct parser *p = &a->p;
    bool quote = at_keyword(p, "quote");
    if (!quote && !at_keyword(p, "binary"))
        return false;
    parser_advance(p);
    struct slice bytes = parse_strings(p);
    expect_rpar(p);
    if (p->tok.kind != TOK_EOF)
        parser_unexpected(p, "the end of the module");
    if (quote && !parser_failed(p)) {
        struct parser inner;
        parser_open(&inner, bytes, 1, a->arena, p->err);
        accept_form(&inner, "module");
        accept_id(&inner);
        if (at_keyword(&inner, "quote"))
            parser_unexpected(&inner, "module fields");
        else if (!parser_failed(&inner))
            text_to_binary(bytes, a->options, a->arena, binary, map, p->err);
    } else {
        *binary = bytes;
    }
    return true;
}

/* "(module $id", if it is written. */
static void parse_module_head(struct assembler *a)
{
    struct parser *p = &a->p;
    a->inline_module = !accept_form(p, "module");
    if (a->inline_module)
        return;
    accept_keyword(p, "definition");
    struct slice id = accept_id(p);
    a->module_name = take_name(a, id);
    struct token again;
    if (parser_take_annot(p, ANNOT_NAME, &again))
        parser_fail_at(p, again.p, "@name annotation: multiple module");
}

bool text_to_binary(struct slice text, const struct text_options *options, struct arena *arena,
                    struct slice *binary, struct text_map **map, struct error *err)
{
    static const struct text_options defaults = {.first_line = 1};
    struct assembler *a = arena_alloc(arena, sizeof *a);
    a->options = options ? options : &defaults;
    a->arena = arena;
    a->customs_end = &a->customs;
    a->body = a->waiting = a->scratch = buf_open(arena);
    a->hints.out = a->hints.own = buf_open(arena);
    for (int i = 0; i < SECTION__COUNT; i++)
        a->section[i] = buf_open(arena);
    *binary = (struct slice){NULL, 0};
    if (map)
        *map = NULL;
    if (text.n >= UINT32_MAX)
        return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET, "the text is larger than 4 GiB");
    uint32_t first_line = a->options->first_line;
    parser_open(&a->p, text, first_line ? first_line : 1, arena, err);
    parse_module_head(a);
    if (!assemble_strings(a, binary, map))
        assemble(a, binary, map);
    return !parser_failed(&a->p);
}
