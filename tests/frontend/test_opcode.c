/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The opcode table: both look-ups find every row and nothing else; rows are consistent.
 */
#include "frontend/opcode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_lookup_finds_every_row(void **state)
{
    (void)state;
    for (int op = 0; op < OP__COUNT; op++)
        assert_int_equal(opcode_lookup(op_info[op].prefix, op_info[op].code), op);
}

static void test_lookup_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(opcode_lookup(0, 0xff), OP__COUNT);
    assert_int_equal(opcode_lookup(0, 0x100), OP__COUNT);
    assert_int_equal(opcode_lookup(0, UINT32_MAX), OP__COUNT);
    assert_int_equal(opcode_lookup(0xfa, 0), OP__COUNT);
    assert_int_equal(opcode_lookup(0xff, 0), OP__COUNT);
    assert_int_equal(opcode_lookup(1, 1), OP__COUNT);
    assert_int_equal(opcode_lookup(0xfc, 0x12), OP__COUNT);
    assert_int_equal(opcode_lookup(0xfd, 0x9a), OP__COUNT);
    assert_int_equal(opcode_lookup(0xfe, UINT32_MAX), OP__COUNT);
}

static void test_by_text(void **state)
{
    (void)state;
    for (int op = 0; op < OP__COUNT; op++) {
        const char *text = op_info[op].text;
        enum opcode found = opcode_by_text(text, strlen(text));
        assert_true((int)found <= op);
        assert_string_equal(op_info[found].text, text);
    }
    assert_int_equal(opcode_by_text("select", 6), OP_select);
    assert_int_equal(opcode_by_text("ref.test", 8), OP_ref_test);
    assert_int_equal(opcode_by_text("i32.add.", 7), OP_i32_add);
    assert_int_equal(opcode_by_text("i32.ad", 6), OP__COUNT);
    assert_int_equal(opcode_by_text("i32.addd", 8), OP__COUNT);
    assert_int_equal(opcode_by_text("", 0), OP__COUNT);
}

static bool sig_is_well_formed(const char *sig)
{
    size_t params = strspn(sig, "ilfdvp");
    return sig[params] == '>' && strspn(sig + params + 1, "ilfdvp") == strlen(sig + params + 1);
}

static void test_rows(void **state)
{
    (void)state;
    for (int op = 0; op < OP__COUNT; op++) {
        const struct op_info *info = &op_info[op];
        assert_in_range(info->imm, 0, IMM__COUNT - 1);
        assert_in_range(info->feature, 0, FEATURE__COUNT - 1);
        assert_in_range(info->align_log2, 0, 4);
        if (info->sig && !sig_is_well_formed(info->sig))
            fail_msg("%s: signature %s", info->text, info->sig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup_finds_every_row),
        cmocka_unit_test(test_lookup_of_nothing),
        cmocka_unit_test(test_by_text),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
