/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The adapter between proxy-wasm and Envoy's dynamic modules, from inside. A filter
 * configuration (struct config) has an instance of the guest (struct vm) for each thread that
 * needs one: the main thread's is made with the configuration, a worker's with its first stream.
 * A vm has a root context, number 1, and a context for each stream (struct stream).
 *
 * Envoy calls hooks (module.c, hooks.c), hooks call the guest (call.c), the guest calls the host
 * functions of functions.def. What a host call asks of Envoy that could come back to us at once (an
 * answer of our own, going on, a reset) waits until the guest has returned (stream.c).
 *
 * Threads: a vm and its streams are used by one thread. Configurations are shared: `lock` guards
 * their list of vms and the metrics, the timer and shared.c have locks of their own.
 */
#ifndef RUNTIME_ENVOY_ENVOY_H
#define RUNTIME_ENVOY_ENVOY_H

#include "runtime/envoy/abi.h"
#include "runtime/include/wasm2so.h"

#include <pthread.h>

enum { ROOT_CONTEXT = 1, STREAM_BUCKETS = 256, METADATA_KINDS = 256 };

/* proxy-wasm's status. */
enum pw_status {
    PW_OK = 0,
    PW_NOT_FOUND = 1,
    PW_BAD_ARGUMENT = 2,
    PW_PARSE_FAILURE = 4,
    PW_INVALID_MEMORY_ACCESS = 6,
    PW_EMPTY = 7,
    PW_CAS_MISMATCH = 8,
    PW_INTERNAL_FAILURE = 10,
    PW_UNIMPLEMENTED = 12
};

/* Its maps and buffers that come with gRPC. */
enum { PW_MAP_GRPC_INITIAL_METADATA = 4, PW_MAP_GRPC_TRAILING_METADATA = 5 };
enum { PW_BUFFER_GRPC_RECEIVED = 5 };

/* What the host calls in the guest. */
enum guest_function {
    GUEST_INITIALIZE,
    GUEST_MAIN,
    GUEST_START,
    GUEST_MALLOC,
    GUEST_ALLOCATE,
    GUEST_CONTEXT_CREATE,
    GUEST_VM_START,
    GUEST_CONFIGURE,
    GUEST_TICK,
    GUEST_REQUEST_HEADERS,
    GUEST_REQUEST_BODY,
    GUEST_REQUEST_TRAILERS,
    GUEST_RESPONSE_HEADERS,
    GUEST_RESPONSE_BODY,
    GUEST_RESPONSE_TRAILERS,
    GUEST_HTTP_CALL_RESPONSE,
    GUEST_GRPC_INITIAL_METADATA,
    GUEST_GRPC_RECEIVE,
    GUEST_GRPC_TRAILING_METADATA,
    GUEST_GRPC_CLOSE,
    GUEST_QUEUE_READY,
    GUEST_DONE,
    GUEST_LOG,
    GUEST_DELETE,
    GUEST__COUNT
};

/* Bytes of ours. */
struct bytes {
    char *p;
    size_t n;
};

/* ---- configurations (module.c) ---- */

struct metric {
    char *name;
    unsigned type; /* enum metric_type of metric.c */
    size_t id;     /* Envoy's */
    bool is_late;  /* a label of that one */
    _Atomic uint64_t value;
};

struct timer {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    uint64_t period; /* nanoseconds; 0: none */
    bool running, ends;
};

struct config {
    void *envoy;
    uint64_t number;         /* of all configurations ever, from 1 */
    struct bytes name, text; /* the root id and the plugin's configuration */
    pthread_t main_thread;
    void *scheduler; /* may be NULL */
    struct timer timer;
    pthread_mutex_t lock;
    struct vm *vms;
    struct errand *errands;
    struct {
        bool is_defined;
        size_t id;
    } late[3]; /* by type: for metrics that are defined too late (metric.c) */
    struct metric **metrics;
    size_t metric_count;
};

/* What a scheduler's event means: a tick, an errand, or the number of a queue and this. */
#define EVENT_TICK   UINT64_C(0)
#define EVENT_ERRAND UINT64_C(1)
#define EVENT_QUEUE  (UINT64_C(1) << 32)

/* The vm of this thread, made if there is none that works; NULL if it cannot be had. The caller
 * gives it back with vm_release. */
struct vm *config_vm(struct config *config);

/* ---- instances of the guest (vm.c) ---- */

/* The answer to a callout, while the guest is told. */
struct answer {
    struct envoy_header *headers;
    size_t header_count;
    struct envoy_bytes *chunks;
    size_t chunk_count;
};

struct callout {
    struct callout *next;
    uint64_t id;    /* Envoy's */
    uint32_t token; /* the guest's */
};

/* A gRPC call or stream (grpc.c), of a stream's filter or of the root context. */
struct grpc_call {
    struct grpc_call *next;
    uint64_t id;             /* Envoy's */
    uint32_t token, context; /* the guest's */
    bool is_unary, has_message;
    struct bytes input; /* received and not taken yet */
    uint32_t status;    /* how it ended, and */
    struct bytes message;
};

