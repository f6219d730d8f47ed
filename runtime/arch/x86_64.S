/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Entry to generated code, unwinding from it, and entry to host functions, for x86-64 (System V).
 * Prototypes and the layouts used here are in runtime/arch.h. ctx travels in r13. The frames have
 * call frame information, so backtraces pass through them.
 */
    .text

    .globl rt_entries
    .hidden rt_entries
rt_entries:

/* int rt_enter(code rdi, ctx rsi, regs rdx, stack rcx, stack_words r8, activation r9) */
    .globl rt_enter
    .hidden rt_enter
    .type rt_enter, @function
    .p2align 4
rt_enter:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    subq $8, %rsp
    movq %rbp, (%r9)
    movq %rdi, %rax
    movq %rsi, %r13
    movq %rdx, %rbx
    testq %r8, %r8
    jnz .Lcopy_stack
.Lstack_done:
    cmpq $0, 8(%r9)
    jne .Lload_vectors
.Lvectors_done:
    movq (%rbx), %rdi
    movq 8(%rbx), %rsi
    movq 16(%rbx), %rdx
    movq 24(%rbx), %rcx
    movq 32(%rbx), %r8
    movq 40(%rbx), %r9
    callq *%rax
    movq %rax, (%rbx)
    movq %rdx, 8(%rbx)
    movaps %xmm0, 64(%rbx)
    movaps %xmm1, 80(%rbx)
    xorl %eax, %eax
.Lleave:
    leaq -40(%rbp), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    .cfi_remember_state
    popq %rbp
    .cfi_def_cfa %rsp, 8
    retq
    .cfi_restore_state

.Lcopy_stack:
    pushq -8(%rcx, %r8, 8)
    decq %r8
    jnz .Lcopy_stack
    jmp .Lstack_done

.Lload_vectors:
    movaps 64(%rbx), %xmm0
    movaps 80(%rbx), %xmm1
    movaps 96(%rbx), %xmm2
    movaps 112(%rbx), %xmm3
    movaps 128(%rbx), %xmm4
    movaps 144(%rbx), %xmm5
    movaps 160(%rbx), %xmm6
    movaps 176(%rbx), %xmm7
    jmp .Lvectors_done

/* void rt_unwind(activation rdi): the stack pointer on arrival does not matter. */
    .globl rt_unwind
    .hidden rt_unwind
    .type rt_unwind, @function
rt_unwind:
    movq (%rdi), %rbp
    movl $1, %eax
    cld
    cmpq $0, 48(%rdi)
    je .Lleave
    jmp .Ldirect_unwound
    .cfi_endproc
    .size rt_unwind, . - rt_unwind
    .size rt_enter, . - rt_enter

/* (kind rdi): where the handler leads interrupted code. The unwinder takes it for a signal frame: the
 * return address is that of an instruction which has not been executed. */
    .globl rt_fault
    .hidden rt_fault
    .type rt_fault, @function
rt_fault:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 144
    .cfi_offset %rip, -144
    pushq %rbp
    .cfi_def_cfa_offset 152
    .cfi_offset %rbp, -152
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    andq $-16, %rsp
    cld
    callq rt_fault_trap
    ud2
    .cfi_endproc
    .size rt_fault, . - rt_fault

/* The place of a field of rt_thread, to be used with %fs. */
    .macro thread_field to
    movq rt_thread@gottpoff(%rip), \to
    .endm

/* Any signature; the instance in r13, struct w2s_direct in r10. Argument registers go through as they are.
 * The frame has an activation at its end (rbp - 96), which is linked as call.c does it. What is not
 * plain goes to rt_direct_slow: another stack than the last time, objects, a function that is not
 * the module's own. exec is the store: top 24, stack_thread 32, stack_from 40. */
    .globl w2s_rt_direct_enter
    .type w2s_rt_direct_enter, @function
    .p2align 4
w2s_rt_direct_enter:
    .cfi_startproc
    movslq 4(%r10), %rax
    testq %r13, %r13
    jz .Ldirect_find
    addq %r10, %rax
    cmpq %rax, 8(%r13)
    jne .Ldirect_find
    movq (%r13), %r11
    movq 16(%r11), %r11
    thread_field %rax
    movq %fs:8(%rax), %rax
    cmpq 32(%r11), %rax
    jne .Ldirect_slow
    cmpl $0, (%r10)
    je .Ldirect_slow
    movq %rsp, %rax
    subq 40(%r11), %rax
    cmpq $8192, %rax
    ja .Ldirect_nested
.Ldirect_enter:
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    movq %r11, %r12
    thread_field %rbx
    pushq %r10
    pushq $0
    pushq %r12
    pushq 24(%r12)
    pushq %fs:(%rbx)
    pushq %rdi
    pushq %rbp
    movq %rsp, 24(%r12)
    movq %rsp, %fs:(%rbx)
    movl 12(%r10), %eax
    movq (%r13), %r13
    testl %eax, %eax
    jnz .Ldirect_stack
.Ldirect_call:
    movslq (%r10), %r11
    addq %r10, %r11
    callq *%r11
