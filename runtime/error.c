/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Errors of the embedding API: a kind and one line of text, in a struct the caller owns.
 */
#include "runtime/runtime.h"

#include <stdarg.h>
#include <stdio.h>

bool rt_fail(w2s_error *err, enum w2s_error_kind kind, const char *format, ...)
{
    if (!err)
        return false;
    err->kind = kind;
    va_list args;
    va_start(args, format);
    if (vsnprintf(err->message, sizeof err->message, format, args) < 0)
        err->message[0] = 0;
    va_end(args);
    /* Names of hostile modules end up in messages: keep them one line of plain text. */
    for (char *p = err->message; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    return false;
}

bool rt_fail_memory(w2s_error *err)
{
    return rt_fail(err, W2S_ERROR_MEMORY, "out of memory");
}
