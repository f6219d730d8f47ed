/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A guest program: files and directories as an ordinary C program uses them, through stdio, POSIX
 * calls and directory streams. It works in the current directory, which must be empty, and leaves
 * it so. The same file compiled natively must print the same text; errors are printed by name,
 * because C libraries number them differently.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static const char *error_name(int error)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {0, "ok"},          {ENOENT, "ENOENT"},
        {EEXIST, "EEXIST"}, {ENOTDIR, "ENOTDIR"},
        {EISDIR, "EISDIR"}, {EBADF, "EBADF"},
        {EINVAL, "EINVAL"}, {ENOTEMPTY, "ENOTEMPTY"},
        {ELOOP, "ELOOP"},   {ENAMETOOLONG, "ENAMETOOLONG"},
        {ESPIPE, "ESPIPE"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == error)
            return names[i].name;
    return "another error";
}

static void report(const char *what, int result)
{
    printf("%s: %s\n", what, error_name(result < 0 ? errno : 0));
}

/* ---- stdio ---- */

static void write_lines(const char *path, const char *mode, int from, int to)
{
    FILE *file = fopen(path, mode);
    if (!file) {
        report(path, -1);
        exit(1);
    }
    for (int i = from; i < to; i++)
        fprintf(file, "line %d of %s: %.3f\n", i, path, i / 7.0);
    report("fclose", fclose(file));
}

static void print_file(const char *path)
{
    char line[128];
    FILE *file = fopen(path, "r");
    if (!file) {
        report(path, -1);
        return;
    }
    while (fgets(line, sizeof line, file))
        printf("  %s", line);
    printf("  end: eof %d error %d at %ld\n", feof(file) != 0, ferror(file) != 0, ftell(file));
    fclose(file);
}

static void use_stdio(void)
{
    char word[16];
    int number;
    puts("stdio");
    write_lines("lines", "w", 0, 4);
    write_lines("lines", "a", 4, 6);
    print_file("lines");
    FILE *file = fopen("lines", "r+");
    report("fseek", fseek(file, 5, SEEK_SET));
    fputs("Z", file);
    report("fseek", fseek(file, -10, SEEK_END));
    printf("tail: %s", fgets(word, sizeof word, file));
    rewind(file);
    printf("scanned %d", fscanf(file, "%15s %d", word, &number));
    printf(" %s, then '%c'\n", word, fgetc(file));
    fclose(file);
    print_file("lines");
    report("fopen missing", fopen("missing", "r") ? 0 : -1);
    report("fopen below file", fopen("lines/x", "w") ? 0 : -1);
    report("fopen exclusive", fopen("lines", "wx") ? 0 : -1);
    report("remove", remove("lines"));
    report("remove again", remove("lines"));
}

static void use_big_file(void)
{
    static unsigned char block[10000];
    unsigned sum = 0, read_sum = 0;
    FILE *file = fopen("big", "wb+");
    for (int i = 0; i < 100; i++) {
        for (size_t j = 0; j < sizeof block; j++) {
            block[j] = (unsigned char)(i * 31u + j * 7u);
            sum = sum * 31 + block[j];
        }
        fwrite(block, 1, sizeof block, file);
    }
    printf("wrote %ld\n", ftell(file));
    rewind(file);
    size_t n;
    while ((n = fread(block, 1, 777, file)) > 0)
        for (size_t j = 0; j < n; j++)
            read_sum = read_sum * 31 + block[j];
    printf("checksums %s\n", sum == read_sum ? "agree" : "differ");
    fclose(file);
    report("remove", remove("big"));
}

/* ---- descriptors ---- */

static void use_descriptors(void)
{
    char text[32] = {0};
    struct stat st;
    puts("descriptors");
    int fd = open("data", O_CREAT | O_EXCL | O_RDWR, 0666);
    report("open", fd);
    printf("wrote %zd\n", write(fd, "0123456789", 10));
    printf("at %lld\n", (long long)lseek(fd, -4, SEEK_CUR));
    printf("read %zd", read(fd, text, 8));
    printf(" '%s'\n", text);
    printf("pwrite %zd\n", pwrite(fd, "xyz", 3, 2));
    memset(text, 0, sizeof text);
    printf("pread %zd '%s'\n", pread(fd, text, 6, 1), text);
    report("ftruncate", ftruncate(fd, 5));
    report("fstat", fstat(fd, &st));
    printf("size %lld, regular %d\n", (long long)st.st_size, S_ISREG(st.st_mode) != 0);
    report("seek before start", (int)lseek(fd, -1, SEEK_SET));
    report("close", close(fd));
    report("close again", close(fd));
    report("open exclusive", open("data", O_CREAT | O_EXCL | O_RDWR, 0666));
    report("open as directory", open("data", O_RDONLY | O_DIRECTORY));
    fd = open("data", O_WRONLY | O_APPEND);
    printf("appended %zd\n", write(fd, "end", 3));
    close(fd);
    fd = open("data", O_RDONLY);
    memset(text, 0, sizeof text);
    printf("read %zd", read(fd, text, sizeof text - 1));
    printf(" '%s'\n", text);
    report("write to reader", (int)write(fd, "x", 1));
    close(fd);
    report("unlink", unlink("data"));
}

