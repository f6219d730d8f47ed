/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The seccomp filter: a list of the system calls that the runtime, WASI and the C library under
 * them make. The rest answers ENOSYS, which C libraries expect of calls that a kernel lacks (so
 * glibc takes clone where clone3 is missing, whose flags can be seen here). What only an attacker
 * would try, and calls of another architecture, kill the process.
 *
 * A filter sees registers, not memory: which file a path names is for Landlock to judge.
 * tests/runtime/test_sandbox.c interprets the program and tries it in children.
 */
#include "runtime/arch.h"
#include "runtime/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALLOW SECCOMP_RET_ALLOW
#define KILL  SECCOMP_RET_KILL_PROCESS
#define ANY   -1

/* What both glibc and musl start a thread with; a process of its own lacks most of them. */
enum {
    THREAD_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND |
                   CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
    IGNORED_FLAGS = CLONE_DETACHED, /* musl gives it; Linux has forgotten it */
    OTHER_NUMBERS = 0x40000000,     /* x86-64: calls of x32 */
};

/* The first row that fits counts: of this number and, unless argument is ANY, with
 * (low word of the argument & mask) == value. */
struct row {
    int number;
    int argument;
    uint32_t mask, value;
    uint32_t action;
};

#define CALL(name)               {SYS_##name, ANY, 0, 0, ALLOW},
#define ONLY(name, index, value) {SYS_##name, index, UINT32_MAX, (uint32_t)(value), ALLOW},
#define WITHOUT(name, index, bits)                                                                 \
    {SYS_##name, index, (uint32_t)(bits), 0, ALLOW}, {SYS_##name, ANY, 0, 0, KILL},
#define NEVER(name) {SYS_##name, ANY, 0, 0, KILL},

/* clang-format off */
static const struct row rows[] = {
    /* often first: a filter is run through for each call */
    CALL(read) CALL(write) CALL(readv) CALL(writev) CALL(futex) CALL(clock_gettime)
    CALL(pread64) CALL(pwrite64) CALL(preadv) CALL(pwritev) CALL(lseek) CALL(ppoll)
    CALL(openat2) CALL(openat) CALL(close) CALL(fstat) CALL(newfstatat) CALL(getdents64)
    CALL(recvmsg) CALL(sendmsg) CALL(accept4) CALL(shutdown) CALL(getsockopt)
    /* files */
    CALL(fsync) CALL(fdatasync) CALL(ftruncate) CALL(fallocate) CALL(fadvise64) CALL(utimensat)
    CALL(mkdirat) CALL(unlinkat) CALL(renameat) CALL(linkat) CALL(symlinkat) CALL(readlinkat)
    ONLY(fcntl, 1, F_GETFL) ONLY(fcntl, 1, F_SETFL) ONLY(fcntl, 1, F_GETFD) ONLY(fcntl, 1, F_SETFD)
    ONLY(ioctl, 1, FIONREAD) ONLY(ioctl, 1, TCGETS) ONLY(ioctl, 1, TIOCGWINSZ)
    /* memory: nothing becomes executable any more */
    WITHOUT(mmap, 2, PROT_EXEC) WITHOUT(mprotect, 2, PROT_EXEC)
    CALL(munmap) CALL(mremap) CALL(madvise) CALL(brk)
    /* signals: traps; and the collector, which stops the threads of this process */
    CALL(rt_sigreturn) CALL(rt_sigaction) CALL(rt_sigprocmask) CALL(rt_sigpending)
    CALL(rt_sigtimedwait) CALL(rt_sigsuspend) CALL(sigaltstack)
    /* the rest */
    CALL(clock_getres) CALL(clock_nanosleep) CALL(nanosleep) CALL(restart_syscall)
    CALL(getrandom) CALL(sched_yield) CALL(sched_getaffinity) CALL(getpid) CALL(gettid)
    CALL(exit) CALL(exit_group)
    NEVER(execve) NEVER(execveat) NEVER(ptrace) NEVER(process_vm_readv) NEVER(process_vm_writev)
};

static const struct row thread_rows[] = {
    {SYS_clone, 0, ~(uint32_t)IGNORED_FLAGS, THREAD_FLAGS, ALLOW},
    CALL(set_robust_list) CALL(rseq)
};
/* clang-format on */

struct program {
    struct sock_filter *at;
    size_t count;
};

static void add(struct program *program, unsigned code, uint32_t k, unsigned if_true,
                unsigned if_false)
{
    program->at[program->count++] = (struct sock_filter){
        .code = (uint16_t)code, .jt = (uint8_t)if_true, .jf = (uint8_t)if_false, .k = k};
}

static void load(struct program *program, size_t offset)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* With the number loaded, as it is after it too. */
static void add_row(struct program *program, const struct row *row)
{
    const unsigned skip = row->argument == ANY ? 1 : 5;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)row->number, 0, skip);
    if (row->argument != ANY) {
        load(program, offsetof(struct seccomp_data, args) + 8 * (size_t)row->argument);
        add(program, BPF_ALU | BPF_AND | BPF_K, row->mask, 0, 0);
        add(program, BPF_JMP | BPF_JEQ | BPF_K, row->value, 0, 1);
    }
    add(program, BPF_RET | BPF_K, row->action, 0, 0);
    if (row->argument != ANY)
        load(program, offsetof(struct seccomp_data, nr));
}

size_t sandbox_filter(struct sock_filter instructions[SANDBOX_FILTER_MAX], bool threads)
{
    struct program program = {instructions, 0};
    const struct row signal_threads = {SYS_tgkill, 0, UINT32_MAX, (uint32_t)getpid(), ALLOW};
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, RT_AUDIT_ARCH, 1, 0);
    add(&program, BPF_RET | BPF_K, KILL, 0, 0);
    load(&program, offsetof(struct seccomp_data, nr));
    add(&program, BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1);
    add(&program, BPF_RET | BPF_K, KILL, 0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add_row(&program, &rows[i]);
    for (size_t i = 0; threads && i < sizeof thread_rows / sizeof *thread_rows; i++)
        add_row(&program, &thread_rows[i]);
    add_row(&program, &signal_threads);
    add(&program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    return program.count;
}

enum sandbox_result sandbox_calls(bool threads, w2s_error *err)
{
    struct sock_filter instructions[SANDBOX_FILTER_MAX];
    struct sock_fprog program = {.filter = instructions,
                                 .len = (unsigned short)sandbox_filter(instructions, threads)};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
        return SANDBOX_ENTERED;
    if (errno == EINVAL || errno == ENOSYS)
        return SANDBOX_MISSING;
    return sandbox_failed(err, "install the filter of system calls", "");
}
