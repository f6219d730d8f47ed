/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The options of serve, and what they are when they are not given.
 */
#include "tools/wasm2so/options_serve.h"

#include <string.h>
#include <unistd.h>

#include "tools/serve/serve.h"
#include "tools/wasm2so/options.h"

void options_serve_default(struct serve_options *serve)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = processors > 0 && processors <= 1024 ? (uint32_t)processors : 1;
    *serve = (struct serve_options){
        .listen = "127.0.0.1:8080",
        .operation = "check_word_exists",
        .format = SERVE_TEXT,
        .instances = 2 * n,
        .queue = 1024,
        .workers = (n + 1) / 2,
        .connections = 1000,
        .max_body = 1 << 20,
        .max_answer = 16 << 20,
        .client_timeout = 30000,
        .grace = 10000,
    };
}

bool set_http_listen(struct options *o, const char *arg)
{
    o->serve.listen = arg;
    return strchr(arg, ':') != NULL;
}

bool set_operation(struct options *o, const char *arg)
{
    o->serve.operation = arg;
    return true;
}

bool set_format(struct options *o, const char *arg)
{
    static const char *const words[] = {"text", "node", "raw", NULL};
    o->serve.format = options_word(words, arg);
    return o->serve.format >= 0;
}

/* A count, from least to most. */
static bool set_count(uint32_t *to, const char *arg, uint32_t least, uint32_t most)
{
    uint64_t n;
    bool good = options_number(arg, most, &n) && n >= least;
    *to = (uint32_t)n;
    return good;
}

bool set_instances(struct options *o, const char *arg)
{
    return set_count(&o->serve.instances, arg, 1, 4096);
}

bool set_queue(struct options *o, const char *arg)
{
    return set_count(&o->serve.queue, arg, 0, 1000000);
}

bool set_workers(struct options *o, const char *arg)
{
    return set_count(&o->serve.workers, arg, 1, 256);
}

bool set_connections(struct options *o, const char *arg)
{
    return set_count(&o->serve.connections, arg, 1, 1000000);
}

bool set_max_body(struct options *o, const char *arg)
{
    return options_bytes(arg, &o->serve.max_body);
}

bool set_max_answer(struct options *o, const char *arg)
{
    return options_bytes(arg, &o->serve.max_answer) && o->serve.max_answer <= (uint64_t)1 << 40;
}

bool set_client_timeout(struct options *o, const char *arg)
{
    return options_number(arg, 86400000, &o->serve.client_timeout) && o->serve.client_timeout > 0;
}

bool set_grace(struct options *o, const char *arg)
{
    return options_number(arg, 86400000, &o->serve.grace);
}

bool set_access_log(struct options *o, const char *arg)
{
    (void)arg;
    return o->serve.access_log = true;
}
