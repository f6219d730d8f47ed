/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.h: globals, tables, memories and types. Variants of the standard examples global, table,
 * memory and reflect; the module uses two memories, as the example memories does.
 */
#include "tests/capi/support.h"

#include <string.h>

struct objects {
    struct world world;
    wasm_global_t *constant, *variable; /* of the host */
    wasm_memory_t *memory;
};

static wasm_global_t *global_new(wasm_store_t *store, wasm_valkind_t kind, wasm_mutability_t mut,
                                 wasm_val_t val)
{
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new(kind), mut);
    wasm_global_t *global = wasm_global_new(store, type, &val);
    wasm_globaltype_delete(type);
    return global;
}

static wasm_memory_t *memory_new(wasm_store_t *store, uint32_t min, uint32_t max)
{
    wasm_limits_t limits = {min, max};
    wasm_memorytype_t *type = wasm_memorytype_new(&limits);
    wasm_memory_t *memory = wasm_memory_new(store, type);
    wasm_memorytype_delete(type);
    return memory;
}

static void objects_open(struct objects *o)
{
    world_open(&o->world, "objects");
    wasm_store_t *store = o->world.store;
    o->constant = global_new(store, WASM_F32, WASM_CONST, (wasm_val_t)WASM_F32_VAL(1));
    o->variable = global_new(store, WASM_I64, WASM_VAR, (wasm_val_t)WASM_I64_VAL(2));
    o->memory = memory_new(store, 1, 4);
    wasm_extern_t *imports[] = {
        wasm_extern_copy(wasm_global_as_extern(o->constant)),
        wasm_extern_copy(wasm_global_as_extern(o->variable)),
        wasm_extern_copy(wasm_memory_as_extern(o->memory)),
    };
    world_link(&o->world, imports, 3);
}

static void objects_close(struct objects *o)
{
    wasm_global_delete(o->constant);
    wasm_global_delete(o->variable);
    wasm_memory_delete(o->memory);
    world_close(&o->world);
}

static wasm_val_t get(const wasm_func_t *func)
{
    wasm_val_t result = WASM_INIT_VAL;
    call(func, NULL, 0, &result, 1);
    return result;
}

static void test_globals(void **state)
{
    (void)state;
    struct objects o;
    objects_open(&o);
    const struct world *w = &o.world;
    assert_true(get(world_func(w, "get const")).of.f32 == 1);
    assert_int_equal(get(world_func(w, "get var")).of.i64, 2);
    wasm_val_t val = WASM_I64_VAL(37), other = WASM_I32_VAL(1);
    wasm_global_set(o.variable, &val);
    assert_int_equal(get(world_func(w, "get var")).of.i64, 37);
    val.of.i64 = 73;
    call(world_func(w, "set var"), &val, 1, NULL, 0);
    wasm_global_get(o.variable, &val);
    assert_true(val.kind == WASM_I64 && val.of.i64 == 73);
    wasm_global_set(o.variable, &other); /* of another type: nothing happens */
    wasm_global_set(o.constant, &other);
    wasm_global_get(o.variable, &val);
    assert_int_equal(val.of.i64, 73);
    wasm_global_t *g = wasm_extern_as_global(world_export(w, "g"));
    wasm_global_get(g, &val);
    assert_int_equal(val.of.i32, 7);
    val.of.i32 = 8;
    wasm_global_set(g, &val);
    assert_int_equal(get(world_func(w, "get g")).of.i32, 8);
    assert_null(wasm_extern_as_table(world_export(w, "g")));
    assert_null(global_new(w->store, WASM_I64, WASM_VAR, other));
    objects_close(&o);
}

/* ---- tables ---- */

static wasm_trap_t *negate(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    results->data[0].of.i32 = -args->data[0].of.i32;
    return NULL;
}

static void check_slot(wasm_table_t *table, wasm_table_size_t i, const wasm_func_t *func)
{
    wasm_ref_t *ref = wasm_table_get(table, i);
    assert_true(wasm_ref_same(ref, wasm_func_as_ref_const(func)));
    wasm_ref_delete(ref);
}

static void check_call(const struct world *w, int32_t x, int32_t slot, int32_t expected)
{
    wasm_val_t args[2] = {WASM_I32_VAL(x), WASM_I32_VAL(slot)}, result = WASM_INIT_VAL;
    call(world_func(w, "call"), args, 2, &result, 1);
    assert_int_equal(result.of.i32, expected);
}

static void check_traps(const struct world *w, int32_t slot, const char *text)
{
    wasm_val_t args[2] = {WASM_I32_VAL(0), WASM_I32_VAL(slot)};
    call_traps(world_func(w, "call"), args, 2, text);
}

