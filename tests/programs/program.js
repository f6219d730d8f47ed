// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For QuickJS-ng: the language, and files and directories through its std and os modules.
import * as std from "qjs:std";
import * as os from "qjs:os";

print(scriptArgs.slice(1), std.getenv("K"), std.getenv("NONE"));
class Shape { #n; constructor(n) { this.#n = n; } get area() { return this.#n ** 2; } }
print(new Shape(3).area, [3, 1, 2].sort(), JSON.stringify({ a: [1, { b: null }], c: "ü\u20ac" }));
print(2n ** 100n, (0.1 + 0.2).toFixed(20), parseInt("zz", 36), Math.hypot(3, 4), 1 / 3);
print("aXbX".replace(/x/gi, (m, i) => i), "2024-05-06".match(/(?<y>\d+)-(?<m>\d+)/).groups.m);
function* g() { for (let i = 0; i < 3; i++) yield i * i; }
print([...g()], new Map([[1, 2]]).get(1), new Date(0).toISOString(), typeof Symbol.iterator);
try { null.x; } catch (e) { print(e instanceof TypeError, e.message); }
function deep(n) { return n ? 1 + deep(n - 1) : 0; }
print(deep(100));
let sieve = new Uint8Array(200000), count = 0;
for (let i = 2; i < sieve.length; i++)
    if (!sieve[i]) { count++; for (let j = i * 2; j < sieve.length; j += i) sieve[j] = 1; }
print(count);
let f = std.open("/tree/data", "w+");
f.puts("line 1\nline 2\n");
f.printf("%05.1f|%s\n", 3.14159, "x");
f.seek(0, std.SEEK_SET);
let line;
while ((line = f.getline()) !== null) print("read", line, f.tell());
f.close();
print(std.loadFile("/tree/data").length, std.open("/tree/none", "r") === null);
print(os.mkdir("/tree/dir"), os.rename("/tree/data", "/tree/dir/data"));
print(os.readdir("/tree/dir")[0].filter(n => n[0] != ".").sort(), os.stat("/tree/dir/data")[0].size);
print(os.remove("/tree/dir/data"), os.remove("/tree/dir"), os.remove("/tree/none") < 0);
Promise.resolve(5).then(v => { print("later", v); std.exit(4); });
