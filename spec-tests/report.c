/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Counting and printing: records of the pipe to sums of a file, sums to the table, and the table of
 * areas, which decides by path patterns what proposal a file of the official suite belongs to.
 */
#include "spec-tests/report.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- areas ---- */

struct area {
    const char *name;
    const char *patterns; /* of the path's end, separated by blanks */
};

/* The first row that matches wins. A pattern with a slash is matched with the folder. */
/* clang-format off */
static const struct area areas[] = {
    {"threads",             "threads/*"},
    {"custom page sizes",   "custom-page-sizes/*"},
    {"wide arithmetic",     "wide-arithmetic/*"},
    {"custom sections",     "custom/*"},
    {"legacy exceptions",   "legacy/*"},
    {"simd",                "simd_*"},
    {"relaxed simd",        "*relaxed_*"},
    {"others",              "annotations* id.wast instance* type-rec* table_copy_mixed*"},
    {"1.0",                 "f32.wast f64.wast i32.wast i64.wast binary-leb128*"},
    {"memory64",            "*64.wast memory64-*"},
    {"gc",                  "array* struct* i31* extern* binary-gc* br_on_cast* ref_cast* ref_eq* "
                            "ref_test* type-canon* type-subtyping*"},
    {"multi-memory",        "*[0-9].wast memory-multi* memory_size_import*"},
    {"tail calls",          "return_call*"},
    {"function references", "br_on_* call_ref* local_init* ref.wast ref_as_* type-equivalence*"},
    {"exceptions",          "tag* throw* try_table*"},
    {"2.0",                 "bulk* global* memory_copy* memory_fill* memory_init* obsolete* ref_* "
                            "table* unreached-valid*"},
    {"1.0",                 "*"},
};
/* clang-format on */

enum { AREA_COUNT = sizeof areas / sizeof *areas };

/* The last folder and the file name, or the file name alone. */
static const char *path_tail(const char *path, bool with_folder)
{
    const char *tail = path;
    for (const char *p = path; *p != '\0'; p++)
        if (*p == '/' && (!with_folder || strchr(p + 1, '/') != NULL))
            tail = p + 1;
    return tail;
}

static bool matches_any(const char *patterns, const char *path)
{
    char pattern[64];
    for (const char *p = patterns; *p != '\0'; p += *p == ' ') {
        size_t n = strcspn(p, " ");
        snprintf(pattern, sizeof pattern, "%.*s", (int)n, p);
        const char *tail = path_tail(path, strchr(pattern, '/') != NULL);
        if (fnmatch(pattern, tail, 0) == 0)
            return true;
        p += n;
    }
    return false;
}

static const char *area_of(const char *path)
{
    for (size_t i = 0; i < AREA_COUNT; i++)
        if (matches_any(areas[i].patterns, path))
            return areas[i].name;
    return "others";
}

/* ---- records ---- */

void event_write(int fd, enum event_kind kind, uint32_t line, uint32_t count, const char *text)
{
    struct {
        struct event event;
        char text[EVENT_TEXT_MAX];
    } record = {.event = {kind, line, count, 0}};
    if (text != NULL) {
        record.event.size = (uint32_t)strnlen(text, EVENT_TEXT_MAX);
        memcpy(record.text, text, record.event.size);
    }
    const size_t size = sizeof record.event + record.event.size;
    if (write(fd, &record, size) != (ssize_t)size)
        return; /* the main process reports what is missing */
}

void tally_add(struct tally *tally, const struct event *event, const char *text, bool verbose)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_TOTAL: tally->total = event->count; break;
    case EVENT_LINE: tally->line = event->line; break;
    case EVENT_PASSED: tally->passed++; break;
    case EVENT_FAILED:
        tally->failed += event->count;
        if (event->count == 0) {
            tally->failed++;
            tally->broken++;
        }
        fprintf(stderr, "%s:%u: failed: %.*s\n", tally->path, event->line, (int)event->size, text);
        break;
    case EVENT_SKIPPED:
        tally->skipped += event->count;
        if (verbose)
            fprintf(stderr, "%s:%u: skipped: %.*s\n", tally->path, event->line, (int)event->size,
                    text);
        break;
    case EVENT_DONE: tally->done = true; break;
    case EVENT__COUNT: break;
    }
}

void tally_abort(struct tally *tally, const char *why)
{
    uint32_t counted = tally->passed + tally->failed - tally->broken + tally->skipped;
    uint32_t lost = tally->total > counted ? tally->total - counted : 0;
    if (lost == 0)
        tally->broken++;
    tally->failed += lost == 0 ? 1 : lost;
    fprintf(stderr, "%s:%u: failed: %s; %u assertions not reached\n", tally->path, tally->line, why,
            lost);
}

/* ---- tables ---- */

static void print_row(const char *name, uint32_t passed, uint32_t failed, uint32_t skipped)
{
    printf("%-44s %7u %7u %7u\n", name, passed, failed, skipped);
}

static void print_heading(const char *name)
{
    printf("%-44s %7s %7s %7s\n", name, "passed", "failed", "skipped");
}

static bool area_is_first(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(areas[i].name, areas[index].name) == 0)
            return false;
    return true;
}

static void print_areas(const struct tally *tallies, size_t count)
{
    print_heading("area");
    for (size_t a = 0; a < AREA_COUNT; a++) {
        struct tally sum = {0};
        for (size_t i = 0; i < count; i++)
            if (strcmp(area_of(tallies[i].path), areas[a].name) == 0) {
                sum.passed += tallies[i].passed;
                sum.failed += tallies[i].failed;
                sum.skipped += tallies[i].skipped;
                sum.line++;
            }
        if (sum.line != 0 && area_is_first(a))
            print_row(areas[a].name, sum.passed, sum.failed, sum.skipped);
    }
}

bool report_print(const struct tally *tallies, size_t count)
{
    uint64_t passed = 0, failed = 0, skipped = 0;
    print_heading("file");
    for (size_t i = 0; i < count; i++) {
        const struct tally *t = &tallies[i];
        print_row(path_tail(t->path, true), t->passed, t->failed, t->skipped);
        passed += t->passed;
        failed += t->failed;
        skipped += t->skipped;
    }
    printf("\n");
    print_areas(tallies, count);
    printf("\n%llu passed, %llu failed, %llu skipped\n", (unsigned long long)passed,
           (unsigned long long)failed, (unsigned long long)skipped);
    return failed == 0;
}
