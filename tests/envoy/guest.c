/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A proxy-wasm filter that does what the path of a request says, so that a test can try one thing
 * after the other. It tells what it sees in Envoy's log. Its allocator is a ring: what the host
 * returns is looked at at once.
 */
#include "proxy_wasm.h"

static char ring[1 << 20];
static size_t ring_at;
static unsigned counter, gauge, histogram, queue, ticks;
static unsigned pending_call; /* the stream that waits for an answer */
static char mode[4096];       /* by stream: the first letter of the path after "/" */

EXPORT(proxy_abi_version_0_2_1) void version(void)
{
}
EXPORT(_initialize) void initialize(void)
{
}

EXPORT(proxy_on_memory_allocate) void *allocate(size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (size > sizeof ring)
        __builtin_trap();
    if (size > sizeof ring - ring_at)
        ring_at = 0;
    ring_at += size;
    return ring + ring_at - size;
}

/* ---- text ---- */

#define TEXT(literal) literal, sizeof literal - 1

void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

static char line[4096];
static size_t line_size;

static void say(const char *text, size_t size)
{
    for (size_t i = 0; i < size && line_size < sizeof line; i++)
        line[line_size++] = text[i] ? text[i] : '|';
}

static void say_number(uint64_t n)
{
    if (n >= 10)
        say_number(n / 10);
    say(&"0123456789"[n % 10], 1);
}

static void end(void)
{
    log(2, line, line_size);
    line_size = 0;
}

/* A line: what was done, and its status. */
static void told(const char *what, size_t n, int status)
{
    say(what, n);
    say(TEXT(" -> "));
    say_number((unsigned)status);
    end();
}

/* ---- configuration ---- */

static int say_configuration(const char *what, size_t n, int buffer, size_t size)
{
    char *bytes = NULL;
    size_t got = 0;
    get_buffer_bytes(buffer, 0, size, &bytes, &got);
    say(what, n);
    say(bytes, got);
    end();
    return !(got == 6 && bytes[0] == 'r' && bytes[5] == 'e'); /* "refuse" */
}

EXPORT(proxy_on_vm_start) int on_vm_start(unsigned root, size_t size)
{
    (void)root;
    return say_configuration(TEXT("vm_start: "), VM_CONFIGURATION, size);
}

EXPORT(proxy_on_configure) int on_configure(unsigned root, size_t size)
{
    (void)root;
    told(TEXT("define counter"), define_metric(COUNTER, TEXT("a_counter"), &counter));
    told(TEXT("define gauge"), define_metric(GAUGE, TEXT("a_gauge"), &gauge));
    told(TEXT("define histogram"), define_metric(HISTOGRAM, TEXT("a_histogram"), &histogram));
    told(TEXT("register queue"), register_shared_queue(TEXT("queue"), &queue));
    told(TEXT("tick period"), set_tick_period_milliseconds(20));
    return say_configuration(TEXT("configure: "), PLUGIN_CONFIGURATION, size);
}

static void try_root_grpc(void)
{
    unsigned token = 0;
    told(TEXT("to the root"), set_effective_context(1));
    told(TEXT("root grpc"), grpc_call(TEXT("backend"), TEXT("svc"), TEXT("root"), NULL, 0,
                                      TEXT("from the root"), 0, &token));
}

EXPORT(proxy_on_tick) void on_tick(unsigned root)
{
    char *value;
    size_t size;
    unsigned cas;
    (void)root;
    if (++ticks < 3)
        return;
    set_tick_period_milliseconds(0);
    if (get_shared_data(TEXT("ticked"), &value, &size, &cas) != NOT_FOUND)
        return;
    told(TEXT("third tick"), set_shared_data(TEXT("ticked"), TEXT("yes"), 0));
    try_root_grpc();
}

EXPORT(proxy_on_queue_ready) void on_queue_ready(unsigned root, unsigned id)
{
    char *bytes = NULL;
    size_t size = 0;
    (void)root;
    int status = dequeue_shared_queue(id, &bytes, &size);
    say(TEXT("queue: "));
    say(bytes, size);
    told(TEXT(""), status);
    told(TEXT("dequeue"), dequeue_shared_queue(id, &bytes, &size));
}

/* ---- what a path asks for ---- */

