/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Arguments are made by role: what kind of thing a function takes there, in the table below. Each
 * role has its usual values, its boundaries and some noise. Calls that could wait get a clock of
 * some microseconds beside what they wait for.
 */
#include "tests/fuzz/wasi_calls.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct function {
    const char *name, *params;
    wasi_function *call;
};

static const struct function functions[] = {
#define NEW_ONLY(name, params, results) {#name, params, wasi_##name},
#define BOTH(name, params, results)     NEW_ONLY(name, params, results)
#define OLD_DIFFERS(name, params, results)                                                         \
    NEW_ONLY(name, params, results){"unstable " #name, params, wasi_unstable_##name},
#include "runtime/wasi/functions.def"
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Roles: f descriptor, d directory, e descriptor that may be lost, P path (address, size), V
 * buffers (address, count), B buffer (address, size), p where a result goes, F flags or another
 * small number, O offset or size, R rights, T time, S subscriptions (address, address of the
 * events, count). */
static const struct {
    const char *name, *roles;
} roles[] = {
    {"args_get", "pp"},
    {"args_sizes_get", "pp"},
    {"environ_get", "pp"},
    {"environ_sizes_get", "pp"},
    {"clock_res_get", "Fp"},
    {"clock_time_get", "FTp"},
    {"fd_advise", "fOOF"},
    {"fd_allocate", "fOO"},
    {"fd_close", "e"},
    {"fd_datasync", "f"},
    {"fd_fdstat_get", "fp"},
    {"fd_fdstat_set_flags", "fF"},
    {"fd_fdstat_set_rights", "eRR"},
    {"fd_filestat_get", "fp"},
    {"fd_filestat_set_size", "fO"},
    {"fd_filestat_set_times", "fTTF"},
    {"fd_pread", "fVOp"},
    {"fd_prestat_get", "fp"},
    {"fd_prestat_dir_name", "fB"},
    {"fd_pwrite", "fVOp"},
    {"fd_read", "fVp"},
    {"fd_readdir", "dBOp"},
    {"fd_renumber", "ee"},
    {"fd_seek", "fOFp"},
    {"fd_sync", "f"},
    {"fd_tell", "fp"},
    {"fd_write", "fVp"},
    {"path_create_directory", "dP"},
    {"path_filestat_get", "dFPp"},
    {"path_filestat_set_times", "dFPTTF"},
    {"path_link", "dFPdP"},
    {"path_open", "dFPFRRFp"},
    {"path_readlink", "dPBp"},
    {"path_remove_directory", "dP"},
    {"path_rename", "dPdP"},
    {"path_symlink", "PdP"},
    {"path_unlink_file", "dP"},
    {"poll_oneoff", "Sp"},
    {"proc_exit", "F"},
    {"proc_raise", "F"},
    {"random_get", "B"},
    {"sched_yield", ""},
    {"sock_accept", "fFp"},
    {"sock_recv", "fVFpp"},
    {"sock_send", "fVFp"},
    {"sock_shutdown", "fF"},
    {"adapter_open_badfd", "p"},
    {"adapter_close_badfd", "e"},
};

static const char *roles_of(const struct function *function)
{
    const char *space = strchr(function->name, ' '), *name = space ? space + 1 : function->name;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].roles;
    return NULL;
}

/* The parameters that a role stands for, as in functions.def. */
static const char *role_params(char role)
{
    switch (role) {
    case 'P':
    case 'V':
    case 'B': return "ii";
    case 'S': return "iii";
    case 'O':
    case 'R':
    case 'T': return "I";
    default: return "i";
    }
}

bool guest_list_is_whole(void)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        char params[32] = "";
        const char *role = roles_of(&functions[i]);
        for (; role && *role; role++)
            strcat(params, role_params(*role));
        if (!role || strcmp(params, functions[i].params) != 0) {
            fprintf(stderr, "%s: not as in functions.def\n", functions[i].name);
            return false;
        }
    }
    return true;
}

/* ---- numbers ---- */

uint64_t random_below(uint64_t *state, uint64_t n)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % n;
}

static uint32_t below(struct guest *guest, uint32_t n)
{
    return (uint32_t)random_below(&guest->random, n);
}

static bool one_in(struct guest *guest, uint32_t n)
{
    return below(guest, n) == 0;
}

static uint64_t any_u64(struct guest *guest)
{
    return random_below(&guest->random, UINT64_MAX);
}

static uint32_t any_address(struct guest *guest)
{
    switch (below(guest, 80)) {
    case 0: return GUEST_MEMORY - below(guest, 64);
    case 1: return GUEST_MEMORY;
    case 2: return UINT32_MAX - below(guest, 64);
    case 3: return (uint32_t)any_u64(guest);
    default: return below(guest, GUEST_MEMORY - 4096);
    }
}

