/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.h: references, host info and finalizers. Variants of the standard examples hostref and
 * finalize; and types that came later than the API.
 */
#include "tests/capi/support.h"

#include <string.h>

/* ---- references of the host ---- */

static wasm_trap_t *echo(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    wasm_val_copy(&results->data[0], &args->data[0]);
    return NULL;
}

/* The function, or none. */
static wasm_trap_t *pick(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    if (args->data[1].of.i32)
        wasm_val_copy(&results->data[0], &args->data[0]);
    return NULL;
}

static void refs_open(struct world *w)
{
    world_open(w, "refs");
    wasm_extern_t *imports[] = {
        support_func(
            w->store,
            wasm_functype_new_1_1(wasm_valtype_new_externref(), wasm_valtype_new_externref()),
            echo),
        support_func(w->store,
                     wasm_functype_new_2_1(wasm_valtype_new_funcref(), wasm_valtype_new_i32(),
                                           wasm_valtype_new_funcref()),
                     pick),
    };
    world_link(w, imports, 2);
}

static wasm_ref_t *get(const struct world *w, const char *name, wasm_val_t *args, size_t count)
{
    wasm_val_t result = WASM_INIT_VAL;
    call(world_func(w, name), args, count, &result, 1);
    assert_true(wasm_valkind_is_ref(result.kind));
    return result.of.ref;
}

static void set(const struct world *w, const char *name, wasm_ref_t *ref)
{
    wasm_val_t arg = WASM_REF_VAL(ref);
    call(world_func(w, name), &arg, 1, NULL, 0);
}

static void check(wasm_ref_t *actual, const wasm_ref_t *expected)
{
    assert_true(wasm_ref_same(actual, expected));
    wasm_ref_delete(actual);
}

static void test_hostref(void **state)
{
    (void)state;
    struct world w;
    refs_open(&w);
    static int one, two;
    wasm_ref_t *host1 = wasm_foreign_as_ref(wasm_foreign_new(w.store));
    wasm_ref_t *host2 = wasm_foreign_as_ref(wasm_foreign_new(w.store));
    wasm_ref_set_host_info(host1, &one);
    wasm_ref_set_host_info(host2, &two);
    check(wasm_ref_copy(host1), host1);
    assert_false(wasm_ref_same(host1, host2));
    check(get(&w, "global.get", NULL, 0), NULL);
    set(&w, "global.set", host1);
    check(get(&w, "global.get", NULL, 0), host1);
    wasm_ref_t *back = get(&w, "global.get", NULL, 0);
    assert_ptr_equal(wasm_ref_get_host_info(back), &one);
    wasm_ref_delete(back);
    set(&w, "global.set", NULL);
    check(get(&w, "global.get", NULL, 0), NULL);
    wasm_global_t *global = wasm_extern_as_global(world_export(&w, "global"));
    wasm_val_t val = WASM_REF_VAL(host2), got;
    wasm_global_set(global, &val);
    wasm_global_get(global, &got);
    assert_int_equal(got.kind, WASM_ANYREF);
    check(got.of.ref, host2);
    wasm_val_t args[2] = {WASM_I32_VAL(1), WASM_REF_VAL(host1)};
    call(world_func(&w, "table.set"), args, 2, NULL, 0);
    check(get(&w, "table.get", args, 1), host1);
    wasm_table_t *table = wasm_extern_as_table(world_export(&w, "table"));
    check(wasm_table_get(table, 1), host1);
    assert_true(wasm_table_set(table, 2, host2));
    args[0].of.i32 = 2;
    check(get(&w, "table.get", args, 1), host2);
    check(get(&w, "echo", &args[1], 1), host1);
    wasm_ref_delete(host2);
    check(get(&w, "table.get", args, 1), host2); /* the table has it still */
    wasm_ref_delete(host1);
    world_close(&w);
}

