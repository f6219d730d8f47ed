/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Instructions and their immediates (spec 6.5), driven by the opcode table: one case for each kind
 * of immediate. What is optional in the text (an index 0, natural alignment) is filled in.
 */
#include <string.h>

#include "frontend/arena.h"
#include "frontend/text/assembler.h"
#include "frontend/text/number.h"
#include "frontend/text/vector.h"

/* ---- opcodes ---- */

enum opcode parse_opcode(struct assembler *a)
{
    struct parser *p = &a->p;
    struct slice text = {p->tok.p, p->tok.n};
    char modern[MNEMONIC_SIZE];
    if (p->tok.kind != TOK_KEYWORD) {
        parser_unexpected(p, "an instruction");
        return OP__COUNT;
    }
    enum opcode op = opcode_by_text((const char *)text.p, text.n);
    if (op == OP__COUNT && !a->options->strict && mnemonic_modernize(text, modern)) {
        op = opcode_by_text(modern, strlen(modern));
        if (op != OP__COUNT)
            note_old_name(a, modern);
    }
    if (op == OP__COUNT)
        parser_unexpected(p, "an instruction");
    else
        parser_advance(p);
    return op;
}

void put_opcode(struct assembler *a, enum opcode op)
{
    const struct op_info *info = &op_info[op];
    if (info->prefix == 0) {
        buf_u8(a->out, (uint8_t)info->code);
    } else {
        buf_u8(a->out, info->prefix);
        buf_leb_u(a->out, info->code);
    }
}

/* ---- labels and block types ---- */

