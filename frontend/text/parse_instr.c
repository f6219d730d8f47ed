/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Sequences of instructions, plain and folded (spec 6.5). Nesting is kept on a stack of frames, not
 * on the C stack, so that its depth is bounded by memory alone. A folded instruction is encoded
 * when it is read, into the buffer `waiting`, and moves out when its operands are out.
 */
#include "frontend/arena.h"
#include "frontend/text/assembler.h"

/* ---- labels ---- */

void push_label(struct assembler *a, struct slice name)
{
    if (a->label_count == a->label_capacity) {
        uint32_t capacity = a->label_capacity ? 2 * a->label_capacity : 16;
        a->labels = arena_grow(a->arena, a->labels, a->label_capacity, capacity, sizeof *a->labels);
        a->label_capacity = capacity;
    }
    uint32_t shadowed = NO_INDEX;
    if (name.n > 0)
        shadowed = symtab_set(&a->label_ids, name, a->label_count, a->arena);
    a->labels[a->label_count++] = (struct label){name, shadowed};
}

void pop_label(struct assembler *a)
{
    struct label *label = &a->labels[--a->label_count];
    if (label->name.n > 0)
        symtab_set(&a->label_ids, label->name, label->shadowed, a->arena);
}

/* The optional label behind else and end repeats the block's. */
static void check_label(struct assembler *a)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    if (id.n > 0 && !slice_eq(id, a->labels[a->label_count - 1].name))
        parser_fail_at(p, at, "mismatching label $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
}

/* ---- frames ---- */

static struct frame *push_frame(struct assembler *a, enum frame_kind kind, enum opcode op)
{
    if (a->frame_count == a->frame_capacity) {
        uint32_t capacity = a->frame_capacity ? 2 * a->frame_capacity : 32;
        a->frames = arena_grow(a->arena, a->frames, a->frame_capacity, capacity, sizeof *a->frames);
        a->frame_capacity = capacity;
    }
    struct frame *frame = &a->frames[a->frame_count++];
    *frame = (struct frame){.kind = kind, .op = op, .hint = -1};
    return frame;
}

static struct frame *top_frame(struct assembler *a)
{
    return &a->frames[a->frame_count - 1];
}

/* ---- branch hints (branch hinting proposal) ---- */

static int checked_hint(struct assembler *a, enum opcode op, const uint8_t *at)
{
    int hint = take_hint(a);
    if (hint < 0 || op == OP_if || op == OP_br_if)
        return hint;
    if (!parser_failed(&a->p)) {
        parser_fail_at(&a->p, at, "@metadata.code.branch_hint annotation: invalid target");
        a->p.err->kind = ERR_INVALID;
    }
    return -1;
}

/* Records a hint for the instruction about to be put into the body. */
static void put_hint(struct assembler *a, int hint)
{
    if (hint < 0 || !a->in_function)
        return;
    a->hints.count++;
    buf_leb_u(&a->hints.own, a->out->n);
    buf_u8(&a->hints.own, 1);
    buf_u8(&a->hints.own, (uint8_t)hint);
}

/* ---- structured instructions ---- */

static enum opcode peek_opcode(struct assembler *a)
{
    struct token token = a->p.tok.kind == TOK_LPAR ? parser_peek(&a->p) : a->p.tok;
    if (token.kind != TOK_KEYWORD)
        return OP__COUNT;
    return opcode_by_text((const char *)token.p, token.n);
}

static bool opens_block(enum opcode op)
{
    return op_info[op].imm == IMM_BLOCK || op_info[op].imm == IMM_TRY_TABLE;
}

/* These continue or end a block and are no instructions of their own. */
static bool is_delimiter(enum opcode op)
{
    return op == OP_else || op == OP_end || op == OP_catch || op == OP_catch_all ||
           op == OP_delegate;
}

/* The head of a block, behind its mnemonic, up to its label being in force. */
static void open_block(struct assembler *a, enum opcode op)
{
    struct slice label = accept_id(&a->p);
    parse_plain(a, op);
    push_label(a, label);
}

static void put_end(struct assembler *a)
{
    put_opcode(a, OP_end);
    pop_label(a);
}

static void put_else(struct assembler *a, struct frame *frame)
{
    frame->else_at = a->out->n;
    put_opcode(a, OP_else);
}

/* An else without instructions means no else. */
static void drop_empty_else(struct assembler *a, const struct frame *frame)
{
    if (a->out->n != frame->else_at + 1)
        return;
    a->out->n--;
    a->out->mark_count--;
}

