# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
puts RUBY_VERSION, 2**100, [3, 1, 2].sort.inspect, "a-b-c".gsub(/-(.)/) { $1.upcase }
Dir.mkdir("/tree/d")
File.write("/tree/d/f", (1..100).map { |i| "line #{i}\n" }.join)
puts File.readlines("/tree/d/f").map(&:strip).last, File.size("/tree/d/f"), Dir.children("/tree/d").inspect
File.rename("/tree/d/f", "/tree/d/g")
begin
  File.open("/tree/none")
rescue Errno::ENOENT => e
  puts e.message
end
def deep(n) = n == 0 ? raise("deep") : deep(n - 1)
begin
  deep(200)
rescue => e
  puts e.message, e.backtrace.size
end
fib = Fiber.new { 3.times { |i| Fiber.yield i }; :done } rescue nil
puts 4.times.map { fib.resume }.inspect
h = Hash.new { |hash, k| hash[k] = k < 2 ? k : hash[k - 1] + hash[k - 2] }
puts h[60], h.size
GC.start
puts (1..10000).map { |i| "x#{i}" }.select { |s| s.end_with?("7") }.size
puts catch(:out) { 10.times { |i| throw :out, i if i == 7 } }
puts [1.5, 1e300, 0.1 + 0.2].inspect, "héllo".bytes.size, "héllo".upcase
File.delete("/tree/d/g"); Dir.rmdir("/tree/d")
$stdout.flush
