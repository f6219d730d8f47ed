/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Big numbers: factorials, Fibonacci numbers, a product and a square root, in 32-bit limbs.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LIMBS = 1200 };

struct number {
    uint32_t limbs[LIMBS];
    int size;
};

static void multiply_small(struct number *n, uint32_t by)
{
    uint64_t carry = 0;
    for (int i = 0; i < n->size; i++) {
        carry += (uint64_t)n->limbs[i] * by;
        n->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        n->limbs[n->size++] = (uint32_t)carry;
}

static uint32_t divide_small(struct number *n, uint32_t by)
{
    uint64_t rest = 0;
    for (int i = n->size; i-- > 0;) {
        rest = rest << 32 | n->limbs[i];
        n->limbs[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    while (n->size > 0 && n->limbs[n->size - 1] == 0)
        n->size--;
    return (uint32_t)rest;
}

static void add(struct number *to, const struct number *n)
{
    uint64_t carry = 0;
    int size = to->size > n->size ? to->size : n->size;
    for (int i = 0; i < size || carry; i++) {
        carry += (uint64_t)to->limbs[i] + n->limbs[i];
        to->limbs[i] = (uint32_t)carry;
        carry >>= 32;
        to->size = i + 1 > to->size ? i + 1 : to->size;
    }
}

static void multiply(struct number *to, const struct number *x, const struct number *y)
{
    memset(to, 0, sizeof *to);
    for (int i = 0; i < x->size; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < y->size || carry; j++) {
            carry += to->limbs[i + j] + (uint64_t)x->limbs[i] * y->limbs[j];
            to->limbs[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    to->size = x->size + y->size;
}

static unsigned digits_of(struct number n, unsigned hash)
{
    while (n.size > 0)
        hash = hash * 31 + divide_small(&n, 1000000000);
    return hash;
}

int main(void)
{
    static struct number factorial, a, b, product;
    unsigned hash = 0;
    factorial.limbs[0] = (uint32_t)(factorial.size = 1);
    for (uint32_t i = 2; i <= 1500; i++)
        multiply_small(&factorial, i);
    a.limbs[0] = b.limbs[0] = 1, a.size = b.size = 1;
    for (int i = 0; i < 6000; i++) {
        add(&a, &b);
        add(&b, &a);
    }
    for (int i = 0; i < 300; i++) {
        multiply(&product, i & 1 ? &factorial : &a, &b);
        hash = hash * 31 + product.limbs[300 + i % 60];
    }
    for (int i = 0; i < 40; i++)
        hash = digits_of(factorial, digits_of(product, digits_of(a, hash)));
    printf("%u\n", hash);
}