/* else, catch, catch_all: whether op may continue a block that `opened` opened or continued. */
static bool continues(enum opcode op, enum opcode opened)
{
    if (op == OP_else)
        return opened == OP_if;
    return opened == OP_try || opened == OP_catch;
}

static void parse_delimiter(struct assembler *a, enum opcode op)
{
    struct parser *p = &a->p;
    struct frame *top = top_frame(a);
    if (top->kind != FRAME_FLAT || (op != OP_end && !continues(op, top->op)) ||
        (op == OP_delegate && top->op != OP_try)) {
        parser_unexpected(p, "an instruction");
        return;
    }
    if (op == OP_end && top->op == OP_else)
        drop_empty_else(a, top);
    buf_mark(a->out, parser_offset(p));
    parser_advance(p);
    top->op = op;
    if (op == OP_else || op == OP_end)
        check_label(a);
    if (op == OP_end) {
        put_end(a);
        a->frame_count--;
    } else if (op == OP_else) {
        put_else(a, top);
    } else if (op == OP_delegate) {
        pop_label(a); /* its operand counts from outside the try */
        parse_plain(a, op);
        a->frame_count--;
    } else {
        parse_plain(a, op);
    }
}

/* An instruction that is not folded. */
static void parse_unfolded(struct assembler *a)
{
    struct parser *p = &a->p;
    enum frame_kind top = top_frame(a)->kind;
    if (top == FRAME_OPERANDS || top == FRAME_IF || top == FRAME_TRY) {
        parser_unexpected(p, "( or )");
        return;
    }
    enum opcode op = peek_opcode(a);
    if (op != OP__COUNT && is_delimiter(op)) {
        parse_delimiter(a, op);
        return;
    }
    const uint8_t *at = p->tok.p;
    put_hint(a, checked_hint(a, op, at));
    buf_mark(a->out, parser_offset(p));
    op = parse_opcode(a);
    if (op == OP__COUNT)
        return;
    if (opens_block(op)) {
        push_frame(a, FRAME_FLAT, op);
        open_block(a, op);
    } else {
        parse_plain(a, op);
    }
}

/* ---- folded instructions ---- */

/* Encodes the head of an instruction into `waiting`; close_waiting moves it out. */
static void open_waiting(struct assembler *a, enum frame_kind kind, enum opcode op, int hint,
                         size_t offset)
{
    struct frame *frame = push_frame(a, kind, op);
    struct buf *out = a->out;
    frame->waiting = a->waiting.n;
    frame->waiting_mark = a->waiting.mark_count;
    frame->hint = hint;
    buf_mark(&a->waiting, offset);
    a->out = &a->waiting;
    if (kind == FRAME_IF)
        frame->label = accept_id(&a->p);
    parse_plain(a, op);
    a->out = out;
}

static void close_waiting(struct assembler *a, const struct frame *frame)
{
    put_hint(a, frame->hint);
    buf_move(a->out, &a->waiting, frame->waiting, frame->waiting_mark);
}

static void open_folded(struct assembler *a)
{
    struct parser *p = &a->p;
    const uint8_t *at = p->tok.p;
    int hint = checked_hint(a, peek_opcode(a), at);
    parser_advance(p);
    if (hint < 0)
        hint = checked_hint(a, peek_opcode(a), at);
    size_t offset = parser_offset(p);
    enum opcode op = peek_opcode(a);
    if (op != OP__COUNT && is_delimiter(op)) {
        parser_unexpected(p, "an instruction");
        return;
    }
    op = parse_opcode(a);
    if (op == OP__COUNT)
        return;
    if (op == OP_if) {
        open_waiting(a, FRAME_IF, op, hint, offset);
    } else if (opens_block(op)) {
        push_frame(a, op == OP_try ? FRAME_TRY : FRAME_BLOCK, op);
        buf_mark(a->out, offset);
        open_block(a, op);
    } else {
        open_waiting(a, FRAME_OPERANDS, op, hint, offset);
    }
}

/* Behind the condition of a folded if: (then ...), then perhaps (else ...). False if the form in
 * hand is still part of the condition. */
static bool open_if_arm(struct assembler *a, struct frame *frame)
{
    struct parser *p = &a->p;
    size_t offset = parser_offset(p);
    if (frame->arms == 0 && accept_form(p, "then")) {
        close_waiting(a, frame);
        push_label(a, frame->label);
    } else if (frame->arms == 1 && accept_form(p, "else")) {
        buf_mark(a->out, offset);
        put_else(a, frame);
    } else if (frame->arms == 0) {
        return false;
    } else {
        parser_unexpected(p, "else or )");
        return true;
    }
    frame->arms++;
    push_frame(a, FRAME_ARM, OP_if);
    return true;
}

