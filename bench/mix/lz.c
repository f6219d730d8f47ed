/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compression in the manner of LZ4, with a hash table of positions, and decompression.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 400000, HASH_BITS = 14 };

static uint8_t data[SIZE], packed[SIZE * 2], again[SIZE + 64];
static uint32_t table[1 << HASH_BITS];

static uint32_t word_at(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static uint8_t *put_length(uint8_t *to, uint32_t length)
{
    for (; length >= 255; length -= 255)
        *to++ = 255;
    *to++ = (uint8_t)length;
    return to;
}

static uint32_t get_length(const uint8_t **from)
{
    uint32_t length = 0;
    while (**from == 255)
        length += *(*from)++;
    return length + *(*from)++;
}

static uint32_t pack(void)
{
    uint8_t *to = packed;
    uint32_t at = 0, literal = 0;
    memset(table, 0, sizeof table);
    while (at + 12 < SIZE) {
        uint32_t *slot = &table[word_at(data + at) * 2654435761u >> (32 - HASH_BITS)], from = *slot;
        *slot = at;
        if (from >= at || at - from > 65535 || word_at(data + from) != word_at(data + at)) {
            at++;
            continue;
        }
        uint32_t length = 4;
        while (at + length < SIZE && data[from + length] == data[at + length])
            length++;
        to = put_length(to, at - literal);
        memcpy(to, data + literal, at - literal);
        to = put_length(to + (at - literal), length);
        *to++ = (uint8_t)(at - from);
        *to++ = (uint8_t)((at - from) >> 8);
        at += length;
        literal = at;
    }
    to = put_length(to, SIZE - literal);
    memcpy(to, data + literal, SIZE - literal);
    return (uint32_t)(to + (SIZE - literal) - packed);
}

static void unpack(void)
{
    const uint8_t *from = packed;
    for (uint32_t at = 0;;) {
        uint32_t literal = get_length(&from);
        memcpy(again + at, from, literal);
        at += literal, from += literal;
        if (at >= SIZE)
            return;
        uint32_t length = get_length(&from), back = from[0] | (uint32_t)from[1] << 8;
        for (from += 2; length > 0; length--, at++)
            again[at] = again[at - back];
    }
}

int main(void)
{
    uint32_t seed = 1, size = 0;
    for (int i = 0; i < SIZE; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = i > 2000 && seed >> 28 ? data[i - 1000 - (int)(i >> 9) % 900]
                                         : (uint8_t)("etaoin shrdlu"[(seed >> 16) % 13]);
    }
    for (int round = 0; round < 50; round++) {
        data[round * 31] ^= 1;
        size += pack();
        unpack();
    }
    printf("%u %d\n", size, memcmp(data, again, SIZE));
}
