/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_compile.h: the compiler library, libwasm2so.so. WebAssembly in, native artifacts out.
 *
 *     w2s_compile_options options = W2S_COMPILE_OPTIONS_INIT;
 *     w2s_compile_error err;
 *     if (!w2s_compile(bytes, size, &options, "add.so", &err)) ...
 *
 * Thread-safe: calls may run at once (linking is serialised inside). Nothing here prints, exits or
 * aborts, nor changes signal handlers or the working directory: what goes wrong is a
 * w2s_compile_error, also when LLVM gives up on a function or memory runs out. Works on threads of
 * its own, and returns when they are gone.
 */
#ifndef WASM2SO_COMPILE_H
#define WASM2SO_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef W2S_API
#define W2S_API __attribute__((visibility("default")))
#endif

enum w2s_emit {
    W2S_EMIT_SO,
    W2S_EMIT_OBJ,     /* one relocatable object */
    W2S_EMIT_HEADER,  /* the C header of the exports */
    W2S_EMIT_LLVM_IR, /* optimised IR as text */
    W2S_EMIT_ASM,
    W2S_EMIT_EXE,         /* a WASI command and the runtime in one program */
    W2S_EMIT_ARCHIVE,     /* the objects as a static library */
    W2S_EMIT_ENVOY_MODULE /* a proxy-wasm filter and the runtime as an Envoy dynamic module */
};

enum w2s_memory_option { W2S_MEMORY_AUTO, W2S_MEMORY_GUARD, W2S_MEMORY_CHECKED };

typedef struct w2s_compile_progress {
    uint32_t functions_done, functions_total;
    uint64_t bytes_done, bytes_total; /* of code in the .wasm */
} w2s_compile_progress;

typedef struct w2s_compile_options {
    size_t size; /* sizeof(w2s_compile_options): fields may be appended */
    enum w2s_emit emit;
    int level;            /* 0..3; -1 for the default */
    bool optimize_size;   /* -Os */
    const char *target;   /* triple; NULL: this machine's */
    const char *cpu;      /* LLVM name, "native" or "generic"; NULL: generic */
    const char *features; /* "+x,-y" or NULL */
    enum w2s_memory_option memory;
    bool strict_traps, relaxed_traps;
    unsigned jobs;      /* threads; 0: as many as processors */
    const char *prefix; /* of C symbols; NULL: from name */
    const char *name;   /* the module's file name, for messages and the default prefix; or NULL */
    uint64_t disabled;  /* proposals switched off: one bit an enum feature of the frontend */
    bool debug;         /* -g */
    bool keep_temporaries; /* leave objects beside the output, and say where in `note` */
    void (*progress)(void *env,
                     const w2s_compile_progress *progress); /* any thread, one at a time */
    void (*note)(void *env, const char *line); /* notes for -v and old mnemonics; any thread */
    void *env;
    bool static_link;        /* exe: without any shared library */
    const char *const *dirs; /* exe: directories it may see, HOST[::GUEST][:ro] each */
    size_t dir_count;
    const char *runtime_dir; /* exe, Envoy module: folder of what is linked in, with a folder for
                                each target; NULL: wasm2so/ beside the compiler library */
    bool (*cancelled)(
        void *env);             /* asked now and then, by any thread, also by several at once: true
                                   ends the compile with W2S_COMPILE_CANCELLED. May be NULL */
    const char *const *listens; /* exe: addresses it listens on (w2s_listen) */
    size_t listen_count;
    bool sandbox;        /* exe: the kernel confines it as well (w2s_sandbox_enter) */
    bool interruptible;  /* w2s_store_interrupt and deadlines stop code that computes */
    bool fuel;           /* counts instructions: w2s_store_set_fuel. Implies strict_traps */
    bool deterministic;  /* one NaN, and relaxed SIMD, as the deterministic profile of the
                            specification */
    bool isolated;       /* in a child process (fork), which may crash or be killed: an error here.
                            progress is not called then, note is called in the child */
    const char *cache;   /* folder, or NULL: keeps the objects of a module's parts there, and takes
                            from there those that have not changed. Any number of processes may use
                            it; what is in it may be deleted at any time */
    bool count_profile;  /* code that counts what it does (w2s_module_write_profile) */
    const void *profile; /* or NULL: what such code wrote, profile_size bytes, to go by */
    size_t profile_size;
    const char *profile_name; /* of its file, for messages; or NULL */
} w2s_compile_options;

#define W2S_COMPILE_OPTIONS_INIT {.size = sizeof(w2s_compile_options), .level = -1}

enum w2s_compile_error_kind {
    W2S_COMPILE_OK,
    W2S_COMPILE_MALFORMED,   /* the bytes or the text do not parse */
    W2S_COMPILE_INVALID,     /* it parses, and breaks a validation rule */
    W2S_COMPILE_UNSUPPORTED, /* a proposal that is not generated or switched off; a target, CPU or
                                feature that is not known */
    W2S_COMPILE_IO,          /* files */
    W2S_COMPILE_LINK,        /* the linker refused */
    W2S_COMPILE_INTERNAL,    /* out of memory, or LLVM gave up */
    W2S_COMPILE_CANCELLED
};

typedef struct w2s_compile_error {
    int kind;              /* enum w2s_compile_error_kind */
    uint64_t offset;       /* byte offset in the input; UINT64_MAX where none */
    uint32_t func;         /* function index; UINT32_MAX where none */
    uint32_t line, column; /* of a text module, from 1; 0: none */
    char message[256];
} w2s_compile_error;

/* Compiles size bytes of a module, binary or text, into the file output (written under a temporary
 * name and renamed). Returns false and fills *err on failure; then there is no output file. */
W2S_API bool w2s_compile(const void *bytes, size_t size, const w2s_compile_options *options,
                         const char *output, w2s_compile_error *err);

/* The same into memory: *artifact gets the bytes that the file would have, *artifact_size how many;
 * to be freed with w2s_artifact_free. On failure *artifact is NULL. */
W2S_API bool w2s_compile_to_memory(const void *bytes, size_t size,
                                   const w2s_compile_options *options, void **artifact,
                                   size_t *artifact_size, w2s_compile_error *err);
W2S_API void w2s_artifact_free(void *artifact);

/* Decodes and validates a module, binary or text, with all its functions. disabled: as in the
 * options. Returns false and fills *err if it is no valid module. */
W2S_API bool w2s_validate(const void *bytes, size_t size, uint64_t disabled,
                          w2s_compile_error *err);

/* "wasm2so 0.1.0 (LLVM 19.1.7)" */
W2S_API const char *w2s_compiler_version(void);

#ifdef __cplusplus
}
#endif
#endif
