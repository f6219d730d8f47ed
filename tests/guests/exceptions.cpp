/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C++ exceptions as clang compiles them: destructors on the way (catch_all and rethrow), handlers
 * by type, rethrown and nested ones. Natively, main prints what run gives; as a guest, run is
 * called from outside, and exceptions_abi.cpp stands in for the C++ library.
 */
#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name)
#endif

struct Error {
    int code;
};

static long trace;

struct Guard {
    int id;
    ~Guard()
    {
        trace = trace * 10 + id;
    }
};

__attribute__((noinline)) static int thrower(int kind)
{
    Guard guard{1};
    switch (kind) {
    case 1: throw 42;
    case 2: throw 2.5;
    case 3: throw Error{7};
    case 4: throw "text";
    default: return kind;
    }
}

__attribute__((noinline)) static int middle(int kind)
{
    Guard guard{2};
    return thrower(kind) + 1;
}

__attribute__((noinline)) static int handlers(int kind)
{
    Guard guard{3};
    try {
        Guard inner{4};
        return middle(kind);
    } catch (int value) {
        return 1000 + value;
    } catch (double value) {
        try {
            Guard rethrown{5};
            throw;
        } catch (...) {
            return 2000 + (int)value;
        }
    } catch (const Error &error) {
        Guard handler{6};
        throw Error{error.code + 1};
    }
}

extern "C" EXPORT(run) long long run(int kind)
{
    long long result;
    trace = 0;
    try {
        result = handlers(kind);
    } catch (const Error &error) {
        result = 3000 + error.code;
    } catch (...) {
        result = 4000;
    }
    return result * 1000000 + trace;
}

/* All kinds over and over: the sum of what run gives. */
extern "C" EXPORT(churn) long long churn(int count)
{
    long long sum = 0;
    for (int i = 0; i < count; i++)
        sum += run(i % 6);
    return sum;
}

#ifndef __wasm__
#include <cstdio>

int main()
{
    for (int kind = 0; kind < 6; kind++)
        std::printf("%lld\n", run(kind));
    std::printf("%lld\n", churn(10000));
}
#endif
