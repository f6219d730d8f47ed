/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) State of assembling one module, and what its files offer each other.
 *
 * Two passes over the fields (6.4.16): the first gives every definition its index, so that names
 * may be used before their definition; the second reads the fields, types before all others, and
 * appends each to its section.
 */
#ifndef FRONTEND_TEXT_ASSEMBLER_H
#define FRONTEND_TEXT_ASSEMBLER_H

#include "frontend/opcode.h"
#include "frontend/text/encode.h"
#include "frontend/text/parser.h"
#include "frontend/text/symtab.h"
#include "frontend/text/text.h"

enum space {
    SPACE_TYPE,
    SPACE_FUNC,
    SPACE_TABLE,
    SPACE_MEMORY,
    SPACE_GLOBAL,
    SPACE_TAG,
    SPACE_ELEM,
    SPACE_DATA,
    SPACE__COUNT
};

/* Section ids (5.5.2). */
enum section_id {
    SECTION_CUSTOM,
    SECTION_TYPE,
    SECTION_IMPORT,
    SECTION_FUNCTION,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEMENT,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_DATA_COUNT,
    SECTION_TAG,
    SECTION__COUNT
};

struct named_index {
    uint32_t index;
    struct slice name;
};

/* Names of one index space, by rising index. */
struct name_list {
    struct named_index *names;
    uint32_t count, capacity;
};

struct func_locals {
    uint32_t func;
    struct name_list list;
};

/* A type definition, as far as the text needs it. */
struct type_entry {
    bool is_func;
    struct functype func;
    struct symtab *fields; /* names of a struct's fields, or NULL */
    struct name_list field_names;
};

/* A field of the module: where it stands, what it is. */
struct field {
    const uint8_t *at; /* its "(" */
    uint32_t kind;     /* row of the field table */
};

struct label {
    struct slice name;
    uint32_t shadowed; /* depth under that name before */
};

enum frame_kind {
    FRAME_BODY,     /* the whole expression */
    FRAME_FLAT,     /* block ... end */
    FRAME_OPERANDS, /* (op ...): the instruction waits until its operands are out */
    FRAME_BLOCK,    /* (block ...), (loop ...), (try_table ...) */
    FRAME_IF,       /* (if ...): condition, then, else */
    FRAME_TRY,      /* (try ...): do, catch, catch_all, delegate */
    FRAME_ARM       /* (then ...), (else ...), (do ...), (catch ...), (catch_all ...) */
};

struct frame {
    enum frame_kind kind;
    enum opcode op;               /* FRAME_FLAT: what was opened last (if, else, try, catch ...) */
    size_t waiting, waiting_mark; /* OPERANDS, IF: where its bytes begin in a->waiting */
    struct slice label;           /* IF: bound when the condition is out */
    unsigned arms;                /* IF, TRY: arms seen */
    int hint;                     /* branch hint: -1 none */
    size_t else_at;               /* FLAT, IF: where the else stands in a->out, if there is one */
};

struct branch_hints {
    uint32_t func_count; /* functions with hints, in out */
    uint32_t count;      /* hints of the present function, in own */
    struct buf out, own;
};

/* A custom section from (@custom ...): which place it takes. */
struct custom {
    struct slice name, bytes;
    int place; /* 2 * section order + (0 before, 1 after) */
    struct custom *next;
};

struct assembler {
    struct parser p;
    const struct text_options *options;
    struct arena *arena;

    struct field *fields;
    uint32_t field_count, field_capacity;
    bool inline_module; /* fields without "(module" */
    struct slice module_name;

    struct symtab ids[SPACE__COUNT];
    uint32_t counts[SPACE__COUNT];  /* given in the first pass */
    uint32_t defined[SPACE__COUNT]; /* without imports: entries of the section */
    uint32_t next[SPACE__COUNT];    /* the second pass's position */
    struct name_list names[SPACE__COUNT];
    const char *defined_kind; /* a definition before which imports must stand */

    struct type_entry *types;
    uint32_t type_count, type_capacity;
    struct symtab functypes; /* encoded function type -> type index */
    uint32_t type_groups;    /* entries of the type section */

    struct buf section[SECTION__COUNT];
    uint32_t entries[SECTION__COUNT];
    bool needs_data_count, has_start;

    /* the present function */
    struct symtab locals;
    uint32_t local_count;
    struct name_list local_names;
    struct func_locals *func_locals;
    uint32_t func_locals_count, func_locals_capacity;

    /* the present expression */
    struct buf body, waiting, scratch;
    struct buf *out;
    struct symtab label_ids;
    struct label *labels;
    uint32_t label_count, label_capacity;
    struct frame *frames;
    uint32_t frame_count, frame_capacity;
    bool in_function;
    struct branch_hints hints;
    struct custom *customs, **customs_end;
};

/* ---- assembler.c ---- */

