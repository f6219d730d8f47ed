/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_wapc.h as an addon for native.js. Bytes go over in memory that both share, as making a
 * buffer costs more than a call. What JavaScript could change while a guest works is copied (the
 * payload) or refused.
 */
#include <stdlib.h>
#include <string.h>

#include <node_api.h>

#include "wasm2so_wapc.h"

enum { MAX_OPERATION = 256 };

struct bytes {
    uint8_t *data;
    size_t size;
};

struct guest {
    napi_env env;
    napi_ref host; /* { hostCall, log } */
    w2s_module *module;
    w2s_store *store;
    w2s_wapc *wapc;
    char operation[MAX_OPERATION];
    napi_ref shared_buffer;
    struct bytes shared;  /* the buffer's */
    struct bytes payload; /* the guest's while it works; size: what there is room for */
    w2s_wapc_bytes answer;
    bool busy;
};

static napi_value throw_message(napi_env env, const char *message)
{
    napi_throw_error(env, NULL, message);
    return NULL;
}

/* ---- bytes and texts ---- */

static napi_value to_buffer(napi_env env, w2s_wapc_bytes bytes)
{
    napi_value js = NULL;
    napi_create_buffer_copy(env, bytes.size, bytes.data, NULL, &js);
    return js;
}

static napi_value to_string(napi_env env, w2s_wapc_bytes bytes)
{
    napi_value js = NULL;
    napi_create_string_utf8(env, (const char *)bytes.data, bytes.size, &js);
    return js;
}

/* Of a Uint8Array, as a Buffer is one. */
static bool from_bytes(napi_env env, napi_value js, void **data, size_t *size)
{
    bool is_array;
    napi_typedarray_type type;
    return napi_is_typedarray(env, js, &is_array) == napi_ok && is_array &&
           napi_get_typedarray_info(env, js, &type, size, data, NULL, NULL) == napi_ok &&
           type == napi_uint8_array;
}

/* ---- the guest asks ---- */

/* The method's result; NULL when it throws, or is not there. */
static napi_value host_ask(struct guest *guest, const char *method, size_t count,
                           const napi_value *args)
{
    napi_value host, function, result = NULL;
    if (napi_get_reference_value(guest->env, guest->host, &host) != napi_ok ||
        napi_get_named_property(guest->env, host, method, &function) != napi_ok ||
        napi_call_function(guest->env, host, function, count, args, &result) != napi_ok)
        return NULL;
    return result;
}

/* The text of what was thrown becomes the answer. */
static bool reply_exception(napi_env env, w2s_wapc *wapc)
{
    char text[500] = "the host answers no bytes";
    size_t size = strlen(text);
    bool thrown = false;
    napi_value exception, message;
    napi_is_exception_pending(env, &thrown);
    if (thrown && napi_get_and_clear_last_exception(env, &exception) == napi_ok &&
        napi_get_named_property(env, exception, "message", &message) == napi_ok)
        napi_get_value_string_utf8(env, message, text, sizeof text, &size);
    w2s_wapc_reply(wapc, text, size);
    return false;
}

static bool on_host_call(void *data, w2s_wapc *wapc, const w2s_wapc_host_call *call)
{
    struct guest *guest = data;
    napi_env env = guest->env;
    napi_handle_scope scope;
    void *bytes;
    size_t size;
    napi_open_handle_scope(env, &scope);
    napi_value args[] = {to_string(env, call->binding), to_string(env, call->name_space),
                         to_string(env, call->operation), to_buffer(env, call->payload)};
    napi_value reply = host_ask(guest, "hostCall", 4, args);
    bool ok = reply && from_bytes(env, reply, &bytes, &size) ? w2s_wapc_reply(wapc, bytes, size)
                                                             : reply_exception(env, wapc);
    napi_close_handle_scope(env, scope);
    return ok;
}

