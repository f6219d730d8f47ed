/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/output/link.c, stub.c, shim.cpp: what is linked, and what the linker must refuse.
 */
#include "codegen/artifact.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/codegen/support.h"

/* An object with a function `f` that calls a function of that name. */
static int object_calling(const char *name, const char **path, struct arena *arena)
{
    struct error err = ERROR_INIT;
    const struct target *target = target_find(NULL);
    struct cpu cpu;
    assert_true(target_cpu(target, NULL, NULL, arena, &cpu, &err));
    LLVMTargetMachineRef machine = target_machine(target, &cpu, 1, &err);
    struct cg cg = {.context = LLVMContextCreate()};
    cg.module = LLVMModuleCreateWithNameInContext("m", cg.context);
    LLVMSetTarget(cg.module, target->triple);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(cg.context), NULL, 0, false);
    LLVMValueRef function = LLVMAddFunction(cg.module, "f", type);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(cg.context);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(cg.context, function, ""));
    LLVMBuildCall2(builder, type, LLVMAddFunction(cg.module, name, type), NULL, 0, "");
    LLVMBuildRetVoid(builder);
    LLVMMemoryBufferRef object = object_emit(&cg, machine, W2S_EMIT_OBJ, &err);
    assert_non_null(object);
    int fd = memory_file(LLVMGetBufferStart(object), LLVMGetBufferSize(object), path, arena, &err);
    LLVMDisposeMemoryBuffer(object);
    LLVMDisposeBuilder(builder);
    LLVMDisposeModule(cg.module);
    LLVMContextDispose(cg.context);
    LLVMDisposeTargetMachine(machine);
    assert_true(fd >= 0);
    return fd;
}

/* Links an object that calls name; where it works, the file must be an ELF shared object. */
static bool links(const char *name, struct error *err)
{
    struct arena arena = {0};
    struct output output;
    const char *path, *to = arena_printf(&arena, "/tmp/w2s-test-link-%ld.so", (long)getpid());
    int fd = object_calling(name, &path, &arena);
    assert_true(output_open(&output, to, &arena, err));
    bool ok = link_objects(target_find(NULL), true, &path, 1, &output, &arena, err);
    close(fd);
    if (ok) {
        assert_true(output_commit(&output, err));
        struct slice file = support_read(to, &arena);
        assert_true(file.n > sizeof(Elf64_Ehdr));
        assert_memory_equal(file.p, ELFMAG, SELFMAG);
    } else {
        output_discard(&output);
    }
    arena_free(&arena);
    return ok;
}

static void test_runtime_symbols(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_true(links("w2s_rt_trap", &err));
    assert_int_equal(err.kind, ERR_NONE);
}

/* Nothing but the runtime may be undefined; and after a failure the linker goes on working. */
static void test_undefined(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct error err = ERROR_INIT;
        assert_false(links("malloc", &err));
        assert_int_equal(err.kind, ERR_LINK);
        assert_string_equal(err.message, "undefined symbol: malloc");
    }
    test_runtime_symbols(state);
}

static void test_damaged_object(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct error err = ERROR_INIT;
    struct output output;
    const char *path;
    int fd = memory_file("garbage", 7, &path, &arena, &err);
    assert_true(output_open(&output, "/tmp/w2s-test-damaged.so", &arena, &err));
    assert_false(link_objects(target_find(NULL), true, &path, 1, &output, &arena, &err));
    assert_int_equal(err.kind, ERR_LINK);
    assert_true(strlen(err.message) > 0);
    output_discard(&output);
    assert_int_not_equal(access("/tmp/w2s-test-damaged.so", F_OK), 0);
    close(fd);
    arena_free(&arena);
}

/* How often a loop runs that leaves where a 64-bit memory ends LLVM counts in 128 bits, if it makes
 * vectors of it. No library divides those. */
static void test_wide_division(void **state)
{
    (void)state;
    struct arena arena = {0};
    char path[SUPPORT_PATH];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.level = 2;
    options.target = "x86_64-linux-gnu";
    options.cpu = "skylake-avx512";
    options.emit = W2S_EMIT_ASM;
    support_compile(
        "(module (memory i64 1) (func (export \"f\") (param $p i64) (local $i i64) (local $q i64)"
        " (loop"
        "  (local.set $q (i64.add (local.get $p) (i64.mul (local.get $i) (i64.const 56))))"
        "  (f64.store (local.get $q) (f64.sqrt (f64.div (f64.const 1) (f64.load (local.get $q)))))"
        "  (local.set $i (i64.add (local.get $i) (i64.const 1)))"
        "  (br_if 0 (i64.lt_u (local.get $i) (i64.const 64))))))",
        &options, path);
    const char *text = (const char *)support_read(path, &arena).p;
    assert_int_not_equal(support_count(text, "vsqrtpd"), 0);
    assert_int_equal(support_count(text, "divti3"), 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtime_symbols),
        cmocka_unit_test(test_undefined),
        cmocka_unit_test(test_damaged_object),
        cmocka_unit_test(test_wide_division),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