static void test_tables(void **state)
{
    (void)state;
    struct objects o;
    objects_open(&o);
    const struct world *w = &o.world;
    wasm_table_t *table = wasm_extern_as_table(world_export(w, "table"));
    wasm_func_t *f = world_func(w, "f"), *h = world_func(w, "h");
    wasm_func_t *host = wasm_extern_as_func(support_func(
        w->store, wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32()), negate));
    assert_int_equal(wasm_table_size(table), 2);
    check_slot(table, 0, NULL);
    check_slot(table, 1, f);
    check_slot(table, 99, NULL);
    check_traps(w, 0, "uninitialized element");
    check_call(w, 7, 1, 7);
    check_traps(w, 2, "undefined element");
    assert_true(wasm_table_set(table, 0, wasm_func_as_ref(h)));
    assert_true(wasm_table_set(table, 1, NULL));
    assert_false(wasm_table_set(table, 2, wasm_func_as_ref(f)));
    assert_false(wasm_table_set(table, 0, wasm_global_as_ref(o.constant)));
    check_call(w, 7, 0, 666);
    check_traps(w, 1, "uninitialized element");
    assert_true(wasm_table_grow(table, 3, wasm_func_as_ref(f)));
    assert_int_equal(wasm_table_size(table), 5);
    assert_true(wasm_table_set(table, 3, wasm_func_as_ref(host)));
    wasm_func_delete(host); /* the table has it */
    check_call(w, 5, 2, 5);
    check_call(w, 6, 3, -6);
    assert_false(wasm_table_grow(table, 6, NULL));
    assert_true(wasm_table_grow(table, 5, NULL));
    assert_true(wasm_table_grow(table, 0, NULL));
    objects_close(&o);
}

static void test_host_table(void **state)
{
    (void)state;
    struct objects o;
    objects_open(&o);
    wasm_limits_t limits = {5, 5};
    wasm_tabletype_t *type = wasm_tabletype_new(wasm_valtype_new_funcref(), &limits);
    wasm_func_t *f = world_func(&o.world, "f");
    wasm_table_t *table = wasm_table_new(o.world.store, type, wasm_func_as_ref(f));
    assert_int_equal(wasm_table_size(table), 5);
    check_slot(table, 4, f);
    assert_false(wasm_table_grow(table, 1, NULL));
    assert_true(wasm_table_grow(table, 0, NULL));
    assert_null(wasm_table_new(o.world.store, type, wasm_global_as_ref(o.constant)));
    wasm_tabletype_delete(type);
    wasm_table_delete(table);
    objects_close(&o);
}

/* ---- memories ---- */

static void test_memories(void **state)
{
    (void)state;
    struct objects o;
    objects_open(&o);
    const struct world *w = &o.world;
    wasm_memory_t *memory = wasm_extern_as_memory(world_export(w, "memory"));
    assert_int_equal(wasm_memory_size(memory), 2);
    assert_int_equal(wasm_memory_data_size(memory), 2 * MEMORY_PAGE_SIZE);
    assert_int_equal(wasm_memory_data(memory)[0x1003], 4);
    wasm_memory_data(memory)[0x1003] = 5;
    assert_int_equal(call_i_i(world_func(w, "load"), 0x1003), 5);
    wasm_val_t args[2] = {WASM_I32_VAL(0x1ffff), WASM_I32_VAL(9)};
    call(world_func(w, "store"), args, 2, NULL, 0);
    assert_int_equal(wasm_memory_data(memory)[0x1ffff], 9);
    args[0].of.i32 = 0x20000;
    call_traps(world_func(w, "store"), args, 2, "out of bounds memory access");
    assert_true(wasm_memory_grow(memory, 1));
    assert_int_equal(wasm_memory_data_size(memory), 3 * MEMORY_PAGE_SIZE);
    call(world_func(w, "store"), args, 2, NULL, 0);
    assert_false(wasm_memory_grow(memory, 1));
    assert_true(wasm_memory_grow(memory, 0));
    wasm_memory_data(o.memory)[3] = 33;
    assert_int_equal(call_i_i(world_func(w, "copy"), 3), 33);
    assert_true(wasm_memory_same(o.memory, wasm_extern_as_memory(world_export(w, "imported"))));
    wasm_memory_t *other = memory_new(w->store, 5, 5);
    assert_int_equal(wasm_memory_size(other), 5);
    assert_false(wasm_memory_grow(other, 1));
    wasm_memory_delete(other);
    other = memory_new(w->store, 1, wasm_limits_max_default);
    assert_true(wasm_memory_grow(other, 1));
    wasm_memory_delete(other);
    assert_null(memory_new(w->store, 2, 1));
    assert_null(memory_new(w->store, 0x10001, wasm_limits_max_default));
    objects_close(&o);
}

/* ---- types ---- */

static void check_name(const wasm_name_t *name, const char *expected)
{
    assert_int_equal(name->size, strlen(expected));
    assert_memory_equal(name->data, expected, name->size);
}

