/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Hashes for tables in memory. The keys are the module's choice, so each table takes a seed of its
 * own: nobody can write a module whose keys all fall into one place. What has to be the same in
 * every run must not depend on these.
 */
#ifndef FRONTEND_HASH_H
#define FRONTEND_HASH_H

#include "frontend/types.h"

/* A random number. */
uint64_t hash_seed(void);

/* The low bits depend on all of the key. */
uint64_t hash_bytes(uint64_t seed, struct slice key);

#endif
