/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Lexical syntax (spec 6.3). A token is a longest run of identifier characters and strings; what
 * such a run is, is decided afterwards: "0$l" or two strings in a row are one reserved token, not
 * two tokens.
 */
#include "frontend/text/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "frontend/arena.h"
#include "frontend/reader.h"
#include "frontend/text/number.h"

struct lexer lexer_open(struct slice text, uint32_t first_line, struct error *err)
{
    return (struct lexer){
        .p = text.p, .end = text.p + text.n, .start = text.p, .first_line = first_line, .err = err};
}

void text_position(const uint8_t *start, const uint8_t *p, uint32_t first_line, uint32_t *line,
                   uint32_t *column)
{
    uint32_t lines = first_line;
    const uint8_t *line_start = start;
    for (;;) {
        const uint8_t *newline = memchr(line_start, '\n', (size_t)(p - line_start));
        if (!newline)
            break;
        lines++;
        line_start = newline + 1;
    }
    *line = lines;
    *column = (uint32_t)(p - line_start) + 1;
}

void lexer_fail(struct lexer *lx, const uint8_t *p, const char *fmt, ...)
{
    if (lx->err->kind == ERR_NONE) {
        char message[sizeof lx->err->message];
        va_list args;
        va_start(args, fmt);
        vsnprintf(message, sizeof message, fmt, args);
        va_end(args);
        error_set(lx->err, ERR_MALFORMED, (size_t)(p - lx->start), "%s", message);
        text_position(lx->start, p, lx->first_line, &lx->err->line, &lx->err->column);
    }
    lx->p = lx->end;
}

/* ---- characters ---- */

/* Identifier characters (6.3.5): printable ASCII but space, quotes, comma, semicolon, brackets. */
static bool is_idchar(uint8_t c)
{
    return c > ' ' && c < 0x7f && !strchr("\",;()[]{}", c);
}

/* Fails at a character that no token begins with. */
static void bad_character(struct lexer *lx, const uint8_t *p)
{
    if (*p >= 0x80 && utf8_sequence(p, (size_t)(lx->end - p)) == 0)
        lexer_fail(lx, p, "malformed UTF-8 encoding");
    else
        lexer_fail(lx, p, "illegal character");
}

/* ---- white space and comments (6.3.3) ---- */

/* One character of a comment; false if it is not UTF-8. */
static bool skip_character(struct lexer *lx)
{
    size_t length = utf8_sequence(lx->p, (size_t)(lx->end - lx->p));
    if (length == 0)
        bad_character(lx, lx->p);
    lx->p += length;
    return length != 0;
}

static void skip_line_comment(struct lexer *lx)
{
    while (lx->p < lx->end && *lx->p != '\n' && *lx->p != '\r')
        if (!skip_character(lx))
            return;
}

static bool looking_at(const struct lexer *lx, const char *two)
{
    return lx->end - lx->p >= 2 && memcmp(lx->p, two, 2) == 0;
}

static void skip_block_comment(struct lexer *lx)
{
    const uint8_t *start = lx->p;
    size_t depth = 0;
    do {
        if (lx->p >= lx->end) {
            lexer_fail(lx, start, "unclosed comment");
            return;
        }
        if (looking_at(lx, "(;")) {
            depth++;
            lx->p += 2;
        } else if (looking_at(lx, ";)")) {
            depth--;
            lx->p += 2;
        } else if (!skip_character(lx)) {
            return;
        }
    } while (depth > 0);
}

static void skip_space(struct lexer *lx)
{
    while (lx->p < lx->end) {
        uint8_t c = *lx->p;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            lx->p++;
        else if (looking_at(lx, ";;"))
            skip_line_comment(lx);
        else if (looking_at(lx, "(;"))
            skip_block_comment(lx);
        else
            return;
    }
}

/* ---- strings (6.3.3) ---- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* \u{hex}: the end of it, with the code point; NULL if it is malformed. p stands after \u. */
static const uint8_t *unicode_escape(const uint8_t *p, const uint8_t *end, uint32_t *code)
{
    bool after_digit = false;
    *code = 0;
    if (p >= end || *p++ != '{')
        return NULL;
    for (; p < end; p++) {
        int digit = hex_digit(*p);
        if (digit < 0 && !(*p == '_' && after_digit))
            break;
        if (digit >= 0)
            *code = *code * 16 + (uint32_t)digit;
        after_digit = digit >= 0;
        if (*code > 0x10ffff)
            return NULL;
    }
    bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return p < end && *p == '}' && after_digit && !surrogate ? p + 1 : NULL;
}

