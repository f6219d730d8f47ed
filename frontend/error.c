/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Error records: set once, printed once.
 */
#include "frontend/error.h"

#include <stdarg.h>
#include <string.h>

/* What is shown of files goes to terminals, which take control characters for commands. */
static char printable(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f ? '?' : c;
}

bool error_set(struct error *err, enum error_kind kind, size_t offset, const char *fmt, ...)
{
    if (err->kind != ERR_NONE)
        return false;
    err->kind = kind;
    err->offset = offset;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    for (char *p = err->message; *p; p++)
        *p = printable(*p);
    return false;
}

const char *error_kind_name(enum error_kind kind)
{
    static const char *const names[ERR__COUNT] = {
        [ERR_NONE] = "no error",
        [ERR_MALFORMED] = "malformed",
        [ERR_INVALID] = "invalid",
        [ERR_UNSUPPORTED] = "unsupported",
        [ERR_IO] = "error",
        [ERR_LINK] = "link error",
        [ERR_INTERNAL] = "internal error",
        [ERR_CANCELLED] = "error",
    };
    return names[kind];
}

/* Of a line; what is written on one line may be all of a large module. */
enum { MOST_SHOWN = 4000 };

/* Prints the given 1-based line of source and a caret under the column. */
static void print_source_line(FILE *out, const struct error *err, const char *source,
                              size_t source_size)
{
    const char *line = source, *end = source + source_size;
    for (uint32_t n = 1; n < err->line && line < end; line++)
        if (*line == '\n')
            n++;
    const char *line_end = memchr(line, '\n', (size_t)(end - line));
    size_t length = (size_t)((line_end ? line_end : end) - line);
    length = length < MOST_SHOWN ? length : MOST_SHOWN;
    for (size_t i = 0; i < length; i++)
        fputc(printable(line[i]), out);
    fputc('\n', out);
    for (uint32_t i = 1; i < err->column && i <= length; i++)
        fputc(line[i - 1] == '\t' ? '\t' : ' ', out);
    fputs("^\n", out);
}

void error_print(FILE *out, const struct error *err, const char *file, const char *source,
                 size_t source_size)
{
    fprintf(out, "wasm2so: %s:", file);
    if (err->line != 0)
        fprintf(out, "%u:%u:", err->line, err->column);
    else if (err->offset != ERROR_NO_OFFSET)
        fprintf(out, "0x%zx:", err->offset);
    fprintf(out, " %s: %s", error_kind_name(err->kind), err->message);
    if (err->func != ERROR_NO_FUNC)
        fprintf(out, " (function %u)", err->func);
    fputc('\n', out);
    if (err->line != 0 && source)
        print_source_line(out, err, source, source_size);
}