/* What the guest can see while it is told of it: headers of that map, or a message. */
struct grpc_news {
    uint32_t map;
    struct envoy_header *headers;
    size_t header_count;
    struct envoy_bytes message;
};

struct vm {
    struct config *config;
    struct vm *next; /* of the configuration */
    pthread_t thread;
    unsigned users; /* streams, and the configuration */
    bool broken;    /* the guest has trapped: nothing more is called in it */
    bool old;       /* ABI 0.1.0 */
    w2s_store *store;
    w2s_instance *instance;
    w2s_memory *memory;
    w2s_func *guest[GUEST__COUNT];
    unsigned depth;         /* calls of the guest in progress */
    struct stream *current; /* whose context host calls mean; NULL: the root's */
    const struct answer *answer;
    uint32_t last_id, last_token;
    struct stream *streams[STREAM_BUCKETS]; /* by context */
    struct stream *waiting;                 /* with something to do for Envoy (stream.c) */
    struct callout *callouts;               /* of the root context */
    const struct grpc_news *grpc;
    struct grpc_call *grpc_calls; /* of the root context */
    struct grpc_call *grpc_ended; /* of all: the guest is to be told */
    uint32_t grpc_status;         /* of the one that ended last */
    struct bytes grpc_message;
    uint8_t metadata_kinds[METADATA_KINDS]; /* by hash of the key (property.c) */
    uint64_t number;                        /* of all vms ever */
    unsigned errands;                       /* not answered yet (errand.c) */
    uint64_t tick_period, next_tick;        /* nanoseconds; of a worker's vm (timer.c) */
};

/* A new instance, started and configured; NULL, and logged, if that fails. */
struct vm *vm_new(struct config *config);
void vm_release(struct vm *vm);
/* What the environment of Envoy says for all: W2S_ENVOY_VM_CONFIG. */
const char *vm_configuration(void);
/* Tells the root context that it ends. */
void vm_shut_down(struct vm *vm);
/* The stream with that context, or NULL. */
struct stream *vm_stream(const struct vm *vm, uint32_t context);

/* ---- calls (call.c) ---- */

/* Calls the guest for a stream (NULL: the root context) with as many of args as the function has
 * parameters. *result (may be NULL) stays as it is where the guest has no such function. False if
 * the guest trapped, now or before. */
bool guest_call(struct vm *vm, struct stream *stream, enum guest_function which,
                const uint32_t *args, uint32_t *result);
/* The guest's memory [address, address + size), or NULL where it is not all inside. */
void *guest_bytes(const struct vm *vm, uint32_t address, uint32_t size);
bool guest_put_u32(const struct vm *vm, uint32_t address, uint32_t value);
bool guest_put_u64(const struct vm *vm, uint32_t address, uint64_t value);
/* Lets the guest allocate size bytes, copies the bytes there and tells where through the two
 * addresses: how host calls return bytes. Nothing is allocated for size 0. */
enum pw_status guest_return(struct vm *vm, const void *bytes, size_t size, uint32_t address_at,
                            uint32_t size_at);
/* The same, with room to be filled in: *room, valid until the guest runs again. */
enum pw_status guest_return_room(struct vm *vm, size_t size, uint32_t address_at, uint32_t size_at,
                                 char **room);

/* ---- host functions (functions.c) ---- */

/* Two arguments, an address and a size, as bytes; false where they are outside the memory. */
bool arg_bytes(const struct vm *vm, const w2s_value *args, unsigned index,
               struct envoy_bytes *bytes);
uint32_t arg(const w2s_value *args, unsigned index);

bool functions_define(struct vm *vm, w2s_linker *linker, w2s_error *err);

#define HOST(name, params) enum pw_status host_##name(struct vm *vm, const w2s_value *args);
#include "runtime/envoy/functions.def"

/* ---- streams (stream.c, hooks.c) ---- */

enum direction { REQUEST, RESPONSE };

struct local_response {
    uint32_t status;
    struct bytes body, details, map;
    struct envoy_header *headers; /* in map */
    size_t header_count;
};

struct stream {
    void *filter;  /* Envoy's; NULL: gone */
    struct vm *vm; /* NULL: none could be had */
    uint32_t id;
    struct stream *next; /* of the bucket */
    struct stream *next_waiting;
    bool waits;     /* is in vm->waiting */
    bool created;   /* the guest knows the context */
    bool done;      /* and that it ended */
    bool failed;    /* the guest trapped: answered 503 */
    bool answered;  /* by us: nothing of it comes to the guest any more */
    bool reset;     /* wanted */
    bool ended;     /* Envoy has destroyed the filter */
    unsigned hooks; /* in progress */
    struct {
        bool goes_on; /* wanted */
        bool in_hook; /* headers, body or trailers of this direction */
        bool in_body; /* the received body is there */
        bool buffers; /* the guest has Envoy keep the body */
    } path[2];
    struct local_response *response; /* wanted */
    struct callout *callouts;
    struct grpc_call *grpc_calls;
};

