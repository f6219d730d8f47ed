/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A guest program: tries to leave the directories it was given, in every way the C library offers.
 * Prints the number of attempts that succeeded, which must be 0, and exits with it. Not to be run
 * natively, where all of them succeed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int escapes;

static void attempt(const char *what, int escaped)
{
    if (escaped)
        printf("escaped: %s\n", what);
    escapes += escaped;
}

int main(void)
{
    static const char *const paths[] = {
        "../",   "../../../etc/passwd", "./../..", "dir/../../x", "up/x",
        "up/..", "/../etc/passwd",      "up"};
    struct stat st;
    mkdir("dir", 0777);
    attempt("absolute link", symlink("/etc/passwd", "absolute") == 0);
    symlink("../..", "up"); /* may be made, but not followed */
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        attempt(paths[i], open(paths[i], O_RDONLY) >= 0);
        attempt(paths[i], open(paths[i], O_WRONLY | O_CREAT, 0666) >= 0);
        attempt(paths[i], stat(paths[i], &st) == 0);
        attempt(paths[i], opendir(paths[i]) != NULL);
        attempt(paths[i], mkdir(paths[i], 0777) == 0);
        attempt(paths[i], rename("dir", paths[i]) == 0 && i + 1 < sizeof paths / sizeof *paths);
    }
    unlink("up");
    rmdir("dir");
    printf("%d escapes\n", escapes);
    return escapes;
}
