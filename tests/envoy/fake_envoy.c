/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * As much of Envoy as a dynamic module sees, in one program: loads a module, sends requests through
 * it, and prints what the module logs and what comes out. A request is a path and pieces of a
 * body; the service answers "well" and "done".
 *   usage: fake_envoy MODULE CONFIGURATION [-w] PATH[=PIECE,PIECE...]...
 * -w: what follows is done by a worker thread. "wait": until the scheduler has brought three ticks.
 */
#include "tests/envoy/fake_envoy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The module's functions. */
struct module module;

int config_object;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t scheduled = PTHREAD_COND_INITIALIZER;
static uint64_t events[64], config_call; /* the callout of the configuration, 0 for none */
static size_t event_count;

void hook(const char *name, void *function)
{
    char symbol[128];
    snprintf(symbol, sizeof symbol, "envoy_dynamic_module_on_%s", name);
    void *address = dlsym(module.handle, symbol);
    if (!address) {
        printf("no %s\n", symbol);
        exit(1);
    }
    memcpy(function, &address, sizeof address);
}

/* ---- log ---- */

void ENVOY(log)(unsigned level, struct envoy_bytes message)
{
    printf("  %u %.*s\n", level, (int)message.size, message.ptr);
}

bool ENVOY(log_enabled)(unsigned level)
{
    return level >= ENVOY_LOG_INFO;
}

/* ---- maps ---- */

static bool is_key(const struct pair *pair, struct envoy_bytes key)
{
    return strlen(pair->key) == key.size && strncasecmp(pair->key, key.ptr, key.size) == 0;
}

static void map_add(struct map *map, const char *key, const char *value)
{
    struct pair *pair = &map->pairs[map->count++];
    snprintf(pair->key, sizeof pair->key, "%s", key);
    snprintf(pair->value, sizeof pair->value, "%s", value);
}

static void print_map(const char *what, const struct map *map)
{
    for (size_t i = 0; i < map->count; i++)
        printf("  %s %s: %s\n", what, map->pairs[i].key, map->pairs[i].value);
}

size_t ENVOY(http_get_headers_size)(void *filter, unsigned map)
{
    return ((struct filter *)filter)->maps[map].count;
}

bool ENVOY(http_get_headers)(void *filter, unsigned map, struct envoy_header *headers)
{
    struct map *m = &((struct filter *)filter)->maps[map];
    for (size_t i = 0; i < m->count; i++)
        headers[i] = (struct envoy_header){m->pairs[i].key, strlen(m->pairs[i].key),
                                           m->pairs[i].value, strlen(m->pairs[i].value)};
    return true;
}

bool ENVOY(http_get_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes *value, size_t index, size_t *count)
{
    struct map *m = &((struct filter *)filter)->maps[map];
    size_t found = 0;
    for (size_t i = 0; i < m->count; i++)
        if (is_key(&m->pairs[i], key) && found++ == index)
            *value = (struct envoy_bytes){m->pairs[i].value, strlen(m->pairs[i].value)};
    if (count)
        *count = found;
    return index < found;
}

bool ENVOY(http_add_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes value)
{
    struct map *m = &((struct filter *)filter)->maps[map];
    struct pair *pair = &m->pairs[m->count++];
    snprintf(pair->key, sizeof pair->key, "%.*s", (int)key.size, key.ptr);
    snprintf(pair->value, sizeof pair->value, "%.*s", (int)value.size, value.ptr);
    return true;
}

bool ENVOY(http_set_header)(void *filter, unsigned map, struct envoy_bytes key,
                            struct envoy_bytes value)
{
    struct map *m = &((struct filter *)filter)->maps[map];
    size_t kept = 0, old = m->count;
    for (size_t i = 0; i < old; i++)
        if (!is_key(&m->pairs[i], key))
            m->pairs[kept++] = m->pairs[i];
    m->count = kept;
    return value.ptr ? ENVOY(http_add_header)(filter, map, key, value) : kept < old;
}

/* ---- bodies ---- */

static struct body *body_of(void *filter, unsigned body)
{
    return &((struct filter *)filter)->bodies[body];
}

size_t ENVOY(http_get_body_size)(void *filter, unsigned body)
{
    return body_of(filter, body)->size;
}

