/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * outside.c: pointers that leave the memory. Each is a trap, so each gets a run of its own: the
 * argument is a number from 0 to what the program prints without one; test.sh expects traps.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#define FAR    ((void *)0xffff0000u) /* wholly outside */
#define LAST   ((void *)0xfffffffdu) /* and its bytes would wrap to address 0 */
#define AROUND 0x20000000u           /* times the 8 bytes of a buffer: 0 in 32 bits */

static uint64_t space[16];
static struct iov outside = {FAR, 16}, huge = {&outside, 0xffffff00u};
static struct subscription timer;

/* The function that case number `which` is about, which has returned; NULL: there is no such case.
 */
static const char *call(int which)
{
    fd_t fd = 1;
    uint32_t n = 16;
    void *ok = space;
    switch (which) {
    case 0: wasi_args_get(FAR, ok); return "args_get";
    case 1: wasi_args_get(ok, FAR); return "args_get";
    case 2: wasi_args_sizes_get(FAR, ok); return "args_sizes_get";
    case 3: wasi_args_sizes_get(ok, LAST); return "args_sizes_get";
    case 4: wasi_environ_get(FAR, ok); return "environ_get";
    case 5: wasi_environ_get(ok, FAR); return "environ_get";
    case 6: wasi_environ_sizes_get(FAR, ok); return "environ_sizes_get";
    case 7: wasi_clock_res_get(0, FAR); return "clock_res_get";
    case 8: wasi_clock_time_get(0, 0, LAST); return "clock_time_get";
    case 9: wasi_fd_fdstat_get(fd, FAR); return "fd_fdstat_get";
    case 10: wasi_fd_filestat_get(fd, FAR); return "fd_filestat_get";
    case 11: wasi_fd_prestat_get(ROOT, FAR); return "fd_prestat_get";
    case 12: wasi_fd_prestat_dir_name(ROOT, FAR, n); return "fd_prestat_dir_name";
    case 13: wasi_fd_write(fd, FAR, 1, ok); return "fd_write";
    case 14: wasi_fd_write(fd, &outside, 1, ok); return "fd_write";
    case 15: wasi_fd_write(fd, &huge, 1, ok); return "fd_write";
    case 16: wasi_fd_write(fd, space, AROUND, ok); return "fd_write";
    case 17: wasi_fd_write(fd, space, 0, FAR); return "fd_write";
    case 18: wasi_fd_read(0, &outside, 1, ok); return "fd_read";
    case 19: wasi_fd_read(0, space, UINT32_MAX, ok); return "fd_read";
    case 20: wasi_fd_readdir(ROOT, FAR, n, 0, ok); return "fd_readdir";
    case 21: wasi_fd_readdir(ROOT, ok, UINT32_MAX, 0, ok); return "fd_readdir";
    case 22: wasi_fd_readdir(ROOT, ok, n, 0, FAR); return "fd_readdir";
    case 23: wasi_path_create_directory(ROOT, FAR, n); return "path_create_directory";
    case 24: wasi_path_filestat_get(ROOT, 0, LAST, n, ok); return "path_filestat_get";
    case 25: wasi_path_filestat_get(ROOT, 0, S("."), FAR); return "path_filestat_get";
    case 26:
        wasi_path_filestat_set_times(ROOT, 0, FAR, n, 0, 0, 0);
        return "path_filestat_set_times";
    case 27: wasi_path_link(ROOT, 0, FAR, n, ROOT, S("x")); return "path_link";
    case 28: wasi_path_open(ROOT, 0, FAR, n, 0, 0, 0, 0, ok); return "path_open";
    case 29: wasi_path_open(ROOT, 0, S("."), 0, 0, 0, 0, FAR); return "path_open";
    case 30: wasi_path_readlink(ROOT, FAR, n, ok, n, ok); return "path_readlink";
    case 31: wasi_path_readlink(ROOT, S("x"), FAR, n, ok); return "path_readlink";
    case 32: wasi_path_remove_directory(ROOT, FAR, n); return "path_remove_directory";
    case 33: wasi_path_rename(ROOT, FAR, n, ROOT, S("x")); return "path_rename";
    case 34: wasi_path_symlink(FAR, n, ROOT, S("x")); return "path_symlink";
    case 35: wasi_path_symlink(S("x"), ROOT, FAR, n); return "path_symlink";
    case 36: wasi_path_unlink_file(ROOT, FAR, n); return "path_unlink_file";
    case 37: wasi_poll_oneoff(FAR, ok, 1, ok); return "poll_oneoff";
    case 38: wasi_poll_oneoff(&timer, FAR, 1, ok); return "poll_oneoff";
    case 39: wasi_poll_oneoff(&timer, ok, 1, FAR); return "poll_oneoff";
    case 40: wasi_poll_oneoff(&timer, ok, UINT32_MAX, ok); return "poll_oneoff";
    case 41: wasi_random_get(FAR, n); return "random_get";
    case 42: wasi_random_get(LAST, n); return "random_get";
    case 43: wasi_random_get(ok, UINT32_MAX); return "random_get";
    default: return NULL;
    }
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        puts("44");
        return 0;
    }
    const char *function = call(atoi(argv[1]));
    printf("%s returned\n", function ? function : "no such case:");
    return 0;
}
