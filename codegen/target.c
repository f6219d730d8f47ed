/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The machines that code is made for: one row each. A CPU or a feature that LLVM does not know is
 * an error here, because LLVM would only warn and generate for another one.
 */
#include "codegen/internal.h"

#include <elf.h>
#include <pthread.h>
#include <string.h>

#include <llvm-c/Target.h>

#include "codegen/shim.h"

static void initialize_x86(void)
{
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
}

static void initialize_aarch64(void)
{
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
}

/* clang-format off */

/* Without these LLVM has no registers for what our calling convention passes, and gives up. */
static const char *const x86_required[] = {"64bit", "sse2", NULL};
static const char *const aarch64_required[] = {"fp-armv8", "neon", NULL};

/* Extensions beyond the architecture's floor that the generator may use and a program can ask its
 * CPU for. What only the operating system or a written-out instruction uses is left out. */
static const char *const x86_extensions[] = {
    "cx16", "sahf", "sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "movbe", "avx", "f16c", "fma",
    "avx2", "bmi", "bmi2", "lzcnt", "adx", "gfni", "pclmul", "vpclmulqdq", "avxvnni",
    "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512ifma", "avx512vbmi",
    "avx512vbmi2", "avx512vnni", "avx512bitalg", "avx512vpopcntdq", "avx512bf16", "avx512fp16",
    NULL};
static const char *const aarch64_extensions[] = {
    "crc", "lse", "rdm", "fullfp16", "dotprod", "jsconv", "complxnum", "rcpc", "sha3", "i8mm",
    "bf16", "flagm", "sve", "sve2", NULL};

static const struct target targets[] = {
    {
        .name = "x86_64",
        .alias = "amd64",
        .triple = "x86_64-unknown-linux-gnu",
        .artifact = "x86_64-linux-gnu",
        .generic_cpu = "x86-64-v2",
        /* LLVM schedules the level itself as Sandy Bridge: rotates by shld, slow elsewhere. */
        .generic_tune = "x86-64",
        .stack_pointer = "rsp",
        .poll = "testb %al, ($0)",
        .poll_constraints = "r,~{flags},~{dirflag},~{fpsr}",
        .changes_memory = true,
        .truncates_to_least = true,
        .compares_to_minimum = true,
        .no_gathers = "+prefer-no-gather",
        .fused = "fma",
        .rounded = "sse4.1",
        .rotated = "avx512vl",
        .float_constraint = "x",
        .integer_args = 6,
        .vector_args = 8,
        .integer_registers = 12,
        .vector_registers = 14,
        .lld_emulation = "elf_x86_64",
        .interpreter = "/lib64/ld-linux-x86-64.so.2",
        .page_size = 4096,
        .elf_machine = EM_X86_64,
        .required = x86_required,
        .extensions = x86_extensions,
        .initialize = initialize_x86,
    },
    {
        .name = "aarch64",
        .alias = "arm64",
        .triple = "aarch64-unknown-linux-gnu",
        .artifact = "aarch64-linux-gnu",
        .generic_cpu = "generic",
        .generic_alias = "armv8-a",
        .branch_mark = "branch-target-enforcement",
        .stack_pointer = "sp",
        .poll = "ldrb wzr, [$0]",
        .poll_constraints = "r",
        .has_quieting_minimum = true,
        .float_constraint = "w",
        .integer_args = 8,
        .vector_args = 8,
        .integer_registers = 24,
        .vector_registers = 28,
        .lld_emulation = "aarch64linux",
        .interpreter = "/lib/ld-linux-aarch64.so.1",
        .page_size = 65536,
        .elf_machine = EM_AARCH64,
        .required = aarch64_required,
        .extensions = aarch64_extensions,
        .initialize = initialize_aarch64,
    },
};

/* clang-format on */