static uint32_t any_size(struct guest *guest)
{
    switch (below(guest, 16)) {
    case 0: return 0;
    case 1: return below(guest, GUEST_MEMORY);
    case 2: return UINT32_MAX - below(guest, 64);
    case 3: return below(guest, 8192);
    default: return below(guest, 300);
    }
}

/* A number from first on that is in use, and by a directory if that is wanted; or first. */
static uint32_t used_descriptor(struct guest *guest, uint32_t first, bool directory)
{
    struct wasi_table *table = &guest->wasi->table;
    uint32_t found = first, count = 0;
    pthread_mutex_lock(&table->lock);
    for (uint32_t i = first; i < table->capacity; i++) {
        const struct wasi_descriptor *item = &table->items[i];
        bool fits = !directory || item->filetype == WASI_FILETYPE_DIRECTORY;
        if (item->used && item->host >= 0 && fits && one_in(guest, ++count))
            found = i;
    }
    pthread_mutex_unlock(&table->lock);
    return found;
}

enum { ROOT = 3, LISTENER = 5 };

static uint32_t any_descriptor(struct guest *guest)
{
    switch (below(guest, 12)) {
    case 0: return below(guest, 64);
    case 1: return one_in(guest, 8) ? (uint32_t)any_u64(guest) : LISTENER;
    case 2: return ROOT;
    default: return used_descriptor(guest, 0, false);
    }
}

static uint32_t any_directory(struct guest *guest)
{
    switch (below(guest, 8)) {
    case 0: return any_descriptor(guest);
    case 1:
    case 2: return used_descriptor(guest, 0, true);
    default: return ROOT;
    }
}

/* Once those of the start are lost there is nothing more to find. */
static uint32_t any_expendable(struct guest *guest)
{
    return one_in(guest, 300) ? any_descriptor(guest) : used_descriptor(guest, LISTENER + 1, false);
}

static uint32_t any_flags(struct guest *guest)
{
    switch (below(guest, 16)) {
    case 0: return (uint32_t)any_u64(guest);
    case 1: return below(guest, 256);
    case 2:
    case 3: return below(guest, 32);
    case 4: return 1u << below(guest, 5);
    default: return below(guest, 2);
    }
}

static uint64_t any_offset(struct guest *guest)
{
    static const uint64_t edges[] = {
        0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT32_MAX, (uint64_t)1 << 40};
    if (one_in(guest, 2))
        return below(guest, 5000);
    if (one_in(guest, 8))
        return any_u64(guest);
    return edges[below(guest, sizeof edges / sizeof *edges)];
}

static uint64_t any_rights(struct guest *guest)
{
    switch (below(guest, 6)) {
    case 0: return any_u64(guest);
    case 1: return UINT64_MAX;
    case 2: return any_u64(guest) & WASI_RIGHT_ALL;
    case 3: return WASI_RIGHT_FD_READ;
    default: return WASI_RIGHT_ALL;
    }
}

static uint64_t any_time(struct guest *guest)
{
    return one_in(guest, 3) ? any_u64(guest) : any_offset(guest);
}

/* ---- what lies in memory ---- */

static void put(struct guest *guest, uint32_t address, const void *from, size_t size)
{
    if (address <= GUEST_MEMORY && size <= GUEST_MEMORY - address)
        memcpy(guest->memory + address, from, size);
}

/* Names in the tree of fuzz_wasi.c and others. */
static const char *const names[] = {"a", "b",  "c",    "f",    "g",        "..",   "..",   ".",
                                    "",  "in", "out",  "up",   "absolute", "loop", "deep", "x",
                                    "y", "z",  "gone", "proc", "f",        "file"};

static uint32_t any_path(struct guest *guest, uint32_t address)
{
    char path[5000] = "";
    uint32_t size = 0, components = 1;
    if (one_in(guest, 2))
        components += below(guest, one_in(guest, 50) ? 1200 : 4);
    if (one_in(guest, 30))
        path[size++] = '/';
    for (uint32_t i = 0; i < components && size < 4300; i++) {
        const char *name = names[below(guest, sizeof names / sizeof *names)];
        if (i > 0)
            path[size++] = '/';
        if (one_in(guest, 100)) {
            uint32_t n = 250 + below(guest, 10); /* about NAME_MAX */
            memset(path + size, 'n', n);
            size += n;
        } else {
            size += (uint32_t)strlen(strcpy(path + size, name));
        }
    }
    if (one_in(guest, 10))
        path[size++] = '/';
    if (size > 0 && one_in(guest, 50))
        path[below(guest, size)] = (char)below(guest, 256);
    put(guest, address, path, size);
    return one_in(guest, 40) ? any_size(guest) : size;
}

