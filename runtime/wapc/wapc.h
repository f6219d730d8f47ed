/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC guest from inside. It is the env of the host functions of module wapc, made with them and
 * owned by their store. guest.c has the calls into the guest, imports.c those out of it.
 */
#ifndef RUNTIME_WAPC_WAPC_H
#define RUNTIME_WAPC_WAPC_H

#include "runtime/include/wasm2so_wapc.h"
#include "runtime/runtime.h"

struct wapc_buffer {
    uint8_t *data;
    size_t size, room;
};

struct w2s_wapc {
    struct rt_owned owned;
    w2s_wapc_config config;
    w2s_instance *instance; /* NULL: not started */
    w2s_func *guest_call;
    bool busy;                         /* a call is in progress */
    w2s_wapc_bytes operation, payload; /* of that call; the host's */
    struct wapc_buffer response, error;
    struct wapc_buffer host_response, host_error, reply; /* of the last host call */
};

w2s_wapc *wapc_new(w2s_store *store, const w2s_wapc_config *config);
/* The guest that was made in the store; NULL: none. */
w2s_wapc *wapc_of_store(const w2s_store *store);
/* Copies the bytes; false when out of memory. */
bool wapc_buffer_set(struct wapc_buffer *buffer, w2s_wapc_bytes bytes);

/* The range of the memory of caller, or of the guest where that is NULL. False if it is not inside;
 * nothing is everywhere, guests give any pointer for it. */
bool wapc_bytes_get(const w2s_wapc *guest, w2s_instance *caller, const w2s_value *at,
                    w2s_wapc_bytes *bytes);

/* env.abort of AssemblyScript: (message, file, line, column). */
w2s_trap *wapc_abort(void *env, w2s_instance *caller, const w2s_value *args, w2s_value *results);

#endif
