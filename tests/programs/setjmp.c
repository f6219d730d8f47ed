/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * setjmp.c: what clang calls for setjmp and longjmp: it numbers the setjmps of a function, asks on
 * a jump which of them is meant (0: none of this function's), and catches the tag __c_longjmp.
 */
#include "setjmp.h"

enum { TAG_C_LONGJMP = 1 };

void __wasm_setjmp(struct jump_buffer *buffer, uint32_t label, void *frame)
{
    buffer->frame = frame;
    buffer->label = label;
}

uint32_t __wasm_setjmp_test(const struct jump_buffer *buffer, const void *frame)
{
    return buffer->frame == frame ? buffer->label : 0;
}

_Noreturn void __wasm_longjmp(struct jump_buffer *buffer, int value)
{
    buffer->thrown.buffer = buffer;
    buffer->thrown.value = value ? value : 1;
    __builtin_wasm_throw(TAG_C_LONGJMP, &buffer->thrown);
}
