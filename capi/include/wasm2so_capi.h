/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so_capi.h: what wasm2so offers beside wasm.h to programs that use it: options of the
 * compiler, loading a compiled file, and the reason why something was refused.
 */
#ifndef WASM2SO_CAPI_H
#define WASM2SO_CAPI_H

#include "wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What wasm_valtype_kind and externs say of vectors. Values of this kind do not fit in a
 * wasm_val_t: functions that have them cannot be made or called by the host. */
enum { W2S_CAPI_V128 = 4 };

/* ---- how wasm_module_new compiles ---- */

/* 0 to 3; anything else: the compiler's default. */
WASM_API_EXTERN void w2s_config_set_level(wasm_config_t *, int level);
/* "native", which is the default, "generic", or a name of LLVM's. Serialized modules run on
 * machines that have all that this CPU has. False when out of memory. */
WASM_API_EXTERN bool w2s_config_set_cpu(wasm_config_t *, const char *cpu);
/* Threads a compile may use; 0, the default: as many as processors. */
WASM_API_EXTERN void w2s_config_set_jobs(wasm_config_t *, unsigned jobs);
/* In a child process, which may crash or run out of memory; that is NULL then. For modules of
 * people you do not know. The default is false: in this process. */
WASM_API_EXTERN void w2s_config_set_isolated(wasm_config_t *, bool isolated);
/* Bytes a memory may grow to; 0, the default: no limit. */
WASM_API_EXTERN void w2s_config_set_max_memory(wasm_config_t *, uint64_t bytes);

/* ---- modules ---- */

/* A module that the driver compiled: the file is mapped, not copied. NULL on failure. */
WASM_API_EXTERN wasm_module_t *w2s_module_load_file(wasm_store_t *, const char *path);

/* Why the last function of wasm.h on this thread that had a reason to give failed: one line, "" if
 * none did. Valid until the next call on the thread. */
WASM_API_EXTERN const char *w2s_capi_error(void);

#ifdef __cplusplus
}
#endif
#endif
