/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * run --timeout: the end of a program that the store's deadline does not reach, because it is
 * blocked in a system call.
 */
#ifndef TOOLS_TIMEOUT_H
#define TOOLS_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Ends the process like a trap some time after that many milliseconds, unless timeout_end is called
 * first. False if no thread can be started. */
bool timeout_begin(uint64_t milliseconds);
void timeout_end(void);

#endif
