/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memories and tables: growing to failure, bulk helpers at the bounds, limits of types and stores,
 * refusal where address space is short.
 */
#include "tests/runtime/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_grow(const char *file)
{
    struct host host;
    host_open(&host, file, host_zero, NULL);
    w2s_memory *memory = w2s_instance_memory(host.instance, "memory");
    const uint8_t *base = w2s_memory_base(memory);
    assert_int_equal(host_ok(&host, "load", 41, 0, 0), 'w'); /* the active segment */
    assert_int_equal(host_trap(&host, "load", 65536, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_ok(&host, "grow", 0, 0, 0), 1);
    assert_int_equal(host_ok(&host, "grow", 2, 0, 0), 1);
    assert_int_equal(host_ok(&host, "load", 3 * 65536 - 1, 0, 0), 0);
    assert_int_equal(host_trap(&host, "load", 3 * 65536, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_ok(&host, "grow", 2, 0, 0), -1);
    assert_int_equal(host_ok(&host, "grow", -1, 0, 0), -1);
    assert_int_equal(host_ok(&host, "grow", 1, 0, 0), 3);
    assert_int_equal(w2s_memory_size(memory), 4 * 65536);
    assert_ptr_equal(w2s_memory_base(memory), base);
    assert_int_equal(w2s_memory_type(memory).min, 4);
    host_close(&host);
}

static void test_grow(void **state)
{
    (void)state;
    check_grow(GUEST);
    check_grow(CHECKED);
}

static void test_bulk(void **state)
{
    (void)state;
    struct host host;
    char text[16] = {0};
    host_open(&host, GUEST, host_zero, NULL);
    w2s_memory *memory = w2s_instance_memory(host.instance, "memory");
    host_ok(&host, "init", 65530, 1, 6);
    assert_true(w2s_memory_read(memory, 65530, text, 6));
    assert_string_equal(text, "assive");
    assert_int_equal(host_trap(&host, "init", 0, 1, 7), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "init", 65531, 0, 6), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "init", 0, -1, 2), W2S_TRAP_MEMORY_OOB);
    host_ok(&host, "drop", 0, 0, 0);
    host_ok(&host, "init", 65536, 0, 0); /* nothing, at the very end */
    assert_int_equal(host_trap(&host, "init", 65537, 0, 0), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "init", 0, 0, 1), W2S_TRAP_MEMORY_OOB);

    host_ok(&host, "fill", 100, 0x1ff, 4);
    assert_int_equal(host_ok(&host, "load", 103, 0, 0), 0xff);
    assert_int_equal(host_ok(&host, "load", 104, 0, 0), 0);
    /* Nothing is written before the trap. */
    assert_int_equal(host_trap(&host, "fill", 65000, 1, 537), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_ok(&host, "load", 65000, 0, 0), 0);
    assert_int_equal(host_trap(&host, "fill", -1, 1, -1), W2S_TRAP_MEMORY_OOB);

    host_ok(&host, "copy", 42, 41, 4); /* overlapping: "wwasm" */
    assert_true(w2s_memory_read(memory, 41, text, 5));
    text[5] = 0;
    assert_string_equal(text, "wwasm");
    assert_int_equal(host_trap(&host, "copy", 65535, 41, 2), W2S_TRAP_MEMORY_OOB);
    assert_int_equal(host_trap(&host, "copy", 0, 65535, 2), W2S_TRAP_MEMORY_OOB);

    assert_true(w2s_memory_write(memory, 65536, text, 0));
    assert_false(w2s_memory_write(memory, 65536, text, 1));
    assert_false(w2s_memory_read(memory, UINT64_MAX, text, 2));
    host_close(&host);
}

