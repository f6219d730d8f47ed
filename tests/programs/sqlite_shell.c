/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * sqlite_shell.c: a small shell for SQLite: runs the SQL on standard input in the database that is
 * named, prints rows and errors. Exit code: the number of errors.
 */
#include "sqlite3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_row(void *unused, int count, char **values, char **names)
{
    (void)unused;
    (void)names;
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
    puts("");
    return 0;
}

static char *read_all(FILE *file)
{
    size_t size = 0, capacity = 65536;
    char *text = malloc(capacity + 1);
    for (size_t n; (n = fread(text + size, 1, capacity - size, file)) > 0;) {
        size += n;
        if (size == capacity)
            text = realloc(text, (capacity *= 2) + 1);
    }
    text[size] = 0;
    return text;
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    int errors = 0;
    if (argc != 2 || sqlite3_open(argv[1], &db) != SQLITE_OK) {
        printf("cannot open: %s\n", sqlite3_errmsg(db));
        return 100;
    }
    char *text = read_all(stdin), *end = text, *message = NULL;
    while ((end = strstr(text, ";;"))) { /* a statement ends in two semicolons */
        *end = 0;
        if (sqlite3_exec(db, text, print_row, NULL, &message) != SQLITE_OK) {
            printf("error: %s\n", message);
            errors++;
        }
        text = end + 2;
    }
    sqlite3_close(db);
    return errors;
}
