/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiling and running in tests.
 */
#include "tests/codegen/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

w2s_module *world_load(const char *text, const w2s_compile_options *options)
{
    char path[SUPPORT_PATH];
    w2s_error err = {.kind = W2S_ERROR_NONE};
    support_compile(text, options, path);
    w2s_module *module = w2s_module_load(path, &err);
    unlink(path);
    assert_string_equal(err.message, "");
    return module;
}

struct world world_open(int level, const w2s_store_config *config)
{
    struct world w = {.options = W2S_COMPILE_OPTIONS_INIT, .store = w2s_store_new(config)};
    w.options.level = level;
    w.linker = w2s_linker_new(w.store);
    return w;
}

w2s_instance *world_add(struct world *w, const char *name, const char *text)
{
    w2s_error err = {.kind = W2S_ERROR_NONE};
    w2s_module *module = world_load(text, &w->options);
    w2s_instance *instance = w2s_instance_new(w->store, module, w->linker, NULL, &err);
    w2s_module_free(module);
    assert_string_equal(err.message, "");
    assert_true(w2s_linker_define_instance(w->linker, name, instance));
    return instance;
}
