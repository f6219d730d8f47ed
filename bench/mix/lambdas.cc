/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sorting and searching with lambdas and function objects: ints, doubles, structs, strings.
 */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

struct person {
    std::string name;
    int age;
    double weight;
};

static uint32_t seed = 7;

static uint32_t next()
{
    return seed = seed * 1664525 + 1013904223;
}

static uint32_t numbers()
{
    std::vector<uint32_t> v(200000);
    std::generate(v.begin(), v.end(), next);
    std::sort(v.begin(), v.end());
    auto last =
        std::unique(v.begin(), v.end(), [](uint32_t x, uint32_t y) { return x >> 12 == y >> 12; });
    std::nth_element(v.begin(), v.begin() + 1000, last,
                     [](uint32_t x, uint32_t y) { return (x & 4095) < (y & 4095); });
    uint32_t middle = v[1000] & 4095;
    std::make_heap(v.begin(), last);
    return std::accumulate(v.begin(), last, middle + v.front());
}

static uint32_t people()
{
    std::vector<person> v;
    for (int i = 0; i < 30000; i++)
        v.push_back({"name " + std::to_string(next() % 5000), static_cast<int>(next() % 90),
                     (next() >> 8) * 0x1p-18});
    const std::function<bool(const person &, const person &)> by_age =
        [](const person &x, const person &y) { return x.age < y.age; };
    std::sort(v.begin(), v.end(), [](const person &x, const person &y) {
        return x.weight != y.weight ? x.weight < y.weight : x.name < y.name;
    });
    std::stable_sort(v.begin(), v.end(), by_age);
    std::sort(v.begin(), v.begin() + 10000, [](const person &x, const person &y) {
        return x.name != y.name ? x.name < y.name : x.weight < y.weight;
    });
    uint32_t hash = 0;
    for (const person &p : v)
        hash = hash * 31 + static_cast<uint32_t>(p.age) + static_cast<unsigned char>(p.name.back());
    return hash;
}

int main()
{
    uint32_t sum = 0;
    for (int round = 0; round < 3; round++)
        sum += numbers() ^ people();
    std::printf("%u\n", sum);
}
