/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/target.c: spellings of triples, CPUs and features, what a descriptor says is needed.
 */
#include "codegen/internal.h"
#include "codegen/shim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_triples(void **state)
{
    (void)state;
    static const struct {
        const char *triple, *name;
    } cases[] = {
        {"x86_64-linux-gnu", "x86_64"},
        {"x86_64-unknown-linux-gnu", "x86_64"},
        {"x86_64-pc-linux-gnu", "x86_64"},
        {"amd64-linux", "x86_64"},
        {"x86_64-linux", "x86_64"},
        {"aarch64-linux-gnu", "aarch64"},
        {"aarch64-unknown-linux-gnu", "aarch64"},
        {"arm64-unknown-linux", "aarch64"},
        {"riscv64-linux-gnu", NULL},
        {"x86_64", NULL},
        {"x86_64-pc-windows-msvc", NULL},
        {"x86_64-unknown-linux-gnux32", NULL},
        {"x86_64-a-b-linux-gnu", NULL},
        {"x86_64-linux-gnu-", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct target *target = target_find(cases[i].triple);
        if (cases[i].name)
            assert_string_equal(target->name, cases[i].name);
        else
            assert_null(target);
    }
    assert_non_null(target_find(NULL));
}

struct cpu_case {
    const char *triple, *cpu, *features;
    const char *needed;  /* or NULL, and */
    const char *message; /* what the error says */
};

/* clang-format off */
static const struct cpu_case cpu_cases[] = {
    {"x86_64-linux-gnu", NULL, NULL, "cx16,sahf,sse3,ssse3,sse4.1,sse4.2,popcnt", NULL},
    {"x86_64-linux-gnu", "generic", "", "cx16,sahf,sse3,ssse3,sse4.1,sse4.2,popcnt", NULL},
    {"x86_64-linux-gnu", "x86-64", "+popcnt", "popcnt", NULL},
    {"x86_64-linux-gnu", "x86-64-v3", "-fma",
     "cx16,sahf,sse3,ssse3,sse4.1,sse4.2,popcnt,movbe,avx,f16c,avx2,bmi,bmi2,lzcnt", NULL},
    {"aarch64-linux-gnu", NULL, NULL, "", NULL},
    {"aarch64-linux-gnu", "generic", "+lse,+dotprod", "lse,dotprod", NULL},
    {"aarch64-linux-gnu", "armv8-a", NULL, "", NULL},
    {"aarch64-linux-gnu", "cortex-a53", NULL, "crc", NULL},
    {"aarch64-linux-gnu", "cortex-a72", NULL, "crc", NULL},
    {"aarch64-linux-gnu", "neoverse-n1", NULL, "crc,lse,rdm,fullfp16,dotprod,rcpc", NULL},
    {"x86_64-linux-gnu", "armv8-a", NULL, NULL, "unknown CPU \"armv8-a\" for x86_64"},
    {"x86_64-linux-gnu", "pentium99", NULL, NULL, "unknown CPU \"pentium99\" for x86_64"},
    {"aarch64-linux-gnu", "x86-64-v3", NULL, NULL, "unknown CPU \"x86-64-v3\" for aarch64"},
    {"x86_64-linux-gnu", "i686", NULL, NULL, "lacks \"64bit\""},
    {"x86_64-linux-gnu", NULL, "-sse2", NULL, "lacks \"sse2\""},
    {"aarch64-linux-gnu", NULL, "-neon", NULL, "lacks \"neon\""},
    {"x86_64-linux-gnu", NULL, "+warp", NULL, "unknown CPU feature \"warp\""},
    {"x86_64-linux-gnu", NULL, "avx2", NULL, "write +NAME or -NAME"},
    {"x86_64-linux-gnu", NULL, "+avx2,,+fma", NULL, "write +NAME or -NAME"},
};
/* clang-format on */

static void test_cpus(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cpu_cases / sizeof *cpu_cases; i++) {
        const struct cpu_case *c = &cpu_cases[i];
        struct arena arena = {0};
        struct error err = ERROR_INIT;
        struct cpu cpu;
        bool ok = target_cpu(target_find(c->triple), c->cpu, c->features, &arena, &cpu, &err);
        if (c->needed) {
            assert_true(ok);
            assert_string_equal(cpu.needed, c->needed);
        } else {
            assert_false(ok);
            assert_int_equal(err.kind, ERR_UNSUPPORTED);
            assert_non_null(strstr(err.message, c->message));
        }
        arena_free(&arena);
    }
}

static void test_native(void **state)
{
    (void)state;
    const struct target *host = target_find(NULL);
    const char *other = strcmp(host->name, "x86_64") == 0 ? "aarch64-linux" : "x86_64-linux";
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct cpu cpu;
    assert_true(target_cpu(host, "native", NULL, &arena, &cpu, &err));
    assert_true(strlen(cpu.features) > 0);
    LLVMTargetMachineRef machine = target_machine(host, &cpu, 2, &err);
    assert_non_null(machine);
    LLVMDisposeTargetMachine(machine);
    assert_false(target_cpu(target_find(other), "native", NULL, &arena, &cpu, &err));
    assert_non_null(strstr(err.message, "this machine is not"));
    arena_free(&arena);
}

/* The option that initialize_all sets is there. */
static void test_options(void **state)
{
    (void)state;
    assert_true(llvm_flag_set("disable-x86-domain-reassignment", true));
    assert_false(llvm_flag_set("disable-x86-nothing", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triples),
        cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_native),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
