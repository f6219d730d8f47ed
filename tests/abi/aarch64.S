/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The code of the module of tests/abi/module.c, by hand, for AArch64: ctx in x20, C's convention for
 * the rest. Offsets are those that module.c states. Never changed: what is here runs for ever.
 */
    .section w2s_text, "ax", %progbits

    .macro function name
    .globl \name
    .hidden \name
    .type \name, %function
    .p2align 4
\name:
    .cfi_startproc
    hint #34 /* bti c */
    .endm

    .macro end_function
    .cfi_endproc
    .endm

    .macro enter_frame
    stp x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    mov x29, sp
    str x20, [sp, #16]
    .cfi_offset x20, -16
    .endm

    .macro leave_frame
    ldr x20, [sp, #16]
    ldp x29, x30, [sp], #32
    .cfi_restore x20
    .cfi_def_cfa_offset 0
    .endm

    .macro call_runtime name
    adrp x16, :got:\name
    ldr x16, [x16, :got_lo12:\name]
    blr x16
    .endm

function abi_add /* (i32, i32) -> i32 */
    add w0, w0, w1
    ret
end_function

function abi_load /* (i32) -> i32; the guard pages trap */
    ldr x8, [x20]
    ldr w0, [x8, w0, uxtw]
    ret
end_function

function abi_call_host /* (i32) -> i32: env.host of it, plus 1 */
    enter_frame
    ldp x8, x20, [x20, #32]
    blr x8
    add w0, w0, #1
    leave_frame
    ret
end_function

function abi_indirect /* (i32 index, i32) -> i32 through the table, checked as code does it */
    enter_frame
    ldr x8, [x20, #64]
    mov w0, w0
    ldp x8, x9, [x8]
    cmp x0, x9
    b.hs 1f
    ldr x8, [x8, x0, lsl #3]
    cbz x8, 2f
    ldr x9, [x8, #8]
    movz x10, #0x880d
    movk x10, #0x8c9e, lsl #16
    movk x10, #0xe973, lsl #32
    movk x10, #0x3698, lsl #48
    cmp x9, x10
    b.ne 3f
    mov w0, w1
    ldr x20, [x8, #16]
    ldr x8, [x8]
    blr x8
    .cfi_remember_state
    leave_frame
    ret
    .cfi_restore_state
1:  mov w1, #4
    b 4f
2:  mov w1, #5
    b 4f
3:  mov w1, #6
4:  mov x0, x20
    mov w2, #0x20
    call_runtime w2s_rt_trap
    udf #0
end_function

function abi_double /* (i32) -> i32 */
    add w0, w0, w0
    ret
end_function

function abi_count /* () -> (i32, i64): the global, and one more each time */
    ldr w0, [x20, #464]
    add w8, w0, #1
    str w8, [x20, #464]
    sxtw x1, w0
    ret
end_function

function abi_three /* (i32) -> (i32, i32, i32), in 16-byte slots */
    str w1, [x0]
    add w1, w1, #1
    str w1, [x0, #16]
    add w1, w1, #1
    str w1, [x0, #32]
    ret
end_function

function abi_grow /* (i32) -> i32 */
    enter_frame
    mov w2, w0
    mov x0, x20
    mov w1, #0
    call_runtime w2s_rt_memory_grow
    leave_frame
    ret
end_function

function abi_start /* the start function: global + 5 */
    ldr w8, [x20, #464]
    add w8, w8, #5
    str w8, [x20, #464]
    ret
end_function

    .text
/* int32_t abi_add(w2s_instance *, int32_t, int32_t), as the stubs of compiled modules. */
    .globl abi_direct_add
    .type abi_direct_add, %function
    .p2align 4
abi_direct_add:
    .cfi_startproc
    hint #34
    enter_frame
    mov x20, x0
    mov w0, w1
    mov w1, w2
    adrp x18, abi_direct
    add x18, x18, :lo12:abi_direct
    call_runtime w2s_rt_direct_enter
    leave_frame
    ret
    .cfi_endproc

    .section .note.GNU-stack, "", %progbits
