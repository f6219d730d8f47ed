/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A small ordinary C program for `./dev demo`: reads the files named on its command line, prints
 * size, hash and most frequent words of each, then sorts, recurses and computes. The same source
 * is built for WebAssembly and natively, and must print the same.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words of a file ---- */

struct word {
    char *text;
    unsigned count;
};

struct words {
    struct word *slots; /* open addressing; text NULL: free */
    size_t capacity, used;
};

static uint64_t hash_bytes(const char *p, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

static struct word *words_slot(struct words *words, const char *text)
{
    size_t i = (size_t)hash_bytes(text, strlen(text), HASH_START) & (words->capacity - 1);
    while (words->slots[i].text && strcmp(words->slots[i].text, text) != 0)
        i = (i + 1) & (words->capacity - 1);
    return &words->slots[i];
}

static void *must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void words_grow(struct words *words)
{
    struct words bigger = {.capacity = words->capacity ? 2 * words->capacity : 64,
                           .used = words->used};
    bigger.slots = must(calloc(bigger.capacity, sizeof *bigger.slots));
    for (size_t i = 0; i < words->capacity; i++)
        if (words->slots[i].text)
            *words_slot(&bigger, words->slots[i].text) = words->slots[i];
    free(words->slots);
    *words = bigger;
}

static void words_add(struct words *words, const char *text)
{
    if (2 * words->used >= words->capacity)
        words_grow(words);
    struct word *word = words_slot(words, text);
    if (!word->text) {
        word->text = must(malloc(strlen(text) + 1));
        strcpy(word->text, text);
        words->used++;
    }
    word->count++;
}

/* Most frequent first, then by the alphabet; free slots last. */
static int word_compare(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->text && y->text ? strcmp(x->text, y->text) : 0;
}

static void words_print(struct words *words)
{
    qsort(words->slots, words->capacity, sizeof *words->slots, word_compare);
    for (size_t i = 0; i < 3 && i < words->used; i++)
        printf(" %s:%u", words->slots[i].text, words->slots[i].count);
    putchar('\n');
    for (size_t i = 0; i < words->capacity; i++)
        free(words->slots[i].text);
    free(words->slots);
}

static int file_describe(const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        printf("%s: %s\n", path, strerror(errno));
        return 1;
    }
    struct words words = {0};
    char word[64];
    size_t length = 0, size = 0;
    uint64_t hash = HASH_START;
    for (int c; (c = getc(in)) != EOF; size++) {
        char byte = (char)c;
        hash = hash_bytes(&byte, 1, hash);
        if (isalpha(c) && length < sizeof word - 1) {
            word[length++] = (char)tolower(c);
            continue;
        }
        word[length] = '\0';
        if (length > 3)
            words_add(&words, word);
        length = 0;
    }
    fclose(in);
    printf("%s: %zu bytes, %016" PRIx64 ",", path, size, hash);
    words_print(&words);
    return 0;
}

/* ---- work ---- */

static int queens(int n, unsigned columns, unsigned left, unsigned right)
{
    unsigned all = (1u << n) - 1, free_places = all & ~(columns | left | right);
    int count = columns == all;
    while (free_places) {
        unsigned place = free_places & -free_places;
        free_places ^= place;
        count += queens(n, columns | place, (left | place) << 1, (right | place) >> 1);
    }
    return count;
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Quicksort of our own: the two C libraries' qsort differ too much to be compared. */
static void sort(double *values, size_t n)
{
    while (n > 1) {
        double pivot = values[n / 2];
        size_t low = 0, high = n - 1;
        for (;; low++, high--) {
            while (values[low] < pivot)
                low++;
            while (pivot < values[high])
                high--;
            if (low >= high)
                break;
            swap(&values[low], &values[high]);
        }
        sort(values, low);
        values += low + (low == high);
        n -= low + (low == high);
    }
}

static double median_of_noise(size_t n)
{
    double *values = must(malloc(n * sizeof *values));
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        values[i] = sqrt((double)(state >> 8));
    }
    sort(values, n);
    double median = values[n / 2];
    free(values);
    return median;
}

static unsigned primes_below(unsigned n)
{
    unsigned char *composite = must(calloc(n, 1));
    unsigned count = 0;
    for (unsigned i = 2; i < n; i++) {
        if (composite[i])
            continue;
        count++;
        for (unsigned j = 2 * i; j < n; j += i)
            composite[j] = 1;
    }
    free(composite);
    return count;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= file_describe(argv[i]);
    printf("queens(12) = %d\n", queens(12, 0, 0, 0));
    printf("median of 1000000 = %.6f\n", median_of_noise(1000000));
    printf("primes below 5000000 = %u\n", primes_below(5000000));
    return failed;
}