/* The end of the escape whose backslash stands at p; NULL if it is malformed. */
static const uint8_t *escape_end(const uint8_t *p, const uint8_t *end)
{
    uint32_t code;
    if (end - p < 2)
        return NULL;
    if (p[1] == 'u')
        return unicode_escape(p + 2, end, &code);
    if (p[1] != 0 && strchr("tnr'\"\\", p[1]))
        return p + 2;
    return end - p >= 3 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0 ? p + 3 : NULL;
}

/* Skips the string whose quote stands at lx->p. */
static bool skip_string(struct lexer *lx)
{
    const uint8_t *start = lx->p++;
    while (lx->p < lx->end && *lx->p != '"') {
        const uint8_t *p = lx->p;
        if (*p == '\\') {
            const uint8_t *after = escape_end(p, lx->end);
            if (!after) {
                lexer_fail(lx, p, "illegal escape");
                return false;
            }
            lx->p = after;
        } else if (*p == '\n' || *p == '\r') {
            lexer_fail(lx, start, "unclosed string");
            return false;
        } else if (*p < ' ' || *p == 0x7f) {
            lexer_fail(lx, p, "illegal character");
            return false;
        } else if (!skip_character(lx)) {
            return false;
        }
    }
    if (lx->p >= lx->end) {
        lexer_fail(lx, start, "unclosed string");
        return false;
    }
    lx->p++;
    return true;
}

/* The end of the string whose quote stands at p; NULL if it is not a string. */
static const uint8_t *string_end(const struct lexer *lx, const uint8_t *p)
{
    struct error ignored = ERROR_INIT;
    struct lexer ahead = *lx;
    ahead.err = &ignored;
    ahead.p = p;
    return skip_string(&ahead) ? ahead.p : NULL;
}

static uint8_t *put_utf8(uint8_t *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (uint8_t)code;
        return to;
    }
    int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    *to++ = (uint8_t)(lead[length] | code >> (6 * (length - 1)));
    for (int i = length - 2; i >= 0; i--)
        *to++ = (uint8_t)(0x80 | (code >> (6 * i) & 0x3f));
    return to;
}

/* Writes what the escape at p stands for; *p moves behind it. */
static uint8_t *put_escape(uint8_t *to, const uint8_t **p, const uint8_t *end)
{
    static const char letters[] = "tnr", values[] = "\t\n\r";
    uint8_t c = (*p)[1];
    const char *letter = strchr(letters, c);
    uint32_t code;
    if (c == 'u') {
        *p = unicode_escape(*p + 2, end, &code);
        return put_utf8(to, code);
    }
    if (letter || c == '\'' || c == '"' || c == '\\') {
        *to = letter ? (uint8_t)values[letter - letters] : c;
        *p += 2;
        return to + 1;
    }
    *to = (uint8_t)(hex_digit(c) << 4 | hex_digit((*p)[2]));
    *p += 3;
    return to + 1;
}

/* Requires the inside of a string that skip_string took. */
static struct slice unescape(struct slice inside, struct arena *arena)
{
    if (inside.n == 0 || !memchr(inside.p, '\\', inside.n))
        return inside;
    const uint8_t *p = inside.p, *end = p + inside.n;
    uint8_t *bytes = arena_alloc(arena, inside.n), *to = bytes;
    while (p < end) {
        if (*p == '\\')
            to = put_escape(to, &p, end);
        else
            *to++ = *p++;
    }
    return (struct slice){bytes, (size_t)(to - bytes)};
}

struct slice token_bytes(const struct token *token, struct arena *arena)
{
    size_t skip = token->kind == TOK_ID ? 1 : token->kind == TOK_ANNOT ? 2 : 0;
    struct slice name = {token->p + skip, token->n - skip};
    if (name.n > 0 && *name.p == '"') {
        size_t n = 1;
        while (name.p[n] != '"')
            n += name.p[n] == '\\' ? 2 : 1;
        return unescape((struct slice){name.p + 1, n - 1}, arena);
    }
    if (token->kind == TOK_ANNOT)
        for (name.n = 0; is_idchar(name.p[name.n]);)
            name.n++;
    return name;
}

/* ---- tokens ---- */

/* Whether the inside of a quoted name is UTF-8, escapes resolved. */
static bool quoted_utf8(struct lexer *lx, struct slice inside)
{
    uint8_t window[16]; /* a character may be made of escapes: keep what is not complete */
    size_t n = 0;
    const uint8_t *p = inside.p, *end = p + inside.n;
    while (p < end || n > 0) {
        while (p < end && n < 8) {
            if (*p == '\\')
                n = (size_t)(put_escape(window + n, &p, end) - window);
            else
                window[n++] = *p++;
        }
        size_t length = utf8_sequence(window, n);
        if (length == 0) {
            lexer_fail(lx, inside.p, "malformed UTF-8 encoding");
            return false;
        }
        n -= length;
        memmove(window, window + length, n);
    }
    return true;
}

