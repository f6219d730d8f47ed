/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Maps of headers as proxy-wasm writes them: the number of pairs, the length of each name and
 * value, all u32 of little endian, then the names and values, each with a NUL behind it. An empty
 * map may be no bytes at all.
 */
#include "runtime/envoy/envoy.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = sizeof(uint32_t) };

static uint32_t word_at(const char *p)
{
    uint32_t value;
    memcpy(&value, p, WORD);
    return value;
}

/* size bytes and the NUL at *at; false where they are not there. */
static bool take(struct envoy_bytes bytes, size_t *at, uint32_t size, const char **text)
{
    if (*at >= bytes.size || size >= bytes.size - *at)
        return false;
    *text = bytes.ptr + *at;
    *at += (size_t)size + 1;
    return true;
}

enum pw_status map_parse(struct envoy_bytes bytes, struct envoy_header **headers, size_t *count)
{
    *headers = NULL;
    *count = bytes.size >= WORD ? word_at(bytes.ptr) : 0;
    if (bytes.size == 0)
        return PW_OK;
    if (bytes.size < WORD || *count > (bytes.size - WORD) / (2 * WORD))
        return PW_PARSE_FAILURE;
    struct envoy_header *list = calloc(*count + 1, sizeof *list);
    if (!list)
        return PW_INTERNAL_FAILURE;
    size_t at = WORD + *count * 2 * WORD;
    for (size_t i = 0; i < *count; i++) {
        const char *lengths = bytes.ptr + WORD + i * 2 * WORD;
        list[i].key_size = word_at(lengths);
        list[i].value_size = word_at(lengths + WORD);
        if (!take(bytes, &at, word_at(lengths), &list[i].key) ||
            !take(bytes, &at, word_at(lengths + WORD), &list[i].value)) {
            free(list);
            return PW_PARSE_FAILURE;
        }
    }
    *headers = list;
    return PW_OK;
}

static size_t map_size(const struct envoy_header *headers, size_t count)
{
    size_t size = WORD;
    for (size_t i = 0; i < count; i++)
        size += 2 * WORD + headers[i].key_size + 1 + headers[i].value_size + 1;
    return size;
}

static char *put_word(char *to, size_t value)
{
    uint32_t word = (uint32_t)value;
    memcpy(to, &word, WORD);
    return to + WORD;
}

static char *put_text(char *to, const char *text, size_t size)
{
    if (size > 0)
        memcpy(to, text, size);
    to[size] = '\0';
    return to + size + 1;
}

enum pw_status map_return(struct vm *vm, const struct envoy_header *headers, size_t count,
                          uint32_t address_at, uint32_t size_at)
{
    char *to;
    enum pw_status status =
        guest_return_room(vm, count ? map_size(headers, count) : 0, address_at, size_at, &to);
    if (status != PW_OK || count == 0)
        return status;
    to = put_word(to, count);
    for (size_t i = 0; i < count; i++)
        to = put_word(put_word(to, headers[i].key_size), headers[i].value_size);
    for (size_t i = 0; i < count; i++) {
        to = put_text(to, headers[i].key, headers[i].key_size);
        to = put_text(to, headers[i].value, headers[i].value_size);
    }
    return PW_OK;
}
