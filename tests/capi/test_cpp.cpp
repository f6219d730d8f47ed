/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.hh: the C++ form of the API. Variants of the standard examples for it: callback, multi,
 * trap, hostref, table, memory, global, reflect, serialize, threads, finalize.
 */
#include "tests/capi/support.h"

#include <thread>
#include <vector>

#include "wasm.hh"

using namespace wasm;

/* ---- the module "calls" ---- */

static int hellos;

static auto hello(const vec<Val> &args, vec<Val> &results) -> own<Trap>
{
    assert_int_equal(args.size() + results.size(), 0);
    hellos++;
    return nullptr;
}

static auto print(const vec<Val> &args, vec<Val> &results) -> own<Trap>
{
    results[0] = args[0].copy();
    return nullptr;
}

static auto turn(const vec<Val> &args, vec<Val> &results) -> own<Trap>
{
    for (size_t i = 0; i < 4; i++)
        results[i] = args[3 - i].copy();
    return nullptr;
}

static auto refuse(void *env, const vec<Val> &, vec<Val> &) -> own<Trap>
{
    auto store = static_cast<Store *>(env);
    return Trap::make(store, Message::make_nt(std::string("callback abort")));
}

static auto sum(void *env, const vec<Val> &args, vec<Val> &results) -> own<Trap>
{
    int64_t total = *static_cast<int64_t *>(env);
    for (size_t i = 0; i < args.size(); i++)
        total += args[i].i32();
    results[0] = Val::i64(total);
    return nullptr;
}

static auto module_named(Store *store, const char *name) -> own<Module>
{
    return make_own(
        reinterpret_cast<Module *>(support_module(reinterpret_cast<wasm_store_t *>(store), name)));
}

static auto i32() -> own<ValType>
{
    return ValType::make(ValKind::I32);
}

static auto wide_type() -> own<FuncType>
{
    auto params = ownvec<ValType>::make_uninitialized(20);
    for (size_t i = 0; i < params.size(); i++)
        params[i] = i32();
    return FuncType::make(std::move(params), ownvec<ValType>::make(ValType::make(ValKind::I64)));
}

struct calls {
    own<Engine> engine = Engine::make();
    own<Store> store = Store::make(engine.get());
    own<Module> module = module_named(store.get(), "calls");
    own<Instance> instance;
    ownvec<Extern> exports = ownvec<Extern>::make();
    int64_t start = 0;

    calls()
    {
        auto turning = FuncType::make(
            ownvec<ValType>::make(i32(), ValType::make(ValKind::I64), ValType::make(ValKind::F32),
                                  ValType::make(ValKind::F64)),
            ownvec<ValType>::make(ValType::make(ValKind::F64), ValType::make(ValKind::F32),
                                  ValType::make(ValKind::I64), i32()));
        auto unary = FuncType::make(ownvec<ValType>::make(i32()), ownvec<ValType>::make(i32()));
        auto none = FuncType::make();
        auto number = FuncType::make(ownvec<ValType>::make(), ownvec<ValType>::make(i32()));
        auto f0 = Func::make(store.get(), none.get(), hello);
        auto f1 = Func::make(store.get(), unary.get(), print);
        auto f2 = Func::make(store.get(), turning.get(), turn);
        auto f3 = Func::make(store.get(), number.get(), refuse, store.get());
        auto f4 = Func::make(store.get(), wide_type().get(), sum, &start);
        auto imports = vec<Extern *>::make(f0.get(), f1.get(), f2.get(), f3.get(), f4.get());
        instance = Instance::make(store.get(), module.get(), imports);
        assert_non_null(instance.get());
        exports = instance->exports();
    }

    auto func(size_t i) const -> const Func *
    {
        return exports[i]->func();
    }
};

enum { HELLO, RUN, TURN, FAIL, UNREACHABLE, DIVIDE, WIDE };

