// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What QuickJS runs in the table: objects, strings, closures, typed arrays, regular expressions. The
// constant `scale` is set by the caller.
'use strict';

function sieve(n) {
  const composite = new Uint8Array(n + 1);
  let count = 0;
  for (let i = 2; i <= n; i++) {
    if (composite[i]) continue;
    count++;
    for (let j = i * i; j <= n; j += i) composite[j] = 1;
  }
  return count;
}

function words(n) {
  const seen = new Map();
  for (let i = 0; i < n; i++) {
    const word = `w${(i * 7919) % 997}`;
    seen.set(word, (seen.get(word) ?? 0) + 1);
  }
  const text = [...seen.keys()].join(' ');
  return seen.size + text.split(' ').filter((word) => /^w(\d)\d*\1$/.test(word)).length;
}

class Vector {
  constructor(x, y) { this.x = x; this.y = y; }
  add(other) { return new Vector(this.x + other.x, this.y + other.y); }
}

function objects(n) {
  let sum = new Vector(0, 0);
  const one = new Vector(0.5, 1.25);
  for (let i = 0; i < n; i++) sum = sum.add(one);
  return sum.x + sum.y;
}

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

function sorting(n) {
  const values = [];
  for (let i = 0, seed = 42; i < n; i++) values.push(seed = (seed * 69069 + 1) % 4294967296);
  return values.sort((a, b) => b - a)[0];
}

let total = 0;
for (let r = 0; r < scale; r++)
  total += sieve(20000) + words(2000) + objects(10000) + fib(16) + sorting(2000);
console.log(`quickjs ${total}`);
