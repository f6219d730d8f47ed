/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * codegen/codegen.c and generate.c, from text to what the dynamic loader and the runtime see: the
 * shape of the shared object, calls, the same bytes for any number of threads, errors that do not
 * depend on timing, and no file after a failure.
 */
#include "codegen/include/wasm2so_compile.h"

#include <dlfcn.h>
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "frontend/error.h"
#include "tests/codegen/world.h"

static const char calc[] =
    "(module (memory 1)"
    " (func (export \"add\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)"
    " (func (export \"div\") (param i32 i32) (result i32) local.get 0 local.get 1 i32.div_s)"
    " (func (export \"pair\") (param i64) (result i64 f64) local.get 0 f64.const 2.5)"
    " (func (export \"load\") (param i32) (result i32) local.get 0 i32.load)"
    " (func (export \"none\")))";

/* ---- the shared object ---- */

static const void *at(struct slice file, uint64_t offset, uint64_t size)
{
    assert_true(offset <= file.n && size <= file.n - offset);
    return file.p + offset;
}

static const Elf64_Shdr *section_of_type(struct slice file, uint32_t type)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    const Elf64_Shdr *sections = at(file, header->e_shoff, header->e_shnum * sizeof *sections);
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == type)
            return &sections[i];
    fail_msg("no section of type %u", type);
    return NULL;
}

static const char *strings_of(struct slice file, const Elf64_Shdr *section)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    const Elf64_Shdr *sections = at(file, header->e_shoff, header->e_shnum * sizeof *sections);
    return at(file, sections[section->sh_link].sh_offset, sections[section->sh_link].sh_size);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Defined: the descriptor and the exports, not to be preempted. Undefined: the runtime's. */
static void assert_dynamic_symbols(struct slice file)
{
    const Elf64_Shdr *section = section_of_type(file, SHT_DYNSYM);
    const Elf64_Sym *symbols = at(file, section->sh_offset, section->sh_size);
    const char *strings = strings_of(file, section);
    unsigned exports = 0;
    for (size_t i = 1; i < section->sh_size / sizeof *symbols; i++) {
        const char *name = strings + symbols[i].st_name;
        if (symbols[i].st_shndx == SHN_UNDEF) {
            assert_true(begins(name, "w2s_rt_"));
            continue;
        }
        assert_true(strcmp(name, "w2s_module") == 0 || begins(name, "calc_"));
        assert_int_equal(ELF64_ST_VISIBILITY(symbols[i].st_other), STV_PROTECTED);
        exports++;
    }
    assert_int_equal(exports, 7); /* the descriptor has two names */
}

static void assert_dynamic_section(struct slice file)
{
    const Elf64_Shdr *section = section_of_type(file, SHT_DYNAMIC);
    const Elf64_Dyn *dynamic = at(file, section->sh_offset, section->sh_size);
    const char *strings = strings_of(file, section);
    unsigned needed = 0, now = 0;
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        assert_int_not_equal(dynamic->d_tag, DT_TEXTREL);
        if (dynamic->d_tag == DT_NEEDED) {
            assert_string_equal(strings + dynamic->d_un.d_val, "libwasm2so_rt.so.1");
            needed++;
        }
        if (dynamic->d_tag == DT_FLAGS)
            now = (dynamic->d_un.d_val & DF_BIND_NOW) != 0;
    }
    assert_int_equal(needed, 1);
    assert_int_equal(now, 1);
}

static void assert_segments(struct slice file)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    const Elf64_Phdr *segments = at(file, header->e_phoff, header->e_phnum * sizeof *segments);
    unsigned seen = 0;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        assert_int_not_equal(segments[i].p_flags & (PF_W | PF_X), PF_W | PF_X);
        if (segments[i].p_type == PT_GNU_STACK)
            assert_int_equal(segments[i].p_flags & PF_X, 0);
        seen |= segments[i].p_type == PT_GNU_STACK ? 1 : 0;
        seen |= segments[i].p_type == PT_GNU_RELRO ? 2 : 0;
        seen |= segments[i].p_type == PT_GNU_EH_FRAME ? 4 : 0;
        seen |= segments[i].p_type == PT_NOTE ? 8 : 0; /* the build id */
    }
    assert_int_equal(seen, 15);
}

