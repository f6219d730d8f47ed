/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the two engines of this benchmark do for it: wasm2so (coldstart.c) and wasmtime through its
 * C API (peer.c).
 */
#ifndef COLDSTART_H
#define COLDSTART_H

#include <stdbool.h>

/* How the peer makes instances. */
enum peer_way { PEER_ON_DEMAND, PEER_POOLED, PEER_RESIDENT, PEER__COUNT };

/* Loads wasmtime's library and precompiles the module (text) to the file; false if it is missing.
 */
bool peer_open(const char *library, const char *wat, const char *artifact);
/* Loads the artifact for that way; prints and exits on failure. */
void peer_load(enum peer_way way, const char *artifact);
/* Store, instance, a call of run, and all gone again; the result. */
int peer_request(enum peer_way way);

_Noreturn void fail(const char *what, const char *why);

#endif
