/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * memory.atomic.wait and notify (threads proposal): queues of waiting threads by native address, in
 * a hash table whose buckets have a lock each. A waiter compares and queues itself under the lock,
 * and a notifier takes it off under the same lock, so that no wake-up is lost; then it sleeps on a
 * futex word of its own. A queue and not the guest's word as futex: the kernel has none of 64 bits,
 * waits of both widths at an address share one queue, and a store's wait can be interrupted.
 *
 * The futex lies in the store, which is in one wait at a time: an interrupt, which may come from a
 * signal handler and so takes no lock, finds it there. It leaves the waiter queued.
 *
 * A waiter may be gone by the time its futex is woken; the call then wakes nobody, or somebody who
 * looks at their own word and sleeps on.
 */
#include "runtime/runtime.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum state { IDLE, WAITING, WOKEN, INTERRUPTED };
enum result { RESULT_WOKEN, RESULT_NOT_EQUAL, RESULT_TIMED_OUT, RESULT_INTERRUPTED };

struct waiter {
    struct waiter *next;
    const uint8_t *address;
    w2s_store *store; /* its wait_state is an enum state, and the futex */
    bool queued;
};

enum { BUCKET_BITS = 8, BUCKETS = 1 << BUCKET_BITS };

struct bucket {
    pthread_mutex_t lock;
    struct waiter *first; /* of the queue: the one that waits longest */
};

static struct bucket buckets[BUCKETS];
static pthread_once_t buckets_once = PTHREAD_ONCE_INIT;

static void buckets_init(void)
{
    for (size_t i = 0; i < BUCKETS; i++)
        pthread_mutex_init(&buckets[i].lock, NULL);
}

static struct bucket *bucket_lock(const uint8_t *address)
{
    pthread_once(&buckets_once, buckets_init);
    uint64_t hash = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
    struct bucket *bucket = &buckets[hash >> (64 - BUCKET_BITS)];
    pthread_mutex_lock(&bucket->lock);
    return bucket;
}

static void bucket_unlock(struct bucket *bucket)
{
    pthread_mutex_unlock(&bucket->lock);
}

/* ---- sleeping ---- */

/* The time on the monotonic clock in that many ns; a time that the clock never shows is forever. */
static struct timespec deadline_in(uint64_t nanoseconds)
{
    const uint64_t second = 1000000000;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t rest = (uint64_t)time.tv_nsec + nanoseconds % second;
    time.tv_sec += (time_t)(nanoseconds / second + rest / second);
    time.tv_nsec = (long)(rest % second);
    return time;
}

