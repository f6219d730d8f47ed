/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Giving a linear memory its first contents back. The kernel knows which pages were written: they
 * are the process's own, where all others are still the file's or nobody's. /proc/self/pagemap
 * tells them apart without touching them, a word a page; since Linux 6.7 it also looks for them
 * itself (PAGEMAP_SCAN), which takes no longer for a large memory than for a small one if few pages
 * of it are there. A few of them are copied back in place, so that the next
 * request finds them mapped and no other processor has to be told; where there are many,
 * MADV_DONTNEED drops them all.
 *
 * Neither has to work: /proc may be missing, an emulator may take addresses for others or advice
 * for a hint. So both are tried once on pages of our own (the facts below), and what fails is not
 * used; mapping the memory anew always works.
 */
#include "runtime/runtime.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what this process can do ---- */

enum {
    KNOWN = 1,
    DONTNEED_WORKS = 2, /* it drops written pages at once */
    PAGEMAP_WORKS = 4,  /* the descriptor is above these bits */
    SCAN_WORKS = 8,
    DESCRIPTOR_SHIFT = 4,
};

/* Entries of /proc/self/pagemap (Linux, Documentation/admin-guide/mm/pagemap.rst). */
#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_SWAPPED (UINT64_C(1) << 62)
#define PAGE_OF_FILE (UINT64_C(1) << 61)

static bool is_written(uint64_t entry)
{
    return (entry & (PAGE_PRESENT | PAGE_SWAPPED)) != 0 && !(entry & PAGE_OF_FILE);
}

static bool read_entries(int pagemap, const uint8_t *page, uint64_t *entries, size_t count)
{
    off_t at = (off_t)((uintptr_t)page / rt_page_size() * sizeof *entries);
    size_t size = count * sizeof *entries;
    return pread(pagemap, entries, size, at) == (ssize_t)size;
}

/* What PAGEMAP_SCAN takes and gives (Linux, include/uapi/linux/fs.h); older headers lack it. */
struct region {
    uint64_t start, end, categories;
};

