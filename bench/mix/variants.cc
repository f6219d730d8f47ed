/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * C++ of many kinds: virtual calls, std::variant, std::function, maps, shared pointers.
 */
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>
struct Shape {
    virtual double area() const = 0;
    virtual int kind() const
    {
        return 0;
    }
    virtual ~Shape()
    {
    }
};
struct Ci : Shape {
    double r;
    Ci(double x) : r(x)
    {
    }
    double area() const override
    {
        return 3.14 * r * r;
    }
    int kind() const override
    {
        return 1;
    }
};
struct Re : Shape {
    double a, b;
    Re(double x, double y) : a(x), b(y)
    {
    }
    double area() const override
    {
        return a * b;
    }
    int kind() const override
    {
        return 2;
    }
};
struct Tr : Shape {
    double a, h;
    Tr(double x, double y) : a(x), h(y)
    {
    }
    double area() const override
    {
        return a * h / 2;
    }
};
using Va = std::variant<int, double, std::string>;
int main()
{
    std::vector<std::unique_ptr<Shape>> v;
    unsigned s = 1;
    auto rnd = [&] {
        s = s * 1664525 + 1013904223;
        return s >> 8;
    };
    for (int i = 0; i < 3000; i++) {
        switch (rnd() % 3) {
        case 0: v.push_back(std::make_unique<Ci>(rnd() % 100)); break;
        case 1: v.push_back(std::make_unique<Re>(rnd() % 10, rnd() % 20)); break;
        default: v.push_back(std::make_unique<Tr>(rnd() % 10, rnd() % 30));
        }
    }
    double a = 0;
    long k = 0;
    for (int r = 0; r < 300; r++)
        for (auto &p : v) {
            a += p->area();
            k += p->kind();
        }
    std::map<int, int> m;
    for (int i = 0; i < 60000; i++)
        m[rnd() % 20000]++;
    for (auto &[x, y] : m)
        k += x * y;
    std::unordered_map<std::string, int> u;
    for (int i = 0; i < 80000; i++)
        u["key" + std::to_string(rnd() % 5000)] += i;
    for (auto &[x, y] : u)
        k += y % 7;
    std::vector<std::pair<int, double>> q;
    for (int i = 0; i < 100000; i++)
        q.push_back({(int)(rnd() % 1000), rnd() * .5});
    std::sort(q.begin(), q.end(), [](auto &x, auto &y) {
        return x.first != y.first ? x.first < y.first : x.second > y.second;
    });
    k += q[500].first;
    std::vector<std::function<int(int)>> f;
    for (int i = 0; i < 10; i++)
        f.push_back([i](int x) { return x * i + 1; });
    int z = 1;
    for (int i = 0; i < 1000000; i++)
        z = f[i % 10](z);
    std::vector<Va> w;
    for (int i = 0; i < 2000; i++) {
        if (i % 3 == 0)
            w.emplace_back(i);
        else if (i % 3 == 1)
            w.emplace_back(i * .5);
        else
            w.emplace_back(std::string("s") + char('a' + i % 26));
    }
    double t = 0;
    for (int r = 0; r < 200; r++)
        for (auto &x : w)
            t += std::visit(
                [](auto &y) -> double {
                    using T = std::decay_t<decltype(y)>;
                    if constexpr (std::is_same_v<T, std::string>)
                        return y[1];
                    else
                        return y;
                },
                x);
    printf("%g %ld %d %g\n", a, k, z, t);
}
