/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * In the place of signal.c for the small profile: faults are nobody's traps, so only modules that
 * check each access are taken (desc.c).
 */
#include "runtime/runtime.h"

const bool rt_faults_are_traps = false;

void rt_signals_install(void)
{
}
