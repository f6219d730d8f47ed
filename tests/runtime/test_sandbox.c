/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The sandbox. Its filter is interpreted here, so that every rule is tested on every machine, also
 * where an emulator installs none; and both walls are run against by children, which try what a
 * guest that has broken out would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/arch.h"
#include "runtime/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the filter, interpreted ---- */

static uint32_t interpret(const struct sock_filter *program, size_t count,
                          const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t i = 0; i < count; i++) {
        const struct sock_filter *op = &program[i];
        bool jump = false;
        switch (op->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(op->k % 4 == 0 && op->k < sizeof *data);
            memcpy(&a, (const char *)data + op->k, 4);
            continue;
        case BPF_ALU | BPF_AND | BPF_K: a &= op->k; continue;
        case BPF_RET | BPF_K: return op->k;
        case BPF_JMP | BPF_JEQ | BPF_K: jump = a == op->k; break;
        case BPF_JMP | BPF_JGE | BPF_K: jump = a >= op->k; break;
        default: fail_msg("instruction %zu: unknown", i);
        }
        i += jump ? op->jt : op->jf;
    }
    fail_msg("the program runs off its end");
    return 0;
}

static uint32_t answer(const struct seccomp_data *data, bool threads)
{
    struct sock_filter program[SANDBOX_FILTER_MAX];
    return interpret(program, sandbox_filter(program, threads), data);
}

static struct seccomp_data call(long number, uint64_t a0, uint64_t a1, uint64_t a2)
{
    return (struct seccomp_data){.nr = (int)number, .arch = RT_AUDIT_ARCH, .args = {a0, a1, a2}};
}

#define ASK(...) answer(&(struct seccomp_data[]){call(__VA_ARGS__)}[0], false)

enum { NO_SUCH_CALL = SECCOMP_RET_ERRNO | ENOSYS };

static void test_allowed(void **state)
{
    (void)state;
    const long numbers[] = {SYS_read,         SYS_writev,      SYS_openat2,   SYS_unlinkat,
                            SYS_futex,        SYS_getrandom,   SYS_ppoll,     SYS_accept4,
                            SYS_recvmsg,      SYS_munmap,      SYS_madvise,   SYS_brk,
                            SYS_exit_group,   SYS_linkat,      SYS_fallocate, SYS_clock_gettime,
                            SYS_rt_sigreturn, SYS_sigaltstack, SYS_getdents64};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(ASK(numbers[i], 1, 2, 3), SECCOMP_RET_ALLOW);
}

static void test_answered_as_missing(void **state)
{
    (void)state;
    const long numbers[] = {
        SYS_socket,     SYS_connect,         SYS_bind,       SYS_kill,           SYS_clone3,
        SYS_mount,      SYS_setuid,          SYS_fchmodat,   SYS_fchownat,       SYS_mknodat,
        SYS_prctl,      SYS_seccomp,         SYS_unshare,    SYS_prlimit64,      SYS_chdir,
        SYS_bpf,        SYS_keyctl,          SYS_ioprio_set, SYS_io_uring_setup, SYS_memfd_create,
        SYS_pidfd_open, SYS_perf_event_open, 100000};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(ASK(numbers[i], 1, 2, 3), NO_SUCH_CALL);
}

static void test_deadly(void **state)
{
    (void)state;
    const long numbers[] = {SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
                            SYS_process_vm_writev};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(ASK(numbers[i], 1, 2, 3), SECCOMP_RET_KILL_PROCESS);
}

