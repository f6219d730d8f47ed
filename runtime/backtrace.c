/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Backtraces: libgcc's unwinder walks the stack by the .eh_frame of whoever is on it (the fault
 * handler's frame leads it to the interrupted code), and code addresses in loaded modules become
 * functions by the descriptors' tables. Both the frames kept and the frames walked are limited.
 */
#include "runtime/arch.h"
#include "runtime/runtime.h"

#include <unwind.h>

enum { MAX_WALKED = 512 };

struct walk {
    struct rt_frame *frames;
    size_t count;
    unsigned walked;
};

/* Where the body of a function is: code is but an entry to one of the tail convention. */
static uintptr_t body(const struct w2s_module_desc *desc, uint32_t index)
{
    void *tail = rt_func_tail_code(desc, index);
    return (uintptr_t)(tail ? tail : rt_func_code(desc, index));
}

/* The function that contains pc: the one with the greatest start not above it. */
static bool locate(w2s_module *module, uintptr_t pc, struct rt_frame *frame)
{
    const struct w2s_module_desc *d = module->desc;
    uintptr_t best = 0;
    for (uint32_t i = d->import_func_count; i < d->func_count; i++) {
        uintptr_t start = body(d, i);
        if (start <= pc && start > best) {
            best = start;
            *frame = (struct rt_frame){module, i, pc - start};
        }
    }
    return best != 0;
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *arg)
{
    struct walk *walk = arg;
    int exact = 0; /* the frame was interrupted here; else this is a return address */
    uintptr_t pc = _Unwind_GetIPInfo(context, &exact);
    if (!pc || walk->walked++ == MAX_WALKED)
        return _URC_END_OF_STACK;
    pc -= !exact;
    struct rt_frame *frame = &walk->frames[walk->count];
    if (pc >= (uintptr_t)rt_host_entry && pc < (uintptr_t)rt_host_entry_end) {
        *frame = (struct rt_frame){NULL, W2S_NONE, 0};
        walk->count++;
    } else {
        w2s_module *module = rt_text_find(pc);
        if (module && locate(module, pc, frame))
            walk->count++;
    }
    return walk->count == RT_MAX_FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

size_t rt_backtrace(struct rt_frame frames[RT_MAX_FRAMES])
{
    struct walk walk = {.frames = frames};
    _Unwind_Backtrace(visit, &walk);
    return walk.count;
}

const char *rt_func_name(const struct w2s_module_desc *desc, uint32_t index)
{
    const int32_t *name = &desc->funcs[index].name;
    if (*name)
        return (const char *)((uintptr_t)name + (uintptr_t)(intptr_t)*name);
    for (uint32_t i = 0; i < desc->export_count; i++)
        if (desc->exports[i].kind == W2S_FUNC && desc->exports[i].index == index)
            return desc->exports[i].name.bytes;
    return NULL;
}
