/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Private to codegen: one function being translated, and what the emitters of an instruction work
 * with. The operand stack of wasm is a stack of LLVM values here; a local is an SSA variable
 * (ssa.h); a label is a basic block with phis for the values that branches carry. There is no mode
 * for unreachable code: the validator has left it out.
 */
#ifndef CODEGEN_EMIT_FUNCTION_H
#define CODEGEN_EMIT_FUNCTION_H

#include "codegen/emit/ssa.h"
#include "codegen/internal.h"
#include "runtime/include/wasm2so_abi.h"

/* A label of the control stack: where a branch to it goes. */
struct label {
    enum opcode op; /* block, loop, if; unreachable for the function itself */
    const struct functype *type;
    LLVMBasicBlockRef target;     /* of branches: the block after the end, or the loop's header */
    LLVMValueRef *phis;           /* at target: one for each value a branch carries */
    uint32_t arity;               /* number of them */
    uint32_t height;              /* of the operand stack below the parameters */
    struct ssa_block *join;       /* the variables' view of target */
    struct ssa_block *entry;      /* if: where the else starts from */
    LLVMBasicBlockRef else_block; /* if: NULL once the else has begun */
    LLVMValueRef *params;         /* if: the parameters, for the else */
    LLVMBasicBlockRef edge;       /* br_table in progress: the block that goes here */
    uint32_t edge_stamp;          /* which br_table `edge` belongs to */
    struct handler *handler;      /* where exceptions of what is directly in here go */
    struct handler *own;          /* try, try_table: its handlers, also after the body */
    uint32_t facts;               /* facts_mark where it began */
    struct dispatch *dispatch;    /* a loop that dispatches, and its blocks; or NULL */
};

/* The handlers of a try or try_table: the landing pad of the calls in its body, and the block that
 * finds the handler for an exception, which the landing pad, a throw in the body and the handlers
 * of an inner try branch to. Both are there once somebody goes to them. NULL for a handler means
 * that exceptions leave the function. */
struct handler {
    const struct blocktype *block;
    uint32_t begin;          /* number of the try instruction */
    struct ssa_block *entry; /* where the body began */
    LLVMBasicBlockRef pad;
    struct ssa_block *pad_join; /* the variables' view of pad */
    LLVMBasicBlockRef dispatch;
    struct ssa_block *join;      /* the variables' view of dispatch */
    LLVMValueRef exception;      /* at dispatch: struct w2s_exception * */
    LLVMBasicBlockRef unmatched; /* try: what the handlers so far do not catch; NULL: nothing */
    struct ssa_block *searching; /* try: the block that goes there and to the handlers */
};

struct fn {
    struct cg *cg;
    LLVMBuilderRef b; /* cg->builder */
    uint32_t index;   /* function index; NO_INDEX for a constant expression */
    LLVMValueRef value, ctx, results_pointer;
    LLVMValueRef memory0_base; /* loaded in the entry block; NULL without memory */
    bool plain;                /* no optimiser will see it: level 0, or giant (ladder.c) */
    const struct func_body *body;
    const struct insn *insn; /* the one being translated */
    struct ssa *ssa;
    struct facts *facts; /* about addresses (fact.h) */
    bool is_covered;     /* the access that was translated last cannot trap: others would have */

    LLVMValueRef *stack; /* operands */
    uint32_t stack_size, stack_capacity;
    struct label *labels;
    uint32_t label_count;
    uint32_t switches;        /* br_tables seen: stamps for label.edge */
    uint64_t dispatch_values; /* of phis, that its dispatches may need (emit_dispatch.c) */
    LLVMBasicBlockRef last;   /* where new blocks go: keeps them in program order */
    const bool *rethrown;     /* by instruction, once asked: a try whose handlers rethrow */
};

void fn_push(struct fn *f, LLVMValueRef value);
LLVMValueRef fn_pop(struct fn *f);
/* An address or a size, zero-extended to 64 bits; the same popped. */
LLVMValueRef fn_u64(struct fn *f, LLVMValueRef value);
LLVMValueRef fn_pop_u64(struct fn *f);
/* Pushes an i64 that is a size, as i64 or (its low half: UINT64_MAX becomes -1) as i32. */
void fn_push_size(struct fn *f, LLVMValueRef value, bool is64);
LLVMValueRef fn_i32(struct fn *f, uint32_t n);
/* A new basic block behind those made so far. */
LLVMBasicBlockRef fn_block(struct fn *f, const char *name);
/* Continues in block (moved to the end of the function so far). */
void fn_continue(struct fn *f, LLVMBasicBlockRef block);
/* An array that lives in the entry block's frame. */
LLVMValueRef fn_frame_slots(struct fn *f, uint32_t count);
/* Traps with kind if condition (i1) holds; goes on otherwise. */
void emit_trap_if(struct fn *f, LLVMValueRef condition, enum w2s_trap_kind kind);
/* Traps; the block is closed. */
void emit_trap(struct fn *f, enum w2s_trap_kind kind);
/* Calls an LLVM intrinsic overloaded on the given types. */
LLVMValueRef emit_intrinsic(struct fn *f, const char *name, LLVMTypeRef *types, unsigned type_count,
                            LLVMValueRef *args, unsigned arg_count);
