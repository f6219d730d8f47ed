/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Annotations with a meaning (spec appendix "Custom Sections and Annotations"): custom sections,
 * names, branch hints.
 */
#include <string.h>

#include "frontend/arena.h"
#include "frontend/reader.h"
#include "frontend/text/assembler.h"

/* A parser over the inside of an annotation, "(@id" and ")" cut off. Its places are those of the
 * whole text, and its errors go to the same record. */
static struct parser open_annot(struct assembler *a, const struct token *annot)
{
    struct parser inside = a->p;
    const uint8_t *p = annot->p + 2, *end = annot->p + annot->n - 1;
    if (*p == '"') /* a quoted id, which token_bytes has decoded already */
        p = memchr(p + 1, '"', (size_t)(end - p) - 1);
    struct slice name = token_bytes(annot, a->arena);
    inside.lx.p = *p == '"' ? p + 1 : p + name.n;
    inside.lx.end = end;
    inside.annots = NULL;
    inside.peeked_at = NULL;
    parser_advance(&inside);
    return inside;
}

/* An error inside an annotation is one of the module. */
static void close_annot(struct assembler *a)
{
    if (!parser_failed(&a->p))
        return;
    a->p.lx.p = a->p.lx.end;
    a->p.tok = (struct token){TOK_EOF, a->p.lx.end, 0};
    a->p.annots = NULL;
}

/* ---- (@custom "name" placement? "bytes"*) ---- */

static const struct {
    const char *keyword;
    enum section_id id;
} placements[] = {
    {"type", SECTION_TYPE},     {"import", SECTION_IMPORT},        {"func", SECTION_FUNCTION},
    {"table", SECTION_TABLE},   {"memory", SECTION_MEMORY},        {"tag", SECTION_TAG},
    {"global", SECTION_GLOBAL}, {"export", SECTION_EXPORT},        {"start", SECTION_START},
    {"elem", SECTION_ELEMENT},  {"datacount", SECTION_DATA_COUNT}, {"code", SECTION_CODE},
    {"data", SECTION_DATA},
};

static int parse_section_kind(struct parser *p, bool after)
{
    if (!after && accept_keyword(p, "first"))
        return 2 * section_order(SECTION_TYPE);
    if (after && accept_keyword(p, "last"))
        return 2 * section_order(SECTION_DATA) + 1;
    for (size_t i = 0; i < sizeof placements / sizeof *placements; i++)
        if (accept_keyword(p, placements[i].keyword))
            return 2 * section_order(placements[i].id) + after;
    parser_fail_at(p, p->tok.p, "@custom annotation: malformed section kind");
    return 0;
}

/* (before kind) or (after kind); without one the section stands last. */
static int parse_placement(struct parser *p)
{
    if (p->tok.kind != TOK_LPAR)
        return 2 * section_order(SECTION_DATA) + 1;
    parser_advance(p);
    bool after = at_keyword(p, "after");
    if (!after && !at_keyword(p, "before"))
        parser_fail_at(p, p->tok.p, "@custom annotation: malformed placement");
    else
        parser_advance(p);
    int place = parse_section_kind(p, after);
    if (p->tok.kind != TOK_RPAR)
        parser_fail_at(p, p->tok.p, "@custom annotation: malformed placement");
    else
        parser_advance(p);
    return place;
}

static void parse_custom(struct assembler *a, const struct token *annot)
{
    struct parser inside = open_annot(a, annot), *p = &inside;
    struct custom *custom = arena_alloc(a->arena, sizeof *custom);
    const uint8_t *at = p->tok.p;
    if (p->tok.kind != TOK_STRING)
        parser_fail_at(p, at, "@custom annotation: missing section name");
    custom->name = expect_string(p);
    if (!utf8_valid(custom->name))
        parser_fail_at(p, at, "@custom annotation: malformed UTF-8 encoding");
    custom->place = parse_placement(p);
    custom->bytes = parse_strings(p);
    if (p->tok.kind != TOK_EOF)
        parser_fail_at(p, p->tok.p, "@custom annotation: unexpected token");
    *a->customs_end = custom;
    a->customs_end = &custom->next;
    close_annot(a);
}

void take_customs(struct assembler *a)
{
    struct token annot;
    while (parser_take_annot(&a->p, ANNOT_CUSTOM, &annot))
        parse_custom(a, &annot);
}

void put_customs(struct assembler *a, struct buf *out, int place)
{
    for (const struct custom *custom = a->customs; custom; custom = custom->next) {
        if (custom->place != place)
            continue;
        struct buf contents = buf_open(a->arena);
        buf_name(&contents, custom->name);
        buf_bytes(&contents, custom->bytes.p, custom->bytes.n);
        buf_section(out, SECTION_CUSTOM, &contents);
    }
}

/* ---- (@name "...") and (@metadata.code.branch_hint "...") ---- */

struct slice take_name(struct assembler *a, struct slice id)
{
    struct token annot;
    if (!parser_take_annot(&a->p, ANNOT_NAME, &annot))
        return a->options->names ? id : (struct slice){NULL, 0};
    struct parser inside = open_annot(a, &annot), *p = &inside;
    struct slice name = expect_name(p);
    if (p->tok.kind != TOK_EOF)
        parser_fail_at(p, p->tok.p, "@name annotation: unexpected token");
    close_annot(a);
    return name;
}

int take_hint(struct assembler *a)
{
    struct token annot, again;
    if (!a->in_function || !parser_take_annot(&a->p, ANNOT_BRANCH_HINT, &annot))
        return -1;
    struct parser inside = open_annot(a, &annot), *p = &inside;
    struct slice bytes = expect_string(p);
    if (p->tok.kind != TOK_EOF || bytes.n != 1 || bytes.p[0] > 1)
        parser_fail_at(p, annot.p, "@metadata.code.branch_hint annotation: malformed hint");
    close_annot(a);
    if (parser_take_annot(&a->p, ANNOT_BRANCH_HINT, &again))
        parser_fail_at(&a->p, again.p,
                       "@metadata.code.branch_hint annotation: duplicate annotation");
    return parser_failed(&a->p) ? -1 : bytes.p[0];
}
