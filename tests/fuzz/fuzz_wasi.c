/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A fuzzer of WASI: guests call all functions with random arguments, on a directory whose entries
 * another thread swaps with links that lead out. What must hold, besides that nothing crashes or
 * waits for ever:
 *  - no file outside is changed, and nothing of its contents or names gets into a guest's memory;
 *  - no descriptor of the process ever refers to a file outside (looked up in /proc/self/fd);
 *  - a read-only directory stays as it was;
 *  - when the state is freed, as many descriptors are open as before.
 * Rounds alternate between the kernel's path resolution and our own, with one guest or two.
 *   usage: fuzz_wasi SEED SECONDS
 */
#include "tests/fuzz/wasi_calls.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { CALLS = 4000, GUESTS = 2, MAX_FILES = 200, MAX_FILE_SIZE = 1 << 20 };

/* No name that the tree's links mention. */
#define SECRET      "what-is-outside"
#define SECRET_NAME "unlisted-name"
#define KEPT        "as it was"

struct round {
    uint64_t seed;
    char base[64];   /* root, kept and outside lie in it */
    int root;        /* of the host */
    int stdio, peer; /* a pair of sockets: the guest's standard output */
    int listener;
    struct sockaddr_in address; /* of the listener */
    struct wasi *wasi;
    struct guest guests[GUESTS];
    atomic_bool over;
};

static _Noreturn void failed(const struct round *round, const char *what, const char *which)
{
    fprintf(stderr, "fuzz_wasi: seed %llu: %s%s%s\n", (unsigned long long)round->seed, what,
            *which ? ": " : "", which);
    _exit(1);
}

static void must(const struct round *round, bool ok, const char *what)
{
    if (!ok)
        failed(round, what, strerror(errno));
}

/* ---- the scratch tree ---- */

static void path_in(const struct round *round, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", round->base, name);
}

static void make_file(const struct round *round, const char *name, const char *content)
{
    char path[256];
    path_in(round, name, path);
    FILE *file = fopen(path, "we");
    must(round, file && fputs(content, file) >= 0 && fclose(file) == 0, "cannot make a file");
}

static void make_tree(struct round *round)
{
    static const char *const dirs[] = {"outside", "outside/d", "root", "root/a",
                                       "root/b",  "root/a/c",  "kept", "kept/a"};
    static const char *const files[] = {"root/f", "root/a/f", "root/b/g", "root/a/c/x"};
    static const char *const links[][2] = {
        {"a", "root/in"},
        {"../outside", "root/out"},
        {"..", "root/up"},
        {"loop", "root/loop"},
        {"nowhere", "root/gone"},
        {"a/../../outside/d", "root/deep"},
        {"/proc/self", "root/proc"},
        {"../f", "kept/a/up"},
        {"../../outside", "root/a/out"},
        {"../outside/f", "root/file"},
    };
    char path[256], outside[256];
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        path_in(round, dirs[i], path);
        must(round, mkdir(path, 0777) == 0, "cannot make a directory");
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        make_file(round, files[i], "some text that may change");
    make_file(round, "outside/" SECRET_NAME, SECRET);
    make_file(round, "outside/f", SECRET);
    make_file(round, "outside/d/f", SECRET);
    make_file(round, "kept/f", KEPT);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        path_in(round, links[i][1], path);
        must(round, symlink(links[i][0], path) == 0, "cannot make a link");
    }
    path_in(round, "root/absolute", path);
    path_in(round, "outside", outside);
    must(round, symlink(outside, path) == 0, "cannot make a link");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

/* Sums up what is not to change: names, types, sizes, times, links and contents. */
static uint64_t sum;

static void sum_bytes(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3; /* FNV-1a */
}

static int sum_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    const uint64_t facts[] = {st->st_ino,
                              st->st_mode,
                              st->st_nlink,
                              (uint64_t)st->st_size,
                              (uint64_t)st->st_mtim.tv_sec,
                              (uint64_t)st->st_mtim.tv_nsec};
    char text[256];
    (void)type, (void)ftw;
    sum_bytes(path, strlen(path));
    sum_bytes(facts, sizeof facts);
    FILE *file = S_ISREG(st->st_mode) ? fopen(path, "re") : NULL;
    if (file) {
        sum_bytes(text, fread(text, 1, sizeof text, file));
        fclose(file);
    }
    return 0;
}