static uint32_t any_buffers(struct guest *guest, uint32_t address)
{
    static const uint32_t counts[] = {WASI_IOV_MAX, WASI_IOV_MAX + 1, 1024, 32768, UINT32_MAX};
    uint32_t count = below(guest, 5);
    if (one_in(guest, 16))
        count = counts[below(guest, sizeof counts / sizeof *counts)];
    uint32_t filled = count < 100 ? count : 100; /* more than are looked at */
    for (uint32_t i = 0; i < filled; i++) {
        struct wasi_iovec item = {.address = any_address(guest), .size = any_size(guest)};
        put(guest, address + i * (uint32_t)sizeof item, &item, sizeof item);
    }
    return count;
}

/* The last of those that will be read is a clock that soon strikes. */
static uint32_t any_subscriptions(struct guest *guest, uint32_t address, bool unstable)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 4, 300, GUEST_MEMORY, UINT32_MAX};
    uint32_t count = counts[below(guest, sizeof counts / sizeof *counts)];
    for (uint32_t i = 0; i < count && i < 300; i++) {
        bool last = i + 1 == count;
        struct wasi_subscription item = {.userdata = any_u64(guest)};
        item.tag = last ? WASI_EVENT_CLOCK : (uint8_t)below(guest, 4);
        if (item.tag == WASI_EVENT_CLOCK) {
            item.u.clock.id = last ? below(guest, 2) : any_flags(guest);
            item.u.clock.timeout = last ? below(guest, 100000) : any_time(guest);
            item.u.clock.flags = last ? 0 : (uint16_t)any_flags(guest);
        } else {
            item.u.fd = any_descriptor(guest);
        }
        struct wasi_unstable_subscription old = {.userdata = item.userdata, .tag = item.tag};
        if (item.tag == WASI_EVENT_CLOCK)
            old.u.clock.clock = item.u.clock;
        else
            old.u.fd = item.u.fd;
        if (unstable)
            put(guest, address + i * (uint32_t)sizeof old, &old, sizeof old);
        else
            put(guest, address + i * (uint32_t)sizeof item, &item, sizeof item);
    }
    return count;
}

/* ---- calls ---- */

static uint64_t scalar(struct guest *guest, char role)
{
    switch (role) {
    case 'f': return any_descriptor(guest);
    case 'd': return any_directory(guest);
    case 'e': return any_expendable(guest);
    case 'F': return any_flags(guest);
    case 'O': return any_offset(guest);
    case 'R': return any_rights(guest);
    case 'T': return any_time(guest);
    default: return any_address(guest);
    }
}

/* Returns how many arguments the role has. */
static size_t make_arguments(struct guest *guest, char role, bool unstable, w2s_value *to)
{
    uint32_t address = any_address(guest), second = 0;
    switch (role) {
    case 'P': second = any_path(guest, address); break;
    case 'V': second = any_buffers(guest, address); break;
    case 'B': second = any_size(guest); break;
    case 'S':
        to[2].i32 = (int32_t)any_subscriptions(guest, address, unstable);
        second = one_in(guest, 4) ? address : any_address(guest); /* events over subscriptions */
        break;
    default: to[0].i64 = (int64_t)scalar(guest, role); return 1;
    }
    to[0].i32 = (int32_t)address;
    to[1].i32 = (int32_t)second;
    return strlen(role_params(role));
}

/* Files are opened more often than all else: the other calls live on them. */
static const struct function *any_function(struct guest *guest)
{
    const struct function *function = &functions[below(guest, FUNCTIONS)];
    if (one_in(guest, 8))
        while (function->call != wasi_path_open)
            function = function == functions ? &functions[FUNCTIONS - 1] : function - 1;
    return function;
}

enum wasi_errno guest_call(struct guest *guest)
{
    const struct function *function = any_function(guest);
    const bool unstable = strchr(function->name, ' ') != NULL;
    w2s_value args[9] = {0};
    size_t count = 0;
    for (const char *role = roles_of(function); *role; role++)
        count += make_arguments(guest, *role, unstable, args + count);
    struct wasi_call call = {.wasi = guest->wasi, .args = args};
    if (!one_in(guest, 500)) { /* else a caller without memory */
        call.memory = guest->memory;
        call.memory_size = GUEST_MEMORY;
    }
    guest->after = function->name;
    return wasi_call_run(&call, function->call);
}

enum { GAP = 1 << 16 };

bool guest_open(struct guest *guest, struct wasi *wasi, uint64_t seed)
{
    void *space =
        mmap(NULL, GAP + GUEST_MEMORY + GAP, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (space == MAP_FAILED)
        return false;
    *guest = (struct guest){.wasi = wasi, .random = seed, .memory = (uint8_t *)space + GAP};
    return mprotect(guest->memory, GUEST_MEMORY, PROT_READ | PROT_WRITE) == 0;
}

void guest_close(struct guest *guest)
{
    munmap(guest->memory - GAP, GAP + GUEST_MEMORY + GAP);
}
