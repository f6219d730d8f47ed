/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Exceptions of JavaScript and traps: what JavaScript throws goes through wasm as an exception with
 * a tag of its own, so that the guest can catch it, and comes out as the same value; a trap becomes
 * a WebAssembly.RuntimeError.
 */
#include "addon.h"

#include <string.h>

/* WebAssembly[class], or the global of that name. */
static bool class_find(napi_env env, const char *class, napi_value *found)
{
    napi_value global, namespace;
    bool has = false;
    napi_get_global(env, &global);
    napi_get_named_property(env, global, "WebAssembly", &namespace);
    napi_has_named_property(env, namespace, class, &has);
    return napi_get_named_property(env, has ? namespace : global, class, found) == napi_ok;
}

napi_value throw_error(napi_env env, const char *class, const char *message)
{
    napi_value constructor, text, error;
    napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
    if (class_find(env, class, &constructor) &&
        napi_new_instance(env, constructor, 1, &text, &error) == napi_ok)
        napi_throw(env, error);
    else
        napi_throw_error(env, NULL, message);
    return NULL;
}

napi_value throw_trap(struct guest *guest, w2s_trap *trap)
{
    enum w2s_trap_kind kind = w2s_trap_kind(trap);
    if (kind == W2S_TRAP_UNCAUGHT_EXCEPTION && w2s_trap_tag(trap) == guest->js_tag) {
        const w2s_functype type = w2s_tag_type(guest->js_tag);
        napi_throw(guest->env, to_js(guest, w2s_trap_values(trap)[0], type.params[0]));
    } else if (kind == W2S_TRAP_STACK_OVERFLOW) {
        throw_error(guest->env, "RangeError", "Maximum call stack size exceeded");
    } else {
        throw_error(guest->env, "RuntimeError", w2s_trap_message(trap));
    }
    w2s_trap_free(trap);
    return NULL;
}

w2s_trap *trap_pending(struct guest *guest)
{
    napi_value exception;
    w2s_value value;
    const w2s_functype type = w2s_tag_type(guest->js_tag);
    napi_get_and_clear_last_exception(guest->env, &exception);
    w2s_trap *trap = NULL;
    if (from_js(guest, exception, type.params[0], &value))
        trap = w2s_trap_exception(guest->store, guest->js_tag, &value);
    return trap ? trap : w2s_trap_new(guest->store, "exception of the host");
}