static void test_limits(void **state)
{
    (void)state;
    w2s_store_config config = {
        .size = sizeof config, .max_memory = 3 * 65536 + 5, .max_table = 100};
    w2s_store *store = w2s_store_new(&config);
    w2s_error err = {0};
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    w2s_memory *memory = w2s_memory_new(store, &type, &err);
    assert_non_null(memory);
    assert_int_equal(w2s_memory_grow(memory, 2), 1);
    assert_true(w2s_memory_grow(memory, 1) == UINT64_MAX);
    assert_true(w2s_memory_grow(memory, UINT64_MAX) == UINT64_MAX);
    type.min = 4;
    assert_null(w2s_memory_new(store, &type, &err));
    assert_int_equal(err.kind, W2S_ERROR_MEMORY);
    type = (w2s_externtype){.kind = W2S_MEMORY, .page_size_log2 = 0, .min = 3, .is_64 = 1};
    memory = w2s_memory_new(store, &type, &err);
    assert_non_null(memory);
    assert_int_equal(w2s_memory_grow(memory, 1000), 3);
    assert_int_equal(w2s_memory_size(memory), 1003);
    type.min = UINT64_MAX;
    assert_null(w2s_memory_new(store, &type, &err));

    w2s_externtype table_type = {
        .kind = W2S_TABLE, .type = {W2S_REF, 1, 0, W2S_HEAP_EXTERN}, .min = 2};
    w2s_table *table = w2s_table_new(store, &table_type, &err, &err);
    void *ref = NULL;
    assert_true(w2s_table_get(table, 1, &ref) && ref == &err);
    assert_false(w2s_table_get(table, 2, &ref));
    for (uint64_t i = 2; i < 100; i++)
        assert_int_equal(w2s_table_grow(table, 1, NULL), i);
    assert_true(w2s_table_grow(table, 1, NULL) == UINT64_MAX);
    assert_true(w2s_table_get(table, 0, &ref) && ref == &err);
    table_type.min = UINT64_MAX / 4;
    assert_null(w2s_table_new(store, &table_type, NULL, &err));
    w2s_store_free(store);
}