static void try_headers(void)
{
    char *value = NULL;
    size_t size = 0;
    get_header_map_pairs(REQUEST_HEADERS, &value, &size);
    say(TEXT("pairs: "));
    say_number((unsigned char)value[0]);
    end();
    told(TEXT("size"), get_header_map_size(REQUEST_HEADERS, &size));
    told(TEXT("missing"), get_header_map_value(REQUEST_HEADERS, TEXT("x-missing"), &value, &size));
    told(TEXT("add"), add_header_map_value(REQUEST_HEADERS, TEXT("x-two"), TEXT("one")));
    told(TEXT("add"), add_header_map_value(REQUEST_HEADERS, TEXT("x-two"), TEXT("two")));
    told(TEXT("get"), get_header_map_value(REQUEST_HEADERS, TEXT("x-two"), &value, &size));
    say(TEXT("x-two: "));
    say(value, size);
    end();
    told(TEXT("replace"),
         replace_header_map_value(REQUEST_HEADERS, TEXT("x-hello"), TEXT("Hello world")));
    told(TEXT("remove"), remove_header_map_value(REQUEST_HEADERS, TEXT("name")));
    told(TEXT("other map"), add_header_map_value(9, TEXT("a"), TEXT("b")));
    told(TEXT("out of memory"),
         add_header_map_value(REQUEST_HEADERS, (char *)0xfffffff0, 32, TEXT("b")));
}

static void try_pairs(void)
{
    static const char map[] = "\5\0\0\0"
                              "\7\0\0\0\3\0\0\0"
                              "\5\0\0\0\4\0\0\0"
                              "\12\0\0\0\3\0\0\0"
                              "\5\0\0\0\1\0\0\0"
                              "\5\0\0\0\1\0\0\0"
                              ":method\0GET\0:path\0/set\0:authority\0set\0x-set\0001\0x-set\0002";
    told(TEXT("set"), set_header_map_pairs(REQUEST_HEADERS, map, sizeof map));
    told(TEXT("set cut off"), set_header_map_pairs(REQUEST_HEADERS, map, sizeof map - 4));
    told(TEXT("set huge"), set_header_map_pairs(REQUEST_HEADERS, "\xff\xff\xff\xff", 4));
}

static void say_property(const char *path, size_t n)
{
    char *value = NULL;
    size_t size = 0;
    int status = get_property(path, n, &value, &size);
    say(path, n);
    say(TEXT(" = "));
    if (size == 8) {
        uint64_t number;
        memcpy(&number, value, sizeof number);
        say_number(number);
    } else {
        say(value, size);
    }
    told(TEXT(""), status);
}

static void try_properties(void)
{
    say_property(TEXT("request\0path"));
    say_property(TEXT("request\0method"));
    say_property(TEXT("request\0host"));
    say_property(TEXT("request\0headers\0user-agent"));
    say_property(TEXT("plugin_root_id"));
    say_property(TEXT("no\0such"));
    say_property(TEXT("xds\0route_metadata\0filter_metadata\0a.b\0text"));
    say_property(TEXT("route_metadata\0filter_metadata\0a.b\0none"));
    say_property(TEXT("metadata\0filter_metadata\0a.b\0text"));
    say_property(TEXT("xds\0route_metadata"));
    double number = 0;
    char *bytes = NULL;
    size_t bytes_size = 0;
    told(TEXT("truth"),
         get_property(TEXT("route_metadata\0filter_metadata\0a.b\0truth"), &bytes, &bytes_size));
    told(TEXT("truth is"), bytes_size == 1 ? bytes[0] : 99);
    told(TEXT("number"),
         get_property(TEXT("route_metadata\0filter_metadata\0a.b\0number\0"), &bytes, &bytes_size));
    if (bytes_size == sizeof number)
        memcpy(&number, bytes, sizeof number);
    told(TEXT("number is"), (int)number);
    told(TEXT("set property"), set_property(TEXT("my\0own"), TEXT("value")));
    say_property(TEXT("my\0own"));
    char *value;
    size_t size;
    told(TEXT("source"), get_property(TEXT("source\0address"), &value, &size));
    told(TEXT("port"), get_property(TEXT("source\0port"), &value, &size));
}