struct scan {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

enum { SCAN_FILE = 4, SCAN_PRESENT = 8, SCAN_SWAPPED = 16, SCAN_ZERO = 32 }; /* categories */

/* Looks for written pages from start on. Returns the number of regions found, or -1; *end becomes
 * where it stopped. */
static int scan(int pagemap, uintptr_t start, uint64_t *end, struct region *regions, size_t count)
{
    struct scan s = {
        .size = sizeof s,
        .start = start,
        .end = *end,
        .vec = (uintptr_t)regions,
        .vec_len = count,
        .category_inverted = SCAN_FILE | SCAN_ZERO,
        .category_mask = SCAN_FILE | SCAN_ZERO,
        .category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
        .return_mask = SCAN_PRESENT,
    };
    /* C libraries differ in the type of ioctl's second parameter. */
    long found = syscall(SYS_ioctl, pagemap, _IOWR('f', 16, struct scan), &s);
    *end = s.walk_end;
    return (int)found;
}

static bool scan_works(int pagemap, uintptr_t pages, size_t page)
{
    struct region regions[2] = {{0}};
    uint64_t end = pages + 2 * page;
    return scan(pagemap, pages, &end, regions, 2) == 1 && end == pages + 2 * page &&
           regions[0].start == pages && regions[0].end == pages + page;
}

/* Two private pages of a file, the first written, the second read. */
static unsigned try_pages(volatile uint8_t *pages, size_t page, int pagemap)
{
    uint64_t entries[2];
    unsigned works = 0;
    pages[0] = (uint8_t)(pages[page] + 2);
    uint8_t *first = (uint8_t *)(uintptr_t)pages;
    if (pagemap >= 0 && read_entries(pagemap, first, entries, 2) && is_written(entries[0]) &&
        entries[1] & PAGE_PRESENT && !is_written(entries[1]))
        works |= PAGEMAP_WORKS;
    if (works & PAGEMAP_WORKS && scan_works(pagemap, (uintptr_t)first, page))
        works |= SCAN_WORKS;
    if (madvise(first, 2 * page, MADV_DONTNEED) == 0 && pages[0] == 1)
        works |= DONTNEED_WORKS;
    return works;
}

static unsigned try_all(int pagemap)
{
    size_t page = rt_page_size();
    unsigned works = 0;
    int file = memfd_create("wasm2so", MFD_CLOEXEC);
    if (file < 0)
        return 0;
    void *pages = MAP_FAILED;
    if (pwrite(file, "\1", 1, 0) == 1 && pwrite(file, "\1", 1, (off_t)page) == 1 &&
        ftruncate(file, (off_t)(2 * page)) == 0)
        pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (pages != MAP_FAILED) {
        works = try_pages(pages, page, pagemap);
        munmap(pages, 2 * page);
    }
    close(file);
    return works;
}

static uint64_t find_facts(void)
{
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    unsigned works = try_all(pagemap);
    if (works & PAGEMAP_WORKS)
        return (uint64_t)pagemap << DESCRIPTOR_SHIFT | works | KNOWN;
    if (pagemap >= 0)
        close(pagemap);
    return works | KNOWN;
}

/* In a page that a child process finds zeroed: the descriptor would tell it of its parent's pages.
 * NULL until there is one. */
static _Atomic(_Atomic(uint64_t) *) facts_page;

/* Emulators take advice lightly; fork knows as well. */
static void after_fork_in_child(void)
{
    _Atomic(uint64_t) *known = atomic_load_explicit(&facts_page, memory_order_acquire);
    if (known)
        atomic_store(known, 0);
}

static _Atomic(uint64_t) *facts_new(void)
{
    size_t size = rt_page_size();
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    _Atomic(uint64_t) *none = NULL;
    if (madvise(page, size, MADV_WIPEONFORK) == 0 &&
        atomic_compare_exchange_strong(&facts_page, &none, page)) {
        (void)pthread_atfork(NULL, NULL, after_fork_in_child);
        return page;
    }
    munmap(page, size);
    return none; /* another thread's, if it was faster */
}

/* No lock: a child process of several threads must get through as well. */
static uint64_t facts(void)
{
    _Atomic(uint64_t) *known = atomic_load_explicit(&facts_page, memory_order_acquire);
    if (!known && !(known = facts_new()))
        return KNOWN;
    uint64_t value = atomic_load_explicit(known, memory_order_acquire);
    if (value)
        return value;
    uint64_t mine = find_facts();
    if (atomic_compare_exchange_strong(known, &value, mine))
        return mine;
    if (mine & PAGEMAP_WORKS)
        close((int)(mine >> DESCRIPTOR_SHIFT));
    return value;
}

/* ---- the memory ---- */

enum {
    REGIONS = 64,
    ENTRIES = 512,                 /* looked at in one go */
    READ_LIMIT = 64 * 1024 * 1024, /* larger memories are dropped rather than read about */
};

static bool map_anew(struct rt_memory *memory)
{
    return mmap(memory->pub.base, memory->committed, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED &&
           (!memory->image || rt_image_map(memory, memory->image_of, memory->image));
}

static bool drop(struct rt_memory *memory, uint64_t known)
{
    if (known & DONTNEED_WORKS && madvise(memory->pub.base, memory->committed, MADV_DONTNEED) == 0)
        return true;
    return map_anew(memory);
}

/* Pages that were only read are not written now: they may have no memory of their own yet. */
static void clear_page(uint8_t *page, size_t size)
{
    uint64_t any = 0;
    for (size_t i = 0; i < size; i += sizeof any) {
        uint64_t word;
        memcpy(&word, page + i, sizeof word);
        any |= word;
    }
    if (any)
        memset(page, 0, size);
}

static void restore_page(struct rt_memory *memory, uint64_t offset, size_t page)
{
    const uint8_t *first = rt_image_page(memory->image, offset);
    if (first)
        memcpy(memory->pub.base + offset, first, page);
    else
        clear_page(memory->pub.base + offset, page);
}

/* Restores the written ones of up to ENTRIES pages from offset on; false when *budget, of pages, is
 * used up or the kernel does not answer. */
static bool restore_some(struct rt_memory *memory, int pagemap, uint64_t offset, size_t count,
                         size_t *budget)
{
    uint64_t entries[ENTRIES];
    size_t page = rt_page_size();
    if (!read_entries(pagemap, memory->pub.base + offset, entries, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_written(entries[i]))
            continue;
        if (*budget == 0)
            return false;
        --*budget;
        restore_page(memory, offset + i * page, page);
    }
    return true;
}

/* The same for a region that is written. */
static bool restore_region(struct rt_memory *memory, const struct region *region, size_t *budget)
{
    const uintptr_t base = (uintptr_t)memory->pub.base;
    size_t page = rt_page_size();
    for (uint64_t at = region->start; at < region->end; at += page) {
        if (*budget == 0)
            return false;
        --*budget;
        restore_page(memory, at - base, page);
    }
    return true;
}

static bool restore_scanned(struct rt_memory *memory, int pagemap, size_t budget)
{
    const uintptr_t base = (uintptr_t)memory->pub.base;
    struct region regions[REGIONS];
    for (uint64_t start = base, end; start < base + memory->committed; start = end) {
        end = base + memory->committed;
        int found = scan(pagemap, start, &end, regions, REGIONS);
        if (found < 0 || end <= start)
            return false;
        for (int i = 0; i < found; i++)
            if (!restore_region(memory, &regions[i], &budget))
                return false;
    }
    return true;
}

static bool restore(struct rt_memory *memory, uint64_t known, size_t budget)
{
    size_t page = rt_page_size();
    if (known & SCAN_WORKS)
        return restore_scanned(memory, (int)(known >> DESCRIPTOR_SHIFT), budget);
    if (!(known & PAGEMAP_WORKS) || memory->committed > READ_LIMIT)
        return false;
    for (uint64_t offset = 0; offset < memory->committed; offset += ENTRIES * page) {
        uint64_t left = (memory->committed - offset) / page;
        size_t count = left < ENTRIES ? (size_t)left : ENTRIES;
        if (!restore_some(memory, (int)(known >> DESCRIPTOR_SHIFT), offset, count, &budget))
            return false;
    }
    return true;
}

bool rt_memory_reset(struct rt_memory *memory, size_t keep)
{
    if (memory->committed == 0)
        return true;
    uint64_t known = facts();
    return restore(memory, known, keep / rt_page_size()) || drop(memory, known);
}
