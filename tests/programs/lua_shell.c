/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * lua_shell.c: runs the Lua script that is named, with its arguments in the table arg.
 */
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    lua_State *lua = luaL_newstate();
    luaL_openlibs(lua);
    lua_newtable(lua);
    for (int i = 1; i < argc; i++) {
        lua_pushstring(lua, argv[i]);
        lua_rawseti(lua, -2, i - 1);
    }
    lua_setglobal(lua, "arg");
    int failed = argc < 2 || luaL_loadfile(lua, argv[1]) || lua_pcall(lua, 0, 0, 0);
    if (failed)
        fprintf(stderr, "%s\n", argc < 2 ? "no script" : lua_tostring(lua, -1));
    lua_close(lua);
    return failed;
}
