/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.h: functions and traps. Variants of the standard examples hello, callback, multi, trap and
 * start.
 */
#include "tests/capi/support.h"

#include <string.h>

/* ---- host functions ---- */

static int hellos;

static wasm_trap_t *hello(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    assert_int_equal(args->size, 0);
    assert_int_equal(results->size, 0);
    hellos++;
    return NULL;
}

static wasm_trap_t *print(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    assert_int_equal(args->data[0].kind, WASM_I32);
    wasm_val_copy(&results->data[0], &args->data[0]);
    return NULL;
}

static wasm_trap_t *turn(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    assert_int_equal(results->data[0].kind, WASM_F64); /* the kinds stand there before */
    for (int i = 0; i < 4; i++)
        wasm_val_copy(&results->data[i], &args->data[3 - i]);
    return NULL;
}

static wasm_trap_t *refuse(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    wasm_message_t message;
    (void)args;
    (void)results;
    wasm_name_new_from_string_nt(&message, "callback abort");
    wasm_trap_t *trap = wasm_trap_new(env, &message);
    wasm_name_delete(&message);
    wasm_trap_set_host_info(trap, &hellos);
    return trap;
}

static wasm_trap_t *sum(const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    results->data[0].of.i64 = 0;
    for (size_t i = 0; i < args->size; i++)
        results->data[0].of.i64 += args->data[i].of.i32;
    return NULL;
}

static wasm_functype_t *turn_type(void)
{
    wasm_valtype_t *ps[4] = {wasm_valtype_new_i32(), wasm_valtype_new_i64(), wasm_valtype_new_f32(),
                             wasm_valtype_new_f64()};
    wasm_valtype_t *rs[4] = {wasm_valtype_new_f64(), wasm_valtype_new_f32(), wasm_valtype_new_i64(),
                             wasm_valtype_new_i32()};
    wasm_valtype_vec_t params, results;
    wasm_valtype_vec_new(&params, 4, ps);
    wasm_valtype_vec_new(&results, 4, rs);
    return wasm_functype_new(&params, &results);
}

enum { WIDE = 20 };

static wasm_functype_t *wide_type(void)
{
    wasm_valtype_t *result = wasm_valtype_new_i64();
    wasm_valtype_vec_t params, results;
    wasm_valtype_vec_new_uninitialized(&params, WIDE);
    for (int i = 0; i < WIDE; i++)
        params.data[i] = wasm_valtype_new_i32();
    wasm_valtype_vec_new(&results, 1, &result);
    return wasm_functype_new(&params, &results);
}

static void open_calls(struct world *world)
{
    world_open(world, "calls");
    wasm_store_t *store = world->store;
    wasm_functype_t *type = wasm_functype_new_0_1(wasm_valtype_new_i32());
    wasm_extern_t *imports[] = {
        support_func(store, wasm_functype_new_0_0(), hello),
        support_func(store, wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32()),
                     print),
        support_func(store, turn_type(), turn),
        wasm_func_as_extern(wasm_func_new_with_env(store, type, refuse, store, NULL)),
        support_func(store, wide_type(), sum),
    };
    wasm_functype_delete(type);
    world_link(world, imports, 5);
}

/* ---- calls ---- */

static void test_calls(void **state)
{
    (void)state;
    struct world world;
    open_calls(&world);
    hellos = 0;
    assert_null(wasm_func_call(world_func(&world, "hello"), NULL, NULL));
    assert_int_equal(hellos, 1);
    wasm_val_t args[2] = {WASM_I32_VAL(3), WASM_I32_VAL(4)}, result = WASM_INIT_VAL;
    call(world_func(&world, "run"), args, 2, &result, 1);
    assert_int_equal(result.of.i32, 7);
    wasm_val_t four[4] = {WASM_I32_VAL(1), WASM_I64_VAL(2), WASM_F32_VAL(3), WASM_F64_VAL(4)};
    wasm_val_t back[4];
    call(world_func(&world, "turn"), four, 4, back, 4);
    assert_true(back[0].kind == WASM_F64 && back[0].of.f64 == 4);
    assert_true(back[1].kind == WASM_F32 && back[1].of.f32 == 3);
    assert_true(back[2].kind == WASM_I64 && back[2].of.i64 == 2);
    assert_true(back[3].kind == WASM_I32 && back[3].of.i32 == 1);
    wasm_val_t wide[WIDE];
    for (int i = 0; i < WIDE; i++)
        wide[i] = (wasm_val_t)WASM_I32_VAL(i);
    call(world_func(&world, "wide"), wide, WIDE, &result, 1);
    assert_int_equal(result.of.i64, WIDE * (WIDE - 1) / 2);
    assert_int_equal(wasm_func_param_arity(world_func(&world, "turn")), 4);
    assert_int_equal(wasm_func_result_arity(world_func(&world, "turn")), 4);
    world_close(&world);
}

