/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Linking: every kind of import from the host and from another instance, and every way in which one
 * does not fit, with the words the embedder gets; what is left after a failed instantiation.
 */
#include "tests/runtime/host.h"

#include <string.h>

static const w2s_externtype memory_type = {
    .kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1, .has_max = 1, .max = 4};
static const w2s_externtype table_type = {
    .kind = W2S_TABLE, .type = {W2S_REF, 1, 0, W2S_HEAP_FUNC}, .min = 6, .has_max = 1, .max = 20};
static const w2s_valtype i32 = {W2S_I32, 0, 0, 0};

struct imports {
    w2s_extern memory, table, global;
};

static void make_imports(struct host *host, struct imports *imports)
{
    w2s_error err;
    imports->memory.kind = W2S_MEMORY;
    imports->memory.of.memory = w2s_memory_new(host->store, &memory_type, &err);
    imports->table.kind = W2S_TABLE;
    imports->table.of.table = w2s_table_new(host->store, &table_type, NULL, &err);
    imports->global.kind = W2S_GLOBAL;
    imports->global.of.global = w2s_global_new(host->store, i32, false, (w2s_value){.i32 = 1000});
    assert_true(w2s_linker_define(host->linker, "env", "memory", imports->memory));
    assert_true(w2s_linker_define(host->linker, "env", "table", imports->table));
    assert_true(w2s_linker_define(host->linker, "env", "global", imports->global));
}

static void open_importer(struct host *host, struct imports *imports)
{
    host_open_store(host, NULL, host_twice, NULL);
    make_imports(host, imports);
    host->module = w2s_module_load(IMPORTER, NULL);
    assert_non_null(host->module);
}

static void test_host_imports(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    w2s_error err;
    open_importer(&host, &imports);
    host.instance = w2s_instance_new(host.store, host.module, host.linker, NULL, &err);
    assert_non_null(host.instance);
    assert_memory_equal(w2s_memory_base(imports.memory.of.memory) + 1000, "wasm", 4);
    assert_int_equal(host_ok(&host, "load", 1003, 0, 0), 'm');
    assert_int_equal(host_ok(&host, "grow", 1, 0, 0), 1);
    assert_int_equal(w2s_memory_size(imports.memory.of.memory), 2 * 65536);
    /* global 1 is computed from the import, then the start function adds one. */
    w2s_global *global1 = w2s_instance_global(host.instance, "global1");
    assert_int_equal(w2s_global_get(global1).i32, 1001);
    assert_true(w2s_global_set(global1, (w2s_value){.i32 = 5}));
    assert_int_equal(w2s_global_get(global1).i32, 5);
    assert_true(w2s_global_type(global1).is_mutable);
    assert_false(w2s_global_set(imports.global.of.global, (w2s_value){.i32 = 5}));
    assert_ptr_equal(w2s_instance_global(host.instance, "global0"), imports.global.of.global);
    assert_null(w2s_instance_memory(host.instance, "table"));
    assert_null(w2s_instance_func(host.instance, "nothing"));
    host_close(&host);
}

/* Functions of one instance in the table, and the linker, of another. */
static void test_instance_imports(void **state)
{
    (void)state;
    struct host host;
    w2s_error err;
    host_open(&host, GUEST, host_twice, NULL);
    assert_true(w2s_linker_define_instance(host.linker, "first", host.instance));
    w2s_extern item;
    static const char *const from[] = {"memory", "table", "global0"};
    static const char *const to[] = {"memory", "table", "global"};
    for (int i = 0; i < 3; i++) {
        assert_true(w2s_linker_get(host.linker, "first", from[i], &item));
        assert_true(w2s_linker_define(host.linker, "env", to[i], item));
    }
    assert_true(w2s_linker_define(host.linker, "env", "host",
                                  host_extern_func(w2s_instance_func(host.instance, "call_host"))));
    w2s_module *module = w2s_module_load(IMPORTER, &err);
    w2s_instance *first = host.instance;
    host.instance = w2s_instance_new(host.store, module, host.linker, NULL, &err);
    assert_non_null(host.instance);
    /* call_host -> the first's call_host -> env.host */
    assert_int_equal(host_ok(&host, "call_host", 4, 0, 0), 10);
    host_ok(&host, "store", 7, 9, 0);
    host.instance = first;
    assert_int_equal(host_ok(&host, "load", 7, 0, 0), 9);
    assert_int_equal(host_ok(&host, "call_indirect", 2, 4, 0), 9); /* the second's import */
    assert_int_equal(host_trap(&host, "call_indirect", 6, 0, 0), W2S_TRAP_UNDEFINED_ELEMENT);
    assert_int_equal(host_trap(&host, "call_indirect", 0, 0, 0), W2S_TRAP_UNINITIALIZED_ELEMENT);
    assert_int_equal(host_trap(&host, "call_indirect", 3, 0, 0), W2S_TRAP_INDIRECT_CALL_TYPE);
    w2s_module_free(module);
    host_close(&host);
}

static void expect(struct host *host, const char *words, const char *name)
{
    w2s_error err = {0};
    w2s_trap *trap = NULL;
    assert_null(w2s_instance_new(host->store, host->module, host->linker, &trap, &err));
    assert_null(trap);
    if (err.kind != W2S_ERROR_LINK || !strstr(err.message, words) ||
        (name && !strstr(err.message, name)))
        fail_msg("kind %d, %s", (int)err.kind, err.message);
}

