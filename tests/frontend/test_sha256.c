/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * frontend/sha256.c against the examples that NIST publishes for FIPS 180-4, and the processor's
 * instructions against the C.
 */
#include "frontend/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "frontend/sha256_block.h"

/* Adds the text in pieces of that size. */
static void assert_digest(const char *text, size_t size, size_t piece, const char *expected)
{
    struct sha256 hash;
    char hex[SHA256_HEX_SIZE];
    sha256_init(&hash);
    for (size_t at = 0; at < size; at += piece)
        sha256_add(&hash, text + at, size - at < piece ? size - at : piece);
    sha256_end_hex(&hash, hex);
    assert_string_equal(hex, expected);
}

static void test_examples(void **state)
{
    (void)state;
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_digest("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest(two_blocks, sizeof two_blocks - 1, 64,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* A million times "a", in pieces that never fall together with blocks. */
static void test_long_message(void **state)
{
    (void)state;
    static char text[1000000];
    memset(text, 'a', sizeof text);
    static const char expected[] =
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    static const size_t pieces[] = {1, 63, 64, 65, 1000000};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        assert_digest(text, sizeof text, pieces[i], expected);
}

/* What is added as items has their bounds in it. */
static void test_items(void **state)
{
    (void)state;
    static const char *const texts[][2] = {{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"abc", NULL}};
    char hex[4][SHA256_HEX_SIZE];
    for (int i = 0; i < 4; i++) {
        struct sha256 hash;
        sha256_init(&hash);
        sha256_add_text(&hash, texts[i][0]);
        sha256_add_text(&hash, texts[i][1]);
        sha256_end_hex(&hash, hex[i]);
    }
    assert_string_not_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[1], hex[2]);
    assert_string_equal(hex[2], hex[3]);
}

static void test_machine(void **state)
{
    (void)state;
    sha256_compress_fn *machine = sha256_compress_machine();
    if (!machine)
        skip();
    uint8_t blocks[7 * SHA256_BLOCK];
    uint32_t wanted[8] = {1, 2, 3, 4, 5, 6, 7, 8}, found[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t i = 0; i < sizeof blocks; i++)
        blocks[i] = (uint8_t)(i * i + i / 3);
    for (size_t count = 0; count <= 7; count++) {
        sha256_compress(wanted, blocks, count);
        machine(found, blocks, count);
        assert_memory_equal(found, wanted, sizeof found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_long_message),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
