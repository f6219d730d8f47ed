/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * CRC-32 by a table and by four, Adler-32 and Fletcher-16.
 */
#include <stdint.h>
#include <stdio.h>

enum { SIZE = 1 << 18 };

static uint8_t data[SIZE];
static uint32_t crc_table[4][256];

static void make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        crc_table[0][i] = crc;
    }
    for (int k = 1; k < 4; k++)
        for (int i = 0; i < 256; i++) {
            uint32_t crc = crc_table[k - 1][i];
            crc_table[k][i] = crc >> 8 ^ crc_table[0][crc & 255];
        }
}

static uint32_t crc_by_bytes(uint32_t crc)
{
    for (int i = 0; i < SIZE; i++)
        crc = crc >> 8 ^ crc_table[0][(crc ^ data[i]) & 255];
    return crc;
}

static uint32_t crc_by_words(uint32_t crc)
{
    for (int i = 0; i < SIZE; i += 4) {
        crc ^= data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 |
               (uint32_t)data[i + 3] << 24;
        crc = crc_table[3][crc & 255] ^ crc_table[2][crc >> 8 & 255] ^
              crc_table[1][crc >> 16 & 255] ^ crc_table[0][crc >> 24];
    }
    return crc;
}

static uint32_t adler(void)
{
    uint32_t a = 1, b = 0;
    for (int i = 0; i < SIZE;) {
        for (int n = 0; n < 4096; n++, i++) {
            a += data[i];
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    return b << 16 | a;
}

static uint32_t fletcher(void)
{
    uint32_t a = 0, b = 0;
    for (int i = 0; i < SIZE; i++) {
        a = (a + data[i]) % 255;
        b = (b + a) % 255;
    }
    return b << 8 | a;
}

int main(void)
{
    uint32_t seed = 3, sum = 0;
    make_tables();
    for (int i = 0; i < SIZE; i++)
        data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    for (int round = 0; round < 80; round++) {
        uint32_t bytes = crc_by_bytes(sum), words = crc_by_words(sum);
        sum += bytes + (bytes != words) + adler() * 3 + fletcher();
    }
    printf("%08x\n", (unsigned)sum);
}
