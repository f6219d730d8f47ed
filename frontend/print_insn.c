/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * An instruction as text: its mnemonic from opcodes.def and its immediates in the order of the
 * binary format, with names where there are some.
 */
#include "frontend/names.h"
#include "frontend/print_private.h"
#include <inttypes.h>

/* ---- floats ---- */

/* 0x1.<digits>p<exponent>: fraction holds bits of `bits` bits below the point. */
static void print_finite(FILE *out, uint64_t fraction, unsigned bits, int exponent)
{
    fraction <<= 64 - bits;
    fputs("0x1", out);
    if (fraction != 0)
        fputc('.', out);
    for (; fraction != 0; fraction <<= 4)
        fputc("0123456789abcdef"[fraction >> 60], out);
    fprintf(out, "p%+d", exponent);
}

void print_float(FILE *out, uint64_t bits, unsigned width)
{
    const unsigned fraction_bits = width == 32 ? 23 : 52;
    const int max = width == 32 ? 0xff : 0x7ff, bias = max / 2;
    uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    int exponent = (int)(bits >> fraction_bits) & max;
    if (bits >> (width - 1) & 1)
        fputc('-', out);
    if (exponent == max && fraction == 0) {
        fputs("inf", out);
    } else if (exponent == max) {
        fputs("nan", out);
        if (fraction != UINT64_C(1) << (fraction_bits - 1))
            fprintf(out, ":0x%" PRIx64, fraction);
    } else if (exponent == 0 && fraction == 0) {
        fputs("0x0p+0", out);
    } else {
        if (exponent == 0) /* subnormal: bring the leading one to its place */
            for (exponent = 1; fraction >> fraction_bits == 0; exponent--)
                fraction <<= 1;
        fraction &= (UINT64_C(1) << fraction_bits) - 1;
        print_finite(out, fraction, fraction_bits, exponent - bias);
    }
}

/* ---- immediates ---- */

static void print_indices(struct printer *p, const struct insn *insn)
{
    fprintf(p->out, " %u %u", insn->imm.index.a, insn->imm.index.b);
}

static void print_type(struct printer *p, struct valtype type)
{
    char text[32];
    fprintf(p->out, " %s", valtype_print(type, text, sizeof text));
}

static void print_heap(struct printer *p, const struct insn *insn)
{
    const char *name = heaptype_name(insn->type.heap);
    if (insn->op != OP_ref_null)
        print_type(p, insn->type);
    else if (name)
        fprintf(p->out, " %s", name);
    else
        fprintf(p->out, " %u", insn->type.heap);
}

static void print_local_name(struct printer *p, const struct local_names *locals, uint32_t index)
{
    for (uint32_t i = 0; locals && i < locals->count && locals->names[i].index <= index; i++) {
        if (locals->names[i].index != index)
            continue;
        fputs(" <", p->out);
        print_text(p, locals->names[i].name);
        fputc('>', p->out);
    }
}

static void print_block(struct printer *p, const struct blocktype *block)
{
    static const char *const kinds[] = {[CATCH] = "catch",
                                        [CATCH_REF] = "catch_ref",
                                        [CATCH_ALL] = "catch_all",
                                        [CATCH_ALL_REF] = "catch_all_ref"};
    if (block->type_index != NO_INDEX)
        fprintf(p->out, " type[%u]", block->type_index);
    else if (block->type.result_count != 0)
        print_type(p, block->type.results[0]);
    for (uint32_t i = 0; i < block->catch_count; i++) {
        const struct catch_clause *clause = &block->catches[i];
        fprintf(p->out, " %s", kinds[clause->kind]);
        if (clause->kind == CATCH || clause->kind == CATCH_REF)
            fprintf(p->out, " %u", clause->tag);
        fprintf(p->out, " %u", clause->label);
    }
}

static void print_memarg(struct printer *p, const struct insn *insn)
{
    fprintf(p->out, " %u", insn->imm.mem.align_log2);
    if (insn->imm.mem.memory != 0)
        fprintf(p->out, " %u", insn->imm.mem.memory);
    fprintf(p->out, " %" PRIu64, insn->imm.mem.offset);
}

