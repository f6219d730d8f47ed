/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What it takes from nothing to a result, at every stage that can be had ahead: a new process, a
 * loaded library, a loaded module, a pool. Ours and the peer's take turns, and what is printed is
 * the least of all rounds, in microseconds; a request is instance, one call, and all gone again.
 *
 *     coldstart MODULE.so MODULE.wat [PEER.so PEER.cwasm]     prints one JSON object
 *     coldstart --once MODULE.so | --once-peer PEER.so PEER.cwasm     one request, to be timed
 */
#include "coldstart.h"

#include "wasm2so.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 15, REQUESTS = 1000, PROCESSES = 30, LIVE = 10000, THREADS = 8 };

_Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "coldstart: %s: %s\n", what, why);
    exit(1);
}

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- ours ---- */

static w2s_module *module;
static w2s_pool *pool;

static w2s_module *load(const char *path)
{
    w2s_error err = {0};
    w2s_module *loaded = w2s_module_load(path, &err);
    if (!loaded)
        fail("load", err.message);
    return loaded;
}

static int run(w2s_instance *instance)
{
    w2s_value result;
    if (!instance || w2s_call(w2s_instance_func(instance, "run"), NULL, &result))
        fail("run", "no instance, or a trap");
    return result.i32;
}

static int on_demand(void)
{
    w2s_store *store = w2s_store_new(NULL);
    int result = run(w2s_instance_new(store, module, NULL, NULL, NULL));
    w2s_store_free(store);
    return result;
}

static int pooled(void)
{
    w2s_instance *instance = w2s_pool_take(pool, NULL, NULL);
    int result = run(instance);
    w2s_pool_give(pool, instance);
    return result;
}

static int peer_on_demand(void)
{
    return peer_request(PEER_ON_DEMAND);
}
static int peer_pooled(void)
{
    return peer_request(PEER_POOLED);
}
static int peer_resident(void)
{
    return peer_request(PEER_RESIDENT);
}

/* ---- requests in this process ---- */

struct way {
    const char *name;
    int (*request)(void);
    double least;
};

static struct way ways[] = {
    {"on demand", on_demand, 1e9},
    {"pool", pooled, 1e9},
    {"wasmtime on demand", peer_on_demand, 1e9},
    {"wasmtime pooled", peer_pooled, 1e9},
    {"wasmtime pooled, resident", peer_resident, 1e9},
};

static void measure_ways(size_t count)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            double begin = now(CLOCK_THREAD_CPUTIME_ID);
            for (int k = 0; k < REQUESTS; k++)
                if (ways[i].request() != 42)
                    fail(ways[i].name, "a wrong result: something was left of another request");
            double each = (now(CLOCK_THREAD_CPUTIME_ID) - begin) / REQUESTS;
            if (each < ways[i].least)
                ways[i].least = each;
        }
    }
    for (size_t i = 0; i < count; i++)
        printf("\"%s\": %.3f, ", ways[i].name, ways[i].least);
}

static void *pool_thread(void *env)
{
    (void)env;
    for (int i = 0; i < 20 * REQUESTS; i++)
        pooled();
    return NULL;
}

/* Requests a second, of all threads together. */
static double throughput(int threads)
{
    pthread_t handles[THREADS];
    double begin = now(CLOCK_MONOTONIC);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, pool_thread, NULL))
            fail("threads", "cannot start one");
    for (int i = 0; i < threads; i++)
        pthread_join(handles[i], NULL);
    return 20.0 * REQUESTS * threads / (now(CLOCK_MONOTONIC) - begin) * 1e6;
}

static void measure_threads(void)
{
    double best[3] = {0};
    static const int threads[] = {1, 2, THREADS};
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < 3; i++) {
            double rate = throughput(threads[i]);
            best[i] = rate > best[i] ? rate : best[i];
        }
    for (int i = 0; i < 3; i++)
        printf("\"requests a second, %d threads\": %.0f, ", threads[i], best[i]);
}

