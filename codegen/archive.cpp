/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Objects in memory -> a static library with an index of symbols; LLVM has the writer in C++ only.
 */
#include "codegen/shim.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>
#include <string>
#include <vector>

bool archive_make(const struct archive_member *members, size_t count,
                  bool (*write)(void *env, const void *bytes, size_t size), void *env, char *log,
                  size_t size)
{
    std::vector<llvm::NewArchiveMember> list;
    for (size_t i = 0; i < count; i++)
        list.emplace_back(
            llvm::MemoryBufferRef({members[i].bytes, members[i].size}, members[i].name));
    auto archive = llvm::writeArchiveToBuffer(list, llvm::SymtabWritingMode::NormalSymtab,
                                              llvm::object::Archive::K_GNU, true, false);
    if (archive)
        return write(env, (*archive)->getBufferStart(), (*archive)->getBufferSize());
    std::string text = llvm::toString(archive.takeError());
    size_t length = text.size() < size ? text.size() : size - 1;
    std::memcpy(log, text.data(), length);
    log[length] = '\0';
    return false;
}
