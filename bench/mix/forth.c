/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An interpreter of a small Forth: words are compiled to cells that a switch executes.
 */
#include <stdio.h>
#include <string.h>

enum op {
    PUSH,
    CALL,
    EXIT,
    ADD,
    SUB,
    MUL,
    MOD,
    DUP,
    DROP,
    SWAP,
    OVER,
    LESS,
    ZERO,
    JUMP,
    BRANCH,
    LOAD,
    STORE,
    END
};

static const char *const names[] = {"",    "",     ";",    "+",    "-", "*", "mod",
                                    "dup", "drop", "swap", "over", "<", "0="};
static long code[1000], cells[100], stack[1000], returns[1000];
static char words[30][16];
static long starts[30];
static int word_count, size;

static void emit(long op, long operand)
{
    code[size++] = op;
    code[size++] = operand;
}

static void compile_word(const char *word, long *marks, int *depth)
{
    long number;
    for (int op = EXIT; op <= ZERO; op++)
        if (strcmp(word, names[op]) == 0) {
            emit(op, 0);
            return;
        }
    for (int i = 0; i < word_count; i++)
        if (strcmp(word, words[i]) == 0) {
            emit(CALL, starts[i]);
            return;
        }
    if (strcmp(word, "@") == 0) {
        emit(LOAD, 0);
    } else if (strcmp(word, "!") == 0) {
        emit(STORE, 0);
    } else if (strcmp(word, "begin") == 0) {
        marks[(*depth)++] = size;
    } else if (strcmp(word, "until") == 0) {
        emit(BRANCH, marks[--*depth]);
    } else if (strcmp(word, "if") == 0) {
        marks[(*depth)++] = size;
        emit(BRANCH, 0);
    } else if (strcmp(word, "else") == 0) {
        emit(JUMP, 0);
        code[marks[*depth - 1] + 1] = size;
        marks[*depth - 1] = size - 2;
    } else if (strcmp(word, "then") == 0) {
        code[marks[--*depth] + 1] = size;
    } else if (sscanf(word, "%ld", &number) == 1) {
        emit(PUSH, number);
    }
}

static void compile(const char *source)
{
    char word[16];
    long marks[10];
    int depth = 0, length;
    for (; sscanf(source, "%15s%n", word, &length) == 1; source += length) {
        if (strcmp(word, ":") != 0) {
            compile_word(word, marks, &depth);
            continue;
        }
        source += length;
        sscanf(source, "%15s%n", words[word_count], &length);
        starts[word_count++] = size;
    }
}

static long run(long start)
{
    long *top = stack, at = start;
    int depth = 0;
    for (;;) {
        long op = code[at], operand = code[at + 1];
        at += 2;
        switch ((enum op)op) {
        case PUSH: *++top = operand; break;
        case CALL:
            returns[depth++] = at;
            at = operand;
            break;
        case EXIT:
            if (depth == 0)
                return *top;
            at = returns[--depth];
            break;
        case ADD: top--, top[0] += top[1]; break;
        case SUB: top--, top[0] -= top[1]; break;
        case MUL: top--, top[0] *= top[1]; break;
        case MOD: top--, top[0] %= top[1]; break;
        case DUP: top++, top[0] = top[-1]; break;
        case DROP: top--; break;
        case SWAP: {
            long x = top[0];
            top[0] = top[-1];
            top[-1] = x;
            break;
        }
        case OVER: top++, top[0] = top[-2]; break;
        case LESS: top--, top[0] = top[0] < top[1]; break;
        case ZERO: top[0] = top[0] == 0; break;
        case JUMP: at = operand; break;
        case BRANCH: at = *top-- ? at : operand; break;
        case LOAD: top[0] = cells[top[0]]; break;
        case STORE: top -= 2, cells[top[2]] = top[1]; break;
        case END: return 0;
        }
    }
}

int main(void)
{
    compile(
        ": fib dup 2 < if else dup 1 - fib swap 2 - fib + then ; "
        ": gcd begin swap over mod dup 0= until drop ; "
        ": step dup 2 mod if 3 * 1 + else 0 swap begin 2 - swap 1 + swap dup 0= until drop then ; "
        ": collatz 0 swap begin step swap 1 + swap dup 2 < until drop ; "
        ": sum 0 0 ! 900000 begin dup 48 gcd 0 @ + 0 ! 1 - dup 0= until drop 0 @ ; "
        ": main 29 fib sum + 97 collatz + 871 collatz + ;");
    printf("%ld\n", run(starts[word_count - 1]));
}
