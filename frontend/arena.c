/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Bump allocation from a chain of zeroed blocks. A request larger than a quarter of a block gets a
 * block of its own behind the head, so that the rest of the head stays in use. This is the only
 * place in the compiler that ends the process, and only where no out-of-memory handler is set.
 */
#include "frontend/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, BIG = BLOCK_SIZE / 4, ALIGNMENT = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *prev;
    size_t size, used; /* bytes of data[] */
    _Alignas(max_align_t) unsigned char data[];
};

static _Noreturn void out_of_memory(struct arena *arena)
{
    if (arena->out_of_memory)
        arena->out_of_memory(arena->env);
    fputs("wasm2so: out of memory\n", stderr);
    exit(1);
}

static struct arena_block *block_new(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_block))
        out_of_memory(arena);
    struct arena_block *block = calloc(1, sizeof *block + size);
    if (!block)
        out_of_memory(arena);
    block->size = size;
    return block;
}

static size_t round_up(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX - ALIGNMENT)
        out_of_memory(arena);
    return n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* A block for this one allocation; the head stays the head. */
static void *alloc_big(struct arena *arena, size_t n)
{
    struct arena_block *block = block_new(arena, n);
    block->used = n;
    if (arena->head) {
        block->prev = arena->head->prev;
        arena->head->prev = block;
    } else {
        arena->head = block;
    }
    return block->data;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    n = round_up(arena, n);
    struct arena_block *head = arena->head;
    if (!head || n > head->size - head->used) {
        if (n > BIG)
            return alloc_big(arena, n);
        head = block_new(arena, BLOCK_SIZE);
        head->prev = arena->head;
        arena->head = head;
    }
    void *p = head->data + head->used;
    head->used += n;
    return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        out_of_memory(arena);
    return arena_alloc(arena, count * size);
}

void *arena_grow(struct arena *arena, void *array, size_t old_count, size_t new_count, size_t size)
{
    if (size != 0 && new_count > SIZE_MAX / size)
        out_of_memory(arena);
    size_t old_size = old_count * size, new_size = new_count * size;
    if (!array)
        return arena_alloc(arena, new_size);
    size_t old_room = round_up(arena, old_size), new_room = round_up(arena, new_size);
    if (new_room <= old_room)
        return array;
    struct arena_block *head = arena->head;
    if ((unsigned char *)array + old_room == head->data + head->used &&
        new_room - old_room <= head->size - head->used) {
        head->used += new_room - old_room;
        return array;
    }
    void *copy = arena_alloc(arena, new_size);
    if (old_size != 0)
        memcpy(copy, array, old_size);
    return copy;
}

char *arena_string(struct arena *arena, const char *bytes, size_t n)
{
    if (n == SIZE_MAX)
        out_of_memory(arena);
    char *copy = arena_alloc(arena, n + 1);
    if (n != 0)
        memcpy(copy, bytes, n);
    return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0)
        return arena_string(arena, "", 0);
    char *text = arena_alloc(arena, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    return text;
}

static void free_chain(struct arena_block *block)
{
    while (block) {
        struct arena_block *prev = block->prev;
        free(block);
        block = prev;
    }
}

void arena_reset(struct arena *arena)
{
    struct arena_block *head = arena->head;
    if (!head)
        return;
    free_chain(head->prev);
    head->prev = NULL;
    memset(head->data, 0, head->used);
    head->used = 0;
}

void arena_free(struct arena *arena)
{
    free_chain(arena->head);
    arena->head = NULL;
}
