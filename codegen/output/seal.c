/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The sum over what is loaded of the file (wasm2so_file.h): its note is made with the descriptor
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

/* Over the file that fd is open for. */
static bool write_note(int fd, uint8_t *head, size_t head_size)
{
    size_t at = w2s_file_note_find(head, head_size);
    Elf64_Ehdr header;
    memcpy(&header, head, sizeof header);
    uint64_t sum;
    if (at == head_size || header.e_phoff + header.e_phnum * sizeof(Elf64_Phdr) > head_size ||
        !w2s_file_sum(fd, (const void *)(head + header.e_phoff), header.e_phnum, at, &sum))
        return false;
    struct w2s_file_note note = W2S_FILE_NOTE_INIT;
    note.sum[0] = (uint32_t)sum;
    note.sum[1] = (uint32_t)(sum >> 32);
    return pwrite(fd, &note, sizeof note, (off_t)at) == sizeof note;
}

bool output_seal(const struct output *output, struct error *err)
{
    _Alignas(Elf64_Phdr) uint8_t head[W2S_FILE_HEAD];
    int fd = open(output->temp, O_RDWR | O_CLOEXEC);
    bool ok =
        fd >= 0 && w2s_file_read(fd, 0, head, sizeof head) && write_note(fd, head, sizeof head);
    if (fd >= 0)
        close(fd);
    return ok || error_set(err, ERR_IO, ERROR_NO_OFFSET,
                           "cannot write %.120s: the linked file "
                           "cannot be read back",
                           output->path);
}
