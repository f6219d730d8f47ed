/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A recursive parser of JSON over a document made here: bytes, branches and recursion.
 */
#include <stdio.h>
#include <string.h>

static char text[1 << 20];
static const char *at;
static double sum;
static unsigned values, keys;

static void skip_space(void)
{
    while (*at == ' ' || *at == '\n')
        at++;
}

static unsigned parse_string(void)
{
    unsigned hash = 0;
    for (at++; *at != '"'; at++)
        hash = hash * 31 + (unsigned char)(*at == '\\' ? *++at : *at);
    at++;
    return hash;
}

static double parse_number(void)
{
    double number = 0, unit = 1;
    int sign = *at == '-' ? at++, -1 : 1;
    while (*at >= '0' && *at <= '9')
        number = number * 10 + (*at++ - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++)
            number += (unit /= 10) * (*at - '0');
    return sign * number;
}

static void parse_value(void);

static void parse_members(char end, int is_object)
{
    at++;
    for (skip_space(); *at != end; skip_space()) {
        if (is_object) {
            keys ^= parse_string();
            skip_space();
            at++;
        }
        parse_value();
        skip_space();
        if (*at == ',')
            at++;
    }
    at++;
}

static void parse_value(void)
{
    skip_space();
    values++;
    switch (*at) {
    case '{': parse_members('}', 1); break;
    case '[': parse_members(']', 0); break;
    case '"': keys += parse_string(); break;
    case 't':
    case 'n': at += 4; break;
    case 'f': at += 5; break;
    default: sum += parse_number();
    }
}

int main(void)
{
    char *end = text + sprintf(text, "[");
    for (int i = 0; i < 9000; i++)
        end += sprintf(
            end, "{\"id\": %d, \"name\": \"item \\\"%d\\\"\", \"at\": [%d.%d, -%d], \"on\": %s},\n",
            i, i * 7919, i % 90, i % 97, i % 180, i % 3 ? "true" : "false");
    strcpy(end, "null]");
    for (int round = 0; round < 120; round++) {
        at = text;
        parse_value();
    }
    printf("%u values, %u, %.3f\n", values, keys, sum);
}