/* All memories and all tables of a store together, and instances. */
static void test_total_limits(void **state)
{
    (void)state;
    w2s_store_config config = {.size = sizeof config,
                               .max_total_memory = 3 * 65536,
                               .max_total_table = 10,
                               .max_instances = 1};
    struct host host;
    w2s_error err = {0};
    host_open_store(&host, &config, host_zero, NULL);
    host.module = w2s_module_load(CHECKED, &err);
    host.instance = w2s_instance_new(host.store, host.module, host.linker, NULL, &err);
    assert_non_null(host.instance); /* 1 page, 6 elements */
    assert_null(w2s_instance_new(host.store, host.module, host.linker, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LIMIT);
    assert_int_equal(host_ok(&host, "grow", 3, 0, 0), -1);
    assert_int_equal(host_ok(&host, "grow", 1, 0, 0), 1);
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    w2s_memory *memory = w2s_memory_new(host.store, &type, &err);
    assert_non_null(memory);
    assert_int_equal(host_ok(&host, "grow", 1, 0, 0), -1);
    assert_true(w2s_memory_grow(memory, 1) == UINT64_MAX);
    assert_null(w2s_memory_new(host.store, &type, &err));
    assert_int_equal(err.kind, W2S_ERROR_LIMIT);
    w2s_externtype shared = {
        .kind = W2S_MEMORY, .page_size_log2 = 16, .has_max = 1, .max = 1, .is_shared = 1};
    assert_null(w2s_memory_new(host.store, &shared, &err)); /* it could grow */

    w2s_table *table = w2s_instance_table(host.instance, "table");
    assert_true(w2s_table_grow(table, 5, NULL) == UINT64_MAX);
    assert_int_equal(w2s_table_grow(table, 4, NULL), 6);
    w2s_externtype table_type = {
        .kind = W2S_TABLE, .type = {W2S_REF, 1, 0, W2S_HEAP_EXTERN}, .min = 1};
    assert_null(w2s_table_new(host.store, &table_type, NULL, &err));
    assert_int_equal(err.kind, W2S_ERROR_LIMIT);
    host_close(&host);
}

/* The last page below 4 GiB is there only for memories that begin with it. */
static void test_last_page(void **state)
{
    (void)state;
    if (host_emulated())
        skip(); /* it keeps a word for each page of 4 GiB */
    w2s_store *store = w2s_store_new(NULL);
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    w2s_memory *memory = w2s_memory_new(store, &type, NULL);
    assert_non_null(memory);
    assert_true(w2s_memory_grow(memory, 65535) == UINT64_MAX);
    assert_int_equal(w2s_memory_grow(memory, 65534), 1);
    assert_true(w2s_memory_grow(memory, 1) == UINT64_MAX);
    assert_int_equal(w2s_memory_base(memory)[w2s_memory_size(memory) - 1], 0);
    type.min = 65536;
    memory = w2s_memory_new(store, &type, NULL);
    assert_non_null(memory);
    assert_int_equal(w2s_memory_size(memory), UINT64_C(1) << 32);
    w2s_store_free(store);
}

static void test_huge(void **state)
{
    (void)state;
    w2s_store *store = w2s_store_new(NULL);
    w2s_error err = {0};
    w2s_externtype type = {
        .kind = W2S_MEMORY, .page_size_log2 = 16, .is_64 = 1, .min = UINT64_C(1) << 31};
    assert_null(w2s_memory_new(store, &type, &err)); /* 128 TiB */
    assert_int_equal(err.kind, W2S_ERROR_MEMORY);
    type.min = UINT64_C(1) << 48;
    assert_null(w2s_memory_new(store, &type, &err));
    w2s_store_free(store);
}

/* The emulator gives this run 4 GiB. */
static bool address_space_is_short(void)
{
    return getenv("W2S_SHORT_ADDRESS_SPACE") != NULL;
}

/* Under `ulimit -v`: a guard mode module is refused in plain words, a checked one runs. */
static int run_in_4_gib(void)
{
    struct host host;
    w2s_error err = {0};
    struct rlimit limit = {UINT64_C(4) << 30, UINT64_C(4) << 30};
    host_open_store(&host, NULL, host_zero, NULL);
    host.module = w2s_module_load(GUEST, &err);
    w2s_module *checked = w2s_module_load(CHECKED, &err);
    if (!host.module || !checked || (!address_space_is_short() && setrlimit(RLIMIT_AS, &limit)))
        return 1;
    if (w2s_instance_new(host.store, host.module, host.linker, NULL, &err) ||
        err.kind != W2S_ERROR_MEMORY || !strstr(err.message, "ulimit -v") ||
        !strstr(err.message, "--memory checked"))
        return 2;
    host.instance = w2s_instance_new(host.store, checked, host.linker, NULL, &err);
    if (!host.instance || host_ok(&host, "grow", 3, 0, 0) != 1)
        return 3;
    w2s_externtype type = {.kind = W2S_MEMORY, .page_size_log2 = 16, .min = 1};
    return w2s_memory_new(host.store, &type, &err) ? 0 : 4; /* with what there is */
}

/* Whether the mapping at the address asks for huge pages: VmFlags of /proc/self/smaps, "hg". */
static bool wants_huge_pages(const void *address)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false, wants = false;
    uintptr_t from, to, at = (uintptr_t)address;
    while (maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
            here = from <= at && at < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            wants = strstr(line, " hg") != NULL;
    }
    if (maps)
        fclose(maps);
    return wants;
}

static void test_huge_pages(void **state)
{
    (void)state;
    void *probe = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(probe, MAP_FAILED);
    madvise(probe, 65536, MADV_HUGEPAGE);
    bool known = wants_huge_pages(probe);
    munmap(probe, 65536);
    if (!known) {
        print_message("skipped: this system has no transparent huge pages\n");
        skip();
    }
    w2s_store *store = w2s_store_new(NULL);
    w2s_externtype type = {.kind = W2S_MEMORY, .min = 1, .page_size_log2 = 16};
    w2s_memory *memory = w2s_memory_new(store, &type, NULL);
    assert_non_null(memory);
    assert_false(wants_huge_pages(w2s_memory_base(memory)));
    assert_int_equal(w2s_memory_grow(memory, 254), 1);
    assert_false(wants_huge_pages(w2s_memory_base(memory)));
    assert_int_equal(w2s_memory_grow(memory, 1), 255); /* 16 MiB */
    assert_true(wants_huge_pages(w2s_memory_base(memory)));
    assert_true(wants_huge_pages(w2s_memory_base(memory) + w2s_memory_size(memory) - 1));
    w2s_store_free(store);
    store = w2s_store_new(NULL); /* the reservation of before, or a new one */
    memory = w2s_memory_new(store, &type, NULL);
    assert_non_null(memory);
    assert_false(wants_huge_pages(w2s_memory_base(memory)));
    w2s_store_free(store);
}

