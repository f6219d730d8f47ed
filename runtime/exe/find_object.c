/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What libgcc's unwinder asks the C library of glibc for, and musl lacks: where the unwind tables
 * for a code address are. A static executable is one object, and its program headers say.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* struct dl_find_object of glibc's <dlfcn.h> on machines without a base for data (both of ours). */
struct found {
    unsigned long long flags;
    const void *map_start, *map_end;
    void *link_map;
    const void *eh_frame_hdr;
    unsigned long long reserved[7];
};

int _dl_find_object(const void *address, struct found *result);

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden"))); /* the linker's */

int _dl_find_object(const void *address, struct found *result)
{
    const uint8_t *file = (const uint8_t *)&__ehdr_start;
    const Elf64_Phdr *segments = (const void *)(file + __ehdr_start.e_phoff);
    uintptr_t at = (uintptr_t)address, low = UINTPTR_MAX, high = 0;
    *result = (struct found){.eh_frame_hdr = NULL};
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++) {
        uintptr_t start = segments[i].p_vaddr, end = start + segments[i].p_memsz;
        if (segments[i].p_type == PT_GNU_EH_FRAME)
            result->eh_frame_hdr = (const void *)start; /* linked at its address */
        if (segments[i].p_type != PT_LOAD)
            continue;
        low = start < low ? start : low;
        high = end > high ? end : high;
    }
    result->map_start = (const void *)low;
    result->map_end = (const void *)high;
    return result->eh_frame_hdr && at >= low && at < high ? 0 : -1;
}
