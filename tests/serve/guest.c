/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC guest for tests of the server: what a request asks for is in its payload, a map of one
 * string to another. {"name": WORD} is the book's question; the other names misbehave in some way,
 * or leave something behind that the next request must not see.
 *   clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry
 */
typedef unsigned char byte;
typedef __SIZE_TYPE__ size;

#define WAPC(name) __attribute__((import_module("wapc"), import_name(#name))) void wapc##name
WAPC(__guest_request)(byte *operation, byte *payload);
WAPC(__guest_response)(const byte *data, size n);
WAPC(__guest_error)(const char *text, size n);
WAPC(__console_log)(const char *text, size n);

static byte operation[256], payload[1 << 16], answer[1 << 16];
static int calls; /* 1 in a fresh guest */

struct text {
    const byte *at;
    size n;
};

static size length(const char *text)
{
    size n = 0;
    while (((volatile const char *)text)[n]) /* volatile: no call of strlen, there is no library */
        n++;
    return n;
}

static int is(struct text text, const char *word)
{
    size n = length(word);
    if (text.n != n)
        return 0;
    for (size i = 0; i < n; i++)
        if (text.at[i] != (byte)word[i])
            return 0;
    return 1;
}

/* A MessagePack string of at most 65535 bytes; moves at behind it. */
static struct text take_text(const byte **at)
{
    const byte *p = *at;
    struct text text = {p + 1, (size)(p[0] & 31)};
    if (p[0] == 0xd9)
        text = (struct text){p + 2, p[1]};
    else if (p[0] == 0xda)
        text = (struct text){p + 3, (size)(p[1] << 8 | p[2])};
    *at = text.at + text.n;
    return text;
}

static int respond(const byte *data, size n)
{
    answer[0] = 0xda;
    answer[1] = (byte)(n >> 8);
    answer[2] = (byte)n;
    for (size i = 0; i < n; i++)
        answer[3 + i] = data[i];
    wapc__guest_response(answer, n + 3);
    return 1;
}

static int fail(const char *message)
{
    wapc__guest_error(message, length(message));
    return 0;
}

static int check_word(struct text word)
{
    static const char *const words[] = {"foo", "bar", "xylophone", "milagro"};
    int found = 0;
    for (int i = 0; i < 4; i++)
        found |= is(word, words[i]);
    /* as the book's guest: a fixed-size string */
    const char *text = found ? "\xa4true"
                             : "\xa5"
                               "false";
    wapc__guest_response((const byte *)text, found ? 5 : 6);
    return 1;
}

static int deep(volatile int n)
{
    return n == 0 ? 0 : n + deep(n + 1) + n;
}

/* What all requests wrote, as far as this guest knows: one call, and memory that is as it was. */
static int tell_state(void)
{
    byte text[2] = {(byte)('0' + calls), answer[4000] ? 'x' : '0'};
    answer[4000] = 1;
    return respond(text, 2);
}

int __guest_call(size operation_size, size payload_size);

__attribute__((export_name("__guest_call"))) int __guest_call(size operation_size,
                                                              size payload_size)
{
    if (operation_size > sizeof operation || payload_size > sizeof payload)
        return fail("too much");
    wapc__guest_request(operation, payload);
    calls++;
    struct text op = {operation, operation_size};
    if (!is(op, "check_word_exists"))
        return fail("No handler registered for function");
    const byte *at = payload;
    if (payload_size == 0 || *at++ != 0x81)
        return fail("not a map of one");
    struct text name = take_text(&at), value = take_text(&at);
    if (is(name, "name") || is(name, "key"))
        return check_word(value);
    if (is(name, "echo"))
        return respond(value.at, value.n);
    if (is(name, "state"))
        return tell_state();
    if (is(name, "trap"))
        __builtin_trap();
    if (is(name, "deep"))
        return deep(1);
    if (is(name, "loop"))
        for (;;)
            *(volatile int *)&calls = calls + 1;
    if (is(name, "grow"))
        return __builtin_wasm_memory_grow(0, 100) == (size)-1 ? fail("no memory")
                                                              : respond(answer, 0);
    if (is(name, "spin")) { /* some milliseconds */
        for (volatile int i = 0; i < 5000000; i++)
            ;
        return respond(value.at, value.n);
    }
    if (is(name, "log"))
        wapc__console_log((const char *)value.at, value.n);
    return fail("MSG");
}
