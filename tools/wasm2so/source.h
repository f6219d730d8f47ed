/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module on its way from a file into the frontend: bytes, binary or text, and how to report what
 * is wrong with them.
 */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include "frontend/error.h"
#include "frontend/module.h"

struct arena;
struct text_map;

struct source {
    const char *name;   /* for messages */
    struct slice bytes; /* as in the file */
    bool is_text;
};

/* Reads the file and looks at its first bytes; what is neither text nor binary is refused. Prints
 * errors. Free with source_close in any case. */
bool source_open(struct source *source, const char *file);
void source_close(struct source *source);

/* Decodes the module, assembling it first if it is text. Prints errors. */
bool source_decode(const struct source *source, struct module *m, uint64_t features,
                   struct arena *arena, struct text_map **map);

/* The same, and validates all of it. */
bool source_validate(const struct source *source, struct module *m, uint64_t features,
                     struct arena *arena);

/* Prints err, with the line for a text module; always returns false. */
bool source_report(const struct source *source, const struct error *err);

/* A compiled module (an ELF file), from its first bytes. */
bool file_is_compiled(const char *file);

#endif
