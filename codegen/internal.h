/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: the state of a compile, of one LLVM module (a partition of the functions) and
 * of one function being translated; and who offers what. A partition is made by one thread with an
 * LLVM context of its own; struct compile is shared between them and read-only by then.
 *
 * Passed from left to right:  compile (the module) -> cg (a partition) -> fn (a function).
 */
#ifndef CODEGEN_INTERNAL_H
#define CODEGEN_INTERNAL_H

#include "codegen/include/wasm2so_compile.h"
#include "frontend/arena.h"
#include "frontend/error.h"
#include "frontend/module.h"
#include "frontend/opcode.h"
#include "frontend/validate.h"

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

/* ---- target.c: one row a target ---- */

struct target {
    const char *name;          /* "x86_64" */
    const char *alias;         /* "amd64" */
    const char *triple;        /* what LLVM gets */
    const char *artifact;      /* the descriptor's target: "x86_64-linux-gnu" */
    const char *generic_cpu;   /* what --cpu generic means */
    const char *generic_tune;  /* the processor that it is scheduled for, or NULL: the same */
    const char *generic_alias; /* a name for it that LLVM does not have, or NULL */
    const char *branch_mark;   /* function attribute and module flag that mark where indirect
                                  branches may land, or NULL */
    const char *stack_pointer; /* register name for llvm.read_register */
    const char *poll;          /* asm that reads a byte at $0 and changes no register */
    const char *poll_constraints;
    bool changes_memory;       /* an instruction may load, change and store */
    bool truncates_to_least;   /* floats that do not fit a signed integer become its least */
    bool compares_to_minimum;  /* x < y ? x : y is an instruction */
    bool has_quieting_minimum; /* IEEE 754-2008's: a NaN of a signalling one */
    const char *no_gathers;    /* "+" and a feature that keeps LLVM from them, or NULL */
    const char *fused;         /* feature of x * y + z as one instruction, or NULL: all have it */
    const char *rounded;       /* feature of rounding to whole numbers, or NULL: all have it */
    const char *rotated; /* feature of 32 vector registers, rotated in one instruction, or NULL */
    const char *float_constraint;      /* inline asm constraint of a float or vector register */
    uint8_t integer_args, vector_args; /* registers for arguments */
    uint8_t integer_registers, vector_registers; /* that straight code has for its values */
    const char *lld_emulation;                   /* -m of ld.lld */
    const char *interpreter;                     /* the dynamic linker of its C library */
    uint32_t page_size;                          /* the largest that its kernels have */
    uint16_t elf_machine;                        /* EM_X86_64, ... */
    const char *const *required;   /* features without which LLVM cannot generate; NULL ends */
    const char *const *extensions; /* features that a descriptor may name; NULL ends */
    void (*initialize)(void);      /* registers LLVM's target, printer, parser */
};

/* The row for a triple (NULL: this machine), or NULL. */
const struct target *target_find(const char *triple);

/* cpu and features as LLVM wants them, after "native"/"generic"/NULL are resolved. Arena strings.
 */
struct cpu {
    const char *name;
    const char *features; /* "+sse4.2,..." or "" */
    const char *tune;     /* "tune-cpu", or NULL */
    const char *needed;   /* features that the code may use, for the descriptor: "sse4.2,popcnt" */
    bool fuses;           /* x * y + z is one instruction, rounded once */
    bool rounds;          /* floats to whole numbers */
    bool rotates_vectors; /* and has more registers for them than for integers */
};
bool target_cpu(const struct target *target, const char *cpu, const char *features,
                struct arena *arena, struct cpu *out, struct error *err);
/* The code may use that feature, one of the target's extensions. */
bool cpu_has(const struct cpu *cpu, const char *feature);

/* Marks what is defined in the module as the target's row says. */
void target_mark(const struct target *target, LLVMModuleRef module);
/* The caller disposes it (LLVMDisposeTargetMachine). NULL with err set if LLVM refuses. */
LLVMTargetMachineRef target_machine(const struct target *target, const struct cpu *cpu, int level,
                                    struct error *err);

/* ---- layout.c: the module's part of ctx ---- */