static void test_shape(void **state)
{
    (void)state;
    static const char *const targets[] = {"x86_64-linux-gnu", "aarch64-linux-gnu"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct arena arena = {0};
        char path[SUPPORT_PATH];
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.target = targets[i];
        options.name = "some/where/calc.wat";
        support_compile(calc, &options, path);
        struct slice file = support_read(path, &arena);
        assert_dynamic_symbols(file);
        assert_dynamic_section(file);
        assert_segments(file);
        assert_null(memmem(file.p, file.n, "some/where", 10));
        arena_free(&arena);
    }
}

/* ---- calls ---- */

static void assert_calls(w2s_instance *instance)
{
    w2s_value args[2] = {{.i32 = 34}, {.i32 = 76}}, results[2];
    assert_null(w2s_call(w2s_instance_func(instance, "add"), args, results));
    assert_int_equal(results[0].i32, 110);
    args[1].i32 = 0;
    w2s_trap *trap = w2s_call(w2s_instance_func(instance, "div"), args, results);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_DIV_BY_ZERO);
    w2s_trap_free(trap);
    args[0].i32 = 65533; /* the last of the four bytes is outside */
    trap = w2s_call(w2s_instance_func(instance, "load"), args, results);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_MEMORY_OOB);
    w2s_trap_free(trap);
    args[0].i64 = -5;
    assert_null(w2s_call(w2s_instance_func(instance, "pair"), args, results));
    assert_int_equal(results[0].i64, -5);
    assert_true(results[1].f64 >= 2.5 && results[1].f64 <= 2.5);
}

/* At every level, through the runtime. */
static void test_calls(void **state)
{
    (void)state;
    for (int level = -1; level <= 4; level++) {
        w2s_error err;
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = level < 4 ? level : -1;
        options.optimize_size = level == 4;
        options.memory = level == 0 ? W2S_MEMORY_CHECKED : W2S_MEMORY_AUTO;
        w2s_module *module = world_load(calc, &options);
        w2s_store *store = w2s_store_new(NULL);
        w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
        assert_non_null(instance);
        assert_calls(instance);
        w2s_store_free(store);
        w2s_module_free(module);
    }
}

struct pair {
    int64_t r0;
    double r1;
};

/* The exports as C functions, on the default instance. */
static void test_c_symbols(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.prefix = "calc";
    support_compile(calc, &options, path);
    void *handle = dlopen(path, RTLD_NOW);
    unlink(path);
    assert_non_null(handle);
    int32_t (*add)(void *, int32_t, int32_t);
    int32_t (*divide)(void *, int32_t, int32_t);
    void (*pair)(void *, int64_t, struct pair *);
    *(void **)&add = dlsym(handle, "calc_add");
    *(void **)&divide = dlsym(handle, "calc_div");
    *(void **)&pair = dlsym(handle, "calc_pair");
    struct pair results;
    assert_int_equal(add(NULL, 34, 76), 110);
    assert_int_equal(w2s_last_trap(), W2S_TRAP_NONE);
    assert_int_equal(divide(NULL, 1, 0), 0);
    assert_int_equal(w2s_last_trap(), W2S_TRAP_DIV_BY_ZERO);
    pair(NULL, 7, &results);
    assert_int_equal(results.r0, 7);
    assert_true(results.r1 >= 2.5 && results.r1 <= 2.5);
}

/* ---- several partitions ---- */

enum { MANY = 60, ADDS = 700 };

/* A module of MANY functions, some 4 KB of code each: function i calls i - 1. bad: indices that
 * get a body which does not validate. */