/* LLVM's registry of targets is a global without a lock: filled once, before anything asks it.
 *
 * With AVX-512 one pass looks for chains of integers that could live in mask registers. It takes
 * quadratic time, a quarter of a compile of zstd, and finds nothing in the programs of bench/.
 *
 * Another makes branches of conditional moves in loops for a gain of some cycles, as if all
 * branches were predicted. With a limit that no loop reaches it does so only where the move waits
 * for memory. */
static void initialize_all(void)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        targets[i].initialize();
    llvm_flag_set("disable-x86-domain-reassignment", true);
    llvm_number_set("x86-cmov-converter-threshold", 64);
}

static void initialize_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialize_all);
}

/* The rest of a triple after the architecture: "-linux", "-linux-gnu", or either of these after
 * one word for the vendor. */
static bool is_linux_gnu(const char *rest)
{
    static const char *const systems[] = {"-linux", "-linux-gnu"};
    for (int vendor = 0; vendor < 2; vendor++) {
        for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
            if (strcmp(rest, systems[i]) == 0)
                return true;
        rest = rest[0] == '-' ? strchr(rest + 1, '-') : NULL;
        if (!rest)
            return false;
    }
    return false;
}

static bool triple_matches(const struct target *target, const char *triple)
{
    const char *const spellings[] = {target->name, target->alias};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        size_t n = strlen(spellings[i]);
        if (strncmp(triple, spellings[i], n) == 0 && is_linux_gnu(triple + n))
            return true;
    }
    return false;
}

const struct target *target_find(const char *triple)
{
    char *host = triple ? NULL : LLVMGetDefaultTargetTriple();
    const struct target *found = NULL;
    for (size_t i = 0; i < sizeof targets / sizeof *targets && !found; i++)
        if (triple_matches(&targets[i], triple ? triple : host))
            found = &targets[i];
    if (host)
        LLVMDisposeMessage(host);
    return found;
}

/* Each item of "+x,-y" has a sign and a name that LLVM knows. */
static bool features_check(const struct target *target, const char *features, struct error *err)
{
    for (const char *p = features; *p; p += *p == ',') {
        size_t n = strcspn(p, ",");
        char name[64];
        if (n < 2 || n >= sizeof name || (*p != '+' && *p != '-'))
            return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                             "features \"%s\": write +NAME or -NAME, with commas between",
                             features);
        memcpy(name, p + 1, n - 1);
        name[n - 1] = '\0';
        if (!subtarget_has_feature(target->triple, name))
            return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                             "unknown CPU feature \"%s\" for %s (llc --mtriple=%s --mattr=help "
                             "lists them)",
                             name, target->name, target->artifact);
        p += n;
    }
    return true;
}

/* LLVM's name and features of this machine's CPU. */
static bool cpu_native(const struct target *target, struct arena *arena, struct cpu *out,
                       struct error *err)
{
    if (target_find(NULL) != target)
        return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                         "CPU \"native\": this machine is not %s", target->name);
    char *name = LLVMGetHostCPUName(), *features = LLVMGetHostCPUFeatures();
    out->name = arena_string(arena, name, strlen(name));
    out->features = arena_string(arena, features, strlen(features));
    LLVMDisposeMessage(name);
    LLVMDisposeMessage(features);
    return true;
}

static const char *features_needed(const struct target *target, const struct cpu *cpu,
                                   struct arena *arena)
{
    const char *list = "";
    for (const char *const *name = target->extensions; *name; name++)
        if (subtarget_enables(target->triple, cpu->name, cpu->features, *name))
            list = arena_printf(arena, "%s%s%s", list, *list ? "," : "", *name);
    return list;
}

