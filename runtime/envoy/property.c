/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Host calls about properties: paths of names with NUL between them. Envoy's attributes, the
 * plugin's own, single headers, single values of metadata, and what filters set themselves, which
 * is filter state of the stream under "wasm." and the name. Numbers are 8 bytes of little endian,
 * truth values one.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

enum kind { NONE, STRING, INT, BOOL };

static const struct {
    const char *name;
    enum kind kind;
} attributes[] = {
#define ATTRIBUTE(name, kind) {name, kind},
#include "runtime/envoy/attributes.def"
};

enum { ATTRIBUTE_COUNT = sizeof attributes / sizeof *attributes, LONGEST = 1024 };

/* Where a value goes. */
struct target {
    struct vm *vm;
    uint32_t address_at, size_at;
};

static enum pw_status put(const struct target *to, const void *bytes, size_t size)
{
    return guest_return(to->vm, bytes, size, to->address_at, to->size_at);
}

static bool starts_with(const char *name, const char *with, const char **rest)
{
    size_t n = strlen(with);
    *rest = name + n;
    return strncmp(name, with, n) == 0;
}

static struct envoy_bytes bytes_of(const char *text)
{
    return (struct envoy_bytes){text, strlen(text)};
}

/* ---- kinds of properties: each PW_NOT_FOUND for what is of another kind ---- */

static enum pw_status get_plugin(const struct target *to, const char *name)
{
    const struct bytes *root = &to->vm->config->name;
    if (strcmp(name, "plugin_root_id") == 0 || strcmp(name, "plugin_name") == 0)
        return put(to, root->p, root->n);
    if (strcmp(name, "plugin_vm_id") == 0)
        return put(to, "", 0);
    return PW_NOT_FOUND;
}

static enum pw_status get_header(const struct target *to, void *filter, const char *name)
{
    static const struct {
        const char *lead;
        enum envoy_map map;
    } maps[] = {{"request.headers.", ENVOY_REQUEST_HEADERS},
                {"request.trailers.", ENVOY_REQUEST_TRAILERS},
                {"response.headers.", ENVOY_RESPONSE_HEADERS},
                {"response.trailers.", ENVOY_RESPONSE_TRAILERS}};
    const char *key;
    struct envoy_bytes value;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (starts_with(name, maps[i].lead, &key) &&
            ENVOY(http_get_header)(filter, maps[i].map, bytes_of(key), &value, 0, NULL))
            return put(to, value.ptr, value.size);
    return PW_NOT_FOUND;
}

static enum pw_status get_attribute(const struct target *to, void *filter, unsigned id)
{
    struct envoy_bytes text;
    uint64_t number;
    bool truth;
    switch (attributes[id].kind) {
    case STRING:
        if (ENVOY(http_filter_get_attribute_string)(filter, id, &text))
            return put(to, text.ptr, text.size);
        break;
    case INT:
        if (ENVOY(http_filter_get_attribute_int)(filter, id, &number))
            return put(to, &number, sizeof number);
        break;
    case BOOL:
        if (ENVOY(http_filter_get_attribute_bool)(filter, id, &truth))
            return put(to, &truth, 1);
        break;
    case NONE: return PW_UNIMPLEMENTED;
    }
    return PW_NOT_FOUND;
}

/* proxy-wasm knows some attributes of xds by shorter names. */
static enum pw_status get_named_attribute(const struct target *to, void *filter, const char *name)
{
    for (unsigned i = 0; i < ATTRIBUTE_COUNT; i++) {
        const char *rest;
        bool short_name = starts_with(attributes[i].name, "xds.", &rest) && strcmp(rest, name) == 0;
        if (short_name || strcmp(attributes[i].name, name) == 0)
            return get_attribute(to, filter, i);
    }
    return PW_NOT_FOUND;
}

/* Takes the name off the front of the path. */
static bool skip_name(struct envoy_bytes *path, const char *name)
{
    size_t n = strlen(name);
    if (path->size <= n || memcmp(path->ptr, name, n) != 0 || path->ptr[n])
        return false;
    path->ptr += n + 1;
    path->size -= n + 1;
    return true;
}

/* The value of metadata, if it is of that kind; Envoy logs an error if it is of another. */
static enum pw_status get_metadata_kind(const struct target *to, void *filter, unsigned source,
                                        struct envoy_bytes space, struct envoy_bytes key,
                                        enum kind kind)
{
    struct envoy_bytes text;
    double number;
    bool truth;
    if (kind == STRING && ENVOY(http_get_metadata_string)(filter, source, space, key, &text))
        return put(to, text.ptr, text.size);
    if (kind == INT && ENVOY(http_get_metadata_number)(filter, source, space, key, &number))
        return put(to, &number, sizeof number);
    if (kind == BOOL && ENVOY(http_get_metadata_bool)(filter, source, space, key, &truth))
        return put(to, &truth, 1);
    return PW_NOT_FOUND;
}

