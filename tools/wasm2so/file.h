/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Files: read whole, written so that nobody ever sees half of one. A result is first made in a
 * staging directory beside its place (same file system, so that the rename is atomic), and the
 * staging directory goes with all that is in it, whatever happened.
 */
#ifndef TOOLS_FILE_H
#define TOOLS_FILE_H

#include "frontend/error.h"
#include "frontend/types.h"

/* Reads path ("-": standard input) to its end; pipes and devices too, up to FILE_MAX bytes. The
 * bytes are malloc'd: file_free. */
bool file_read(const char *path, struct slice *bytes, struct error *err);
void file_free(struct slice *bytes);

#define FILE_MAX ((size_t)1 << 30) /* a module of 1 GiB is what browsers take at most */

struct staging {
    char directory[4096];
    char file[4200]; /* in it: where to make the result */
};

/* Makes a staging directory beside target (a file name; in /tmp if target is NULL or no regular
 * file, like /dev/stdout). */
bool staging_open(struct staging *staging, const char *target, struct error *err);

/* Puts staging->file in target's place; a target that is no regular file, or "-", is written to
 * instead of replaced. */
bool staging_commit(const struct staging *staging, const char *target, struct error *err);

/* Removes the directory and everything in it. */
void staging_close(const struct staging *staging);

/* Makes target whole: staged, written, committed. */
bool file_put(const char *target, struct slice bytes, unsigned mode, struct error *err);

/* Writes all n bytes, or sets err about path. */
bool write_all(int fd, const void *bytes, size_t n, const char *path, struct error *err);

/* Whether both name the same existing file. */
bool file_same(const char *a, const char *b);

#endif
