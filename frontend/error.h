/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What went wrong with an input: kind, place, and a text that begins with the spec suite's phrase.
 * The first error wins: error_set on an error that is set already changes nothing, so callers may
 * run on with zeros until they look. Not thread-safe; an error belongs to one compile.
 */
#ifndef FRONTEND_ERROR_H
#define FRONTEND_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum error_kind {
    ERR_NONE,
    ERR_MALFORMED,   /* the bytes or the text do not parse */
    ERR_INVALID,     /* it parses, and breaks a validation rule */
    ERR_UNSUPPORTED, /* valid WebAssembly of a proposal that is not generated or not enabled */
    ERR_IO,          /* files */
    ERR_LINK,        /* the linker or the loader refused */
    ERR_INTERNAL,    /* a limit or a failure of our own: out of memory, LLVM gave up */
    ERR_CANCELLED,   /* by whoever asked for the work */
    ERR__COUNT
};

#define ERROR_NO_OFFSET SIZE_MAX
#define ERROR_NO_FUNC   UINT32_MAX

struct error {
    enum error_kind kind;
    size_t offset;         /* byte offset in the file, or ERROR_NO_OFFSET */
    uint32_t func;         /* function index, or ERROR_NO_FUNC */
    uint32_t line, column; /* 1-based place in a text module, 0 for a binary */
    char message[256];
};

#define ERROR_INIT {.kind = ERR_NONE, .offset = ERROR_NO_OFFSET, .func = ERROR_NO_FUNC}

/* Records an error unless one is recorded; always returns false: `return error_set(...)`. */
bool error_set(struct error *err, enum error_kind kind, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "malformed", "invalid", ... */
const char *error_kind_name(enum error_kind kind);

/* Prints "wasm2so: FILE:0xOFFSET: kind: text" or "wasm2so: FILE:LINE:COLUMN: kind: text"; for a
 * text module (source not NULL) the line and a caret below it. Ends with a newline. */
void error_print(FILE *out, const struct error *err, const char *file, const char *source,
                 size_t source_size);

#endif