static const char incompatible[] = "incompatible import type";

static void test_unknown(void **state)
{
    (void)state;
    struct host host;
    host_open_store(&host, NULL, host_twice, NULL);
    host.module = w2s_module_load(IMPORTER, NULL);
    expect(&host, "unknown import: \"env\" \"table\" (table)", NULL);
    host.linker = NULL;
    expect(&host, "unknown import: \"env\" \"host\" (function)", NULL);
    host_close(&host);
}

static void test_wrong_func(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    open_importer(&host, &imports);
    const w2s_functype type = {&i32, &i32, 1, 0};
    w2s_extern item = host_extern_func(w2s_func_new(host.store, &type, host_twice, NULL, NULL));
    assert_true(w2s_linker_define(host.linker, "env", "host", item));
    expect(&host, incompatible, "\"env\" \"host\"");
    assert_true(w2s_linker_define(host.linker, "env", "host", imports.memory));
    expect(&host, incompatible, "a function was wanted, a memory found");
    host_close(&host);
}

static void test_wrong_memory(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    open_importer(&host, &imports);
    w2s_externtype types[5] = {memory_type, memory_type, memory_type, memory_type, memory_type};
    types[0].min = 0;
    types[1].max = 5;
    types[2].has_max = 0;
    types[3].is_64 = 1;
    types[4].page_size_log2 = 0;
    for (int i = 0; i < 5; i++) {
        w2s_extern item = {.kind = W2S_MEMORY};
        item.of.memory = w2s_memory_new(host.store, &types[i], NULL);
        assert_non_null(item.of.memory);
        assert_true(w2s_linker_define(host.linker, "env", "memory", item));
        expect(&host, incompatible, "\"env\" \"memory\"");
        if (i == 0) { /* the current size counts */
            assert_int_equal(w2s_memory_grow(item.of.memory, 1), 0);
            assert_non_null(w2s_instance_new(host.store, host.module, host.linker, NULL, NULL));
        }
    }
    host_close(&host);
}

static void test_wrong_table(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    open_importer(&host, &imports);
    w2s_externtype types[3] = {table_type, table_type, table_type};
    types[0].min = 5;
    types[1].max = 21;
    types[2].type.heap = W2S_HEAP_EXTERN;
    for (int i = 0; i < 3; i++) {
        w2s_extern item = {.kind = W2S_TABLE};
        item.of.table = w2s_table_new(host.store, &types[i], NULL, NULL);
        assert_true(w2s_linker_define(host.linker, "env", "table", item));
        expect(&host, incompatible, "\"env\" \"table\"");
    }
    host_close(&host);
}

static void test_wrong_global(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    open_importer(&host, &imports);
    const w2s_valtype i64 = {W2S_I64, 0, 0, 0};
    w2s_extern item = {.kind = W2S_GLOBAL};
    item.of.global = w2s_global_new(host.store, i32, true, (w2s_value){.i32 = 1});
    assert_true(w2s_linker_define(host.linker, "env", "global", item));
    expect(&host, incompatible, "mutable");
    item.of.global = w2s_global_new(host.store, i64, false, (w2s_value){.i64 = 1});
    assert_true(w2s_linker_define(host.linker, "env", "global", item));
    expect(&host, incompatible, "\"env\" \"global\"");
    host_close(&host);
}

static void test_other_store(void **state)
{
    (void)state;
    struct host host, other;
    struct imports imports;
    w2s_error err = {0};
    open_importer(&host, &imports);
    host_open_store(&other, NULL, host_twice, NULL);
    assert_true(w2s_linker_define(host.linker, "env", "host", host_extern_func(other.func)));
    assert_null(w2s_instance_new(host.store, host.module, host.linker, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "another store"));
    host_close(&other);
    host_close(&host);
}

/* The data segment lies outside; the element segment before it stays written, and works. */
static void test_failed_instantiation(void **state)
{
    (void)state;
    struct host host;
    struct imports imports;
    w2s_error err = {0};
    w2s_trap *trap = NULL;
    open_importer(&host, &imports);
    w2s_extern item = {.kind = W2S_GLOBAL};
    item.of.global = w2s_global_new(host.store, i32, false, (w2s_value){.i32 = 65533});
    assert_true(w2s_linker_define(host.linker, "env", "global", item));
    assert_null(w2s_instance_new(host.store, host.module, host.linker, &trap, &err));
    assert_int_equal(err.kind, W2S_ERROR_TRAP);
    assert_non_null(strstr(err.message, "out of bounds memory access"));
    assert_int_equal(w2s_trap_kind(trap), W2S_TRAP_MEMORY_OOB);
    w2s_trap_free(trap);
    void *ref = NULL;
    assert_true(w2s_table_get(imports.table.of.table, 3, &ref));
    assert_non_null(ref);
    w2s_value args[2] = {{.i32 = 2}, {.i32 = 3}}, result;
    assert_null(w2s_call(ref, args, &result));
    assert_int_equal(result.i32, 5);
    assert_int_equal(w2s_memory_base(imports.memory.of.memory)[65533], 0);
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_imports),
        cmocka_unit_test(test_instance_imports),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_wrong_func),
        cmocka_unit_test(test_wrong_memory),
        cmocka_unit_test(test_wrong_table),
        cmocka_unit_test(test_wrong_global),
        cmocka_unit_test(test_other_store),
        cmocka_unit_test(test_failed_instantiation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
