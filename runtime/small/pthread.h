/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * In the place of <pthread.h> for the small profile: what the runtime uses of POSIX threads, for a
 * program that has one. Locks do nothing, the bounds of the stack are not known (stack.c then takes
 * what is always there), and nothing of the thread library is linked.
 */
#ifndef RUNTIME_SMALL_PTHREAD_H
#define RUNTIME_SMALL_PTHREAD_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#define PTHREAD_MUTEX_INITIALIZER {{0}}
#define PTHREAD_ONCE_INIT         0
#define pthread_sigmask           sigprocmask

static inline int pthread_mutex_init(pthread_mutex_t *mutex, const void *attributes)
{
    (void)mutex, (void)attributes;
    return 0;
}

static inline int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

static inline int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

static inline int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

static inline int pthread_once(pthread_once_t *once, void (*function)(void))
{
    if (*once == PTHREAD_ONCE_INIT)
        function();
    *once = 1;
    return 0;
}

/* A thread's end is the program's: nothing is to be called then. */
static inline int pthread_key_create(pthread_key_t *key, void (*at_end)(void *))
{
    (void)key, (void)at_end;
    return 0;
}

static inline int pthread_setspecific(pthread_key_t key, const void *value)
{
    (void)key, (void)value;
    return 0;
}

static inline pthread_t pthread_self(void)
{
    return 0;
}

/* Threads of a guest (wasi-threads) are refused as when there are too many. */
static inline int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                 void *(*function)(void *), void *argument)
{
    (void)thread, (void)attributes, (void)function, (void)argument;
    return EAGAIN;
}

static inline int pthread_join(pthread_t thread, void **result)
{
    (void)thread, (void)result;
    return ESRCH;
}

static inline int pthread_atfork(void (*before)(void), void (*after)(void), void (*in_child)(void))
{
    (void)before, (void)after, (void)in_child;
    return ENOMEM;
}

static inline int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    (void)thread, (void)attributes;
    return ENOSYS;
}

static inline int pthread_attr_getstack(const pthread_attr_t *attributes, void **low, size_t *size)
{
    (void)attributes, (void)low, (void)size;
    return ENOSYS;
}

static inline int pthread_attr_getguardsize(const pthread_attr_t *attributes, size_t *size)
{
    (void)attributes, (void)size;
    return ENOSYS;
}

static inline int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

#endif
