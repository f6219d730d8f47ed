/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The host's signal handlers: those installed before the runtime get every fault that is not a
 * trap, those installed later are kept and reached as well, a crash of the host still kills it, and
 * traps get by with small signal stacks. Each case runs in a process of its own; its exit status
 * says how it went.
 */
#include "tests/runtime/host.h"

#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf escape;
static volatile sig_atomic_t hits;
static volatile int *volatile nowhere;

/* The host crashes while wasm is on the stack. */
static w2s_trap *crash(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results)
{
    *nowhere = 1;
    return host_zero(env, caller, args, results);
}

static void on_fault(int signo)
{
    (void)signo;
    hits++;
    siglongjmp(escape, 1);
}

static void on_fault_info(int signo, siginfo_t *info, void *context)
{
    if (!context || info->si_addr)
        _exit(90);
    on_fault(signo);
}

static void on_sent(int signo)
{
    (void)signo;
    if (++hits > 5)
        _exit(92); /* a fault that happens again */
}

static void install(void (*handler)(int), int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGSEGV, &action, NULL);
}

static bool traps(struct host *host)
{
    return host_trap(host, "load", -1, 0, 0) == W2S_TRAP_MEMORY_OOB;
}

static int plain_handler_before(void)
{
    struct host host;
    install(on_fault, 0);
    host_open(&host, GUEST, host_zero, NULL);
    for (volatile int i = 0; i < 3; i++) { /* its value must survive the jump */
        if (sigsetjmp(escape, 1) == 0)
            *nowhere = 1;
        if (!traps(&host))
            return 1;
    }
    return hits == 3 ? 0 : 2;
}

static int info_handler_before(void)
{
    struct host host;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault_info;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, NULL);
    host_open(&host, GUEST, host_zero, NULL);
    if (sigsetjmp(escape, 1) == 0)
        *nowhere = 1;
    return traps(&host) && hits == 1 ? 0 : 1;
}

/* A handler that displaces ours and never heard of it. */
static int handler_after(void)
{
    struct host host, other;
    host_open(&host, GUEST, host_zero, NULL);
    install(on_fault, 0);
    host_open(&other, GUEST, host_zero, NULL); /* puts the runtime in front again */
    if (sigsetjmp(escape, 1) == 0)
        *nowhere = 1;
    return hits == 1 && traps(&host) && traps(&other) ? 0 : 1;
}

static struct sigaction chained_to;

static void on_fault_chaining(int signo, siginfo_t *info, void *context)
{
    if (++hits > 5)
        _exit(91); /* a loop */
    chained_to.sa_sigaction(signo, info, context);
}

/* One that chains to ours: no loop, and the process dies in the end. */
static int chaining_handler_after(void)
{
    struct host host;
    struct sigaction action;
    host_open(&host, GUEST, host_zero, NULL);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault_chaining;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &chained_to);
    if (!traps(&host) || hits != 1)
        return 1;
    host_open(&host, GUEST, host_zero, NULL);
    if (!traps(&host) || hits != 1)
        return 2;
    *nowhere = 1;
    return 3;
}

static int crash_of_host(void)
{
    struct host host;
    host_open(&host, GUEST, host_zero, NULL);
    *nowhere = 1;
    return 1;
}

static int crash_in_callback(void)
{
    struct host host;
    host_open(&host, GUEST, crash, NULL);
    host_ok(&host, "call_host", 1, 0, 0);
    return 1;
}

static int sent_signal(void)
{
    struct host host;
    install(on_sent, 0);
    host_open(&host, GUEST, host_zero, NULL);
    raise(SIGSEGV);
    return hits == 1 && traps(&host) ? 0 : 1;
}

static int sent_signal_kills(void)
{
    struct host host;
    host_open(&host, GUEST, host_zero, NULL);
    raise(SIGSEGV);
    return 1;
}

static int sent_signal_ignored(void)
{
    struct host host;
    install(SIG_IGN, 0);
    host_open(&host, GUEST, host_zero, NULL);
    raise(SIGSEGV);
    return traps(&host) ? 0 : 1;
}

/* What handlers take of a signal stack; with sanitizers more, for what they put around variables.
 */
#ifdef SANITIZED
enum { OURS = 16384 };
#else
enum { OURS = 1024 };
#endif

/* On a signal stack that has room for hardly more than what the kernel puts there. */
static int small_signal_stack(void)
{
    enum { PAGE = 65536 };
    unsigned long least = getauxval(AT_MINSIGSTKSZ);
    size_t size = (least ? least : 8192) + OURS; /* 8192: emulators do not say */
    uint8_t *guard =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard == MAP_FAILED || mprotect(guard, PAGE, PROT_NONE) != 0)
        return 1;
    const stack_t stack = {.ss_sp = guard + PAGE, .ss_size = size};
    if (sigaltstack(&stack, NULL) != 0)
        return 2;
    struct host host;
    install(on_sent, SA_ONSTACK);
    host_open(&host, GUEST, host_zero, NULL);
    raise(SIGSEGV);
    return traps(&host) && traps(&host) && hits == 1 ? 0 : 3;
}

/* Returns the wait status. */
static int run(int (*part)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL); /* cmocka's handler is not under test */
        signal(SIGBUS, SIG_DFL);
        _exit(part());
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_handlers(void **state)
{
    (void)state;
    assert_int_equal(run(plain_handler_before), 0);
    assert_int_equal(run(info_handler_before), 0);
    assert_int_equal(run(handler_after), 0);
    assert_int_equal(run(sent_signal), 0);
    assert_int_equal(run(sent_signal_ignored), 0);
    assert_int_equal(run(small_signal_stack), 0);
}

static void test_crashes(void **state)
{
    (void)state;
    int (*const parts[])(void) = {crash_of_host, crash_in_callback, sent_signal_kills,
                                  chaining_handler_after};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int status = run(parts[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSEGV);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handlers),
        cmocka_unit_test(test_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
