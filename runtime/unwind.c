/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Throwing: one walk up the stack by libgcc's unwinder (_Unwind_ForcedUnwind), to the first call
 * with a landing pad or to rt_enter, whichever comes first. A landing pad takes every exception
 * (the code behind it compares tags and throws again), so a search phase would find nothing that
 * the walk does not. What reaches rt_enter is unhandled in this entry and ends it like a trap,
 * made before any frame is gone, so its backtrace is whole. Frames of the host lie behind rt_enter
 * and are never unwound.
 *
 * The personality reads the tables that LLVM writes, in the form of the Itanium C++ ABI: of a
 * function's call sites only where they are and where they land counts. Exceptions of others, a
 * thread's cancellation for example, pass.
 */
#include "runtime/arch.h"
#include "runtime/exception.h"

#include <string.h>

#define EXCEPTION_CLASS UINT64_C(0x7732732e7761736d) /* "w2s.wasm" */

/* ---- the table of a function ---- */

enum { ENCODING_OMIT = 0xff, ENCODING_ULEB128 = 0x01, ENCODING_UDATA4 = 0x03 };

static uint64_t read_uleb(const uint8_t **p)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*p)++;
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    return value;
}

static uint64_t read_offset(const uint8_t **p, uint8_t encoding)
{
    uint32_t value;
    if (encoding == ENCODING_ULEB128)
        return read_uleb(p);
    memcpy(&value, *p, sizeof value);
    *p += sizeof value;
    return value;
}

/* Offset of the landing pad of the call at offset at, both from the start of the function; 0 if
 * there is none. */
static uint64_t find_landing_pad(const uint8_t *p, uint64_t at)
{
    if (*p++ != ENCODING_OMIT) /* landing pads count from elsewhere: not in code of ours */
        return 0;
    if (*p++ != ENCODING_OMIT)
        read_uleb(&p); /* where the types are */
    uint8_t encoding = *p++;
    if (encoding != ENCODING_ULEB128 && encoding != ENCODING_UDATA4)
        return 0;
    uint64_t size = read_uleb(&p);
    for (const uint8_t *end = p + size; p < end;) {
        uint64_t start = read_offset(&p, encoding), length = read_offset(&p, encoding);
        uint64_t landing = read_offset(&p, encoding);
        read_uleb(&p); /* actions */
        if (at - start < length)
            return landing;
    }
    return 0;
}

uint32_t w2s_rt_personality(uint32_t version, uint32_t actions, uint64_t class, void *header,
                            void *frame)
{
    struct _Unwind_Context *context = frame;
    if (version != 1)
        return _URC_FATAL_PHASE1_ERROR;
    const uint8_t *table = (const uint8_t *)_Unwind_GetLanguageSpecificData(context);
    if (class != EXCEPTION_CLASS || !(actions & _UA_CLEANUP_PHASE) || !table)
        return _URC_CONTINUE_UNWIND;
    uintptr_t start = _Unwind_GetRegionStart(context);
    uint64_t landing = find_landing_pad(table, _Unwind_GetIP(context) - 1 - start);
    if (!landing)
        return _URC_CONTINUE_UNWIND;
    struct rt_exception *e = header;
    _Unwind_SetGR(context, __builtin_eh_return_data_regno(0), (uintptr_t)&e->pub);
    _Unwind_SetGR(context, __builtin_eh_return_data_regno(1), 0);
    _Unwind_SetIP(context, start + landing);
    return _URC_INSTALL_CONTEXT;
}

/* ---- the walk ---- */

/* Nobody in this entry handles it. */
static _Noreturn void end_entry(struct rt_exception *e)
{
    w2s_store *store = e->store;
    w2s_trap *trap = rt_trap_of_exception(e);
    rt_trap_locate(trap);
    rt_trap_throw(store, trap);
}

static _Unwind_Reason_Code visit(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                 struct _Unwind_Exception *header, struct _Unwind_Context *context,
                                 void *arg)
{
    (void)version, (void)class, (void)header;
    uintptr_t pc = _Unwind_GetIP(context);
    if (rt_is_entry(pc) || (actions & _UA_END_OF_STACK))
        end_entry(arg);
    return _URC_NO_REASON;
}

/* Not inlined: its caller's frame has to be given up before (sanitizers). */
__attribute__((noinline)) _Noreturn void rt_exception_throw(struct rt_exception *e)
{
    e->unwind.exception_class = EXCEPTION_CLASS;
    e->unwind.exception_cleanup = NULL;
    _Unwind_ForcedUnwind(&e->unwind, visit, e);
    end_entry(e); /* the stack cannot be read */
}

void w2s_rt_exception_throw(void *ctx, void *exception)
{
    (void)ctx;
    struct rt_exception *e = rt_exception_of(exception);
    w2s_trap_free(e->trap); /* of an earlier throw */
    e->trap = NULL;
    rt_exception_throw(e);
}