/* Ends the function with the results on top of the stack. */
void emit_return_values(struct fn *f);
/* emit_control.c: the label of that depth; opens the one of a block that ends at its end; goes to a
 * label with the values on top of the stack and closes the basic block. */
struct label *fn_label(struct fn *f, uint32_t depth);
struct label *emit_forward_label(struct fn *f);
void emit_branch(struct fn *f, struct label *label);
/* Number of the current instruction. */
uint32_t fn_insn_number(const struct fn *f);
/* emit_exception.c: a call of wasm code, which an enclosing handler sees if it throws. */
LLVMValueRef emit_throwing_call(struct fn *f, LLVMTypeRef type, LLVMValueRef code,
                                LLVMValueRef *args, unsigned count);
/* Opens handlers for what follows; enters them once the body has ended, with the exception as
 * result; throws an exception again to handler; branches to a block if the exception's tag is that
 * tag, else to the other; pushes its values. */
struct handler *handler_open(struct fn *f);
LLVMValueRef handler_enter(struct fn *f, struct handler *h);
void emit_raise(struct fn *f, struct handler *h, LLVMValueRef exception);
LLVMBasicBlockRef emit_tag_test(struct fn *f, uint32_t tag, LLVMValueRef exception);
void emit_exception_values(struct fn *f, uint32_t tag, LLVMValueRef exception);
/* The catch clauses of a try_table whose label has been taken off. */
void emit_catch_clauses(struct fn *f, struct label *label);
/* The exceptions that the handlers of a try, whose label has been taken off, do not catch. */
void emit_legacy_rest(struct fn *f, struct label *label);
/* A reference goes where the runtime does not look for exceptions (table, global, struct, array,
 * another exception): if it is an exnref, the exception must be kept. */
void emit_keep_exception(struct fn *f, struct valtype type, LLVMValueRef ref);
/* emit_cast.c: i1, whether a reference of type `from` is of type `to`. */
LLVMValueRef emit_type_test(struct fn *f, LLVMValueRef ref, struct valtype from, struct valtype to);
/* emit_struct.c: a field or element at that address as an operand;
 * an operand into it. */
LLVMValueRef emit_field_load(struct fn *f, const struct fieldtype *field, LLVMValueRef address,
                             bool is_signed);
void emit_field_store(struct fn *f, const struct fieldtype *field, LLVMValueRef value,
                      LLVMValueRef address);
/* Address of a table's element; traps with kind if index (i64) is out of bounds. */
LLVMValueRef emit_table_address(struct fn *f, uint32_t table, LLVMValueRef index,
                                enum w2s_trap_kind kind);
/* emit_address.c: the native address of the access of an instruction at index, with the bounds
 * check where no guard page does it. */
LLVMValueRef emit_memory_address(struct fn *f, LLVMValueRef index, uint32_t bytes);
/* Pops an index and loads that type; keeps a load that nobody may use, for its trap:
 * value is what was made of it, a scalar of wasm or a v128; pops an index and stores value. */
LLVMValueRef emit_load_value(struct fn *f, LLVMTypeRef memory_type);
void emit_keep_load(struct fn *f, LLVMValueRef value);
void emit_store_value(struct fn *f, LLVMValueRef value);
/* emit_call.c: pops the arguments of a call of that type into args, behind ctx and, unless NULL,
 * the results pointer; their number, at most param_count + 2. */
unsigned emit_arguments(struct fn *f, const struct functype *type, LLVMValueRef ctx,
                        LLVMValueRef results, LLVMValueRef *args);
/* emit_bulk.c: does what function `func`, called with arguments from the stack, is known to do;
 * false if it must be called. call: calls it. What to call instead of it, or NULL. */
bool emit_transfer_call(struct fn *f, uint32_t func, void (*call)(struct fn *f, uint32_t func));
LLVMValueRef emit_transfer_code(struct fn *f, uint32_t func);
/* function.c: in the entry block. */
void fn_load_memory_base(struct fn *f);
/* emit_call.c: the call itself, arguments from the stack, with the results pointer if the results
 * go to memory; the LLVM value is the result. */