static void try_metrics(void)
{
    uint64_t value = 0;
    unsigned late = 0;
    told(TEXT("increment"), increment_metric(counter, 3));
    told(TEXT("decrement counter"), increment_metric(counter, -1));
    told(TEXT("record gauge"), record_metric(gauge, 10));
    told(TEXT("decrement gauge"), increment_metric(gauge, -4));
    get_metric(gauge, &value);
    told(TEXT("gauge"), (int)value);
    told(TEXT("record histogram"), record_metric(histogram, 5));
    told(TEXT("get histogram"), get_metric(histogram, &value));
    told(TEXT("no metric"), increment_metric(99, 1));
    told(TEXT("define again"), define_metric(COUNTER, TEXT("a_counter"), &counter));
    told(TEXT("define late"), define_metric(COUNTER, TEXT("a.late"), &late));
    told(TEXT("increment late"), increment_metric(late, 2));
    told(TEXT("define late gauge"), define_metric(GAUGE, TEXT("a.late"), &late));
    told(TEXT("record late gauge"), record_metric(late, 7));
}

static void try_shared(void)
{
    char *value = NULL;
    size_t size = 0;
    unsigned cas = 0;
    told(TEXT("no data"), get_shared_data(TEXT("none"), &value, &size, &cas));
    told(TEXT("set"), set_shared_data(TEXT("key"), TEXT("one"), 0));
    told(TEXT("get"), get_shared_data(TEXT("key"), &value, &size, &cas));
    told(TEXT("swap"), set_shared_data(TEXT("key"), TEXT("two"), cas));
    told(TEXT("swap late"), set_shared_data(TEXT("key"), TEXT("three"), cas));
    get_shared_data(TEXT("key"), &value, &size, &cas);
    say(TEXT("key: "));
    say(value, size);
    end();
    unsigned id = 0;
    told(TEXT("no queue"), resolve_shared_queue(TEXT(""), TEXT("none"), &id));
    told(TEXT("resolve"), resolve_shared_queue(TEXT(""), TEXT("queue"), &id));
    told(TEXT("enqueue"), enqueue_shared_queue(id, TEXT("an item")));
    told(TEXT("enqueue nowhere"), enqueue_shared_queue(99, TEXT("an item")));
}

static void try_others(void)
{
    int level = 9;
    uint64_t time = 0;
    char bytes[8], *value;
    size_t n;
    const struct iovec list[] = {{TEXT("written ")}, {TEXT("by WASI\n")}};
    get_log_level(&level);
    told(TEXT("log level"), level);
    get_current_time_nanoseconds(&time);
    told(TEXT("time"), time > 1600000000000000000u);
    told(TEXT("fd_write"), fd_write(2, list, 2, &n));
    told(TEXT("fd_write to none"), fd_write(7, list, 2, &n));
    told(TEXT("random"), random_get(bytes, sizeof bytes));
    told(TEXT("grpc"), grpc_cancel(1));
    told(TEXT("foreign"), call_foreign_function(TEXT("clear_route_cache"), NULL, 0, &value, &n));
    told(TEXT("foreign none"), call_foreign_function(TEXT("none"), NULL, 0, &value, &n));
    told(TEXT("context"), set_effective_context(77777));
    told(TEXT("log out of memory"), log(2, (char *)0xffff0000, 9));
}

static int try_local(void)
{
    static const char headers[] = "\1\0\0\0\5\0\0\0\3\0\0\0x-why\0not";
    told(TEXT("local"),
         send_local_response(403, TEXT("denied"), TEXT("No."), headers, sizeof headers, -1));
    return PAUSE;
}

static const char call_headers[] = "\3\0\0\0"
                                   "\7\0\0\0\3\0\0\0"
                                   "\5\0\0\0\5\0\0\0"
                                   "\12\0\0\0\4\0\0\0"
                                   ":method\0GET\0:path\0/call\0:authority\0call";

/* From the root context: the answer comes to it. */
static void try_root_call(void)
{
    unsigned token = 0;
    told(TEXT("to the root"), set_effective_context(1));
    told(TEXT("root call"), http_call(TEXT("service"), call_headers, sizeof call_headers, NULL, 0,
                                      NULL, 0, 1000, &token));
    pending_call = 1;
}