static void test_calls(void **)
{
    calls c;
    auto none = vec<Val>::make(), one = vec<Val>::make_uninitialized(1);
    hellos = 0;
    assert_null(c.func(HELLO)->call(none, none).get());
    assert_int_equal(hellos, 1);
    assert_null(c.func(RUN)->call(vec<Val>::make(Val::i32(3), Val::i32(4)), one).get());
    assert_int_equal(one[0].i32(), 7);
    auto four = vec<Val>::make(Val::i32(1), Val::i64(2), Val::f32(3), Val::f64(4));
    auto back = vec<Val>::make_uninitialized(4);
    assert_null(c.func(TURN)->call(four, back).get());
    assert_true(back[0].f64() == 4 && back[1].f32() == 3 && back[2].i64() == 2);
    assert_int_equal(back[3].get<int32_t>(), 1);
    c.start = 100;
    auto wide = vec<Val>::make_uninitialized(20);
    for (size_t i = 0; i < 20; i++)
        wide[i] = Val::make(static_cast<int32_t>(i));
    assert_null(c.func(WIDE)->call(wide, one).get());
    assert_int_equal(one[0].i64(), 290);
    assert_int_equal(c.func(TURN)->param_arity(), 4);
}

static void test_traps(void **)
{
    calls c;
    auto none = vec<Val>::make(), one = vec<Val>::make_uninitialized(1);
    auto trap = c.func(FAIL)->call(none, one);
    assert_string_equal(trap->message().get(), "callback abort");
    trap = c.func(DIVIDE)->call(none, none);
    assert_string_equal(trap->message().get(), "integer divide by zero");
    auto trace = trap->trace();
    assert_int_equal(trace.size(), 2);
    assert_int_equal(trace[1]->func_index(), 11);
    assert_ptr_equal(trace[1]->instance(), c.instance.get());
    assert_int_equal(trap->origin()->func_index(), trace[0]->func_index());
    assert_true(trace[0]->module_offset() > trace[0]->func_offset());
    own<Trap> why;
    assert_null(Instance::make(c.store.get(), c.module.get(), vec<Extern *>::make(), &why).get());
    assert_non_null(why.get());
}

/* ---- references ---- */

static auto echo(const vec<Val> &args, vec<Val> &results) -> own<Trap>
{
    results[0] = args[0].copy();
    return nullptr;
}

static int finalized;

static void finalize(void *)
{
    finalized++;
}

static void check(own<Ref> actual, const Ref *expected)
{
    assert_true(actual.get() == expected || (actual && expected && actual->same(expected)));
}

static void test_references(void **)
{
    auto engine = Engine::make(Config::make());
    auto store_ = Store::make(engine.get());
    auto store = store_.get();
    auto module = module_named(store, "refs");
    auto ext = [] { return ValType::make(ValKind::EXTERNREF); };
    auto type = FuncType::make(ownvec<ValType>::make(ext()), ownvec<ValType>::make(ext()));
    auto picks = FuncType::make(ownvec<ValType>::make(ValType::make(ValKind::FUNCREF), i32()),
                                ownvec<ValType>::make(ValType::make(ValKind::FUNCREF)));
    auto echoes = Func::make(store, type.get(), echo);
    auto picked = Func::make(store, picks.get(), echo);
    auto instance =
        Instance::make(store, module.get(), vec<Extern *>::make(echoes.get(), picked.get()));
    auto exports = instance->exports();
    auto global = exports[0]->global();
    auto table = exports[1]->table();
    auto host = Foreign::make(store);
    int info;
    host->set_host_info(&info, finalize);
    assert_ptr_equal(host->copy()->get_host_info(), &info);
    global->set(Val::ref(host->copy()));
    check(global->get().release_ref(), host.get());
    assert_true(table->set(2, host.get()));
    check(table->get(2), host.get());
    check(table->get(3), nullptr);
    auto results = vec<Val>::make_uninitialized(1);
    assert_null(exports[7]->func()->call(vec<Val>::make(Val::ref(host->copy())), results).get());
    check(results[0].release_ref(), host.get());
    assert_null(exports[7]->func()->call(vec<Val>::make(Val()), results).get());
    assert_null(results[0].ref());
    finalized = 0;
    host.reset();
    assert_int_equal(finalized, 0); /* wasm has it */
    Foreign::make(store)->set_host_info(&info, finalize);
    assert_int_equal(finalized, 1); /* wasm never saw it */
    store_.reset();
    assert_int_equal(finalized, 2);
}

/* ---- objects and types ---- */

