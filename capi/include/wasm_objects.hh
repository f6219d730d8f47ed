/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The second half of wasm.hh, which includes it: values and objects.
 */
#ifndef WASM_OBJECTS_HH
#define WASM_OBJECTS_HH

namespace wasm
{

/* ---- references and values ---- */

class Ref
{
    WASM_HH_CLASS(Ref, ref)
    WASM_HH_COPY(Ref, ref)

    auto same(const Ref *that) const -> bool
    {
        return wasm_ref_same(detail::c<wasm_ref_t>(this), detail::c<wasm_ref_t>(that));
    }

    auto get_host_info() const -> void *
    {
        return wasm_ref_get_host_info(detail::c<wasm_ref_t>(this));
    }

    void set_host_info(void *info, void (*finalizer)(void *) = nullptr)
    {
        wasm_ref_set_host_info_with_finalizer(detail::c<wasm_ref_t>(this), info, finalizer);
    }
};

/* Owns its reference. */
class Val
{
    ValKind kind_;
    union impl {
        int32_t i32;
        int64_t i64;
        float32_t f32;
        float64_t f64;
        Ref *ref;
    } impl_;

  public:
    Val() : kind_(ValKind::EXTERNREF)
    {
        impl_.ref = nullptr;
    }

    explicit Val(int32_t i) : kind_(ValKind::I32)
    {
        impl_.i32 = i;
    }

    explicit Val(int64_t i) : kind_(ValKind::I64)
    {
        impl_.i64 = i;
    }

    explicit Val(float32_t z) : kind_(ValKind::F32)
    {
        impl_.f32 = z;
    }

    explicit Val(float64_t z) : kind_(ValKind::F64)
    {
        impl_.f64 = z;
    }

    explicit Val(own<Ref> &&r) : kind_(ValKind::EXTERNREF)
    {
        impl_.ref = r.release();
    }

    Val(Val &&that) : kind_(that.kind_), impl_(that.impl_)
    {
        if (is_ref())
            that.impl_.ref = nullptr;
    }

    ~Val()
    {
        reset();
    }

    auto operator=(Val &&that) -> Val &
    {
        reset(that);
        return *this;
    }

    auto is_num() const -> bool
    {
        return wasm::is_num(kind_);
    }

    auto is_ref() const -> bool
    {
        return wasm::is_ref(kind_);
    }

    static auto i32(int32_t x) -> Val
    {
        return Val(x);
    }

    static auto i64(int64_t x) -> Val
    {
        return Val(x);
    }

    static auto f32(float32_t x) -> Val
    {
        return Val(x);
    }

    static auto f64(float64_t x) -> Val
    {
        return Val(x);
    }

    static auto ref(own<Ref> &&x) -> Val
    {
        return Val(std::move(x));
    }

    template <class T> static auto make(T x) -> Val;
    template <class T> static auto make(own<T> &&x) -> Val;
    template <class T> auto get() const -> T;

    void reset()
    {
        if (is_ref() && impl_.ref) {
            destroyer()(impl_.ref);
            impl_.ref = nullptr;
        }
    }

    void reset(Val &that)
    {
        if (this == &that)
            return;
        reset();
        kind_ = that.kind_;
        impl_ = that.impl_;
        if (is_ref())
            that.impl_.ref = nullptr;
    }

    auto kind() const -> ValKind
    {
        return kind_;
    }

    auto i32() const -> int32_t
    {
        assert(kind_ == ValKind::I32);
        return impl_.i32;
    }

    auto i64() const -> int64_t
    {
        assert(kind_ == ValKind::I64);
        return impl_.i64;
    }

    auto f32() const -> float32_t
    {
        assert(kind_ == ValKind::F32);
        return impl_.f32;
    }

    auto f64() const -> float64_t
    {
        assert(kind_ == ValKind::F64);
        return impl_.f64;
    }

    auto ref() const -> Ref *
    {
        assert(is_ref());
        return impl_.ref;
    }

    auto release_ref() -> own<Ref>
    {
        assert(is_ref());
        Ref *ref = impl_.ref;
        impl_.ref = nullptr;
        return own<Ref>(ref);
    }

