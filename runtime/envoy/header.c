/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about maps: headers and trailers of the request and the response, and, to read only,
 * the headers of an answer to a callout and the metadata of gRPC.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum map_type {
    MAP_RESPONSE_TRAILERS = 3, /* 0 to 3 have the numbers of enum envoy_map */
    MAP_CALL_HEADERS = 6,
    MAP_CALL_TRAILERS = 7 /* Envoy does not tell them: always empty */
};

_Static_assert((int)ENVOY_RESPONSE_TRAILERS == (int)MAP_RESPONSE_TRAILERS, "the same order");

/* The filter whose map is meant; NULL for other maps and in the root context. */
static void *filter_of(const struct vm *vm, uint32_t type)
{
    return type <= MAP_RESPONSE_TRAILERS && vm->current ? vm->current->filter : NULL;
}

/* A map of what the guest is being told of; false where it is not. */
static bool get_told(const struct vm *vm, uint32_t type, struct envoy_header **headers,
                     size_t *count)
{
    *headers = NULL;
    *count = 0;
    if (vm->grpc && vm->grpc->map && vm->grpc->map == type) {
        *headers = vm->grpc->headers;
        *count = vm->grpc->header_count;
        return true;
    }
    if (vm->answer && type == MAP_CALL_HEADERS) {
        *headers = vm->answer->headers;
        *count = vm->answer->header_count;
    }
    return vm->answer && (type == MAP_CALL_HEADERS || type == MAP_CALL_TRAILERS);
}

/* All headers of a map, for put_all. PW_BAD_ARGUMENT where the map is not there. */
static enum pw_status get_all(const struct vm *vm, uint32_t type, struct envoy_header **headers,
                              size_t *count)
{
    void *filter = filter_of(vm, type);
    if (!filter)
        return get_told(vm, type, headers, count) ? PW_OK : PW_BAD_ARGUMENT;
    *count = ENVOY(http_get_headers_size)(filter, type);
    *headers = calloc(*count + 1, sizeof **headers);
    if (!*headers)
        return PW_INTERNAL_FAILURE;
    if (ENVOY(http_get_headers)(filter, type, *headers))
        return PW_OK;
    free(*headers);
    return PW_BAD_ARGUMENT;
}

static void put_all(uint32_t type, struct envoy_header *headers)
{
    if (type <= MAP_RESPONSE_TRAILERS)
        free(headers);
}

enum pw_status host_get_header_map_pairs(struct vm *vm, const w2s_value *args)
{
    struct envoy_header *headers;
    size_t count;
    enum pw_status status = get_all(vm, arg(args, 0), &headers, &count);
    if (status != PW_OK)
        return status;
    status = map_return(vm, headers, count, arg(args, 1), arg(args, 2));
    put_all(arg(args, 0), headers);
    return status;
}

/* The size of the map in bytes. */
enum pw_status host_get_header_map_size(struct vm *vm, const w2s_value *args)
{
    struct envoy_header *headers;
    size_t count, size = 0;
    enum pw_status status = get_all(vm, arg(args, 0), &headers, &count);
    if (status != PW_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        size += headers[i].key_size + headers[i].value_size;
    put_all(arg(args, 0), headers);
    return guest_put_u32(vm, arg(args, 1), (uint32_t)size) ? PW_OK : PW_INVALID_MEMORY_ACCESS;
}

/* ---- one header ---- */

static bool is_key(const struct envoy_header *header, struct envoy_bytes key)
{
    return header->key_size == key.size && strncasecmp(header->key, key.ptr, key.size) == 0;
}

/* Several values of one name are one, with commas (RFC 9110, 5.3). */
static enum pw_status join(struct vm *vm, void *filter, uint32_t type, struct envoy_bytes key,
                           size_t count, const w2s_value *args)
{
    struct envoy_bytes value;
    size_t size = count - 1;
    for (size_t i = 0; i < count; i++)
        if (ENVOY(http_get_header)(filter, type, key, &value, i, NULL))
            size += value.size;
    char *all = malloc(size + 1), *to = all;
    if (!all)
        return PW_INTERNAL_FAILURE;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *to++ = ',';
        if (ENVOY(http_get_header)(filter, type, key, &value, i, NULL) && value.size) {
            memcpy(to, value.ptr, value.size);
            to += value.size;
        }
    }
    enum pw_status status = guest_return(vm, all, (size_t)(to - all), arg(args, 3), arg(args, 4));
    free(all);
    return status;
}

/* In ABI 0.1.0 a header that is missing is empty. */
static enum pw_status missing(struct vm *vm, const w2s_value *args)
{
    return vm->old ? guest_return(vm, NULL, 0, arg(args, 3), arg(args, 4)) : PW_NOT_FOUND;
}

