/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The inside of WASI preview 1 (docs/wasi.md is for users). One struct wasi belongs to one
 * program, that is to a store and those of the threads that it starts: arguments, environment
 * and the descriptor table. A function of the standard is a wasi_function: it takes its
 * arguments from the call, reaches guest memory only through the checked accessors below, and
 * returns a WASI error number. Only wasi.c knows the runtime, so everything else can be tested
 * with a plain array as memory.
 *
 * Guest pointers stay valid for a whole call: the base of a memory never moves, it only grows, and
 * nothing here runs guest code. Another thread may write to a shared memory meanwhile, so what is
 * read from the guest is copied first and judged after.
 */
#ifndef RUNTIME_WASI_WASI_H
#define RUNTIME_WASI_WASI_H

#include "runtime/include/wasm2so.h"
#include "runtime/wasi/layout.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/* ---- descriptors (descriptors.c) ---- */

/* Calls work on copies. Those and the table's share host and preopen, which go with the last: what
 * another thread closes stays open until the calls that use it are done, so that a host number is
 * never another file's by then. */
struct wasi_descriptor {
    int host;         /* the host's descriptor; -1: no file, every use is BADF */
    bool used;        /* false: a free number */
    bool owned;       /* close host with it */
    bool read_only;   /* below a read-only preopen */
    uint8_t filetype; /* enum wasi_filetype */
    uint64_t rights;
    uint64_t inheriting;
    char *preopen; /* the guest's name of a preopened directory, else NULL; ours to free */
    atomic_uint *users;
};

/* The functions lock it, except for wasi_table_get. */
struct wasi_table {
    pthread_mutex_t lock;
    struct wasi_descriptor *items;
    uint32_t capacity;
    uint32_t limit; /* numbers at most */
    bool changed;   /* since the table was filled */
};

/* The lowest free number for a descriptor. Takes over host and preopen only on success. */
enum wasi_errno wasi_table_insert(struct wasi_table *table, struct wasi_descriptor descriptor,
                                  uint32_t *fd);
/* The open descriptor fd, if it has all of rights: else BADF, NOTCAPABLE. The pointer is valid
 * until the next insertion: for the holder of the lock, or where there is one thread. */
enum wasi_errno wasi_table_get(const struct wasi_table *table, uint32_t fd, uint64_t rights,
                               struct wasi_descriptor **descriptor);
/* The same as a copy, which keeps host and preopen until it is released. After an error there is
 * nothing to release; with NOTCAPABLE the copy is there to be looked at. */
enum wasi_errno wasi_table_use(struct wasi_table *table, uint32_t fd, uint64_t rights,
                               struct wasi_descriptor *copy);
enum wasi_errno wasi_descriptor_release(struct wasi_descriptor *copy);
/* Takes rights away; NOTCAPABLE where it would give some. */
enum wasi_errno wasi_table_set_rights(struct wasi_table *table, uint32_t fd, uint64_t rights,
                                      uint64_t inheriting);
enum wasi_errno wasi_table_close(struct wasi_table *table, uint32_t fd);
/* Moves from onto to, which must be open and is closed. */
enum wasi_errno wasi_table_renumber(struct wasi_table *table, uint32_t from, uint32_t to);
/* A number that is taken and never usable, and its release. */
enum wasi_errno wasi_table_reserve(struct wasi_table *table, uint32_t *fd);
enum wasi_errno wasi_table_release(struct wasi_table *table, uint32_t fd);
void wasi_table_init(struct wasi_table *table, uint32_t limit);
void wasi_table_free(struct wasi_table *table);
/* Describes an open host descriptor: its type, and the rights that make sense for it. */
enum wasi_errno wasi_descriptor_describe(int host, struct wasi_descriptor *descriptor);
enum wasi_filetype wasi_filetype_of(mode_t mode);
/* What a missing right to seek means: SPIPE for a pipe, socket or terminal, which have no position
 * and therefore lack the right. */
enum wasi_errno wasi_position_error(enum wasi_errno error,
                                    const struct wasi_descriptor *descriptor);

/* ---- state (state.c) ---- */

/* NUL-terminated strings, one after the other. */
struct wasi_strings {
    char *bytes;
    uint32_t size;
    uint32_t count;
};

struct wasi {
    struct wasi_strings args;
    struct wasi_strings env;
    struct wasi_table table;
    pthread_mutex_t listing; /* held by fd_readdir, which moves the position and reads there */
    bool own_resolver; /* resolve paths ourselves: the kernel has no openat2, or a test wants it */
};

/* NULL, and err filled, on failure. The config is copied. */
struct wasi *wasi_new(const w2s_wasi_config *config, w2s_error *err);
void wasi_free(struct wasi *wasi);
/* Whether the guest has left all descriptors as they were. */
bool wasi_is_fresh(void *wasi);

/* ---- calls and guest memory (guest.c) ---- */

enum { WASI_CALL_DESCRIPTORS = 2 }; /* that a call uses at most, poll_oneoff aside */

struct wasi_uses {
    struct wasi_descriptor items[WASI_CALL_DESCRIPTORS];
    unsigned count;
};

