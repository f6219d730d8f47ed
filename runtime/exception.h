/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to the runtime: exceptions as objects.
 *
 * An exception belongs to its store and is on the store's list. It goes away
 *  - when it is caught by its values and no exnref to it has been made (w2s_rt_exception_drop), or
 *  - with the trap that carried it to the host, under the same condition, or
 *  - when no wasm frame refers to it any more (exception_collect.c), or
 *  - with the store.
 * The frames are all that the collector looks at. So what is stored anywhere else is kept until the
 * store goes: in a table, a global, another exception, or by the host, which may have it anywhere.
 */
#ifndef RUNTIME_EXCEPTION_H
#define RUNTIME_EXCEPTION_H

#include "runtime/runtime.h"

#include <unwind.h>

#pragma GCC visibility push(hidden)

struct rt_exception {
    struct _Unwind_Exception unwind;   /* while it is thrown */
    struct rt_exception *next, **link; /* in the store's list */
    w2s_store *store;                  /* NULL once it is gone and only a trap has the exception */
    w2s_trap *trap;                    /* with which it crossed a host function, or NULL */
    uint32_t value_count;
    bool kept;    /* until the store goes */
    bool in_trap; /* a trap has it */
    bool marked;  /* by the collector */
    _Alignas(16) struct w2s_exception pub;
    w2s_value values[];
};

_Static_assert(offsetof(struct rt_exception, values) ==
                   offsetof(struct rt_exception, pub) + sizeof(struct w2s_exception),
               "values follow w2s_exception");

static inline struct rt_exception *rt_exception_of(void *pub)
{
    return (struct rt_exception *)(void *)((uint8_t *)pub - offsetof(struct rt_exception, pub));
}

/* NULL when out of memory. */
struct rt_exception *rt_exception_new(w2s_store *store, w2s_tag *tag);
void rt_exception_free(struct rt_exception *exception);
/* Frees it unless somebody may refer to it. */
void rt_exception_drop(struct rt_exception *exception);
/* The trap has gone that had the exception. */
void rt_exception_release(struct rt_exception *exception);
/* Frees those that nobody refers to, now and then. */
void rt_exception_collect(w2s_store *store);
/* Frees or detaches all of a store that goes. */
void rt_exceptions_free(w2s_store *store);

/* The trap that takes an exception to the host: the one it came with, else a new one. */
w2s_trap *rt_trap_of_exception(struct rt_exception *exception);
/* The exception that the trap took out of that store, with the trap now its; NULL for others. */
struct rt_exception *rt_exception_of_trap(w2s_trap *trap, const w2s_store *store);

/* Goes on in the innermost landing pad, or ends the innermost entry of the store (unwind.c). */
_Noreturn void rt_exception_throw(struct rt_exception *exception);

#pragma GCC visibility pop

#endif