static int try_call(unsigned context)
{
    unsigned token = 0;
    told(TEXT("call nowhere"), http_call(TEXT("nowhere"), call_headers, sizeof call_headers, NULL,
                                         0, NULL, 0, 1000, &token));
    told(TEXT("call"), http_call(TEXT("service"), call_headers, sizeof call_headers, NULL, 0, NULL,
                                 0, 1000, &token));
    pending_call = context;
    return PAUSE;
}

EXPORT(proxy_on_http_call_response)
void on_call(unsigned context, unsigned token, size_t headers, size_t body, size_t trailers)
{
    char *value = NULL;
    size_t size = 0;
    (void)token, (void)trailers;
    set_effective_context(pending_call);
    get_header_map_value(CALL_HEADERS, TEXT(":status"), &value, &size);
    say(TEXT("answer: status "));
    say(value, size);
    say(TEXT(", headers: "));
    say(headers > 0 ? "some" : "none", 4);
    end();
    get_buffer_bytes(CALL_BODY, 0, 9, &value, &size);
    say(TEXT("answer: body "));
    say(value, body < size ? body : size);
    end();
    told(TEXT("right context"), context == pending_call);
    continue_stream(0);
}

/* ---- gRPC ---- */

static const char metadata[] = "\1\0\0\0\6\0\0\0\1\0\0\0x-meta\0007";

/* The service by its cluster's name, or as a GrpcService with another authority. */
static int try_grpc_call(const char *method, size_t n)
{
    unsigned token = 0;
    told(TEXT("grpc nowhere"),
         grpc_call(TEXT("nowhere"), TEXT("svc"), method, n, NULL, 0, TEXT("ping"), 0, &token));
    told(TEXT("grpc bad metadata"), grpc_call(TEXT("backend"), TEXT("svc"), method, n, "\1\0\0\0",
                                              4, TEXT("ping"), 0, &token));
    told(TEXT("grpc"), grpc_call(TEXT("backend"), TEXT("svc"), method, n, metadata, sizeof metadata,
                                 TEXT("ping"), 5000, &token));
    return PAUSE;
}

static int try_grpc_stream(int cancels)
{
    unsigned token = 0;
    told(TEXT("grpc stream"), grpc_stream(TEXT("\12\20\12\7backend\22\5host1"), TEXT("svc"),
                                          TEXT("many"), NULL, 0, &token));
    told(TEXT("send"), grpc_send(token, TEXT("one"), 0));
    told(TEXT("send"), grpc_send(token, TEXT(""), 0));
    told(TEXT("send elsewhere"), grpc_send(token + 1, TEXT("two"), 0));
    if (cancels) {
        told(TEXT("cancel"), grpc_cancel(token));
        told(TEXT("cancel again"), grpc_cancel(token));
        return CONTINUE;
    }
    told(TEXT("close"), grpc_close(token));
    return PAUSE;
}

/* The value of x-a or x-b in a map, and how many headers it has. */
static void say_metadata(const char *what, size_t n, int map, const char *key, size_t count)
{
    char *value = NULL;
    size_t size = 0;
    int status = get_header_map_value(map, key, 3, &value, &size);
    say(what, n);
    say_number(count);
    say(TEXT(": "));
    say(value, size);
    told(TEXT(""), status);
}

EXPORT(proxy_on_grpc_receive_initial_metadata)
void on_initial_metadata(unsigned context, unsigned token, size_t count)
{
    (void)context, (void)token;
    say_metadata(TEXT("initial metadata "), INITIAL_METADATA, "x-a", count);
}

EXPORT(proxy_on_grpc_receive_trailing_metadata)
void on_trailing_metadata(unsigned context, unsigned token, size_t count)
{
    (void)context, (void)token;
    say_metadata(TEXT("trailing metadata "), TRAILING_METADATA, "x-b", count);
}

EXPORT(proxy_on_grpc_receive) void on_grpc(unsigned context, unsigned token, size_t size)
{
    char *bytes = NULL;
    size_t got = 0;
    (void)token;
    int status = get_buffer_bytes(GRPC_MESSAGE, 0, size, &bytes, &got);
    say(TEXT("grpc message "));
    say(bytes, got);
    told(TEXT(""), status);
    if (context != 1 && mode[context % sizeof mode] != 'G')
        continue_stream(0);
}

