/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memory images: the memory is what the segments make of it, in order, whether it is mapped or
 * copied; only what pays is laid out as an image, and only where nobody can see the difference.
 */
#include "tests/codegen/support.h"

#include "runtime/include/wasm2so.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { KIB = 1024, TEXT = 1 << 20 };

/* ---- modules ---- */

struct text {
    char *bytes;
    size_t size;
};

static void add(struct text *text, const char *more)
{
    size_t n = strlen(more);
    assert_true(text->size + n < TEXT);
    memcpy(text->bytes + text->size, more, n + 1);
    text->size += n;
}

static struct text begin(const char *head)
{
    struct text text = {malloc(TEXT), 0};
    assert_non_null(text.bytes);
    add(&text, head);
    return text;
}

/* A segment of count times the letter. */
static void add_data(struct text *text, const char *offset, char letter, size_t count)
{
    add(text, "(data ");
    add(text, offset);
    add(text, " \"");
    assert_true(text->size + count + 4 < TEXT);
    memset(text->bytes + text->size, letter, count);
    text->size += count;
    text->bytes[text->size] = 0;
    add(text, "\")\n");
}

struct loaded {
    w2s_module *module;
    const struct w2s_module_desc *desc;
    w2s_store *store;
    w2s_linker *linker;
    off_t file_size;
};

static struct loaded load(struct text *text)
{
    char path[SUPPORT_PATH];
    w2s_error err = {0};
    struct stat status;
    add(text, ")");
    support_compile(text->bytes, NULL, path);
    free(text->bytes);
    struct loaded l = {.module = w2s_module_load(path, &err)};
    if (!l.module)
        fail_msg("%s", err.message);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(unlink(path), 0); /* the file is open */
    l.file_size = status.st_size;
    l.desc = w2s_module_desc(l.module);
    l.store = w2s_store_new(NULL);
    l.linker = w2s_linker_new(l.store);
    return l;
}

static void unload(struct loaded *l)
{
    w2s_store_free(l->store);
    w2s_module_free(l->module);
}

static uint64_t extents(const struct loaded *l)
{
    return l->desc->images ? l->desc->images[0].extent_count : 0;
}

static w2s_instance *instance_of(struct loaded *l)
{
    w2s_error err = {0};
    w2s_instance *instance = w2s_instance_new(l->store, l->module, l->linker, NULL, &err);
    if (!instance)
        fail_msg("%s", err.message);
    return instance;
}

static void check_bytes(w2s_instance *instance, uint64_t from, uint64_t to, char letter)
{
    const uint8_t *base = w2s_memory_base(w2s_instance_memory_at(instance, 0));
    for (uint64_t i = from; i < to; i++)
        if (base[i] != (uint8_t)letter)
            fail_msg("%d at %llu", base[i], (unsigned long long)i);
}

/* Whether the page at that address is a file's, as /proc/self/maps has it. */
static bool is_of_file(const void *address)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long low, high, inode;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &low, &high, &inode) == 3 &&
            (uintptr_t)address >= low && (uintptr_t)address < high)
            found = inode != 0;
    }
    fclose(maps);
    return found;
}

/* ---- tests ---- */

/* Later segments win; an instance does not see what another wrote. */
static void test_dense(void **state)
{
    (void)state;
    struct text text = begin("(module (memory (export \"memory\") 2)");
    add_data(&text, "(i32.const 1000)", 'a', 60 * KIB);
    add_data(&text, "(i32.const 5000)", 'b', 1000);
    add_data(&text, "(i32.const 5500)", 'c', 1);
    struct loaded l = load(&text);
    assert_int_equal(extents(&l), 1);
    assert_int_equal(l.desc->image_data_count, 3);
    for (int i = 0; i < 2; i++) {
        w2s_instance *instance = instance_of(&l);
        const uint8_t *base = w2s_memory_base(w2s_instance_memory(instance, "memory"));
        assert_true(is_of_file(base));
        assert_false(is_of_file(base + 64 * KIB));
        check_bytes(instance, 0, 1000, 0);
        check_bytes(instance, 1000, 5000, 'a');
        check_bytes(instance, 5000, 5500, 'b');
        check_bytes(instance, 5500, 5501, 'c');
        check_bytes(instance, 5501, 6000, 'b');
        check_bytes(instance, 6000, 1000 + 60 * KIB, 'a');
        check_bytes(instance, 1000 + 60 * KIB, 128 * KIB, 0);
        memset(w2s_memory_base(w2s_instance_memory(instance, "memory")), 'x', 128 * KIB);
    }
    unload(&l);
}

/* At both ends of 1 GiB. */
static void test_sparse(void **state)
{
    (void)state;
    struct text text = begin("(module (memory 16384)");
    add_data(&text, "(i32.const 1073721344)", 'z', 20 * KIB);
    add_data(&text, "(i32.const 0)", 'a', 20 * KIB);
    struct loaded l = load(&text);
    assert_int_equal(extents(&l), 2);
    assert_true(l.file_size < 400 * KIB);
    w2s_instance *instance = instance_of(&l);
    check_bytes(instance, 0, 20 * KIB, 'a');
    check_bytes(instance, 20 * KIB, 200 * KIB, 0);
    check_bytes(instance, 1073721344, 1 << 30, 'z');
    unload(&l);
}

