/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * LLVM answers a fatal error (a register it cannot allocate, an instruction it cannot select) by
 * ending the process, and an arena without memory has nowhere to return to. Both come back to
 * rescue_run by longjmp over frames of LLVM, whose memory is lost with that; a host that compiles a
 * module survives. The handler is LLVM's own hook, one a process; it leaves threads that are not in
 * a rescue_run alone. This thread's innermost rescue_run is the only state.
 */
#include "codegen/artifact.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>

#include <llvm-c/ErrorHandling.h>

enum { LONGEST = 200 }; /* message of LLVM's, in bytes */

struct rescue {
    jmp_buf jump;
    struct rescue *outer;
    struct error *err;
};

static _Thread_local struct rescue *innermost;

static void give_up(const char *reason)
{
    struct rescue *rescue = innermost;
    if (!rescue)
        return;
    error_set(rescue->err, ERR_INTERNAL, ERROR_NO_OFFSET, "%s", reason);
    longjmp(rescue->jump, 1);
}

static void llvm_gave_up(const char *reason)
{
    char text[LONGEST + sizeof "LLVM: "];
    snprintf(text, sizeof text, "LLVM: %s", reason);
    give_up(text);
}

static void install_handler(void)
{
    LLVMInstallFatalErrorHandler(llvm_gave_up);
}

bool rescue_run(void (*function)(void *env), void *env, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handler);
    struct rescue rescue = {.outer = innermost, .err = err};
    if (setjmp(rescue.jump) != 0) {
        innermost = innermost->outer;
        return false;
    }
    innermost = &rescue;
    function(env);
    innermost = rescue.outer;
    return true;
}

static void arena_exhausted(void *env)
{
    (void)env;
    give_up("out of memory");
}

struct arena rescue_arena(void)
{
    return (struct arena){.out_of_memory = arena_exhausted};
}

static void diagnostic(LLVMDiagnosticInfoRef info, void *env)
{
    (void)env;
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    char reason[LONGEST];
    snprintf(reason, sizeof reason, "%s", text);
    LLVMDisposeMessage(text);
    llvm_gave_up(reason);
}

void rescue_context(LLVMContextRef context)
{
    LLVMContextSetDiagnosticHandler(context, diagnostic, NULL);
}
