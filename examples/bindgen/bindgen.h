/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * bindgen.h: hosts modules made by Rust's wasm-bindgen without JavaScript: strings and structures
 * go over the boundary as the crate's glue has it, and values of JavaScript are JSON texts. Knows
 * both forms of the ABI: handles in a heap of the host's (0.2.76) and reference types (0.2.130).
 */
#ifndef BINDGEN_H
#define BINDGEN_H

#include "wasm2so.h"

struct bindgen;

struct bindgen_config {
    void (*alert)(void *env, const char *text, size_t size); /* the function that guests import */
    void *env;
};

/* Makes an instance, with a store of its own. NULL and err on failure. The module must stay. */
struct bindgen *bindgen_new(w2s_module *module, const struct bindgen_config *config,
                            w2s_error *err);
void bindgen_free(struct bindgen *guest);

enum bindgen_arg {
    BINDGEN_NOTHING,
    BINDGEN_STRING, /* &str: text is UTF-8 */
    BINDGEN_VALUE,  /* JsValue: text is JSON */
};

/* Calls an export with no argument or one. True: *json is the value returned, allocated, or NULL
 * where there is none. False: err says what the guest threw, or why it trapped. */
bool bindgen_call(struct bindgen *guest, const char *name, enum bindgen_arg kind, const char *text,
                  char **json, w2s_error *err);

#endif