LLVMValueRef emit_raw_call(struct fn *f, const struct functype *type, LLVMValueRef code,
                           LLVMValueRef ctx, LLVMValueRef results);

/* One of several calls of that type, each at the end of a way that the caller opens a block for:
 * arguments are popped once, results pushed where the ways meet. */
struct alternatives {
    const struct functype *type;
    LLVMValueRef *args;
    unsigned arg_count;
    LLVMValueRef results; /* memory for them, or NULL: phis */
    LLVMValueRef *phis;   /* at join, by result */
    LLVMBasicBlockRef join;
};
struct alternatives alternatives_open(struct fn *f, const struct functype *type);
/* Calls, from the current block, which it closes: that code; a function of the module. */
void alternatives_call(struct fn *f, struct alternatives *calls, LLVMValueRef code,
                       LLVMValueRef ctx);
void alternatives_call_func(struct fn *f, struct alternatives *calls, uint32_t func);
void alternatives_close(struct fn *f, struct alternatives *calls);

/* emit_profile.c. Counting, if the code is to count: a call of the function, whose weights it sets
 * as well; the way of the branch of the current instruction; the function of that record. */
void profile_entry(struct fn *f);
void profile_condition(struct fn *f, LLVMValueRef condition);
void profile_switch(struct fn *f, LLVMValueRef index, uint32_t labels);
void profile_callee(struct fn *f, LLVMValueRef record);
/* Sets the weights of that branch, if there is a profile and it has counts of it. */
bool profile_weigh_condition(struct fn *f, LLVMValueRef branch);
void profile_weigh_switch(struct fn *f, LLVMValueRef branch);

/* What a call through a reference mostly calls. */
enum { HOT_CALLEES = 3 };
struct hot_callees {
    uint32_t count;
    uint64_t rest; /* calls of all others */
    struct hot_callee {
        uint32_t func;
        uint64_t count, rest; /* calls of it; of those after it and all others */
    } callees[HOT_CALLEES];
};
struct hot_callees profile_callees(struct fn *f, uint32_t type_index);
/* Calls that function if is_it, and goes on otherwise. */
void emit_guarded_call(struct fn *f, struct alternatives *calls, const struct hot_callee *callee,
                       LLVMValueRef is_it);

/* The struct w2s_func * that call_indirect, call_ref and their tail calls call: pops the index or
 * the reference; traps if there is none or its type is another. */
LLVMValueRef emit_table_callee(struct fn *f);
LLVMValueRef emit_reference_callee(struct fn *f);
/* emit_tail.c: the entry of the C convention before a body of the tail convention. */
void emit_tail_entry(struct cg *cg, uint32_t index);
/* emit_closed.c: a call through a closed table, index and arguments from the stack; false, with
 * nothing done, if the table is not closed. For a tail call: pops the index and checks it; code of
 * the tail convention to call with our ctx, or NULL. */
bool emit_closed_call(struct fn *f, uint32_t table, uint32_t type_index);
LLVMValueRef emit_closed_tail_callee(struct fn *f, uint32_t table, uint32_t type_index);
/* emit_idiom.c: before a loop that copies or fills memory, code that does most of it at once. */
void emit_loop_idiom(struct fn *f);
/* emit_fuel.c: nothing unless fuel is counted. Charges the segment that begins with the body, or
 * after instruction i if that ends one; asks for the fuel of a bulk operation, whose units are to
 * be charged after it. */
void fuel_at_entry(struct fn *f);
void fuel_after(struct fn *f, uint32_t i);
LLVMValueRef fuel_before_bulk(struct fn *f, const struct insn *insn);
void fuel_after_bulk(struct fn *f, LLVMValueRef units);
/* emit_dispatch.c: the dispatch of the loop that is about to be opened, or NULL; gives a block's
 * label its place in the dispatch around it, if it has one; completes the phis of these at the end
 * of the loop; where a branch to the label, from here, really goes. */
struct dispatch *dispatch_of_loop(struct fn *f);
bool dispatch_open_block(struct fn *f, struct dispatch *d, struct label *label);
void dispatch_seal(struct fn *f, struct dispatch *d);
struct label *dispatch_target(struct fn *f, struct label *label);
/* emit_nan.c: in deterministic code, the result of the instruction as the one NaN if it is any. */
void emit_canonical_nan(struct fn *f);
/* Runs the emitter of insn. */
void emit_insn(struct fn *f, const struct insn *insn);

/* The emitters: one an instruction, by the names of the opcode table. */
#define OP(name, prefix, code, text, imm, align, sig, feature) void emit_##name(struct fn *f);
#include "frontend/opcodes.def"

#endif
