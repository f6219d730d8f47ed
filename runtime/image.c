/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Memory images: the first contents of a memory, mapped privately from the file that the module was
 * loaded from. The bytes are in this process already, but memory cannot be mapped from memory: it
 * takes the file. That is opened by its name, and is the right one only if its build id, a hash of
 * all of it, is the loaded one's; the program itself is /proc/self/exe, whatever its name means by
 * now. Where there is no such file nothing is lost: the segments are copied.
 */
#include "runtime/runtime.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct w2s_image *rt_desc_image(const struct w2s_module_desc *d, uint32_t memory)
{
    bool known =
        d->size >= offsetof(struct w2s_module_desc, image_data_count) + sizeof d->image_data_count;
    return known && d->images && d->images[memory].extent_count ? &d->images[memory] : NULL;
}

/* ---- finding the file ---- */

struct search {
    w2s_module *module;
    uintptr_t address; /* of some image */
};

enum { MAX_NOTES = 1024 };

/* Whether these notes have a build id (LSB, "Note Section"). */
static bool has_build_id(const uint8_t *notes, size_t size)
{
    for (size_t at = 0; at + sizeof(Elf64_Nhdr) + 4 <= size;) {
        Elf64_Nhdr head;
        memcpy(&head, notes + at, sizeof head);
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && head.n_descsz >= 16 &&
            memcmp(notes + at + sizeof head, "GNU", 4) == 0)
            return true;
        at += sizeof head + ((head.n_namesz + 3u) & ~3u) + ((head.n_descsz + 3u) & ~3u);
    }
    return false;
}

/* Whether the file has the notes of the loaded object, a build id among them. */
static bool is_same(const struct dl_phdr_info *object, int file)
{
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const Elf64_Phdr *p = &object->dlpi_phdr[i];
        const uint8_t *notes = (const uint8_t *)(object->dlpi_addr + p->p_vaddr);
        uint8_t bytes[MAX_NOTES];
        if (p->p_type == PT_NOTE && p->p_filesz <= MAX_NOTES &&
            has_build_id(notes, (size_t)p->p_filesz))
            return pread(file, bytes, (size_t)p->p_filesz, (off_t)p->p_offset) ==
                       (ssize_t)p->p_filesz &&
                   memcmp(bytes, notes, (size_t)p->p_filesz) == 0;
    }
    return false;
}

static void open_file(const struct dl_phdr_info *object, const Elf64_Phdr *segment,
                      w2s_module *module)
{
    bool program = !object->dlpi_name || !*object->dlpi_name;
    int file = open(program ? "/proc/self/exe" : object->dlpi_name, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && !program && !is_same(object, file)) {
        close(file);
        file = -1;
    }
    module->image_file = file;
    module->image_start = object->dlpi_addr + segment->p_vaddr;
    module->image_size = segment->p_filesz;
    module->image_offset = segment->p_offset;
}

/* Stops at the object that has the address in a segment which nobody writes. */
static int look_at(struct dl_phdr_info *object, size_t size, void *env)
{
    const struct search *search = env;
    (void)size;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const Elf64_Phdr *p = &object->dlpi_phdr[i];
        if (p->p_type != PT_LOAD ||
            search->address - (object->dlpi_addr + p->p_vaddr) >= p->p_filesz)
            continue;
        if (!(p->p_flags & PF_W))
            open_file(object, p, search->module);
        return 1;
    }
    return 0;
}

void rt_image_open(w2s_module *module)
{
    const struct w2s_module_desc *d = module->desc;
    module->image_file = -1;
    for (uint32_t i = d->import_memory_count; i < d->memory_count; i++) {
        const struct w2s_image *image = rt_desc_image(d, i);
        if (!image)
            continue;
        struct search search = {module, (uintptr_t)image->extents[0].bytes};
        dl_iterate_phdr(look_at, &search);
        return;
    }
}

void rt_image_close(w2s_module *module)
{
    if (module->image_file >= 0)
        close(module->image_file);
}

/* ---- mapping ---- */

static bool can_map(const w2s_module *module, const struct w2s_extent *extent)
{
    const uint64_t page = rt_page_size();
    const uint64_t start = (uintptr_t)extent->bytes - module->image_start;
    return (extent->address | extent->size | (start + module->image_offset)) % page == 0 &&
           rt_in_range(start, extent->size, module->image_size);
}

static bool map_extent(struct rt_memory *memory, const w2s_module *module,
                       const struct w2s_extent *extent)
{
    const uint64_t start = (uintptr_t)extent->bytes - module->image_start;
    return can_map(module, extent) &&
           mmap(memory->pub.base + extent->address, (size_t)extent->size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_FIXED, module->image_file,
                (off_t)(module->image_offset + start)) != MAP_FAILED;
}

bool rt_image_map(struct rt_memory *memory, const w2s_module *module, const struct w2s_image *image)
{
    if (module->image_file < 0)
        return false;
    for (uint64_t i = 0; i < image->extent_count; i++)
        if (!map_extent(memory, module, &image->extents[i]))
            return false;
    return true;
}

const uint8_t *rt_image_page(const struct w2s_image *image, uint64_t address)
{
    for (uint64_t i = 0; image && i < image->extent_count; i++)
        if (address - image->extents[i].address < image->extents[i].size)
            return image->extents[i].bytes + (address - image->extents[i].address);
    return NULL;
}