static uint64_t sum_of(const struct round *round, const char *name)
{
    char path[256];
    path_in(round, name, path);
    sum = 0;
    must(round, nftw(path, sum_one, 16, FTW_PHYS) == 0, "cannot walk");
    return sum;
}

/* ---- the other side: swaps, connections, and a look at the descriptors ---- */

/* Where a descriptor may lead; what is no file has a name without a slash in front. */
static bool is_inside(const struct round *round, const char *target)
{
    static const char *const places[] = {"/root", "/kept"};
    size_t n = strlen(round->base);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strncmp(target, round->base, n) == 0 &&
            strncmp(target + n, places[i], strlen(places[i])) == 0)
            return true;
    return target[0] != '/' || strncmp(target, "/dev/", 5) == 0 || strstr(target, "/fd") ||
           strncmp(target, "/memfd:", 7) == 0;
}

static bool leads_out(const struct round *round, const char *target)
{
    char outside[256];
    path_in(round, "outside", outside);
    return strncmp(target, outside, strlen(outside)) == 0;
}

/* Returns how many there are. Descriptors that the process came with lead anywhere but outside. */
static unsigned look_at_descriptors(const struct round *round, const bool *known)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    must(round, dir, "no /proc/self/fd");
    for (const struct dirent *entry; (entry = readdir(dir)); count++) {
        char target[512];
        int fd = atoi(entry->d_name);
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        if (n < 0 || (fd < MAX_FILES && known[fd]))
            continue;
        target[n] = '\0';
        if (leads_out(round, target) || !is_inside(round, target))
            failed(round, "a descriptor of what is outside", target);
    }
    closedir(dir);
    return count;
}

static bool known[MAX_FILES]; /* open before the first round */

static void connect_once(const struct round *round)
{
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (client < 0)
        return; /* the guests have all descriptors */
    connect(client, (const struct sockaddr *)&round->address, sizeof round->address);
    send(client, "hello", 5, MSG_NOSIGNAL);
    close(client);
}

static void *interfere(void *env)
{
    /* Names directly in root: a longer path would lead the host itself out. */
    static const char *const pairs[][2] = {{"a", "out"},  {"b", "up"},      {"f", "deep"},
                                           {"f", "file"}, {"f", "file"},    {"in", "out"},
                                           {"b", "loop"}, {"a", "absolute"}};
    struct round *round = env;
    uint64_t random = round->seed ^ 1;
    char byte[4096];
    for (unsigned i = 0; !atomic_load(&round->over); i++) {
        const char *const *pair = pairs[random_below(&random, sizeof pairs / sizeof *pairs)];
        renameat2(round->root, pair[0], round->root, pair[1], RENAME_EXCHANGE);
        if (i % 256 == 0)
            look_at_descriptors(round, known);
        if (i % 256 == 128)
            connect_once(round);
        if (i % 64 == 0 && i % 8192 < 4096) /* in between nobody reads */
            recv(round->peer, byte, sizeof byte, MSG_DONTWAIT);
    }
    return NULL;
}

/* ---- guests ---- */

static bool has(const struct guest *guest, const char *text)
{
    return memmem(guest->memory, GUEST_MEMORY, text, strlen(text)) != NULL;
}

static bool reads(const char *function)
{
    return strstr(function, "read") || strstr(function, "recv");
}

static struct round current;

static void *play(void *env)
{
    struct guest *guest = env;
    for (unsigned i = 0; i < CALLS; i++) {
        enum wasi_errno error = guest_call(guest);
        if (error > WASI_NOTCAPABLE)
            failed(&current, "no error number of WASI", guest->after);
        if (!error && reads(guest->after) && (has(guest, SECRET) || has(guest, SECRET_NAME)))
            failed(&current, "the guest sees what is outside", guest->after);
    }
    return NULL;
}

/* ---- rounds ---- */

