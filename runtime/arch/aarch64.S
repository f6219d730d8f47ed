/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Entry to generated code, unwinding from it, and entry to host functions, for AArch64 (AAPCS64).
 * Prototypes and the layouts used here are in runtime/arch.h. ctx travels in x20. The frames have
 * call frame information, so backtraces pass through them. Entries are landing pads of indirect
 * branches and sign their return address; on CPUs without, these instructions do nothing.
 */
    .text

    .macro sign_return /* paciasp: a landing pad as well */
    hint #25
    .cfi_negate_ra_state
    .endm

    .macro check_return /* autiasp */
    hint #29
    .cfi_negate_ra_state
    .endm

    .globl rt_entries
    .hidden rt_entries
rt_entries:

/* The callee-saved registers, from x29 + 16 up. */
    .macro save_registers
    stp x19, x20, [x29, #16]
    stp x21, x22, [x29, #32]
    stp x23, x24, [x29, #48]
    stp x25, x26, [x29, #64]
    stp x27, x28, [x29, #80]
    stp d8, d9, [x29, #96]
    stp d10, d11, [x29, #112]
    stp d12, d13, [x29, #128]
    stp d14, d15, [x29, #144]
    .endm

    .macro restore_registers
    ldp x19, x20, [x29, #16]
    ldp x21, x22, [x29, #32]
    ldp x23, x24, [x29, #48]
    ldp x25, x26, [x29, #64]
    ldp x27, x28, [x29, #80]
    ldp d8, d9, [x29, #96]
    ldp d10, d11, [x29, #112]
    ldp d12, d13, [x29, #128]
    ldp d14, d15, [x29, #144]
    .endm

/* Where they are: frame is the CFA's distance from x29. */
    .macro registers_saved frame
    .cfi_offset x19, 16 - \frame
    .cfi_offset x20, 24 - \frame
    .cfi_offset x21, 32 - \frame
    .cfi_offset x22, 40 - \frame
    .cfi_offset x23, 48 - \frame
    .cfi_offset x24, 56 - \frame
    .cfi_offset x25, 64 - \frame
    .cfi_offset x26, 72 - \frame
    .cfi_offset x27, 80 - \frame
    .cfi_offset x28, 88 - \frame
    .cfi_offset d8, 96 - \frame
    .cfi_offset d9, 104 - \frame
    .cfi_offset d10, 112 - \frame
    .cfi_offset d11, 120 - \frame
    .cfi_offset d12, 128 - \frame
    .cfi_offset d13, 136 - \frame
    .cfi_offset d14, 144 - \frame
    .cfi_offset d15, 152 - \frame
    .endm

/* int rt_enter(code x0, ctx x1, regs x2, stack x3, stack_words x4, activation x5)
 * Frame, from x29 up: x29 x30, x19 to x28, d8 to d15. */
    .globl rt_enter
    .hidden rt_enter
    .type rt_enter, %function
    .p2align 4
rt_enter:
    .cfi_startproc
    sign_return
    stp x29, x30, [sp, #-160]!
    .cfi_def_cfa_offset 160
    .cfi_offset x29, -160
    .cfi_offset x30, -152
    mov x29, sp
    .cfi_def_cfa_register x29
    save_registers
    registers_saved 160
    str x29, [x5]
    mov x16, x0
    mov x20, x1
    mov x19, x2
    cbz x4, .Lstack_done
    add x3, x3, x4, lsl #3
.Lcopy_stack:
    ldp x6, x7, [x3, #-16]!
    stp x6, x7, [sp, #-16]!
    subs x4, x4, #2
    b.ne .Lcopy_stack
.Lstack_done:
    ldr x6, [x5, #8]
    cbz x6, .Lvectors_done
    ldp q0, q1, [x19, #64]
    ldp q2, q3, [x19, #96]
    ldp q4, q5, [x19, #128]
    ldp q6, q7, [x19, #160]
.Lvectors_done:
    ldp x0, x1, [x19]
    ldp x2, x3, [x19, #16]
    ldp x4, x5, [x19, #32]
    ldp x6, x7, [x19, #48]
    blr x16
    stp x0, x1, [x19]
    stp q0, q1, [x19, #64]
    mov w0, #0
.Lleave:
    mov sp, x29
    restore_registers
    .cfi_remember_state
    ldp x29, x30, [sp], #160
    .cfi_def_cfa sp, 0
    check_return
    ret
    .cfi_restore_state

/* void rt_unwind(activation x0): the stack pointer on arrival does not matter. */
    .globl rt_unwind
    .hidden rt_unwind
    .type rt_unwind, %function
rt_unwind:
    ldr x29, [x0]
    ldr x1, [x0, #48]
    mov w0, #1
    cbz x1, .Lleave
    b .Ldirect_unwound
    .cfi_endproc
    .size rt_unwind, . - rt_unwind
    .size rt_enter, . - rt_enter

/* (kind x0): where the handler leads interrupted code. The unwinder takes it for a signal frame: the
 * return address is that of an instruction which has not been executed. It has the number 96 here, as
 * in the C library's signal frames, because x30 is another register of the code interrupted. */
    .globl rt_fault
    .hidden rt_fault
    .type rt_fault, %function
rt_fault:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_return_column 96
    .cfi_def_cfa sp, 32
    .cfi_offset 96, -16
    .cfi_offset x30, -8
    stp x29, x30, [sp]
    .cfi_offset x29, -32
    mov x29, sp
    bl rt_fault_trap
    brk #1
    .cfi_endproc
    .size rt_fault, . - rt_fault

/* The address of rt_thread. */
    .macro thread_address to, scratch
    mrs \to, tpidr_el0
    adrp \scratch, :gottprel:rt_thread
    ldr \scratch, [\scratch, :gottprel_lo12:rt_thread]
    add \to, \to, \scratch
    .endm

/* Any signature; the instance in x20, struct w2s_direct in x18. Argument registers go through as they are.
 * The frame has an activation at its end (x29 + 160), which is linked as call.c does it. What is
 * not plain goes to rt_direct_slow: another stack than the last time, objects, a function that is
 * not the module's own. exec is the store: top 24, stack_thread 32, stack_from 40. */
    .globl w2s_rt_direct_enter
    .type w2s_rt_direct_enter, %function
    .p2align 4
w2s_rt_direct_enter:
    .cfi_startproc
    sign_return
.Ldirect_again:
    cbz x20, .Ldirect_find
    ldpsw x14, x9, [x18]
    ldp x16, x10, [x20]
    add x9, x9, x18
    cmp x9, x10
    b.ne .Ldirect_find
    ldr x9, [x16, #16]
    thread_address x10, x11
    ldr x11, [x10, #8]
    ldp x12, x13, [x9, #32]
    cmp x11, x12
    b.ne .Ldirect_slow
    cbz x14, .Ldirect_slow
    mov x15, sp
    sub x11, x15, x13
    cmp x11, #2, lsl #12 /* 8192 */
    b.hi .Ldirect_nested
.Ldirect_enter:
    stp x29, x30, [sp, #-224]!
    .cfi_def_cfa_offset 224
    .cfi_offset x29, -224
    .cfi_offset x30, -216
    mov x29, sp
    .cfi_def_cfa_register x29
    save_registers
    registers_saved 224
    ldr x11, [x9, #24]
    ldr x12, [x10]
    add x13, x29, #160
    stp x29, x0, [x29, #160]
    stp x12, x11, [x29, #176]
    stp x9, xzr, [x29, #192]
    str x18, [x29, #208]
    str x13, [x9, #24]
    str x13, [x10]
    mov x19, x9
    mov x21, x10
    ldr w11, [x18, #12]
    mov x20, x16
    add x14, x14, x18
    cbnz w11, .Ldirect_stack
.Ldirect_call:
    blr x14
.Ldirect_leave:
    ldp x12, x11, [x29, #176]
    str x11, [x19, #24]
    str x12, [x21]
    mov sp, x29
    restore_registers
    .cfi_remember_state
    ldp x29, x30, [sp], #224
    .cfi_def_cfa sp, 0
    check_return
    ret
    .cfi_restore_state

.Ldirect_stack:
    add x12, x29, #224
    add x12, x12, x11, lsl #3
.Ldirect_copy:
    ldp x15, x16, [x12, #-16]!
    stp x15, x16, [sp, #-16]!
    subs w11, w11, #2
    b.ne .Ldirect_copy
    b .Ldirect_call

.Ldirect_unwound:
    mov sp, x29
    add x0, x29, #160
    bl rt_direct_trapped
    ldr x19, [x29, #192]
    thread_address x21, x11
    mov x0, #0
    mov x1, #0
    movi v0.2d, #0
    movi v1.2d, #0
    b .Ldirect_leave
    .cfi_endproc

/* A call from a host function: the limit is right if the store's and the thread's innermost entry
 * is the same, and the stack pointer is between the two. */
.Ldirect_nested:
    .cfi_startproc
    .cfi_negate_ra_state
    ldr x11, [x10]
    ldr x12, [x9, #24]
    cbz x11, .Ldirect_slow
    cmp x11, x12
    b.ne .Ldirect_slow
    ldr x12, [x11]
    ldr x13, [x9]
    cmp x15, x12
    b.hs .Ldirect_slow
    cmp x15, x13
    b.hi .Ldirect_enter
.Ldirect_slow:
    b .Ldirect_slow_signed
.Ldirect_find:
    b .Ldirect_find_signed
    .cfi_endproc
    .size w2s_rt_direct_enter, . - w2s_rt_direct_enter
    .globl rt_entries_end
    .hidden rt_entries_end
rt_entries_end:

/* spill: a frame with the argument registers as struct rt_regs at sp + 16; unspill: its end, with
 * the result registers of there. The return address is signed already. */
    .macro spill
    stp x29, x30, [sp, #-208]!
    .cfi_def_cfa_offset 208
    .cfi_offset x29, -208
    .cfi_offset x30, -200
    mov x29, sp
    .cfi_def_cfa_register x29
    stp x0, x1, [sp, #16]
    stp x2, x3, [sp, #32]
    stp x4, x5, [sp, #48]
    stp x6, x7, [sp, #64]
    stp q0, q1, [sp, #80]
    stp q2, q3, [sp, #112]
    stp q4, q5, [sp, #144]
    stp q6, q7, [sp, #176]
    .endm

    .macro unspill
    ldp x0, x1, [sp, #16]
    ldp q0, q1, [sp, #80]
    ldp x29, x30, [sp], #208
    .cfi_def_cfa sp, 0
    check_return
    .endm

/* As w2s_rt_direct_enter: asks rt_direct_find(instance, direct, regs) and goes on with that. */
    .p2align 4
.Ldirect_find_signed:
    .cfi_startproc
    .cfi_negate_ra_state
    spill
    str x18, [sp, #-16]!
    mov x0, x20
    mov x1, x18
    add x2, x29, #16
    bl rt_direct_find
    ldr x18, [sp], #16
    mov x20, x0
    cbz x0, .Lno_instance
    ldp x0, x1, [sp, #16]
    ldp x2, x3, [sp, #32]
    ldp x4, x5, [sp, #48]
    ldp x6, x7, [sp, #64]
    ldp q0, q1, [sp, #80]
    ldp q2, q3, [sp, #112]
    ldp q4, q5, [sp, #144]
    ldp q6, q7, [sp, #176]
    .cfi_remember_state
    ldp x29, x30, [sp], #208
    .cfi_def_cfa sp, 0
    b .Ldirect_again
    .cfi_restore_state
.Lno_instance:
    unspill
    ret
    .cfi_endproc

/* As w2s_rt_direct_enter: rt_direct_slow(instance, direct, regs, stack arguments). */
    .p2align 4
.Ldirect_slow_signed:
    .cfi_startproc
    .cfi_negate_ra_state
    spill
    mov x0, x20
    mov x1, x18
    add x2, sp, #16
    add x3, sp, #208
    bl rt_direct_slow
    unspill
    ret
    .cfi_endproc

/* Any signature; the binding in x20: rt_host_call(binding, regs, stack arguments). */
    .globl rt_host_entry
    .hidden rt_host_entry
    .type rt_host_entry, %function
    .p2align 4
rt_host_entry:
    .cfi_startproc
    sign_return
    spill
    mov x0, x20
    add x1, sp, #16
    add x2, sp, #208
    bl rt_host_call
    unspill
    ret
    .cfi_endproc
    .size rt_host_entry, . - rt_host_entry
    .globl rt_host_entry_end
    .hidden rt_host_entry_end
rt_host_entry_end:

/* Marks the object: GNU_PROPERTY_AARCH64_FEATURE_1_AND, BTI and PAC. */
    .section .note.gnu.property, "a", %note
    .balign 8
    .word 4, 16, 5
    .asciz "GNU"
    .word 0xc0000000, 4, 3, 0

    .section .note.GNU-stack, "", %progbits