/* Nobody hears of an error in logging. */
static void on_log(void *data, w2s_wapc *wapc, w2s_wapc_bytes text)
{
    struct guest *guest = data;
    napi_handle_scope scope;
    napi_value line, ignored;
    (void)wapc;
    napi_open_handle_scope(guest->env, &scope);
    line = to_string(guest->env, text);
    if (!host_ask(guest, "log", 1, &line))
        napi_get_and_clear_last_exception(guest->env, &ignored);
    napi_close_handle_scope(guest->env, scope);
}

/* ---- what native.js calls: methods ---- */

/* this, and the only argument; NULL with an exception thrown. */
static struct guest *guest_of(napi_env env, napi_callback_info info, napi_value *argument)
{
    size_t count = 1;
    napi_value this;
    struct guest *guest = NULL;
    if (napi_get_cb_info(env, info, &count, argument, &this, NULL) != napi_ok ||
        napi_unwrap(env, this, (void **)&guest) != napi_ok)
        throw_message(env, "not a guest");
    else if (!guest->wapc || guest->busy)
        throw_message(env, guest->busy ? "the guest is at work" : "the guest is closed");
    else
        return guest;
    return NULL;
}

/* name(operation): of the calls that follow. */
static napi_value method_name(napi_env env, napi_callback_info info)
{
    char name[MAX_OPERATION];
    size_t length;
    napi_value operation;
    struct guest *guest = guest_of(env, info, &operation);
    if (!guest)
        return NULL;
    if (napi_get_value_string_utf8(env, operation, name, sizeof name, &length) != napi_ok ||
        length == sizeof name - 1)
        return throw_message(env, "no name of an operation");
    memcpy(guest->operation, name, length + 1);
    return NULL;
}

/* room(size): the shared memory from now on, an ArrayBuffer. */
static napi_value method_room(napi_env env, napi_callback_info info)
{
    int64_t size;
    napi_value argument, buffer;
    struct guest *guest = guest_of(env, info, &argument);
    void *data;
    if (!guest)
        return NULL;
    if (napi_get_value_int64(env, argument, &size) != napi_ok || size < 0 ||
        napi_create_arraybuffer(env, (size_t)size, &data, &buffer) != napi_ok)
        return throw_message(env, "no room");
    if (guest->shared_buffer)
        napi_delete_reference(env, guest->shared_buffer);
    napi_create_reference(env, buffer, 1, &guest->shared_buffer);
    guest->shared = (struct bytes){data, (size_t)size};
    return buffer;
}

static bool payload_keep(struct guest *guest, size_t size)
{
    if (size > guest->payload.size || !guest->payload.data) {
        uint8_t *larger = realloc(guest->payload.data, size + 64);
        if (!larger)
            return false;
        guest->payload = (struct bytes){larger, size + 64};
    }
    if (size > 0)
        memcpy(guest->payload.data, guest->shared.data, size);
    return true;
}

static napi_value throw_trap(napi_env env, w2s_trap *trap)
{
    throw_message(env, w2s_trap_message(trap));
    w2s_trap_free(trap);
    return NULL;
}

static napi_value throw_error(napi_env env, w2s_wapc_bytes text)
{
    napi_value error;
    napi_create_error(env, NULL, to_string(env, text), &error);
    napi_throw(env, error);
    return NULL;
}

/* call(size): the payload's bytes are in the shared memory, and then the answer's, if they have
 * room there. Returns their number. */
static napi_value method_call(napi_env env, napi_callback_info info)
{
    napi_value argument, result = NULL;
    uint32_t size;
    w2s_wapc_answer answer;
    struct guest *guest = guest_of(env, info, &argument);
    if (!guest)
        return NULL;
    if (napi_get_value_uint32(env, argument, &size) != napi_ok || size > guest->shared.size ||
        !payload_keep(guest, size))
        return throw_message(env, "no room for the payload");
    guest->answer = (w2s_wapc_bytes){.data = NULL};
    guest->busy = true;
    w2s_trap *trap =
        w2s_wapc_call(guest->wapc, guest->operation, guest->payload.data, size, &answer);
    guest->busy = false;
    if (trap)
        return throw_trap(env, trap);
    if (!answer.ok)
        return throw_error(env, answer.bytes);
    guest->answer = answer.bytes;
    if (answer.bytes.size <= guest->shared.size)
        memcpy(guest->shared.data, answer.bytes.data, answer.bytes.size);
    napi_create_uint32(env, (uint32_t)answer.bytes.size, &result);
    return result;
}