/* Until the state changes or the time (NULL: none) has come. */
static void sleep_until(w2s_store *store, const struct timespec *deadline)
{
    long result = 0;
    while (atomic_load(&store->wait_state) == WAITING && !(result < 0 && errno == ETIMEDOUT))
        result = syscall(SYS_futex, &store->wait_state, FUTEX_WAIT_BITSET_PRIVATE, WAITING,
                         deadline, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* Nothing of a waiter may be touched once it has the state. False if it has another already. */
static bool wake(w2s_store *store, enum state state)
{
    uint32_t waiting = WAITING;
    void *futex = &store->wait_state;
    if (!atomic_compare_exchange_strong(&store->wait_state, &waiting, state))
        return false;
    syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, 1);
    return true;
}

void rt_wait_interrupt(w2s_store *store)
{
    (void)wake(store, INTERRUPTED);
}

/* ---- queues ---- */

static void enqueue(struct bucket *bucket, struct waiter *waiter)
{
    struct waiter **link = &bucket->first;
    while (*link)
        link = &(*link)->next;
    *link = waiter;
    waiter->queued = true;
}

static void dequeue(struct bucket *bucket, const struct waiter *waiter)
{
    struct waiter **link = &bucket->first;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
}

/* Under the lock: queues the waiter, or says why not. An interrupt that comes after the look at the
 * store finds it waiting. */
static enum result begin(struct bucket *bucket, struct waiter *waiter, bool equal, int64_t timeout)
{
    atomic_store(&waiter->store->wait_state, WAITING);
    if (atomic_load(&waiter->store->interruption) != RT_GOING_ON)
        return RESULT_INTERRUPTED;
    if (!equal)
        return RESULT_NOT_EQUAL;
    if (timeout == 0)
        return RESULT_TIMED_OUT;
    enqueue(bucket, waiter);
    return RESULT_WOKEN;
}

/* After the sleep: whoever has not been woken has slept too long. */
static enum result end(struct waiter *waiter)
{
    struct bucket *bucket = bucket_lock(waiter->address);
    uint32_t state = atomic_exchange(&waiter->store->wait_state, IDLE);
    if (waiter->queued)
        dequeue(bucket, waiter);
    bucket_unlock(bucket);
    if (state == WAITING)
        return RESULT_TIMED_OUT;
    return state == WOKEN ? RESULT_WOKEN : RESULT_INTERRUPTED;
}

static bool is_equal(const uint8_t *address, uint32_t bytes, uint64_t expected)
{
    if (bytes == 8)
        return __atomic_load_n((const uint64_t *)(const void *)address, __ATOMIC_SEQ_CST) ==
               expected;
    return __atomic_load_n((const uint32_t *)(const void *)address, __ATOMIC_SEQ_CST) == expected;
}

static enum result wait_at(w2s_store *store, const uint8_t *address, uint32_t bytes,
                           uint64_t expected, int64_t timeout)
{
    struct waiter waiter = {.address = address, .store = store};
    struct timespec deadline;
    if (timeout > 0)
        deadline = deadline_in((uint64_t)timeout);
    struct bucket *bucket = bucket_lock(address);
    enum result result = begin(bucket, &waiter, is_equal(address, bytes, expected), timeout);
    bucket_unlock(bucket);
    if (result != RESULT_WOKEN) {
        atomic_store(&store->wait_state, IDLE);
        return result;
    }
    sleep_until(store, timeout > 0 ? &deadline : NULL);
    return end(&waiter);
}

static uint32_t notify_at(const uint8_t *address, uint32_t most)
{
    uint32_t count = 0;
    struct bucket *bucket = bucket_lock(address);
    for (struct waiter **link = &bucket->first; *link && count < most;) {
        struct waiter *waiter = *link;
        if (waiter->address != address) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        waiter->queued = false;
        count += wake(waiter->store, WOKEN);
    }
    bucket_unlock(bucket);
    return count;
}

/* ---- what generated code calls: alignment, then sharing, then bounds ---- */

static struct rt_memory *memory_at(void *ctx, uint32_t index)
{
    return (struct rt_memory *)((struct w2s_ctx *)ctx)->instance->memories[index];
}

static const uint8_t *native_address(void *ctx, const struct rt_memory *memory, uint64_t address,
                                     uint32_t bytes)
{
    if (!rt_in_range(address, bytes, rt_memory_size(&memory->pub)))
        w2s_rt_trap(ctx, W2S_TRAP_MEMORY_OOB, 0);
    return memory->pub.base + address;
}

static uint32_t wait(void *ctx, uint32_t index, uint64_t address, uint32_t bytes, uint64_t expected,
                     uint64_t timeout)
{
    const struct rt_memory *memory = memory_at(ctx, index);
    if (address % bytes != 0)
        w2s_rt_trap(ctx, W2S_TRAP_UNALIGNED_ATOMIC, 0);
    if (!memory->sharing)
        w2s_rt_trap(ctx, W2S_TRAP_EXPECTED_SHARED, 0);
    const uint8_t *native = native_address(ctx, memory, address, bytes);
    enum result result = wait_at(rt_ctx_store(ctx), native, bytes, expected, (int64_t)timeout);
    if (result == RESULT_INTERRUPTED)
        w2s_rt_trap(ctx, W2S_TRAP_INTERRUPTED, 0);
    return result;
}

uint32_t w2s_rt_atomic_wait32(void *ctx, uint32_t memory, uint64_t address, uint32_t expected,
                              uint64_t timeout)
{
    return wait(ctx, memory, address, 4, expected, timeout);
}

uint32_t w2s_rt_atomic_wait64(void *ctx, uint32_t memory, uint64_t address, uint64_t expected,
                              uint64_t timeout)
{
    return wait(ctx, memory, address, 8, expected, timeout);
}

/* Nobody can wait on a memory that is not shared. */
uint32_t w2s_rt_atomic_notify(void *ctx, uint32_t index, uint64_t address, uint32_t most)
{
    const struct rt_memory *memory = memory_at(ctx, index);
    if (address % 4 != 0)
        w2s_rt_trap(ctx, W2S_TRAP_UNALIGNED_ATOMIC, 0);
    const uint8_t *native = native_address(ctx, memory, address, 4);
    return memory->sharing ? notify_at(native, most) : 0;
}
