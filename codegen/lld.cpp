/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * ld.lld in this process; lld has no C API. lld keeps its state in globals, hence the lock. When it
 * gives up half way (canRunAgain false) those globals are lost, and every later link is refused.
 */
#include "codegen/shim.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <mutex>
#include <string>

LLD_HAS_DRIVER(elf)

bool lld_link(const char *const *args, size_t count, char *log, size_t size)
{
    static std::mutex mutex;
    static bool broken;
    std::lock_guard<std::mutex> lock(mutex);

    std::string text;
    llvm::raw_string_ostream stream(text);
    bool linked = false;
    if (broken) {
        stream << "the linker failed before and cannot run again in this process";
    } else {
        lld::Result result =
            lld::lldMain({args, count}, stream, stream, {{lld::Gnu, &lld::elf::link}});
        broken = !result.canRunAgain;
        linked = result.retCode == 0;
    }
    stream.flush();
    size_t length = text.size() < size ? text.size() : size - 1;
    std::memcpy(log, text.data(), length);
    log[length] = '\0';
    return linked;
}