/* Two chunks, so that the module has to put them together. */
size_t ENVOY(http_get_body_chunks_size)(void *filter, unsigned body)
{
    (void)filter, (void)body;
    return 2;
}

bool ENVOY(http_get_body_chunks)(void *filter, unsigned body, struct envoy_bytes *chunks)
{
    struct body *b = body_of(filter, body);
    chunks[0] = (struct envoy_bytes){b->bytes, b->size / 2};
    chunks[1] = (struct envoy_bytes){b->bytes + b->size / 2, b->size - b->size / 2};
    return true;
}

bool ENVOY(http_append_body)(void *filter, unsigned body, struct envoy_bytes bytes)
{
    struct body *b = body_of(filter, body);
    memcpy(b->bytes + b->size, bytes.ptr, bytes.size);
    b->size += bytes.size;
    return true;
}

bool ENVOY(http_drain_body)(void *filter, unsigned body, size_t size)
{
    struct body *b = body_of(filter, body);
    memmove(b->bytes, b->bytes + size, b->size - size);
    b->size -= size;
    return true;
}

bool ENVOY(http_received_buffered_request_body)(void *filter)
{
    (void)filter;
    return false;
}

bool ENVOY(http_received_buffered_response_body)(void *filter)
{
    (void)filter;
    return false;
}

/* ---- streams ---- */

void ENVOY(http_send_response)(void *filter, uint32_t status, struct envoy_header *headers,
                               size_t header_count, struct envoy_bytes body,
                               struct envoy_bytes details)
{
    ((struct filter *)filter)->answered = true;
    printf("  answer %u %.*s %.*s\n", status, (int)details.size, details.ptr, (int)body.size,
           body.ptr);
    for (size_t i = 0; i < header_count; i++)
        printf("  answer %.*s: %.*s\n", (int)headers[i].key_size, headers[i].key,
               (int)headers[i].value_size, headers[i].value);
}

void ENVOY(http_filter_continue_decoding)(void *filter)
{
    ((struct filter *)filter)->goes_on = true;
}

void ENVOY(http_filter_continue_encoding)(void *filter)
{
    ((struct filter *)filter)->goes_on = true;
}

void ENVOY(http_filter_reset_stream)(void *filter, unsigned reason, struct envoy_bytes details)
{
    ((struct filter *)filter)->reset = true;
    printf("  reset %u %.*s\n", reason, (int)details.size, details.ptr);
}

void ENVOY(http_clear_route_cache)(void *filter)
{
    (void)filter;
    printf("  route cache cleared\n");
}

/* ---- attributes ---- */

bool ENVOY(http_filter_get_attribute_string)(void *filter, unsigned id, struct envoy_bytes *value)
{
    struct filter *f = filter;
    if (id == 0)
        return ENVOY(http_get_header)(f, ENVOY_REQUEST_HEADERS, (struct envoy_bytes){":path", 5},
                                      value, 0, NULL);
    static const char *const texts[] = {
        [2] = "fake.host", [4] = "GET", [10] = "HTTP/1.1", [24] = "127.0.0.1:9"};
    if (id >= sizeof texts / sizeof *texts || !texts[id])
        return false;
    *value = (struct envoy_bytes){texts[id], strlen(texts[id])};
    return true;
}

bool ENVOY(http_filter_get_attribute_int)(void *filter, unsigned id, uint64_t *value)
{
    (void)filter;
    *value = 9;
    return id == 25;
}

bool ENVOY(http_filter_get_attribute_bool)(void *filter, unsigned id, bool *value)
{
    (void)filter;
    *value = true;
    return id == 29;
}

bool ENVOY(http_get_filter_state_bytes)(void *filter, struct envoy_bytes key,
                                        struct envoy_bytes *value)
{
    struct filter *f = filter;
    *value = (struct envoy_bytes){f->state, strlen(f->state)};
    return strlen(f->state_key) == key.size && memcmp(f->state_key, key.ptr, key.size) == 0;
}

bool ENVOY(http_set_filter_state_bytes)(void *filter, struct envoy_bytes key,
                                        struct envoy_bytes value)
{
    struct filter *f = filter;
    snprintf(f->state_key, sizeof f->state_key, "%.*s", (int)key.size, key.ptr);
    snprintf(f->state, sizeof f->state, "%.*s", (int)value.size, value.ptr);
    return true;
}

