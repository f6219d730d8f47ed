/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Lua running a script of ours: tables, strings, closures, sorting with a callback, metatables,
 * floats.
 */
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

#include <stdio.h>
#include <stdlib.h>

static const char script[] =
    "local function sieve(n)\n"
    "  local composite, count = {}, 0\n"
    "  for i = 2, n do\n"
    "    if not composite[i] then\n"
    "      count = count + 1\n"
    "      for j = i * i, n, i do composite[j] = true end\n"
    "    end\n"
    "  end\n"
    "  return count\n"
    "end\n"
    "local function words(n)\n"
    "  local seen, parts = {}, {}\n"
    "  for i = 1, n do\n"
    "    local w = string.format('w%d', i * 7919 % 997)\n"
    "    seen[w] = (seen[w] or 0) + 1\n"
    "    parts[#parts + 1] = w:upper():sub(2)\n"
    "  end\n"
    "  local most, text = 0, table.concat(parts, ' ')\n"
    "  for _, c in pairs(seen) do if c > most then most = c end end\n"
    "  local hits = select(2, text:gsub('(%d)1', '%1'))\n"
    "  return most + hits\n"
    "end\n"
    "local vector = {}\n"
    "vector.__index = vector\n"
    "vector.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, vector) "
    "end\n"
    "local function objects(n)\n"
    "  local sum = setmetatable({x = 0, y = 0}, vector)\n"
    "  local one = setmetatable({x = 0.5, y = 1.25}, vector)\n"
    "  for _ = 1, n do sum = sum + one end\n"
    "  return sum.x + sum.y\n"
    "end\n"
    "local function sorting(n)\n"
    "  local t, seed = {}, 42\n"
    "  for i = 1, n do seed = (seed * 1103515245 + 12345) % 2147483648; t[i] = seed end\n"
    "  table.sort(t, function(a, b) return a > b end)\n"
    "  return t[1] - t[n]\n"
    "end\n"
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "local rounds, total = ..., 0\n"
    "for _ = 1, rounds do\n"
    "  total = total + sieve(20000) + words(4000) + objects(20000) + sorting(3000) + fib(18)\n"
    "end\n"
    "return string.format('%.3f', total)\n";

int main(int argc, char **argv)
{
    static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_MATHLIBNAME, luaopen_math}};
    long scale = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
    lua_State *L = luaL_newstate();
    if (!L)
        return 1;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    if (luaL_loadstring(L, script) != LUA_OK)
        return 1;
    lua_pushinteger(L, scale);
    lua_call(L, 1, 1);
    printf("lua %s\n", lua_tostring(L, -1));
    lua_close(L);
    return 0;
}
