/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Does this AArch64 CPU have the features a module was compiled for? Names are LLVM's; the kernel
 * says in the auxiliary vector what user programs may use.
 */
#include "runtime/runtime.h"

#include <string.h>
#include <sys/auxv.h>

const char rt_cpu_arch[] = "aarch64";

struct feature {
    const char *name;
    unsigned long type; /* AT_HWCAP or AT_HWCAP2 */
    unsigned bit;
};

/* clang-format off */
static const struct feature features[] = {
    {"fp-armv8", AT_HWCAP, 0},  {"neon", AT_HWCAP, 1},      {"aes", AT_HWCAP, 3},
    {"sha2", AT_HWCAP, 6},      {"crc", AT_HWCAP, 7},       {"lse", AT_HWCAP, 8},
    {"fullfp16", AT_HWCAP, 9},  {"rdm", AT_HWCAP, 12},      {"jsconv", AT_HWCAP, 13},
    {"complxnum", AT_HWCAP, 14}, {"rcpc", AT_HWCAP, 15},    {"sha3", AT_HWCAP, 17},
    {"sm4", AT_HWCAP, 19},      {"dotprod", AT_HWCAP, 20},  {"sve", AT_HWCAP, 22},
    {"fp16fml", AT_HWCAP, 23},  {"dit", AT_HWCAP, 24},      {"rcpc-immo", AT_HWCAP, 26},
    {"flagm", AT_HWCAP, 27},    {"ssbs", AT_HWCAP, 28},     {"sb", AT_HWCAP, 29},
    {"pauth", AT_HWCAP, 30},    {"sve2", AT_HWCAP2, 1},     {"sve2-aes", AT_HWCAP2, 2},
    {"sve2-bitperm", AT_HWCAP2, 4}, {"sve2-sha3", AT_HWCAP2, 5}, {"sve2-sm4", AT_HWCAP2, 6},
    {"altnzcv", AT_HWCAP2, 7},  {"fptoint", AT_HWCAP2, 8},  {"f32mm", AT_HWCAP2, 10},
    {"f64mm", AT_HWCAP2, 11},   {"i8mm", AT_HWCAP2, 13},    {"bf16", AT_HWCAP2, 14},
    {"rand", AT_HWCAP2, 16},    {"bti", AT_HWCAP2, 17},     {"mte", AT_HWCAP2, 18},
    {"wfxt", AT_HWCAP2, 31},    {"cssc", AT_HWCAP2, 34},    {"mops", AT_HWCAP2, 43},
};
/* clang-format on */

static bool cpu_has(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (strlen(features[i].name) == size && memcmp(features[i].name, name, size) == 0)
            return getauxval(features[i].type) >> features[i].bit & 1;
    return false;
}

/* An unknown name is one this runtime is too old for: refused like a missing feature. */
bool rt_cpu_check(const char *list, w2s_error *err)
{
    while (*list) {
        size_t size = strcspn(list, ",");
        bool off = *list == '-', sign = off || *list == '+';
        if (size > sign && !off && !cpu_has(list + sign, size - sign))
            return rt_fail(err, W2S_ERROR_TARGET, "made for a CPU with %.*s, which this one lacks",
                           (int)(size < 60 ? size : 60), list);
        list += size;
        list += *list == ',';
    }
    return true;
}
