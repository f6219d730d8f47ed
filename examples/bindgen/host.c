/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Calls a function of a wasm-bindgen guest and prints what it alerts and returns.
 *
 *     host GUEST.so FUNCTION [string TEXT | value JSON]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindgen.h"

static void on_alert(void *env, const char *text, size_t size)
{
    (void)env;
    printf("alert: %.*s\n", (int)size, text);
}

static bool call(struct bindgen *guest, int argc, char **argv, w2s_error *err)
{
    enum bindgen_arg kind = BINDGEN_NOTHING;
    if (argc == 5)
        kind = strcmp(argv[3], "value") == 0 ? BINDGEN_VALUE : BINDGEN_STRING;
    char *json;
    if (!bindgen_call(guest, argv[2], kind, argc == 5 ? argv[4] : NULL, &json, err))
        return false;
    if (json)
        printf("%s\n", json);
    free(json);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: host GUEST.so FUNCTION [string TEXT | value JSON]\n");
        return 2;
    }
    w2s_error err;
    struct bindgen_config config = {.alert = on_alert};
    w2s_module *module = w2s_module_load(argv[1], &err);
    struct bindgen *guest = module ? bindgen_new(module, &config, &err) : NULL;
    bool ok = guest && call(guest, argc, argv, &err);
    if (!ok)
        fprintf(stderr, "host: %s: %s\n", argv[2], err.message);
    bindgen_free(guest);
    if (module)
        w2s_module_free(module);
    return ok ? 0 : 1;
}
