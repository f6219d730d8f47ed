-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- What a Lua program does with the system, and errors across protected calls.
print(_VERSION, #arg, arg[1], arg[2], os.getenv("K"), os.getenv("NONE"))
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(24), string.format("%.14g %5.2f %q", math.pi, -1 / 3, "a\nb\0c"))
for _, f in ipairs { function() error("text") end, function() error({ 42 }) end,
    function() return nil + 1 end, function() local function r() return 1 + r() end return r() end } do
    local ok, what = pcall(f)
    print(ok, type(what) == "table" and what[1] or tostring(what):match("[^:]*$"))
end
local co = coroutine.wrap(function(a) for i = 1, 3 do a = a + coroutine.yield(a * i) end error("end") end)
print(co(1), co(10), co(100), pcall(co, 5), pcall(co, 5))
local file = assert(io.open("/tree/numbers", "w"))
for i = 1, 1000 do file:write(i * i, i % 10 == 0 and "\n" or " ") end
file:close()
local sum, lines = 0, 0
for line in io.lines("/tree/numbers") do
    lines = lines + 1
    for n in line:gmatch("%d+") do sum = sum + tonumber(n) end
end
print(lines, sum)
file = io.open("/tree/numbers", "r+b")
print(file:seek("end"), file:seek("set", 4), file:read(5), file:seek("cur", -2), file:read("n"))
file:close()
print(io.open("/tree/none"))
print(io.open("/../etc/passwd"))
print(os.rename("/tree/numbers", "/tree/moved"), os.remove("/tree/moved"), (os.remove("/tree/moved")))
local words = {}
for word in io.read("a"):gmatch("%a+") do words[#words + 1] = word:upper() end
table.sort(words, function(a, b) return a > b end)
print(table.concat(words, ","), os.time() > 1700000000, os.clock() >= 0)
local s = {}
for i = 1, 20000 do s[i] = ("%x"):format(i * 2654435761 % 4294967296) end
print(#table.concat(s), string.pack(">i4 d", 7, 1.5):byte(1, -1))
collectgarbage()
io.stderr:write("to stderr\n")
os.exit(3)
