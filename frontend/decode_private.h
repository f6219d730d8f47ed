/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) What the decoder's files share: its state, and one function a section. The cursor is
 * bounded by the file; decode.c compares where a section ends with what its header says.
 */
#ifndef FRONTEND_DECODE_PRIVATE_H
#define FRONTEND_DECODE_PRIVATE_H

#include "frontend/module.h"
#include "frontend/reader.h"

/* More entries than this in one index space or segment list are refused: no tool makes them, and
 * they bound what a hostile module costs. */
enum { MAX_ENTRIES = 1000000 };

struct decoder {
    struct module *m;
    struct reader r;
    struct arena *arena;
    uint32_t body_count; /* entries of the code section */
};

/* A vector's length with `existing` entries before it; fails above MAX_ENTRIES. */
uint32_t decode_count(struct decoder *d, uint32_t existing, const char *what);

/* Each reads the contents of a section and returns the number of entries. */
uint32_t decode_types(struct decoder *d);
uint32_t decode_imports(struct decoder *d);
uint32_t decode_funcs(struct decoder *d);
uint32_t decode_tables(struct decoder *d);
uint32_t decode_memories(struct decoder *d);
uint32_t decode_tags(struct decoder *d);
uint32_t decode_globals(struct decoder *d);
uint32_t decode_exports(struct decoder *d);
uint32_t decode_start(struct decoder *d);
uint32_t decode_elems(struct decoder *d);
uint32_t decode_data_count(struct decoder *d);
uint32_t decode_code(struct decoder *d);
uint32_t decode_datas(struct decoder *d);

/* Reads "metadata.code.branch_hint"; what is broken is left out. */
void decode_branch_hints(struct module *m, const struct custom_section *section,
                         struct arena *arena);

#endif
