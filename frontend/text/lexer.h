/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Tokens of the text format (spec 6.3) and of annotations (custom annotations proposal).
 * The lexer checks what is lexical: characters, UTF-8, strings, comments, annotations. After an
 * error it gives TOK_EOF for ever.
 */
#ifndef FRONTEND_TEXT_LEXER_H
#define FRONTEND_TEXT_LEXER_H

#include "frontend/error.h"
#include "frontend/types.h"

struct arena;

enum token_kind {
    TOK_EOF,
    TOK_LPAR,
    TOK_RPAR,
    TOK_KEYWORD,
    TOK_NAT,   /* integer without a sign */
    TOK_INT,   /* integer with a sign */
    TOK_FLOAT, /* any other number */
    TOK_ID,
    TOK_STRING,
    TOK_RESERVED, /* only within annotations */
    TOK_ANNOT     /* a whole annotation, "(@id ... )" */
};

struct token {
    enum token_kind kind;
    const uint8_t *p; /* its text, quotes and dollar included */
    size_t n;
};

struct lexer {
    const uint8_t *p, *end;
    const uint8_t *start;
    uint32_t first_line;
    bool in_annotation; /* reserved tokens are fine, "(@" is a parenthesis */
    struct error *err;
};

struct lexer lexer_open(struct slice text, uint32_t first_line, struct error *err);
struct token lexer_next(struct lexer *lx);

/* Records a malformed error at place p of the text; the lexer stands at the end then. */
void lexer_fail(struct lexer *lx, const uint8_t *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Line and column (in bytes, from 1) of place p; first_line is the line of start. */
void text_position(const uint8_t *start, const uint8_t *p, uint32_t first_line, uint32_t *line,
                   uint32_t *column);

/* The bytes a string token stands for (6.3.3); of an id token the name without dollar and quotes;
 * of an annotation its name. Slices of the text where nothing is escaped, else in the arena. */
struct slice token_bytes(const struct token *token, struct arena *arena);

#endif