static enum pw_status answer_value(struct vm *vm, const w2s_value *args, struct envoy_bytes key)
{
    struct envoy_header *headers;
    size_t count;
    enum pw_status status = get_all(vm, arg(args, 0), &headers, &count);
    for (size_t i = 0; status == PW_OK && i < count; i++)
        if (is_key(&headers[i], key))
            return guest_return(vm, headers[i].value, headers[i].value_size, arg(args, 3),
                                arg(args, 4));
    return status == PW_OK ? missing(vm, args) : status;
}

enum pw_status host_get_header_map_value(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes key, value = {NULL, 0};
    void *filter = filter_of(vm, arg(args, 0));
    size_t count = 0;
    if (!arg_bytes(vm, args, 1, &key))
        return PW_INVALID_MEMORY_ACCESS;
    if (!filter)
        return answer_value(vm, args, key);
    bool found = ENVOY(http_get_header)(filter, arg(args, 0), key, &value, 0, &count);
    if (count > 1)
        return join(vm, filter, arg(args, 0), key, count, args);
    if (!found || count == 0)
        return missing(vm, args);
    return guest_return(vm, value.ptr, value.size, arg(args, 3), arg(args, 4));
}

typedef bool change(void *filter, unsigned map, struct envoy_bytes key, struct envoy_bytes value);

static enum pw_status change_value(struct vm *vm, const w2s_value *args, change *how)
{
    struct envoy_bytes key, value;
    void *filter = filter_of(vm, arg(args, 0));
    if (!arg_bytes(vm, args, 1, &key) || !arg_bytes(vm, args, 3, &value))
        return PW_INVALID_MEMORY_ACCESS;
    return filter && how(filter, arg(args, 0), key, value) ? PW_OK : PW_BAD_ARGUMENT;
}

enum pw_status host_add_header_map_value(struct vm *vm, const w2s_value *args)
{
    return change_value(vm, args, ENVOY(http_add_header));
}

enum pw_status host_replace_header_map_value(struct vm *vm, const w2s_value *args)
{
    return change_value(vm, args, ENVOY(http_set_header));
}

enum pw_status host_remove_header_map_value(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes key;
    void *filter = filter_of(vm, arg(args, 0));
    if (!arg_bytes(vm, args, 1, &key))
        return PW_INVALID_MEMORY_ACCESS;
    if (!filter)
        return PW_BAD_ARGUMENT;
    /* Removing what is not there is no mistake, though Envoy says false. */
    ENVOY(http_set_header)(filter, arg(args, 0), key, (struct envoy_bytes){NULL, 0});
    return PW_OK;
}

/* ---- the whole map ---- */

static bool has_key(const struct envoy_header *headers, size_t count, struct envoy_bytes key)
{
    for (size_t i = 0; i < count; i++)
        if (is_key(&headers[i], key))
            return true;
    return false;
}

/* Names are copied: Envoy's own bytes go away with the header that they are of. */
static bool remove_header(void *filter, uint32_t type, const struct envoy_header *header)
{
    char *name = malloc(header->key_size + 1);
    if (!name)
        return false;
    memcpy(name, header->key, header->key_size);
    ENVOY(http_set_header)
    (filter, type, (struct envoy_bytes){name, header->key_size}, (struct envoy_bytes){NULL, 0});
    free(name);
    return true;
}

/* Removes what is not in the list. Where the map has changed it is read again. */
static enum pw_status remove_others(struct vm *vm, uint32_t type, const struct envoy_header *list,
                                    size_t count)
{
    size_t i = 0, old_count = 1;
    while (i < old_count) {
        struct envoy_header *old;
        enum pw_status status = get_all(vm, type, &old, &old_count);
        if (status != PW_OK)
            return status;
        while (i < old_count &&
               has_key(list, count, (struct envoy_bytes){old[i].key, old[i].key_size}))
            i++;
        bool ok = i == old_count || remove_header(filter_of(vm, type), type, &old[i]);
        put_all(type, old);
        if (!ok)
            return PW_INTERNAL_FAILURE;
        if (ENVOY(http_get_headers_size)(filter_of(vm, type), type) == old_count)
            i++; /* Envoy keeps it */
    }
    return PW_OK;
}

static void put_header(void *filter, uint32_t type, const struct envoy_header *list, size_t i)
{
    struct envoy_bytes key = {list[i].key, list[i].key_size};
    struct envoy_bytes value = {list[i].value, list[i].value_size};
    if (has_key(list, i, key))
        ENVOY(http_add_header)(filter, type, key, value);
    else
        ENVOY(http_set_header)(filter, type, key, value);
}

enum pw_status host_set_header_map_pairs(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes map;
    struct envoy_header *list;
    size_t count;
    uint32_t type = arg(args, 0);
    if (!filter_of(vm, type))
        return PW_BAD_ARGUMENT;
    if (!arg_bytes(vm, args, 1, &map))
        return PW_INVALID_MEMORY_ACCESS;
    enum pw_status status = map_parse(map, &list, &count);
    if (status != PW_OK)
        return status;
    status = remove_others(vm, type, list, count);
    for (size_t i = 0; status == PW_OK && i < count; i++)
        put_header(filter_of(vm, type), type, list, i);
    free(list);
    return status;
}
