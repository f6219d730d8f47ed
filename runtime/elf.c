/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A look at an ELF file before dlopen sees it. The dynamic linker trusts what it loads: a truncated
 * file is mapped and kills the process at the first touched page. So whatever it would follow is
 * checked here: headers, segments inside the file, the dynamic section and its addresses; and where
 * the compiler has left a sum over all that is loaded, that, so that no changed bit gets through.
 */
#include "runtime/runtime.h"

#include "runtime/include/wasm2so_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef DT_RELR /* newer than some C libraries */
#define DT_RELR 36
#endif

#if defined(__x86_64__)
enum { THIS_MACHINE = EM_X86_64 };
#else
enum { THIS_MACHINE = EM_AARCH64 };
#endif

enum { MAX_SEGMENTS = 64, MAX_DYNAMIC = 512 };

struct file {
    const char *path;
    int fd;
    uint64_t size;
    uint64_t top; /* first address after the last loaded segment */
    w2s_error *err;
    unsigned segment_count;
    Elf64_Phdr segments[MAX_SEGMENTS];
};

static bool damaged(const struct file *f, const char *what)
{
    return rt_fail(f->err, W2S_ERROR_FORMAT, "%s: damaged or truncated: %s", f->path, what);
}

static bool read_at(const struct file *f, uint64_t offset, void *to, size_t size)
{
    return rt_in_range(offset, size, f->size) && w2s_file_read(f->fd, offset, to, size);
}

static const char *machine_name(unsigned machine)
{
    return machine == EM_X86_64 ? "x86-64" : machine == EM_AARCH64 ? "AArch64" : "another machine";
}

static bool check_header(struct file *f)
{
    Elf64_Ehdr header;
    if (!read_at(f, 0, &header, SELFMAG) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return rt_fail(f->err, W2S_ERROR_FORMAT, "%s: not a compiled module (no ELF file)",
                       f->path);
    if (!read_at(f, 0, &header, sizeof header))
        return damaged(f, "the ELF header");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != THIS_MACHINE)
        return rt_fail(f->err, W2S_ERROR_TARGET, "%s: made for %s, this machine is %s", f->path,
                       machine_name(header.e_machine), machine_name(THIS_MACHINE));
    if (header.e_type != ET_DYN)
        return rt_fail(f->err, W2S_ERROR_FORMAT, "%s: not a shared object", f->path);
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
        header.e_phnum > MAX_SEGMENTS)
        return damaged(f, "the program header table");
    f->segment_count = header.e_phnum;
    if (!read_at(f, header.e_phoff, f->segments, header.e_phnum * sizeof(Elf64_Phdr)))
        return damaged(f, "the program header table");
    return true;
}

/* Loaded segments: inside the file, rising, of sane size and alignment. */
static bool check_segments(struct file *f)
{
    for (unsigned i = 0; i < f->segment_count; i++) {
        const Elf64_Phdr *segment = &f->segments[i];
        if (segment->p_type == PT_INTERP)
            return rt_fail(f->err, W2S_ERROR_FORMAT, "%s: a program, not a module", f->path);
        if (segment->p_type != PT_LOAD)
            continue;
        if (!rt_in_range(segment->p_offset, segment->p_filesz, f->size))
            return damaged(f, "a segment lies outside the file");
        if (segment->p_filesz > segment->p_memsz || segment->p_vaddr < f->top ||
            !rt_in_range(segment->p_vaddr, segment->p_memsz, UINT64_C(1) << 40) ||
            (segment->p_vaddr - segment->p_offset) % 4096 != 0)
            return damaged(f, "a segment");
        f->top = segment->p_vaddr + segment->p_memsz;
    }
    return f->top ? true : damaged(f, "nothing to load");
}

/* Whether the part lies in the loaded segment, at the same place of file and memory. What is made
 * read-only may reach to the end of the segment's last page (GNU ld rounds it up). */
static bool is_inside(const Elf64_Phdr *part, const Elf64_Phdr *segment)
{
    uint64_t end = segment->p_vaddr + segment->p_memsz;
    if (part->p_type == PT_GNU_RELRO)
        end = (end + 4095) & ~UINT64_C(4095);
    return segment->p_type == PT_LOAD && part->p_vaddr >= segment->p_vaddr &&
           part->p_vaddr <= end && rt_in_range(part->p_vaddr, part->p_memsz, end) &&
           part->p_vaddr - segment->p_vaddr == part->p_offset - segment->p_offset;
}

