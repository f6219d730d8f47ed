/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Scripts of the specification's test suite (.wast, "interpreter/README" of the specification):
 * modules, actions and assertions as a list of commands. Modules stay text until the runner asks
 * for their bytes, so that a module that must not parse is no error of the script.
 */
#ifndef FRONTEND_TEXT_WAST_H
#define FRONTEND_TEXT_WAST_H

#include "frontend/error.h"
#include "frontend/types.h"

struct arena;
struct text_map;

enum wast_kind {
    WAST_MODULE,            /* instantiate module, or with definition only keep it as `name` */
    WAST_INSTANCE,          /* instantiate definition `target` as `name` */
    WAST_REGISTER,          /* instance `target` answers imports from module `as` */
    WAST_ACTION,            /* action alone: must not fail */
    WAST_ASSERT_RETURN,     /* action, results */
    WAST_ASSERT_TRAP,       /* action, message; or module, which traps when instantiated */
    WAST_ASSERT_EXHAUSTION, /* action, message */
    WAST_ASSERT_EXCEPTION,  /* action throws */
    WAST_ASSERT_INVALID,    /* module, message */
    WAST_ASSERT_MALFORMED,
    WAST_ASSERT_INVALID_CUSTOM,
    WAST_ASSERT_MALFORMED_CUSTOM,
    WAST_ASSERT_UNLINKABLE,
    WAST_THREAD, /* commands run in a thread of that name, sharing instance `target` */
    WAST_WAIT,   /* for thread `name` */
    WAST__COUNT
};

enum wast_source { WAST_TEXT, WAST_BINARY, WAST_QUOTE };

struct wast_module {
    enum wast_source source;
    bool definition;    /* (module definition ...): not to be instantiated yet */
    struct slice name;  /* identifier without the dollar, n == 0 if none */
    struct slice text;  /* TEXT: the whole form; QUOTE: the strings joined */
    struct slice bytes; /* BINARY */
    uint32_t line;      /* of the text in the script; of a quoted text 1 */
};

enum wast_value_kind {
    WAST_I32,
    WAST_I64,
    WAST_F32,
    WAST_F64,
    WAST_V128,
    WAST_REF_NULL,   /* heap: HEAP_*, or NO_INDEX for any null */
    WAST_REF_EXTERN, /* host reference number bits, as extern; any extern if !has_bits */
    WAST_REF_HOST,   /* the same as any */
    WAST_REF_FUNC,   /* function number bits; any function if !has_bits */
    WAST_REF_ANY,    /* patterns: any non-null reference of that hierarchy or kind */
    WAST_REF_EQ,
    WAST_REF_I31,
    WAST_REF_STRUCT,
    WAST_REF_ARRAY,
    WAST_REF_EXN,
    WAST_EITHER /* one of alternatives */
};

enum wast_nan { WAST_NUMBER, WAST_NAN_CANONICAL, WAST_NAN_ARITHMETIC };

/* A constant, or a pattern that a result is compared with. */
struct wast_value {
    enum wast_value_kind kind;
    bool has_bits;
    uint64_t bits;     /* numbers as bits, i32 zero-extended */
    enum wast_nan nan; /* F32, F64: bits do not count unless WAST_NUMBER */
    uint32_t heap;     /* REF_NULL */
    uint8_t v128[16];
    uint8_t lanes; /* V128: 16, 8, 4 or 2 */
    bool lanes_float;
    enum wast_nan lane_nan[4]; /* float lanes */
    struct wast_value *alternatives;
    uint32_t alternative_count;
};

struct wast_action {
    bool is_get;         /* read a global; else invoke a function */
    struct slice module; /* identifier, or n == 0 for the latest instance */
    struct slice field;
    struct wast_value *args;
    uint32_t arg_count;
};

struct wast_command {
    enum wast_kind kind;
    uint32_t line, column;
    struct wast_module *module; /* where the kind has one, else NULL */
    struct wast_action *action;
    struct wast_value *results;
    uint32_t result_count;
    struct slice message; /* expected error */
    struct slice name, target, as;
    struct wast_command *commands; /* THREAD */
    uint32_t command_count;
};

struct wast_script {
    struct wast_command *commands;
    uint32_t count;
};

/* Reads a script. Everything lives in the arena or in text. A broken script gives an error with
 * line and column. Module fields without "(module" around them are one module. */
bool wast_parse(struct slice text, struct arena *arena, struct wast_script *script,
                struct error *err);

/* The bytes of a module: assembled strictly (no old mnemonics) if it is text; features: the
 * proposals that the script is written for. map may be NULL; it is NULL for binaries. Lines of
 * errors and of the map are the script's, or the quoted text's. */
bool wast_module_bytes(const struct wast_module *module, uint64_t features, struct arena *arena,
                       struct slice *bytes, struct text_map **map, struct error *err);

#endif