/* Whatever is a reference of the API can be an externref, and comes back as what it is. */
static void test_other_externrefs(void **state)
{
    (void)state;
    struct world w;
    refs_open(&w);
    wasm_ref_t *refs[] = {
        wasm_func_as_ref(world_func(&w, "echo")),
        wasm_global_as_ref(wasm_extern_as_global(world_export(&w, "global"))),
        wasm_instance_as_ref(w.instance),
        wasm_module_as_ref(w.module),
        wasm_extern_as_ref(world_export(&w, "funcs")),
    };
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        wasm_val_t arg = WASM_REF_VAL(refs[i]);
        check(get(&w, "echo", &arg, 1), refs[i]);
    }
    assert_non_null(wasm_ref_as_func(refs[0]));
    assert_null(wasm_ref_as_global(refs[0]));
    assert_null(wasm_ref_as_foreign(refs[0]));
    assert_non_null(wasm_ref_as_extern(refs[1]));
    assert_null(wasm_ref_as_extern(refs[2]));
    assert_ptr_equal(wasm_ref_as_instance(refs[2]), w.instance);
    assert_ptr_equal(wasm_ref_as_module_const(refs[3]), w.module);
    assert_null(wasm_ref_as_trap(NULL));
    world_close(&w);
}

static void test_funcrefs(void **state)
{
    (void)state;
    struct world w;
    refs_open(&w);
    wasm_ref_t *ref = get(&w, "ref", NULL, 0);
    wasm_func_t *seven = wasm_ref_as_func(ref);
    assert_true(wasm_func_same(seven, world_func(&w, "seven")));
    wasm_val_t result = WASM_INIT_VAL;
    call(seven, NULL, 0, &result, 1);
    assert_int_equal(result.of.i32, 7);
    wasm_val_t args[2] = {{.kind = WASM_FUNCREF, .of = {.ref = ref}}, WASM_I32_VAL(1)};
    check(get(&w, "pick", args, 2), ref);
    args[1].of.i32 = 0;
    check(get(&w, "pick", args, 2), NULL);
    wasm_foreign_t *foreign = wasm_foreign_new(w.store);
    args[0].of.ref = wasm_foreign_as_ref(foreign);
    call_traps(world_func(&w, "pick"), args, 2, "not of the parameter's type");
    wasm_table_t *funcs = wasm_extern_as_table(world_export(&w, "funcs"));
    assert_true(wasm_table_set(funcs, 0, ref));
    assert_false(wasm_table_set(funcs, 0, wasm_foreign_as_ref(foreign)));
    check(wasm_table_get(funcs, 0), ref);
    wasm_foreign_delete(foreign);
    wasm_ref_delete(ref);
    world_close(&w);
}

/* What belongs to another store is refused everywhere. */
static void test_other_store(void **state)
{
    (void)state;
    struct world w;
    refs_open(&w);
    wasm_store_t *other = wasm_store_new(w.engine);
    wasm_foreign_t *foreign = wasm_foreign_new(other);
    wasm_val_t arg = WASM_REF_VAL(wasm_foreign_as_ref(foreign));
    call_traps(world_func(&w, "echo"), &arg, 1, "not of the parameter's type");
    assert_false(wasm_table_set(wasm_extern_as_table(world_export(&w, "table")), 0, arg.of.ref));
    wasm_foreign_delete(foreign);
    wasm_store_delete(other);
    world_close(&w);
}

/* ---- host info and finalizers ---- */

static int live;

static void finalize(void *data)
{
    live -= *(int *)data;
}

