/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A waPC host in C. Makes a pool of instances of the guest, takes one for each request, and talks
 * MessagePack to it with msgpack-c.
 *
 *     host GUEST.so            the calls of expected.txt
 *     host GUEST.so COUNT      so many calls of check_word_exists on one instance: calls a second
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <msgpack.h>

#include "wasm2so_wapc.h"

static void fatal(const char *message)
{
    fprintf(stderr, "host: %s\n", message);
    exit(1);
}

/* ---- MessagePack ---- */

static void pack_text(msgpack_packer *to, const char *text)
{
    msgpack_pack_str_with_body(to, text, strlen(text));
}

/* {"name": name} */
static void pack_name(msgpack_packer *to, const char *name)
{
    msgpack_pack_map(to, 1);
    pack_text(to, "name");
    pack_text(to, name);
}

/* {"inp": {"x": name, "y": "test"}} */
static void pack_input(msgpack_packer *to, const char *name)
{
    msgpack_pack_map(to, 1);
    pack_text(to, "inp");
    msgpack_pack_map(to, 2);
    pack_text(to, "x");
    pack_text(to, name);
    pack_text(to, "y");
    pack_text(to, "test");
}

static void print_text(w2s_wapc_bytes bytes)
{
    msgpack_unpacked item;
    msgpack_unpacked_init(&item);
    if (msgpack_unpack_next(&item, (const char *)bytes.data, bytes.size, NULL) ==
            MSGPACK_UNPACK_SUCCESS &&
        item.data.type == MSGPACK_OBJECT_STR)
        printf("%.*s\n", (int)item.data.via.str.size, item.data.via.str.ptr);
    else
        puts("no MessagePack string");
    msgpack_unpacked_destroy(&item);
}

/* ---- what guests see of this host ---- */

/* Answers "BINDING/NAMESPACE/OPERATION" to binding `binding`. */
static bool host_call(void *env, w2s_wapc *guest, const w2s_wapc_host_call *call)
{
    (void)env;
    static const char unknown[] = "unknown binding";
    if (call->binding.size != 7 || memcmp(call->binding.data, "binding", 7) != 0) {
        w2s_wapc_reply(guest, unknown, sizeof unknown - 1);
        return false;
    }
    char path[200];
    snprintf(path, sizeof path, "%.*s/%.*s/%.*s", (int)call->binding.size, call->binding.data,
             (int)call->name_space.size, call->name_space.data, (int)call->operation.size,
             call->operation.data);
    msgpack_sbuffer answer;
    msgpack_sbuffer_init(&answer);
    msgpack_packer to;
    msgpack_packer_init(&to, &answer, msgpack_sbuffer_write);
    pack_text(&to, path);
    bool ok = w2s_wapc_reply(guest, answer.data, answer.size);
    msgpack_sbuffer_destroy(&answer);
    return ok;
}

static void console_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)
{
    (void)env, (void)guest;
    fprintf(stderr, "log: %.*s\n", (int)text.size, text.data);
}

static bool define(void *env, w2s_linker *linker, w2s_error *err)
{
    (void)env;
    w2s_wapc_config config = {
        .size = sizeof config, .host_call = host_call, .console_log = console_log};
    return w2s_linker_define_wapc(linker, &config, err);
}

/* ---- calls ---- */

static w2s_wapc *guest_take(w2s_pool *pool)
{
    w2s_error err;
    w2s_instance *instance = w2s_pool_take(pool, NULL, &err);
    w2s_wapc *guest = instance ? w2s_wapc_start(instance, NULL, &err) : NULL;
    if (!guest)
        fatal(err.message);
    return guest;
}

/* A request: an instance that knows nothing of the ones before. */
static void request(w2s_pool *pool, const char *operation,
                    void (*pack)(msgpack_packer *to, const char *name), const char *name)
{
    msgpack_sbuffer payload;
    msgpack_sbuffer_init(&payload);
    msgpack_packer to;
    msgpack_packer_init(&to, &payload, msgpack_sbuffer_write);
    pack(&to, name);
    w2s_wapc *guest = guest_take(pool);
    w2s_wapc_answer answer;
    w2s_trap *trap = w2s_wapc_call(guest, operation, payload.data, payload.size, &answer);
    printf("%s %s: ", operation, name);
    if (trap)
        printf("trap: %s\n", w2s_trap_message(trap));
    else if (answer.ok)
        print_text(answer.bytes);
    else
        printf("error: %.*s\n", (int)answer.bytes.size, answer.bytes.data);
    w2s_trap_free(trap);
    w2s_pool_give(pool, w2s_wapc_instance(guest));
    msgpack_sbuffer_destroy(&payload);
}

static void all_calls(w2s_pool *pool)
{
    static const char *const words[] = {"foo", "bar", "xylophone", "milagro", "test", "testme", ""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        request(pool, "check_word_exists", pack_name, words[i]);
    request(pool, "sayHello", pack_name, "foo");
    request(pool, "handle_input", pack_input, "shashank");
    request(pool, "relay", pack_name, "foo");
    request(pool, "fail", pack_name, "foo");
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void measure(w2s_pool *pool, unsigned long count)
{
    static const char payload[] = "\x81\xa4name\xa3"
                                  "foo";
    w2s_wapc *guest = guest_take(pool);
    w2s_wapc_answer answer;
    double start = seconds();
    for (unsigned long i = 0; i < count; i++)
        if (w2s_wapc_call(guest, "check_word_exists", payload, sizeof payload - 1, &answer) ||
            !answer.ok || answer.bytes.size != 5)
            fatal("check_word_exists failed");
    printf("%.0f calls/s\n", (double)count / (seconds() - start));
    w2s_pool_give(pool, w2s_wapc_instance(guest));
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: host GUEST.so [COUNT]\n");
        return 2;
    }
    w2s_error err;
    w2s_module *module = w2s_module_load(argv[1], &err);
    w2s_pool_config config = {.size = sizeof config, .max_instances = 8, .define = define};
    w2s_pool *pool = module ? w2s_pool_new(module, &config, &err) : NULL;
    if (!pool)
        fatal(err.message);
    if (argc == 2)
        all_calls(pool);
    else
        measure(pool, strtoul(argv[2], NULL, 10));
    w2s_pool_free(pool);
    w2s_module_free(module);
    return 0;
}
