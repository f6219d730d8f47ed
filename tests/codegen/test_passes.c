/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * passes_run: passes that are run for those functions only that another one changes.
 */
#include "codegen/shim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <llvm-c/Core.h>
#include <llvm-c/IRReader.h>

/* The pass adce finds something in the second one, and instnamer gives all values names. */
static const char ir[] = "define i32 @same(i32 %0) {\n"
                         "  %2 = add i32 %0, 1\n"
                         "  ret i32 %2\n"
                         "}\n"
                         "define i32 @changed(i32 %0) {\n"
                         "  %2 = add i32 %0, 1\n"
                         "  %3 = mul i32 %2, %2\n"
                         "  ret i32 %2\n"
                         "}\n";

struct world {
    LLVMContextRef context;
    LLVMModuleRef module;
};

static int setup(void **state)
{
    static struct world w;
    w.context = LLVMContextCreate();
    LLVMMemoryBufferRef text = LLVMCreateMemoryBufferWithMemoryRangeCopy(ir, sizeof ir - 1, "ir");
    *state = &w;
    return LLVMParseIRInContext(w.context, text, &w.module, NULL);
}

static int teardown(void **state)
{
    struct world *w = *state;
    LLVMDisposeModule(w->module);
    LLVMContextDispose(w->context);
    return 0;
}

static bool has_names(const struct world *w, const char *function)
{
    size_t length;
    LLVMGetValueName2(LLVMGetParam(LLVMGetNamedFunction(w->module, function), 0), &length);
    return length > 0;
}

static void test_changed_only(void **state)
{
    const struct world *w = *state;
    char log[200];
    assert_true(passes_run(w->module, "function(if-changes(adce,verify,instnamer))", NULL, log,
                           sizeof log));
    assert_false(has_names(w, "same"));
    assert_true(has_names(w, "changed"));
}

static void test_nested(void **state)
{
    const struct world *w = *state;
    char log[200];
    assert_true(passes_run(w->module,
                           "function(if-changes(function(loop-mssa(licm<allowspeculation>),adce),"
                           "function(verify),instnamer))",
                           NULL, log, sizeof log));
    assert_false(has_names(w, "same"));
    assert_true(has_names(w, "changed"));
}

static void test_bad_text(void **state)
{
    static const char *const texts[] = {"function(if-changes)", "function(if-changes(adce))",
                                        "function(if-changes(adce,nothing))",
                                        "function(if-changes(nothing,adce))", "nothing"};
    const struct world *w = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char log[200] = "";
        assert_false(passes_run(w->module, texts[i], NULL, log, sizeof log));
        assert_non_null(
            strstr(log, i + 1 < sizeof texts / sizeof *texts ? "if-changes" : texts[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changed_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_text, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
