/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Token cursor: see parser.h.
 */
#include "frontend/text/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "frontend/arena.h"
#include "frontend/opcode.h"
#include "frontend/reader.h"
#include "frontend/text/number.h"

static const char *const annot_names[ANNOT__COUNT] = {
    [ANNOT_CUSTOM] = "custom",
    [ANNOT_NAME] = "name",
    [ANNOT_BRANCH_HINT] = "metadata.code.branch_hint",
};

/* Keywords that are no instructions, for the choice between "unexpected" and "unknown". */
static const char *const keywords[] = {
    "i8",
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "v128",
    "i8x16",
    "i16x8",
    "i32x4",
    "i64x2",
    "f32x4",
    "f64x2",
    "func",
    "nofunc",
    "funcref",
    "nullfuncref",
    "extern",
    "noextern",
    "externref",
    "any",
    "anyref",
    "nullexternref",
    "eq",
    "eqref",
    "i31",
    "i31ref",
    "struct",
    "structref",
    "array",
    "arrayref",
    "none",
    "nullref",
    "exn",
    "exnref",
    "noexn",
    "nullexnref",
    "ref",
    "null",
    "mut",
    "field",
    "sub",
    "final",
    "rec",
    "type",
    "param",
    "result",
    "local",
    "module",
    "import",
    "export",
    "table",
    "memory",
    "global",
    "tag",
    "elem",
    "data",
    "start",
    "declare",
    "offset",
    "item",
    "then",
    "do",
    "catch_ref",
    "catch_all_ref",
    "shared",
    "pagesize",
    "binary",
    "quote",
    "definition",
    "instance",
    "register",
    "invoke",
    "get",
    "either",
    "nan:canonical",
    "nan:arithmetic",
};

void parser_fail_at(struct parser *p, const uint8_t *at, const char *fmt, ...)
{
    char message[sizeof p->err->message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    lexer_fail(&p->lx, at, "%s", message);
    p->tok = (struct token){TOK_EOF, p->lx.end, 0};
    p->annots = NULL;
}

bool parser_failed(const struct parser *p)
{
    return p->err->kind != ERR_NONE;
}

size_t parser_offset(const struct parser *p)
{
    return (size_t)(p->tok.p - p->lx.start);
}

static bool known_keyword(const struct token *token)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (token_is(token, keywords[i]))
            return true;
    return opcode_by_text((const char *)token->p, token->n) != OP__COUNT;
}

void parser_unexpected(struct parser *p, const char *expected)
{
    const struct token *token = &p->tok;
    int n = (int)(token->n < 60 ? token->n : 60);
    if (token->kind == TOK_KEYWORD && !known_keyword(token))
        parser_fail_at(p, token->p, "unknown operator %.*s", n, token->p);
    else if (token->kind == TOK_EOF)
        parser_fail_at(p, token->p, "unexpected token: expected %s, found the end of the text",
                       expected);
    else
        parser_fail_at(p, token->p, "unexpected token: expected %s, found %.*s", expected, n,
                       token->p);
}

/* ---- annotations ---- */

static void misplaced(struct parser *p, const struct annot *annot)
{
    if (annot->kind == ANNOT_BRANCH_HINT)
        parser_fail_at(p, annot->token.p, "@%s annotation: not in a function",
                       annot_names[annot->kind]);
    else
        parser_fail_at(p, annot->token.p, "misplaced @%s annotation", annot_names[annot->kind]);
}

/* Puts an annotation we know at the end of the list before the next token. */
static void keep_annot(struct parser *p, const struct token *token)
{
    struct slice name = token_bytes(token, p->arena);
    struct annot **end = &p->annots;
    while (*end)
        end = &(*end)->next;
    for (int kind = 0; kind < ANNOT__COUNT; kind++) {
        if (name.n != strlen(annot_names[kind]) || memcmp(name.p, annot_names[kind], name.n) != 0)
            continue;
        *end = arena_alloc(p->arena, sizeof **end);
        **end = (struct annot){(enum annot_kind)kind, *token, NULL};
    }
}