    auto copy() const -> Val
    {
        Val v;
        v.kind_ = kind_;
        v.impl_ = impl_;
        if (is_ref() && impl_.ref)
            v.impl_.ref = impl_.ref->copy().release();
        return v;
    }
};

static_assert(sizeof(Val) == sizeof(wasm_val_t) && alignof(Val) == alignof(wasm_val_t),
              "values are the same");

/* clang-format off */
template <> inline auto Val::make<int32_t>(int32_t x) -> Val { return Val(x); }
template <> inline auto Val::make<int64_t>(int64_t x) -> Val { return Val(x); }
template <> inline auto Val::make<float32_t>(float32_t x) -> Val { return Val(x); }
template <> inline auto Val::make<float64_t>(float64_t x) -> Val { return Val(x); }
template <> inline auto Val::make<uint32_t>(uint32_t x) -> Val { return Val(static_cast<int32_t>(x)); }
template <> inline auto Val::make<uint64_t>(uint64_t x) -> Val { return Val(static_cast<int64_t>(x)); }
template <> inline auto Val::make<Ref>(own<Ref> &&x) -> Val { return Val(std::move(x)); }

template <> inline auto Val::get<int32_t>() const -> int32_t { return i32(); }
template <> inline auto Val::get<int64_t>() const -> int64_t { return i64(); }
template <> inline auto Val::get<float32_t>() const -> float32_t { return f32(); }
template <> inline auto Val::get<float64_t>() const -> float64_t { return f64(); }
template <> inline auto Val::get<uint32_t>() const -> uint32_t { return static_cast<uint32_t>(i32()); }
template <> inline auto Val::get<uint64_t>() const -> uint64_t { return static_cast<uint64_t>(i64()); }
template <> inline auto Val::get<Ref *>() const -> Ref * { return ref(); }
/* clang-format on */

/* ---- traps ---- */

using Message = vec<byte_t>; /* with a NUL at its end */

class Instance;

class Frame
{
    WASM_HH_CLASS(Frame, frame)
    WASM_HH_COPY(Frame, frame)

    auto instance() const -> Instance *
    {
        return detail::cxx<Instance>(wasm_frame_instance(detail::c<wasm_frame_t>(this)));
    }

    auto func_index() const -> uint32_t
    {
        return wasm_frame_func_index(detail::c<wasm_frame_t>(this));
    }

    auto func_offset() const -> size_t
    {
        return wasm_frame_func_offset(detail::c<wasm_frame_t>(this));
    }

    auto module_offset() const -> size_t
    {
        return wasm_frame_module_offset(detail::c<wasm_frame_t>(this));
    }
};

class Trap : public Ref
{
    WASM_HH_CLASS(Trap, trap)
    WASM_HH_COPY(Trap, trap)

    static auto make(Store *store, const Message &message) -> own<Trap>
    {
        return detail::make<Trap>(
            wasm_trap_new(detail::c<wasm_store_t>(store), detail::c<wasm_message_t>(&message)));
    }

    auto message() const -> Message
    {
        wasm_message_t message;
        wasm_trap_message(detail::c<wasm_trap_t>(this), &message);
        return detail::take_bytes(message);
    }

    auto origin() const -> own<Frame>
    {
        return detail::make<Frame>(wasm_trap_origin(detail::c<wasm_trap_t>(this)));
    }

    auto trace() const -> ownvec<Frame>
    {
        wasm_frame_vec_t trace;
        wasm_trap_trace(detail::c<wasm_trap_t>(this), &trace);
        return detail::take<Frame>(trace, wasm_frame_vec_delete);
    }
};

/* ---- modules ---- */

template <class T> class Shared;
class Module;

template <> class Shared<Module>
{
    WASM_HH_CLASS(Shared, shared_module)
};

class Module : public Ref
{
    WASM_HH_CLASS(Module, module)
    WASM_HH_COPY(Module, module)

    static auto validate(Store *store, const vec<byte_t> &binary) -> bool
    {
        return wasm_module_validate(detail::c<wasm_store_t>(store),
                                    detail::c<wasm_byte_vec_t>(&binary));
    }

    static auto make(Store *store, const vec<byte_t> &binary) -> own<Module>
    {
        return detail::make<Module>(
            wasm_module_new(detail::c<wasm_store_t>(store), detail::c<wasm_byte_vec_t>(&binary)));
    }

    auto imports() const -> ownvec<ImportType>
    {
        wasm_importtype_vec_t imports;
        wasm_module_imports(detail::c<wasm_module_t>(this), &imports);
        return detail::take<ImportType>(imports, wasm_importtype_vec_delete);
    }

    auto exports() const -> ownvec<ExportType>
    {
        wasm_exporttype_vec_t exports;
        wasm_module_exports(detail::c<wasm_module_t>(this), &exports);
        return detail::take<ExportType>(exports, wasm_exporttype_vec_delete);
    }

    auto share() const -> own<Shared<Module>>
    {
        return detail::make<Shared<Module>>(wasm_module_share(detail::c<wasm_module_t>(this)));
    }

