/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A WASI command for tests of the server: the path says what to do. Without a header block it
 * prints its variables and then its input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "(none)";
}

static void copy_input(void)
{
    char buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, stdin)) > 0;)
        fwrite(buffer, 1, n, stdout);
}

static void print_all(void)
{
    for (char **item = environ; *item; item++)
        puts(*item);
    copy_input();
}

static void print_file(void)
{
    char line[200];
    FILE *in = fopen("data/secret.txt", "r");
    puts(in && fgets(line, sizeof line, in) ? line : "no file");
}

int main(void)
{
    const char *path = variable("PATH_INFO");
    if (strcmp(path, "/echo") == 0) {
        printf("Content-Type: application/octet-stream\nContent-Length: 3\nX-Method: %s\n\n",
               variable("REQUEST_METHOD"));
        copy_input();
    } else if (strcmp(path, "/missing") == 0) {
        printf("Status: 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>no %s</p>",
               variable("QUERY_STRING"));
    } else if (strcmp(path, "/moved") == 0) {
        printf("Location: /echo\n\n");
    } else if (strcmp(path, "/trap") == 0) {
        __builtin_trap();
    } else if (strcmp(path, "/fail") == 0) {
        printf("half an answer");
        fprintf(stderr, "the guest fails\n");
        return 3;
    } else if (strcmp(path, "/exit") == 0) {
        printf("all");
        exit(0);
    } else if (strcmp(path, "/loop") == 0) {
        for (volatile int i = 0;; i++)
            ;
    } else if (strcmp(path, "/sleep") == 0) {
        sleep(3600);
    } else if (strcmp(path, "/flood") == 0) {
        for (;;)
            if (puts("and so on and on and on") < 0)
                return 0;
    } else if (strcmp(path, "/file") == 0) {
        print_file();
    } else {
        print_all();
    }
    return 0;
}
