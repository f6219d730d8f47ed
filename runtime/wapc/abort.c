/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * env.abort: what AssemblyScript calls for a failed assertion or an exception. Its strings are
 * UTF-16, with their size in bytes in the word before them. Becomes a trap with the message.
 */
#include "runtime/wapc/wapc.h"

#include <stdio.h>
#include <string.h>

enum { MAX_UNITS = 100 };

/* The string at the address, or as much of it as is there. */
static w2s_wapc_bytes string_at(const w2s_wapc *guest, w2s_instance *caller, uint32_t address)
{
    w2s_wapc_bytes head, text = {NULL, 0};
    uint32_t size = 0;
    w2s_value at[2] = {{.i32 = (int32_t)(address - 4)}, {.i32 = 4}};
    if (address < 4 || !wapc_bytes_get(guest, caller, at, &head))
        return text;
    memcpy(&size, head.data, sizeof size);
    size = size > 2 * MAX_UNITS ? 2 * MAX_UNITS : size & ~1u;
    at[0].i32 = (int32_t)address;
    at[1].i32 = (int32_t)size;
    wapc_bytes_get(guest, caller, at, &text);
    return text;
}

/* Printable ASCII as it is; the rest, surrogates too, as '?': this is for a message. */
static void text_get(w2s_wapc_bytes string, char *text)
{
    size_t count = string.size / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned unit = string.data[2 * i] | (unsigned)string.data[2 * i + 1] << 8;
        text[i] = unit >= ' ' && unit < 0x7f ? (char)unit : '?';
    }
    text[count] = '\0';
}

w2s_trap *wapc_abort(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    (void)results;
    const w2s_wapc *guest = env;
    char message[MAX_UNITS + 1], file[MAX_UNITS + 1], text[2 * MAX_UNITS + 60];
    text_get(string_at(guest, caller, (uint32_t)args[0].i32), message);
    text_get(string_at(guest, caller, (uint32_t)args[1].i32), file);
    snprintf(text, sizeof text, "abort: %s at %s:%u:%u", message, file, (unsigned)args[2].i32,
             (unsigned)args[3].i32);
    w2s_instance *instance = caller ? caller : guest->instance;
    return instance ? w2s_trap_new(w2s_instance_store(instance), text)
                    : rt_trap_make(W2S_TRAP_UNREACHABLE);
}
