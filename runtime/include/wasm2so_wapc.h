/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_wapc.h: waPC guests: an operation's name and some bytes go in, bytes or an error text
 * come out, and the guest can call its host the same way. What the bytes mean is theirs to agree
 * on.
 *
 *     w2s_linker_define_wapc(linker, &config, &err);
 *     w2s_instance *instance = w2s_instance_new(store, module, linker, NULL, &err);
 *     w2s_wapc *guest = w2s_wapc_start(instance, NULL, &err);
 *     w2s_wapc_answer answer;
 *     w2s_trap *trap = w2s_wapc_call(guest, "sayHello", payload, size, &answer);   // any number
 *
 * With a pool (w2s_pool_config) `define` calls w2s_linker_define_wapc, and each instance taken is
 * started before it is called. There is one guest in a store; it belongs to the store, and the
 * rules for threads are the store's.
 */
#ifndef WASM2SO_WAPC_H
#define WASM2SO_WAPC_H

#include "wasm2so.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct w2s_wapc w2s_wapc;

/* data is not NULL, even where size is 0; text has no NUL at its end. */
typedef struct w2s_wapc_bytes {
    const uint8_t *data;
    size_t size;
} w2s_wapc_bytes;

/* What a guest asks of its host. */
typedef struct w2s_wapc_host_call {
    w2s_wapc_bytes binding, name_space, operation, payload; /* in the guest's memory */
} w2s_wapc_host_call;

typedef struct w2s_wapc_config {
    size_t size; /* sizeof(w2s_wapc_config): fields may be appended */
    /* Answers a host call: gives the bytes of the answer, or the text of an error, to
     * w2s_wapc_reply, and returns true or false. NULL: every host call is an error. May call other
     * guests, not this one. */
    bool (*host_call)(void *env, w2s_wapc *guest, const w2s_wapc_host_call *call);
    /* A line that the guest logs. NULL: it is lost. */
    void (*console_log)(void *env, w2s_wapc *guest, w2s_wapc_bytes text);
    void *env;
    /* Guests may import WASI. NULL: as the linker has it, and if it has none, with nothing but
     * output, which goes to descriptor 2. */
    const w2s_wasi_config *wasi;
} w2s_wapc_config;

typedef struct w2s_wapc_answer {
    bool ok;              /* false: the bytes are the text of an error */
    w2s_wapc_bytes bytes; /* valid until the guest is called again or goes */
} w2s_wapc_answer;

/* Defines what guests import: module wapc, WASI (also under its older names wasi_unstable and
 * wasi), and env.abort unless there is one, with which AssemblyScript traps. */
W2S_API bool w2s_linker_define_wapc(w2s_linker *linker, const w2s_wapc_config *config,
                                    w2s_error *err);

/* Makes an instance ready: finds __guest_call, and calls those of _start, _initialize and wapc_init
 * that there are. NULL with err where it is no guest (W2S_ERROR_LINK), has imports from another
 * linker, or traps (*trap, if trap is not NULL, gets it). An exit with status 0 is none. */
W2S_API w2s_wapc *w2s_wapc_start(w2s_instance *instance, w2s_trap **trap, w2s_error *err);

/* Calls an operation. Returns NULL with *answer filled in, or the trap that ended the call, which
 * the caller frees. */
W2S_API w2s_trap *w2s_wapc_call(w2s_wapc *guest, const char *operation, const void *payload,
                                size_t size, w2s_wapc_answer *answer);

/* Inside host_call: what it answers, copied. The last one counts. False when out of memory. */
W2S_API bool w2s_wapc_reply(w2s_wapc *guest, const void *data, size_t size);

W2S_API w2s_instance *w2s_wapc_instance(const w2s_wapc *guest);

#ifdef __cplusplus
}
#endif
#endif
