/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about metrics. Envoy lets a module define them only while the configuration is made,
 * so the first vm defines them and those of other threads find them by name. One that comes later
 * is a value of the label "name" of a metric that was defined for that. Envoy does not let a module
 * read metrics, so what they came to is counted here as well. The guest's numbers are positions in
 * the configuration's list, from 1.
 */
#include "runtime/envoy/envoy.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum metric_type { COUNTER, GAUGE, HISTOGRAM, METRIC_TYPES };

typedef unsigned define_metric(void *config, struct envoy_bytes name, struct envoy_bytes *labels,
                               size_t label_count, size_t *id);

void metrics_free(struct config *config)
{
    for (size_t i = 0; i < config->metric_count; i++) {
        free(config->metrics[i]->name);
        free(config->metrics[i]);
    }
    free(config->metrics);
}

/* ---- defining ---- */

static define_metric *const definers[METRIC_TYPES] = {ENVOY(http_filter_config_define_counter),
                                                      ENVOY(http_filter_config_define_gauge),
                                                      ENVOY(http_filter_config_define_histogram)};

void metrics_prepare(struct config *config)
{
    static const char *const names[METRIC_TYPES] = {"late_counter", "late_gauge", "late_histogram"};
    struct envoy_bytes label = {"name", 4};
    for (unsigned type = 0; type < METRIC_TYPES; type++) {
        struct envoy_bytes name = {names[type], strlen(names[type])};
        config->late[type].is_defined = definers[type](config->envoy, name, &label, 1,
                                                       &config->late[type].id) == ENVOY_METRIC_OK;
    }
}

/* The number of the metric with that name, 0 for none. */
static uint32_t find(const struct config *config, unsigned type, struct envoy_bytes name)
{
    for (size_t i = 0; i < config->metric_count; i++)
        if (config->metrics[i]->type == type && strlen(config->metrics[i]->name) == name.size &&
            memcmp(config->metrics[i]->name, name.ptr, name.size) == 0)
            return (uint32_t)i + 1;
    return 0;
}

static bool metric_define(struct config *config, struct metric *metric, struct envoy_bytes name)
{
    if (definers[metric->type](config->envoy, name, NULL, 0, &metric->id) == ENVOY_METRIC_OK)
        return true;
    metric->is_late = true;
    metric->id = config->late[metric->type].id;
    return config->late[metric->type].is_defined;
}

static struct metric *metric_new(struct config *config, unsigned type, struct envoy_bytes name,
                                 enum pw_status *status)
{
    struct metric *metric = calloc(1, sizeof *metric);
    *status = PW_INTERNAL_FAILURE;
    if (metric && (metric->name = strndup(name.ptr, name.size))) {
        metric->type = type;
        *status = PW_UNIMPLEMENTED; /* too late */
        if (metric_define(config, metric, name))
            return metric;
        free(metric->name);
    }
    free(metric);
    return NULL;
}

/* With the lock. */
static enum pw_status define(struct config *config, unsigned type, struct envoy_bytes name,
                             uint32_t *number)
{
    enum pw_status status;
    *number = find(config, type, name);
    if (*number)
        return PW_OK;
    struct metric **list =
        realloc(config->metrics, (config->metric_count + 1) * sizeof *config->metrics);
    if (!list)
        return PW_INTERNAL_FAILURE;
    config->metrics = list;
    struct metric *metric = metric_new(config, type, name, &status);
    if (!metric)
        return status;
    list[config->metric_count++] = metric;
    *number = (uint32_t)config->metric_count;
    return PW_OK;
}

enum pw_status host_define_metric(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes name;
    uint32_t number = 0;
    if (!arg_bytes(vm, args, 1, &name))
        return PW_INVALID_MEMORY_ACCESS;
    if (arg(args, 0) > HISTOGRAM || name.size == 0 || memchr(name.ptr, '\0', name.size))
        return PW_BAD_ARGUMENT;
    pthread_mutex_lock(&vm->config->lock);
    enum pw_status status = define(vm->config, arg(args, 0), name, &number);
    pthread_mutex_unlock(&vm->config->lock);
    if (status == PW_OK && !guest_put_u32(vm, arg(args, 3), number))
        return PW_INVALID_MEMORY_ACCESS;
    return status;
}

/* ---- using ---- */

/* The list may move, a metric does not. */
static struct metric *metric_of(struct config *config, uint32_t number)
{
    struct metric *metric = NULL;
    pthread_mutex_lock(&config->lock);
    if (number >= 1 && number <= config->metric_count)
        metric = config->metrics[number - 1];
    pthread_mutex_unlock(&config->lock);
    return metric;
}

typedef unsigned change_metric(void *config, size_t id, struct envoy_bytes *labels,
                               size_t label_count, uint64_t value);

static enum pw_status change(const struct vm *vm, const struct metric *metric, change_metric *how,
                             uint64_t value)
{
    struct envoy_bytes name = {metric->name, strlen(metric->name)};
    unsigned result = metric->is_late ? how(vm->config->envoy, metric->id, &name, 1, value)
                                      : how(vm->config->envoy, metric->id, NULL, 0, value);
    return result == ENVOY_METRIC_OK ? PW_OK : PW_INTERNAL_FAILURE;
}

static enum pw_status add_to_counter(const struct vm *vm, struct metric *metric, uint64_t value)
{
    metric->value += value;
    return change(vm, metric, ENVOY(http_filter_config_increment_counter), value);
}

enum pw_status host_increment_metric(struct vm *vm, const w2s_value *args)
{
    struct metric *metric = metric_of(vm->config, arg(args, 0));
    int64_t offset = args[1].i64;
    uint64_t distance = offset < 0 ? -(uint64_t)offset : (uint64_t)offset;
    if (!metric)
        return PW_NOT_FOUND;
    if (metric->type == COUNTER && offset >= 0)
        return add_to_counter(vm, metric, distance);
    if (metric->type != GAUGE)
        return PW_BAD_ARGUMENT;
    metric->value += (uint64_t)offset;
    return change(vm, metric,
                  offset < 0 ? ENVOY(http_filter_config_decrement_gauge)
                             : ENVOY(http_filter_config_increment_gauge),
                  distance);
}

enum pw_status host_record_metric(struct vm *vm, const w2s_value *args)
{
    struct metric *metric = metric_of(vm->config, arg(args, 0));
    uint64_t value = (uint64_t)args[1].i64;
    if (!metric)
        return PW_NOT_FOUND;
    if (metric->type == COUNTER)
        return add_to_counter(vm, metric, value);
    if (metric->type == HISTOGRAM)
        return change(vm, metric, ENVOY(http_filter_config_record_histogram_value), value);
    metric->value = value;
    return change(vm, metric, ENVOY(http_filter_config_set_gauge), value);
}

enum pw_status host_get_metric(struct vm *vm, const w2s_value *args)
{
    struct metric *metric = metric_of(vm->config, arg(args, 0));
    if (!metric)
        return PW_NOT_FOUND;
    if (metric->type == HISTOGRAM)
        return PW_BAD_ARGUMENT;
    return guest_put_u64(vm, arg(args, 1), metric->value) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}