/* Memory of this process alone: what is mapped of files is there once for all. */
static double resident(void)
{
    unsigned long size, pages, of_files;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%lu %lu %lu", &size, &pages, &of_files) != 3)
        fail("statm", "cannot read");
    fclose(file);
    return (double)(pages - of_files) * (double)sysconf(_SC_PAGESIZE);
}

static void measure_live(void)
{
    static w2s_instance *live[LIVE];
    w2s_pool_config config = {.size = sizeof config, .max_instances = LIVE};
    w2s_pool *large = w2s_pool_new(module, &config, NULL);
    double before = resident();
    for (int i = 0; i < LIVE; i++)
        run(live[i] = w2s_pool_take(large, NULL, NULL));
    printf("\"bytes an instance, %d live\": %.0f, ", LIVE, (resident() - before) / LIVE);
    w2s_pool_free(large);
}

/* ---- the first time, in a process each ---- */

struct first {
    double load, instance; /* from nothing, and from the loaded module, to the result */
};

static void first_in_child(const char *path, struct first *first)
{
    double begin = now(CLOCK_MONOTONIC);
    module = load(path);
    double loaded = now(CLOCK_MONOTONIC);
    w2s_store *store = w2s_store_new(NULL);
    run(w2s_instance_new(store, module, NULL, NULL, NULL));
    double end = now(CLOCK_MONOTONIC);
    *first = (struct first){end - begin, end - loaded};
    _exit(0);
}

static void measure_first(const char *path)
{
    struct first least = {1e9, 1e9};
    struct first *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();
        if (pid == 0)
            first_in_child(path, shared);
        waitpid(pid, NULL, 0);
        least.load = shared->load < least.load ? shared->load : least.load;
        least.instance = shared->instance < least.instance ? shared->instance : least.instance;
    }
    printf("\"load to first result\": %.1f, \"first instance to result\": %.1f, ", least.load,
           least.instance);
}

static double time_process(char *const *command)
{
    double begin = now(CLOCK_MONOTONIC);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", command);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        fail("process", command[1]);
    return now(CLOCK_MONOTONIC) - begin;
}

static void measure_exec(char **argv, bool peer)
{
    char *ours[] = {argv[0], "--once", argv[1], NULL};
    char *theirs[] = {argv[0], "--once-peer", argv[3], argv[4], NULL};
    double least = 1e9, least_peer = 1e9, t;
    for (int i = 0; i < PROCESSES; i++) {
        least = (t = time_process(ours)) < least ? t : least;
        if (peer)
            least_peer = (t = time_process(theirs)) < least_peer ? t : least_peer;
    }
    printf("\"exec to exit\": %.0f, ", least);
    if (peer)
        printf("\"wasmtime exec to exit\": %.0f, ", least_peer);
}

static int once(int argc, char **argv)
{
    if (argc == 3) {
        module = load(argv[2]);
        return on_demand() != 42;
    }
    if (argc != 4 || !peer_open(argv[2], NULL, NULL))
        return 1;
    peer_load(PEER_ON_DEMAND, argv[3]);
    return peer_request(PEER_ON_DEMAND) != 42;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    if (!file || getdelim(&text, &size, '\0', file) < 0)
        fail("cannot read", path);
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strncmp(argv[1], "--once", 6) == 0)
        return once(argc, argv);
    if (argc != 3 && argc != 5)
        fail("usage", "coldstart MODULE.so MODULE.wat [PEER.so PEER.cwasm]");
    printf("{");
    fflush(stdout);
    measure_first(argv[1]); /* before there are threads or a peer in this process */
    bool peer = argc == 5 && peer_open(argv[3], read_text(argv[2]), argv[4]);
    measure_exec(argv, peer);
    module = load(argv[1]);
    pool = w2s_pool_new(module, NULL, NULL);
    for (int way = 0; peer && way < PEER__COUNT; way++)
        peer_load((enum peer_way)way, argv[4]);
    measure_ways(peer ? 5 : 2);
    measure_threads();
    measure_live();
    printf("\"peer\": %s}\n", peer ? "\"wasmtime\"" : "null");
    return 0;
}
