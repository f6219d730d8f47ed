/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sorting 32-bit keys three ways: quicksort with inlined comparison, heapsort, and a merge sort
 * with a comparison function (calls through a pointer). The C libraries' qsort differ too much to
 * tell anything about a compiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 100000 };

static uint32_t keys[COUNT], work[COUNT], merged[COUNT];

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

static void quicksort(uint32_t *v, long low, long high)
{
    while (low < high) {
        uint32_t pivot = v[low + (high - low) / 2];
        long i = low - 1, j = high + 1;
        for (;;) {
            while (v[++i] < pivot)
                ;
            while (v[--j] > pivot)
                ;
            if (i >= j)
                break;
            swap(&v[i], &v[j]);
        }
        quicksort(v, low, j);
        low = j + 1;
    }
}

static void sift_down(uint32_t *v, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && v[child] < v[child + 1])
            child++;
        if (v[root] >= v[child])
            return;
        swap(&v[root], &v[child]);
    }
}

static void heapsort_keys(uint32_t *v, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(v, i, count);
    for (size_t end = count; end-- > 1;) {
        swap(&v[0], &v[end]);
        sift_down(v, 0, end);
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Not known to the compiler, like the argument of a qsort. */
typedef int comparison(const void *a, const void *b);
static comparison *volatile order = compare;

static void merge(uint32_t *to, const uint32_t *v, size_t middle, size_t count, comparison *by)
{
    size_t i = 0, j = middle;
    for (size_t n = 0; n < count; n++)
        to[n] = j == count || (i < middle && by(&v[i], &v[j]) <= 0) ? v[i++] : v[j++];
}

static void merge_sort(uint32_t *v, uint32_t *spare, size_t count, comparison *by)
{
    if (count < 2)
        return;
    merge_sort(v, spare, count / 2, by);
    merge_sort(v + count / 2, spare, count - count / 2, by);
    merge(spare, v, count / 2, count, by);
    memcpy(v, spare, count * sizeof *v);
}

static uint32_t digest(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum = sum * 31 + work[i];
    return sum;
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) / 4 + 1;
    uint32_t seed = 2463534242u, sum = 0;
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < COUNT; i++) {
            seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
            keys[i] = seed;
        }
        memcpy(work, keys, sizeof work);
        quicksort(work, 0, COUNT - 1);
        sum = sum * 31 + digest();
        memcpy(work, keys, sizeof work);
        heapsort_keys(work, COUNT);
        sum = sum * 31 + digest();
        memcpy(work, keys, sizeof work);
        merge_sort(work, merged, COUNT, order);
        sum = sum * 31 + digest();
    }
    printf("sorting %08x\n", (unsigned)sum);
    return 0;
}
