/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The text format (spec 6) -> the binary format. A text module is assembled into the bytes of a
 * .wasm and then takes the same way as any other; the map leads back from a binary offset to the
 * place in the text, so that errors of the decoder and validator point into the source. Nothing is
 * validated here but what the text format itself demands (names, inline types, literals, labels).
 */
#ifndef FRONTEND_TEXT_TEXT_H
#define FRONTEND_TEXT_TEXT_H

#include "frontend/error.h"
#include "frontend/types.h"

struct arena;
struct text_map;

struct text_options {
    bool names;          /* emit a name section from the identifiers */
    bool strict;         /* refuse mnemonics from before 1.0 instead of translating them */
    bool limits32;       /* without memory64: limits are 32-bit numbers */
    uint32_t first_line; /* line number of the text's first line; 0 means 1 */
    /* Called for each old mnemonic: "'get_local' is now 'local.get'". May be NULL. */
    void (*note)(void *env, uint32_t line, uint32_t column, const char *message);
    void *env;
};

/* Begins with "\0asm": a binary. Everything else is text. */
bool text_is_binary(struct slice bytes);

/* Assembles one module: "(module ...)" or its fields alone; "(module binary ...)" and "(module
 * quote ...)" too. options may be NULL. *binary and *map live in the arena, and *map refers to
 * text. map may be NULL, and *map is NULL where the bytes were written as such. */
bool text_to_binary(struct slice text, const struct text_options *options, struct arena *arena,
                    struct slice *binary, struct text_map **map, struct error *err);

/* The place in the text that the byte at binary_offset comes from (1-based). */
void text_locate(const struct text_map *map, size_t binary_offset, uint32_t *line,
                 uint32_t *column);

/* Gives an error of the decoder or validator its place in the text. A map of NULL does nothing. */
void text_locate_error(const struct text_map *map, struct error *err);

#endif
