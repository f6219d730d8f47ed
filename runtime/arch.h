/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the runtime knows of the target CPU: how many argument registers it has, where a signal
 * context keeps them, and the assembly entries of arch/<cpu>.S. No other header looks at the CPU.
 *
 * The register block (struct rt_regs) carries the argument registers into a call and the result
 * registers out of it; offsets in the assembly files are asserted here.
 */
#ifndef RUNTIME_ARCH_H
#define RUNTIME_ARCH_H

#include <linux/audit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#pragma GCC visibility push(hidden)

struct rt_regs {
    uint64_t integers[8]; /* results: the first two */
    _Alignas(16) uint8_t vectors[8][16];
};

/* One entry from host into generated code. Lives on the stack of rt_call or in the frame of
 * w2s_rt_direct_enter. */
struct rt_activation {
    uintptr_t frame; /* frame pointer of the entry: all that is needed to unwind to it */
    union {
        uint64_t uses_vectors; /* rt_enter: load the vector registers */
        void *buffer;          /* direct: where results go that do not fit registers */
    };
    struct rt_activation *thread_outer; /* next older on this thread */
    struct rt_activation *store_outer;  /* and of this store */
    struct w2s_store *store;
    struct w2s_trap *trap;           /* why it was unwound */
    const struct w2s_direct *direct; /* of w2s_rt_direct_enter; NULL: this is rt_enter's */
};

_Static_assert(offsetof(struct rt_regs, vectors) == 64, "arch/*.S");
_Static_assert(sizeof(struct rt_regs) == 192, "arch/*.S");
_Static_assert(offsetof(struct rt_activation, uses_vectors) == 8, "arch/*.S");
_Static_assert(offsetof(struct rt_activation, thread_outer) == 16, "arch/*.S");
_Static_assert(offsetof(struct rt_activation, store_outer) == 24, "arch/*.S");
_Static_assert(offsetof(struct rt_activation, trap) == 40, "arch/*.S");
_Static_assert(offsetof(struct rt_activation, direct) == 48, "arch/*.S");

/* Calls code with ctx in the swiftself register, the argument registers of regs and stack_words
 * (even) words of stack arguments. Returns 0 with the result registers in regs; not 0 if the
 * activation was unwound. */
int rt_enter(void *code, void *ctx, struct rt_regs *regs, const void *stack, uint64_t stack_words,
             struct rt_activation *activation);
/* Ends generated code: makes the rt_enter of the activation return 1, or w2s_rt_direct_enter
 * return zeros. */
_Noreturn void rt_unwind(struct rt_activation *activation);
/* Whether a return address lies in one of the two. */
static inline bool rt_is_entry(uintptr_t pc)
{
    extern const char rt_entries[], rt_entries_end[];
    return pc > (uintptr_t)rt_entries && pc <= (uintptr_t)rt_entries_end;
}
/* Goes on for code that a fault has interrupted, on the stack of that code, as if it had been
 * called there: makes the trap (rt_fault_trap) and unwinds. Only rt_context_trap leads here. */
void rt_fault(void);
/* Code of every host function: hands its registers to rt_host_call. */
void rt_host_entry(void);
extern const char rt_host_entry_end[];

#if defined(__x86_64__)

enum { RT_INTEGER_REGS = 6, RT_VECTOR_REGS = 8 };

#define RT_AUDIT_ARCH AUDIT_ARCH_X86_64 /* the kernel's name for the calling convention */

static inline uintptr_t rt_context_pc(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

/* Makes the interrupted code go on in rt_fault, which finds the address of the fault 144 bytes
 * below its stack pointer, under the red zone. */
static inline void rt_context_trap(ucontext_t *context, uint32_t kind)
{
    greg_t *regs = context->uc_mcontext.gregs;
    uint64_t *sp = (uint64_t *)(uintptr_t)(regs[REG_RSP] - 144);
    *sp = (uint64_t)regs[REG_RIP];
    regs[REG_RSP] = (greg_t)(uintptr_t)sp;
    regs[REG_RIP] = (greg_t)(uintptr_t)rt_fault;
    regs[REG_RDI] = (greg_t)kind;
}

#elif defined(__aarch64__)

enum { RT_INTEGER_REGS = 8, RT_VECTOR_REGS = 8 };

#define RT_AUDIT_ARCH AUDIT_ARCH_AARCH64

static inline uintptr_t rt_context_pc(const ucontext_t *context)
{
    return (uintptr_t)context->uc_mcontext.pc;
}

/* rt_fault finds the address of the fault and x30, which may be the only place of a return address,
 * below its stack pointer. */
static inline void rt_context_trap(ucontext_t *context, uint32_t kind)
{
    mcontext_t *m = &context->uc_mcontext;
    uint64_t *sp = (uint64_t *)(uintptr_t)(m->sp - 32);
    sp[2] = m->pc;
    sp[3] = m->regs[30];
    m->sp = (uintptr_t)sp;
    m->pc = (uintptr_t)rt_fault;
    m->regs[0] = kind;
}

#else
#error "wasm2so runs on x86-64 and AArch64"
#endif

#pragma GCC visibility pop

#endif
