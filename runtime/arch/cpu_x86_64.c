/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Does this x86-64 CPU, and the kernel, have the features a module was compiled for? Names are
 * LLVM's; each is a bit of CPUID and, for register state the kernel must save, bits of XCR0.
 */
#include "runtime/runtime.h"

#include <cpuid.h>
#include <string.h>

const char rt_cpu_arch[] = "x86_64";

enum reg { A, B, C, D };
enum state { NO, YMM = 0x6, ZMM = 0xe6, TILE = 0x60000, APX = 0x80000 };

struct feature {
    const char *name;
    uint32_t leaf, subleaf;
    enum reg reg;
    int bit; /* -1: every x86-64 CPU has it */
    enum state state;
};

/* clang-format off */
static const struct feature features[] = {
    {"64bit", 0, 0, A, -1, NO},          {"cmov", 0, 0, A, -1, NO},
    {"cx8", 0, 0, A, -1, NO},            {"fxsr", 0, 0, A, -1, NO},
    {"mmx", 0, 0, A, -1, NO},            {"sse", 0, 0, A, -1, NO},
    {"sse2", 0, 0, A, -1, NO},           {"x87", 0, 0, A, -1, NO},
    {"sse3", 1, 0, C, 0, NO},            {"pclmul", 1, 0, C, 1, NO},
    {"ssse3", 1, 0, C, 9, NO},           {"fma", 1, 0, C, 12, YMM},
    {"cx16", 1, 0, C, 13, NO},           {"sse4.1", 1, 0, C, 19, NO},
    {"sse4.2", 1, 0, C, 20, NO},         {"crc32", 1, 0, C, 20, NO},
    {"movbe", 1, 0, C, 22, NO},          {"popcnt", 1, 0, C, 23, NO},
    {"aes", 1, 0, C, 25, NO},            {"xsave", 1, 0, C, 27, NO},
    {"avx", 1, 0, C, 28, YMM},           {"f16c", 1, 0, C, 29, YMM},
    {"rdrnd", 1, 0, C, 30, NO},
    {"fsgsbase", 7, 0, B, 0, NO},        {"sgx", 7, 0, B, 2, NO},
    {"bmi", 7, 0, B, 3, NO},             {"avx2", 7, 0, B, 5, YMM},
    {"bmi2", 7, 0, B, 8, NO},            {"invpcid", 7, 0, B, 10, NO},
    {"rtm", 7, 0, B, 11, NO},            {"avx512f", 7, 0, B, 16, ZMM},
    {"evex512", 7, 0, B, 16, ZMM},       {"avx512dq", 7, 0, B, 17, ZMM},
    {"rdseed", 7, 0, B, 18, NO},         {"adx", 7, 0, B, 19, NO},
    {"avx512ifma", 7, 0, B, 21, ZMM},    {"clflushopt", 7, 0, B, 23, NO},
    {"clwb", 7, 0, B, 24, NO},           {"avx512cd", 7, 0, B, 28, ZMM},
    {"sha", 7, 0, B, 29, NO},            {"avx512bw", 7, 0, B, 30, ZMM},
    {"avx512vl", 7, 0, B, 31, ZMM},
    {"avx512vbmi", 7, 0, C, 1, ZMM},     {"pku", 7, 0, C, 4, NO},
    {"waitpkg", 7, 0, C, 5, NO},         {"avx512vbmi2", 7, 0, C, 6, ZMM},
    {"shstk", 7, 0, C, 7, NO},           {"gfni", 7, 0, C, 8, NO},
    {"vaes", 7, 0, C, 9, YMM},           {"vpclmulqdq", 7, 0, C, 10, YMM},
    {"avx512vnni", 7, 0, C, 11, ZMM},    {"avx512bitalg", 7, 0, C, 12, ZMM},
    {"avx512vpopcntdq", 7, 0, C, 14, ZMM}, {"rdpid", 7, 0, C, 22, NO},
    {"kl", 7, 0, C, 23, NO},             {"cldemote", 7, 0, C, 25, NO},
    {"movdiri", 7, 0, C, 27, NO},        {"movdir64b", 7, 0, C, 28, NO},
    {"enqcmd", 7, 0, C, 29, NO},
    {"uintr", 7, 0, D, 5, NO},           {"avx512vp2intersect", 7, 0, D, 8, ZMM},
    {"serialize", 7, 0, D, 14, NO},      {"tsxldtrk", 7, 0, D, 16, NO},
    {"pconfig", 7, 0, D, 18, NO},        {"amx-bf16", 7, 0, D, 22, TILE},
    {"avx512fp16", 7, 0, D, 23, ZMM},    {"amx-tile", 7, 0, D, 24, TILE},
    {"amx-int8", 7, 0, D, 25, TILE},
    {"sha512", 7, 1, A, 0, YMM},         {"sm3", 7, 1, A, 1, YMM},
    {"sm4", 7, 1, A, 2, YMM},            {"raoint", 7, 1, A, 3, NO},
    {"avxvnni", 7, 1, A, 4, YMM},        {"avx512bf16", 7, 1, A, 5, ZMM},
    {"cmpccxadd", 7, 1, A, 7, NO},       {"amx-fp16", 7, 1, A, 21, TILE},
    {"hreset", 7, 1, A, 22, NO},         {"avxifma", 7, 1, A, 23, YMM},
    {"avxvnniint8", 7, 1, D, 4, YMM},    {"avxneconvert", 7, 1, D, 5, YMM},
    {"amx-complex", 7, 1, D, 8, TILE},   {"avxvnniint16", 7, 1, D, 10, YMM},
    {"prefetchi", 7, 1, D, 14, NO},      {"usermsr", 7, 1, D, 15, NO},
    {"avx10.1-256", 7, 1, D, 19, YMM},   {"egpr", 7, 1, D, 21, APX},
    {"xsaveopt", 0xd, 1, A, 0, NO},      {"xsavec", 0xd, 1, A, 1, NO},
    {"xsaves", 0xd, 1, A, 3, NO},        {"ptwrite", 0x14, 0, B, 4, NO},
    {"widekl", 0x19, 0, B, 2, NO},
    {"sahf", 0x80000001, 0, C, 0, NO},   {"lzcnt", 0x80000001, 0, C, 5, NO},
    {"sse4a", 0x80000001, 0, C, 6, NO},  {"prfchw", 0x80000001, 0, C, 8, NO},
    {"xop", 0x80000001, 0, C, 11, YMM},  {"lwp", 0x80000001, 0, C, 15, NO},
    {"fma4", 0x80000001, 0, C, 16, YMM}, {"tbm", 0x80000001, 0, C, 21, NO},
    {"mwaitx", 0x80000001, 0, C, 29, NO}, {"clzero", 0x80000008, 0, B, 0, NO},
    {"rdpru", 0x80000008, 0, B, 4, NO},  {"wbnoinvd", 0x80000008, 0, B, 9, NO},
};
/* clang-format on */

