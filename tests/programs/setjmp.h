/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * setjmp.h: setjmp for programs compiled for WASI, whose C library has none: clang makes it of
 * WebAssembly exceptions (-mllvm -wasm-enable-sjlj), with the help of setjmp.c.
 */
#ifndef TESTS_PROGRAMS_SETJMP_H
#define TESTS_PROGRAMS_SETJMP_H

#include <stdint.h>

struct jump_buffer {
    void *frame;    /* of the function that called setjmp */
    uint32_t label; /* which setjmp in it */
    struct {
        void *buffer;
        int value;
    } thrown;
};

typedef struct jump_buffer jmp_buf[1];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf buffer) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf buffer, int value);

#endif