/* (do ...), then any number of (catch ...), and (catch_all ...) or (delegate ...). The frame's op
 * is the arm seen last: end after one that must be the last. */
static void open_try_arm(struct assembler *a, struct frame *frame)
{
    struct parser *p = &a->p;
    size_t offset = parser_offset(p);
    bool may_catch = frame->arms > 0 && (frame->op == OP_try || frame->op == OP_catch);
    if (frame->arms == 0 && accept_form(p, "do")) {
        frame->arms++;
    } else if (may_catch && (at_form(p, "catch") || at_form(p, "catch_all"))) {
        parser_advance(p);
        buf_mark(a->out, offset);
        enum opcode op = parse_opcode(a);
        if (op == OP__COUNT)
            return;
        parse_plain(a, op);
        frame->op = op == OP_catch ? op : OP_end;
    } else if (frame->arms == 1 && frame->op == OP_try && accept_form(p, "delegate")) {
        buf_mark(a->out, offset);
        pop_label(a);
        parse_plain(a, OP_delegate);
        frame->op = OP_delegate;
        expect_rpar(p);
        return;
    } else {
        parser_advance(p);
        parser_unexpected(p, "do, catch, catch_all or delegate");
        return;
    }
    push_frame(a, FRAME_ARM, OP_try);
}

static void parse_lpar(struct assembler *a)
{
    struct frame *top = top_frame(a);
    if (top->kind == FRAME_TRY)
        open_try_arm(a, top);
    else if (top->kind != FRAME_IF || !open_if_arm(a, top))
        open_folded(a);
}

/* The ")" of the frame on top. */
static void close_frame(struct assembler *a)
{
    struct parser *p = &a->p;
    struct frame *top = top_frame(a);
    bool missing_arm = (top->kind == FRAME_IF || top->kind == FRAME_TRY) && top->arms == 0;
    if (top->kind == FRAME_FLAT || missing_arm) {
        parser_unexpected(p, top->kind == FRAME_FLAT ? "end"
                             : top->kind == FRAME_IF ? "then"
                                                     : "do");
        return;
    }
    bool ends = top->kind == FRAME_BLOCK || top->kind == FRAME_IF ||
                (top->kind == FRAME_TRY && top->op != OP_delegate);
    if (top->kind == FRAME_OPERANDS)
        close_waiting(a, top);
    if (top->kind == FRAME_IF && top->arms == 2)
        drop_empty_else(a, top);
    if (ends) {
        buf_mark(a->out, parser_offset(p));
        put_end(a);
    }
    a->frame_count--;
    parser_advance(p);
}

static void step(struct assembler *a)
{
    if (a->p.tok.kind == TOK_LPAR)
        parse_lpar(a);
    else if (a->p.tok.kind == TOK_RPAR)
        close_frame(a);
    else
        parse_unfolded(a);
}

/* ---- expressions ---- */

static void begin_expr(struct assembler *a, struct buf *out)
{
    a->out = out;
    a->frame_count = 0;
    a->label_count = 0;
    symtab_clear(&a->label_ids);
    buf_clear(&a->waiting);
    push_frame(a, FRAME_BODY, OP_end);
    if (a->in_function)
        push_label(a, (struct slice){NULL, 0}); /* the function's own */
}

static void finish_expr(struct assembler *a)
{
    buf_mark(a->out, parser_offset(&a->p));
    put_opcode(a, OP_end);
}

void parse_expr(struct assembler *a, struct buf *out)
{
    begin_expr(a, out);
    while (!parser_failed(&a->p) && (a->frame_count > 1 || a->p.tok.kind != TOK_RPAR))
        step(a);
    finish_expr(a);
}

void parse_folded_expr(struct assembler *a, struct buf *out)
{
    begin_expr(a, out);
    if (a->p.tok.kind != TOK_LPAR)
        parser_unexpected(&a->p, "an expression");
    do
        step(a);
    while (!parser_failed(&a->p) && a->frame_count > 1);
    finish_expr(a);
}

void parse_offset(struct assembler *a, struct buf *out)
{
    if (!accept_form(&a->p, "offset")) {
        parse_folded_expr(a, out);
        return;
    }
    parse_expr(a, out);
    expect_rpar(&a->p);
}