bool target_cpu(const struct target *target, const char *cpu, const char *features,
                struct arena *arena, struct cpu *out, struct error *err)
{
    *out = (struct cpu){.name = cpu, .features = ""};
    initialize_once();
    if (!cpu || strcmp(cpu, "generic") == 0 ||
        (target->generic_alias && strcmp(cpu, target->generic_alias) == 0))
        out->name = target->generic_cpu;
    else if (strcmp(cpu, "native") == 0 && !cpu_native(target, arena, out, err))
        return false;
    if (!subtarget_has_cpu(target->triple, out->name))
        return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                         "unknown CPU \"%.60s\" for %s: native, generic, or an LLVM name "
                         "(llc --mtriple=%s --mcpu=help lists them)",
                         out->name, target->name, target->artifact);
    if (features && *features) {
        if (!features_check(target, features, err))
            return false;
        out->features =
            arena_printf(arena, "%s%s%s", out->features, *out->features ? "," : "", features);
    }
    for (const char *const *name = target->required; *name; name++)
        if (!subtarget_enables(target->triple, out->name, out->features, *name))
            return error_set(err, ERR_UNSUPPORTED, ERROR_NO_OFFSET,
                             "CPU \"%.60s\" as asked for lacks \"%s\", which %s code needs",
                             out->name, *name, target->name);
    if (strcmp(out->name, target->generic_cpu) == 0)
        out->tune = target->generic_tune;
    out->needed = features_needed(target, out, arena);
    out->fuses = !target->fused ||
                 subtarget_enables(target->triple, out->name, out->features, target->fused);
    out->rounds = !target->rounded ||
                  subtarget_enables(target->triple, out->name, out->features, target->rounded);
    out->rotates_vectors = target->rotated && subtarget_enables(target->triple, out->name,
                                                                out->features, target->rotated);
    return true;
}

bool cpu_has(const struct cpu *cpu, const char *feature)
{
    size_t n = strlen(feature);
    for (const char *p = cpu->needed; *p; p += strcspn(p, ","), p += *p == ',')
        if (strncmp(p, feature, n) == 0 && (p[n] == ',' || p[n] == '\0'))
            return true;
    return false;
}

/* Without these marks a page of code cannot be guarded (on AArch64: BTI). Return addresses are not
 * signed: they are on a stack that a guest has no way to write. */
void target_mark(const struct target *target, LLVMModuleRef module)
{
    const char *mark = target->branch_mark;
    if (!mark)
        return;
    LLVMContextRef context = LLVMGetModuleContext(module);
    LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
    LLVMAddModuleFlag(module, LLVMModuleFlagBehaviorOverride, mark, strlen(mark),
                      LLVMValueAsMetadata(LLVMConstInt(i32, 1, false)));
    LLVMAttributeRef attribute =
        LLVMCreateStringAttribute(context, mark, (unsigned)strlen(mark), "true", 4);
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
}

/* At this level passes before and after selection make up for what FastISel overlooks. */
enum { FAST_SELECTION = 1 };

LLVMTargetMachineRef target_machine(const struct target *target, const struct cpu *cpu, int level,
                                    struct error *err)
{
    static const LLVMCodeGenOptLevel levels[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess,
                                                 LLVMCodeGenLevelDefault,
                                                 LLVMCodeGenLevelAggressive};
    initialize_once();
    LLVMTargetRef llvm_target;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(target->triple, &llvm_target, &message)) {
        error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    LLVMTargetMachineOptionsRef options = LLVMCreateTargetMachineOptions();
    LLVMTargetMachineOptionsSetCPU(options, cpu->name);
    LLVMTargetMachineOptionsSetFeatures(options, cpu->features);
    LLVMTargetMachineOptionsSetCodeGenOptLevel(options, levels[level]);
    LLVMTargetMachineOptionsSetRelocMode(options, LLVMRelocPIC);
    LLVMTargetMachineOptionsSetCodeModel(options, LLVMCodeModelSmall);
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachineWithOptions(llvm_target, target->triple, options);
    LLVMDisposeTargetMachineOptions(options);
    if (!machine)
        error_set(err, ERR_INTERNAL, ERROR_NO_OFFSET, "LLVM has no target machine for %s",
                  target->triple);
    else if (level == FAST_SELECTION)
        machine_select_fast(machine);
    return machine;
}