/* ---- directories ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path)
{
    char *names[300];
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        report(path, -1);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)) && count < 300)
        names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, compare);
    printf("%s has %zu:", path, count);
    for (size_t i = 0; i < count; i++) {
        if (i < 6)
            printf(" %s", names[i]);
        free(names[i]);
    }
    puts("");
}

static void use_directories(void)
{
    char name[32];
    struct stat st;
    puts("directories");
    report("mkdir", mkdir("tree", 0777));
    report("mkdir again", mkdir("tree", 0777));
    report("mkdir", mkdir("tree/sub", 0777));
    report("mkdir without parent", mkdir("none/sub", 0777));
    list("tree");
    for (int i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "tree/sub/entry%03d", i);
        fclose(fopen(name, "w"));
    }
    list("tree/sub");
    report("rmdir full", rmdir("tree/sub"));
    report("rename", rename("tree/sub/entry000", "tree/moved"));
    report("rename missing", rename("tree/sub/entry000", "tree/moved"));
    list("tree");
    report("stat", stat("tree/sub/../moved", &st));
    printf("regular %d, directory %d\n", S_ISREG(st.st_mode) != 0, S_ISDIR(st.st_mode) != 0);
    report("stat directory", stat("tree/", &st));
    printf("regular %d, directory %d\n", S_ISREG(st.st_mode) != 0, S_ISDIR(st.st_mode) != 0);
    report("stat missing", stat("tree/missing", &st));
    report("access", access("tree/moved", F_OK));
    report("unlink", unlink("tree/moved"));
    for (int i = 1; i < 150; i++) {
        snprintf(name, sizeof name, "tree/sub/entry%03d", i);
        if (unlink(name) < 0)
            report(name, -1);
    }
    report("opendir of missing", opendir("missing") ? 0 : -1);
    report("rmdir", rmdir("tree/sub"));
    report("rmdir", rmdir("tree"));
}

/* ---- links and times ---- */

static void use_links(void)
{
    char text[32] = {0};
    struct stat st;
    puts("links");
    write_lines("target", "w", 0, 1);
    report("symlink", symlink("target", "alias"));
    report("symlink again", symlink("target", "alias"));
    printf("readlink %zd", readlink("alias", text, sizeof text));
    printf(" '%s'\n", text);
    report("readlink of file", (int)readlink("target", text, sizeof text));
    print_file("alias");
    report("lstat", lstat("alias", &st));
    printf("link %d\n", S_ISLNK(st.st_mode) != 0);
    report("link", link("target", "other"));
    report("stat", stat("other", &st));
    printf("links %d\n", (int)st.st_nlink);
    report("unlink", unlink("alias"));
    report("symlink", symlink("loop", "loop"));
    report("open loop", open("loop", O_RDONLY));
    report("unlink", unlink("loop"));
    report("unlink", unlink("other"));
    report("unlink", unlink("target"));
}

static void use_times(void)
{
    struct stat st;
    const struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 5},
                                      {.tv_sec = 1234567890, .tv_nsec = 987654321}};
    puts("times");
    int fd = open("timed", O_CREAT | O_WRONLY, 0666);
    report("futimens", futimens(fd, times));
    report("fsync", fsync(fd));
    close(fd);
    report("stat", stat("timed", &st));
    printf("mtime %lld.%09ld\n", (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec);
    report("utimensat",
           utimensat(AT_FDCWD, "timed", (const struct timespec[2]){{1, 2}, {3, 4}}, 0));
    report("stat", stat("timed", &st));
    printf("atime %lld.%09ld\n", (long long)st.st_atim.tv_sec, (long)st.st_atim.tv_nsec);
    report("unlink", unlink("timed"));
}

int main(void)
{
    use_stdio();
    use_big_file();
    use_descriptors();
    use_directories();
    use_links();
    use_times();
    list(".");
    return 0;
}