/* Tries the kind first that a key with the same hash had last, then the others. */
static enum pw_status get_metadata_value(const struct target *to, void *filter, unsigned source,
                                         struct envoy_bytes space, struct envoy_bytes key)
{
    uint32_t hash = source;
    for (size_t i = 0; i < key.size; i++)
        hash = hash * 31 + (uint8_t)key.ptr[i];
    uint8_t *last = &to->vm->metadata_kinds[hash % METADATA_KINDS];
    for (unsigned i = 0; i < 3; i++) {
        uint8_t kind = (uint8_t)(STRING + (*last + i) % 3);
        enum pw_status status = get_metadata_kind(to, filter, source, space, key, kind);
        if (status == PW_NOT_FOUND)
            continue;
        *last = (uint8_t)(kind - STRING);
        return status;
    }
    return PW_NOT_FOUND;
}

/* metadata|filter_metadata|NAMESPACE|KEY, and the same of routes, clusters and hosts. Namespaces
 * have dots, so this takes the path as it is. */
static enum pw_status get_metadata(const struct target *to, void *filter, struct envoy_bytes path)
{
    static const struct {
        const char *name;
        enum envoy_metadata source;
    } sources[] = {{"metadata", ENVOY_METADATA_DYNAMIC},
                   {"route_metadata", ENVOY_METADATA_ROUTE},
                   {"cluster_metadata", ENVOY_METADATA_CLUSTER},
                   {"upstream_host_metadata", ENVOY_METADATA_HOST}};
    const size_t count = sizeof sources / sizeof *sources;
    size_t i = 0;
    skip_name(&path, "xds");
    while (i < count && !skip_name(&path, sources[i].name))
        i++;
    if (i == count || !skip_name(&path, "filter_metadata"))
        return PW_NOT_FOUND;
    const char *end = memchr(path.ptr, '\0', path.size);
    if (!end)
        return PW_NOT_FOUND;
    struct envoy_bytes space = {path.ptr, (size_t)(end - path.ptr)};
    struct envoy_bytes key = {end + 1, path.size - space.size - 1};
    if (key.size > 0 && key.ptr[key.size - 1] == '\0')
        key.size--;
    return get_metadata_value(to, filter, sources[i].source, space, key);
}

/* "wasm." and the name. */
static struct envoy_bytes state_key(const char *name, size_t size, char key[LONGEST + 8])
{
    memcpy(key, "wasm.", 5);
    memcpy(key + 5, name, size);
    return (struct envoy_bytes){key, size + 5};
}

static enum pw_status get_state(const struct target *to, void *filter, const char *name)
{
    char key[LONGEST + 8];
    struct envoy_bytes value;
    if (!ENVOY(http_get_filter_state_bytes)(filter, state_key(name, strlen(name), key), &value))
        return PW_NOT_FOUND;
    return put(to, value.ptr, value.size);
}

/* ---- host calls ---- */

/* The path with dots; a NUL may end it. */
static bool join_path(struct envoy_bytes path, char name[LONGEST + 1])
{
    if (path.size > 0 && path.ptr[path.size - 1] == '\0')
        path.size--;
    if (path.size == 0 || path.size > LONGEST)
        return false;
    for (size_t i = 0; i < path.size; i++)
        name[i] = path.ptr[i] ? path.ptr[i] : '.';
    name[path.size] = '\0';
    return true;
}

enum pw_status host_get_property(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes path;
    char name[LONGEST + 1];
    const struct target to = {vm, arg(args, 2), arg(args, 3)};
    if (!arg_bytes(vm, args, 0, &path))
        return PW_INVALID_MEMORY_ACCESS;
    if (!join_path(path, name))
        return PW_BAD_ARGUMENT;
    enum pw_status status = get_plugin(&to, name);
    void *filter = vm->current ? vm->current->filter : NULL;
    if (status == PW_NOT_FOUND && filter)
        status = get_header(&to, filter, name);
    if (status == PW_NOT_FOUND && filter)
        status = get_metadata(&to, filter, path);
    if (status == PW_NOT_FOUND && filter)
        status = get_named_attribute(&to, filter, name);
    if (status == PW_NOT_FOUND && filter)
        status = get_state(&to, filter, name);
    return status;
}

enum pw_status host_set_property(struct vm *vm, const w2s_value *args)
{
    struct envoy_bytes path, value;
    char name[LONGEST + 1], key[LONGEST + 8];
    if (!arg_bytes(vm, args, 0, &path) || !arg_bytes(vm, args, 2, &value))
        return PW_INVALID_MEMORY_ACCESS;
    if (!join_path(path, name) || !vm->current || !vm->current->filter)
        return PW_BAD_ARGUMENT;
    return ENVOY(http_set_filter_state_bytes)(vm->current->filter,
                                              state_key(name, strlen(name), key), value)
               ? PW_OK
               : PW_INTERNAL_FAILURE;
}