static void test_finalizers(void **state)
{
    (void)state;
    static int unit = 1;
    struct world w;
    refs_open(&w);
    live = 7;
    /* One that wasm never saw goes with its last handle. */
    wasm_foreign_t *foreign = wasm_foreign_new(w.store);
    wasm_foreign_set_host_info_with_finalizer(foreign, &unit, finalize);
    wasm_foreign_t *copy = wasm_foreign_copy(foreign);
    wasm_foreign_delete(foreign);
    assert_int_equal(live, 7);
    wasm_foreign_delete(copy);
    assert_int_equal(live, 6);
    /* One that wasm has stays, and is found again. */
    foreign = wasm_foreign_new(w.store);
    wasm_foreign_set_host_info_with_finalizer(foreign, &unit, finalize);
    set(&w, "global.set", wasm_foreign_as_ref(foreign));
    wasm_foreign_delete(foreign);
    assert_int_equal(live, 6);
    wasm_ref_t *back = get(&w, "global.get", NULL, 0);
    assert_ptr_equal(wasm_ref_get_host_info(back), &unit);
    wasm_ref_delete(back);
    /* So does the info of an export that nobody holds. */
    wasm_extern_set_host_info_with_finalizer(w.exports.data[0], &unit, finalize);
    wasm_extern_vec_delete(&w.exports);
    wasm_instance_exports(w.instance, &w.exports);
    assert_ptr_equal(wasm_extern_get_host_info(w.exports.data[0]), &unit);
    wasm_instance_set_host_info_with_finalizer(w.instance, &unit, finalize);
    wasm_module_set_host_info_with_finalizer(w.module, &unit, finalize);
    wasm_functype_t *type = wasm_functype_new_0_0();
    wasm_func_t *func = wasm_func_new_with_env(w.store, type, NULL, &unit, finalize);
    wasm_func_set_host_info_with_finalizer(func, &unit, finalize);
    wasm_functype_delete(type);
    wasm_func_delete(func);
    assert_int_equal(live, 6);
    wasm_module_delete(w.module);
    w.module = NULL;
    assert_int_equal(live, 5);
    world_close(&w);
    assert_int_equal(live, 0);
    /* New info takes the place of old. */
    w.engine = wasm_engine_new();
    w.store = wasm_store_new(w.engine);
    foreign = wasm_foreign_new(w.store);
    wasm_foreign_set_host_info_with_finalizer(foreign, &unit, finalize);
    wasm_foreign_set_host_info(foreign, NULL);
    assert_int_equal(live, -1);
    wasm_store_delete(w.store);
    wasm_foreign_delete(foreign);
    wasm_engine_delete(w.engine);
}

static wasm_trap_t *report(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)results;
    live += args->data[0].of.i32;
    return NULL;
}

/* Many instances in one store, each gone at once for the host. */
static void test_many_instances(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    static int unit = 1;
    struct world w;
    world_open(&w, "small");
    wasm_extern_t *func =
        support_func(w.store, wasm_functype_new_1_0(wasm_valtype_new_i32()), report);
    wasm_globaltype_t *type = wasm_globaltype_new(wasm_valtype_new_i32(), WASM_CONST);
    wasm_val_t one = WASM_I32_VAL(1);
    live = 0;
    for (int i = 0; i < MANY; i++) {
        wasm_global_t *global = wasm_global_new(w.store, type, &one);
        wasm_extern_t *externs[] = {func, wasm_global_as_extern(global)};
        wasm_extern_vec_t imports = WASM_ARRAY_VEC(externs), exports;
        wasm_instance_t *instance = wasm_instance_new(w.store, w.module, &imports, NULL);
        assert_non_null(instance);
        wasm_instance_set_host_info_with_finalizer(instance, &unit, finalize);
        wasm_instance_exports(instance, &exports);
        wasm_instance_delete(instance);
        wasm_global_delete(global);
        call(wasm_extern_as_func(exports.data[0]), NULL, 0, NULL, 0);
        wasm_extern_vec_delete(&exports);
    }
    assert_int_equal(live, MANY);
    wasm_globaltype_delete(type);
    wasm_extern_delete(func);
    world_close(&w);
    assert_int_equal(live, 0);
}

/* ---- later types ---- */

