/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm.hh: the C++ form of the standard API, over wasm.h: nothing but inline functions. An object
 * of a class here is the C object at the same address; classes have no data and no constructors of
 * their own. own<T> is a unique_ptr that deletes through the C API, vec<T> an array with its size,
 * laid out as the C vectors are, so that references to those pass through.
 */
#ifndef WASM_HH
#define WASM_HH

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "wasm.h"

namespace wasm
{

/* ---- vectors ---- */

template <class T> class vec
{
    static const size_t invalid_size = SIZE_MAX;

    size_t size_;
    std::unique_ptr<T[]> data_;

    explicit vec(size_t size) : vec(size, size ? new(std::nothrow) T[size]() : nullptr)
    {
        if (size && !data_)
            size_ = invalid_size;
    }

    vec(size_t size, T *data) : size_(size), data_(data)
    {
    }

  public:
    using elem_type = T;

    vec(vec &&that) : vec(that.size_, that.data_.release())
    {
        that.size_ = invalid_size;
    }

    auto operator=(vec &&that) -> vec &
    {
        reset(that);
        return *this;
    }

    /* Whether there is a vector: not after a move, nor when memory ran out. */
    operator bool() const
    {
        return size_ != invalid_size;
    }

    auto size() const -> size_t
    {
        return size_;
    }

    auto get() const -> const T *
    {
        return data_.get();
    }

    auto get() -> T *
    {
        return data_.get();
    }

    auto release() -> T *
    {
        size_ = invalid_size;
        return data_.release();
    }

    void reset()
    {
        size_ = invalid_size;
        data_.reset();
    }

    void reset(vec &that)
    {
        size_ = that.size_;
        data_.reset(that.data_.release());
        that.size_ = invalid_size;
    }

    auto operator[](size_t i) -> T &
    {
        assert(i < size_);
        return data_[i];
    }

    auto operator[](size_t i) const -> const T &
    {
        assert(i < size_);
        return data_[i];
    }

    auto copy() const -> vec
    {
        auto v = vec(size_);
        for (size_t i = 0; v && i < size_; ++i)
            v.data_[i] = data_[i];
        return v;
    }

    auto deep_copy() const -> vec
    {
        auto v = vec(size_);
        for (size_t i = 0; v && i < size_; ++i)
            v.data_[i] = data_[i]->copy();
        return v;
    }

    static auto make_uninitialized(size_t size = 0) -> vec
    {
        return vec(size);
    }

    static auto make(size_t size, T init[]) -> vec
    {
        auto v = vec(size);
        for (size_t i = 0; v && i < size; ++i)
            v.data_[i] = std::move(init[i]);
        return v;
    }

    static auto make(std::string s) -> vec<char>
    {
        auto v = vec<char>::make_uninitialized(s.length());
        if (v && !s.empty())
            std::memcpy(v.get(), s.data(), s.length());
        return v;
    }

    /* With the NUL at its end. */
    static auto make_nt(std::string s) -> vec<char>
    {
        auto v = vec<char>::make_uninitialized(s.length() + 1);
        if (v)
            std::memcpy(v.get(), s.c_str(), s.length() + 1);
        return v;
    }

    static auto make() -> vec
    {
        return vec(0);
    }

    template <class... Ts> static auto make(Ts &&...args) -> vec
    {
        T data[] = {std::forward<Ts>(args)...};
        return make(sizeof...(Ts), data);
    }

    static auto adopt(size_t size, T data[]) -> vec
    {
        return vec(size, data);
    }

    static auto invalid() -> vec
    {
        return vec(invalid_size, nullptr);
    }
};

/* ---- ownership ---- */

class destroyer
{
  public:
    template <typename T> void operator()(T *ptr)
    {
        ptr->destroy();
    }
};

template <class T> using own = std::unique_ptr<T, destroyer>;
template <class T> using ownvec = vec<own<T>>;

template <class T> own<T> make_own(T *ptr)
{
    return own<T>(ptr);
}

/* ---- between C and C++ ---- */

namespace detail
{
/* The C object of an object, and back: the name says which type it has there. */
template <class C, class T> auto c(const T *object) -> C *
{
    return reinterpret_cast<C *>(const_cast<T *>(object));
}

template <class T, class C> auto cxx(C *object) -> T *
{
    return reinterpret_cast<T *>(const_cast<typename std::remove_const<C>::type *>(object));
}

template <class T, class C> auto make(C *object) -> own<T>
{
    return own<T>(cxx<T>(object));
}

/* A vector of C as one of C++, and back, where it is. */
template <class V, class C> auto view(C *vector) -> V &
{
    return *cxx<V>(vector);
}

/* Takes over the elements, and gives back the C array. */
template <class T, class C> auto take(C &vector, void (*free)(C *)) -> ownvec<T>
{
    auto v = ownvec<T>::make_uninitialized(vector.size);
    for (size_t i = 0; v && i < vector.size; ++i)
        v[i] = make<T>(vector.data[i]);
    vector.size = 0;
    free(&vector);
    return v;
}

inline auto take_bytes(wasm_byte_vec_t &vector) -> vec<byte_t>
{
    auto v = vec<byte_t>::make_uninitialized(vector.size);
    if (v && vector.size)
        std::memcpy(v.get(), vector.data, vector.size);
    wasm_byte_vec_delete(&vector);
    return v;
}

template <class T> auto size(const vec<T> &v) -> size_t
{
    return v ? v.size() : 0;
}

inline auto give_bytes(const vec<byte_t> &v) -> wasm_byte_vec_t
{
    wasm_byte_vec_t bytes;
    wasm_byte_vec_new(&bytes, size(v), v.get());
    return bytes;
}
} // namespace detail

/* What every class has. */
#define WASM_HH_CLASS(name, cname)                                                                 \
    friend class destroyer;                                                                        \
    void destroy()                                                                                 \
    {                                                                                              \
        wasm_##cname##_delete(detail::c<wasm_##cname##_t>(this));                                  \
    }                                                                                              \
                                                                                                   \
  protected:                                                                                       \
    name() = default;                                                                              \
    ~name() = default;                                                                             \
                                                                                                   \
  public:

#define WASM_HH_COPY(name, cname)                                                                  \
    auto copy() const -> own<name>                                                                 \
    {                                                                                              \
        return detail::make<name>(wasm_##cname##_copy(detail::c<wasm_##cname##_t>(this)));         \
    }

/* ---- configuration, engine, store ---- */

class Config
{
    WASM_HH_CLASS(Config, config)
    static auto make() -> own<Config>
    {
        return detail::make<Config>(wasm_config_new());
    }
};

class Engine
{
    WASM_HH_CLASS(Engine, engine)
    static auto make(own<Config> &&config = Config::make()) -> own<Engine>
    {
        return detail::make<Engine>(
            wasm_engine_new_with_config(detail::c<wasm_config_t>(config.release())));
    }
};

class Store
{
    WASM_HH_CLASS(Store, store)
    static auto make(Engine *engine) -> own<Store>
    {
        return detail::make<Store>(wasm_store_new(detail::c<wasm_engine_t>(engine)));
    }
};

/* ---- types ---- */

enum class Mutability : uint8_t { CONST, VAR };

struct Limits {
    uint32_t min;
    uint32_t max;

    Limits(uint32_t min_, uint32_t max_ = std::numeric_limits<uint32_t>::max())
        : min(min_), max(max_)
    {
    }
};

static_assert(sizeof(Limits) == sizeof(wasm_limits_t), "limits are the same");

enum class ValKind : uint8_t {
    I32,
    I64,
    F32,
    F64,
    EXTERNREF = 128,
    FUNCREF,
    ANYREF = EXTERNREF,
};

inline bool is_num(ValKind k)
{
    return k < ValKind::EXTERNREF;
}

inline bool is_ref(ValKind k)
{
    return k >= ValKind::EXTERNREF;
}

class ValType
{
    WASM_HH_CLASS(ValType, valtype)
    WASM_HH_COPY(ValType, valtype)

    static auto make(ValKind kind) -> own<ValType>
    {
        return detail::make<ValType>(wasm_valtype_new(static_cast<wasm_valkind_t>(kind)));
    }

    auto kind() const -> ValKind
    {
        return static_cast<ValKind>(wasm_valtype_kind(detail::c<wasm_valtype_t>(this)));
    }

    auto is_num() const -> bool
    {
        return wasm::is_num(kind());
    }

    auto is_ref() const -> bool
    {
        return wasm::is_ref(kind());
    }
};

enum class ExternKind : uint8_t { FUNC, GLOBAL, TABLE, MEMORY, TAG };

class FuncType;
class GlobalType;
class TableType;
class MemoryType;
class TagType;

/* The member that is a narrower type, or null. */
#define WASM_HH_NARROW(member, type, ctype, convert)                                               \
    auto member() -> type *                                                                        \
    {                                                                                              \
        return detail::cxx<type>(convert(detail::c<ctype>(this)));                                 \
    }                                                                                              \
    auto member() const -> const type *                                                            \
    {                                                                                              \
        return detail::cxx<type>(convert(detail::c<ctype>(this)));                                 \
    }

class ExternType
{
    WASM_HH_CLASS(ExternType, externtype)
    WASM_HH_COPY(ExternType, externtype)
    WASM_HH_NARROW(func, FuncType, wasm_externtype_t, wasm_externtype_as_functype)
    WASM_HH_NARROW(global, GlobalType, wasm_externtype_t, wasm_externtype_as_globaltype)
    WASM_HH_NARROW(table, TableType, wasm_externtype_t, wasm_externtype_as_tabletype)
    WASM_HH_NARROW(memory, MemoryType, wasm_externtype_t, wasm_externtype_as_memorytype)
    WASM_HH_NARROW(tag, TagType, wasm_externtype_t, wasm_externtype_as_tagtype)

    auto kind() const -> ExternKind
    {
        return static_cast<ExternKind>(wasm_externtype_kind(detail::c<wasm_externtype_t>(this)));
    }
};

class FuncType : public ExternType
{
    WASM_HH_CLASS(FuncType, functype)
    WASM_HH_COPY(FuncType, functype)

    static auto make(ownvec<ValType> &&params = ownvec<ValType>::make(),
                     ownvec<ValType> &&results = ownvec<ValType>::make()) -> own<FuncType>
    {
        auto ps = give(params), rs = give(results);
        return detail::make<FuncType>(wasm_functype_new(&ps, &rs));
    }

    auto params() const -> const ownvec<ValType> &
    {
        return detail::view<ownvec<ValType>>(
            wasm_functype_params(detail::c<wasm_functype_t>(this)));
    }

    auto results() const -> const ownvec<ValType> &
    {
        return detail::view<ownvec<ValType>>(
            wasm_functype_results(detail::c<wasm_functype_t>(this)));
    }

  private:
    static auto give(ownvec<ValType> &types) -> wasm_valtype_vec_t
    {
        wasm_valtype_vec_t vector;
        wasm_valtype_vec_new_uninitialized(&vector, detail::size(types));
        for (size_t i = 0; i < vector.size; ++i)
            vector.data[i] = detail::c<wasm_valtype_t>(types[i].release());
        return vector;
    }
};

class GlobalType : public ExternType
{
    WASM_HH_CLASS(GlobalType, globaltype)
    WASM_HH_COPY(GlobalType, globaltype)

    static auto make(own<ValType> &&content, Mutability mutability) -> own<GlobalType>
    {
        return detail::make<GlobalType>(
            wasm_globaltype_new(detail::c<wasm_valtype_t>(content.release()),
                                static_cast<wasm_mutability_t>(mutability)));
    }

    auto content() const -> const ValType *
    {
        return detail::cxx<ValType>(wasm_globaltype_content(detail::c<wasm_globaltype_t>(this)));
    }

    auto mutability() const -> Mutability
    {
        return static_cast<Mutability>(
            wasm_globaltype_mutability(detail::c<wasm_globaltype_t>(this)));
    }
};

class TableType : public ExternType
{
    WASM_HH_CLASS(TableType, tabletype)
    WASM_HH_COPY(TableType, tabletype)

    static auto make(own<ValType> &&element, Limits limits) -> own<TableType>
    {
        return detail::make<TableType>(wasm_tabletype_new(
            detail::c<wasm_valtype_t>(element.release()), detail::c<wasm_limits_t>(&limits)));
    }

    auto element() const -> const ValType *
    {
        return detail::cxx<ValType>(wasm_tabletype_element(detail::c<wasm_tabletype_t>(this)));
    }

    auto limits() const -> const Limits &
    {
        return *detail::cxx<Limits>(wasm_tabletype_limits(detail::c<wasm_tabletype_t>(this)));
    }
};

class MemoryType : public ExternType
{
    WASM_HH_CLASS(MemoryType, memorytype)
    WASM_HH_COPY(MemoryType, memorytype)

    static auto make(Limits limits) -> own<MemoryType>
    {
        return detail::make<MemoryType>(wasm_memorytype_new(detail::c<wasm_limits_t>(&limits)));
    }

    auto limits() const -> const Limits &
    {
        return *detail::cxx<Limits>(wasm_memorytype_limits(detail::c<wasm_memorytype_t>(this)));
    }
};

class TagType : public ExternType
{
    WASM_HH_CLASS(TagType, tagtype)
    WASM_HH_COPY(TagType, tagtype)

    static auto make(own<FuncType> &&type) -> own<TagType>
    {
        return detail::make<TagType>(wasm_tagtype_new(detail::c<wasm_functype_t>(type.release())));
    }

    auto functype() const -> const FuncType *
    {
        return detail::cxx<FuncType>(wasm_tagtype_functype(detail::c<wasm_tagtype_t>(this)));
    }
};

using Name = vec<byte_t>;

class ImportType
{
    WASM_HH_CLASS(ImportType, importtype)
    WASM_HH_COPY(ImportType, importtype)

    static auto make(Name &&module, Name &&name, own<ExternType> &&type) -> own<ImportType>
    {
        auto m = detail::give_bytes(module), n = detail::give_bytes(name);
        return detail::make<ImportType>(
            wasm_importtype_new(&m, &n, detail::c<wasm_externtype_t>(type.release())));
    }

    auto module() const -> const Name &
    {
        return detail::view<Name>(wasm_importtype_module(detail::c<wasm_importtype_t>(this)));
    }

    auto name() const -> const Name &
    {
        return detail::view<Name>(wasm_importtype_name(detail::c<wasm_importtype_t>(this)));
    }

    auto type() const -> const ExternType *
    {
        return detail::cxx<ExternType>(wasm_importtype_type(detail::c<wasm_importtype_t>(this)));
    }
};

class ExportType
{
    WASM_HH_CLASS(ExportType, exporttype)
    WASM_HH_COPY(ExportType, exporttype)

    static auto make(Name &&name, own<ExternType> &&type) -> own<ExportType>
    {
        auto n = detail::give_bytes(name);
        return detail::make<ExportType>(
            wasm_exporttype_new(&n, detail::c<wasm_externtype_t>(type.release())));
    }

    auto name() const -> const Name &
    {
        return detail::view<Name>(wasm_exporttype_name(detail::c<wasm_exporttype_t>(this)));
    }

    auto type() const -> const ExternType *
    {
        return detail::cxx<ExternType>(wasm_exporttype_type(detail::c<wasm_exporttype_t>(this)));
    }
};

} // namespace wasm

#include "wasm_objects.hh"

#undef WASM_HH_CLASS
#undef WASM_HH_COPY
#undef WASM_HH_NARROW

#endif