struct wasi_call {
    struct wasi *wasi;
    struct wasi_uses *uses; /* what the call gives back at its end */
    const w2s_value *args;
    const w2s_store *store; /* of the caller; NULL: not known */
    uint8_t *memory;        /* NULL: the caller has none */
    uint64_t memory_size;
    bool exited; /* the program ends with exit_status: the caller makes a trap of it */
    int32_t exit_status;
};

typedef enum wasi_errno wasi_function(struct wasi_call *call);

/* Makes the call. */
enum wasi_errno wasi_call_run(struct wasi_call *call, wasi_function *function);
/* The open descriptor in argument index as wasi_table_use has it, until the end of the call. */
enum wasi_errno wasi_call_descriptor(const struct wasi_call *call, unsigned index, uint64_t rights,
                                     struct wasi_descriptor **descriptor);

uint32_t wasi_arg_u32(const struct wasi_call *call, unsigned index);
uint64_t wasi_arg_u64(const struct wasi_call *call, unsigned index);
/* The bytes [address, address + size), or NULL if they are not all inside the memory. No bytes are
 * inside any. */
void *wasi_guest(const struct wasi_call *call, uint32_t address, uint64_t size);
/* The same for count items of item_size bytes. */
void *wasi_guest_array(const struct wasi_call *call, uint32_t address, uint32_t count,
                       size_t item_size);
void wasi_put_u16(void *to, uint16_t value);
void wasi_put_u32(void *to, uint32_t value);
void wasi_put_u64(void *to, uint64_t value);

/* Buffers of one read or write; more than these are left to the guest's next call. */
enum { WASI_IOV_MAX = 64 };

struct wasi_buffers {
    struct iovec iov[WASI_IOV_MAX];
    int count;
    bool cut; /* the guest gave more */
};

/* Translates the guest's array of buffers. FAULT if the array or a used buffer is outside. */
enum wasi_errno wasi_guest_buffers(const struct wasi_call *call, uint32_t address, uint32_t count,
                                   struct wasi_buffers *buffers);

/* Copies the path in arguments index (address) and index + 1 (size). Refused: NUL inside (INVAL),
 * empty (NOENT), absolute (NOTCAPABLE), too long (NAMETOOLONG). */
enum wasi_errno wasi_guest_path(const struct wasi_call *call, unsigned index, char path[PATH_MAX]);

/* ---- error numbers and times (errno.c, clock.c) ---- */

enum wasi_errno wasi_errno_of(int linux_errno);
/* SUCCESS if result is not negative, else the WASI number of errno. */
enum wasi_errno wasi_result(ssize_t result);
uint64_t wasi_nanoseconds(struct timespec time);
struct timespec wasi_timespec(uint64_t nanoseconds);
/* For utimensat: INVAL where flags contradict each other. */
enum wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec times[2]);

/* ---- confined path resolution (resolve.c) ---- */

/* Does the kernel have openat2, and may we call it? */
bool wasi_kernel_resolves(void);
/* Opens path, which must stay below dir at each step. flags are open's; O_NOFOLLOW means that a
 * link as last component is not followed. NOTCAPABLE if the path leaves dir. */
enum wasi_errno wasi_open_beneath(const struct wasi *wasi, int dir, const char *path, int flags,
                                  mode_t mode, int *fd);

/* The place of a directory entry: an open directory below the preopen and one name in it, for the
 * calls that make, move or remove the entry and never follow it. */
struct wasi_place {
    int dir;
    bool owned;       /* close dir */
    const char *name; /* in path; may end in slashes */
    char path[PATH_MAX];
};

/* Splits place->path and opens its directory. "." and ".." as last component become (x/.., "."). */
enum wasi_errno wasi_place_open(const struct wasi *wasi, int dir, struct wasi_place *place);
void wasi_place_close(struct wasi_place *place);

/* ---- files (fd_stat.c, fd_io.c) ---- */

struct wasi_filestat wasi_filestat_of(const struct stat *st);
void wasi_put_filestat(void *to, const struct stat *st);
void wasi_put_unstable_filestat(void *to, const struct stat *st);
/* open's flags for fdflags. */
int wasi_open_flags(uint32_t fdflags);

/* ---- the functions ---- */

#define BOTH(name, params, results) wasi_function wasi_##name;
#define OLD_DIFFERS(name, params, results)                                                         \
    wasi_function wasi_##name;                                                                     \
    wasi_function wasi_unstable_##name;
#define NEW_ONLY(name, params, results) wasi_function wasi_##name;
#include "runtime/wasi/functions.def"

/* ---- the functions as hosts define them (wasi.c) ---- */

/* The row of function F of module M is w2s_wasi_row_M_F. */
struct w2s_wasi_row {
    const char *module, *name;
    const char *params, *results; /* letters of functions.def */
    wasi_function *function;
};

/* w2s_linker_define_wasi for some of the functions; rows must outlive the store. */
bool wasi_define(w2s_linker *linker, const struct w2s_wasi_row *const *rows, size_t count,
                 const w2s_wasi_config *config, w2s_error *err);

#endif