/* The parts that the dynamic linker and the unwinder go to: tables, what to protect. */
static bool check_parts(const struct file *f)
{
    for (unsigned i = 0; i < f->segment_count; i++) {
        const Elf64_Phdr *part = &f->segments[i];
        bool inside = part->p_type == PT_LOAD || part->p_type == PT_GNU_STACK;
        for (unsigned j = 0; j < f->segment_count && !inside; j++)
            inside = is_inside(part, &f->segments[j]);
        if (!inside || (part->p_type != PT_LOAD && part->p_filesz > part->p_memsz))
            return damaged(f, "a program header");
    }
    return true;
}

/* The dynamic entries whose value is an address in the file's image. */
static bool is_address(int64_t tag)
{
    switch (tag) {
    case DT_PLTGOT:
    case DT_HASH:
    case DT_GNU_HASH:
    case DT_STRTAB:
    case DT_SYMTAB:
    case DT_RELA:
    case DT_RELR:
    case DT_JMPREL:
    case DT_INIT:
    case DT_FINI:
    case DT_INIT_ARRAY:
    case DT_FINI_ARRAY:
    case DT_VERSYM:
    case DT_VERNEED:
    case DT_VERDEF: return true;
    default: return false;
    }
}

static bool check_entries(const struct file *f, const Elf64_Dyn *entries, size_t count)
{
    uint64_t strings = 0, symbols = 0;
    size_t i = 0;
    for (; i < count && entries[i].d_tag != DT_NULL; i++) {
        if (is_address(entries[i].d_tag) && entries[i].d_un.d_ptr >= f->top)
            return damaged(f, "an address of the dynamic section");
        strings |= entries[i].d_tag == DT_STRTAB;
        symbols |= entries[i].d_tag == DT_SYMTAB;
    }
    if (i == count || !strings || !symbols)
        return damaged(f, "the dynamic section");
    return true;
}

static bool check_dynamic(const struct file *f)
{
    static const char where[] = "the dynamic section";
    for (unsigned i = 0; i < f->segment_count; i++) {
        const Elf64_Phdr *segment = &f->segments[i];
        if (segment->p_type != PT_DYNAMIC)
            continue;
        size_t count = segment->p_filesz / sizeof(Elf64_Dyn);
        if (count == 0 || count > MAX_DYNAMIC ||
            !rt_in_range(segment->p_vaddr, segment->p_memsz, f->top))
            return damaged(f, where);
        Elf64_Dyn *entries = malloc(count * sizeof *entries);
        if (!entries)
            return rt_fail_memory(f->err);
        bool ok = read_at(f, segment->p_offset, entries, count * sizeof *entries)
                      ? check_entries(f, entries, count)
                      : damaged(f, where);
        free(entries);
        return ok;
    }
    return rt_fail(f->err, W2S_ERROR_FORMAT, "%s: not a shared object", f->path);
}

/* A file without the note is one of an earlier compiler. */
static bool check_sum(const struct file *f)
{
    uint8_t head[W2S_FILE_HEAD];
    size_t size = f->size < sizeof head ? (size_t)f->size : sizeof head;
    if (!read_at(f, 0, head, size))
        return damaged(f, "it cannot be read");
    size_t at = w2s_file_note_find(head, size);
    if (at == size)
        return true;
    struct w2s_file_note note;
    memcpy(&note, head + at, sizeof note);
    uint64_t sum;
    if (!w2s_file_sum(f->fd, f->segments, f->segment_count, at, &sum))
        return damaged(f, "it cannot be read");
    return sum == (note.sum[0] | (uint64_t)note.sum[1] << 32) ||
           damaged(f, "its contents are not those that were written");
}

bool rt_elf_check(const char *path, w2s_error *err)
{
    struct file f = {.path = path, .err = err, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (f.fd < 0)
        return rt_fail(err, W2S_ERROR_IO, "%s: %s", path, strerror(errno));
    struct stat st;
    bool ok;
    if (fstat(f.fd, &st) != 0)
        ok = rt_fail(err, W2S_ERROR_IO, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        ok = rt_fail(err, W2S_ERROR_IO, "%s: not a regular file", path);
    else {
        f.size = (uint64_t)st.st_size;
        ok = check_header(&f) && check_segments(&f) && check_parts(&f) && check_dynamic(&f) &&
             check_sum(&f);
    }
    close(f.fd);
    return ok;
}