/* Little everywhere: the image would be mostly zeros. */
static void test_scattered(void **state)
{
    (void)state;
    char offset[32];
    struct text text = begin("(module (memory 1024)");
    for (int i = 0; i < 40; i++) {
        snprintf(offset, sizeof offset, "(i32.const %d)", i << 20);
        add_data(&text, offset, 'a', 500);
    }
    struct loaded l = load(&text);
    assert_int_equal(extents(&l), 0);
    assert_true(l.file_size < 100 * KIB);
    w2s_instance *instance = instance_of(&l);
    check_bytes(instance, 39 << 20, (39 << 20) + 500, 'a');
    unload(&l);
}

/* A place that is not known ends the image: what comes behind it comes after it. */
static void test_order(void **state)
{
    (void)state;
    struct text text = begin("(module (import \"env\" \"at\" (global $at i32)) (memory 2)");
    add_data(&text, "(i32.const 0)", 'a', 40 * KIB);
    add_data(&text, "(global.get $at)", 'b', 100);
    add_data(&text, "(i32.const 50)", 'c', 100);
    struct loaded l = load(&text);
    assert_int_equal(extents(&l), 1);
    assert_int_equal(l.desc->image_data_count, 1);
    w2s_extern at = {.kind = W2S_GLOBAL};
    at.of.global =
        w2s_global_new(l.store, (w2s_valtype){.kind = W2S_I32}, false, (w2s_value){.i32 = 20});
    assert_true(w2s_linker_define(l.linker, "env", "at", at));
    w2s_instance *instance = instance_of(&l);
    check_bytes(instance, 0, 20, 'a');
    check_bytes(instance, 20, 50, 'b');
    check_bytes(instance, 50, 150, 'c');
    check_bytes(instance, 150, 40 * KIB, 'a');
    unload(&l);
}

/* The segment that traps is no part of the image, nor what comes behind it; what came before stays
 * to be seen in an imported memory. */
static void test_trap(void **state)
{
    (void)state;
    struct text text = begin("(module (import \"env\" \"memory\" (memory 1)) (memory 1)");
    add_data(&text, "(memory 1) (i32.const 0)", 'a', 40 * KIB);
    add_data(&text, "(i32.const 7)", 'b', 3);
    add_data(&text, "(i32.const 65530)", 'c', 7);
    add_data(&text, "(i32.const 20)", 'd', 3);
    struct loaded l = load(&text);
    assert_int_equal(l.desc->image_data_count, 2);
    assert_int_equal(l.desc->images[0].extent_count, 0);
    assert_int_equal(l.desc->images[1].extent_count, 1);
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    w2s_extern memory = {.kind = W2S_MEMORY};
    w2s_error err = {0};
    w2s_trap *trap = NULL;
    memory.of.memory = w2s_memory_new(l.store, &type, &err);
    assert_true(w2s_linker_define(l.linker, "env", "memory", memory));
    assert_null(w2s_instance_new(l.store, l.module, l.linker, &trap, &err));
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_MEMORY_OOB);
    w2s_trap_free(trap);
    const uint8_t *base = w2s_memory_base(memory.of.memory);
    assert_memory_equal(base + 6, "\0bbb\0", 5);
    assert_int_equal(base[65530], 0);
    assert_int_equal(base[20], 0);
    unload(&l);
}

/* An active segment is dropped, also one that is only mapped. */
static void test_dropped(void **state)
{
    (void)state;
    struct text text = begin("(module (memory 1) (func (export \"init\") (param i32)"
                             " (memory.init 0 (i32.const 0) (i32.const 0) (local.get 0)))");
    add_data(&text, "(i32.const 0)", 'a', 40 * KIB);
    struct loaded l = load(&text);
    assert_int_equal(extents(&l), 1);
    w2s_func *init = w2s_instance_func(instance_of(&l), "init");
    w2s_value n = {.i32 = 0};
    assert_null(w2s_call(init, &n, NULL));
    n.i32 = 1;
    w2s_trap *trap = w2s_call(init, &n, NULL);
    assert_non_null(trap);
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_MEMORY_OOB);
    w2s_trap_free(trap);
    unload(&l);
}

/* In a pool: few pages are copied back, many are dropped. */
static void test_pool(void **state)
{
    (void)state;
    struct text text = begin("(module (memory (export \"memory\") 40)");
    add_data(&text, "(i32.const 4096)", 'a', 300 * KIB);
    struct loaded l = load(&text);
    w2s_pool *pool = w2s_pool_new(l.module, NULL, NULL);
    static const size_t sizes[] = {1, 5000, 2000 * KIB, 64 * KIB, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        w2s_instance *instance = w2s_pool_take(pool, NULL, NULL);
        assert_non_null(instance);
        check_bytes(instance, 0, 4096, 0);
        check_bytes(instance, 4096, 4096 + 300 * KIB, 'a');
        check_bytes(instance, 4096 + 300 * KIB, 40 * 65536, 0);
        memset(w2s_memory_base(w2s_instance_memory(instance, "memory")) + 4000, 'x', sizes[i]);
        assert_true(w2s_pool_give(pool, instance));
    }
    w2s_pool_free(pool);
    unload(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense),     cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_scattered), cmocka_unit_test(test_order),
        cmocka_unit_test(test_trap),      cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
