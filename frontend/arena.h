/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bump allocator. Everything the compiler makes of one module lives in an arena and goes with it;
 * nothing is freed one by one. Memory comes back zeroed. When the system has no more memory the
 * arena calls its out-of-memory handler, which must not return (the compile ends with an error);
 * without a handler the process ends with a message. Not thread-safe: one arena, one thread.
 */
#ifndef FRONTEND_ARENA_H
#define FRONTEND_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* the block allocations come from; older ones behind it */
    void (*out_of_memory)(void *env);
    void *env;
};

/* n zeroed bytes, aligned for any type. n may be 0; the result is never NULL. */
void *arena_alloc(struct arena *arena, size_t n);

/* Zeroed array of count elements of size bytes; overflow counts as out of memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Grows an array made by arena_array from old_count to new_count elements (copies, or extends in
 * place at the end of the block); the new elements are zero. */
void *arena_grow(struct arena *arena, void *array, size_t old_count, size_t new_count, size_t size);

/* NUL-terminated copy of n bytes. */
char *arena_string(struct arena *arena, const char *bytes, size_t n);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes everything in the arena available again; keeps one block. */
void arena_reset(struct arena *arena);

/* Returns all memory; the arena is empty and usable afterwards. */
void arena_free(struct arena *arena);

#endif