static void test_objects(void **)
{
    auto engine = Engine::make();
    auto store = Store::make(engine.get());
    auto module = module_named(store.get(), "objects");
    auto constant = GlobalType::make(ValType::make(ValKind::F32), Mutability::CONST);
    auto variable = GlobalType::make(ValType::make(ValKind::I64), Mutability::VAR);
    auto memories = MemoryType::make(Limits(1, 4));
    auto c = Global::make(store.get(), constant.get(), Val::f32(1));
    auto v = Global::make(store.get(), variable.get(), Val::i64(2));
    auto m = Memory::make(store.get(), memories.get());
    auto instance =
        Instance::make(store.get(), module.get(), vec<Extern *>::make(c.get(), v.get(), m.get()));
    auto exports = instance->exports();
    auto types = module->exports();
    assert_int_equal(exports.size(), types.size());
    for (size_t i = 0; i < types.size(); i++)
        assert_true(types[i]->type()->kind() == exports[i]->kind());
    assert_int_equal(types[0]->name()[0], 'g');
    auto imports = module->imports();
    assert_int_equal(imports[1]->name().size(), 3);
    assert_true(imports[1]->type()->global()->mutability() == Mutability::VAR);
    assert_true(imports[1]->type()->global()->content()->kind() == ValKind::I64);
    assert_int_equal(imports[2]->type()->memory()->limits().max, 4);
    assert_null(imports[2]->type()->func());
    auto memory = exports[2]->memory();
    assert_int_equal(memory->size(), 2);
    assert_int_equal(memory->data()[0x1002], 3);
    assert_true(memory->grow(1) && !memory->grow(1));
    assert_int_equal(memory->data_size(), 3 * Memory::page_size);
    auto table = exports[3]->table();
    assert_int_equal(table->size(), 2);
    assert_true(table->grow(1, table->get(1).get()));
    assert_true(table->get(2)->same(table->get(1).get()));
    assert_true(table->type()->element()->kind() == ValKind::FUNCREF);
    v->set(Val::i64(9));
    assert_int_equal(v->get().i64(), 9);
    auto type = FuncType::make(ownvec<ValType>::make(i32()));
    auto copy = type->copy();
    assert_int_equal(copy->params().size(), 1);
    assert_true(copy->params()[0]->is_num());
    assert_int_equal(copy->results().size(), 0);
    auto import = ImportType::make(Name::make(std::string("m")), Name::make(std::string("n")),
                                   std::move(copy));
    assert_int_equal(import->copy()->module()[0], 'm');
    auto tag = TagType::make(std::move(type));
    assert_int_equal(tag->functype()->params().size(), 1);
}

/* ---- modules in threads ---- */

static auto report(void *env, const vec<Val> &args, vec<Val> &) -> own<Trap>
{
    *static_cast<int *>(env) += args[0].i32();
    return nullptr;
}

static void run_small(Store *store, const Module *module, int *total)
{
    auto type = FuncType::make(ownvec<ValType>::make(i32()));
    auto func = Func::make(store, type.get(), report, total);
    auto global_type = GlobalType::make(i32(), Mutability::CONST);
    auto global = Global::make(store, global_type.get(), Val::i32(5));
    auto instance = Instance::make(store, module, vec<Extern *>::make(func.get(), global.get()));
    auto none = vec<Val>::make();
    instance->exports()[0]->func()->call(none, none);
}

static void test_modules(void **)
{
    auto engine = Engine::make();
    auto store = Store::make(engine.get());
    auto module = module_named(store.get(), "small");
    auto again = Module::deserialize(store.get(), module->serialize());
    int total = 0;
    run_small(store.get(), again.get(), &total);
    assert_int_equal(total, 5);
    auto shared = module->share();
    module.reset();
    store.reset(); /* before the module */
    again.reset();
    int totals[4] = {0, 0, 0, 0};
    std::vector<std::thread> threads;
    for (int &t : totals)
        threads.emplace_back([&] {
            auto own_store = Store::make(engine.get());
            auto own_module = Module::obtain(own_store.get(), shared.get());
            run_small(own_store.get(), own_module.get(), &t);
        });
    for (auto &thread : threads)
        thread.join();
    for (int t : totals)
        assert_int_equal(t, 5);
    auto other = Store::make(engine.get());
    assert_null(Module::deserialize(other.get(), vec<byte_t>::make(std::string("garbage"))).get());
    assert_null(Module::make(other.get(), vec<byte_t>::make(std::string("garbage"))).get());
}

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),   cmocka_unit_test(test_traps),
        cmocka_unit_test(test_objects), cmocka_unit_test(test_references),
        cmocka_unit_test(test_modules),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