.Ldirect_leave:
    movq -72(%rbp), %rcx
    movq %rcx, 24(%r12)
    movq -80(%rbp), %rcx
    movq %rcx, %fs:(%rbx)
    leaq -40(%rbp), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    .cfi_remember_state
    popq %rbp
    .cfi_def_cfa %rsp, 8
    retq
    .cfi_restore_state

.Ldirect_stack:
    pushq 8(%rbp, %rax, 8)
    decl %eax
    jnz .Ldirect_stack
    jmp .Ldirect_call

.Ldirect_unwound:
    leaq -96(%rbp), %rsp
    movq %rsp, %rdi
    callq rt_direct_trapped
    movq -64(%rbp), %r12
    thread_field %rbx
    xorl %eax, %eax
    xorl %edx, %edx
    xorps %xmm0, %xmm0
    xorps %xmm1, %xmm1
    jmp .Ldirect_leave
    .cfi_endproc

/* A call from a host function: the limit is right if the store's and the thread's innermost entry
 * is the same, and the stack pointer is between the two. */
.Ldirect_nested:
    .cfi_startproc
    thread_field %rax
    movq %fs:(%rax), %rax
    testq %rax, %rax
    jz .Ldirect_slow
    cmpq %rax, 24(%r11)
    jne .Ldirect_slow
    cmpq (%rax), %rsp
    jae .Ldirect_slow
    cmpq (%r11), %rsp
    ja .Ldirect_enter
.Ldirect_slow:
    jmp rt_direct_slow_entry
.Ldirect_find:
    jmp rt_direct_find_entry
    .cfi_endproc
    .size w2s_rt_direct_enter, . - w2s_rt_direct_enter
    .globl rt_entries_end
    .hidden rt_entries_end
rt_entries_end:

/* spill: a frame with the argument registers as struct rt_regs at rsp; unspill: its end, with the
 * result registers of there. */
    .macro spill
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq $192, %rsp
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movq %rdx, 16(%rsp)
    movq %rcx, 24(%rsp)
    movq %r8, 32(%rsp)
    movq %r9, 40(%rsp)
    movaps %xmm0, 64(%rsp)
    movaps %xmm1, 80(%rsp)
    movaps %xmm2, 96(%rsp)
    movaps %xmm3, 112(%rsp)
    movaps %xmm4, 128(%rsp)
    movaps %xmm5, 144(%rsp)
    movaps %xmm6, 160(%rsp)
    movaps %xmm7, 176(%rsp)
    .endm

    .macro unspill
    movq (%rsp), %rax
    movq 8(%rsp), %rdx
    movaps 64(%rsp), %xmm0
    movaps 80(%rsp), %xmm1
    leave
    .cfi_def_cfa %rsp, 8
    .endm

/* As w2s_rt_direct_enter: asks rt_direct_find(instance, direct, regs) and goes on with that. */
    .type rt_direct_find_entry, @function
    .p2align 4
rt_direct_find_entry:
    .cfi_startproc
    spill
    movq %r10, 48(%rsp)
    movq %r13, %rdi
    movq %r10, %rsi
    movq %rsp, %rdx
    callq rt_direct_find
    movq %rax, %r13
    testq %rax, %rax
    jz .Lno_instance
    movq (%rsp), %rdi
    movq 8(%rsp), %rsi
    movq 16(%rsp), %rdx
    movq 24(%rsp), %rcx
    movq 32(%rsp), %r8
    movq 40(%rsp), %r9
    movq 48(%rsp), %r10
    movaps 64(%rsp), %xmm0
    movaps 80(%rsp), %xmm1
    movaps 96(%rsp), %xmm2
    movaps 112(%rsp), %xmm3
    movaps 128(%rsp), %xmm4
    movaps 144(%rsp), %xmm5
    movaps 160(%rsp), %xmm6
    movaps 176(%rsp), %xmm7
    .cfi_remember_state
    leave
    .cfi_def_cfa %rsp, 8
    jmp w2s_rt_direct_enter
    .cfi_restore_state
.Lno_instance:
    unspill
    retq
    .cfi_endproc
    .size rt_direct_find_entry, . - rt_direct_find_entry

/* As w2s_rt_direct_enter: rt_direct_slow(instance, direct, regs, stack arguments). */
    .type rt_direct_slow_entry, @function
    .p2align 4
rt_direct_slow_entry:
    .cfi_startproc
    spill
    movq %r13, %rdi
    movq %r10, %rsi
    movq %rsp, %rdx
    leaq 16(%rbp), %rcx
    callq rt_direct_slow
    unspill
    retq
    .cfi_endproc
    .size rt_direct_slow_entry, . - rt_direct_slow_entry

/* Any signature; the binding in r13: rt_host_call(binding, regs, stack arguments). */
    .globl rt_host_entry
    .hidden rt_host_entry
    .type rt_host_entry, @function
    .p2align 4
rt_host_entry:
    .cfi_startproc
    spill
    movq %r13, %rdi
    movq %rsp, %rsi
    leaq 16(%rbp), %rdx
    callq rt_host_call
    unspill
    retq
    .cfi_endproc
    .size rt_host_entry, . - rt_host_entry
    .globl rt_host_entry_end
    .hidden rt_host_entry_end
rt_host_entry_end:

    .section .note.GNU-stack, "", @progbits
