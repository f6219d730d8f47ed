/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The code of the module of tests/abi/module.c, by hand, for x86-64: ctx in r13, C's convention for
 * the rest. Offsets are those that module.c states. Never changed: what is here runs for ever.
 */
    .section w2s_text, "ax", @progbits

    .macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    .endm

    .macro end_function
    .cfi_endproc
    .endm

function abi_add /* (i32, i32) -> i32 */
    leal (%rdi, %rsi), %eax
    retq
end_function

function abi_load /* (i32) -> i32; the guard pages trap */
    movq 0(%r13), %rax
    movl %edi, %edi
    movl (%rax, %rdi), %eax
    retq
end_function

function abi_call_host /* (i32) -> i32: env.host of it, plus 1 */
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    movq %r13, %rbx
    movq 32(%r13), %rax
    movq 40(%r13), %r13
    callq *%rax
    movq %rbx, %r13
    incl %eax
    popq %rbx
    .cfi_adjust_cfa_offset -8
    retq
end_function

function abi_indirect /* (i32 index, i32) -> i32 through the table, checked as code does it */
    movq 64(%r13), %rax
    movl %edi, %edi
    cmpq 8(%rax), %rdi
    jae 1f
    movq (%rax), %rax
    movq (%rax, %rdi, 8), %rax
    testq %rax, %rax
    jz 2f
    movabsq $0x3698e9738c9e880d, %rcx
    cmpq %rcx, 8(%rax)
    jne 3f
    pushq %r13
    .cfi_adjust_cfa_offset 8
    movl %esi, %edi
    movq 16(%rax), %r13
    callq *(%rax)
    popq %r13
    .cfi_adjust_cfa_offset -8
    retq
1:  movl $4, %esi
    jmp 4f
2:  movl $5, %esi
    jmp 4f
3:  movl $6, %esi
4:  pushq %rax
    .cfi_adjust_cfa_offset 8
    movq %r13, %rdi
    movl $0x20, %edx
    callq *w2s_rt_trap@GOTPCREL(%rip)
    ud2
end_function

function abi_double /* (i32) -> i32 */
    leal (%rdi, %rdi), %eax
    retq
end_function

function abi_count /* () -> (i32, i64): the global, and one more each time */
    movl 464(%r13), %eax
    incl 464(%r13)
    movslq %eax, %rdx
    retq
end_function

function abi_three /* (i32) -> (i32, i32, i32), in 16-byte slots */
    movl %esi, 0(%rdi)
    incl %esi
    movl %esi, 16(%rdi)
    incl %esi
    movl %esi, 32(%rdi)
    retq
end_function

function abi_grow /* (i32) -> i32 */
    pushq %rax
    .cfi_adjust_cfa_offset 8
    movl %edi, %edx
    movq %r13, %rdi
    xorl %esi, %esi
    callq *w2s_rt_memory_grow@GOTPCREL(%rip)
    popq %rcx
    .cfi_adjust_cfa_offset -8
    retq
end_function

function abi_start /* the start function: global + 5 */
    addl $5, 464(%r13)
    retq
end_function

    .text
/* int32_t abi_add(w2s_instance *, int32_t, int32_t), as the stubs of compiled modules. */
    .globl abi_direct_add
    .type abi_direct_add, @function
    .p2align 4
abi_direct_add:
    .cfi_startproc
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_offset %r13, -16
    movq %rdi, %r13
    movl %esi, %edi
    movl %edx, %esi
    leaq abi_direct(%rip), %r10
    callq *w2s_rt_direct_enter@GOTPCREL(%rip)
    popq %r13
    .cfi_adjust_cfa_offset -8
    retq
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