static char *many_functions(struct arena *arena, uint32_t bad1, uint32_t bad2)
{
    size_t capacity = MANY * (ADDS * 32 + 200) + 200, size = 0;
    char *text = arena_alloc(arena, capacity);
    size += (size_t)snprintf(text, capacity, "(module");
    for (uint32_t i = 0; i < MANY; i++) {
        size += (size_t)snprintf(text + size, capacity - size,
                                 "(func (export \"f%u\") (param i32) (result i32) local.get 0 ", i);
        for (uint32_t j = 0; j < ADDS; j++)
            size += (size_t)snprintf(text + size, capacity - size, "i32.const %u i32.xor ",
                                     1000 + i * 7919 + j * 104729 % 65537);
        if (i == bad1 || i == bad2)
            size += (size_t)snprintf(text + size, capacity - size, "f32.neg ");
        if (i > 0)
            size += (size_t)snprintf(text + size, capacity - size, "call %u", i - 1);
        size += (size_t)snprintf(text + size, capacity - size, ")\n");
    }
    snprintf(text + size, capacity - size, ")");
    return text;
}

static void count_progress(void *env, const w2s_compile_progress *progress)
{
    w2s_compile_progress *last = env;
    assert_true(progress->functions_done > last->functions_done);
    assert_true(progress->bytes_done > last->bytes_done);
    *last = *progress;
}

static struct slice compile_many(const char *text, unsigned jobs, enum w2s_emit emit,
                                 struct arena *arena)
{
    char path[SUPPORT_PATH];
    w2s_compile_progress last = {0};
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.jobs = jobs;
    options.level = 0;
    options.emit = emit;
    options.progress = count_progress;
    options.env = &last;
    support_compile(text, &options, path);
    assert_int_equal(last.functions_done, MANY);
    assert_int_equal(last.functions_total, MANY);
    assert_int_equal(last.bytes_done, last.bytes_total);
    return support_read(path, arena);
}

static void test_same_bytes(void **state)
{
    (void)state;
    static const enum w2s_emit emits[] = {W2S_EMIT_SO, W2S_EMIT_OBJ, W2S_EMIT_LLVM_IR,
                                          W2S_EMIT_ASM};
    for (size_t i = 0; i < sizeof emits / sizeof *emits; i++) {
        struct arena arena = {0};
        const char *text = many_functions(&arena, UINT32_MAX, UINT32_MAX);
        struct slice one = compile_many(text, 1, emits[i], &arena);
        struct slice four = compile_many(text, 4, emits[i], &arena);
        assert_int_equal(one.n, four.n);
        assert_memory_equal(one.p, four.p, one.n);
        arena_free(&arena);
    }
}

/* Calls that cross partitions give what C gives. */
static void test_many_calls(void **state)
{
    (void)state;
    struct arena arena = {0};
    w2s_error err;
    uint32_t expected = 12345;
    for (uint32_t i = 0; i < MANY; i++)
        for (uint32_t j = 0; j < ADDS; j++)
            expected ^= 1000 + i * 7919 + j * 104729 % 65537;
    w2s_module *module = world_load(many_functions(&arena, UINT32_MAX, UINT32_MAX), NULL);
    w2s_store *store = w2s_store_new(NULL);
    w2s_instance *instance = w2s_instance_new(store, module, NULL, NULL, &err);
    assert_non_null(instance);
    w2s_value arg = {.i32 = 12345}, result;
    assert_null(w2s_call(w2s_instance_func(instance, "f59"), &arg, &result));
    assert_int_equal((uint32_t)result.i32, expected);
    w2s_store_free(store);
    w2s_module_free(module);
    arena_free(&arena);
}

/* Whether the last function calls the first one, which is in another partition. */
static bool calls_far(const char *body)
{
    struct arena arena = {0};
    char *middle = many_functions(&arena, UINT32_MAX, UINT32_MAX) + strlen("(module");
    *strrchr(middle, ')') = '\0';
    const char *text =
        arena_printf(&arena,
                     "(module (memory 1) (func $far (param i32) (result i32) %s) %s (func (export "
                     "\"last\") (param i32) (result i32) (call $far (local.get 0))))",
                     body, middle);
    bool calls = strstr(support_ir(text, NULL, &arena), "call i32 @w2s.0.far(");
    arena_free(&arena);
    return calls;
}

