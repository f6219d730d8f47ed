/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC guest in C that needs nothing but clang: no C library, and as much of MessagePack as its
 * operations take. They are those of the Rust guests beside it.
 */
#include "wapc.h"

static size_t length(const char *string)
{
    size_t n = 0;
    while (string[n])
        n++;
    return n;
}

/* ---- memory: what a call takes is given back when the next one begins ---- */

enum { PAGE = 65536 };

extern uint8_t __heap_base;
static uintptr_t heap_end;

/* NULL: the memory cannot grow. */
static uint8_t *take(size_t size)
{
    uint8_t *start = (uint8_t *)heap_end;
    size_t have = __builtin_wasm_memory_size(0) * (size_t)PAGE - heap_end;
    if (size > have) {
        size_t pages = (size - have - 1) / PAGE + 1;
        if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
            return NULL;
    }
    heap_end += size;
    return start;
}

static struct bytes text(const char *zero_terminated)
{
    return (struct bytes){(const uint8_t *)zero_terminated, length(zero_terminated)};
}

static bool same(struct bytes a, const char *b)
{
    if (a.size != length(b))
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (a.data[i] != (uint8_t)b[i])
            return false;
    return true;
}

static bool fail(const char *message)
{
    __guest_error(message, length(message));
    return false;
}

/* ---- MessagePack: strings, and maps with strings as keys ---- */

/* Takes count bytes from the front; empty where there are not as many. */
static struct bytes cut(struct bytes *rest, size_t count)
{
    struct bytes front = {rest->data, count <= rest->size ? count : 0};
    rest->data += front.size;
    rest->size -= front.size;
    return front;
}

/* Big-endian, of 1, 2 or 4 bytes. */
static bool cut_number(struct bytes *rest, size_t size, size_t *number)
{
    struct bytes front = cut(rest, size);
    *number = 0;
    for (size_t i = 0; i < front.size; i++)
        *number = *number << 8 | front.data[i];
    return front.size == size;
}

/* The head of a string or map: a short form with the count in the byte, or up to three long ones.
 */
static bool cut_head(struct bytes *rest, uint8_t fixed, uint8_t mask, uint8_t first, size_t width,
                     size_t *count)
{
    struct bytes tag = cut(rest, 1);
    if (tag.size == 0)
        return false;
    *count = tag.data[0] & mask;
    if ((tag.data[0] & ~mask) == fixed)
        return true;
    for (size_t i = 0; width << i <= 4; i++)
        if (tag.data[0] == first + i)
            return cut_number(rest, width << i, count);
    return false;
}

static bool cut_string(struct bytes *rest, struct bytes *string)
{
    size_t size;
    if (!cut_head(rest, 0xa0, 0x1f, 0xd9, 1, &size) || size > rest->size)
        return false;
    *string = cut(rest, size);
    return true;
}

static bool cut_map(struct bytes *rest, size_t *count)
{
    return cut_head(rest, 0x80, 0x0f, 0xde, 2, count);
}

/* {..., key: STRING, ...}, all values strings. */
static bool cut_member(struct bytes *rest, const char *wanted, struct bytes *value)
{
    size_t count;
    bool found = false;
    if (!cut_map(rest, &count))
        return fail("invalid MessagePack: no map");
    while (count-- > 0) {
        struct bytes key, item;
        if (!cut_string(rest, &key) || !cut_string(rest, &item))
            return fail("invalid MessagePack: no string");
        if (same(key, wanted)) {
            *value = item;
            found = true;
        }
    }
    return found || fail("a member is missing");
}

/* Answers before + middle + after as one string. */
static bool answer(struct bytes before, struct bytes middle, struct bytes after)
{
    size_t size = before.size + middle.size + after.size;
    uint8_t *out = take(5 + size), *to = out;
    if (!out)
        return fail("out of memory");
    if (size < 32)
        *to++ = (uint8_t)(0xa0 | size);
    else {
        *to++ = 0xdb;
        for (int shift = 24; shift >= 0; shift -= 8)
            *to++ = (uint8_t)(size >> shift);
    }
    const struct bytes parts[] = {before, middle, after};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < parts[i].size; k++)
            *to++ = parts[i].data[k];
    __guest_response(out, (size_t)(to - out));
    return true;
}

/* ---- operations ---- */

static bool say_hello(struct bytes payload)
{
    struct bytes name;
    if (!cut_member(&payload, "name", &name))
        return false;
    static const char line[] = "sayHello was called";
    __console_log(line, sizeof line - 1);
    return answer(text("Hello, "), name, text("!"));
}

static bool check_word_exists(struct bytes payload)
{
    static const char *const words[] = {"foo", "bar", "xylophone", "milagro"};
    struct bytes name;
    if (!cut_member(&payload, "name", &name))
        return false;
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        found |= same(name, words[i]);
    return answer(text(found ? "true" : "false"), text(""), text(""));
}

/* {"inp": {"x": STRING, "y": STRING}} -> x */
static bool handle_input(struct bytes payload)
{
    size_t count;
    struct bytes key, x;
    if (!cut_map(&payload, &count) || count != 1 || !cut_string(&payload, &key) ||
        !same(key, "inp"))
        return fail("invalid MessagePack: no map with inp");
    return cut_member(&payload, "x", &x) && answer(text(""), x, text(""));
}

static bool relay(struct bytes payload)
{
    bool ok = __host_call("binding", 7, "namespace", 9, "operation", 9, payload.data, payload.size);
    size_t size = ok ? __host_response_len() : __host_error_len();
    uint8_t *bytes = take(size);
    if (!bytes)
        return fail("out of memory");
    if (ok) {
        __host_response(bytes);
        __guest_response(bytes, size);
    } else {
        __host_error(bytes);
        __guest_error(bytes, size);
    }
    return ok;
}

static bool fail_always(struct bytes payload)
{
    (void)payload;
    return fail("asked to fail");
}

static const struct {
    const char *name;
    bool (*run)(struct bytes payload);
} operations[] = {
    {"sayHello", say_hello},        {"check_word_exists", check_word_exists},
    {"handle_input", handle_input}, {"relay", relay},
    {"fail", fail_always},
};

__attribute__((export_name("__guest_call"))) bool guest_call(size_t operation_size,
                                                             size_t payload_size)
{
    heap_end = (uintptr_t)&__heap_base;
    struct bytes operation = {take(operation_size), operation_size};
    struct bytes payload = {take(payload_size), payload_size};
    if (!operation.data || !payload.data)
        return fail("out of memory");
    __guest_request((uint8_t *)operation.data, (uint8_t *)payload.data);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (same(operation, operations[i].name))
            return operations[i].run(payload);
    return fail("No handler registered for function");
}
