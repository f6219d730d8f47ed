/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Between the command line and an instance. What the guest sees of the host is in guest_wasi.c.
 */
#include "tools/wasm2so/guest.h"

#include <string.h>
#include <unistd.h>

#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"
#include "tools/wasm2so/values.h"

/* ---- threads ---- */

bool guest_has_threads(const w2s_module *module)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    for (uint32_t i = 0; i < desc->import_count; i++)
        if (strcmp(desc->imports[i].module.bytes, "wasi") == 0 &&
            strcmp(desc->imports[i].name.bytes, "thread-spawn") == 0)
            return true;
    return false;
}

/* In the thread that ended the program: the others may compute for ever, so the process ends. */
static void thread_ended(void *env, w2s_trap *trap)
{
    (void)env;
    int code = guest_trapped(trap);
    finish_output();
    _exit(code);
}

int guest_define_threads(w2s_linker *linker, w2s_module *module, const char *file)
{
    w2s_error err;
    w2s_wasi_threads_config config = {.size = sizeof config, .ended = thread_ended};
    bool ok = w2s_linker_define_wasi_threads(linker, module, &config, &err);
    return ok ? -1 : guest_failed(file, &err);
}

/* ---- limits ---- */

static bool lacks(const char *file, const char *option, const char *needed)
{
    fprintf(stderr,
            "wasm2so: %s: error: %s needs a module compiled with %s, which this one is not\n", file,
            option, needed);
    return true;
}

bool guest_limits_missing(const w2s_module *module, const struct options *options, const char *file)
{
    uint64_t has = w2s_module_code_features(module);
    if (options->timeout != 0 && !(has & W2S_CODE_INTERRUPTIBLE))
        return lacks(file, "--timeout", "--interruptible");
    if (options->fuel != W2S_FUEL_UNLIMITED && !(has & W2S_CODE_FUEL))
        return lacks(file, "--fuel", "--fuel");
    return false;
}

/* ---- errors and traps ---- */

int guest_failed(const char *file, const w2s_error *err)
{
    const char *kind = err->kind == W2S_ERROR_LINK ? "link error" : "error";
    fflush(stdout);
    fprintf(stderr, "wasm2so: %s: %s: %s\n", file, kind, err->message);
    return EXIT_FAILED;
}

static void text_print(const char *text)
{
    name_print(stderr, (struct w2s_name){.bytes = text, .size = strlen(text)});
}

static void frame_print(size_t number, const w2s_frame *frame)
{
    fprintf(stderr, "    %zu: ", number);
    const bool is_host = frame->func_index == W2S_NONE;
    if (frame->func_name)
        text_print(frame->func_name);
    if (is_host)
        fputs(frame->func_name ? " (host)" : "host function (host)", stderr);
    else
        fprintf(stderr, frame->func_name ? " (function %u)" : "function %u", frame->func_index);
    if (frame->module_name) {
        fputs(" in ", stderr);
        text_print(frame->module_name);
    }
    fputc('\n', stderr);
}

int guest_trapped(w2s_trap *trap)
{
    fflush(stdout);
    if (w2s_trap_kind(trap) == W2S_TRAP_EXIT) {
        int status = w2s_trap_exit_status(trap) & 0xff;
        w2s_trap_free(trap);
        return status;
    }
    fprintf(stderr, "wasm2so: trap: %s\n", w2s_trap_message(trap));
    size_t count = w2s_trap_frame_count(trap);
    for (size_t i = 0; i < count; i++) {
        w2s_frame frame = w2s_trap_frame(trap, i);
        frame_print(i, &frame);
    }
    w2s_trap_free(trap);
    return EXIT_TRAP;
}

/* ---- calls ---- */

int guest_call_plain(w2s_instance *instance, const char *name)
{
    w2s_func *func = w2s_instance_func(instance, name);
    if (!func)
        return -1;
    w2s_functype type = w2s_func_type(func);
    if (type.param_count != 0 || type.result_count != 0)
        return -1;
    w2s_trap *trap = w2s_call(func, NULL, NULL);
    return trap ? guest_trapped(trap) : -1;
}

void guest_list_functions(const w2s_module *module)
{
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    for (uint32_t i = 0; i < desc->export_count; i++) {
        const struct w2s_export_desc *export = &desc->exports[i];
        if (export->kind != W2S_FUNC)
            continue;
        fputs("    ", stderr);
        name_print(stderr, export->name);
        fputc(' ', stderr);
        functype_print(stderr, &desc->types[desc->funcs[export->index].type_index]);
        fputc('\n', stderr);
    }
}

/* "wasm2so: f: TEXT; f is (i32) -> (i32)" */
static int arguments_wrong(const char *name, const w2s_functype *type, const char *what)
{
    fprintf(stderr, "wasm2so: %s: %s; its type is ", name, what);
    signature_print(stderr, type->params, type->param_count, type->results, type->result_count);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

static int arguments_parse(const struct options *options, const w2s_functype *type, w2s_value *args)
{
    char what[256], name[40];
    if (options->arg_count != type->param_count) {
        snprintf(what, sizeof what, "%zu arguments given, %u wanted", options->arg_count,
                 type->param_count);
        return arguments_wrong(options->invoke, type, what);
    }
    for (uint32_t i = 0; i < type->param_count; i++) {
        if (value_parse(options->args[i], type->params[i], &args[i]))
            continue;
        snprintf(what, sizeof what, "'%.100s' is no %s", options->args[i],
                 type_name(type->params[i], name, sizeof name));
        return arguments_wrong(options->invoke, type, what);
    }
    return -1;
}

static int call_and_print(w2s_func *func, const w2s_functype *type, const w2s_value *args,
                          w2s_value *results)
{
    w2s_trap *trap = w2s_call(func, args, results);
    if (trap)
        return guest_trapped(trap);
    for (uint32_t i = 0; i < type->result_count; i++) {
        value_print(stdout, type->results[i], &results[i]);
        putchar('\n');
    }
    return EXIT_OK;
}

int guest_invoke(w2s_instance *instance, const struct options *options)
{
    w2s_func *func = w2s_instance_func(instance, options->invoke);
    if (!func) {
        fprintf(stderr, "wasm2so: %s exports no function '%s'; it exports%s\n", options->file,
                options->invoke,
                w2s_module_desc(w2s_instance_module(instance))->export_count ? ":" : " nothing");
        guest_list_functions(w2s_instance_module(instance));
        return EXIT_USAGE;
    }
    w2s_functype type = w2s_func_type(func);
    struct arena arena = {.head = NULL};
    w2s_value *args = arena_array(&arena, type.param_count, sizeof *args);
    w2s_value *results = arena_array(&arena, type.result_count, sizeof *results);
    int code = arguments_parse(options, &type, args);
    if (code < 0)
        code = call_and_print(func, &type, args, results);
    arena_free(&arena);
    return code;
}