/* What is small and straight is inlined wherever it is. */
static void test_import(void **state)
{
    (void)state;
    assert_false(calls_far("(i32.load (local.get 0))"));
    assert_true(calls_far("(loop (br_if 0 (i32.load (local.get 0)))) (i32.const 1)"));
}

/* The first function's error is reported, however the threads run. */
static void test_first_error(void **state)
{
    (void)state;
    struct arena arena = {0};
    const char *text = many_functions(&arena, 17, 55);
    for (unsigned jobs = 1; jobs <= 8; jobs++) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.jobs = jobs;
        options.level = 0;
        w2s_compile_error err = support_refused(text, &options);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_int_equal(err.func, 17);
        assert_int_equal(err.line, 18);
    }
    arena_free(&arena);
}

/* Not the one that is compiled first because it is large. */
static void test_first_error_is_small(void **state)
{
    (void)state;
    enum { LARGE = 120000 };
    static const char head[] =
        "(module (func (result i32))\n (func (param i32) (result i32) local.get 0";
    static const char tail[] = " f32.neg))", piece[] = " i32.eqz";
    struct arena arena = {0};
    char *text = arena_alloc(&arena, sizeof head + LARGE * strlen(piece) + sizeof tail);
    char *at = text + strlen(strcpy(text, head));
    for (int i = 0; i < LARGE; i++, at += strlen(piece))
        memcpy(at, piece, sizeof piece);
    memcpy(at, tail, sizeof tail);
    for (int level = 0; level <= 2; level++) {
        w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
        options.level = level;
        w2s_compile_error err = support_refused(text, &options);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_int_equal(err.func, 0);
        assert_int_equal(err.line, 1);
    }
    arena_free(&arena);
}

/* ---- what is refused ---- */

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int kind;
        const char *message;
    } cases[] = {
        {"(module (func)", ERR_MALFORMED, ""},
        {"(module (func (result i32)))", ERR_INVALID, "type mismatch"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w2s_compile_error err = support_refused(cases[i].text, NULL);
        assert_int_equal(err.kind, cases[i].kind);
        if (!begins(err.message, cases[i].message))
            fail_msg("\"%s\" for \"%s\"", err.message, cases[i].message);
    }
}

static void test_disabled(void **state)
{
    (void)state;
    w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
    options.disabled = FEATURE_BIT(FEATURE_SIGN_EXT);
    w2s_compile_error err = support_refused(
        "(module (func (param i32) (drop (i32.extend8_s (local.get 0)))))", &options);
    assert_int_equal(err.kind, ERR_INVALID);
}

static void test_output_errors(void **state)
{
    (void)state;
    static const char *const outputs[] = {"/dev/full", "/no/such/directory/x.so", "/tmp"};
    static const enum w2s_emit emits[] = {W2S_EMIT_SO, W2S_EMIT_HEADER, W2S_EMIT_ASM};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        for (size_t j = 0; j < sizeof emits / sizeof *emits; j++) {
            w2s_compile_error err;
            w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
            options.emit = emits[j];
            assert_false(w2s_compile(calc, sizeof calc - 1, &options, outputs[i], &err));
            assert_int_equal(err.kind, ERR_IO);
            assert_non_null(strstr(err.message, outputs[i]));
        }
}

/* Options of a program that knows fewer of them. */
static void test_older_options(void **state)
{
    (void)state;
    char path[SUPPORT_PATH];
    w2s_compile_options options;
    memset(&options, 0xff, sizeof options);
    options.size = offsetof(w2s_compile_options, level);
    options.emit = W2S_EMIT_LLVM_IR;
    support_compile(calc, &options, path);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape),         cmocka_unit_test(test_calls),
        cmocka_unit_test(test_c_symbols),     cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_many_calls),    cmocka_unit_test(test_import),
        cmocka_unit_test(test_first_error),   cmocka_unit_test(test_first_error_is_small),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_output_errors), cmocka_unit_test(test_older_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
