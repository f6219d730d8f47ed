/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module with the work of its initialiser done (compile --init): the initialiser runs once here,
 * and the memories and globals that it leaves become the module's own initial ones.
 */
#ifndef TOOLS_SNAPSHOT_H
#define TOOLS_SNAPSHOT_H

#include "tools/wasm2so/source.h"

struct arena;
struct options;

/* Makes *made, whose bytes are in the arena, of the module in source. Prints errors. */
bool snapshot_make(const struct options *options, const struct source *source, struct arena *arena,
                   struct source *made);

/* ---- snapshot_write.c ---- */

/* Names under which the module that runs has what the initialiser may change; an index follows. */
#define SNAPSHOT_START  "w2s.start"
#define SNAPSHOT_GLOBAL "w2s.global."
#define SNAPSHOT_TABLE  "w2s.table."

/* What the initialiser left: the bytes of each memory, then the mutable globals. */
struct snapshot_state {
    const struct slice *memories;
    const uint8_t (*globals)[16]; /* by global index; only those that snapshot_keeps */
};

/* A mutable global of this module whose value can be written down. */
bool snapshot_keeps(const struct global *global);
/* The module to run: its start function is an export instead, and so are globals and tables. */
struct slice snapshot_instrument(const struct module *m, struct arena *arena);
/* The module without start function and without the exports `init` and `_initialize`. */
struct slice snapshot_write(const struct module *m, const struct snapshot_state *state,
                            const char *init, struct arena *arena);

#endif