/* ---- metadata: of the route, under "a.b" ---- */

static bool is_metadata(unsigned source, struct envoy_bytes space, struct envoy_bytes key,
                        const char *wanted)
{
    return source == ENVOY_METADATA_ROUTE && space.size == 3 && memcmp(space.ptr, "a.b", 3) == 0 &&
           key.size == strlen(wanted) && memcmp(key.ptr, wanted, key.size) == 0;
}

bool ENVOY(http_get_metadata_string)(void *filter, unsigned source, struct envoy_bytes space,
                                     struct envoy_bytes key, struct envoy_bytes *value)
{
    (void)filter;
    *value = (struct envoy_bytes){"a text", 6};
    return is_metadata(source, space, key, "text");
}

bool ENVOY(http_get_metadata_number)(void *filter, unsigned source, struct envoy_bytes space,
                                     struct envoy_bytes key, double *value)
{
    (void)filter;
    *value = 7;
    return is_metadata(source, space, key, "number");
}

bool ENVOY(http_get_metadata_bool)(void *filter, unsigned source, struct envoy_bytes space,
                                   struct envoy_bytes key, bool *value)
{
    (void)filter;
    *value = true;
    return is_metadata(source, space, key, "truth");
}

/* ---- metrics: only while the configuration is made ---- */

static bool frozen;

static void print_labels(struct envoy_bytes *labels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf(" [%.*s]", (int)labels[i].size, labels[i].ptr);
    printf("\n");
}

static unsigned define(const char *kind, struct envoy_bytes name, struct envoy_bytes *labels,
                       size_t label_count, size_t *id)
{
    static size_t count;
    if (frozen)
        return 3;
    *id = 100 + count++;
    printf("  %s %.*s is %zu", kind, (int)name.size, name.ptr, *id);
    print_labels(labels, label_count);
    return ENVOY_METRIC_OK;
}

