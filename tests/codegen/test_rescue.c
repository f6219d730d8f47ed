/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/rescue.c: LLVM and arenas give up, and the process goes on.
 */
#include "codegen/artifact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void do_nothing(void *env)
{
    *(int *)env = 1;
}

static void exhaust_arena(void *env)
{
    arena_array(env, SIZE_MAX / 2, 4);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena arena = rescue_arena();
    for (int i = 0; i < 2; i++) {
        struct error err = ERROR_INIT;
        assert_false(rescue_run(exhaust_arena, &arena, &err));
        assert_int_equal(err.kind, ERR_INTERNAL);
        assert_string_equal(err.message, "out of memory");
    }
    struct error err = ERROR_INIT;
    int done = 0;
    assert_true(rescue_run(do_nothing, &done, &err));
    assert_int_equal(done, 1);
    assert_int_equal(err.kind, ERR_NONE);
}

struct nested {
    struct arena arena;
    struct error err;
    bool inner;
};

static void nest(void *env)
{
    struct nested *nested = env;
    nested->inner = rescue_run(exhaust_arena, &nested->arena, &nested->err);
    exhaust_arena(&nested->arena);
}

static void test_nested(void **state)
{
    (void)state;
    struct nested nested = {.arena = rescue_arena(), .err = ERROR_INIT, .inner = true};
    struct error err = ERROR_INIT;
    assert_false(rescue_run(nest, &nested, &err));
    assert_false(nested.inner);
    assert_string_equal(nested.err.message, "out of memory");
    assert_string_equal(err.message, "out of memory");
}

/* Generates a function whose body is one line of assembly for this machine. */
static void assemble(void *env)
{
    struct error err = ERROR_INIT;
    const struct target *target = target_find(NULL);
    struct arena arena = {0};
    struct cpu cpu;
    assert_true(target_cpu(target, NULL, NULL, &arena, &cpu, &err));
    LLVMTargetMachineRef machine = target_machine(target, &cpu, 1, &err);
    LLVMContextRef context = LLVMContextCreate();
    rescue_context(context);
    LLVMModuleRef module = LLVMModuleCreateWithNameInContext("m", context);
    LLVMSetTarget(module, target->triple);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(context), NULL, 0, false);
    LLVMValueRef function = LLVMAddFunction(module, "f", type);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, function, ""));
    const char *text = env;
    LLVMValueRef line = LLVMGetInlineAsm(type, text, strlen(text), "", 0, true, false,
                                         LLVMInlineAsmDialectATT, false);
    LLVMBuildCall2(builder, type, line, NULL, 0, "");
    LLVMBuildRetVoid(builder);
    struct cg cg = {.context = context, .module = module};
    LLVMMemoryBufferRef object = object_emit(&cg, machine, W2S_EMIT_OBJ, &err);
    assert_non_null(object);
    LLVMDisposeMemoryBuffer(object);
    LLVMDisposeBuilder(builder);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    LLVMDisposeTargetMachine(machine);
    arena_free(&arena);
}

static void test_llvm(void **state)
{
    (void)state;
    char good[] = "nop", bad[] = "no_such_instruction";
    struct error err = ERROR_INIT;
    assert_false(rescue_run(assemble, bad, &err));
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "LLVM: "));
    err = (struct error)ERROR_INIT;
    assert_true(rescue_run(assemble, good, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_llvm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
