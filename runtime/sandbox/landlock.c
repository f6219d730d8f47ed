/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Landlock (Linux 5.13): everything that the kernel's version of it can forbid is forbidden, but
 * for files below the preopened directories: there all that WASI has calls for, and only reading
 * where a directory is read-only. What is open already stays usable. Landlock has no say in looking
 * at attributes (stat) and setting times. The numbers are the kernel's ABI, written out here
 * because headers are often older than kernels.
 */
#include "runtime/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 }; /* on all machines */
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* ABI 2: link and rename between directories; before, always refused */
    FS_TRUNCATE = 1 << 14,  /* 3 */
    FS_IOCTL_DEV = 1 << 15, /* 5 */

    FS_1 = FS_REFER - 1,
    FS_2 = FS_1 | FS_REFER,
    FS_3 = FS_2 | FS_TRUNCATE,
    FS_5 = FS_3 | FS_IOCTL_DEV,

    FS_READING = FS_READ_FILE | FS_READ_DIR,
    FS_WRITING = FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
                 FS_MAKE_REG | FS_MAKE_SYM | FS_REFER,

    NET_BIND_AND_CONNECT_TCP = 3, /* 4 */
    SCOPE_SOCKETS_AND_SIGNALS = 3 /* 6: abstract UNIX sockets and signals of processes outside */
};

/* A kernel that knows less takes the longer structure if what it does not know is zero. */
struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent; /* the kernel reads no further */
};

/* What can be forbidden, by ABI version. */
static const struct ruleset rulesets[] = {
    {0, 0, 0},
    {FS_1, 0, 0},
    {FS_2, 0, 0},
    {FS_3, 0, 0},
    {FS_3, NET_BIND_AND_CONNECT_TCP, 0},
    {FS_5, NET_BIND_AND_CONNECT_TCP, 0},
    {FS_5, NET_BIND_AND_CONNECT_TCP, SCOPE_SOCKETS_AND_SIGNALS},
};

enum { NEWEST = sizeof rulesets / sizeof *rulesets - 1 };

static bool allow_dir(int rules, const struct ruleset *ruleset, const struct w2s_wasi_dir *dir)
{
    struct path_beneath rule = {.allowed = FS_READING};
    if (!dir->read_only)
        rule.allowed |= FS_WRITING & ruleset->fs;
    rule.parent = open(dir->host_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.parent < 0)
        return false;
    bool ok = syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
    close(rule.parent);
    return ok;
}

static enum sandbox_result restrict_self(int rules, const struct ruleset *ruleset,
                                         const w2s_wasi_config *wasi, w2s_error *err)
{
    for (size_t i = 0; i < wasi->dir_count; i++)
        if (!allow_dir(rules, ruleset, &wasi->dirs[i]))
            return sandbox_failed(err, "allow directory", wasi->dirs[i].host_path);
    if (syscall(RESTRICT_SELF, rules, 0) != 0)
        return sandbox_failed(err, "enter Landlock", "");
    return SANDBOX_ENTERED;
}

enum sandbox_result sandbox_files(const w2s_wasi_config *wasi, w2s_error *err)
{
    long version = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
    if (version < 1)
        return SANDBOX_MISSING; /* not in this kernel, not switched on, or hidden by a filter */
    const struct ruleset *ruleset = &rulesets[version < NEWEST ? version : NEWEST];
    int rules = (int)syscall(CREATE_RULESET, ruleset, sizeof *ruleset, 0);
    if (rules < 0)
        return sandbox_failed(err, "make rules for Landlock", "");
    enum sandbox_result result = restrict_self(rules, ruleset, wasi, err);
    close(rules);
    return result;
}
