/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Strings and containers of C++: string_view, deque, set, priority_queue, list.
 */
#include <algorithm>
#include <cstdio>
#include <deque>
#include <list>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <vector>
static std::vector<std::string_view> split(std::string_view s, char c)
{
    std::vector<std::string_view> r;
    size_t p = 0;
    for (;;) {
        size_t e = s.find(c, p);
        if (e == s.npos) {
            r.push_back(s.substr(p));
            return r;
        }
        r.push_back(s.substr(p, e - p));
        p = e + 1;
    }
}
int main()
{
    unsigned s = 3;
    auto rnd = [&] {
        s = s * 1664525 + 1013904223;
        return s >> 8;
    };
    std::string line;
    long long o = 0;
    for (int i = 0; i < 2000; i++) {
        for (int j = rnd() % 8; j >= 0; j--)
            line += char('a' + rnd() % 26);
        line += rnd() % 5 ? ' ' : '\n';
    }
    for (int r = 0; r < 120; r++)
        for (auto l : split(line, '\n')) {
            auto w = split(l, ' ');
            std::string j;
            for (auto &x : w) {
                if (!j.empty())
                    j += '-';
                j.append(x.rbegin(), x.rend());
            }
            o += j.size() + (j.empty() ? 0 : j[0]);
        }
    std::priority_queue<std::pair<int, int>> pq;
    for (int i = 0; i < 150000; i++) {
        pq.push({(int)(rnd() & 0xffff), i});
        if (i % 3 == 2)
            pq.pop();
    }
    while (pq.size() > 10) {
        o += pq.top().first;
        pq.pop();
    }
    std::deque<int> d;
    for (int i = 0; i < 2000000; i++) {
        if (rnd() & 1 || d.empty())
            d.push_back(i);
        else {
            o += d.front();
            d.pop_front();
        }
    }
    std::set<std::string> ss;
    for (int i = 0; i < 20000; i++)
        ss.insert(std::to_string(rnd() % 9000));
    for (auto &x : ss)
        o += x.size();
    std::list<int> li;
    for (int i = 0; i < 100000; i++)
        li.push_back(rnd());
    li.sort();
    o += li.front();
    std::vector<std::vector<int>> g(500, std::vector<int>(20));
    for (int k = 0; k < 30; k++)
        for (auto &x : g)
            for (size_t i = 0; i < x.size(); i++)
                x[i] = (x[(i + 1) % x.size()] + k) ^ i;
    o += g[3][4];
    printf("%lld\n", o);
}