bool parser_take_annot(struct parser *p, enum annot_kind kind, struct token *annot)
{
    for (struct annot **at = &p->annots; *at; at = &(*at)->next) {
        if ((*at)->kind != kind)
            continue;
        *annot = (*at)->token;
        *at = (*at)->next;
        return true;
    }
    return false;
}

/* ---- moving ---- */

static void fetch(struct parser *p)
{
    p->behind = p->tok.p + p->tok.n;
    for (;;) {
        p->tok = lexer_next(&p->lx);
        if (p->tok.kind != TOK_ANNOT)
            return;
        keep_annot(p, &p->tok);
    }
}

void parser_advance(struct parser *p)
{
    if (p->annots)
        misplaced(p, p->annots);
    fetch(p);
}

void parser_open(struct parser *p, struct slice text, uint32_t first_line, struct arena *arena,
                 struct error *err)
{
    if (!text.p) /* no bytes: still a place to point at */
        text.p = (const uint8_t *)"";
    *p = (struct parser){.lx = lexer_open(text, first_line, err),
                         .tok = {TOK_EOF, text.p, 0},
                         .arena = arena,
                         .err = err};
    fetch(p);
}

void parser_seek(struct parser *p, const uint8_t *at)
{
    if (parser_failed(p))
        return;
    p->lx.p = at;
    p->annots = NULL;
    p->peeked_at = NULL;
    fetch(p);
}

struct token parser_peek(struct parser *p)
{
    if (p->peeked_at != p->tok.p) {
        struct error ignored = ERROR_INIT; /* it will come up again when we get there */
        struct lexer ahead = p->lx;
        ahead.err = &ignored;
        do
            p->peeked = lexer_next(&ahead);
        while (p->peeked.kind == TOK_ANNOT);
        p->peeked_at = p->tok.p;
    }
    return p->peeked;
}

/* ---- keywords and parentheses ---- */

bool token_is(const struct token *token, const char *keyword)
{
    return token->kind == TOK_KEYWORD && strncmp((const char *)token->p, keyword, token->n) == 0 &&
           keyword[token->n] == '\0';
}

bool at_keyword(const struct parser *p, const char *keyword)
{
    return token_is(&p->tok, keyword);
}

bool accept_keyword(struct parser *p, const char *keyword)
{
    bool at = at_keyword(p, keyword);
    if (at)
        parser_advance(p);
    return at;
}

bool at_form(struct parser *p, const char *keyword)
{
    if (p->tok.kind != TOK_LPAR)
        return false;
    struct token behind = parser_peek(p);
    return token_is(&behind, keyword);
}

bool accept_form(struct parser *p, const char *keyword)
{
    bool at = at_form(p, keyword);
    if (at) {
        parser_advance(p);
        parser_advance(p);
    }
    return at;
}

void expect_lpar(struct parser *p)
{
    if (p->tok.kind == TOK_LPAR)
        parser_advance(p);
    else
        parser_unexpected(p, "(");
}

void expect_rpar(struct parser *p)
{
    if (p->tok.kind == TOK_RPAR)
        parser_advance(p);
    else
        parser_unexpected(p, ")");
}

unsigned parser_skip_rest(struct parser *p, const char *first, const char *second)
{
    size_t depth = 1;
    unsigned found = 0;
    while (depth > 0 && p->tok.kind != TOK_EOF) {
        bool opens = p->tok.kind == TOK_LPAR;
        depth += opens;
        depth -= p->tok.kind == TOK_RPAR;
        p->annots = NULL; /* they are looked at when the form is parsed */
        fetch(p);
        if (opens && depth == 2 && at_keyword(p, first))
            found |= 1;
        if (opens && depth == 2 && second && at_keyword(p, second))
            found |= 2;
    }
    if (depth > 0)
        parser_unexpected(p, ")");
    return found;
}

/* ---- indices, names, numbers ---- */

bool at_index(const struct parser *p)
{
    return p->tok.kind == TOK_NAT || p->tok.kind == TOK_ID;
}