/* What CPUID has said. Under a hypervisor the instruction takes longer than a system call, so each
 * leaf is asked for once. */
struct cpu {
    struct leaf {
        uint32_t leaf, subleaf;
        uint32_t r[4];
    } leaves[9]; /* the table names eight */
    unsigned count;
};

static void leaf_ask(struct leaf *leaf)
{
    uint32_t *r = leaf->r;
    if (leaf->leaf == 1 || leaf->leaf == 0x80000001) /* every 64-bit CPU has them */
        __cpuid(leaf->leaf, r[A], r[B], r[C], r[D]);
    else if (!__get_cpuid_count(leaf->leaf, leaf->subleaf, &r[A], &r[B], &r[C], &r[D]))
        memset(r, 0, sizeof leaf->r);
}

static const uint32_t *leaf_registers(struct cpu *cpu, uint32_t number, uint32_t subleaf)
{
    for (unsigned i = 0; i < cpu->count; i++)
        if (cpu->leaves[i].leaf == number && cpu->leaves[i].subleaf == subleaf)
            return cpu->leaves[i].r;
    /* The last place is used again if there are too few after all. */
    const unsigned last = sizeof cpu->leaves / sizeof *cpu->leaves - 1;
    struct leaf *leaf = &cpu->leaves[cpu->count < last ? cpu->count++ : last];
    *leaf = (struct leaf){.leaf = number, .subleaf = subleaf};
    leaf_ask(leaf);
    return leaf->r;
}

static uint64_t enabled_state(struct cpu *cpu)
{
    if (!(leaf_registers(cpu, 1, 0)[C] >> 27 & 1))
        return 0; /* no xgetbv */
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool cpu_has(struct cpu *cpu, const struct feature *f)
{
    if (f->bit < 0)
        return true;
    if (!(leaf_registers(cpu, f->leaf, f->subleaf)[f->reg] >> f->bit & 1))
        return false;
    return !f->state || (enabled_state(cpu) & f->state) == f->state;
}

static const struct feature *feature_find(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (strlen(features[i].name) == size && memcmp(features[i].name, name, size) == 0)
            return &features[i];
    return NULL;
}

/* An unknown name is one this runtime is too old for: refused like a missing feature. */
bool rt_cpu_check(const char *list, w2s_error *err)
{
    struct cpu cpu = {.count = 0};
    while (*list) {
        size_t size = strcspn(list, ",");
        bool off = *list == '-', sign = off || *list == '+';
        const struct feature *f = feature_find(list + sign, size - sign);
        if (size > sign && !off && !(f && cpu_has(&cpu, f)))
            return rt_fail(err, W2S_ERROR_TARGET, "made for a CPU with %.*s, which this one lacks",
                           (int)(size < 60 ? size : 60), list);
        list += size;
        list += *list == ',';
    }
    return true;
}
