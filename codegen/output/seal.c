/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The sum over what the dynamic linker reads (wasm2so_file.h): its note is made with the descriptor
 * and filled in when the file is linked.
 */
#include "codegen/artifact.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/include/wasm2so_file.h"

void emit_file_note(struct cg *cg)
{
    static const struct w2s_file_note note = W2S_FILE_NOTE_INIT;
    LLVMValueRef bytes =
        LLVMConstStringInContext2(cg->context, (const char *)&note, sizeof note, true);
    LLVMValueRef global = LLVMAddGlobal(cg->module, LLVMTypeOf(bytes), "w2s.note");
    LLVMSetInitializer(global, bytes);
    LLVMSetGlobalConstant(global, true);
    LLVMSetVisibility(global, LLVMHiddenVisibility);
    LLVMSetSection(global, W2S_FILE_NOTE_SECTION);
    LLVMSetAlignment(global, 4);
}

struct file {
    int fd;
    struct arena *arena;
    Elf64_Ehdr header;
    size_t head_size; /* up to the last table */
    Elf64_Shdr dynamic;
};

/* NULL if the file does not have that much. */
static uint8_t *read_part(const struct file *f, uint64_t offset, size_t size)
{
    uint8_t *bytes = arena_alloc(f->arena, size ? size : 1);
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(f->fd, bytes + done, size - done, (off_t)(offset + done));
        if (n <= 0)
            return NULL;
        done += (size_t)n;
    }
    return bytes;
}

static bool is_table(const Elf64_Shdr *section)
{
    switch (section->sh_type) {
    case SHT_NOTE:
    case SHT_DYNSYM:
    case SHT_STRTAB:
    case SHT_HASH:
    case SHT_GNU_HASH:
    case SHT_GNU_versym:
    case SHT_GNU_verneed:
    case SHT_RELA: return (section->sh_flags & SHF_ALLOC) != 0;
    default: return false;
    }
}

static bool look_at_sections(struct file *f)
{
    const uint8_t *header = read_part(f, 0, sizeof f->header);
    if (!header)
        return false;
    memcpy(&f->header, header, sizeof f->header);
    const uint8_t *table = read_part(f, f->header.e_shoff, f->header.e_shnum * sizeof(Elf64_Shdr));
    for (unsigned i = 0; table && i < f->header.e_shnum; i++) {
        Elf64_Shdr section;
        memcpy(&section, table + i * sizeof section, sizeof section);
        if (section.sh_type == SHT_DYNAMIC)
            f->dynamic = section;
        if (is_table(&section) && section.sh_offset + section.sh_size > f->head_size)
            f->head_size = (size_t)(section.sh_offset + section.sh_size);
    }
    f->head_size = (f->head_size + 7) & ~(size_t)7;
    return table && f->dynamic.sh_size;
}

static bool write_note(const struct file *f)
{
    uint8_t *head = read_part(f, 0, f->head_size);
    const uint8_t *dynamic = read_part(f, f->dynamic.sh_offset, f->dynamic.sh_size);
    size_t at = head ? w2s_file_note_find(head, f->head_size) : f->head_size;
    if (!dynamic || at == f->head_size)
        return false;
    struct w2s_file_note note = W2S_FILE_NOTE_INIT;
    note.head_size = (uint32_t)f->head_size;
    memcpy(head + at, &note, sizeof note);
    uint64_t sum = w2s_file_sum(head, f->head_size, at, dynamic, f->dynamic.sh_size);
    note.sum[0] = (uint32_t)sum;
    note.sum[1] = (uint32_t)(sum >> 32);
    return pwrite(f->fd, &note, sizeof note, (off_t)at) == sizeof note;
}

bool output_seal(const struct output *output, struct arena *arena, struct error *err)
{
    struct file f = {.fd = open(output->temp, O_RDWR | O_CLOEXEC), .arena = arena};
    bool ok = f.fd >= 0 && look_at_sections(&f) && write_note(&f);
    if (f.fd >= 0)
        close(f.fd);
    return ok || error_set(err, ERR_IO, ERROR_NO_OFFSET,
                           "cannot write %.120s: the linked file "
                           "cannot be read back",
                           output->path);
}
