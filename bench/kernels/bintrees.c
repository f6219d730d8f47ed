/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Binary trees with malloc and free: an allocator compiled to wasm, recursion, and pointers spread
 * over the heap. (Natively the C library's own allocator runs, which is another program.)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct tree {
    struct tree *left, *right;
    uint32_t value;
};

static struct tree *tree_new(int depth, uint32_t value)
{
    struct tree *t = malloc(sizeof *t);
    if (t == NULL)
        abort();
    *t = (struct tree){.value = value};
    if (depth > 0) {
        t->left = tree_new(depth - 1, 2 * value);
        t->right = tree_new(depth - 1, 2 * value + 1);
    }
    return t;
}

static uint32_t tree_sum(const struct tree *t)
{
    return t == NULL ? 0 : t->value + 3 * tree_sum(t->left) + 5 * tree_sum(t->right);
}

static void tree_free(struct tree *t)
{
    if (t == NULL)
        return;
    tree_free(t->left);
    tree_free(t->right);
    free(t);
}

int main(int argc, char **argv)
{
    long rounds = (argc > 1 ? strtol(argv[1], NULL, 10) : 100) / 2 + 1;
    struct tree *kept = tree_new(15, 1);
    uint32_t sum = 0;
    for (long r = 0; r < rounds; r++) {
        for (int depth = 4; depth <= 16; depth += 4) {
            struct tree *t = tree_new(depth, (uint32_t)r + 1);
            sum = sum * 31 + tree_sum(t);
            tree_free(t);
        }
        sum += tree_sum(kept);
    }
    tree_free(kept);
    printf("bintrees %08x\n", (unsigned)sum);
    return 0;
}
