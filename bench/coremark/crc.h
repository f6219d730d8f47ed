/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The check sum of this folder's programs. They do the kinds of work that CoreMark is made of
 * (lists, small integer matrices, a state machine; each result goes through a CRC, bit by bit), but
 * are our own.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline uint16_t crc8(uint16_t crc, uint8_t byte)
{
    for (int bit = 0; bit < 8; bit++) {
        uint16_t low = (uint16_t)((crc ^ byte) & 1);
        crc = (uint16_t)(crc >> 1);
        if (low)
            crc ^= 0xa001;
        byte = (uint8_t)(byte >> 1);
    }
    return crc;
}

static inline uint16_t crc32bits(uint16_t crc, uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        crc = crc8(crc, (uint8_t)(value >> shift));
    return crc;
}

static inline long scale_of(int argc, char **argv)
{
    return argc > 1 ? strtol(argv[1], NULL, 10) : 100;
}
