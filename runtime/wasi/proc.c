/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The end of the program. Nothing here touches the host's process: an exit unwinds the guest
 * (see struct wasi_call), and a signal that the guest raises only ever hits the guest.
 */
#include "runtime/wasi/wasi.h"

enum action { ACTION_NONE, ACTION_END, ACTION_STOP };

/* Signals in the numbering of WASI, with the action that the standard gives each. */
/* clang-format off */
static const uint8_t actions[] = {
    ACTION_NONE, /* none */ ACTION_END,  /* hup */    ACTION_END,  /* int */  ACTION_END,  /* quit */
    ACTION_END,  /* ill */  ACTION_END,  /* trap */   ACTION_END,  /* abrt */ ACTION_END,  /* bus */
    ACTION_END,  /* fpe */  ACTION_END,  /* kill */   ACTION_END,  /* usr1 */ ACTION_END,  /* segv */
    ACTION_END,  /* usr2 */ ACTION_NONE, /* pipe */   ACTION_END,  /* alrm */ ACTION_END,  /* term */
    ACTION_NONE, /* chld */ ACTION_NONE, /* cont */   ACTION_STOP, /* stop */ ACTION_STOP, /* tstp */
    ACTION_STOP, /* ttin */ ACTION_STOP, /* ttou */   ACTION_NONE, /* urg */  ACTION_END,  /* xcpu */
    ACTION_END,  /* xfsz */ ACTION_END,  /* vtalrm */ ACTION_END,  /* prof */ ACTION_NONE, /* winch */
    ACTION_END,  /* poll */ ACTION_END,  /* pwr */    ACTION_END,  /* sys */
};
/* clang-format on */

static enum wasi_errno end_program(struct wasi_call *call, int32_t status)
{
    call->exited = true;
    call->exit_status = status;
    return WASI_SUCCESS;
}

enum wasi_errno wasi_proc_exit(struct wasi_call *call)
{
    return end_program(call, call->args[0].i32);
}

/* A fatal signal ends the guest with the status a shell would report: 128 + signal. */
enum wasi_errno wasi_proc_raise(struct wasi_call *call)
{
    uint32_t signal = wasi_arg_u32(call, 0);
    if (signal >= sizeof actions)
        return WASI_INVAL;
    if (actions[signal] == ACTION_END)
        return end_program(call, 128 + (int32_t)signal);
    return actions[signal] == ACTION_STOP ? WASI_NOTSUP : WASI_SUCCESS;
}
