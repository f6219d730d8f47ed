/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * See image.h. What is looked at of ELF: program headers, the section of dynamic symbols, and the
 * relocation sections.
 */
#include "tools/wasm2so/image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/wasm2so_abi.h"

/* n bytes of the file, or NULL. */
static const void *file_at(struct slice file, uint64_t offset, uint64_t n)
{
    return offset <= file.n && n <= file.n - offset ? file.p + offset : NULL;
}

const void *image_at(const struct image *image, uint64_t address, uint64_t n)
{
    return address <= image->size && n <= image->size - address ? image->bytes + address : NULL;
}

const char *image_string(const struct image *image, uint64_t address)
{
    uint64_t pointer;
    const void *at = image_at(image, address, sizeof pointer);
    if (!at)
        return "";
    memcpy(&pointer, at, sizeof pointer);
    const char *text = image_at(image, pointer, 1);
    return pointer && text && memchr(text, 0, image->size - pointer) ? text : "";
}

/* ---- segments ---- */

static bool map_segment(struct image *image, struct slice file, const Elf64_Phdr *segment)
{
    const uint64_t most = file.n + (1u << 24); /* a file has more gaps only to do harm */
    const void *from = file_at(file, segment->p_offset, segment->p_filesz);
    if (!from || segment->p_vaddr > most || segment->p_filesz > most - segment->p_vaddr)
        return false;
    uint64_t end = segment->p_vaddr + segment->p_filesz;
    if (end > image->size) {
        uint8_t *bytes = realloc(image->bytes, end);
        if (!bytes)
            return false;
        memset(bytes + image->size, 0, end - image->size);
        image->bytes = bytes;
        image->size = end;
    }
    if (segment->p_filesz)
        memcpy(image->bytes + segment->p_vaddr, from, segment->p_filesz);
    return true;
}

static bool map_segments(struct image *image, struct slice file, const Elf64_Ehdr *header)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        const void *at = file_at(file, header->e_phoff + i * sizeof segment, sizeof segment);
        if (!at)
            return false;
        memcpy(&segment, at, sizeof segment);
        if (segment.p_type == PT_LOAD && !map_segment(image, file, &segment))
            return false;
    }
    return image->size > 0;
}

/* ---- sections ---- */

static bool section_at(struct slice file, const Elf64_Ehdr *header, unsigned i, Elf64_Shdr *section)
{
    const void *at = file_at(file, header->e_shoff + i * sizeof *section, sizeof *section);
    if (at)
        memcpy(section, at, sizeof *section);
    return at != NULL;
}

/* A relative relocation has no symbol; its addend is the address. */
static void relocate(struct image *image, const Elf64_Shdr *section)
{
    for (uint64_t done = 0; done + sizeof(Elf64_Rela) <= section->sh_size;
         done += sizeof(Elf64_Rela)) {
        Elf64_Rela entry;
        const void *at = image_at(image, section->sh_addr + done, sizeof entry);
        if (!at)
            return;
        memcpy(&entry, at, sizeof entry);
        if (ELF64_R_SYM(entry.r_info) == 0 && image_at(image, entry.r_offset, 8))
            memcpy(image->bytes + entry.r_offset, &entry.r_addend, sizeof entry.r_addend);
    }
}

static void find_module(struct image *image, const Elf64_Shdr *symbols, const Elf64_Shdr *names)
{
    static const char name[] = W2S_MODULE_SYMBOL;
    for (uint64_t done = 0; done + sizeof(Elf64_Sym) <= symbols->sh_size;
         done += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        const void *at = image_at(image, symbols->sh_addr + done, sizeof symbol);
        if (!at)
            return;
        memcpy(&symbol, at, sizeof symbol);
        const char *text = image_at(image, names->sh_addr + symbol.st_name, sizeof name);
        if (text && symbol.st_shndx != SHN_UNDEF && memcmp(text, name, sizeof name) == 0)
            image->module = symbol.st_value;
    }
}

static bool read_sections(struct image *image, struct slice file, const Elf64_Ehdr *header)
{
    Elf64_Shdr section, names;
    for (unsigned i = 0; i < header->e_shnum; i++) {
        if (!section_at(file, header, i, &section))
            return false;
        if (section.sh_type == SHT_RELA)
            relocate(image, &section);
        else if (section.sh_type == SHT_DYNSYM && section_at(file, header, section.sh_link, &names))
            find_module(image, &section, &names);
    }
    return image->module != 0 &&
           image_at(image, image->module, sizeof(struct w2s_module_desc)) != NULL;
}

bool image_open(struct image *image, struct slice file)
{
    Elf64_Ehdr header;
    const void *at = file_at(file, 0, sizeof header);
    *image = (struct image){0};
    if (!at)
        return false;
    memcpy(&header, at, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
        header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_shentsize == sizeof(Elf64_Shdr) &&
        header.e_phentsize == sizeof(Elf64_Phdr) && map_segments(image, file, &header) &&
        read_sections(image, file, &header))
        return true;
    image_close(image);
    return false;
}

void image_close(struct image *image)
{
    free(image->bytes);
    image->bytes = NULL;
}
