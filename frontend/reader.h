/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A bounded cursor over the input (spec 5.2: values). Sticky: after the first error every read
 * returns 0 and the cursor stands at the end, so that callers test once a section or instruction.
 */
#ifndef FRONTEND_READER_H
#define FRONTEND_READER_H

#include "frontend/error.h"
#include "frontend/types.h"

struct reader {
    const uint8_t *p, *end;
    const uint8_t *start; /* of the file: offsets count from here */
    const char *what;     /* phrase of an early end: "unexpected end", ... */
    struct error *err;
};

struct reader reader_open(struct slice bytes, const uint8_t *file_start, struct error *err);
size_t reader_offset(const struct reader *r);
bool reader_failed(const struct reader *r);
/* Records a malformed error at the given file offset and moves the cursor to the end. */
void reader_fail(struct reader *r, size_t offset, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

uint8_t reader_u8(struct reader *r);
uint32_t reader_leb_u32(struct reader *r);
uint64_t reader_leb_u64(struct reader *r);
int32_t reader_leb_s32(struct reader *r);
int64_t reader_leb_s33(struct reader *r);
int64_t reader_leb_s64(struct reader *r);
uint32_t reader_f32(struct reader *r); /* bits */
uint64_t reader_f64(struct reader *r);
struct slice reader_bytes(struct reader *r, size_t n);
/* Length-prefixed UTF-8; "malformed UTF-8 encoding" if it is not. */
struct slice reader_name(struct reader *r);
/* The length of a name or section, bounded by the bytes left: "length out of bounds". */
uint32_t reader_length(struct reader *r);
/* A vector's length, bounded by the bytes left (each element takes at least one). */
uint32_t reader_count(struct reader *r);

/* Length of the UTF-8 sequence at p, with left > 0 bytes there; 0 if it is none. */
size_t utf8_sequence(const uint8_t *p, size_t left);
bool utf8_valid(struct slice text);

/* Types (5.3.1 to 5.3.5), in reader_types.c. A heap type of an index too large for any module is
 * NO_INDEX. */
struct valtype reader_valtype(struct reader *r);
struct valtype reader_reftype(struct reader *r);
uint32_t reader_heaptype(struct reader *r);
/* May a value type begin with this byte? */
bool valtype_starts(uint8_t byte);
/* The byte of an abstract heap type, and of a number or vector type (enum valtype_kind). */
uint8_t heaptype_byte(uint32_t heap);
uint8_t numtype_byte(uint8_t kind);

#endif
