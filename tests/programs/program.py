# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What a Python program does with the system, and a little of everything else.
import collections, functools, hashlib, json, math, os, random, re, shutil, struct, sys, time

print(sys.version_info[:2], sys.platform, sys.argv[1:], os.environ.get("K"), os.environ.get("NONE"))
os.makedirs("/tree/x/y")
with open("/tree/x/a.json", "w", encoding="utf-8") as f:
    json.dump({"a": [1, 2.5, "ü€😀"], "b": None}, f, ensure_ascii=False)
print(json.load(open("/tree/x/a.json", encoding="utf-8")))
print(hashlib.sha256(open("/tree/x/a.json", "rb").read()).hexdigest())
for i in range(30):
    with open(f"/tree/x/y/f{i:02}", "wb") as f:
        f.write(bytes(range(i)))
print(sorted((e.name, e.stat().st_size, e.is_file()) for e in os.scandir("/tree/x/y"))[27:])
with open("/tree/x/y/f29", "r+b") as f:
    f.seek(-3, os.SEEK_END), f.write(b"abcdef"), f.truncate(30)
print(open("/tree/x/y/f29", "rb").read()[24:], os.path.getsize("/tree/x/y/f29"))
os.rename("/tree/x/y/f01", "/tree/x/z")
os.symlink("z", "/tree/x/link")
os.utime("/tree/x/z", ns=(123456789000000000, 987654321000000000))
print(os.readlink("/tree/x/link"), os.stat("/tree/x/link").st_mtime_ns, os.path.islink("/tree/x/link"))
for path, mode in [("/tree/none", "r"), ("/tree/x", "w"), ("/tree/x/z/under", "r"), ("/tree/x/z", "x")]:
    try:
        open(path, mode)
    except OSError as error:
        print(type(error).__name__, error.errno, error.strerror)
print(sum(len(files) for _, _, files in os.walk("/tree/x")))
shutil.rmtree("/tree/x")
print(os.listdir("/tree"))
random.seed(1)
print([random.randint(0, 99) for _ in range(10)], f"{math.fsum(math.sqrt(i) for i in range(1000)):.9f}")
print(struct.pack("<dq", 1.5, -7), collections.Counter("mississippi").most_common(2))
print(2**200, divmod(-7, 3), re.sub(r"(\w)(\d+)", r"\2\1", "a1 b22"))
Point = collections.namedtuple("Point", "x y", defaults=[0])


@functools.lru_cache(None)
def ways(n):
    return 1 if n == 0 else sum(ways(n - k) for k in (1, 2, 5) if k <= n)


print(sorted([Point(2), Point(1, 5)]), ways(12))
start = time.monotonic()  # no sleep: with it this module waits for ever in node 20
print(time.monotonic() >= start, time.time() > 1.7e9, len(os.urandom(1000)))
try:
    (lambda: 1 // 0)()
except ZeroDivisionError as error:
    print(error, error.__traceback__.tb_lineno)
print([line.strip() for line in sys.stdin])
sys.stderr.write("to stderr\n")
sys.exit(7)
