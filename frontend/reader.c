/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Values of the binary format (spec 5.2). The cursor never passes the end, and a failure moves it
 * there: loops over the input stop by themselves. LEB128 is exact: at most ceil(N/7) bytes, and the
 * bits of the last one beyond N must be zero, or copies of the sign (5.2.2).
 */
#include "frontend/reader.h"

#include <stdarg.h>
#include <string.h>

struct reader reader_open(struct slice bytes, const uint8_t *file_start, struct error *err)
{
    return (struct reader){
        .p = bytes.p,
        .end = bytes.n ? bytes.p + bytes.n : bytes.p,
        .start = file_start,
        .what = "unexpected end",
        .err = err,
    };
}

size_t reader_offset(const struct reader *r)
{
    return (size_t)(r->p - r->start);
}

bool reader_failed(const struct reader *r)
{
    return r->err->kind != ERR_NONE;
}

void reader_fail(struct reader *r, size_t offset, const char *fmt, ...)
{
    char message[sizeof r->err->message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    error_set(r->err, ERR_MALFORMED, offset, "%s", message);
    r->p = r->end;
}

/* True if n bytes are left; otherwise fails with the phrase of an early end. */
static bool need(struct reader *r, size_t n)
{
    size_t left = (size_t)(r->end - r->p);
    if (n <= left && !reader_failed(r))
        return true;
    reader_fail(r, reader_offset(r), "%s: %zu bytes wanted, %zu left", r->what, n, left);
    return false;
}

uint8_t reader_u8(struct reader *r)
{
    return need(r, 1) ? *r->p++ : 0;
}

/* The last byte of an unsigned LEB128 carries `bits` bits, of a signed one the sign above them. */
static bool last_byte_fits(uint8_t byte, unsigned bits, bool is_signed)
{
    uint8_t above = (uint8_t)(0x7f & ~((1u << bits) - 1));
    if (!is_signed)
        return (byte & above) == 0;
    above |= (uint8_t)(1u << (bits - 1));
    return (byte & above) == 0 || (byte & above) == above;
}

/* An integer of `width` bits, sign-extended to 64 if is_signed. */
static uint64_t leb(struct reader *r, unsigned width, bool is_signed)
{
    const bool short_one = r->p < r->end && *r->p < (is_signed ? 0x40 : 0x80);
    if (short_one && !reader_failed(r)) /* nearly all are */
        return *r->p++;
    const size_t start = reader_offset(r);
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (!need(r, 1))
            return 0;
        uint8_t byte = *r->p++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        bool last = shift + 7 >= width;
        if (last && (byte & 0x80)) {
            reader_fail(r, start, "integer representation too long: more than %u bytes for %u bits",
                        shift / 7 + 1, width);
            return 0;
        }
        if (last && !last_byte_fits(byte, width - shift, is_signed)) {
            reader_fail(r, start, "integer too large: more than %u bits", width);
            return 0;
        }
        if (!(byte & 0x80)) {
            if (is_signed && (byte & 0x40) && shift + 7 < 64)
                value |= ~UINT64_C(0) << (shift + 7);
            return value;
        }
    }
}

uint32_t reader_leb_u32(struct reader *r)
{
    return (uint32_t)leb(r, 32, false);
}

uint64_t reader_leb_u64(struct reader *r)
{
    return leb(r, 64, false);
}

int32_t reader_leb_s32(struct reader *r)
{
    return (int32_t)leb(r, 32, true);
}

int64_t reader_leb_s33(struct reader *r)
{
    return (int64_t)leb(r, 33, true);
}

int64_t reader_leb_s64(struct reader *r)
{
    return (int64_t)leb(r, 64, true);
}

/* n bytes, little-endian. */
static uint64_t fixed(struct reader *r, size_t n)
{
    if (!need(r, n))
        return 0;
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)r->p[i] << (8 * i);
    r->p += n;
    return value;
}

uint32_t reader_f32(struct reader *r)
{
    return (uint32_t)fixed(r, 4);
}

uint64_t reader_f64(struct reader *r)
{
    return fixed(r, 8);
}

struct slice reader_bytes(struct reader *r, size_t n)
{
    if (!need(r, n))
        return (struct slice){.p = r->p, .n = 0};
    struct slice bytes = {.p = r->p, .n = n};
    r->p += n;
    return bytes;
}

/* Overlong forms, surrogates and what lies above U+10FFFF are refused by the range of the second
 * byte (Unicode, table 3-7). */
size_t utf8_sequence(const uint8_t *p, size_t left)
{
    uint8_t lead = p[0];
    if (lead < 0x80)
        return 1;
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || n > left)
        return 0;
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool utf8_valid(struct slice text)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = utf8_sequence(text.p + i, text.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

struct slice reader_name(struct reader *r)
{
    uint32_t n = reader_length(r);
    size_t offset = reader_offset(r);
    struct slice name = reader_bytes(r, n);
    if (!utf8_valid(name)) {
        reader_fail(r, offset, "malformed UTF-8 encoding");
        name.n = 0;
    }
    return name;
}

/* An u32 that the bytes left must be enough for. */
static uint32_t bounded(struct reader *r, const char *what)
{
    size_t offset = reader_offset(r);
    uint32_t n = reader_leb_u32(r);
    size_t left = (size_t)(r->end - r->p);
    if (n <= left)
        return n;
    reader_fail(r, offset, "%s: %u announced, %zu bytes left", what, n, left);
    return 0;
}

uint32_t reader_length(struct reader *r)
{
    return bounded(r, "length out of bounds");
}

uint32_t reader_count(struct reader *r)
{
    return bounded(r, r->what);
}