/* 16 bytes as four little-endian words. */
static void print_words(struct printer *p, const uint8_t *bytes)
{
    for (const uint8_t *b = bytes; b < bytes + 16; b += 4)
        fprintf(p->out, " 0x%02x%02x%02x%02x", b[3], b[2], b[1], b[0]);
}

static void print_call_indirect(struct printer *p, const struct insn *insn)
{
    fprintf(p->out, " %u", insn->imm.index.b);
    print_name(p, NAMES_TABLE, insn->imm.index.b);
    fprintf(p->out, " (type %u", insn->imm.index.a);
    print_name(p, NAMES_TYPE, insn->imm.index.a);
    fputc(')', p->out);
}

static void print_br_table(struct printer *p, const struct br_table *table)
{
    for (uint32_t i = 0; i <= table->count; i++)
        fprintf(p->out, " %u", table->labels[i]);
}

static void print_br_cast(struct printer *p, const struct br_cast *cast)
{
    fprintf(p->out, " %u", cast->label);
    print_type(p, cast->from);
    print_type(p, cast->to);
}

static void print_index(struct printer *p, const struct insn *insn, enum name_space space)
{
    fprintf(p->out, " %u", insn->imm.index.a);
    print_name(p, space, insn->imm.index.a);
}

void print_insn(struct printer *p, const struct insn *insn, const struct local_names *locals)
{
    fputs(op_info[insn->op].text, p->out);
    switch ((enum imm)op_info[insn->op].imm) {
    case IMM_NONE: break;
    case IMM_BLOCK:
    case IMM_TRY_TABLE: print_block(p, insn->imm.block); break;
    case IMM_BR_TABLE: print_br_table(p, insn->imm.br_table); break;
    case IMM_BR_CAST: print_br_cast(p, insn->imm.br_cast); break;
    case IMM_LOCAL:
        fprintf(p->out, " %u", insn->imm.index.a);
        print_local_name(p, locals, insn->imm.index.a);
        break;
    case IMM_GLOBAL: print_index(p, insn, NAMES_GLOBAL); break;
    case IMM_TAG: print_index(p, insn, NAMES_TAG); break;
    case IMM_FUNC:
        if (insn->op != OP_ref_func)
            print_index(p, insn, NAMES_FUNC);
        else
            fprintf(p->out, " %u", insn->imm.index.a);
        break;
    case IMM_LABEL:
    case IMM_TYPE:
    case IMM_TABLE:
    case IMM_ELEM:
    case IMM_DATA:
    case IMM_MEM: fprintf(p->out, " %u", insn->imm.index.a); break;
    case IMM_TYPE_TABLE: print_call_indirect(p, insn); break;
    case IMM_TABLE_TABLE:
    case IMM_ELEM_TABLE:
    case IMM_DATA_MEM:
    case IMM_MEM_MEM:
    case IMM_TYPE_FIELD:
    case IMM_TYPE_COUNT:
    case IMM_TYPE_DATA:
    case IMM_TYPE_ELEM:
    case IMM_TYPE_TYPE: print_indices(p, insn); break;
    case IMM_MEMARG: print_memarg(p, insn); break;
    case IMM_MEMARG_LANE:
        print_memarg(p, insn);
        fprintf(p->out, " %u", insn->lane);
        break;
    case IMM_LANE: fprintf(p->out, " %u", insn->lane); break;
    case IMM_SHUFFLE:
    case IMM_V128: print_words(p, insn->imm.v128); break;
    case IMM_I32:
    case IMM_I64: fprintf(p->out, " %" PRIu64, insn->imm.bits); break;
    case IMM_F32:
    case IMM_F64:
        fputc(' ', p->out);
        print_float(p->out, insn->imm.bits, op_info[insn->op].imm == IMM_F32 ? 32 : 64);
        break;
    case IMM_SELECT:
        for (uint32_t i = 0; i < insn->imm.select.count; i++)
            print_type(p, insn->imm.select.types[i]);
        break;
    case IMM_HEAP: print_heap(p, insn); break;
    case IMM_FENCE: fputs(" 0", p->out); break;
    case IMM__COUNT: break;
    }
}
