/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The files that make a program of objects, or an Envoy module. The runtime lies in a folder beside
 * the compiler library, one for each target: static/ with all of a C library that is needed,
 * dynamic/ and envoy/ with the runtime alone; then start files and C library are the system's.
 */
#include "codegen/artifact.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* The folder of all kits. */
static const char *kits_folder(const w2s_compile_options *options, struct arena *arena)
{
    static const char here; /* an address in this library */
    Dl_info info;
    if (options->runtime_dir)
        return options->runtime_dir;
    if (!dladdr(&here, &info) || !info.dli_fname)
        return "wasm2so";
    const char *slash = strrchr(info.dli_fname, '/');
    int length = slash ? (int)(slash - info.dli_fname) + 1 : 0;
    return arena_printf(arena, "%.*swasm2so", length, info.dli_fname);
}

static bool is_there(const char *path)
{
    return access(path, R_OK) == 0;
}

static bool kit_static(struct kit *kit, const char *folder, const struct target *target,
                       struct arena *arena, struct error *err)
{
    static const char *const after[] = {"libwasm2so_exe.a", "libgcc_eh.a", "libgcc.a", "libc.a",
                                        "crtn.o"};
    *kit = (struct kit){{arena_printf(arena, "%s/static/crt1.o", folder),
                         arena_printf(arena, "%s/static/crti.o", folder)},
                        {NULL}};
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        kit->after[i] = arena_printf(arena, "%s/static/%s", folder, after[i]);
    if (is_there(kit->before[0]) && is_there(kit->after[0]))
        return true;
    return error_set(
        err, ERR_LINK, ERROR_NO_OFFSET,
        "no static runtime for %s: wasm2so was built without musl (Debian: apt install "
        "musl-dev, and build again)",
        target->artifact);
}

/* The system's folder with the start files of target, or NULL. */
static const char *system_folder(const struct target *target, struct arena *arena)
{
    const char *const folders[] = {
        arena_printf(arena, "/usr/lib/%s", target->artifact),
        arena_printf(arena, "/usr/%s/lib", target->artifact), /* Debian's cross packages */
        target_find(NULL) == target ? "/usr/lib64" : "",
        target_find(NULL) == target ? "/usr/lib" : "",
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (*folders[i] && is_there(arena_printf(arena, "%s/Scrt1.o", folders[i])))
            return folders[i];
    return NULL;
}

/* With the system's C library: a program, or a shared object that has no start file. */
static bool kit_dynamic(struct kit *kit, const char *folder, bool program,
                        const struct target *target, struct arena *arena, struct error *err)
{
    const char *system = system_folder(target, arena);
    const char *own = arena_printf(arena, "%s/%s", folder, program ? "dynamic" : "envoy");
    const char *runtime = arena_printf(arena, "%s/libwasm2so_%s.a", own, program ? "exe" : "envoy");
    if (!is_there(runtime))
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET, "no runtime for %s: %.150s is missing",
                         target->artifact, runtime);
    if (!system)
        return error_set(err, ERR_LINK, ERROR_NO_OFFSET,
                         "no C library for %s to link with (Debian: apt install libc6-dev)%s",
                         target->artifact, program ? "; --static needs none" : "");
    const char *crti = arena_printf(arena, "%s/crti.o", system);
    *kit = (struct kit){
        {program ? arena_printf(arena, "%s/Scrt1.o", system) : crti, program ? crti : NULL},
        {runtime, arena_printf(arena, "%s/libgcc_eh.a", own),
         arena_printf(arena, "%s/libgcc.a", own), arena_printf(arena, "%s/libc.so", system),
         arena_printf(arena, "%s/crtn.o", system)}};
    return true;
}

bool kit_find(struct kit *kit, const struct target *target, const w2s_compile_options *options,
              struct arena *arena, struct error *err)
{
    const char *kits = kits_folder(options, arena);
    const char *folder = arena_printf(arena, "%s/%s", kits, target->artifact);
    bool program = options->emit == W2S_EMIT_EXE;
    return program && options->static_link ? kit_static(kit, folder, target, arena, err)
                                           : kit_dynamic(kit, folder, program, target, arena, err);
}
