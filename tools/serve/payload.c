/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * JSON is read and written by jansson, MessagePack by msgpack-c. Both bound the depth of what comes
 * from outside.
 */
#include "tools/serve/payload.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_SIZE = 200 };

/* ---- forms ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes in place; a "%" without two digits stands for itself. Returns the new size. */
static size_t form_decode(char *text, size_t size)
{
    size_t to = 0;
    for (size_t i = 0; i < size; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            text[to++] = (char)(high << 4 | low);
            i += 2;
        } else {
            text[to++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return to;
}

static void pack_string(msgpack_packer *packer, const char *text, size_t size)
{
    msgpack_pack_str(packer, size);
    msgpack_pack_str_body(packer, text, size);
}

static void pack_decoded(msgpack_packer *packer, char *text, size_t size)
{
    pack_string(packer, text, form_decode(text, size));
}

static size_t count_pairs(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '&';
    return count;
}

/* text is a copy to work in. */
static bool pack_form(char *text, size_t size, msgpack_packer *packer)
{
    char *end = text + size;
    msgpack_pack_map(packer, count_pairs(text, size));
    for (char *at = text; at <= end;) {
        char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        char *equals = memchr(at, '=', (size_t)(stop - at));
        if (!equals)
            return false;
        pack_decoded(packer, at, (size_t)(equals - at));
        pack_decoded(packer, equals + 1, (size_t)(stop - equals - 1));
        at = stop + 1;
    }
    return true;
}

bool payload_from_form(const char *text, size_t size, msgpack_sbuffer *to, const char **why)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, to, msgpack_sbuffer_write);
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    char *copy = malloc(size + 1);
    *why = "out of memory";
    if (!copy)
        return false;
    memcpy(copy, text, size);
    bool ok = pack_form(copy, size, &packer);
    free(copy);
    *why = "a body has the form NAME=VALUE";
    return ok;
}

/* ---- JSON ---- */

static void pack_json(msgpack_packer *packer, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT: {
        msgpack_pack_map(packer, json_object_size(value));
        const char *name;
        json_t *member;
        json_object_foreach(value, name, member)
        {
            pack_string(packer, name, strlen(name));
            pack_json(packer, member);
        }
        break;
    }
    case JSON_ARRAY:
        msgpack_pack_array(packer, json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            pack_json(packer, json_array_get(value, i));
        break;
    case JSON_STRING:
        pack_string(packer, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER: msgpack_pack_int64(packer, json_integer_value(value)); break;
    case JSON_REAL: msgpack_pack_double(packer, json_real_value(value)); break;
    case JSON_TRUE: msgpack_pack_true(packer); break;
    case JSON_FALSE: msgpack_pack_false(packer); break;
    case JSON_NULL: msgpack_pack_nil(packer); break;
    }
}

bool payload_from_json(const char *text, size_t size, msgpack_sbuffer *to, char *why)
{
    json_error_t error;
    json_t *value =
        json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value) {
        snprintf(why, WHY_SIZE, "not JSON: %s", error.text);
        return false;
    }
    msgpack_packer packer;
    msgpack_packer_init(&packer, to, msgpack_sbuffer_write);
    pack_json(&packer, value);
    json_decref(value);
    return true;
}

/* ---- answers ---- */

static json_t *json_of(const msgpack_object *object);

static json_t *json_of_map(const msgpack_object_map *map)
{
    json_t *object = json_object();
    for (uint32_t i = 0; object && i < map->size; i++) {
        const msgpack_object *name = &map->ptr[i].key;
        json_t *value = json_of(&map->ptr[i].val);
        if (name->type != MSGPACK_OBJECT_STR || !value ||
            json_object_setn_new(object, name->via.str.ptr, name->via.str.size, value) != 0) {
            json_decref(object);
            object = NULL;
        }
    }
    return object;
}

static json_t *json_of_array(const msgpack_object_array *from)
{
    json_t *array = json_array();
    for (uint32_t i = 0; array && i < from->size; i++)
        if (json_array_append_new(array, json_of(&from->ptr[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

/* NULL for what JSON cannot say: bytes, extensions, keys that are no strings. */
static json_t *json_of(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL: return json_null();
    case MSGPACK_OBJECT_BOOLEAN: return json_boolean(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return object->via.u64 <= INT64_MAX ? json_integer((json_int_t)object->via.u64)
                                            : json_real((double)object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: return json_integer(object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64: return json_real(object->via.f64);
    case MSGPACK_OBJECT_STR: return json_stringn(object->via.str.ptr, object->via.str.size);
    case MSGPACK_OBJECT_ARRAY: return json_of_array(&object->via.array);
    case MSGPACK_OBJECT_MAP: return json_of_map(&object->via.map);
    case MSGPACK_OBJECT_BIN:
    case MSGPACK_OBJECT_EXT: return NULL;
    }
    return NULL;
}

/* The text of one MessagePack value, from malloc; NULL where it is none, or cannot be text. */
static char *text_of(const void *data, size_t size, size_t *text_size)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t end = 0;
    char *text = NULL;
    if (msgpack_unpack_next(&unpacked, data, size, &end) == MSGPACK_UNPACK_SUCCESS && end == size) {
        const msgpack_object *object = &unpacked.data;
        if (object->type == MSGPACK_OBJECT_STR) {
            *text_size = object->via.str.size;
            text = malloc(*text_size + 1);
            if (text)
                memcpy(text, object->via.str.ptr, *text_size);
        } else {
            json_t *json = json_of(object);
            text = json ? json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
            *text_size = text ? strlen(text) : 0;
            json_decref(json);
        }
    }
    msgpack_unpacked_destroy(&unpacked);
    return text;
}

/* before, then text (which it frees). */
static void answer_joined(struct answer *answer, const char *before, char *text, size_t size)
{
    size_t n = strlen(before);
    char *all = malloc(n + size + 1);
    if (all) {
        memcpy(all, before, n);
        memcpy(all + n, text, size);
        answer_body(answer, "text/plain; charset=utf-8", all, n + size);
    } else {
        answer_text(answer, 500, "out of memory");
    }
    free(text);
}

void payload_answer(struct answer *answer, enum serve_format format, const void *data, size_t size)
{
    size_t text_size = 0;
    char *text = format == SERVE_RAW ? NULL : text_of(data, size, &text_size);
    if (text) {
        answer_joined(answer, format == SERVE_NODE ? "result=" : "", text, text_size);
        return;
    }
    char *bytes = malloc(size + 1);
    if (!bytes) {
        answer_text(answer, 500, "out of memory");
        return;
    }
    memcpy(bytes, data, size);
    answer_body(answer,
                format == SERVE_RAW ? "text/plain; charset=utf-8" : "application/octet-stream",
                bytes, size);
}