/* Of a structure or array type (object_layout.c). */
struct object_layout {
    uint32_t size;     /* struct: of an object. array: of an element. func: 0 */
    uint32_t *offsets; /* struct: of the fields */
};

struct layout {
    uint64_t imports_offset, memories_offset, tables_offset, tags_offset, records_offset, ctx_size;
    uint64_t object_types_offset;  /* 0 if objects is NULL */
    struct object_layout *objects; /* by type index; NULL if no type is of objects */
    uint64_t *global_offset;       /* by global index: own cell, or pointer to the imported one */
    uint32_t *record;              /* by function index: its number among records, or NO_INDEX */
    uint32_t *records;             /* function indices, rising */
    uint32_t record_count;
};

/* records: by function index, whether it has one (record_plan.c). */
void layout_compute(struct layout *layout, const struct module *m, const bool *records,
                    struct arena *arena);

/* ---- ladder.c: functions so large that only linear passes may see them, or none ---- */

struct compile;
enum rank { RANK_ORDINARY, RANK_GIANT, RANK_BEYOND };

/* What makes a function large, counted an instruction at a time. */
struct bulk {
    uint32_t insns, loops, traps, branches, calls, checks, row, longest_row;
};
void bulk_add(struct bulk *bulk, const struct compile *c, const struct insn *insn);
enum rank bulk_rank(const struct bulk *bulk);

/* ---- scan.c ---- */

/* The instructions of all bodies that a plan looks for (scan.c lists them), scratch arena. Sets the
 * rank of each function defined here, by function index (ladder.c), unless ranks is NULL. */
struct scan;
const struct scan *scan_bodies(const struct compile *c, enum rank *ranks, struct arena *scratch);
/* Calls visit for each of them, in order; of the immediate it has the indices only. Bodies are not
 * validated yet: indices may be wrong, and of a malformed body there is what precedes the fault. */
typedef void scan_visitor(void *env, uint32_t func, const struct insn *insn);
void scan_visit(const struct scan *scan, scan_visitor *visit, void *env);

/* ---- object_layout.c ---- */

/* By type index; NULL if no type is a structure or array. */
struct object_layout *object_layouts(const struct module *m, struct arena *arena);
/* Bytes that a field takes. */
uint32_t field_size(const struct fieldtype *field);
/* Whether the collector follows what is stored in values of that type. */
bool is_traced(const struct module *m, struct valtype type);
/* Whether instances of the module need the collector. */
bool needs_collector(const struct module *m, const struct scan *scan);

/* ---- closed_table.c ---- */

/* Which tables are known at compile time, by table index. none: take it that they are not, as code
 * that counts its callees wants records of them. */
struct closed_table;
struct closed_table *closed_tables(const struct module *m, bool none, const struct scan *scan,
                                   struct arena *arena);
/* Whether a table is closed and no instruction but calls through its array wants an element. */
bool closed_table_is_unread(const struct closed_table *tables, uint32_t table);
/* The size that a closed table always has; false if the table is not closed. */
bool closed_table_size(const struct closed_table *tables, uint32_t table, uint32_t *size);

/* ---- record_plan.c ---- */

/* By function index, whether instances have a record of it. */
bool *record_plan(const struct module *m, const struct closed_table *closed,
                  const struct scan *scan, struct arena *arena);
/* Whether no instance looks at the elements of the segment. */
bool elem_is_dead(const struct module *m, const struct closed_table *closed, uint32_t segment);

/* ---- image.c: initial contents of memories, in whole pages ---- */

struct image_extent {
    uint64_t address, size;
    uint8_t *bytes;
};

struct memory_image {
    struct image_extent *extents; /* by address */
    uint32_t count;               /* 0: no image */
};

struct images {
    struct memory_image *memories; /* by memory index */
    uint32_t data_count;           /* active segments below this index are in the images */
    bool any;
};

/* page: the largest of the target's kernels. */
void images_plan(struct images *images, const struct module *m, uint64_t page, struct arena *arena);
/* closed_table.c: the constant of an expression that is one, or UINT64_MAX. */
uint64_t constexpr_offset(const struct constexpr *expr);

