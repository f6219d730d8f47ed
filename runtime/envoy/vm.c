/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An instance of the guest: made, started as proxy-wasm says (_initialize and main, or _start; the
 * root context; its configuration), and freed when neither its configuration nor a stream uses it.
 */
#include "runtime/envoy/envoy.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so_envoy.h"
#include "runtime/runtime.h"
#include "runtime/wasi/wasi.h"

extern const struct w2s_envoy w2s_envoy __attribute__((visibility("hidden")));

/* Names, and parameters at most: i32 all of them. */
static const struct {
    const char *name;
    uint32_t params;
} guest_rows[GUEST__COUNT] = {
    [GUEST_INITIALIZE] = {"_initialize", 0},
    [GUEST_MAIN] = {"main", 2},
    [GUEST_START] = {"_start", 0},
    [GUEST_MALLOC] = {"malloc", 1},
    [GUEST_ALLOCATE] = {"proxy_on_memory_allocate", 1},
    [GUEST_CONTEXT_CREATE] = {"proxy_on_context_create", 2},
    [GUEST_VM_START] = {"proxy_on_vm_start", 2},
    [GUEST_CONFIGURE] = {"proxy_on_configure", 2},
    [GUEST_TICK] = {"proxy_on_tick", 1},
    [GUEST_REQUEST_HEADERS] = {"proxy_on_request_headers", 3},
    [GUEST_REQUEST_BODY] = {"proxy_on_request_body", 3},
    [GUEST_REQUEST_TRAILERS] = {"proxy_on_request_trailers", 2},
    [GUEST_RESPONSE_HEADERS] = {"proxy_on_response_headers", 3},
    [GUEST_RESPONSE_BODY] = {"proxy_on_response_body", 3},
    [GUEST_RESPONSE_TRAILERS] = {"proxy_on_response_trailers", 2},
    [GUEST_HTTP_CALL_RESPONSE] = {"proxy_on_http_call_response", 5},
    [GUEST_GRPC_INITIAL_METADATA] = {"proxy_on_grpc_receive_initial_metadata", 3},
    [GUEST_GRPC_RECEIVE] = {"proxy_on_grpc_receive", 3},
    [GUEST_GRPC_TRAILING_METADATA] = {"proxy_on_grpc_receive_trailing_metadata", 3},
    [GUEST_GRPC_CLOSE] = {"proxy_on_grpc_close", 3},
    [GUEST_QUEUE_READY] = {"proxy_on_queue_ready", 2},
    [GUEST_DONE] = {"proxy_on_done", 1},
    [GUEST_LOG] = {"proxy_on_log", 1},
    [GUEST_DELETE] = {"proxy_on_delete", 1},
};

static void vm_free(struct vm *vm)
{
    callouts_free(&vm->callouts);
    grpc_free(&vm->grpc_calls);
    grpc_free(&vm->grpc_ended);
    free(vm->grpc_message.p);
    errands_forget(vm);
    w2s_store_free(vm->store);
    free(vm);
}

void vm_release(struct vm *vm)
{
    if (--vm->users == 0)
        vm_free(vm);
}

struct stream *vm_stream(const struct vm *vm, uint32_t context)
{
    struct stream *stream = vm->streams[context % STREAM_BUCKETS];
    while (stream && stream->id != context)
        stream = stream->next;
    return stream;
}

const char *vm_configuration(void)
{
    const char *text = getenv("W2S_ENVOY_VM_CONFIG");
    return text ? text : "";
}

/* ---- making one ---- */

static bool link_failed(const w2s_error *err)
{
    log_line(ENVOY_LOG_CRITICAL, "the filter cannot be loaded: %s", err->message);
    return false;
}

/* What the guest's descriptors 0 to 2 are; opened when the module is loaded, for good. */
static int null = -1;