    static auto obtain(Store *store, const Shared<Module> *shared) -> own<Module>
    {
        return detail::make<Module>(wasm_module_obtain(detail::c<wasm_store_t>(store),
                                                       detail::c<wasm_shared_module_t>(shared)));
    }

    auto serialize() const -> vec<byte_t>
    {
        wasm_byte_vec_t bytes;
        wasm_module_serialize(detail::c<wasm_module_t>(this), &bytes);
        return detail::take_bytes(bytes);
    }

    static auto deserialize(Store *store, const vec<byte_t> &bytes) -> own<Module>
    {
        return detail::make<Module>(wasm_module_deserialize(detail::c<wasm_store_t>(store),
                                                            detail::c<wasm_byte_vec_t>(&bytes)));
    }
};

class Foreign : public Ref
{
    WASM_HH_CLASS(Foreign, foreign)
    WASM_HH_COPY(Foreign, foreign)

    static auto make(Store *store) -> own<Foreign>
    {
        return detail::make<Foreign>(wasm_foreign_new(detail::c<wasm_store_t>(store)));
    }
};

/* ---- externals ---- */

class Func;
class Global;
class Table;
class Memory;

class Extern : public Ref
{
    WASM_HH_CLASS(Extern, extern)
    WASM_HH_COPY(Extern, extern)
    WASM_HH_NARROW(func, Func, wasm_extern_t, wasm_extern_as_func)
    WASM_HH_NARROW(global, Global, wasm_extern_t, wasm_extern_as_global)
    WASM_HH_NARROW(table, Table, wasm_extern_t, wasm_extern_as_table)
    WASM_HH_NARROW(memory, Memory, wasm_extern_t, wasm_extern_as_memory)

    auto kind() const -> ExternKind
    {
        return static_cast<ExternKind>(wasm_extern_kind(detail::c<wasm_extern_t>(this)));
    }

    auto type() const -> own<ExternType>
    {
        return detail::make<ExternType>(wasm_extern_type(detail::c<wasm_extern_t>(this)));
    }
};

class Func : public Extern
{
    WASM_HH_CLASS(Func, func)
    WASM_HH_COPY(Func, func)

    using callback = auto (*)(const vec<Val> &, vec<Val> &) -> own<Trap>;
    using callback_with_env = auto (*)(void *, const vec<Val> &, vec<Val> &) -> own<Trap>;

    static auto make(Store *store, const FuncType *type, callback plain) -> own<Func>
    {
        return make(store, type, new (std::nothrow) host{plain, nullptr, nullptr, nullptr});
    }

    static auto make(Store *store, const FuncType *type, callback_with_env with_env, void *env,
                     void (*finalizer)(void *) = nullptr) -> own<Func>
    {
        return make(store, type, new (std::nothrow) host{nullptr, with_env, env, finalizer});
    }

    auto type() const -> own<FuncType>
    {
        return detail::make<FuncType>(wasm_func_type(detail::c<wasm_func_t>(this)));
    }

    auto param_arity() const -> size_t
    {
        return wasm_func_param_arity(detail::c<wasm_func_t>(this));
    }

    auto result_arity() const -> size_t
    {
        return wasm_func_result_arity(detail::c<wasm_func_t>(this));
    }

    auto call(const vec<Val> &args, vec<Val> &results) const -> own<Trap>
    {
        for (size_t i = 0; i < detail::size(results); ++i)
            results[i].reset(); /* the results are written over what is there */
        return detail::make<Trap>(wasm_func_call(detail::c<wasm_func_t>(this),
                                                 detail::c<wasm_val_vec_t>(&args),
                                                 detail::c<wasm_val_vec_t>(&results)));
    }

  private:
    struct host {
        callback plain;
        callback_with_env with_env;
        void *env;
        void (*finalizer)(void *);
    };

    static auto invoke(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
        -> wasm_trap_t *
    {
        auto h = static_cast<host *>(env);
        const auto &in = detail::view<vec<Val>>(args);
        auto &out = detail::view<vec<Val>>(results);
        auto trap = h->plain ? h->plain(in, out) : h->with_env(h->env, in, out);
        return detail::c<wasm_trap_t>(trap.release());
    }

    static void finalize(void *env)
    {
        auto h = static_cast<host *>(env);
        if (h->finalizer)
            h->finalizer(h->env);
        delete h;
    }

    static auto make(Store *store, const FuncType *type, host *h) -> own<Func>
    {
        auto func =
            h ? wasm_func_new_with_env(detail::c<wasm_store_t>(store),
                                       detail::c<wasm_functype_t>(type), invoke, h, finalize)
              : nullptr;
        if (!func)
            delete h;
        return detail::make<Func>(func);
    }
};

class Global : public Extern
{
    WASM_HH_CLASS(Global, global)
    WASM_HH_COPY(Global, global)