/* ---- tail_plan.c ---- */

/* By function index, whether its body has the tail convention; NULL if none has. */
const bool *tail_plan(const struct module *m, const struct scan *scan, struct arena *arena);

/* ---- a compile ---- */

struct profile;

struct compile {
    const struct module *m;
    const struct target *target;
    struct cpu cpu;
    struct layout layout;
    struct images images;
    int level;                     /* 0..3 */
    bool size;                     /* -Os */
    enum w2s_memory_option memory; /* guard or checked */
    bool strict_traps, relaxed_traps, debug;
    bool deterministic;            /* one NaN, and relaxed SIMD without choices (emit_nan.c) */
    bool counting;                 /* the code counts a profile (emit_profile.c) */
    const char *profile_section;   /* of its counters; NULL: it does not count */
    const struct profile *profile; /* to go by; NULL: none */
    bool fuel;                     /* instructions are counted (emit_fuel.c) */
    bool interruptible;            /* loops and calls poll the interrupt page (poll.c) */
    bool collector;                /* there are objects: the module needs the garbage collector */
    bool exceptions;    /* functions may throw, or handle what others throw (exception_plan.c) */
    const char *prefix; /* of the exported C symbols */
    struct slice name;  /* in backtraces: of the name section, else the prefix as it was given */
    bool several;       /* the objects may be linked with those of other modules */
    const char *descriptor;     /* symbol of the descriptor, PREFIX_module */
    const char *lead;           /* of symbols inside: "w2s"; with the prefix if there are several */
    const char *text_section;   /* of wasm functions: a fault in there may be a trap; likewise */
    const char *const *symbols; /* by export: its C symbol, or NULL (symbols.c) */
    const char *options_text;   /* for the descriptor */
    uint8_t source_hash[32];
    uint32_t partition_count; /* of functions */
    bool split; /* the code is in several LLVM modules, or the descriptor in one of its own */
    const struct closed_table *closed; /* by table */
    const bool *tail; /* by function: its body has the tail convention; NULL: none (tail_plan.c) */
    const enum rank *ranks;   /* by function; NULL at level 0, where all are compiled alike */
    const uint8_t *transfers; /* by function; NULL: none (plan/transfer.h) */
};

/* ---- a partition ---- */

/* image.c: the bytes of an extent, made when first asked for; those of a segment, or NULL if it is
 * in no image. In the partition with the descriptor. */
struct cg;
LLVMValueRef image_bytes(struct cg *cg, uint32_t memory, uint32_t extent);
LLVMValueRef image_segment(struct cg *cg, uint32_t segment);

struct cg {
    const struct compile *c;
    const struct module *m;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMBuilderRef
        phi_builder;     /* ssa.c: puts phis at the top of blocks, builder stays where it is */
    struct arena *arena; /* the partition's */

    LLVMTypeRef void_, i1, i8, i16, i32, i64, f32, f64, v128, ptr; /* v128: <16 x i8> */
    LLVMValueRef *funcs;                     /* by function index: declared so far, or NULL */
    LLVMValueRef *tails;                     /* the same of bodies of the tail convention */
    unsigned md_tbaa, md_prof, md_invariant; /* metadata kinds */
    LLVMValueRef tbaa[6];                    /* by enum abi_alias (abi.h) */
    LLVMValueRef prof_unlikely, prof_likely, empty_node;
};

/* cg.c: makes and unmakes the LLVM side of a partition. name: of the LLVM module. */
void cg_open(struct cg *cg, const struct compile *c, const char *name, struct arena *arena);
void cg_close(struct cg *cg);