static __attribute__((constructor)) void open_null(void)
{
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* Guests see WASI's clocks, random numbers, arguments and environment (both empty); what they write
 * to descriptors 1 and 2 is logged. */
static bool define_wasi(struct vm *vm, w2s_linker *linker, w2s_error *err)
{
    const struct w2s_wasi_row *const *rows = (const struct w2s_wasi_row *const *)w2s_envoy.wasi;
    w2s_wasi_config config = {
        .size = sizeof config, .stdin_fd = null, .stdout_fd = null, .stderr_fd = null};
    return wasi_define(linker, rows, w2s_envoy.wasi_count, &config, err) &&
           log_define(vm, linker, err);
}

static bool instantiate(struct vm *vm)
{
    w2s_error err = {.message = "out of memory"};
    w2s_trap *trap = NULL;
    w2s_module *module = rt_module_linked(w2s_envoy.module, "filter", &err);
    if (!module)
        return link_failed(&err);
    w2s_linker *linker = NULL;
    vm->store = w2s_store_new(NULL);
    if (vm->store)
        linker = w2s_linker_new(vm->store);
    if (linker && functions_define(vm, linker, &err) && define_wasi(vm, linker, &err))
        vm->instance = w2s_instance_new(vm->store, module, linker, &trap, &err);
    w2s_module_free(module);
    if (trap)
        log_trap(vm, trap);
    w2s_trap_free(trap);
    if (!vm->instance)
        return link_failed(&err);
    vm->memory = w2s_instance_main_memory(vm->instance);
    return true;
}

static bool is_i32(const w2s_valtype *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (types[i].kind != W2S_I32)
            return false;
    return true;
}

static bool find_functions(struct vm *vm)
{
    for (unsigned i = 0; i < GUEST__COUNT; i++) {
        vm->guest[i] = w2s_instance_func(vm->instance, guest_rows[i].name);
        if (!vm->guest[i])
            continue;
        w2s_functype type = w2s_func_type(vm->guest[i]);
        if (type.param_count <= guest_rows[i].params && type.result_count <= 1 &&
            is_i32(type.params, type.param_count) && is_i32(type.results, type.result_count))
            continue;
        log_line(ENVOY_LOG_CRITICAL, "the filter's %s has not the type of proxy-wasm",
                 guest_rows[i].name);
        return false;
    }
    vm->old = w2s_instance_func(vm->instance, "proxy_abi_version_0_1_0") != NULL;
    return true;
}

/* A command that exits with 0 has started well. */
static bool run_start(struct vm *vm)
{
    static const uint32_t none[2] = {0, 0};
    if (vm->guest[GUEST_INITIALIZE])
        return guest_call(vm, NULL, GUEST_INITIALIZE, none, NULL) &&
               guest_call(vm, NULL, GUEST_MAIN, none, NULL);
    return guest_call(vm, NULL, GUEST_START, none, NULL);
}

static bool configure(struct vm *vm, enum guest_function which, size_t size)
{
    uint32_t args[] = {ROOT_CONTEXT, (uint32_t)size}, accepted = 1;
    if (!guest_call(vm, NULL, which, args, &accepted))
        return false;
    if (!accepted)
        log_line(ENVOY_LOG_ERROR, "%s: the filter refuses its configuration",
                 guest_rows[which].name);
    return accepted;
}

static bool start(struct vm *vm)
{
    const char *vm_text = vm_configuration();
    uint32_t root[] = {ROOT_CONTEXT, 0};
    return instantiate(vm) && find_functions(vm) && run_start(vm) &&
           guest_call(vm, NULL, GUEST_CONTEXT_CREATE, root, NULL) &&
           configure(vm, GUEST_VM_START, strlen(vm_text)) &&
           configure(vm, GUEST_CONFIGURE, vm->config->text.n);
}

struct vm *vm_new(struct config *config)
{
    static atomic_uint_fast64_t numbers;
    struct vm *vm = calloc(1, sizeof *vm);
    if (!vm)
        return NULL;
    vm->number = ++numbers;
    vm->config = config;
    vm->users = 1;
    vm->thread = pthread_self();
    vm->last_id = ROOT_CONTEXT;
    if (start(vm))
        return vm;
    vm_free(vm);
    return NULL;
}

void vm_shut_down(struct vm *vm)
{
    uint32_t args[] = {ROOT_CONTEXT};
    guest_call(vm, NULL, GUEST_DONE, args, NULL);
    guest_call(vm, NULL, GUEST_DELETE, args, NULL);
}
