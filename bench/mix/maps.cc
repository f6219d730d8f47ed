/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * std::map, std::unordered_map, std::vector and std::string: words are counted, sorted and joined.
 */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

static uint32_t seed = 1;

static uint32_t next(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return static_cast<uint32_t>(static_cast<uint64_t>(seed) * below >> 32);
}

static std::string make_word()
{
    static const char *const syllables[] = {"ka", "to", "mi", "shi", "ra", "ne", "ya", "ku"};
    std::string word;
    for (uint32_t i = 0, n = 1 + next(4); i < n; i++)
        word += syllables[next(8)];
    return word;
}

int main()
{
    std::map<std::string, int> ordered;
    std::unordered_map<std::string, int> counted;
    std::unordered_map<uint32_t, uint32_t> numbers;
    for (int i = 0; i < 100000; i++) {
        std::string word = make_word();
        ordered[word]++;
        counted[word + "!"] += i;
        numbers[next(50000)] += next(10);
    }
    std::vector<std::pair<std::string, int>> words(ordered.begin(), ordered.end());
    std::sort(words.begin(), words.end(), [](const auto &x, const auto &y) {
        return x.second != y.second ? x.second > y.second : x.first < y.first;
    });
    std::string joined;
    for (const auto &word : words)
        joined += word.first + ' ';
    uint32_t hash = 0;
    for (char c : joined)
        hash = hash * 31 + static_cast<unsigned char>(c);
    for (uint32_t i = 0; i < 50000; i++) {
        auto found = numbers.find(i);
        hash += found == numbers.end() ? i : found->second;
    }
    std::printf("%u %zu %zu %d\n", hash, joined.size(), numbers.size(), counted["kato!"]);
}
