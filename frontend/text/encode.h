/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Growing byte buffer with the encodings of spec 5.2, and marks that remember which place
 * of the text bytes come from. Marks move along when a buffer is appended to another one.
 */
#ifndef FRONTEND_TEXT_ENCODE_H
#define FRONTEND_TEXT_ENCODE_H

#include "frontend/types.h"

struct arena;

struct mark {
    uint32_t at;   /* offset in the buffer */
    uint32_t text; /* offset in the text */
};

struct buf {
    struct arena *arena;
    uint8_t *p;
    size_t n, capacity;
    struct mark *marks;
    size_t mark_count, mark_capacity;
};

struct buf buf_open(struct arena *arena);
void buf_clear(struct buf *b);

void buf_u8(struct buf *b, uint8_t byte);
void buf_bytes(struct buf *b, const void *bytes, size_t n);
void buf_leb_u(struct buf *b, uint64_t value);
void buf_leb_s(struct buf *b, int64_t value);
/* The low n bytes of value, little-endian. */
void buf_fixed(struct buf *b, uint64_t value, unsigned n);
/* Length-prefixed bytes: a name, a body. */
void buf_name(struct buf *b, struct slice bytes);

/* What follows comes from that offset of the text. */
void buf_mark(struct buf *b, size_t text);
/* Moves src's bytes from position `from` (and marks from `from_mark`) to the end of dst. */
void buf_move(struct buf *dst, struct buf *src, size_t from, size_t from_mark);

/* Types (5.3). */
void buf_heaptype(struct buf *b, uint32_t heap);
void buf_valtype(struct buf *b, struct valtype type);
void buf_functype(struct buf *b, const struct functype *type);

/* A section: id, size, contents; moved out of src. */
void buf_section(struct buf *dst, uint8_t id, struct buf *src);
/* The same for a vector section, which is left out if it has no entries. */
void buf_vec_section(struct buf *dst, uint8_t id, uint32_t count, struct buf *src);

struct slice buf_slice(const struct buf *b);

#endif
