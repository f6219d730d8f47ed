/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The HTTP server behind `wasm2so serve`, a library of its own (libwasm2so_serve.so): the driver
 * loads it when it is asked to serve, so that nothing else waits for an HTTP library, or needs one.
 */
#ifndef TOOLS_SERVE_H
#define TOOLS_SERVE_H

#include "runtime/include/wasm2so.h"

/* How the answer of a waPC guest, a MessagePack value, is written. */
enum serve_format {
    SERVE_TEXT, /* a string as it is, other values as JSON */
    SERVE_NODE, /* "result=" before it */
    SERVE_RAW,  /* the bytes of the guest */
};

struct serve_config {
    size_t size; /* sizeof(struct serve_config) */
    w2s_module *module;
    const char *file;      /* what the module is called in messages */
    const char *listen;    /* as for w2s_listen */
    const char *operation; /* waPC: the one that requests call */
    enum serve_format format;
    unsigned instances;                        /* guests at work at once */
    unsigned queue;                            /* requests that wait for one */
    unsigned workers;                          /* threads that speak HTTP */
    unsigned connections;                      /* open at once */
    uint64_t max_body, max_answer, max_memory; /* bytes; max_memory 0: no limit */
    uint64_t timeout;                          /* ms for a guest */
    bool interruptible;      /* the guest's code: else the server starts anew to be rid of one */
    uint64_t client_timeout; /* ms for a client to send a request, or to take an answer */
    uint64_t grace;          /* ms for requests in progress when the server is told to stop */
    bool access_log;         /* a line a request on standard output */
    const struct w2s_wasi_dir *dirs; /* a WASI program's */
    size_t dir_count;
    const char *const *env;
    size_t env_count;
};

/* Serves until SIGTERM or SIGINT; prints errors. Returns an exit code. */
typedef int serve_function(const struct serve_config *config);
W2S_API serve_function wasm2so_serve;

#endif
