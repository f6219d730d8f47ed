/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so.h with C++ manners, as much as host.cpp wants: owners that free, host functions that are
 * lambdas, errors and traps that are exceptions. An exception that a host function throws ends the
 * guest's call as a trap, and is thrown again where that call was made: none passes through C.
 */
#ifndef WASM2SO_HPP
#define WASM2SO_HPP

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <wasm2so.h>

namespace w2s
{

struct error : std::runtime_error { /* loading, linking, a limit */
    using std::runtime_error::runtime_error;
};

using trap_kind = enum w2s_trap_kind; /* a function has the same name */

struct trap : std::runtime_error { /* the guest's */
    trap_kind kind;
    explicit trap(trap_kind k) : std::runtime_error(w2s_trap_kind_message(k)), kind(k)
    {
    }
};

template <auto Free> struct freed_by {
    template <class T> void operator()(T *thing) const
    {
        Free(thing);
    }
};
using module = std::unique_ptr<w2s_module, freed_by<w2s_module_free>>;
using store = std::unique_ptr<w2s_store, freed_by<w2s_store_free>>;
using pool = std::unique_ptr<w2s_pool, freed_by<w2s_pool_free>>;

/* make(args..., &err), or the error thrown. */
template <class Make, class... Args> auto check(Make make, Args... args)
{
    w2s_error err;
    auto made = make(args..., &err);
    if (!made)
        throw error(err.message);
    return made;
}

/* ---- host functions ---- */

/* How a C++ type travels. */
template <class T> struct value;
template <w2s_valkind Kind, class T, T w2s_value::*Member> struct value_of {
    static constexpr w2s_valtype type = {Kind, 0, 0, 0};
    static T get(const w2s_value &v)
    {
        return v.*Member;
    }
    static void put(w2s_value &v, T x)
    {
        v.*Member = x;
    }
};
template <> struct value<int32_t> : value_of<W2S_I32, int32_t, &w2s_value::i32> {
};
template <> struct value<int64_t> : value_of<W2S_I64, int64_t, &w2s_value::i64> {
};
template <> struct value<float> : value_of<W2S_F32, float, &w2s_value::f32> {
};
template <> struct value<double> : value_of<W2S_F64, double, &w2s_value::f64> {
};

inline thread_local std::exception_ptr thrown; /* by the host function that ended this call */

template <class R, class... Params> class host_function
{
    using function = std::function<R(w2s_instance *, Params...)>;

    template <size_t... I>
    static void invoke(const function &f, w2s_instance *caller, const w2s_value *args,
                       w2s_value *results, std::index_sequence<I...>)
    {
        (void)args, (void)results;
        if constexpr (std::is_void_v<R>)
            f(caller, value<Params>::get(args[I])...);
        else
            value<R>::put(results[0], f(caller, value<Params>::get(args[I])...));
    }

    static w2s_trap *callback(void *env, w2s_instance *caller, const w2s_value *args,
                              w2s_value *results) noexcept
    {
        try {
            invoke(*static_cast<function *>(env), caller, args, results,
                   std::index_sequence_for<Params...>{});
            return nullptr;
        } catch (...) {
            thrown = std::current_exception();
            return w2s_trap_new(w2s_instance_store(caller), "C++ exception");
        }
    }

  public:
    static w2s_func *make(w2s_store *store, function f)
    {
        static const w2s_valtype params[] = {value<Params>::type..., {}};
        w2s_functype type = {params, nullptr, sizeof...(Params), 0};
        if constexpr (!std::is_void_v<R>) {
            type.results = &value<R>::type;
            type.result_count = 1;
        }
        auto env = std::make_unique<function>(std::move(f));
        w2s_func *func = w2s_func_new(store, &type, callback, env.get(),
                                      [](void *p) { delete static_cast<function *>(p); });
        if (!func)
            throw std::bad_alloc();
        env.release(); /* the store's */
        return func;
    }
};

/* define<double(int64_t)>(linker, "host", "price", [](w2s_instance *caller, int64_t item) {...}) */
template <class Signature> struct signature;
template <class R, class... Params> struct signature<R(Params...)> {
    using function = host_function<R, Params...>;
};
template <class Signature, class F>
void define(w2s_linker *linker, const char *module, const char *name, F &&f)
{
    w2s_extern item = {W2S_FUNC, {}};
    item.of.func =
        signature<Signature>::function::make(w2s_linker_store(linker), std::forward<F>(f));
    if (!w2s_linker_define(linker, module, name, item))
        throw std::bad_alloc();
}

/* ---- calls ---- */

inline void rethrow(trap_kind kind)
{
    if (kind == W2S_TRAP_HOST && thrown)
        std::rethrow_exception(std::exchange(thrown, nullptr));
    if (kind != W2S_TRAP_NONE)
        throw trap(kind);
}

/* call(guest_add, instance, 34, 76): a function of a generated header. */
template <class R, class... Params, class... Args>
R call(R (*function)(w2s_instance *, Params...), w2s_instance *instance, Args... args)
{
    if constexpr (std::is_void_v<R>) {
        function(instance, args...);
        rethrow(w2s_last_trap());
    } else {
        R result = function(instance, args...);
        rethrow(w2s_last_trap());
        return result;
    }
}

/* The bytes of a range of the memory, checked. */
inline std::string_view view(w2s_memory *memory, int32_t address, int32_t size)
{
    uint64_t from = static_cast<uint32_t>(address), count = static_cast<uint32_t>(size);
    if (from + count > w2s_memory_size(memory))
        throw std::out_of_range("outside of the memory");
    return {reinterpret_cast<const char *>(w2s_memory_base(memory)) + from, count};
}

/* An instance for a request, given back at the end of the scope. */
class request
{
    w2s_pool *from;
    w2s_instance *taken;

  public:
    explicit request(const pool &pool)
        : from(pool.get()), taken(check(w2s_pool_take, from, static_cast<w2s_trap **>(nullptr)))
    {
    }
    ~request()
    {
        w2s_pool_give(from, taken);
    }
    request(const request &) = delete;
    request &operator=(const request &) = delete;
    w2s_instance *guest() const
    {
        return taken;
    }
};

} // namespace w2s

#endif
