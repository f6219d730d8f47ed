/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/output/header.c and symbols.c: C names of exports, and a header that C and C++ compilers
 * take whatever the names are.
 */
#include "codegen/artifact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

static void assert_symbols(const char *text, const char *prefix, const char *const *expected)
{
    struct arena arena = {0};
    const struct module *m = support_module(text, &arena);
    const char *const *symbols = symbols_compute(m, prefix, &arena);
    for (uint32_t i = 0; i < m->export_count; i++) {
        if (expected[i])
            assert_string_equal(symbols[i], expected[i]);
        else
            assert_null(symbols[i]);
    }
    arena_free(&arena);
}

static void test_symbols(void **state)
{
    (void)state;
    static const char text[] = "(module (memory (export \"m\") 1) (func $f (export \"add\"))"
                               "(export \"a/b\" (func $f)) (export \"a_2fb\" (func $f))"
                               "(export \"\" (func $f)) (export \"\\c3\\a9\" (func $f)))";
    assert_symbols(text, "p", (const char *[]){NULL, "p_add", "p_a_2fb", NULL, "p_", "p__c3_a9"});
    assert_symbols(text, "9p",
                   (const char *[]){NULL, "_9p_add", "_9p_a_2fb", NULL, "_9p_", "_9p__c3_a9"});
    assert_symbols("(module (func $f (export \"module\")) (export \"modules\" (func $f)))", "p",
                   (const char *[]){NULL, "p_modules"});
    assert_symbols("(module (func $f (export \"module\")) (export \"rt_trap\" (func $f))"
                   "(export \"x\" (func $f)))",
                   "w2s", (const char *[]){NULL, NULL, "w2s_x"});
}

static void test_prefix(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"dir/calc.wasm", "calc"}, {"calc.v2.wasm", "calc.v2"},
        {"calc", "calc"},          {".hidden", ".hidden"},
        {NULL, "module"},          {"dir/", "module"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(prefix_default(cases[i][0], &arena), cases[i][1]);
    arena_free(&arena);
}

static struct slice header_of(const char *text, const char *name, struct arena *arena)
{
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    char path[SUPPORT_PATH];
    options.emit = W2S_EMIT_HEADER;
    options.name = name;
    support_compile(text, &options, path);
    return support_read(path, arena);
}

/* Both compilers take the header followed by code. */
static void assert_compiles(struct slice header, const char *code)
{
    static const char *const compilers[] = {W2S_TEST_CC " -std=c99 -x c",
                                            W2S_TEST_CXX " -std=c++11 -x c++"};
    for (size_t i = 0; i < sizeof compilers / sizeof *compilers; i++) {
        char command[512];
        snprintf(command, sizeof command, "%s -Wall -Wextra -Werror -fsyntax-only -", compilers[i]);
        FILE *pipe = popen(command, "w");
        assert_non_null(pipe);
        fwrite(header.p, 1, header.n, pipe);
        fwrite(header.p, 1, header.n, pipe); /* twice: the guard */
        fputs(code, pipe);
        assert_int_equal(pclose(pipe), 0);
    }
}

static void test_types(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct slice header = header_of(
        "(module (func (export \"f\") (param i32 i64 f32 f64 externref) (result f64) unreachable)"
        "(func (export \"two\") (result i32 funcref) unreachable) (func (export \"none\")))",
        "lib/my-calc.wasm", &arena);
    assert_non_null(strstr((const char *)header.p,
                           "double my_2dcalc_f(struct w2s_instance *instance, int32_t p0, "
                           "int64_t p1, float p2, double p3, void *p4);\n"));
    assert_compiles(header, "static void use(void) {\n"
                            "    struct my_2dcalc_two_result r;\n"
                            "    double d = my_2dcalc_f(0, 1, 2, 3.0f, 4.0, 0);\n"
                            "    my_2dcalc_two(0, &r);\n"
                            "    my_2dcalc_none(0);\n"
                            "    (void)d; (void)r.r0; (void)r.r1;\n"
                            "}\n"
                            "void (*keep)(void) = use;\n");
    arena_free(&arena);
}

/* Names that would end the comment, continue a line, or be a digraph of another age. */
static void test_hostile_names(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct slice header = header_of("(module (func $f (export \"*/ int x; /*\"))"
                                    "(export \"/*\" (func $f)) (export \"a\\0a#error\" (func $f))"
                                    "(export \"?\\3f/\" (func $f)) (export \"\\\\\" (func $f))"
                                    "(export \"\\00\" (func $f)))",
                                    "0 int main(.wasm", &arena);
    assert_compiles(header,
                    "void (*keep)(struct w2s_instance *) = _0_20int_20main_28_a_0a_23error;\n");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_hostile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