/* What a run of identifier characters and strings is (6.3.1). */
static enum token_kind run_kind(struct lexer *lx, struct slice run, unsigned strings, bool at_end)
{
    const uint8_t *p = run.p;
    if (strings == 0 && *p == '$') {
        if (run.n == 1)
            lexer_fail(lx, p, "empty identifier");
        return TOK_ID;
    }
    if (strings == 0)
        return *p >= 'a' && *p <= 'z' && number_kind(p, run.n) == TOK_RESERVED
                   ? TOK_KEYWORD
                   : number_kind(p, run.n);
    if (strings > 1 || !at_end || (*p != '"' && !(p[0] == '$' && p[1] == '"')))
        return TOK_RESERVED;
    if (*p == '"')
        return TOK_STRING;
    if (run.n == 3)
        lexer_fail(lx, p, "empty identifier");
    else
        quoted_utf8(lx, (struct slice){p + 2, run.n - 3});
    return TOK_ID;
}

static struct token lex_run(struct lexer *lx)
{
    const uint8_t *start = lx->p;
    unsigned strings = 0;
    bool at_end = false; /* the run ends with a string */
    if (looking_at(lx, "$\"") && !string_end(lx, start + 1))
        lexer_fail(lx, start, "empty identifier");
    while (lx->p < lx->end && (*lx->p == '"' || is_idchar(*lx->p))) {
        at_end = *lx->p == '"';
        if (!at_end) {
            lx->p++;
            continue;
        }
        strings++;
        if (!skip_string(lx))
            break;
    }
    struct token token = {TOK_EOF, start, (size_t)(lx->p - start)};
    if (lx->err->kind == ERR_NONE)
        token.kind = run_kind(lx, (struct slice){start, token.n}, strings, at_end);
    if (token.kind == TOK_RESERVED && !lx->in_annotation)
        lexer_fail(lx, start, "unknown operator %.*s", (int)(token.n < 80 ? token.n : 80), start);
    return token;
}

/* The name behind "(@", which lx->p stands at. */
static void lex_annotation_name(struct lexer *lx, const uint8_t *start)
{
    if (lx->p < lx->end && *lx->p == '"') {
        const uint8_t *after = string_end(lx, lx->p);
        if (after && after - lx->p > 2) {
            struct slice inside = {lx->p + 1, (size_t)(after - lx->p) - 2};
            lx->p = quoted_utf8(lx, inside) ? after : lx->end;
            return;
        }
    } else if (lx->p < lx->end && is_idchar(*lx->p)) {
        while (lx->p < lx->end && is_idchar(*lx->p))
            lx->p++;
        return;
    }
    lexer_fail(lx, start, "empty annotation id");
}

/* "(@id ... )" as one token: anything goes inside, as long as parentheses match. */
static struct token lex_annotation(struct lexer *lx)
{
    const uint8_t *start = lx->p;
    size_t depth = 1;
    lx->p += 2;
    lex_annotation_name(lx, start);
    lx->in_annotation = true;
    while (depth > 0) {
        struct token token = lexer_next(lx);
        if (token.kind == TOK_EOF) {
            lexer_fail(lx, start, "unclosed annotation");
            break;
        }
        depth += token.kind == TOK_LPAR;
        depth -= token.kind == TOK_RPAR;
    }
    lx->in_annotation = false;
    return (struct token){TOK_ANNOT, start, (size_t)(lx->p - start)};
}

static struct token next_token(struct lexer *lx)
{
    skip_space(lx);
    const uint8_t *p = lx->p;
    if (p >= lx->end)
        return (struct token){TOK_EOF, p, 0};
    if (*p == '(' && looking_at(lx, "(@") && !lx->in_annotation)
        return lex_annotation(lx);
    if (*p == '"' || is_idchar(*p))
        return lex_run(lx);
    if (*p != '(' && *p != ')' && !(strchr(",;[]{}", *p) && *p && lx->in_annotation)) {
        bad_character(lx, p);
        return (struct token){TOK_EOF, lx->end, 0};
    }
    lx->p++;
    return (struct token){*p == '(' ? TOK_LPAR : *p == ')' ? TOK_RPAR : TOK_RESERVED, p, 1};
}

struct token lexer_next(struct lexer *lx)
{
    struct token token = next_token(lx);
    if (lx->err->kind == ERR_NONE)
        return token;
    lx->p = lx->end;
    return (struct token){TOK_EOF, lx->end, 0};
}
