/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A state machine over text: tells integers, decimal fractions and numbers with an exponent from
 * what is none, and counts states and transitions, while the text is damaged and mended.
 */
#include "crc.h"

#include <string.h>

enum state {
    START,
    SIGN,
    INTEGER,
    POINT,
    FRACTION,
    MARK,
    EXPONENT_SIGN,
    EXPONENT,
    INVALID,
    STATES
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum state step(enum state state, char c)
{
    switch (state) {
    case START:
        return is_digit(c) ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
    case SIGN: return is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
    case INTEGER: return is_digit(c) ? INTEGER : c == '.' ? FRACTION : c == 'e' ? MARK : INVALID;
    case POINT:
    case FRACTION: return is_digit(c) ? FRACTION : c == 'e' && state == FRACTION ? MARK : INVALID;
    case MARK: return is_digit(c) ? EXPONENT : c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
    case EXPONENT_SIGN:
    case EXPONENT: return is_digit(c) ? EXPONENT : INVALID;
    default: return INVALID;
    }
}

/* Reads one word up to the comma; counts where it ended and the changes of state on the way. */
static const char *scan(const char *p, uint32_t *ends, uint32_t *changes)
{
    enum state state = START;
    for (; *p && *p != ','; p++) {
        enum state next = step(state, *p);
        changes[state] += next != state;
        state = next;
        if (state == INVALID) {
            while (*p && *p != ',')
                p++;
            break;
        }
    }
    ends[state]++;
    return *p ? p + 1 : p;
}

int main(int argc, char **argv)
{
    static const char words[] =
        "5012,+874,-122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,"
        "-87e+832,+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,0,7e7,12.,";
    enum { COPIES = 8, SIZE = (sizeof words - 1) * COPIES };
    static char text[SIZE + 1];
    uint32_t ends[STATES] = {0}, changes[STATES] = {0};
    uint16_t crc = 0;
    for (size_t i = 0; i < COPIES; i++)
        memcpy(text + i * (sizeof words - 1), words, sizeof words - 1);
    for (long r = 0; r < scale_of(argc, argv) * 5000; r++) {
        char damage = (char)(1 + r % 7);
        for (size_t i = (size_t)r % 11; i < SIZE; i += 11)
            if (text[i] != ',' && (text[i] ^ damage) != ',')
                text[i] ^= damage;
        for (const char *p = text; *p;)
            p = scan(p, ends, changes);
        crc = crc32bits(crc, ends[INTEGER] + changes[FRACTION]);
        crc = crc32bits(crc, ends[INVALID] + changes[START]);
    }
    printf("state %04x\n", crc);
    return 0;
}