/* types.c */
LLVMTypeRef cg_valtype(struct cg *cg, struct valtype type);
/* The LLVM type of a wasm function of that type: (ctx, [results pointer,] params...). */
LLVMTypeRef cg_functype(struct cg *cg, const struct functype *type);
/* The results do not fit registers: they go through a pointer, one 16-byte slot each. */
bool functype_results_in_memory(const struct functype *type);
/* Adds what every wasm function and call of that type carries: swiftself on ctx, ... */
void cg_function_attributes(struct cg *cg, LLVMValueRef function);
void cg_call_attributes(struct cg *cg, LLVMValueRef call);
/* LLVMAttributeFunctionIndex as the unsigned number that LLVM's functions take. */
#define FUNCTION_INDEX ((LLVMAttributeIndex)LLVMAttributeFunctionIndex)
/* An enum attribute by LLVM's name, "nounwind". */
LLVMAttributeRef cg_attribute(struct cg *cg, const char *name, uint64_t value);
void cg_add_attribute(struct cg *cg, LLVMValueRef function, const char *name, uint64_t value);
void cg_add_string_attribute(struct cg *cg, LLVMValueRef function, const char *name,
                             const char *value);

/* declare.c */
const struct functype *cg_type_of(const struct cg *cg, uint32_t func);
/* The LLVM function of a wasm function defined in this module (maybe in another partition). */
LLVMValueRef cg_function(struct cg *cg, uint32_t index);
/* Whether the body of a function has the tail convention; then cg_function is its entry from C. */
bool cg_is_tail(const struct cg *cg, uint32_t index);
/* The LLVM function of the body, of either convention. */
LLVMValueRef cg_body(struct cg *cg, uint32_t index);
/* emit_tail.c: cg_functype in the tail convention, where some v128 travel as two i64; and a value
 * as such a parameter's type has it, or an argument as a v128 again. */
LLVMTypeRef cg_tail_functype(struct cg *cg, const struct functype *type);
LLVMValueRef cg_convert_argument(struct cg *cg, LLVMValueRef value, LLVMTypeRef type);
/* emit_tail.c: what reaches the function, imported ones too, from a tail call with our ctx. */
LLVMValueRef cg_tail_target(struct cg *cg, uint32_t index);
/* LLVM's number of swifttailcc, which LLVM-C has no name for. */
#define CG_TAIL_CONVENTION 20u

/* emit_address.c: no index of the memory that is in bounds is so high that adding
 * W2S_MEMORY_MARGIN to it would wrap; whether accesses to it are compared with its size. */
bool memory_has_margin(const struct limits *limits);
bool memory_is_checked(const struct compile *c, uint32_t memory);

/* function.c: translates one validated body into cg_body(cg, index). */
void emit_function(struct cg *cg, uint32_t index, const struct func_body *body);

/* exception_plan.c: whether the functions of the module have anything to do with exceptions. */
bool exception_plan(const struct module *m, const struct scan *scan);

/* constant.c: a function `void name(ctx swiftself, ptr result)` that evaluates a constant
 * expression of the given type and stores it; hidden linkage. */
LLVMValueRef emit_constexpr_function(struct cg *cg, const char *name, const struct constexpr *expr,
                                     struct valtype type);

/* emit_bulk.c: the functions for short copies and fills, if something calls them. */
void emit_bulk_functions(struct cg *cg);
/* emit_closed.c: what calls through closed tables read; in the descriptor's partition. */
void emit_closed_tables(struct cg *cg);
/* descriptor.c: the constant `w2s_module` with all it points to. */
void emit_descriptor(struct cg *cg);
/* thunk.c: the exported functions as C symbols PREFIX_NAME; those of the exports from first to end.
 */
void emit_export_wrappers(struct cg *cg, uint32_t first, uint32_t end);

/* emit_profile.c: tells LLVM what counts of the profile are many. */
void cg_summarize_profile(struct cg *cg);
/* optimize.c: verifies, runs the passes of the level, adds stack checks. */
bool cg_optimize(struct cg *cg, LLVMTargetMachineRef machine, struct error *err);
/* For a module that has the descriptor and wrappers only. Passes over the call graph are left out:
 * each wrapper names the descriptor, which names everything, so their time would be quadratic. */
