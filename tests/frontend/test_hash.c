/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Keys that fall into one place of a table under one seed are spread under another.
 */
#include "frontend/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 500, PLACES = 1024, LENGTH = 4 };

static unsigned place(uint64_t seed, const char *key)
{
    return hash_bytes(seed, (struct slice){(const uint8_t *)key, LENGTH}) % PLACES;
}

static void test_chosen_keys(void **state)
{
    (void)state;
    uint64_t known = hash_seed(), fresh = hash_seed();
    assert_true(known != fresh);
    bool taken[PLACES] = {0};
    unsigned keys = 0, places = 0;
    for (uint32_t i = 0; keys < KEYS; i++) {
        char key[LENGTH];
        memcpy(key, &i, LENGTH);
        if (place(known, key) != 0)
            continue;
        keys++;
        places += !taken[place(fresh, key)];
        taken[place(fresh, key)] = true;
    }
    assert_true(places > KEYS / 4); /* of random ones, 395 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chosen_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