static void check_imports(const wasm_module_t *module)
{
    wasm_importtype_vec_t imports, copy;
    wasm_module_imports(module, &imports);
    wasm_importtype_vec_copy(&copy, &imports);
    wasm_importtype_vec_delete(&imports);
    assert_int_equal(copy.size, 3);
    check_name(wasm_importtype_module(copy.data[1]), "env");
    check_name(wasm_importtype_name(copy.data[1]), "var");
    const wasm_externtype_t *type = wasm_importtype_type(copy.data[1]);
    assert_int_equal(wasm_externtype_kind(type), WASM_EXTERN_GLOBAL);
    assert_null(wasm_externtype_as_functype_const(type));
    const wasm_globaltype_t *global = wasm_externtype_as_globaltype_const(type);
    assert_int_equal(wasm_globaltype_mutability(global), WASM_VAR);
    assert_int_equal(wasm_valtype_kind(wasm_globaltype_content(global)), WASM_I64);
    const wasm_limits_t *limits = wasm_memorytype_limits(
        wasm_externtype_as_memorytype_const(wasm_importtype_type(copy.data[2])));
    assert_true(limits->min == 1 && limits->max == 4);
    wasm_importtype_vec_delete(&copy);
}

/* Types of exports, and of the things exported, are the same. */
static void check_exports(const struct world *w)
{
    wasm_exporttype_vec_t types;
    wasm_module_exports(w->module, &types);
    assert_int_equal(types.size, w->exports.size);
    for (size_t i = 0; i < types.size; i++) {
        wasm_externtype_t *type = wasm_extern_type(w->exports.data[i]);
        assert_int_equal(wasm_externtype_kind(type), wasm_extern_kind(w->exports.data[i]));
        assert_int_equal(wasm_externtype_kind(type),
                         wasm_externtype_kind(wasm_exporttype_type(types.data[i])));
        wasm_externtype_t *copy = wasm_externtype_copy(type);
        assert_int_equal(wasm_externtype_kind(copy), wasm_externtype_kind(type));
        wasm_externtype_delete(copy);
        wasm_externtype_delete(type);
    }
    check_name(wasm_exporttype_name(types.data[0]), "g");
    wasm_exporttype_vec_delete(&types);
}

static void test_reflection(void **state)
{
    (void)state;
    struct objects o;
    objects_open(&o);
    const struct world *w = &o.world;
    check_imports(w->module);
    check_exports(w);
    wasm_functype_t *type = wasm_func_type(world_func(w, "call"));
    assert_int_equal(wasm_functype_params(type)->size, 2);
    assert_int_equal(wasm_functype_results(type)->size, 1);
    assert_true(wasm_valtype_is_num(wasm_functype_results(type)->data[0]));
    wasm_functype_delete(type);
    wasm_tabletype_t *table = wasm_table_type(wasm_extern_as_table(world_export(w, "table")));
    assert_int_equal(wasm_valtype_kind(wasm_tabletype_element(table)), WASM_FUNCREF);
    assert_true(wasm_valtype_is_ref(wasm_tabletype_element(table)));
    assert_true(wasm_tabletype_limits(table)->min == 2 && wasm_tabletype_limits(table)->max == 10);
    wasm_tabletype_delete(table);
    wasm_memorytype_t *memory = wasm_memory_type(wasm_extern_as_memory(world_export(w, "memory")));
    assert_true(wasm_memorytype_limits(memory)->max == 3);
    wasm_memorytype_delete(memory);
    objects_close(&o);
}

static void test_types_alone(void **state)
{
    (void)state;
    wasm_functype_t *type = wasm_functype_new_3_2(
        wasm_valtype_new_i32(), wasm_valtype_new_f64(), wasm_valtype_new_externref(),
        wasm_valtype_new_funcref(), wasm_valtype_new_anyref());
    wasm_functype_t *copy = wasm_functype_copy(type);
    wasm_tagtype_t *tag = wasm_tagtype_new(type);
    wasm_externtype_t *ext = wasm_tagtype_as_externtype(tag);
    assert_int_equal(wasm_externtype_kind(ext), WASM_EXTERN_TAG);
    assert_ptr_equal(wasm_externtype_as_tagtype(ext), tag);
    assert_ptr_equal(wasm_tagtype_functype(tag), type);
    assert_int_equal(wasm_functype_params(copy)->size, 3);
    assert_int_equal(wasm_valtype_kind(wasm_functype_results(copy)->data[1]), WASM_EXTERNREF);
    wasm_externtype_delete(ext);
    wasm_functype_vec_t vec, second;
    wasm_functype_vec_new(&vec, 1, &copy);
    wasm_functype_vec_copy(&second, &vec);
    wasm_functype_vec_delete(&vec);
    assert_int_equal(wasm_functype_params(second.data[0])->size, 3);
    wasm_functype_vec_delete(&second);
    wasm_val_t val;
    int here;
    wasm_val_init_ptr(&val, &here);
    assert_ptr_equal(wasm_val_ptr(&val), &here);
    wasm_valtype_delete(NULL);
    wasm_functype_delete(NULL);
    wasm_externtype_delete(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_globals),    cmocka_unit_test(test_tables),
        cmocka_unit_test(test_host_table), cmocka_unit_test(test_memories),
        cmocka_unit_test(test_reflection), cmocka_unit_test(test_types_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
