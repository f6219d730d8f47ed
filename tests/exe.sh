#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Standalone executables, from outside: what they print, see and return, what they need and how large
# they are. Static ones are tested where wasm2so was built with musl.
#   usage: exe.sh WASM2SO CLANG [TARGET RUNTIME_DIR EMULATOR...]
# exit code 77: there is no C library for WASI here
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2 RUN=("${@:5}") TARGET=()
[ $# -lt 3 ] || TARGET=(--target "$3" --runtime-dir "$(realpath "$4")")
cd "$(dirname "$0")/guests"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
CHECKS=0

fail() { echo "FAILED: $*"; exit 1; }
to_wasm() { "$CLANG" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" -O2 "$1" -o "$2"; }
to_wasm hello.c "$WORK/hello.wasm" 2>/dev/null || { echo "no C library for WASI"; exit 77; }
to_wasm exe_program.c "$WORK/program.wasm"
cat >"$WORK/deep.wat" <<WAT
(module (memory (export "memory") 1)
  (func \$deep (export "deep") (param i32) (result i32)
    (i32.add (call \$deep (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
  (func (export "_start") (drop (call \$deep (i32.const 0)))))
WAT
cat >"$WORK/start.wat" <<WAT
(module (import "wasi_unstable" "proc_exit" (func \$exit (param i32)))
  (global \$g (mut i32) (i32.const 1))
  (func (export "_initialize") (global.set \$g (i32.const 40)))
  (func (export "_start") (call \$exit (i32.add (global.get \$g) (i32.const 2)))))
WAT
cat >"$WORK/throw.wat" <<WAT
(module (tag \$t) (func \$f (throw \$t))
  (func (export "_start") (block \$caught (try_table (catch_all \$caught) (call \$f)) unreachable)
    (call \$f)))
WAT
cat >"$WORK/endless.wat" <<WAT
(module (import "wasi_unstable" "fd_write" (func \$write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 0) "\08\00\00\00\06\00\00\00begun\n")
  (func (export "_start")
    (drop (call \$write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
    (loop (br 0))))
WAT
cat >"$WORK/thread.wat" <<WAT
(module
  (import "wasi" "thread-spawn" (func \$spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func \$exit (param i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))
  (func \$deep (param i32) (result i32) ;; 8, after a recursion that no optimiser takes away
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 8))
      (else (i32.add (i32.const 8)
        (i32.load8_u (call \$deep (i32.sub (local.get 0) (i32.const 1))))))))
  (func (export "wasi_thread_start") (param i32 i32)
    (i32.atomic.store (i32.const 0) (call \$deep (local.get 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
  (func (export "_start")
    (drop (call \$spawn (i32.const 20000)))
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (call \$exit (i32.load (i32.const 0)))))
WAT

# check EXPECTED COMMAND...: its output and exit code, "text|code".
check() {
    local want=$1 got code=0
    shift
    got=$("$@" 2>"$WORK/stderr" </dev/null) || code=$?
    [ "$got|$code" = "$want" ] || fail "$*: '$got|$code', not '$want': $(cat "$WORK/stderr")"
    CHECKS=$((CHECKS + 1))
}
stderr_has() { grep -q -- "$1" "$WORK/stderr" || fail "no '$1' in: $(cat "$WORK/stderr")"; }
compile() { "$WASM2SO" compile "$@" --emit exe "${TARGET[@]}"; }

behaves() { # FLAG...: executables compiled with these
    local p=("${RUN[@]}" "$WORK/program") baked=("${RUN[@]}" "$WORK/baked")
    for name in program.wasm hello.wasm deep.wat start.wat throw.wat thread.wat; do
        compile "$WORK/$name" "$@" -o "$WORK/${name%.*}"
    done
    check 'hello, world|0' "${RUN[@]}" "$WORK/hello"
    compile "$WORK/hello.wasm" "$@" --pgo-gen -o "$WORK/counts"
    rm -f "$WORK/profile"
    W2S_PROFILE=$WORK/profile check 'hello, world|0' "${RUN[@]}" "$WORK/counts"
    case " $* " in
    *\ --sandbox\ *) ;; # no file may be written
    *) [ -s "$WORK/profile" ] || fail "no profile of an executable ($*)" ;;
    esac
    check '[args][one][two words][][--dir][--]|0' "${p[@]}" args one 'two words' '' --dir --
    check 'a=b|0' env -i a=b "${p[@]}" env
    check 'a=b|0' env -i a=b W2S_DIRS=/ "${p[@]}" env
    check '|0' env -i "${p[@]}" env
    got=$(printf 'in\nput\n' | "${p[@]}" stdin)
    [ "$got" = $'in\nput' ] || fail "stdin: $got"
    check '|7' "${p[@]}" exit 7
    check '|255' "${p[@]}" exit 255
    check '|42' "${RUN[@]}" "$WORK/start"
    check '|8' "${RUN[@]}" "$WORK/thread" # which needs more stack than musl's threads have
    check '|134' "${p[@]}" divide
    stderr_has '^program: trap: integer divide by zero$'
    stderr_has '^    0: .*(function [0-9]*) in '
    check '|134' "${p[@]}" load
    stderr_has 'trap: out of bounds memory access'
    check '|134' "${RUN[@]}" "$WORK/deep"
    stderr_has 'trap: call stack exhausted'
    stderr_has '0: deep (function 0)'
    check '|134' "${RUN[@]}" "$WORK/throw" # the first is caught
    stderr_has 'trap: unhandled exception'

    mkdir -p "$WORK/host/sub"
    echo inside >"$WORK/host/file"
    echo below >"$WORK/host/sub/file"
    check 'cannot read: Capabilities insufficient|3' "${p[@]}" read "$WORK/host/file"
    check 'inside|0' env W2S_DIRS="$WORK/host::/data" "${p[@]}" read /data/file
    check 'inside|0' env W2S_DIRS="$WORK/host" "${p[@]}" read "$WORK/host/file"
    check 'below|0' env W2S_DIRS="$WORK/host::/a;;$WORK/host/sub::/b:ro" "${p[@]}" read /b/file
    check 'cannot read: Capabilities insufficient|3' env W2S_DIRS="$WORK/host/sub::/b" "${p[@]}" read \
        /b/../file
    check '|0' env W2S_DIRS="$WORK/host::/data" "${p[@]}" write /data/new
    [ "$(cat "$WORK/host/new")" = written ] || fail "nothing written"
    check 'cannot write: Read-only file system|4' env W2S_DIRS="$WORK/host::/data:ro" "${p[@]}" write \
        /data/other
    check '|1' env W2S_DIRS="$WORK/nowhere" "${p[@]}" args
    stderr_has '^program: error: cannot open directory'

    compile "$WORK/program.wasm" "$@" --dir "$WORK/host::/baked:ro" --dir "$WORK/host/sub::/sub" \
        -o "$WORK/baked"
    check 'inside|0' "${baked[@]}" read /baked/file
    check 'below|0' env W2S_DIRS="$WORK/host::/more" "${baked[@]}" read /sub/file
    check 'inside|0' env W2S_DIRS="$WORK/host::/more" "${baked[@]}" read /more/file
    check 'cannot write: Read-only file system|4' "${baked[@]}" write /baked/x
    rm -r "$WORK/host"
}

# ends_by_signal COMMAND...: as a container's first process too, once it has begun.
ends_by_signal() {
    local parent child code=0
    rm -f "$WORK/begun"
    unshare -rpf --kill-child "$@" >"$WORK/begun" &
    parent=$!
    until [ -s "$WORK/begun" ]; do
        kill -0 $parent || fail "$* has ended"
        sleep 0.05
    done
    child=$(grep -l "^PPid:[[:space:]]*$parent\$" /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3) || true
    kill -TERM "$child" || { kill $parent; fail "no child of unshare"; }
    wait $parent || code=$?
    [ $code = 143 ] || fail "$*: exit code $code after SIGTERM"
    CHECKS=$((CHECKS + 1))
}

refuses() { # CODE TEXT ARG...: compile says no
    check "|$1" "$WASM2SO" compile "${@:3}" -o "$WORK/refused"
    stderr_has "$2"
    [ ! -e "$WORK/refused" ] || fail "an output after an error"
}

# Whether the kernel has what sandboxes take; else programs say so.
sandboxed() {
    local code=0
    compile "$WORK/start.wat" --sandbox -o "$WORK/start"
    "${RUN[@]}" "$WORK/start" 2>"$WORK/stderr" || code=$?
    [ $code = 1 ] || return 0
    stderr_has 'sandbox: this kernel has neither Landlock nor seccomp filters'
    return 1
}

behaves
if sandboxed; then behaves --sandbox; else echo "left out: sandboxes, which this kernel lacks"; fi
echo '(module (import "env" "f" (func)) (func (export "_start")))' >"$WORK/bad.wat"
refuses 1 'imports WASI functions only, not "f" of "env"' "$WORK/bad.wat" --emit exe
echo '(module (import "wasi_snapshot_preview1" "nothing" (func)) (func (export "_start")))' \
    >"$WORK/bad.wat"
refuses 1 'not "nothing" of "wasi_snapshot_preview1"' "$WORK/bad.wat" --emit exe
echo '(module (func (export "run")))' >"$WORK/bad.wat"
refuses 1 'needs an exported function _start' "$WORK/bad.wat" --emit exe
echo '(module (func (export "_start") (param i32)))' >"$WORK/bad.wat"
refuses 1 'needs an exported function _start' "$WORK/bad.wat" --emit exe
refuses 2 '--static is for --emit exe' "$WORK/hello.wasm" --static
refuses 2 '--dir is for run, --emit exe and --init' "$WORK/hello.wasm" --dir .

# Only what is used: no function of WASI that the module does not import.
compile "$WORK/hello.wasm" -g -o "$WORK/hello"
readelf -sW "$WORK/hello" >"$WORK/symbols"
grep -q ' wasi_fd_write$' "$WORK/symbols" || fail "hello without fd_write"
grep -E ' wasi_(path_open|poll_oneoff|sock_|random_get)' "$WORK/symbols" && fail "hello has unused functions"

if ! compile "$WORK/hello.wasm" --static -o "$WORK/hello" 2>"$WORK/stderr"; then
    stderr_has 'no static runtime for .*musl'
    echo "executables: $CHECKS checks passed, static ones not built here"
    exit 0
fi
behaves --static
if sandboxed; then behaves --static --sandbox; fi
echo '(module (type $t (struct)) (func (export "_start") (drop (struct.new $t))))' >"$WORK/bad.wat"
refuses 1 'the module needs the collector' "$WORK/bad.wat" --emit exe --static
for name in hello program; do
    LC_ALL=C readelf -lSW "$WORK/$name" | grep -E 'INTERP|DYNAMIC|\.dynamic' && fail "$name is dynamic"
done
if [ ${#TARGET[@]} = 0 ]; then # a copy elsewhere needs nothing beside itself
    mkdir -p "$WORK/root/data"
    cp "$WORK/program" "$WORK/root/"
    if unshare -r true 2>/dev/null; then
        check '[args]|0' unshare -r chroot "$WORK/root" /program args
    fi
    if unshare -rpf true 2>/dev/null; then
        compile "$WORK/endless.wat" --static -o "$WORK/endless"
        ends_by_signal "$WORK/endless"
        compile "$WORK/endless.wat" -o "$WORK/endless"
        ends_by_signal "$WORK/endless"
        ends_by_signal "$WASM2SO" run "$WORK/endless.wat"
    fi
fi
size=$(stat -c %s "$WORK/hello")
[ "$size" -lt 150000 ] || [ ${#TARGET[@]} != 0 ] || fail "hello is $size bytes"
echo "executables: $CHECKS checks passed; static hello world: $size bytes"