bool at_number(const struct parser *p)
{
    return p->tok.kind == TOK_NAT || p->tok.kind == TOK_INT || p->tok.kind == TOK_FLOAT;
}

struct slice accept_id(struct parser *p)
{
    if (p->tok.kind != TOK_ID)
        return (struct slice){NULL, 0};
    struct slice id = token_bytes(&p->tok, p->arena);
    parser_advance(p);
    return id;
}

struct slice expect_string(struct parser *p)
{
    struct slice bytes = {NULL, 0};
    if (p->tok.kind != TOK_STRING) {
        parser_unexpected(p, "a string");
        return bytes;
    }
    bytes = token_bytes(&p->tok, p->arena);
    parser_advance(p);
    return bytes;
}

struct slice expect_name(struct parser *p)
{
    const uint8_t *at = p->tok.p;
    struct slice name = expect_string(p);
    if (!utf8_valid(name))
        parser_fail_at(p, at, "malformed UTF-8 encoding");
    return name;
}

struct slice parse_strings(struct parser *p)
{
    struct slice all = {NULL, 0};
    uint8_t *joined = NULL;
    size_t capacity = 0;
    while (p->tok.kind == TOK_STRING) {
        struct slice next = expect_string(p);
        if (all.n == 0) {
            all = next;
            continue;
        }
        if (all.n + next.n > capacity) {
            size_t old = capacity;
            capacity = 2 * (all.n + next.n);
            joined = arena_grow(p->arena, joined, old, capacity, 1);
            memcpy(joined, all.p, old == 0 ? all.n : 0);
        }
        if (next.n > 0)
            memcpy(joined + all.n, next.p, next.n);
        all = (struct slice){joined, all.n + next.n};
    }
    return all;
}

static struct slice token_text(const struct token *token)
{
    return (struct slice){token->p, token->n};
}

static void out_of_range(struct parser *p, unsigned bits)
{
    parser_fail_at(p, p->tok.p, "i%u constant out of range", bits);
}

uint64_t expect_nat(struct parser *p, unsigned bits)
{
    uint64_t value = 0;
    if (p->tok.kind != TOK_NAT)
        parser_unexpected(p, "a number");
    else if (!number_nat(token_text(&p->tok), bits, &value))
        out_of_range(p, bits);
    else
        parser_advance(p);
    return parser_failed(p) ? 0 : value;
}

uint64_t token_int(struct parser *p, const struct token *token, unsigned bits)
{
    uint64_t value = 0;
    if (token->kind != TOK_NAT && token->kind != TOK_INT) {
        p->tok = *token;
        parser_unexpected(p, "an integer");
    } else if (!number_int(token_text(token), bits, &value)) {
        parser_fail_at(p, token->p, "constant out of range: %.*s does not fit i%u",
                       (int)(token->n < 60 ? token->n : 60), token->p, bits);
    }
    return parser_failed(p) ? 0 : value;
}

uint64_t token_float(struct parser *p, const struct token *token, unsigned bits)
{
    uint64_t value = 0;
    bool is_number = token->kind == TOK_NAT || token->kind == TOK_INT || token->kind == TOK_FLOAT;
    if (!is_number) {
        p->tok = *token;
        parser_unexpected(p, "a number");
    } else if (!number_float(token_text(token), bits, &value)) {
        parser_fail_at(p, token->p, "constant out of range: %.*s does not fit f%u",
                       (int)(token->n < 60 ? token->n : 60), token->p, bits);
    }
    return parser_failed(p) ? 0 : value;
}

uint64_t expect_int(struct parser *p, unsigned bits)
{
    struct token token = p->tok;
    uint64_t value = token_int(p, &token, bits);
    if (!parser_failed(p))
        parser_advance(p);
    return value;
}

uint64_t expect_float(struct parser *p, unsigned bits)
{
    struct token token = p->tok;
    uint64_t value = token_float(p, &token, bits);
    if (!parser_failed(p))
        parser_advance(p);
    return value;
}
