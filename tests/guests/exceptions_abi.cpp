/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * As much of the C++ ABI as exceptions.cpp needs, for a guest without a C++ library: one exception
 * after the other, types matched by identity. clang's landing pads ask _Unwind_CallPersonality
 * which of their handlers it is; the tables have the form of the Itanium C++ ABI, with landing pads
 * by number.
 */
#include <stddef.h>
#include <stdint.h>

namespace
{

struct Exception {
    const void *type;
    bool used;
    alignas(16) char object[48];
};

Exception pool[8];

Exception *of_object(void *object)
{
    return reinterpret_cast<Exception *>(static_cast<char *>(object) - offsetof(Exception, object));
}

void *caught[8];
unsigned caught_count;

uint32_t read_uleb(const uint8_t *&p)
{
    uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        value |= uint32_t(*p & 0x7f) << shift;
        if (!(*p++ & 0x80))
            return value;
    }
}

int32_t read_sleb(const uint8_t *&p)
{
    const uint8_t *start = p;
    uint32_t value = read_uleb(p);
    unsigned bits = 7 * unsigned(p - start);
    if (bits < 32 && (p[-1] & 0x40))
        value |= UINT32_MAX << bits;
    return int32_t(value);
}

/* The number of the first handler in the chain of actions that takes the type; 0: none does. */
int32_t select(const uint8_t *action, const void *const *types_end, const void *type)
{
    for (;;) {
        int32_t filter = read_sleb(action);
        const uint8_t *next = action;
        int32_t distance = read_sleb(next);
        if (filter > 0 && (!types_end[-filter] || types_end[-filter] == type))
            return filter;
        if (distance == 0)
            return 0;
        action += distance;
    }
}

} // namespace

extern "C" {

struct {
    uint32_t landing_pad;
    const uint8_t *table;
    int32_t selector;
} __wasm_lpad_context;

int _Unwind_CallPersonality(void *object)
{
    const uint8_t *p = __wasm_lpad_context.table + 1; /* no base of landing pads */
    const void *const *types = nullptr;
    if (*p++ != 0xff) {
        uint32_t size = read_uleb(p);
        types = reinterpret_cast<const void *const *>(p + size);
    }
    p++; /* encoding: ULEB128 */
    uint32_t size = read_uleb(p), action = 0;
    const uint8_t *actions = p + size;
    for (uint32_t i = 0; i <= __wasm_lpad_context.landing_pad; i++) {
        read_uleb(p);
        action = read_uleb(p);
    }
    __wasm_lpad_context.selector =
        action ? select(actions + action - 1, types, of_object(object)->type) : 0;
    return 0;
}

void *__cxa_allocate_exception(size_t)
{
    for (Exception &e : pool)
        if (!e.used) {
            e.used = true;
            return e.object;
        }
    __builtin_trap();
}

/* The wasm exception that carries a pointer to the object. */
[[noreturn]] static void raise(void *object)
{
    __builtin_wasm_throw(0, object);
}

void __cxa_throw(void *object, void *type, void (*)(void *))
{
    of_object(object)->type = type;
    raise(object);
}

void *__cxa_begin_catch(void *object)
{
    caught[caught_count++] = object;
    return object;
}

/* A rethrown object is still in use by whoever handles it next. */
static bool rethrown[sizeof pool / sizeof *pool];

void __cxa_end_catch()
{
    Exception *e = of_object(caught[--caught_count]);
    bool &again = rethrown[e - pool];
    if (!again)
        e->used = false;
    again = false;
}

void __cxa_rethrow()
{
    void *object = caught[caught_count - 1];
    rethrown[of_object(object) - pool] = true;
    raise(object);
}

[[noreturn]] void _ZSt9terminatev()
{
    __builtin_trap();
}

/* What type_info objects refer to, and those of built-in types. */
char _ZTVN10__cxxabiv117__class_type_infoE[32];
char _ZTIi, _ZTId, _ZTIPKc;
}