/* Nothing waits for longer on sockets. */
static void set_patience(int socket)
{
    const struct timeval patience = {.tv_usec = 500};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static void open_sockets(struct round *round)
{
    int pair[2];
    w2s_error err;
    socklen_t size = sizeof round->address;
    must(round, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0, "no sockets");
    round->stdio = pair[0];
    round->peer = pair[1];
    round->listener = w2s_listen("127.0.0.1:0", &err);
    must(round, round->listener >= 0, "cannot listen");
    must(round, getsockname(round->listener, (struct sockaddr *)&round->address, &size) == 0,
         "no address");
    set_patience(round->stdio);
    set_patience(round->listener); /* what it accepts inherits it */
}

static void open_round(struct round *round, uint64_t seed)
{
    char root[256], kept[256];
    w2s_error err = {.message = ""};
    memset(round, 0, sizeof *round);
    round->seed = seed;
    strcpy(round->base, "/tmp/w2s_fuzz_wasi_XXXXXX");
    must(round, mkdtemp(round->base), "no scratch directory");
    make_tree(round);
    open_sockets(round);
    path_in(round, "root", root);
    path_in(round, "kept", kept);
    round->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *const args[] = {"program", "", "argument"};
    const char *const env[] = {"NAME=value"};
    const struct w2s_wasi_dir dirs[] = {{root, "/", false}, {kept, "/kept", true}};
    w2s_wasi_config config = {
        .size = sizeof config,
        .args = args,
        .arg_count = 3,
        .env = env,
        .env_count = 1,
        .dirs = dirs,
        .dir_count = 2,
        .stdin_fd = -1,
        .stdout_fd = round->stdio,
        .stderr_fd = -1,
        .sockets = &round->listener,
        .socket_count = 1,
    };
    round->wasi = wasi_new(&config, &err);
    must(round, round->wasi, err.message);
    round->wasi->own_resolver |= seed % 2 != 0;
}

static void close_round(struct round *round)
{
    wasi_free(round->wasi);
    close(round->stdio);
    close(round->peer);
    close(round->listener);
    close(round->root);
    must(round, nftw(round->base, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "cannot clean up");
}

static void play_all(struct round *round)
{
    pthread_t threads[GUESTS], other;
    const unsigned guests = 1 + round->seed / 2 % GUESTS;
    for (unsigned i = 0; i < guests; i++)
        must(round, guest_open(&round->guests[i], round->wasi, round->seed * GUESTS + i), "memory");
    must(round, pthread_create(&other, NULL, interfere, round) == 0, "thread");
    for (unsigned i = 0; i < guests; i++)
        must(round, pthread_create(&threads[i], NULL, play, &round->guests[i]) == 0, "thread");
    for (unsigned i = 0; i < guests; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&round->over, true);
    pthread_join(other, NULL);
    for (unsigned i = 0; i < guests; i++)
        guest_close(&round->guests[i]);
}

static void play_round(uint64_t seed)
{
    struct round *round = &current;
    const unsigned before = look_at_descriptors(round, known);
    open_round(round, seed);
    const uint64_t outside = sum_of(round, "outside"), kept = sum_of(round, "kept");
    play_all(round);
    if (sum_of(round, "outside") != outside)
        failed(round, "what is outside has changed", "");
    if (sum_of(round, "kept") != kept)
        failed(round, "what is read-only has changed", "");
    close_round(round);
    if (look_at_descriptors(round, known) != before)
        failed(round, "descriptors leak", "");
}

/* A full disk is nobody's wish; and limits are to be met. */
static void set_limits(void)
{
    const struct rlimit files = {MAX_FILES, MAX_FILES}, size = {MAX_FILE_SIZE, MAX_FILE_SIZE};
    setrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_FSIZE, &size);
    signal(SIGXFSZ, SIG_IGN);
    for (int fd = 0; fd < MAX_FILES; fd++)
        known[fd] = fcntl(fd, F_GETFD) >= 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: fuzz_wasi SEED SECONDS\n", stderr);
        return 2;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    time_t end = time(NULL) + atol(argv[2]);
    unsigned rounds = 0;
    if (!guest_list_is_whole())
        return 1;
    set_limits();
    do {
        printf("fuzz_wasi: seed %llu\n", (unsigned long long)seed);
        fflush(stdout);
        play_round(seed++);
        rounds++;
    } while (time(NULL) < end || rounds < 4); /* both resolvers, one guest and two */
    printf("fuzz_wasi: %u rounds, nothing found\n", rounds);
    return 0;
}
