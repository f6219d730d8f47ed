/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Random calls of WASI functions, for fuzz_wasi.c: a guest is a memory and a source of numbers that
 * calls functions of a struct wasi, which others may use too.
 */
#ifndef TESTS_FUZZ_WASI_CALLS_H
#define TESTS_FUZZ_WASI_CALLS_H

#include "runtime/wasi/wasi.h"

enum { GUEST_MEMORY = 1 << 18 };

struct guest {
    struct wasi *wasi;
    uint64_t random;
    uint8_t *memory;   /* GUEST_MEMORY bytes between pages that are not there */
    const char *after; /* name of the last function called */
};

/* False, with a message, if the list of functions is not that of WASI. */
bool guest_list_is_whole(void);
bool guest_open(struct guest *guest, struct wasi *wasi, uint64_t seed);
void guest_close(struct guest *guest);
/* Makes one call, with arguments that make sense more often than not. */
enum wasi_errno guest_call(struct guest *guest);

/* The next number below n. */
uint64_t random_below(uint64_t *state, uint64_t n);

#endif