/* answer(): that of the last call, as a buffer of its own. */
static napi_value method_answer(napi_env env, napi_callback_info info)
{
    napi_value none;
    struct guest *guest = guest_of(env, info, &none);
    return guest && guest->answer.data ? to_buffer(env, guest->answer) : NULL;
}

static void guest_shut(struct guest *guest)
{
    w2s_store_free(guest->store);
    w2s_module_free(guest->module);
    guest->store = NULL;
    guest->module = NULL;
    guest->wapc = NULL;
}

static napi_value method_close(napi_env env, napi_callback_info info)
{
    napi_value none;
    struct guest *guest = guest_of(env, info, &none);
    if (guest)
        guest_shut(guest);
    return NULL;
}

/* ---- open(path, host) ---- */

static void guest_drop(napi_env env, void *data, void *hint)
{
    struct guest *guest = data;
    (void)hint;
    guest_shut(guest);
    napi_delete_reference(env, guest->host);
    if (guest->shared_buffer)
        napi_delete_reference(env, guest->shared_buffer);
    free(guest->payload.data);
    free(guest);
}

static bool guest_open(struct guest *guest, const char *path, w2s_error *err)
{
    const w2s_wapc_config config = {
        .size = sizeof config, .host_call = on_host_call, .console_log = on_log, .env = guest};
    guest->module = w2s_module_load(path, err);
    if (!guest->module)
        return false;
    strcpy(err->message, "out of memory");
    guest->store = w2s_store_new(NULL);
    w2s_linker *linker = guest->store ? w2s_linker_new(guest->store) : NULL;
    w2s_instance *instance = NULL;
    if (linker && w2s_linker_define_wapc(linker, &config, err))
        instance = w2s_instance_new(guest->store, guest->module, linker, NULL, err);
    guest->wapc = instance ? w2s_wapc_start(instance, NULL, err) : NULL;
    return guest->wapc != NULL;
}

static napi_value object_new(napi_env env, struct guest *guest)
{
    static const napi_property_descriptor methods[] = {
        {.utf8name = "name", .method = method_name},
        {.utf8name = "room", .method = method_room},
        {.utf8name = "call", .method = method_call},
        {.utf8name = "answer", .method = method_answer},
        {.utf8name = "close", .method = method_close},
    };
    napi_value object;
    napi_create_object(env, &object);
    napi_define_properties(env, object, sizeof methods / sizeof *methods, methods);
    napi_wrap(env, object, guest, guest_drop, NULL, NULL);
    return object;
}

static napi_value open_guest(napi_env env, napi_callback_info info)
{
    char path[4096];
    size_t count = 2;
    napi_value args[2];
    napi_valuetype type;
    w2s_error err;
    napi_get_cb_info(env, info, &count, args, NULL, NULL);
    if (napi_get_value_string_utf8(env, args[0], path, sizeof path, NULL) != napi_ok ||
        napi_typeof(env, args[1], &type) != napi_ok || type != napi_object)
        return throw_message(env, "open(path, host)");
    struct guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return throw_message(env, "out of memory");
    guest->env = env;
    napi_create_reference(env, args[1], 1, &guest->host);
    if (guest_open(guest, path, &err))
        return object_new(env, guest);
    guest_drop(env, guest, NULL);
    return throw_message(env, err.message);
}

NAPI_MODULE_INIT()
{
    napi_value function;
    napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_guest, NULL, &function);
    napi_set_named_property(env, exports, "open", function);
    return exports;
}