static void test_wrong_calls(void **state)
{
    (void)state;
    struct world world;
    open_calls(&world);
    wasm_val_t args[2] = {WASM_I32_VAL(3), WASM_I64_VAL(4)};
    call_traps(world_func(&world, "run"), args, 1, "fewer arguments");
    call_traps(world_func(&world, "run"), args, 2, "not of the parameter's type");
    args[1] = (wasm_val_t)WASM_INIT_VAL;
    call_traps(world_func(&world, "run"), args, 2, "not of the parameter's type");
    const wasm_val_vec_t none = WASM_EMPTY_VEC;
    wasm_trap_t *trap = wasm_func_call(world_func(&world, "fail"), &none, NULL);
    assert_non_null(trap); /* no room for the result */
    wasm_trap_delete(trap);
    world_close(&world);
}

/* A function lives on without its instance, module, and the vector of exports. */
static void test_order_of_deleting(void **state)
{
    (void)state;
    struct world world;
    open_calls(&world);
    wasm_func_t *run = wasm_func_copy(world_func(&world, "run"));
    assert_true(wasm_func_same(run, world_func(&world, "run")));
    assert_false(wasm_func_same(run, world_func(&world, "turn")));
    wasm_module_delete(world.module);
    wasm_instance_delete(world.instance);
    wasm_extern_vec_delete(&world.exports);
    wasm_engine_delete(world.engine);
    wasm_val_t args[2] = {WASM_I32_VAL(30), WASM_I32_VAL(12)}, result = WASM_INIT_VAL;
    call(run, args, 2, &result, 1);
    assert_int_equal(result.of.i32, 42);
    wasm_store_delete(world.store);
    wasm_func_delete(run); /* after its store */
}

/* ---- traps ---- */

static void check_frame(const wasm_frame_t *frame, const struct world *world, uint32_t func)
{
    assert_int_equal(wasm_frame_func_index(frame), func);
    assert_ptr_equal(wasm_frame_instance(frame), world->instance);
    assert_true(wasm_frame_module_offset(frame) > wasm_frame_func_offset(frame));
}

static void test_traps(void **state)
{
    (void)state;
    struct world world;
    open_calls(&world);
    wasm_val_t zero = WASM_I32_VAL(0);
    call_traps(world_func(&world, "unreachable"), NULL, 0, "unreachable");
    call_traps(world_func(&world, "divide"), NULL, 0, "integer divide by zero");
    call_traps(world_func(&world, "deep"), &zero, 1, "call stack exhausted");
    call_traps(world_func(&world, "fail"), NULL, 0, "callback abort");
    world_close(&world);
}

static void test_frames(void **state)
{
    (void)state;
    enum { INNER = 9, UNREACHABLE = 10, DIVIDE = 11 }; /* function indices: five are imported */
    struct world world;
    open_calls(&world);
    wasm_trap_t *trap = wasm_func_call(world_func(&world, "unreachable"), NULL, NULL);
    wasm_frame_t *origin = wasm_trap_origin(trap);
    check_frame(origin, &world, UNREACHABLE);
    assert_int_equal(wasm_frame_func_offset(origin), 2); /* after the locals and the nop */
    wasm_frame_t *copy = wasm_frame_copy(origin);
    check_frame(copy, &world, UNREACHABLE);
    wasm_frame_delete(copy);
    wasm_frame_delete(origin);
    wasm_trap_delete(trap);
    trap = wasm_func_call(world_func(&world, "divide"), NULL, NULL);
    wasm_frame_vec_t trace, second;
    wasm_trap_trace(trap, &trace);
    assert_int_equal(trace.size, 2); /* also where the compiler made one function of the two */
    check_frame(trace.data[0], &world, INNER);
    check_frame(trace.data[1], &world, DIVIDE);
    origin = wasm_trap_origin(trap);
    check_frame(origin, &world, INNER);
    /* locals, two constants, the division */
    assert_int_equal(wasm_frame_func_offset(origin), 5);
    wasm_frame_delete(origin);
    wasm_frame_vec_copy(&second, &trace);
    assert_int_equal(second.size, trace.size);
    wasm_frame_vec_delete(&second);
    wasm_frame_vec_delete(&trace);
    wasm_trap_delete(trap);
    world_close(&world);
}

