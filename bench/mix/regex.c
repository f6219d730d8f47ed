/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A backtracking matcher of regular expressions: classes, repetitions, alternatives.
 */
#include <stdio.h>
#include <string.h>

static long steps;

static int is_in_class(const char *class, char c)
{
    switch (*class) {
    case 'd': return c >= '0' && c <= '9';
    case 'w': return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    case 's': return c == ' ';
    default: return c == *class;
    }
}

static int matches_one(const char *pattern, char c)
{
    if (c == 0)
        return 0;
    if (*pattern == '\\')
        return is_in_class(pattern + 1, c);
    return *pattern == '.' || *pattern == c;
}

/* The length of the match at the text's start, or -1; greedy. */
static int match(const char *pattern, const char *text)
{
    steps++;
    if (*pattern == 0)
        return 0;
    int width = *pattern == '\\' ? 2 : 1, least = 0, most = 0, rest;
    switch (pattern[width]) {
    case '+': least = 1; /* fall through */
    case '*':
        while (matches_one(pattern, text[most]))
            most++;
        for (; most >= least; most--)
            if ((rest = match(pattern + width + 1, text + most)) >= 0)
                return most + rest;
        return -1;
    case '?':
        if (matches_one(pattern, *text) && (rest = match(pattern + width + 1, text + 1)) >= 0)
            return 1 + rest;
        return match(pattern + width + 1, text);
    default:
        rest = matches_one(pattern, *text) ? match(pattern + width, text + 1) : -1;
        return rest < 0 ? -1 : 1 + rest;
    }
}

int main(void)
{
    static const char *const patterns[] = {"\\w+@\\w+\\.com", "\\d+-\\d+-\\d+", "a.*z",
                                           "colou?r\\s+\\w*s", "\\w*\\d\\d\\w*!"};
    static char text[20000];
    char *end = text;
    unsigned long found = 0;
    for (int i = 0; end < text + 19000; i++)
        end += sprintf(end, "user%d@host%d.com on 2024-%d-%d the color %s of az%d %s\n", i, i % 7,
                       i % 12 + 1, i % 28 + 1, i % 3 ? "reds" : "blue", i, i % 5 ? "ok" : "n11!");
    for (int round = 0; round < 60; round++)
        for (unsigned p = 0; p < sizeof patterns / sizeof *patterns; p++)
            for (const char *at = text; *at; at++) {
                int length = match(patterns[p], at);
                if (length > 0) {
                    found += (unsigned long)length * (p + 1);
                    at += length - 1;
                }
            }
    printf("%lu in %ld steps\n", found, steps);
}
