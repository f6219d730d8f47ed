/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Collects exceptions that no frame refers to. An exnref lives in registers and frames of wasm
 * functions only, as whatever else it is stored in makes it kept (exception.h). So the roots are
 * the words of the stack, from here to the outermost entry of the store, and any word in there that
 * points into an exception counts as a reference to it: conservative, and without a word from
 * generated code.
 *
 * It runs when twice as many exceptions are there as were left the last time. Where the entries of
 * the store are not all on this stack (coroutines), nothing is collected.
 */
#include "runtime/arch.h"
#include "runtime/exception.h"

#include <stdlib.h>

enum { FEWEST = 4096, WORDS_PER_EXCEPTION = 256 };

struct collection {
    struct rt_exception **all; /* by address */
    size_t count;
    uintptr_t low, high; /* of all of them */
};

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t)*(struct rt_exception *const *)a;
    uintptr_t y = (uintptr_t)*(struct rt_exception *const *)b;
    return (x > y) - (x < y);
}

static uintptr_t end_of(const struct rt_exception *e)
{
    return (uintptr_t)(e->values + e->value_count);
}

static bool collection_make(struct collection *c, const w2s_store *store)
{
    c->all = malloc(store->exception_count * sizeof(struct rt_exception *));
    c->count = 0;
    if (!c->all)
        return false;
    for (struct rt_exception *e = store->exceptions; e; e = e->next) {
        e->marked = e->kept || e->in_trap;
        c->all[c->count++] = e;
    }
    qsort(c->all, c->count, sizeof(struct rt_exception *), by_address);
    c->low = (uintptr_t)c->all[0];
    c->high = end_of(c->all[c->count - 1]);
    return true;
}

/* Marks the exception that contains the address, if there is one; its end counts as inside. */
static void mark(const struct collection *c, uintptr_t address)
{
    size_t low = 0, high = c->count; /* the last that does not begin behind address */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)c->all[middle] <= address)
            low = middle;
        else
            high = middle;
    }
    if (address <= end_of(c->all[low]))
        c->all[low]->marked = true;
}

/* Reads what other functions have in their frames. */
__attribute__((noinline, no_sanitize("address"))) static void mark_stack(const struct collection *c,
                                                                         uintptr_t top)
{
    const uintptr_t *word = __builtin_frame_address(0);
    for (; (uintptr_t)word < top; word++)
        if (*word - c->low <= c->high - c->low)
            mark(c, *word);
}

static void sweep(const struct collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->all[i]->marked)
            rt_exception_free(c->all[i]);
}

/* The outermost entry of the store, if all of them are on the stack that sp is on; else 0. */
static uintptr_t stack_top(const w2s_store *store, uintptr_t sp)
{
    const struct rt_thread *thread = &rt_thread;
    uintptr_t top = sp;
    for (const struct rt_activation *a = store->top; a; a = a->store_outer) {
        if (a->frame < top)
            return 0;
        top = a->frame;
    }
    return sp >= thread->stack_low && top < thread->stack_high ? top : 0;
}

/* Noinline: the registers that __builtin_unwind_init saves are above the frame of mark_stack. */
__attribute__((noinline)) static void collect(w2s_store *store, uintptr_t top)
{
    __builtin_unwind_init();
    struct collection c;
    if (!collection_make(&c, store))
        return;
    mark_stack(&c, top);
    sweep(&c);
    free(c.all);
}

void rt_exception_collect(w2s_store *store)
{
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0), top = stack_top(store, sp);
    if (top && store->exception_count)
        collect(store, top);
    size_t next = 2 * store->exception_count;
    if (next < FEWEST)
        next = FEWEST;
    if (top && next < (top - sp) / sizeof(uintptr_t) / WORDS_PER_EXCEPTION)
        next = (top - sp) / sizeof(uintptr_t) / WORDS_PER_EXCEPTION;
    store->collect_at = next;
}
