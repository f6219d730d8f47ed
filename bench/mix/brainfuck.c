/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An interpreter of Brainfuck with its jumps resolved, running nested loops.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint8_t tape[30000];
static int targets[2000];

static void resolve(const char *program)
{
    int open[100], depth = 0;
    for (int i = 0; program[i]; i++)
        if (program[i] == '[') {
            open[depth++] = i;
        } else if (program[i] == ']') {
            targets[i] = open[--depth];
            targets[targets[i]] = i;
        }
}

static unsigned run(const char *program)
{
    unsigned hash = 0;
    uint8_t *cell = tape;
    memset(tape, 0, sizeof tape);
    for (int at = 0;; at++)
        switch (program[at]) {
        case '>': cell++; break;
        case '<': cell--; break;
        case '+': ++*cell; break;
        case '-': --*cell; break;
        case '.': hash = hash * 31 + *cell; break;
        case '[':
            if (!*cell)
                at = targets[at];
            break;
        case ']':
            if (*cell)
                at = targets[at];
            break;
        case 0: return hash;
        default: break;
        }
}

int main(void)
{
    static const char products[] =
        "++++++++++[>++++++++++[>++++++++++[>+>++>+++<<<-]<-]<-]>>>.>.>.";
    static const char nested[] =
        ">++++++++[>++++++++[>++++++++[>++++++++[>++++++++[>++++++++[>+>+<<-]<-]"
        "<-]<-]<-]<-]>>>>>>>.";
    unsigned hash = 0;
    for (int round = 0; round < 40; round++) {
        resolve(products);
        hash += run(products);
        resolve(nested);
        hash = hash * 31 + run(nested);
    }
    printf("%u\n", hash);
}
