/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) What the printer's files share: the state of one print, names, hexadecimal lines.
 */
#ifndef FRONTEND_PRINT_PRIVATE_H
#define FRONTEND_PRINT_PRIVATE_H

#include "frontend/error.h"
#include "frontend/insn.h"
#include "frontend/module.h"
#include <stdio.h>

struct arena;

/* Index spaces that have names, by their subsection of the name section (7.4.1). */
enum name_space {
    NAMES_MODULE,
    NAMES_FUNC,
    NAMES_LOCAL,
    NAMES_LABEL,
    NAMES_TYPE,
    NAMES_TABLE,
    NAMES_MEMORY,
    NAMES_GLOBAL,
    NAMES_ELEM,
    NAMES_DATA,
    NAMES_FIELD,
    NAMES_TAG,
    NAMES__COUNT
};

struct printer {
    FILE *out;
    const struct module *m;
    struct arena *arena;
    struct error *err;
    struct slice *names[NAMES__COUNT]; /* by index; n == 0 where none */
    uint32_t name_counts[NAMES__COUNT];
    uint64_t last_offset; /* of the segment printed last, if its offset is a constant */
};

/* ---- print_names.c ---- */

/* Fills p->names: from the name section, else exports, else imports. */
void names_collect(struct printer *p);
/* The lines of a name section's details. */
void print_name_section(struct printer *p, const struct custom_section *section);
/* " <name>", or nothing where there is none. */
void print_name(struct printer *p, enum name_space space, uint32_t index);
/* A name's bytes; control characters as \xx, so that no terminal obeys them. */
void print_text(struct printer *p, struct slice text);

/* ---- print_insn.c ---- */

/* Mnemonic and immediates. */
void print_insn(struct printer *p, const struct insn *insn, const struct local_names *locals);
/* A float of 32 or 64 bits in hexadecimal, as the text format has it. */
void print_float(FILE *out, uint64_t bits, unsigned width);

/* ---- print_details.c, print_code.c ---- */

void print_details(struct printer *p, const struct section *section);
void print_disassembly(struct printer *p);

/* ---- print.c ---- */

/* Lines of 16 bytes: prefix, address, bytes in pairs, characters. */
void print_bytes(FILE *out, const char *prefix, uint64_t address, struct slice bytes);
const char *section_name(uint8_t id);

#endif
