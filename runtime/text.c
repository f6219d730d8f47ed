/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Which module a code address belongs to. Asked by the fault handler of any thread at any moment,
 * so reading takes no lock: nodes are never freed, only emptied and used again, and a reader that
 * meets a node in change skips it. The node of code that is running does not change, because the
 * running instance holds its module.
 */
#include "runtime/runtime.h"

#include <pthread.h>
#include <stdlib.h>

static _Atomic(struct rt_text *) texts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of writers */

static struct rt_text *free_node(void)
{
    struct rt_text *text = atomic_load(&texts);
    while (text && atomic_load(&text->start))
        text = text->next;
    if (text)
        return text;
    text = calloc(1, sizeof *text);
    if (text) {
        text->next = atomic_load(&texts);
        atomic_store(&texts, text);
    }
    return text;
}

struct rt_text *rt_text_add(w2s_module *module)
{
    pthread_mutex_lock(&lock);
    struct rt_text *text = free_node();
    if (text) {
        atomic_store(&text->module, module);
        atomic_store(&text->end, (uintptr_t)module->desc->text_end);
        atomic_store(&text->start, (uintptr_t)module->desc->text_start);
    }
    pthread_mutex_unlock(&lock);
    return text;
}

void rt_text_remove(struct rt_text *text)
{
    if (!text)
        return;
    pthread_mutex_lock(&lock);
    atomic_store(&text->start, 0);
    pthread_mutex_unlock(&lock);
}

w2s_module *rt_text_find(uintptr_t pc)
{
    for (struct rt_text *text = atomic_load(&texts); text; text = text->next) {
        uintptr_t start = atomic_load(&text->start);
        if (!start || pc < start || pc >= atomic_load(&text->end))
            continue;
        w2s_module *module = atomic_load(&text->module);
        if (atomic_load(&text->start) == start)
            return module;
    }
    return NULL;
}
