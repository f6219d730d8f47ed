/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiling for the runner where LLVM is not: on a target under an emulator. The runner (remote.c)
 * starts the program that the environment names in SPEC_COMPILER and asks it, over a pipe, to make
 * a file of a module; the program (server.c) runs on the machine that emulates. Both have 64-bit
 * little-endian C, so structs go over the pipe as they are.
 */
#ifndef SPEC_TESTS_REMOTE_H
#define SPEC_TESTS_REMOTE_H

#include "codegen/include/wasm2so_compile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Followed by the bytes of target, cpu and output (each with its NUL) and of the module. The answer
 * is a w2s_compile_error, of kind 0 if the file was made. */
struct compile_request {
    int32_t level;
    uint32_t memory;
    uint8_t interruptible, fuel, deterministic, strict_traps, relaxed_traps, count_profile,
        reserved[2];
    uint64_t disabled;
    uint64_t target_size, cpu_size, output_size, module_size;
};

_Static_assert(sizeof(struct compile_request) == 56, "the same on both sides");
_Static_assert(offsetof(w2s_compile_error, message) == 28, "the same on both sides");
_Static_assert(sizeof(w2s_compile_error) == 288, "the same on both sides");

/* All of it, or false at the end of the stream. */
bool remote_read(int fd, void *to, size_t size);
bool remote_write(int fd, const void *from, size_t size);

#endif
