/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The opcode table expanded: facts, look-up by byte, look-up by mnemonic. A row that repeats a
 * prefix and code is a compile error here (an initialiser given twice). The index of mnemonics is
 * the one thing that cannot be written as a constant: it is built once, at the first look-up, under
 * call_once, and read-only from then on.
 */
#include "frontend/opcode.h"

#include <string.h>
#include <threads.h>

const struct op_info op_info[OP__COUNT] = {
#define OPX(name, prefix_, code_, text_, imm_, align_, feature_)                                   \
    OP(name, prefix_, code_, text_, imm_, align_, NULL, feature_)
#define OP(name, prefix_, code_, text_, imm_, align_, sig_, feature_)                              \
    [OP_##name] = {.text = (text_),                                                                \
                   .sig = (sig_),                                                                  \
                   .prefix = (prefix_),                                                            \
                   .code = (code_),                                                                \
                   .imm = IMM_##imm_,                                                              \
                   .align_log2 = (align_),                                                         \
                   .feature = FEATURE_##feature_},
#include "frontend/opcodes.def"
};

/* Pages: 0 for one-byte opcodes, then 0xfb to 0xfe. */
enum { PAGES = 5, PAGE_SIZE = 0x140 };
#define PAGE(prefix) ((prefix) == 0 ? 0 : (prefix) - 0xfa)

/* OP_x + 1, so that 0 means none. */
static const uint16_t by_code[PAGES][PAGE_SIZE] = {
#define OP(name, prefix, code, text, imm, align, sig, feature) [PAGE(prefix)][code] = OP_##name + 1,
#include "frontend/opcodes.def"
};

struct valtype sig_type(char letter, struct valtype index_type)
{
    switch (letter) {
    case 'i': return VALTYPE(VT_I32);
    case 'l': return VALTYPE(VT_I64);
    case 'f': return VALTYPE(VT_F32);
    case 'd': return VALTYPE(VT_F64);
    case 'v': return VALTYPE(VT_V128);
    default: return index_type;
    }
}

enum opcode opcode_lookup(uint8_t prefix, uint32_t code)
{
    bool known_page = prefix == 0 || (prefix >= 0xfb && prefix <= 0xfe);
    if (!known_page || code >= PAGE_SIZE)
        return OP__COUNT;
    uint16_t found = by_code[PAGE(prefix)][code];
    return found ? (enum opcode)(found - 1) : OP__COUNT;
}

/* Open addressing, under a third full. */
enum { TEXT_SLOTS = 2048 };
_Static_assert(OP__COUNT * 3 < TEXT_SLOTS, "make the index of mnemonics larger");

static uint16_t by_text[TEXT_SLOTS]; /* OP_x + 1 */
static once_flag by_text_once = ONCE_FLAG_INIT;

static uint32_t text_hash(const char *text, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* The slot that holds this mnemonic, or the free one where it belongs. */
static uint32_t text_slot(const char *text, size_t n)
{
    uint32_t slot = text_hash(text, n) % TEXT_SLOTS;
    for (; by_text[slot] != 0; slot = (slot + 1) % TEXT_SLOTS) {
        const char *known = op_info[by_text[slot] - 1].text;
        if (strncmp(known, text, n) == 0 && known[n] == '\0')
            break;
    }
    return slot;
}

static void by_text_build(void)
{
    for (unsigned op = 0; op < OP__COUNT; op++) {
        uint32_t slot = text_slot(op_info[op].text, strlen(op_info[op].text));
        if (by_text[slot] == 0) /* the first of rows that share a mnemonic */
            by_text[slot] = (uint16_t)(op + 1);
    }
}

enum opcode opcode_by_text(const char *text, size_t n)
{
    call_once(&by_text_once, by_text_build);
    uint16_t found = by_text[text_slot(text, n)];
    return found ? (enum opcode)(found - 1) : OP__COUNT;
}