/* For stream_leave. */
enum hook_kind { HOOK_HEADERS, HOOK_BODY, HOOK_TRAILERS };

struct stream *stream_new(struct config *config, void *filter);
/* Between these two the guest may be called; stream_leave does what waits for the guest's return,
 * of all streams, and frees the stream if it has ended meanwhile. */
void stream_enter(struct stream *stream, void *filter);
void stream_leave(struct stream *stream);
/* stream_leave for a hook of headers, a body or trailers: what it returns, where the guest returned
 * action. */
unsigned stream_leave_path(struct stream *stream, enum direction direction, enum hook_kind kind,
                           uint32_t action);
/* The guest trapped: the client gets a 503. */
void stream_fail(struct stream *stream);
/* Something is to be done for the stream when the guest has returned. */
void stream_wait(struct stream *stream);
/* What waits, for a vm that was called for its root context. */
void vm_settle(struct vm *vm);
/* Tells the guest that the stream is over, and then that its context is. */
void stream_done(struct stream *stream);
void stream_end(struct stream *stream);
/* Of the body as the guest sees it (buffer.c). */
size_t body_size(const struct stream *stream, enum direction direction);
void local_response_free(struct local_response *response);

/* ---- maps of headers (map.c) ---- */

/* Takes apart a map in proxy-wasm's form; *headers, to be freed, points into bytes. */
enum pw_status map_parse(struct envoy_bytes bytes, struct envoy_header **headers, size_t *count);
/* Returns headers in that form to the guest. */
enum pw_status map_return(struct vm *vm, const struct envoy_header *headers, size_t count,
                          uint32_t address_at, uint32_t size_at);

/* ---- metrics (metric.c) ---- */

/* While the configuration is made, before the guest. */
void metrics_prepare(struct config *config);
void metrics_free(struct config *config);

/* ---- shared data and queues (shared.c) ---- */

/* The configuration is told of queues that it registered, until it is taken out. */
void queues_leave(struct config *config);

/* ---- callouts (callout.c) ---- */

void callouts_free(struct callout **list);
void callout_done(struct vm *vm, struct stream *stream, uint64_t id, unsigned result,
                  const struct answer *answer);

/* Tells the guest. */
bool callout_deliver(struct vm *vm, struct stream *stream, uint32_t token,
                     const struct answer *answer);

/* ---- gRPC (grpc.c, grpc_answer.c) ---- */

enum { GRPC_PREFIX = 5 }; /* bytes before each message: flags and length */

/* The list for the stream; NULL: the root context. */
struct grpc_call **grpc_calls(struct vm *vm, struct stream *stream);
void grpc_free(struct grpc_call **list);
/* Ends Envoy's stream of the call. */
void grpc_reset(const struct vm *vm, const struct stream *stream, uint64_t id);
void grpc_on_headers(struct vm *vm, struct stream *stream, uint64_t id,
                     struct envoy_header *headers, size_t count, bool end);
void grpc_on_data(struct vm *vm, struct stream *stream, uint64_t id,
                  const struct envoy_bytes *chunks, size_t count, bool end);
void grpc_on_trailers(struct vm *vm, struct stream *stream, uint64_t id,
                      struct envoy_header *trailers, size_t count);
void grpc_on_end(struct vm *vm, struct stream *stream, uint64_t id, bool is_reset);
/* Tells the guest of calls that ended, when it is in none. */
void grpc_settle(struct vm *vm);

/* ---- callouts of a worker's root context, by the main thread (errand.c) ---- */

struct request {
    struct envoy_bytes cluster, headers, body;
    uint32_t timeout; /* milliseconds */
};

/* By the worker: asks the main thread, and delivers what has been answered. */
bool errand_new(struct vm *vm, const struct request *request, uint32_t token);
void errands_deliver(struct vm *vm);
/* By the main thread: sends what waits, and takes an answer; false where it is of no errand. */
void errands_send(struct config *config);
bool errand_answered(struct config *config, uint64_t id, unsigned result,
                     const struct answer *answer);
/* Forgets those of a vm; what the main thread has in hand is forgotten with the configuration. */
void errands_forget(struct vm *vm);
void errands_free(struct config *config);

/* ---- timers (timer.c) ---- */

uint64_t now_monotonic(void);
bool timer_init(struct timer *timer);
/* By the main thread. */
bool timer_set(struct config *config, uint64_t period);
void timer_stop(struct config *config);
/* Before a worker's vm is called: its tick if that is due. */
void tick_if_due(struct vm *vm);

/* ---- log (log.c) ---- */

void log_line(unsigned level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of the guest's. */
void log_guest(const struct vm *vm, unsigned level, const void *text, size_t size);
void log_trap(const struct vm *vm, const w2s_trap *trap);
/* WASI's fd_write, into the log. */
bool log_define(struct vm *vm, w2s_linker *linker, w2s_error *err);

#endif