static wasm_extern_t *exported_tag(const struct world *w)
{
    wasm_extern_t *tag = world_export(w, "tag");
    assert_int_equal(wasm_extern_kind(tag), WASM_EXTERN_TAG);
    wasm_externtype_t *type = wasm_extern_type(tag);
    const wasm_tagtype_t *tagtype = wasm_externtype_as_tagtype_const(type);
    assert_int_equal(wasm_functype_params(wasm_tagtype_functype(tagtype))->size, 1);
    wasm_externtype_delete(type);
    return tag;
}

static void test_exceptions(void **state)
{
    (void)state;
    struct world tags, w;
    world_open(&tags, "tags");
    world_link(&tags, NULL, 0);
    wasm_extern_t *tag = wasm_extern_copy(exported_tag(&tags));
    w = tags;
    w.module = support_module(w.store, "throws");
    world_link(&w, &tag, 1);
    wasm_val_t arg = WASM_I32_VAL(1);
    call_traps(world_func(&w, "throw"), &arg, 1, "unhandled exception");
    wasm_extern_vec_delete(&tags.exports);
    wasm_instance_delete(tags.instance);
    wasm_module_delete(tags.module);
    world_close(&w);
}

static void test_vectors_and_64_bits(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "vectors");
    world_link(&w, NULL, 0);
    wasm_val_t arg = WASM_I64_VAL(1);
    call_traps(world_func(&w, "vector"), &arg, 1, "not of the parameter's type");
    wasm_memorytype_t *type = wasm_memory_type(wasm_extern_as_memory(world_export(&w, "memory")));
    assert_int_equal(wasm_memorytype_limits(type)->max, wasm_limits_max_default);
    wasm_memorytype_delete(type);
    wasm_val_t func = {.kind = WASM_FUNCREF,
                       .of = {.ref = wasm_func_as_ref(world_func(&w, "double"))}};
    wasm_val_t result = WASM_INIT_VAL;
    call(world_func(&w, "typed"), &func, 1, &result, 1);
    assert_int_equal(result.of.i32, 40);
    func.of.ref = wasm_func_as_ref(world_func(&w, "vector"));
    call_traps(world_func(&w, "typed"), &func, 1, "not of the parameter's type");
    world_close(&w);
}

#ifdef COLLECTOR
static void test_collected(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "collected");
    world_link(&w, NULL, 0);
    wasm_val_t x = WASM_I32_VAL(5), point = WASM_INIT_VAL, again = WASM_INIT_VAL;
    call(world_func(&w, "point"), &x, 1, &point, 1);
    for (int i = 0; i < 1000; i++) {
        call(world_func(&w, "point"), &x, 1, &again, 1);
        assert_false(wasm_ref_same(point.of.ref, again.of.ref));
        wasm_val_delete(&again);
    }
    assert_int_equal(wasm_valkind_is_ref(point.kind), true);
    wasm_val_t result = WASM_INIT_VAL;
    call(world_func(&w, "x"), &point, 1, &result, 1);
    assert_int_equal(result.of.i32, 5);
    call_traps(world_func(&w, "concrete"), &point, 1, "not of the parameter's type");
    wasm_val_t null = WASM_INIT_VAL;
    call(world_func(&w, "concrete"), &null, 1, NULL, 0);
    wasm_val_t boxed = WASM_INIT_VAL;
    call(world_func(&w, "boxed"), &x, 1, &boxed, 1);
    call(world_func(&w, "unbox"), &boxed, 1, &result, 1);
    assert_int_equal(result.of.i32, 5);
    wasm_val_copy(&again, &boxed);
    wasm_val_delete(&boxed);
    world_close(&w);
    wasm_val_delete(&point);
    wasm_val_delete(&again);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostref),    cmocka_unit_test(test_other_externrefs),
        cmocka_unit_test(test_funcrefs),   cmocka_unit_test(test_other_store),
        cmocka_unit_test(test_finalizers), cmocka_unit_test(test_many_instances),
        cmocka_unit_test(test_exceptions), cmocka_unit_test(test_vectors_and_64_bits),
#ifdef COLLECTOR
        cmocka_unit_test(test_collected),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