uint32_t parse_label(struct assembler *a)
{
    struct parser *p = &a->p;
    if (p->tok.kind != TOK_ID)
        return (uint32_t)expect_nat(p, 32);
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    uint32_t depth = symtab_get(&a->label_ids, id);
    if (depth == NO_INDEX) {
        parser_fail_at(p, at, "unknown label $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
        return 0;
    }
    return a->label_count - 1 - depth;
}

void parse_blocktype(struct assembler *a)
{
    struct typeuse use = parse_typeuse(a, PARAMS_ANONYMOUS);
    const struct functype *type = &use.type;
    if (!use.resolved || type->param_count > 0 || type->result_count > 1)
        buf_leb_s(a->out, typeuse_index(a, &use));
    else if (type->result_count == 0)
        buf_u8(a->out, 0x40);
    else
        buf_valtype(a->out, type->results[0]);
}

void parse_catches(struct assembler *a)
{
    static const char *const kinds[] = {"catch", "catch_ref", "catch_all", "catch_all_ref"};
    struct parser *p = &a->p;
    struct buf clauses = buf_open(a->arena);
    uint32_t count = 0;
    for (uint8_t kind = 0; kind < 4;) {
        if (!accept_form(p, kinds[kind])) {
            kind++;
            continue;
        }
        buf_u8(&clauses, kind);
        if (kind < 2)
            buf_leb_u(&clauses, parse_index(a, SPACE_TAG));
        buf_leb_u(&clauses, parse_label(a));
        expect_rpar(p);
        count++;
        kind = 0;
    }
    buf_leb_u(a->out, count);
    buf_move(a->out, &clauses, 0, 0);
}

static void parse_br_table(struct assembler *a)
{
    struct buf labels = buf_open(a->arena);
    uint32_t count = 0, label = parse_label(a);
    for (; at_index(&a->p); count++) {
        buf_leb_u(&labels, label);
        label = parse_label(a);
    }
    buf_leb_u(a->out, count);
    buf_move(a->out, &labels, 0, 0);
    buf_leb_u(a->out, label); /* the last one is the default */
}

/* ---- memory ---- */

static bool has_prefix(const struct token *token, const char *prefix)
{
    size_t n = strlen(prefix);
    return token->kind == TOK_KEYWORD && token->n >= n && memcmp(token->p, prefix, n) == 0;
}

/* "offset=8": true with the number after the sign; the keyword is one token. */
static bool accept_assignment(struct assembler *a, const char *prefix, uint64_t *value)
{
    struct parser *p = &a->p;
    size_t n = strlen(prefix);
    if (!has_prefix(&p->tok, prefix))
        return false;
    struct token token = p->tok;
    p->tok.kind = number_kind(token.p + n, token.n - n);
    p->tok.p += n;
    p->tok.n -= n;
    if (p->tok.kind == TOK_NAT)
        *value = expect_nat(p, 64);
    else
        parser_fail_at(p, token.p, "unknown operator %.*s", (int)(token.n < 60 ? token.n : 60),
                       token.p);
    return true;
}

/* (memory index) offset= align=. A lane follows in the lane forms; where there is one number only,
 * it is the lane. */
static void parse_memarg(struct assembler *a, unsigned align_log2, bool has_lane)
{
    struct parser *p = &a->p;
    struct token first = p->tok;
    bool is_nat = first.kind == TOK_NAT;
    uint32_t memory = parse_optional_index(a, SPACE_MEMORY);
    uint64_t offset = 0, align = UINT64_C(1) << align_log2, lane = 0;
    bool attributes = accept_assignment(a, "offset=", &offset);
    struct token align_token = p->tok;
    if (accept_assignment(a, "align=", &align)) {
        attributes = true;
        if (!parser_failed(p) && (align == 0 || (align & (align - 1)) != 0))
            parser_fail_at(p, align_token.p, "alignment must be a power of two");
    }
    if (has_lane && is_nat && !attributes && !at_number(p)) {
        lane = memory;
        memory = 0;
        if (lane > UINT8_MAX)
            parser_fail_at(p, first.p, "i8 constant out of range");
    } else if (has_lane) {
        lane = expect_nat(p, 8);
    }
    unsigned log2 = align ? (unsigned)__builtin_ctzll(align) : 0;
    buf_leb_u(a->out, log2 | (memory ? 0x40 : 0));
    if (memory)
        buf_leb_u(a->out, memory);
    buf_leb_u(a->out, offset);
    if (has_lane)
        buf_u8(a->out, (uint8_t)lane);
}

/* ---- lanes ---- */

static void parse_shuffle(struct assembler *a)
{
    struct parser *p = &a->p;
    for (int lane = 0; lane < 16; lane++) {
        if (!at_number(p)) {
            parser_fail_at(p, p->tok.p, "invalid lane length: a shuffle wants 16 lane indices");
            return;
        }
        if (p->tok.kind != TOK_NAT)
            parser_fail_at(p, p->tok.p, "i8 constant out of range: %.*s is no lane index",
                           (int)(p->tok.n < 60 ? p->tok.n : 60), p->tok.p);
        buf_u8(a->out, (uint8_t)expect_nat(p, 8));
    }
    if (at_number(p))
        parser_fail_at(p, p->tok.p, "invalid lane length: a shuffle wants 16 lane indices");
}

/* ---- two indices ---- */

/* "to from", or nothing for 0 0. */
static void parse_index_pair(struct assembler *a, enum space space)
{
    uint32_t to = 0, from = 0;
    if (at_index(&a->p)) {
        to = parse_index(a, space);
        from = parse_index(a, space);
    }
    buf_leb_u(a->out, to);
    buf_leb_u(a->out, from);
}

/* "container segment" or just "segment"; the binary has the segment first. An index alone must be
 * read as a segment, so it is looked at again. */
static void parse_segment_init(struct assembler *a, enum space segment, enum space container)
{
    struct parser *p = &a->p;
    struct token behind = parser_peek(p);
    uint32_t index = 0;
    if (behind.kind == TOK_NAT || behind.kind == TOK_ID)
        index = parse_index(a, container);
    buf_leb_u(a->out, parse_index(a, segment));
    buf_leb_u(a->out, index);
}

static void parse_field_index(struct assembler *a)
{
    struct parser *p = &a->p;
    uint32_t type = parse_index(a, SPACE_TYPE), field = NO_INDEX;
    buf_leb_u(a->out, type);
    if (p->tok.kind != TOK_ID) {
        buf_leb_u(a->out, expect_nat(p, 32));
        return;
    }
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    if (type < a->type_count && a->types[type].fields)
        field = symtab_get(a->types[type].fields, id);
    if (field == NO_INDEX)
        parser_fail_at(p, at, "unknown field $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
    buf_leb_u(a->out, field);
}

/* table? typeuse */
static void parse_indirect(struct assembler *a)
{
    uint32_t table = parse_optional_index(a, SPACE_TABLE);
    struct typeuse use = parse_typeuse(a, PARAMS_ANONYMOUS);
    buf_leb_u(a->out, typeuse_index(a, &use));
    buf_leb_u(a->out, table);
}

static void parse_local(struct assembler *a)
{
    struct parser *p = &a->p;
    if (p->tok.kind != TOK_ID) {
        buf_leb_u(a->out, expect_nat(p, 32));
        return;
    }
    const uint8_t *at = p->tok.p;
    struct slice id = accept_id(p);
    uint32_t index = symtab_get(&a->locals, id);
    if (index == NO_INDEX)
        parser_fail_at(p, at, "unknown local $%.*s", (int)(id.n < 80 ? id.n : 80), id.p);
    buf_leb_u(a->out, index);
}

/* label, reftype from, reftype to: the nullabilities are flags in the binary. */
static void parse_br_cast(struct assembler *a)
{
    uint32_t label = parse_label(a);
    struct valtype from = parse_reftype(a), to = parse_reftype(a);
    buf_u8(a->out, (uint8_t)(from.nullable | to.nullable << 1));
    buf_leb_u(a->out, label);
    buf_heaptype(a->out, from.heap);
    buf_heaptype(a->out, to.heap);
}

static void parse_constant(struct assembler *a, enum imm imm)
{
    struct parser *p = &a->p;
    uint8_t bytes[16] = {0};
    if (imm == IMM_I32) {
        buf_leb_s(a->out, (int32_t)(uint32_t)expect_int(p, 32));
    } else if (imm == IMM_I64) {
        buf_leb_s(a->out, (int64_t)expect_int(p, 64));
    } else if (imm == IMM_F32) {
        buf_fixed(a->out, expect_float(p, 32), 4);
    } else if (imm == IMM_F64) {
        buf_fixed(a->out, expect_float(p, 64), 8);
    } else {
        parse_v128(p, bytes);
        buf_bytes(a->out, bytes, sizeof bytes);
    }
}

/* ---- instructions ---- */

static void parse_imm(struct assembler *a, enum opcode op)
{
    struct parser *p = &a->p;
    struct buf *out = a->out;
    enum imm imm = (enum imm)op_info[op].imm;
    a->needs_data_count |= imm == IMM_DATA || imm == IMM_DATA_MEM || imm == IMM_TYPE_DATA;
    switch (imm) {
    case IMM_NONE: break;
    case IMM_BLOCK: parse_blocktype(a); break;
    case IMM_TRY_TABLE:
        parse_blocktype(a);
        parse_catches(a);
        break;
    case IMM_LABEL: buf_leb_u(out, parse_label(a)); break;
    case IMM_BR_TABLE: parse_br_table(a); break;
    case IMM_FUNC: buf_leb_u(out, parse_index(a, SPACE_FUNC)); break;
    case IMM_TYPE: buf_leb_u(out, parse_index(a, SPACE_TYPE)); break;
    case IMM_TYPE_TABLE: parse_indirect(a); break;
    case IMM_LOCAL: parse_local(a); break;
    case IMM_GLOBAL: buf_leb_u(out, parse_index(a, SPACE_GLOBAL)); break;
    case IMM_TABLE: buf_leb_u(out, parse_optional_index(a, SPACE_TABLE)); break;
    case IMM_TABLE_TABLE: parse_index_pair(a, SPACE_TABLE); break;
    case IMM_ELEM_TABLE: parse_segment_init(a, SPACE_ELEM, SPACE_TABLE); break;
    case IMM_ELEM: buf_leb_u(out, parse_index(a, SPACE_ELEM)); break;
    case IMM_DATA: buf_leb_u(out, parse_index(a, SPACE_DATA)); break;
    case IMM_DATA_MEM: parse_segment_init(a, SPACE_DATA, SPACE_MEMORY); break;
    case IMM_MEM: buf_leb_u(out, parse_optional_index(a, SPACE_MEMORY)); break;
    case IMM_MEM_MEM: parse_index_pair(a, SPACE_MEMORY); break;
    case IMM_MEMARG: parse_memarg(a, op_info[op].align_log2, false); break;
    case IMM_MEMARG_LANE: parse_memarg(a, op_info[op].align_log2, true); break;
    case IMM_LANE: buf_u8(out, (uint8_t)expect_nat(p, 8)); break;
    case IMM_SHUFFLE: parse_shuffle(a); break;
    case IMM_I32:
    case IMM_I64:
    case IMM_F32:
    case IMM_F64:
    case IMM_V128: parse_constant(a, imm); break;
    case IMM_SELECT: break; /* written by parse_select */
    case IMM_HEAP: buf_heaptype(out, parse_heaptype(a)); break;
    case IMM_TYPE_FIELD: parse_field_index(a); break;
    case IMM_TYPE_COUNT:
        buf_leb_u(out, parse_index(a, SPACE_TYPE));
        buf_leb_u(out, expect_nat(p, 32));
        break;
    case IMM_TYPE_DATA:
        buf_leb_u(out, parse_index(a, SPACE_TYPE));
        buf_leb_u(out, parse_index(a, SPACE_DATA));
        break;
    case IMM_TYPE_ELEM:
        buf_leb_u(out, parse_index(a, SPACE_TYPE));
        buf_leb_u(out, parse_index(a, SPACE_ELEM));
        break;
    case IMM_TYPE_TYPE:
        buf_leb_u(out, parse_index(a, SPACE_TYPE));
        buf_leb_u(out, parse_index(a, SPACE_TYPE));
        break;
    case IMM_BR_CAST: parse_br_cast(a); break;
    case IMM_TAG: buf_leb_u(out, parse_index(a, SPACE_TAG)); break;
    case IMM_FENCE: buf_u8(out, 0); break;
    case IMM__COUNT: break;
    }
}

/* select, or select (result t): two opcodes with one mnemonic. */
static void parse_select(struct assembler *a)
{
    struct functype type = {0};
    bool typed = at_form(&a->p, "result");
    parse_results(a, &type);
    put_opcode(a, typed ? OP_select_t : OP_select);
    if (!typed)
        return;
    buf_leb_u(a->out, type.result_count);
    for (uint32_t i = 0; i < type.result_count; i++)
        buf_valtype(a->out, type.results[i]);
}

/* ref.test and ref.cast: the nullability of the type is in the opcode, nullable the next one. */
static void parse_cast(struct assembler *a, enum opcode op)
{
    struct valtype type = parse_reftype(a);
    put_opcode(a, type.nullable ? op + 1 : op);
    buf_heaptype(a->out, type.heap);
}

void parse_plain(struct assembler *a, enum opcode op)
{
    if (op == OP_select) {
        parse_select(a);
    } else if (op == OP_ref_test || op == OP_ref_cast) {
        parse_cast(a, op);
    } else {
        put_opcode(a, op);
        parse_imm(a, op);
    }
}