EXPORT(proxy_on_grpc_close) void on_grpc_close(unsigned context, unsigned token, unsigned status)
{
    char *message = NULL;
    size_t size = 0;
    unsigned same = 99;
    (void)context, (void)token;
    told(TEXT("get status"), get_status(&same, &message, &size));
    say(TEXT("grpc closed: "));
    say(message, size);
    told(same == status ? " same" : "other", 5, (int)status);
    continue_stream(0);
}

/* ---- streams ---- */

EXPORT(proxy_on_context_create) void on_create(unsigned context, unsigned parent)
{
    (void)parent;
    mode[context % sizeof mode] = 0;
}

EXPORT(proxy_on_request_headers) int on_request_headers(unsigned context, size_t n, int eos)
{
    char *path = NULL;
    size_t size = 0;
    (void)n, (void)eos;
    get_header_map_value(REQUEST_HEADERS, TEXT(":path"), &path, &size);
    mode[context % sizeof mode] = size > 1 ? path[1] : 0;
    switch (mode[context % sizeof mode]) {
    case 'b':
    case 'B': remove_header_map_value(REQUEST_HEADERS, TEXT("content-length")); break;
    case 'h': try_headers(); break;
    case 's': try_pairs(); break;
    case 'p': try_properties(); break;
    case 'm': try_metrics(); break;
    case 'd': try_shared(); break;
    case 'o': try_others(); break;
    case 'l': return try_local();
    case 'c': return try_call(context);
    case 'r': try_root_call(); break;
    case 'g': return try_grpc_call(TEXT("once"));
    case 'f': return try_grpc_call(TEXT("fail"));
    case 'G': return try_grpc_stream(0);
    case 'k': return try_grpc_stream(1);
    case 'q': try_root_grpc(); break;
    case 'x': close_stream(0); return PAUSE;
    case 't': __builtin_trap();
    case 'n': continue_stream(0); return PAUSE; /* goes on at once */
    default: break;
    }
    return CONTINUE;
}

/* "b": behind each piece comes an exclamation mark. "B": all of it, in capitals. */
static int change_body(unsigned context, int buffer, size_t size, int eos)
{
    char *bytes = NULL;
    size_t got = 0;
    char what = mode[context % sizeof mode];
    if (what == 'b')
        set_buffer_bytes(buffer, size, 0, TEXT("!"));
    if (what != 'B')
        return CONTINUE;
    if (!eos)
        return PAUSE;
    get_buffer_bytes(buffer, 0, size, &bytes, &got);
    for (size_t i = 0; i < got; i++)
        if (bytes[i] >= 'a' && bytes[i] <= 'z')
            bytes[i] -= 'a' - 'A';
    set_buffer_bytes(buffer, 0, got, bytes, got);
    return CONTINUE;
}

EXPORT(proxy_on_request_body) int on_request_body(unsigned context, size_t size, int eos)
{
    return change_body(context, REQUEST_BODY, size, eos);
}

EXPORT(proxy_on_request_trailers) int on_request_trailers(unsigned context, size_t n)
{
    (void)context, (void)n;
    add_header_map_value(REQUEST_TRAILERS, TEXT("x-trailer"), TEXT("seen"));
    return CONTINUE;
}

EXPORT(proxy_on_response_headers) int on_response_headers(unsigned context, size_t n, int eos)
{
    (void)n, (void)eos;
    if (mode[context % sizeof mode] == 'b' || mode[context % sizeof mode] == 'B')
        remove_header_map_value(RESPONSE_HEADERS, TEXT("content-length"));
    add_header_map_value(RESPONSE_HEADERS, TEXT("x-filter"), TEXT("guest"));
    return CONTINUE;
}

EXPORT(proxy_on_response_body) int on_response_body(unsigned context, size_t size, int eos)
{
    return change_body(context, RESPONSE_BODY, size, eos);
}

EXPORT(proxy_on_done) int on_done(unsigned context)
{
    (void)context;
    return 1;
}

EXPORT(proxy_on_log) void on_log(unsigned context)
{
    if (mode[context % sizeof mode] == 'h')
        told(TEXT("log"), 0);
}

EXPORT(proxy_on_delete) void on_delete(unsigned context)
{
    if (mode[context % sizeof mode] == 'h')
        told(TEXT("delete"), 0);
}
