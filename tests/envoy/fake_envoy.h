/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * fake_envoy.h: what the parts of the program fake_envoy share: the module, and Envoy's objects.
 */
#ifndef TESTS_ENVOY_FAKE_ENVOY_H
#define TESTS_ENVOY_FAKE_ENVOY_H

#include "runtime/envoy/abi.h"

enum { MOST = 40, ROOM = 4096 };

struct pair {
    char key[64], value[256];
};

struct map {
    struct pair pairs[MOST];
    size_t count;
};

struct body {
    char bytes[ROOM];
    size_t size;
};

/* An HTTP stream of the module's, and what it has sent. */
struct http_stream {
    bool is_open;
    uint64_t id;
    char path[64], sent[ROOM];
    size_t size;
};

struct filter {
    struct map maps[4];
    struct body bodies[4];
    char state_key[64], state[64];
    bool answered, reset, goes_on, called;
    uint64_t call;
    struct http_stream http;
    struct stream *stream; /* the module's */
};

struct module {
    void *handle;
    struct config *config;
};

extern struct module module;
extern int config_object; /* Envoy's of the configuration */

/* The module's function of that name, into the pointer at function. */
void hook(const char *name, void *function);

/* ---- HTTP streams (fake_stream.c) ---- */

extern struct http_stream config_stream;

/* Answers what was sent, if the stream is open. owner: the filter, or the configuration's object,
 * which has no stream. */
void http_stream_answer(struct http_stream *http, void *owner, struct stream *stream);

#endif
