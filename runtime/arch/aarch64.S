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
    stp x19, x20, [x29, #16]
    stp x21, x22, [x29, #32]
    stp x23, x24, [x29, #48]
    stp x25, x26, [x29, #64]
    stp x27, x28, [x29, #80]
    stp d8, d9, [x29, #96]
    stp d10, d11, [x29, #112]
    stp d12, d13, [x29, #128]
    stp d14, d15, [x29, #144]
    .cfi_offset x19, -144
    .cfi_offset x20, -136
    .cfi_offset x21, -128
    .cfi_offset x22, -120
    .cfi_offset x23, -112
    .cfi_offset x24, -104
    .cfi_offset x25, -96
    .cfi_offset x26, -88
    .cfi_offset x27, -80
    .cfi_offset x28, -72
    .cfi_offset d8, -64
    .cfi_offset d9, -56
    .cfi_offset d10, -48
    .cfi_offset d11, -40
    .cfi_offset d12, -32
    .cfi_offset d13, -24
    .cfi_offset d14, -16
    .cfi_offset d15, -8
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
    ldp x19, x20, [x29, #16]
    ldp x21, x22, [x29, #32]
    ldp x23, x24, [x29, #48]
    ldp x25, x26, [x29, #64]
    ldp x27, x28, [x29, #80]
    ldp d8, d9, [x29, #96]
    ldp d10, d11, [x29, #112]
    ldp d12, d13, [x29, #128]
    ldp d14, d15, [x29, #144]
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
    mov w0, #1
    b .Lleave
    .cfi_endproc
    .size rt_unwind, . - rt_unwind
    .size rt_enter, . - rt_enter

/* Any signature; the binding in x20: rt_host_call(binding, regs, stack arguments). */
    .globl rt_host_entry
    .hidden rt_host_entry
    .type rt_host_entry, %function
    .p2align 4
rt_host_entry:
    .cfi_startproc
    sign_return
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
    mov x0, x20
    add x1, sp, #16
    add x2, sp, #208
    bl rt_host_call
    ldp x0, x1, [sp, #16]
    ldp q0, q1, [sp, #80]
    ldp x29, x30, [sp], #208
    .cfi_def_cfa sp, 0
    check_return
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