/* Index of an identifier or number in a space; "unknown function $f" where there is none. */
uint32_t parse_index(struct assembler *a, enum space space);
/* The same where it may be missing: then 0. */
uint32_t parse_optional_index(struct assembler *a, enum space space);
/* "(table 0)" and the like, or just "0" as in 1.0, or nothing for 0. */
uint32_t parse_use(struct assembler *a, enum space space, const char *keyword);
void name_list_add(struct name_list *list, uint32_t index, struct slice name, struct arena *arena);
/* Opens the next entry of a section. */
struct buf *open_entry(struct assembler *a, enum section_id id);

/* ---- parse_types.c ---- */

struct valtype parse_valtype(struct assembler *a);
struct valtype parse_reftype(struct assembler *a);
bool at_reftype(struct assembler *a);
uint32_t parse_heaptype(struct assembler *a);
struct globaltype parse_globaltype(struct assembler *a);
/* i32 or i64 in front of limits: true for i64. */
bool parse_addrtype(struct assembler *a);
struct limits parse_limits(struct assembler *a, bool is64);
void parse_pagesize(struct assembler *a, struct limits *limits);
void put_limits(struct buf *b, const struct limits *limits);
void parse_type_field(struct assembler *a);
void parse_rec_field(struct assembler *a);

/* A type use (6.4.4): parameters and results, perhaps with (type x). */
struct typeuse {
    bool is_explicit; /* (type x) is written: */
    uint32_t index;
    struct functype type;
    bool resolved; /* type is known: always, but for an explicit index that is out of range */
};

enum params { PARAMS_ANONYMOUS, PARAMS_NAMED, PARAMS_BOUND /* as locals of the function */ };

struct typeuse parse_typeuse(struct assembler *a, enum params params);
/* Its type index; makes a new type if there is none like it. */
uint32_t typeuse_index(struct assembler *a, const struct typeuse *use);
/* Makes a local of the function in hand known by name. */
void bind_local(struct assembler *a, struct slice id, const uint8_t *at, uint32_t index);
/* (result t)* */
void parse_results(struct assembler *a, struct functype *type);

/* ---- parse_instr.c ---- */

/* Instructions up to a ")" that is not theirs, into out, with the closing end. */
void parse_expr(struct assembler *a, struct buf *out);
/* One folded instruction as an expression. */
void parse_folded_expr(struct assembler *a, struct buf *out);
/* "(offset expr)" or one folded instruction. */
void parse_offset(struct assembler *a, struct buf *out);
void push_label(struct assembler *a, struct slice name);
void pop_label(struct assembler *a);

/* ---- parse_imm.c ---- */

/* The opcode of the mnemonic in hand, translated if it is an old one; OP__COUNT and an error if
 * there is none. Goes behind it. */
enum opcode parse_opcode(struct assembler *a);
/* Reads the immediates and writes the instruction, opcode first, to a->out. */
void parse_plain(struct assembler *a, enum opcode op);
void put_opcode(struct assembler *a, enum opcode op);
/* Block type of block, loop, if, try, try_table. */
void parse_blocktype(struct assembler *a);
void parse_catches(struct assembler *a);
uint32_t parse_label(struct assembler *a);

/* (mnemonic.c) Today's name of an instruction or type from before 1.0, or false. */
#define MNEMONIC_SIZE 64
bool mnemonic_modernize(struct slice old, char modern[MNEMONIC_SIZE]);
void note_old_name(struct assembler *a, const char *modern);

/* ---- parse_fields.c, parse_segments.c ---- */

void parse_import(struct assembler *a);
void parse_func(struct assembler *a);
void parse_table(struct assembler *a);
void parse_memory(struct assembler *a);
void parse_global(struct assembler *a);
void parse_tag(struct assembler *a);
void parse_export(struct assembler *a);
void parse_start(struct assembler *a);
void parse_elem(struct assembler *a);
void parse_data(struct assembler *a);
/* The (elem ...) or (data ...) inside a table or memory; return the number of elements or bytes. */
uint32_t parse_inline_elem(struct assembler *a, uint32_t table, struct valtype type, bool is64);
size_t parse_inline_data(struct assembler *a, uint32_t memory, bool is64);

/* ---- annotate.c, names.c ---- */

/* The (@custom ...) annotations in front of the present token, at module level. */
void take_customs(struct assembler *a);
/* The (@name "...") in front of the present token, or the identifier. */
struct slice take_name(struct assembler *a, struct slice id);
/* The branch hint in front of the present token: 0, 1, or -1 for none. */
int take_hint(struct assembler *a);
/* Custom sections that stand before (0) or after (1) a section; all others at the end. */
void put_customs(struct assembler *a, struct buf *out, int place);
int section_order(enum section_id id);
void put_names(struct assembler *a, struct buf *out);

#endif
