/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The arena: zeroed and aligned memory, growth in place and by copy, reuse, running out.
 */
#include "frontend/arena.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

static bool all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static void test_alloc(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t n = 0; n < 3000; n += 7) {
        unsigned char *p = arena_alloc(&arena, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        assert_true(all_zero(p, n));
        memset(p, 0xab, n);
    }
    arena_free(&arena);
}

static void test_big_blocks_leave_the_head(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *first = arena_alloc(&arena, 16);
    const struct arena_block *head = arena.head;
    unsigned char *big = arena_alloc(&arena, 1 << 20);
    assert_true(all_zero(big, 1 << 20));
    memset(big, 0xab, 1 << 20);
    assert_ptr_equal(arena.head, head);
    assert_ptr_equal((char *)arena_alloc(&arena, 16), first + 16);
    arena_free(&arena);
    assert_null(arena.head);
}

static void test_big_block_first(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *big = arena_alloc(&arena, 1 << 20);
    memset(big, 0xab, 1 << 20);
    assert_true(all_zero(arena_alloc(&arena, 64), 64));
    assert_int_equal(big[(1 << 20) - 1], 0xab);
    arena_free(&arena);
}

static void test_grow(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint32_t *a = arena_array(&arena, 4, sizeof *a);
    a[3] = 42;
    assert_ptr_equal(arena_grow(&arena, a, 4, 100, sizeof *a), a);
    assert_int_equal(a[99], 0);
    arena_alloc(&arena, 1);
    uint32_t *moved = arena_grow(&arena, a, 100, 200, sizeof *a);
    assert_ptr_not_equal(moved, a);
    assert_int_equal(moved[3], 42);
    assert_true(all_zero((unsigned char *)(moved + 4), 196 * sizeof *a));
    assert_non_null(arena_grow(&arena, NULL, 0, 3, sizeof *a));
    uint32_t *large = arena_grow(&arena, moved, 200, 100000, sizeof *a);
    assert_int_equal(large[3], 42);
    arena_free(&arena);
}

static void test_strings(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_string_equal(arena_string(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_string(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    arena_free(&arena);
}

static void test_reset_zeroes(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *p = arena_alloc(&arena, 1000);
    memset(p, 0xab, 1000);
    memset(arena_alloc(&arena, 1 << 18), 0xab, 1 << 18);
    arena_reset(&arena);
    unsigned char *again = arena_alloc(&arena, 1000);
    assert_ptr_equal(again, p);
    assert_true(all_zero(again, 1000));
    arena_free(&arena);
    arena_reset(&arena);
}

static void jump(void *env)
{
    longjmp(*(jmp_buf *)env, 1);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    static jmp_buf env;
    static struct arena arena = {.out_of_memory = jump, .env = &env};
    static volatile int caught;
    if (setjmp(env) == 0)
        arena_alloc(&arena, SIZE_MAX);
    else
        caught++;
    if (setjmp(env) == 0)
        arena_array(&arena, SIZE_MAX / 4, 8);
    else
        caught++;
    if (setjmp(env) == 0)
        arena_grow(&arena, arena_alloc(&arena, 8), 1, SIZE_MAX / 4, 8);
    else
        caught++;
    assert_int_equal(caught, 3);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),           cmocka_unit_test(test_big_blocks_leave_the_head),
        cmocka_unit_test(test_big_block_first), cmocka_unit_test(test_grow),
        cmocka_unit_test(test_strings),         cmocka_unit_test(test_reset_zeroes),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
