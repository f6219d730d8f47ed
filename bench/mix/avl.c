/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * AVL trees: insertions with rotations, look-ups, removals, a walk.
 */
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *left, *right;
    unsigned key;
    int height;
};

static int height(const struct node *n)
{
    return n ? n->height : 0;
}

static void update(struct node *n)
{
    int left = height(n->left), right = height(n->right);
    n->height = 1 + (left > right ? left : right);
}

static struct node *rotate_right(struct node *n)
{
    struct node *top = n->left;
    n->left = top->right;
    top->right = n;
    update(n);
    update(top);
    return top;
}

static struct node *rotate_left(struct node *n)
{
    struct node *top = n->right;
    n->right = top->left;
    top->left = n;
    update(n);
    update(top);
    return top;
}

static struct node *balance(struct node *n)
{
    update(n);
    int lean = height(n->left) - height(n->right);
    if (lean > 1) {
        if (height(n->left->left) < height(n->left->right))
            n->left = rotate_left(n->left);
        return rotate_right(n);
    }
    if (lean < -1) {
        if (height(n->right->right) < height(n->right->left))
            n->right = rotate_right(n->right);
        return rotate_left(n);
    }
    return n;
}

static struct node *insert(struct node *n, unsigned key)
{
    if (!n) {
        n = malloc(sizeof *n);
        *n = (struct node){NULL, NULL, key, 1};
        return n;
    }
    if (key < n->key)
        n->left = insert(n->left, key);
    else if (key > n->key)
        n->right = insert(n->right, key);
    return balance(n);
}

static struct node *take_least(struct node *n, struct node **least)
{
    if (!n->left) {
        *least = n;
        return n->right;
    }
    n->left = take_least(n->left, least);
    return balance(n);
}

static struct node *discard(struct node *n, unsigned key)
{
    if (!n)
        return NULL;
    if (key < n->key) {
        n->left = discard(n->left, key);
    } else if (key > n->key) {
        n->right = discard(n->right, key);
    } else {
        struct node *left = n->left, *right = n->right, *least;
        free(n);
        if (!right)
            return left;
        right = take_least(right, &least);
        least->left = left;
        least->right = right;
        n = least;
    }
    return balance(n);
}

static unsigned walk(const struct node *n, unsigned hash)
{
    return n ? walk(n->right, walk(n->left, hash) * 31 + n->key) : hash;
}

int main(void)
{
    struct node *root = NULL;
    unsigned seed = 1, found = 0;
    for (int i = 0; i < 60000; i++)
        root = insert(root, (seed = seed * 1664525 + 1013904223) >> 12);
    for (int i = 0; i < 400000; i++) {
        unsigned key = (seed = seed * 1664525 + 1013904223) >> 12;
        const struct node *n = root;
        while (n && n->key != key)
            n = key < n->key ? n->left : n->right;
        found += n != NULL;
    }
    for (int i = 0; i < 60000; i++)
        root = discard(root, (seed = seed * 1664525 + 1013904223) >> 12);
    printf("%d %u %u\n", height(root), found, walk(root, 0));
}