    static auto make(Store *store, const GlobalType *type, const Val &val) -> own<Global>
    {
        return detail::make<Global>(wasm_global_new(detail::c<wasm_store_t>(store),
                                                    detail::c<wasm_globaltype_t>(type),
                                                    detail::c<wasm_val_t>(&val)));
    }

    auto type() const -> own<GlobalType>
    {
        return detail::make<GlobalType>(wasm_global_type(detail::c<wasm_global_t>(this)));
    }

    auto get() const -> Val
    {
        Val val;
        wasm_global_get(detail::c<wasm_global_t>(this), detail::c<wasm_val_t>(&val));
        return val;
    }

    void set(const Val &val)
    {
        wasm_global_set(detail::c<wasm_global_t>(this), detail::c<wasm_val_t>(&val));
    }
};

class Table : public Extern
{
    WASM_HH_CLASS(Table, table)
    WASM_HH_COPY(Table, table)

    using size_t = uint32_t;

    static auto make(Store *store, const TableType *type, const Ref *init = nullptr) -> own<Table>
    {
        return detail::make<Table>(wasm_table_new(detail::c<wasm_store_t>(store),
                                                  detail::c<wasm_tabletype_t>(type),
                                                  detail::c<wasm_ref_t>(init)));
    }

    auto type() const -> own<TableType>
    {
        return detail::make<TableType>(wasm_table_type(detail::c<wasm_table_t>(this)));
    }

    auto get(size_t index) const -> own<Ref>
    {
        return detail::make<Ref>(wasm_table_get(detail::c<wasm_table_t>(this), index));
    }

    auto set(size_t index, const Ref *ref) -> bool
    {
        return wasm_table_set(detail::c<wasm_table_t>(this), index, detail::c<wasm_ref_t>(ref));
    }

    auto size() const -> size_t
    {
        return wasm_table_size(detail::c<wasm_table_t>(this));
    }

    auto grow(size_t delta, const Ref *init = nullptr) -> bool
    {
        return wasm_table_grow(detail::c<wasm_table_t>(this), delta, detail::c<wasm_ref_t>(init));
    }
};

class Memory : public Extern
{
    WASM_HH_CLASS(Memory, memory)
    WASM_HH_COPY(Memory, memory)

    using pages_t = uint32_t;

    static constexpr size_t page_size = 0x10000;

    static auto make(Store *store, const MemoryType *type) -> own<Memory>
    {
        return detail::make<Memory>(
            wasm_memory_new(detail::c<wasm_store_t>(store), detail::c<wasm_memorytype_t>(type)));
    }

    auto type() const -> own<MemoryType>
    {
        return detail::make<MemoryType>(wasm_memory_type(detail::c<wasm_memory_t>(this)));
    }

    auto data() const -> byte_t *
    {
        return wasm_memory_data(detail::c<wasm_memory_t>(this));
    }

    auto data_size() const -> size_t
    {
        return wasm_memory_data_size(detail::c<wasm_memory_t>(this));
    }

    auto size() const -> pages_t
    {
        return wasm_memory_size(detail::c<wasm_memory_t>(this));
    }

    auto grow(pages_t delta) -> bool
    {
        return wasm_memory_grow(detail::c<wasm_memory_t>(this), delta);
    }
};

/* ---- instances ---- */

class Instance : public Ref
{
    WASM_HH_CLASS(Instance, instance)
    WASM_HH_COPY(Instance, instance)

    static auto make(Store *store, const Module *module, const vec<Extern *> &imports,
                     own<Trap> *trap = nullptr) -> own<Instance>
    {
        wasm_trap_t *out = nullptr;
        auto instance =
            wasm_instance_new(detail::c<wasm_store_t>(store), detail::c<wasm_module_t>(module),
                              detail::c<wasm_extern_vec_t>(&imports), trap ? &out : nullptr);
        if (trap)
            *trap = detail::make<Trap>(out);
        return detail::make<Instance>(instance);
    }

    auto exports() const -> ownvec<Extern>
    {
        wasm_extern_vec_t exports;
        wasm_instance_exports(detail::c<wasm_instance_t>(this), &exports);
        return detail::take<Extern>(exports, wasm_extern_vec_delete);
    }
};

} // namespace wasm

#endif