#define DEFINE(kind)                                                                               \
    unsigned ENVOY(http_filter_config_define_##kind)(void *config, struct envoy_bytes name,        \
                                                     struct envoy_bytes *labels,                   \
                                                     size_t label_count, size_t *id)               \
    {                                                                                              \
        (void)config;                                                                              \
        return define(#kind, name, labels, label_count, id);                                       \
    }
DEFINE(counter)
DEFINE(gauge)
DEFINE(histogram)

#define CHANGE(what)                                                                               \
    unsigned ENVOY(http_filter_config_##what)(void *config, size_t id, struct envoy_bytes *labels, \
                                              size_t label_count, uint64_t value)                  \
    {                                                                                              \
        (void)config;                                                                              \
        printf("  " #what " %zu %llu", id, (unsigned long long)value);                             \
        print_labels(labels, label_count);                                                         \
        return ENVOY_METRIC_OK;                                                                    \
    }
CHANGE(increment_counter)
CHANGE(increment_gauge)
CHANGE(decrement_gauge)
CHANGE(set_gauge)
CHANGE(record_histogram_value)

/* ---- callouts ---- */

static unsigned callout(uint64_t *id, struct envoy_bytes cluster, struct envoy_header *headers,
                        size_t header_count)
{
    static uint64_t last = 1000;
    if (cluster.size != 7 || memcmp(cluster.ptr, "service", 7) != 0)
        return 2;
    for (size_t i = 0; i < header_count; i++)
        printf("  callout %.*s: %.*s\n", (int)headers[i].key_size, headers[i].key,
               (int)headers[i].value_size, headers[i].value);
    *id = ++last;
    return ENVOY_CALLOUT_STARTED;
}

unsigned ENVOY(http_filter_http_callout)(void *filter, uint64_t *id, struct envoy_bytes cluster,
                                         struct envoy_header *headers, size_t header_count,
                                         struct envoy_bytes body, uint64_t timeout_ms)
{
    struct filter *f = filter;
    (void)body, (void)timeout_ms;
    unsigned result = callout(&f->call, cluster, headers, header_count);
    f->called = result == ENVOY_CALLOUT_STARTED;
    *id = f->call;
    return result;
}

unsigned ENVOY(http_filter_config_http_callout)(void *config, uint64_t *id,
                                                struct envoy_bytes cluster,
                                                struct envoy_header *headers, size_t header_count,
                                                struct envoy_bytes body, uint64_t timeout_ms)
{
    (void)config, (void)body, (void)timeout_ms;
    unsigned result = callout(id, cluster, headers, header_count);
    config_call = result == ENVOY_CALLOUT_STARTED ? *id : 0;
    return result;
}

/* ---- the scheduler ---- */

void *ENVOY(http_filter_config_scheduler_new)(void *config)
{
    return config;
}

void ENVOY(http_filter_config_scheduler_commit)(void *scheduler, uint64_t event)
{
    (void)scheduler;
    pthread_mutex_lock(&lock);
    if (event_count < sizeof events / sizeof *events)
        events[event_count++] = event;
    pthread_cond_signal(&scheduled);
    pthread_mutex_unlock(&lock);
}

void ENVOY(http_filter_config_scheduler_delete)(void *scheduler)
{
    (void)scheduler;
}

/* Delivers what was scheduled, of ticks as many as are wanted. */
static void pump(unsigned ticks)
{
    void (*deliver)(void *, struct config *, uint64_t);
    hook("http_filter_config_scheduled", &deliver);
    pthread_mutex_lock(&lock);
    while (event_count > 0 || ticks > 0) {
        while (event_count == 0)
            pthread_cond_wait(&scheduled, &lock);
        uint64_t event = events[0];
        memmove(events, events + 1, --event_count * sizeof *events);
        if (event == 0 && ticks == 0)
            continue; /* a tick that nobody waits for */
        ticks -= event == 0;
        pthread_mutex_unlock(&lock);
        deliver(&config_object, module.config, event);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- a request ---- */

typedef unsigned headers_hook(void *filter, struct stream *stream, bool end);
typedef unsigned trailers_hook(void *filter, struct stream *stream);
typedef void stream_hook(void *filter, struct stream *stream);
typedef void callout_hook(void *filter, struct stream *stream, uint64_t id, unsigned result,
                          struct envoy_header *headers, size_t header_count,
                          struct envoy_bytes *chunks, size_t chunk_count);

static void answer_call(struct filter *f, struct stream *stream)
{
    struct envoy_header headers[] = {{":status", 7, "200", 3}};
    struct envoy_bytes chunks[] = {{"the ", 4}, {"answer", 6}};
    callout_hook *done;
    hook("http_filter_http_callout_done", &done);
    f->called = false;
    done(f, stream, f->call, 0, headers, 1, chunks, 2);
    done(f, stream, 4711, 0, headers, 1, chunks, 2); /* not of the module's */
}

/* Whether the filter lets it go on, now or after its callout. */
static bool passes(struct filter *f, struct stream *stream, unsigned status)
{
    if (f->called)
        answer_call(f, stream);
    http_stream_answer(&f->http, f, stream);
    if (f->answered || f->reset)
        return false;
    if (status == 0 || f->goes_on) {
        f->goes_on = false;
        return true;
    }
    printf("  stopped (%u)\n", status);
    return false;
}

/* Sends pieces ("a,b,c") as one body; what comes out is in `out`. */
static bool send_body(struct filter *f, struct stream *stream, const char *name, unsigned received,
                      const char *pieces, struct body *out)
{
    headers_hook *take;
    hook(name, &take);
    struct body *now = &f->bodies[received], *kept = &f->bodies[received + 1];
    while (*pieces) {
        size_t n = strcspn(pieces, ",");
        memcpy(now->bytes, pieces, n);
        now->size = n;
        pieces += n + (pieces[n] == ',');
        unsigned status = take(f, stream, !*pieces);
        if (status == ENVOY_BODY_STOP_AND_BUFFER) {
            memcpy(kept->bytes + kept->size, now->bytes, now->size);
            kept->size += now->size;
        } else if (!passes(f, stream, status)) {
            return false;
        } else {
            memcpy(out->bytes + out->size, kept->bytes, kept->size);
            out->size += kept->size;
            memcpy(out->bytes + out->size, now->bytes, now->size);
            out->size += now->size;
            kept->size = 0;
        }
        now->size = 0;
    }
    return true;
}

static void answer_config_call(void)
{
    struct envoy_header headers[] = {{":status", 7, "204", 3}};
    struct envoy_bytes chunks[] = {{"to the ", 7}, {"root", 4}};
    void (*done)(void *, struct config *, uint64_t, unsigned, struct envoy_header *, size_t,
                 struct envoy_bytes *, size_t);
    hook("http_filter_config_http_callout_done", &done);
    http_stream_answer(&config_stream, &config_object, NULL);
    uint64_t id = config_call;
    config_call = 0;
    if (id)
        done(&config_object, module.config, id, 0, headers, 1, chunks, 2);
}

static void exchange(struct filter *f, struct stream *stream, const char *pieces)
{
    headers_hook *request;
    hook("http_filter_request_headers", &request);
    headers_hook *response;
    hook("http_filter_response_headers", &response);
    trailers_hook *trailers;
    hook("http_filter_request_trailers", &trailers);
    struct body to = {.size = 0}, back = {.size = 0};
    if (!passes(f, stream, request(f, stream, !*pieces)) ||
        !send_body(f, stream, "http_filter_request_body", ENVOY_RECEIVED_REQUEST_BODY, pieces, &to))
        return;
    if (*pieces && !passes(f, stream, trailers(f, stream)))
        return;
    print_map("request", &f->maps[ENVOY_REQUEST_HEADERS]);
    print_map("trailer", &f->maps[ENVOY_REQUEST_TRAILERS]);
    if (to.size)
        printf("  request body %.*s\n", (int)to.size, to.bytes);
    map_add(&f->maps[ENVOY_RESPONSE_HEADERS], ":status", "200");
    if (!passes(f, stream, response(f, stream, false)) ||
        !send_body(f, stream, "http_filter_response_body", ENVOY_RECEIVED_RESPONSE_BODY,
                   "well,done", &back))
        return;
    print_map("response", &f->maps[ENVOY_RESPONSE_HEADERS]);
    printf("  response body %.*s\n", (int)back.size, back.bytes);
}

static void run(const char *what)
{
    struct stream *(*create)(struct config *, void *);
    hook("http_filter_new", &create);
    stream_hook *complete;
    hook("http_filter_stream_complete", &complete);
    void (*destroy)(struct stream *);
    hook("http_filter_destroy", &destroy);
    struct filter *f = calloc(1, sizeof *f);
    char path[256];
    size_t n = strcspn(what, "=");
    snprintf(path, sizeof path, "%.*s", (int)n, what);
    printf("%s\n", what);
    map_add(&f->maps[ENVOY_REQUEST_HEADERS], ":method", "GET");
    map_add(&f->maps[ENVOY_REQUEST_HEADERS], ":path", path);
    map_add(&f->maps[ENVOY_REQUEST_HEADERS], ":authority", "fake.host");
    map_add(&f->maps[ENVOY_REQUEST_HEADERS], "User-Agent", "fake");
    map_add(&f->maps[ENVOY_REQUEST_HEADERS], "name", "shashank");
    struct stream *stream = f->stream = create(module.config, f);
    exchange(f, stream, what[n] ? what + n + 1 : "");
    complete(f, stream);
    destroy(stream);
    free(f);
}

static void *work(void *env)
{
    for (char **what = env; *what; what++) {
        run(*what);
        pump(0); /* as the main thread would */
        answer_config_call();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 3 || !(module.handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL))) {
        printf("cannot load: %s\n", argc < 3 ? "no module" : dlerror());
        return 1;
    }
    const char *(*init)(void);
    hook("program_init", &init);
    struct config *(*configure)(void *, struct envoy_bytes, struct envoy_bytes);
    hook("http_filter_config_new", &configure);
    void (*destroy)(struct config *);
    hook("http_filter_config_destroy", &destroy);
    printf("ABI %s\n", init());
    module.config = configure(&config_object, (struct envoy_bytes){"root", 4},
                              (struct envoy_bytes){argv[2], strlen(argv[2])});
    frozen = true;
    if (!module.config) {
        printf("refused\n");
        return 0;
    }
    pthread_t worker;
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "wait") == 0) {
            pump(3);
        } else if (strcmp(argv[i], "-w") != 0) {
            run(argv[i]);
        } else {
            if (pthread_create(&worker, NULL, work, argv + i + 1) == 0)
                pthread_join(worker, NULL);
            break;
        }
        pump(0);
        answer_config_call();
    }
    destroy(module.config);
    printf("destroyed\n");
    return 0;
}
