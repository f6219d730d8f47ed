/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Token cursor for the parsers of modules and scripts: one token in hand, a look behind
 * an opening parenthesis, annotations collected until somebody takes them. Errors are sticky: after
 * the first the token in hand is TOK_EOF, so that loops end by themselves.
 */
#ifndef FRONTEND_TEXT_PARSER_H
#define FRONTEND_TEXT_PARSER_H

#include "frontend/text/lexer.h"

struct arena;

/* Annotations that mean something to us; others are white space. */
enum annot_kind { ANNOT_CUSTOM, ANNOT_NAME, ANNOT_BRANCH_HINT, ANNOT__COUNT };

struct annot {
    enum annot_kind kind;
    struct token token;
    struct annot *next;
};

struct parser {
    struct lexer lx;
    struct token tok;
    struct annot *annots; /* before tok, not taken yet */
    struct token peeked;  /* the token behind tok, if peeked_at is tok.p */
    const uint8_t *peeked_at;
    const uint8_t *behind; /* end of the token before tok */
    struct arena *arena;
    struct error *err;
};

/* Starts reading; err must hold no error. */
void parser_open(struct parser *p, struct slice text, uint32_t first_line, struct arena *arena,
                 struct error *err);
/* Continues at place `at`, which must be the start of a token. */
void parser_seek(struct parser *p, const uint8_t *at);
bool parser_failed(const struct parser *p);
size_t parser_offset(const struct parser *p);

/* Next token. Fails if an annotation before the present one was not taken. */
void parser_advance(struct parser *p);
/* The annotation of that kind before the present token, if there is one; takes it. */
bool parser_take_annot(struct parser *p, enum annot_kind kind, struct token *annot);

void parser_fail_at(struct parser *p, const uint8_t *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "unexpected token", or "unknown operator" for a keyword that exists nowhere. */
void parser_unexpected(struct parser *p, const char *expected);

bool token_is(const struct token *token, const char *keyword);
bool at_keyword(const struct parser *p, const char *keyword);
bool accept_keyword(struct parser *p, const char *keyword);
/* At "(" keyword. */
bool at_form(struct parser *p, const char *keyword);
bool accept_form(struct parser *p, const char *keyword);
/* The token behind the present one; annotations do not count. */
struct token parser_peek(struct parser *p);
void expect_lpar(struct parser *p);
void expect_rpar(struct parser *p);
/* Inside a form: goes behind its ")". The result has bit 0 if one of the forms directly inside
 * begins with first, bit 1 if one begins with second (which may be NULL). */
unsigned parser_skip_rest(struct parser *p, const char *first, const char *second);

bool at_index(const struct parser *p);
bool at_number(const struct parser *p);
/* Optional identifier; n == 0 if there is none. */
struct slice accept_id(struct parser *p);
/* A string's bytes; a name is UTF-8 besides. */
struct slice expect_string(struct parser *p);
struct slice expect_name(struct parser *p);
/* All strings up to the next other token, joined. */
struct slice parse_strings(struct parser *p);
uint64_t expect_nat(struct parser *p, unsigned bits);
uint64_t expect_int(struct parser *p, unsigned bits);
/* A float of 32 or 64 bits, as its bits. */
uint64_t expect_float(struct parser *p, unsigned bits);
/* The same of a token that was passed already. */
uint64_t token_int(struct parser *p, const struct token *token, unsigned bits);
uint64_t token_float(struct parser *p, const struct token *token, unsigned bits);

#endif