bool cg_optimize_wrappers(struct cg *cg, LLVMTargetMachineRef machine, struct error *err);
/* loop_version.c: gives loops that stay inside memory a version without traps. */
void cg_version_loops(struct cg *cg);
/* Of the loop that this block ends; false if it has hints of its own. */
bool cg_forbid_unrolling(struct cg *cg, LLVMBasicBlockRef latch);
/* search.c: gives loops that search memory a scan with vectors. */
void cg_scan_loops(struct cg *cg);
/* keep.c: drops the keepers (emit_memory.c) of loads that the passes after it cannot lose. */
void cg_release_keepers(struct cg *cg);
bool cg_is_keeper(LLVMValueRef insn);
/* ladder.c: marks a function by its rank, and says whether it is no ordinary one; whether there
 * are giants; has LLVM leave them alone from here on, but for what makes code of them. beyond: the
 * same of those that not even linear passes may see. */
bool cg_mark_giant(struct cg *cg, LLVMValueRef function, uint32_t index);
bool cg_is_giant(LLVMValueRef function);
bool cg_has_giants(const struct cg *cg);
void cg_protect_giants(struct cg *cg);
bool cg_has_beyond(const struct cg *cg);
void cg_protect_beyond(struct cg *cg);
/* product.c: products of 128 bits, written as products of halves, become one. */
void cg_join_products(struct cg *cg);
/* conversion.c: checks before conversions of floats that a branch has made already go. */
void cg_check_conversions(struct cg *cg);
/* inline.c: marks calls of straight code with structs, to be inlined. */
void cg_mark_inlined(struct cg *cg);
/* frame.c: forwards what goes through memory between a function and one that was inlined. */
void cg_join_frames(struct cg *cg);
/* far.c: keeps the vectoriser away from accesses that it takes for neighbours of others. */
void cg_pin_far_accesses(struct cg *cg);
/* rotate.c: an integer, rotated by a constant. */
bool cg_is_constant_rotate(LLVMValueRef value);
/* Hides from the vectoriser of straight code what it takes for dearer or cheaper than it is:
 * rotates that wait for others, saturating conversions; undoes it. */
void cg_hide_calls(struct cg *cg);
void cg_show_calls(struct cg *cg);
/* by_reference.c: the same for loads of a parameter's struct of doubles. */
void cg_hide_references(struct cg *cg, bool hide);
/* truncate.c: guarded conversions to integers become what the machine does without a guard. */
void cg_join_truncations(struct cg *cg);
/* The machine's conversion of a scalar to so many bits: the least integer where x does not fit. */
LLVMValueRef cg_build_truncation(struct cg *cg, LLVMValueRef x, unsigned bits);
/* saturate.c: a saturating conversion that it will put a branch around; does so. */
bool cg_is_saturation(LLVMValueRef value);
void cg_branch_saturations(struct cg *cg);
/* update.c: keeps many bytes from being changed by an instruction each. */
void cg_part_updates(struct cg *cg);
/* lanes.c: minima and vectors' saturating conversions as the machine does them in fewest steps. */
void cg_lower_lanes(struct cg *cg);
/* remainder.c: divisions by more than half of what is divided become subtractions. */
void cg_subtract_remainders(struct cg *cg);
/* division.c: does those of more than 64 bits, for which there is no function to call. */
void cg_expand_divisions(struct cg *cg);
/* rounding.c: floats to whole numbers, where the machine cannot. */
void cg_lower_roundings(struct cg *cg);
/* minimum.c: fmin and fmax of C libraries become selections; then minima become what the machine
 * has, and x < c ? x : c does not become an instruction that is another function. */
void cg_select_minima(struct cg *cg);
void cg_lower_minima(struct cg *cg);
/* order.c: brings straight code into an order that needs fewer registers. */
void cg_order_instructions(struct cg *cg);
/* bitwise.c: moves words that are combined bit by bit to vector registers, if the instructions, one
 * after the other in a block, do little else. False: nothing has changed. */
bool cg_move_to_lanes(struct cg *cg, LLVMValueRef *insns, uint32_t count);
/* stack_check.c: the prologue compare, in functions that call or have large frames; runs after the
 * optimiser so that inlined bodies carry none. */
void cg_add_stack_checks(struct cg *cg);
/* poll.c: reads the interrupt page wherever execution may come again; also after the optimiser. */
void cg_add_polls(struct cg *cg);

/* ---- header.c ---- */

/* The C header of the module's exports, as text in the arena. */
struct slice header_text(const struct compile *c, struct arena *arena);

#endif