static bool is_resident(const uint8_t *at)
{
    unsigned char known = 0;
    uintptr_t page = (uintptr_t)at & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
    assert_int_equal(mincore((void *)page, 1, &known), 0);
    return known & 1;
}

/* Grown by little at a time and touched meanwhile, a memory has huge pages as well: what was never
 * touched of one is there. */
static void test_small_growths_make_huge_pages(void **state)
{
    enum { HUGE = 2 << 20, COLLAPSE = 25 };
    (void)state;
    uint8_t *probe =
        mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(probe, MAP_FAILED);
    uint8_t *aligned = (uint8_t *)(((uintptr_t)probe + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
    aligned[0] = 1;
    /* An emulator may say yes and do nothing. */
    bool known = madvise(aligned, HUGE, COLLAPSE) == 0 && is_resident(aligned + HUGE - 1);
    munmap(probe, 2 * HUGE);
    if (!known) {
        print_message("skipped: this system puts no huge pages together\n");
        skip();
    }
    w2s_store *store = w2s_store_new(NULL);
    w2s_externtype type = {.kind = W2S_MEMORY, .min = 256, .page_size_log2 = 16};
    w2s_memory *memory = w2s_memory_new(store, &type, NULL);
    assert_non_null(memory);
    uint8_t *base = w2s_memory_base(memory), *end = base + w2s_memory_size(memory);
    uint8_t *huge = (uint8_t *)(((uintptr_t)end + HUGE) & ~(uintptr_t)(HUGE - 1));
    assert_true(w2s_memory_grow(memory, (uint64_t)(huge - end) / 65536 + 2) == 256);
    huge[0] = 1;
    assert_false(is_resident(base + w2s_memory_size(memory) - 1));
    assert_true(w2s_memory_grow(memory, HUGE / 65536) > 256);
    assert_true(is_resident(huge + HUGE - 1));
    assert_int_equal(huge[0], 1);
    assert_int_equal(huge[HUGE - 1], 0);
    w2s_store_free(store);
}

static void test_short_of_address_space(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip(); /* the shadow alone is over the limit */
#endif
    if (host_emulated() && !address_space_is_short())
        skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(run_in_4_gib());
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Reservations go back: stores come and go by the thousand, zeroed each time. */
static void test_many_stores(void **state)
{
    (void)state;
    struct host host;
    host_open(&host, GUEST, host_zero, NULL);
    for (int i = 0; i < 20000; i++) {
        struct host other;
        host_open_store(&other, NULL, host_zero, NULL);
        other.instance = w2s_instance_new(other.store, host.module, other.linker, NULL, NULL);
        assert_non_null(other.instance);
        assert_int_equal(*w2s_memory_base(w2s_instance_memory(other.instance, "memory")), 0);
        host_ok(&other, "store", 0, 1, 0);
        w2s_store_free(other.store);
    }
    host_close(&host);
}

int main(void)
{
    const struct CMUnitTest short_of_it[] = {cmocka_unit_test(test_short_of_address_space)};
    const struct CMUnitTest tests[] = {
        /* First: later there are reservations to use again. */
        cmocka_unit_test(test_short_of_address_space),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_total_limits),
        cmocka_unit_test(test_last_page),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_small_growths_make_huge_pages),
        cmocka_unit_test(test_many_stores),
    };
    if (address_space_is_short())
        return cmocka_run_group_tests(short_of_it, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
