#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# WASI preview 1 from the guest's side: the programs in this folder call each function of the
# specification as it is meant, wrongly, and with hostile arguments, and count their checks by
# function. Fails on any failed check, and when a function has none.
#   usage: test.sh WASM2SO CLANG [DRIVER TARGET]  (DRIVER runs what WASM2SO makes for TARGET)
#          SCORE=1 test.sh ... also prints the checks of each function
# exit code 77: there is no C library for WASI here
set -euo pipefail
WASM2SO=$(realpath "$1") CLANG=$2
DRIVER=$(realpath "${3:-$1}") TARGET=(${4:+--target "$4"})
cd "$(dirname "$0")"
SOURCE=$PWD WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

# Names of files are checked: they must be those of this folder.
echo 'int main(void) { return 0; }' >"$WORK/empty.c"
to_wasm() {
    "$CLANG" --target=wasm32-wasi --sysroot="${WASI_SYSROOT:-/usr}" -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror "$@"
}
to_wasm "$WORK/empty.c" -o "$WORK/empty.wasm" 2>/dev/null || { echo "no C library for WASI"; exit 77; }
to_wasm -c check.c -o "$WORK/check.o"
for source in [!c]*.c clocks.c; do
    name=${source%.c}
    to_wasm "$source" "$WORK/check.o" -o "$WORK/$name.wasm"
    "$WASM2SO" compile "${TARGET[@]}" -O1 "$WORK/$name.wasm" -o "$WORK/$name.so"
done

cd "$WORK"
LOG=$WORK/log
guest() { # NAME [OPTION...] [-- ARG...]: the program with its directories
    local name=$1
    shift
    "$DRIVER" run "$WORK/$name.so" --dir "$WORK/root::/" --dir "$WORK/ro::/ro:ro" \
        --dir "$WORK/other::a b/ü" "$@"
}
lay_out() {
    rm -rf root ro other
    mkdir -p root ro/sub other
    echo content >ro/file
    ln -s file ro/link
    ln -s / root/out
}
checks() { # NAME ...: runs the guest; its checks go into the log
    local status=0
    lay_out
    "$@" >out 2>err || status=$?
    cat out >>"$LOG"
    if [ $status != 0 ] && ! grep -q '^FAILED' out; then
        echo "FAILED $*: exit code $status: $(cat err)" | tee -a "$LOG"
    fi
    if [ -n "$(ls -A root other | grep -v -e : -e '^out$')" ]; then
        echo "FAILED $*: files are left" | tee -a "$LOG"
    fi
}
check() { # FUNCTION WHAT COMMAND...: one check made here
    local function=$1 what=$2
    shift 2
    if "$@"; then echo "checks $function 1 0" >>"$LOG"
    else echo "FAILED test.sh: $function: $what"; echo "checks $function 0 1" >>"$LOG"; fi
}

# ---- programs that check by themselves ----

checks guest process --env A=1 --env EMPTY= --env UNI=ü€ --env EQ=a=b=c \
    -- strings '' 'two words' 'ü€😀' -x=1
checks guest process
checks guest clocks
echo 123 | checks guest descriptors
checks guest files
checks guest directories
checks guest opening
checks guest links
checks guest old
checks "$SOURCE/sockets.py" "$WORK" "$DRIVER" run "$WORK/sockets.so" --dir "$WORK/root::/"

poll_guest() { # answers what the guest says on standard error
    mkfifo in said
    guest poll <in 2>said &
    exec 7>in
    read -r _ <said
    printf input >&7
    exec 7>&-
    wait $!
}
checks poll_guest

# ---- the end of a program ----

ends_with() { # CODE ARG...
    local want=$1 status=0
    shift
    guest process -- "$@" >out 2>err || status=$?
    [ $status = "$want" ] && [ ! -s out ] && [ ! -s err ]
}
for code in 0 1 33 125 126 127 134 200 255; do
    check proc_exit "exit $code" ends_with $code exit $code
done
check proc_exit "the low 8 bits" ends_with 1 exit 257
check proc_exit "-1" ends_with 255 exit 0xffffffff
for signal in 1:hup 2:int 3:quit 4:ill 6:abrt 8:fpe 9:kill 11:segv 14:alrm 15:term; do
    check proc_raise "${signal#*:}" ends_with $((128 + ${signal%:*})) raise "${signal%:*}"
done

# ---- pointers ----

traps() { # NUMBER
    local status=0
    guest outside --env A=1 -- "$1" </dev/null >out 2>err || status=$?
    [ $status = 134 ] && [ ! -s out ] && grep -q 'out of bounds memory access' err
}
outside_function() { sed -n "/^    case $1:/,/return/s/.*return \"\(.*\)\";/\1/p" "$SOURCE/outside.c"; }
lay_out
count=$(guest outside)
for ((i = 0; i < count; i++)); do
    check "$(outside_function $i)" "case $i of outside.c does not trap" traps $i
done

# ---- the sum ----

FUNCTIONS=$(sed -n 's/^    F(\([a-z_]*\), .*/\1/p' "$SOURCE/preview1.h"; echo proc_exit)
for function in $FUNCTIONS; do
    grep -q "^checks $function [1-9]" "$LOG" || echo "FAILED $function has no check" | tee -a "$LOG"
done
score() {
    awk '/^checks / { passed[$2] += $3; failed[$2] += $4 }
        END { for (f in passed) printf "%-26s %4d passed, %d failed\n", f, passed[f], failed[f] }' "$LOG" | sort
}
[ -z "${SCORE:-}" ] || score
awk '/^FAILED/ { bad = 1; print } /^checks / { passed += $3; failed += $4; functions[$2] }
    END { for (f in functions) n++
          printf "WASI: %d functions, %d checks passed, %d failed\n", n, passed, failed
          exit bad || failed > 0 }' "$LOG"