static void test_other_conventions_are_deadly(void **state)
{
    (void)state;
    struct seccomp_data data = call(SYS_read, 0, 0, 0);
    data.arch = AUDIT_ARCH_I386;
    assert_int_equal(answer(&data, true), SECCOMP_RET_KILL_PROCESS);
    data.arch = RT_AUDIT_ARCH ^ 1;
    assert_int_equal(answer(&data, true), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(ASK(0x40000000 + SYS_read, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(ASK(-1, 0, 0, 0), SECCOMP_RET_KILL_PROCESS);
}

static void test_nothing_becomes_executable(void **state)
{
    (void)state;
    for (uint64_t prot = 0; prot < 8; prot++) {
        uint32_t want = prot & PROT_EXEC ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
        assert_int_equal(ASK(SYS_mmap, 0, 4096, prot), want);
        assert_int_equal(ASK(SYS_mprotect, 0, 4096, prot), want);
    }
    assert_int_equal(ASK(SYS_mprotect, 0, 1, PROT_EXEC | 0x100000000), SECCOMP_RET_KILL_PROCESS);
    assert_int_equal(ASK(SYS_pkey_mprotect, 0, 4096, PROT_READ), NO_SUCH_CALL);
}

static void test_arguments(void **state)
{
    (void)state;
    assert_int_equal(ASK(SYS_fcntl, 3, F_GETFL, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(ASK(SYS_fcntl, 3, F_SETFL, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(ASK(SYS_fcntl, 3, F_SETOWN, 1), NO_SUCH_CALL);
    assert_int_equal(ASK(SYS_fcntl, 3, F_DUPFD, 1), NO_SUCH_CALL);
    assert_int_equal(ASK(SYS_ioctl, 0, FIONREAD, 0), SECCOMP_RET_ALLOW);
    assert_int_equal(ASK(SYS_ioctl, 0, TIOCSTI, 0), NO_SUCH_CALL);
    assert_int_equal(ASK(SYS_tgkill, (uint64_t)getpid(), 1, SIGUSR1), SECCOMP_RET_ALLOW);
    assert_int_equal(ASK(SYS_tgkill, (uint64_t)getppid(), 1, SIGUSR1), NO_SUCH_CALL);
}

static void test_threads_but_no_processes(void **state)
{
    (void)state;
    const uint64_t glibc = 0x3d0f00, musl = 0x7d0f00;
    const uint64_t others[] = {SIGCHLD,
                               CLONE_VM | CLONE_VFORK | SIGCHLD,
                               glibc | CLONE_NEWUSER,
                               glibc & ~(uint64_t)CLONE_THREAD,
                               glibc | CLONE_PTRACE,
                               0};
    struct seccomp_data data = call(SYS_clone, glibc, 0, 0);
    assert_int_equal(answer(&data, false), NO_SUCH_CALL);
    assert_int_equal(answer(&data, true), SECCOMP_RET_ALLOW);
    data.args[0] = musl;
    assert_int_equal(answer(&data, true), SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        data.args[0] = others[i];
        assert_int_equal(answer(&data, true), NO_SUCH_CALL);
    }
}

/* ---- in children ---- */

static char base[] = "/tmp/w2s_sandbox_XXXXXX";

static const char *at(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", base, name);
    return path;
}

static int make_tree(void **state)
{
    (void)state;
    if (!mkdtemp(base))
        return -1;
    const char *const dirs[] = {"rw", "rw/sub", "ro", "out"};
    const char *const files[] = {"rw/file", "ro/file", "out/file"};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        if (mkdir(at(dirs[i]), 0777) != 0)
            return -1;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        close(open(at(files[i]), O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", base);
    return system(command);
}

static w2s_wasi_config config(void)
{
    static struct w2s_wasi_dir dirs[2];
    dirs[0] = (struct w2s_wasi_dir){at("rw"), "/", false};
    dirs[1] = (struct w2s_wasi_dir){at("ro"), "/ro", true};
    return (w2s_wasi_config){.size = sizeof(w2s_wasi_config), .dirs = dirs, .dir_count = 2};
}

static unsigned in_force; /* what this kernel has */

typedef void task(void);

/* The wait status of a child that does it. */
static int in_child(task *what)
{
    pid_t child = fork();
    if (child == 0) {
        what();
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

/* In a child. */
static void check(bool ok, int line)
{
    if (ok)
        return;
    dprintf(STDERR_FILENO, "in a child: line %d: errno %d\n", line, errno);
    _exit(1);
}

#define CHECK(condition) check(condition, __LINE__)

static void enter(bool threads)
{
    w2s_wasi_config wasi = config();
    w2s_sandbox_config sandbox = {.size = sizeof sandbox, .wasi = &wasi, .threads = threads};
    CHECK(w2s_sandbox_enter(&sandbox, NULL) == in_force);
}

static bool refused(long result, int error)
{
    return result < 0 && errno == error;
}

static void uses_files(void)
{
    enter(false);
    int fd = open(at("rw/new"), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0);
    CHECK(renameat(AT_FDCWD, at("rw/new"), AT_FDCWD, at("rw/moved")) == 0);
    CHECK(mkdirat(AT_FDCWD, at("rw/dir"), 0777) == 0);
    CHECK(symlinkat("file", AT_FDCWD, at("rw/link")) == 0);
    CHECK(unlinkat(AT_FDCWD, at("rw/link"), 0) == 0);
    CHECK(unlinkat(AT_FDCWD, at("rw/dir"), AT_REMOVEDIR) == 0);
    CHECK(unlinkat(AT_FDCWD, at("rw/moved"), 0) == 0);
    CHECK(open(at("ro/file"), O_RDONLY | O_CLOEXEC) >= 0);
}

static void leaves_directories(void)
{
    enter(false);
    CHECK(refused(open(at("out/file"), O_RDONLY | O_CLOEXEC), EACCES));
    CHECK(refused(open(at("out/file"), O_WRONLY | O_CLOEXEC), EACCES));
    CHECK(refused(open(at("out/new"), O_CREAT | O_WRONLY | O_CLOEXEC, 0666), EACCES));
    CHECK(refused(open("/proc/self/maps", O_RDONLY | O_CLOEXEC), EACCES));
    CHECK(refused(open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), EACCES));
    CHECK(refused(mkdirat(AT_FDCWD, at("out/dir"), 0777), EACCES));
    CHECK(refused(unlinkat(AT_FDCWD, at("out/file"), 0), EACCES));
    CHECK(renameat(AT_FDCWD, at("rw/file"), AT_FDCWD, at("out/stolen")) < 0);
    CHECK(linkat(AT_FDCWD, at("out/file"), AT_FDCWD, at("rw/stolen"), 0) < 0);
}

static void writes_read_only(void)
{
    enter(false);
    CHECK(refused(open(at("ro/file"), O_WRONLY | O_CLOEXEC), EACCES));
    CHECK(refused(open(at("ro/new"), O_CREAT | O_WRONLY | O_CLOEXEC, 0666), EACCES));
    CHECK(refused(unlinkat(AT_FDCWD, at("ro/file"), 0), EACCES));
    CHECK(refused(symlinkat("x", AT_FDCWD, at("ro/link")), EACCES));
}

static void *nothing(void *env)
{
    return env;
}

static void thread_starts(void)
{
    pthread_t thread;
    enter(true);
    CHECK(pthread_create(&thread, NULL, nothing, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void asks_for_more(void)
{
    pthread_t thread;
    enter(false);
    CHECK(refused(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
    CHECK(refused(socket(AF_UNIX, SOCK_STREAM, 0), ENOSYS));
    CHECK(refused(kill(getppid(), 0), ENOSYS));
    CHECK(refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), ENOSYS));
    CHECK(refused(syscall(SYS_clone3, NULL, 0), ENOSYS));
    CHECK(refused(syscall(SYS_memfd_create, "x", 0), ENOSYS));
    CHECK(refused(chmod(at("rw/file"), 0777), ENOSYS));
    CHECK(pthread_create(&thread, NULL, nothing, NULL) != 0);
}

static void starts_program(void)
{
    enter(false);
    char *const args[] = {NULL};
    execve("/bin/true", args, args);
}

static void makes_code(void)
{
    enter(false);
    static _Alignas(65536) char page[65536];
    mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
}

static void maps_code(void)
{
    enter(false);
    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void test_children(void **state)
{
    (void)state;
    if (in_force == 0)
        skip();
    assert_int_equal(in_child(uses_files), 0);
    if (in_force & W2S_SANDBOX_FILES) {
        assert_int_equal(in_child(leaves_directories), 0);
        assert_int_equal(in_child(writes_read_only), 0);
    }
    if (!(in_force & W2S_SANDBOX_CALLS))
        return;
    task *const deadly[] = {starts_program, makes_code, maps_code};
    assert_int_equal(in_child(thread_starts), 0);
    assert_int_equal(in_child(asks_for_more), 0);
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        int status = in_child(deadly[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

/* Landlock's own rules for TCP, without the filter in front of them. */
static void connects(void)
{
    w2s_wasi_config wasi = config();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(sandbox_files(&wasi, NULL) == SANDBOX_ENTERED);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(refused(bind(fd, (struct sockaddr *)&address, sizeof address), EACCES));
    address.sin_port = htons(9);
    CHECK(refused(connect(fd, (struct sockaddr *)&address, sizeof address), EACCES));
}

static void test_no_tcp(void **state)
{
    (void)state;
    enum { CREATE_RULESET = 444, VERSION = 1, FIRST_WITH_TCP = 4 };
    if (syscall(CREATE_RULESET, NULL, 0, VERSION) < FIRST_WITH_TCP)
        skip();
    assert_int_equal(in_child(connects), 0);
}

/* In a child, as it is for ever. */
static void missing_directory(void)
{
    struct w2s_wasi_dir dir = {at("nowhere"), "/", false};
    w2s_wasi_config wasi = {.size = sizeof wasi, .dirs = &dir, .dir_count = 1};
    w2s_sandbox_config sandbox = {.size = sizeof sandbox, .wasi = &wasi};
    w2s_error err = {.message = ""};
    CHECK(w2s_sandbox_enter(&sandbox, &err) == 0);
    CHECK(strstr(err.message, "nowhere") || !(in_force & W2S_SANDBOX_FILES));
}

static void test_errors(void **state)
{
    (void)state;
    if (!(in_force & W2S_SANDBOX_FILES))
        skip();
    assert_int_equal(in_child(missing_directory), 0);
}

/* ---- older kernels ---- */

/* From here on the kernel answers as one that lacks these. */
static void take_away(unsigned lacking)
{
    enum { CREATE_RULESET = 444 };
    const uint32_t landlock = lacking & W2S_SANDBOX_FILES ? CREATE_RULESET : UINT32_MAX;
    const uint32_t seccomp = lacking & W2S_SANDBOX_CALLS ? PR_SET_SECCOMP : UINT32_MAX;
    struct sock_filter answers[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, landlock, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof answers / sizeof *answers, .filter = answers};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

static unsigned enter_without(unsigned lacking, w2s_error *err)
{
    w2s_wasi_config wasi = config();
    w2s_sandbox_config sandbox = {.size = sizeof sandbox, .wasi = &wasi};
    take_away(lacking);
    return w2s_sandbox_enter(&sandbox, err);
}

static void without_landlock(void)
{
    CHECK(enter_without(W2S_SANDBOX_FILES, NULL) == W2S_SANDBOX_CALLS);
    CHECK(open(at("out/file"), O_RDONLY | O_CLOEXEC) >= 0);
    CHECK(refused(socket(AF_INET, SOCK_STREAM, 0), ENOSYS));
}

static void without_seccomp(void)
{
    CHECK(enter_without(W2S_SANDBOX_CALLS, NULL) == (in_force & W2S_SANDBOX_FILES));
    CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    if (in_force & W2S_SANDBOX_FILES)
        CHECK(refused(open(at("out/file"), O_RDONLY | O_CLOEXEC), EACCES));
}

static void without_both(void)
{
    w2s_error err = {.message = ""};
    CHECK(enter_without(W2S_SANDBOX_FILES | W2S_SANDBOX_CALLS, &err) == 0);
    CHECK(strstr(err.message, "neither Landlock nor seccomp"));
}

static void test_older_kernels(void **state)
{
    (void)state;
    if (!(in_force & W2S_SANDBOX_CALLS))
        skip();
    assert_int_equal(in_child(without_landlock), 0);
    assert_int_equal(in_child(without_seccomp), 0);
    assert_int_equal(in_child(without_both), 0);
}

/* Tries in a child what there is; prints what is not. A kernel with neither says so. */
static unsigned probe(void)
{
    pid_t child = fork();
    if (child == 0) {
        w2s_error err = {.message = ""};
        w2s_sandbox_config sandbox = {.size = sizeof sandbox};
        unsigned set = w2s_sandbox_enter(&sandbox, &err);
        _exit(set || strstr(err.message, "neither") ? (int)set : 99);
    }
    int status = -1;
    waitpid(child, &status, 0);
    unsigned set = WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 99;
    if (!(set & W2S_SANDBOX_FILES))
        puts("skipped: this kernel has no Landlock");
    if (!(set & W2S_SANDBOX_CALLS))
        puts("skipped: this kernel has no seccomp filters");
    return set;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_answered_as_missing),
        cmocka_unit_test(test_deadly),
        cmocka_unit_test(test_other_conventions_are_deadly),
        cmocka_unit_test(test_nothing_becomes_executable),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_threads_but_no_processes),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_no_tcp),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_older_kernels),
    };
    in_force = probe();
    if (in_force > (W2S_SANDBOX_FILES | W2S_SANDBOX_CALLS))
        return 1;
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