/* A trap of a host function comes out as the same object, with frames now. */
static void test_host_trap(void **state)
{
    (void)state;
    struct world world;
    open_calls(&world);
    wasm_val_t result;
    wasm_val_vec_t results = {1, &result};
    wasm_trap_t *trap = wasm_func_call(world_func(&world, "fail"), NULL, &results);
    assert_ptr_equal(wasm_trap_get_host_info(trap), &hellos);
    wasm_frame_t *origin = wasm_trap_origin(trap);
    assert_non_null(origin);
    wasm_frame_delete(origin);
    wasm_trap_t *copy = wasm_trap_copy(trap);
    wasm_trap_delete(trap);
    wasm_message_t message;
    wasm_trap_message(copy, &message);
    assert_string_equal(message.data, "callback abort");
    assert_int_equal(message.size, sizeof "callback abort");
    wasm_byte_vec_delete(&message);
    world_close(&world);
    wasm_trap_delete(copy); /* after its store */
}

/* One that never was in wasm has no frames; its message needs no NUL. */
static void test_new_trap(void **state)
{
    (void)state;
    wasm_engine_t *engine = wasm_engine_new();
    wasm_store_t *store = wasm_store_new(engine);
    wasm_message_t message, back;
    wasm_name_new_from_string(&message, "no NUL");
    wasm_trap_t *trap = wasm_trap_new(store, &message);
    wasm_trap_message(trap, &back);
    assert_string_equal(back.data, "no NUL");
    assert_null(wasm_trap_origin(trap));
    wasm_frame_vec_t trace;
    wasm_trap_trace(trap, &trace);
    assert_int_equal(trace.size, 0);
    wasm_frame_vec_delete(&trace);
    wasm_byte_vec_delete(&back);
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    wasm_store_delete(store);
    wasm_engine_delete(engine);
}

static void test_start(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, "start");
    wasm_extern_vec_t none = WASM_EMPTY_VEC;
    wasm_trap_t *trap = NULL;
    assert_null(wasm_instance_new(world.store, world.module, &none, &trap));
    assert_non_null(trap);
    wasm_frame_t *origin = wasm_trap_origin(trap);
    assert_int_equal(wasm_frame_func_index(origin), 0);
    wasm_frame_delete(origin);
    wasm_trap_delete(trap);
    assert_null(wasm_instance_new(world.store, world.module, NULL, NULL));
    world_close(&world);
}

/* What does not fit is told by the trap, too. */
static void test_link_errors(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, "calls");
    wasm_extern_t *wrong[] = {support_func(world.store, wasm_functype_new_0_0(), hello),
                              support_func(world.store, wasm_functype_new_0_0(), hello)};
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(wrong);
    wasm_trap_t *trap = NULL;
    assert_null(wasm_instance_new(world.store, world.module, NULL, &trap));
    wasm_trap_delete(trap);
    assert_null(wasm_instance_new(world.store, world.module, &imports, &trap));
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    assert_non_null(strstr(message.data, "incompatible import type"));
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    wasm_extern_delete(wrong[0]);
    wasm_extern_delete(wrong[1]);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),       cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_traps),       cmocka_unit_test(test_order_of_deleting),
        cmocka_unit_test(test_frames),      cmocka_unit_test(test_host_trap),
        cmocka_unit_test(test_new_trap),    cmocka_unit_test(test_start),
        cmocka_unit_test(test_link_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
