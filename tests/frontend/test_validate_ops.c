/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The hand-written rules of the function validator, family by family. Each row is a body of
 * function 0 in the module of tests/support/sample_module.h, and the beginning of its error, or
 * NULL if it is valid.
 */
#include "tests/support/sample_module.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct row {
    uint32_t type;
    const char *body;
    const char *message;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].message)
            expect_invalid(rows[i].type, rows[i].body, rows[i].message, -1);
        else
            expect_valid(rows[i].type, rows[i].body);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

static void test_blocks(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {3, "0 block 0x7f i32.const 1 end end", NULL},
        {3, "0 block 0x7f end end", "type mismatch: end wants i32, found nothing"},
        {3, "0 block 0x7f i64.const 1 end end", "type mismatch: end wants i32, found i64"},
        {0, "0 block 0x40 i32.const 1 end end", "type mismatch: values left at the end of block"},
        {0, "0 block 0x41 end end", "malformed block type"},
        {0, "0 block 0xe3 0 end end", "unknown type 99"},
        {0, "0 block 4 end end", "type mismatch: block wants a function type, found type 4"},
        {2, "0 local.get 0 local.get 1 block 2 i32.const 0 i64.const 1 br 0 end end",
         "type mismatch"},
        {2, "0 local.get 0 local.get 1 block 2 drop drop i64.const 0 i32.const 1 br 0 end end",
         NULL},
        {2, "0 local.get 1 block 2 br 0 end end", "type mismatch: block wants i32, found nothing"},
        {1, "0 local.get 0 loop 1 br 0 end end", NULL},
        {1, "0 local.get 0 loop 1 drop br 0 end end", "type mismatch: br wants i32"},
        {3, "0 i32.const 1 if 0x7f i32.const 1 else i32.const 2 end end", NULL},
        {3, "0 i32.const 1 if 0x7f i32.const 1 end end", "type mismatch: an if without else"},
        {3, "0 i32.const 1 if 0x7f i32.const 1 else end end", "type mismatch: end wants i32"},
        {3, "0 i32.const 1 if 0x7f else i32.const 1 end end", "type mismatch: else wants i32"},
        {0, "0 if 0x40 end end", "type mismatch: if wants i32, found nothing"},
        {0, "0 if 0x64 0xe3 0 end end", "unknown type 99"},
        {0, "0 i64.const 0 if 0x40 end end", "type mismatch: if wants i32, found i64"},
        {1, "0 local.get 0 local.get 0 if 1 else end end", NULL},
        {3, "0 unreachable if 0x7f unreachable else unreachable end end", NULL},
        {3, "0 block 0x7f unreachable i64.const 1 end end", "type mismatch"},
        {0, "0 block 0x40 unreachable end i32.add end", "type mismatch"},
        {0, "0 i32.const 1 if 0x40 else else end end", "END opcode expected"},
    };
    CHECK_ROWS(rows);
}

static void test_branches(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 br 1 end", "unknown label 1"},
        {0, "0 i32.const 0 br_if 1 end", "unknown label 1"},
        {0, "0 i32.const 0 br_table 1 0 4 end", "unknown label 4"},
        {0, "0 i32.const 0 br_table 1 4 0 end", "unknown label 4"},
        {3, "0 br 0 end", "type mismatch: br wants i32, found nothing"},
        {3, "0 i32.const 1 br 0 end", NULL},
        {3, "0 i32.const 1 i32.const 2 br_if 0 end", NULL},
        {3, "0 i64.const 1 i32.const 2 br_if 0 end", "type mismatch: br_if wants i32, found i64"},
        {3, "0 i32.const 7 i32.const 2 br_table 2 0 0 0 end", NULL},
        {3, "0 block 0x40 i32.const 1 i32.const 0 br_table 1 1 0 end i32.const 1 end",
         "type mismatch: br_table to labels of"},
        {3, "0 block 0x7e i32.const 1 i32.const 0 br_table 1 0 1 end drop i32.const 0 end",
         "type mismatch: br_table wants i64, found i32"},
        /* Where the stack is polymorphic the labels may differ in type, not in number. */
        {3, "0 block 0x7e unreachable br_table 1 0 1 end drop i32.const 0 end", NULL},
        {3, "0 block 0x40 unreachable br_table 1 0 1 end i32.const 0 end",
         "type mismatch: br_table to labels of"},
        {3, "0 i32.const 1 return end", NULL},
        {3, "0 return end", "type mismatch: return wants i32, found nothing"},
        /* br_if gives the values the label's types, wider than they were. */
        {0, "0 block 0x6e ref.null 0x71 i32.const 0 br_if 0 ref.as_non_null ref.i31 end drop end",
         "type mismatch: ref.i31 wants i32, found (ref any)"},
    };
    CHECK_ROWS(rows);
}

static void test_calls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {1, "0 local.get 0 call 2 end", NULL},
        {1, "0 call 2 end", "type mismatch: call wants i32, found nothing"},
        {0, "0 call 99 end", "unknown function 99"},
        {3, "0 i32.const 5 i32.const 0 call_indirect 1 0 end", NULL},
        {3, "0 i32.const 5 i32.const 0 call_indirect 1 2 end",
         "type mismatch: call_indirect wants i64"},
        {3, "0 i32.const 5 i64.const 0 call_indirect 1 2 end", NULL},
        {3, "0 i32.const 5 i64.const 0 call_indirect 1 1 end",
         "type mismatch: call_indirect wants a table of funcref, found externref"},
        {3, "0 i32.const 5 i32.const 0 call_indirect 1 3 end", "unknown table 3"},
        {3, "0 i32.const 5 i32.const 0 call_indirect 99 0 end", "unknown type 99"},
        {3, "0 i32.const 5 i32.const 0 call_indirect 5 0 end",
         "type mismatch: call_indirect wants a function type"},
        {3, "0 i32.const 5 return_call 2 end", NULL},
        {3, "0 return_call 1 end", "type mismatch: return_call of a function with other results"},
        {8, "0 return_call 3 end", "type mismatch: return_call of a function with other results"},
        {3, "0 return_call 2 end", "type mismatch: return_call wants i32, found nothing"},
        {3, "0 i32.const 5 i32.const 0 return_call_indirect 1 0 end", NULL},
        {0, "0 i32.const 5 i32.const 0 return_call_indirect 1 0 end", "type mismatch"},
        {3, "0 i32.const 5 ref.func 2 call_ref 1 end", NULL},
        {3, "0 i32.const 5 ref.null 1 call_ref 1 end", NULL},
        {3, "0 i32.const 5 ref.null 0x70 call_ref 1 end",
         "type mismatch: call_ref wants (ref null 1), found funcref"},
        {3, "0 i32.const 5 ref.func 2 return_call_ref 1 end", NULL},
        {0, "0 i32.const 5 ref.func 2 return_call_ref 1 end", "type mismatch"},
        {0, "0 unreachable call_ref 4 end", "type mismatch: call_ref wants a function type"},
        {3, "0 unreachable call_ref 1 end", NULL},
    };
    CHECK_ROWS(rows);
}

static void test_parametric(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 drop end", "type mismatch: drop wants a value, found nothing"},
        {0, "0 i32.const 1 f64.const 0 0 0 0 0 0 0 0 i32.const 1 select end",
         "type mismatch: select wants i32, found f64"},
        {0, "0 ref.null 0x70 ref.null 0x70 i32.const 1 select drop end",
         "type mismatch: select wants a number or vector, found funcref"},
        {0, "0 ref.null 0x70 ref.null 0x70 i32.const 1 select:2 1 0x70 drop end", NULL},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 select:2 0 drop end", "invalid result arity"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 select:2 2 0x7f 0x7f drop end",
         "invalid result arity"},
        {3, "0 unreachable select end", NULL},
        {3, "0 unreachable i64.const 0 i32.const 0 select end", "type mismatch"},
        {3, "0 unreachable select i32.add end", NULL},
    };
    CHECK_ROWS(rows);
}

static void test_variables(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {1, "0 local.get 0 local.tee 0 end", NULL},
        {1, "0 i64.const 1 local.tee 0 end", "type mismatch: local.tee wants i32, found i64"},
        {0, "0 i64.const 1 local.set 0 end", "unknown local 0"},
        {3, "0 global.get 0 end", NULL},
        {3, "0 global.get 2 end", "unknown global 2"},
        {0, "0 i32.const 0 global.set 1 end", NULL},
        {0, "0 i64.const 0 global.set 1 end", "type mismatch: global.set wants i32, found i64"},
        {0, "0 i32.const 0 global.set 0 end", "immutable global 0"},
        {0, "0 i32.const 0 global.set 2 end", "unknown global 2"},
    };
    CHECK_ROWS(rows);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 i32.const 0 table.get 0 drop end", NULL},
        {0, "0 i32.const 0 table.get 1 drop end", "type mismatch: table.get wants i64, found i32"},
        {0, "0 i32.const 0 table.get 3 drop end", "unknown table 3"},
        {0, "0 i32.const 0 ref.null 0x70 table.set 0 end", NULL},
        {0, "0 i32.const 0 ref.func 2 table.set 0 end", NULL},
        {0, "0 i32.const 0 ref.null 0x6f table.set 0 end",
         "type mismatch: table.set wants funcref, found externref"},
        {3, "0 table.size 0 end", NULL},
        {8, "0 table.size 1 end", NULL},
        {3, "0 table.size 1 end", "type mismatch"},
        {8, "0 ref.null 0x6f i64.const 1 table.grow 1 end", NULL},
        {8, "0 ref.null 0x6f i32.const 1 table.grow 1 end", "type mismatch"},
        {0, "0 i32.const 1 ref.null 0x70 i32.const 1 table.fill 0 end", NULL},
        {0, "0 i64.const 1 ref.null 0x6f i64.const 1 table.fill 1 end", NULL},
        {0, "0 i32.const 1 ref.null 0x6f i64.const 1 table.fill 1 end", "type mismatch"},
        /* Between index types the length has the smaller. */
        {0, "0 i64.const 1 i32.const 1 i32.const 1 table.copy 2 0 end", NULL},
        {0, "0 i32.const 1 i64.const 1 i32.const 1 table.copy 0 2 end", NULL},
        {0, "0 i64.const 1 i32.const 1 i64.const 1 table.copy 2 0 end", "type mismatch"},
        {0, "0 i64.const 1 i64.const 1 i64.const 1 table.copy 2 2 end", NULL},
        {0, "0 i64.const 1 i64.const 1 i64.const 1 table.copy 2 1 end",
         "type mismatch: table.copy wants funcref, found externref"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 table.init 0 0 end", NULL},
        {0, "0 i64.const 1 i32.const 1 i32.const 1 table.init 1 1 end", NULL},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 table.init 1 0 end",
         "type mismatch: table.init wants funcref, found externref"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 table.init 2 0 end", "unknown elem segment 2"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 table.init 2 9 end", "unknown table 9"},
        {0, "0 elem.drop 1 end", NULL},
        {0, "0 elem.drop 2 end", "unknown elem segment 2"},
    };
    CHECK_ROWS(rows);
}

static void test_memories(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 i32.const 1 i32.const 1 i32.const 1 memory.init 0 0 end", NULL},
        {0, "0 i64.const 1 i32.const 1 i32.const 1 memory.init 0 1 end", NULL},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 memory.init 0 1 end", "type mismatch"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 memory.init 1 0 end", "unknown data segment 1"},
        {0, "0 i32.const 1 i32.const 1 i32.const 1 memory.init 0 2 end", "unknown memory 2"},
        {0, "0 data.drop 0 end", NULL},
        {0, "0 data.drop 1 end", "unknown data segment 1"},
        {0, "0 i32.const 1 i64.const 1 i32.const 1 memory.copy 0 1 end", NULL},
        {0, "0 i64.const 1 i32.const 1 i32.const 1 memory.copy 0 1 end", "type mismatch"},
        {0, "0 i64.const 1 i64.const 1 i64.const 1 memory.copy 1 1 end", NULL},
        {0, "0 i64.const 1 i32.const 1 i64.const 1 memory.fill 1 end", NULL},
        {0, "0 i32.const 1 i32.const 1 i64.const 1 memory.fill 0 end", "type mismatch"},
        {0, "0 i32.const 1 i32.const 1 i64.const 1 memory.fill 2 end", "unknown memory 2"},
    };
    CHECK_ROWS(rows);
}

static void test_data_count(void **state)
{
    (void)state;
    static const char *const bodies[] = {"0 data.drop 0 end", "0 unreachable memory.init 0 0 end",
                                         "0 unreachable array.new_data 5 0 drop end",
                                         "0 unreachable array.init_data 5 0 end"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct sample s;
        assert_true(sample_open(&s, 0, bodies[i], FEATURES_ALL));
        s.module.has_data_count = false;
        assert_false(func_validate(&s.module, 0, &s.body, &s.arena, &s.err));
        assert_int_equal(s.err.kind, ERR_MALFORMED);
        assert_memory_equal(s.err.message, "data count section required", 27);
        sample_close(&s);
    }
}

static void test_references(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 ref.null 0x70 drop end", NULL},
        {0, "0 ref.null 0xe3 0 drop end", "unknown type 99"},
        {3, "0 ref.null 0x70 ref.is_null end", NULL},
        {3, "0 i32.const 0 ref.is_null end",
         "type mismatch: ref.is_null wants a reference, found i32"},
        {0, "0 ref.func 2 drop end", NULL},
        {0, "0 ref.func 1 drop end", "undeclared function reference"},
        {0, "0 ref.func 9 drop end", "unknown function 9"},
        {3, "0 ref.null 0x6d ref.null 4 ref.eq end", NULL},
        {3, "0 ref.null 0x6d ref.null 0x6e ref.eq end",
         "type mismatch: ref.eq wants eqref, found anyref"},
        {0, "0 ref.null 0x70 ref.as_non_null drop end", NULL},
        {0, "0 i32.const 0 ref.as_non_null drop end", "type mismatch"},
        {0, "0 unreachable ref.as_non_null call_ref 0 end", NULL},
        {0, "0 ref.null 0x70 br_on_null 0 drop end", NULL},
        {0, "0 ref.null 0x70 br_on_null 3 drop end", "unknown label 3"},
        {3, "0 i32.const 1 ref.null 0x70 br_on_null 0 drop end", NULL},
        {3, "0 ref.null 0x70 br_on_null 0 drop end", "type mismatch"},
        {0, "0 block 0x64 0x70 ref.func 2 br_on_non_null 0 return end drop end", NULL},
        {0, "0 block 0x64 0x70 ref.null 0x6f br_on_non_null 0 return end drop end",
         "type mismatch: br_on_non_null wants (ref extern), found (ref func)"},
        {0, "0 ref.null 0x6f br_on_non_null 0 end",
         "type mismatch: br_on_non_null to a label without values"},
    };
    CHECK_ROWS(rows);
}

static void test_casts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {3, "0 ref.null 0x6e ref.test 4 end", NULL},
        {3, "0 ref.null 0x6e ref.test:2 0x6c end", NULL},
        {3, "0 ref.null 0x6f ref.test 4 end",
         "type mismatch: ref.test wants anyref, found externref"},
        {3, "0 ref.null 0x6e ref.test 0xe3 0 end", "unknown type 99"},
        {0, "0 ref.null 0x6e ref.cast 4 drop end", NULL},
        {3, "0 ref.null 0x6e ref.cast 4 struct.get 4 0 end", NULL},
        {0, "0 ref.null 0x70 ref.cast 4 drop end", "type mismatch: ref.cast wants anyref"},
        /* flags: 1 from may be null, 2 to may be null */
        {0, "0 block 0x64 12 ref.null 0x6e br_on_cast 1 0 0x6e 12 return end drop end", NULL},
        {0, "0 block 0x64 12 ref.null 0x6e br_on_cast 3 0 0x6e 12 return end drop end",
         "type mismatch: br_on_cast wants (ref null 12), found (ref 12)"},
        {0, "0 block 0x64 12 ref.null 0x6e br_on_cast 1 0 0x6e 13 return end drop end", NULL},
        {0, "0 block 0x64 13 ref.null 0x6e br_on_cast 1 0 0x6e 12 return end drop end",
         "type mismatch: br_on_cast wants (ref 12), found (ref 13)"},
        {0, "0 block 0x64 12 ref.null 0x6f br_on_cast 1 0 0x6f 12 return end drop end",
         "type mismatch: cast from externref to (ref 12), which is no subtype"},
        {0, "0 block 0x63 0x6e ref.null 0x6e br_on_cast_fail 1 0 0x6e 12 return end drop end",
         NULL},
        {0, "0 block 0x64 0x6e ref.null 0x6e br_on_cast_fail 1 0 0x6e 12 return end drop end",
         "type mismatch: br_on_cast_fail wants anyref, found (ref any)"},
        /* The cast that takes null leaves no null behind. */
        {0, "0 block 0x64 0x6e ref.null 0x6e br_on_cast_fail 3 0 0x6e 12 return end drop end",
         NULL},
        {3,
         "0 block 0x63 0x6e ref.null 0x6e br_on_cast_fail 1 0 0x6e 12 struct.get 12 0 return "
         "end drop i32.const 0 end",
         NULL},
        {3, "0 i32.const 1 ref.i31 i31.get_s end", NULL},
        {3, "0 ref.null 4 i31.get_u end", "type mismatch: i31.get_u wants i31ref, found"},
        {0, "0 ref.null 0x6f any.convert_extern drop end", NULL},
        {0, "0 ref.null 0x6e any.convert_extern drop end", "type mismatch"},
        {0, "0 ref.null 4 extern.convert_any drop end", NULL},
        {0, "0 block 0x64 0x6f struct.new_default 4 extern.convert_any end drop end", NULL},
        {0, "0 block 0x64 0x6f ref.null 4 extern.convert_any end drop end",
         "type mismatch: end wants (ref extern), found externref"},
    };
    CHECK_ROWS(rows);
}

static void test_structs(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 i32.const 1 i32.const 2 i64.const 3 struct.new 4 drop end", NULL},
        {0, "0 i32.const 1 i32.const 2 i32.const 3 struct.new 4 drop end",
         "type mismatch: struct.new wants i64, found i32"},
        {0, "0 struct.new 5 drop end", "type mismatch: struct.new wants a structure type"},
        {0, "0 struct.new_default 4 drop end", NULL},
        {0, "0 struct.new_default 9 drop end", "type mismatch: struct.new_default of type 9"},
        {0, "0 struct.new_default 4 struct.new 9 drop end", NULL},
        {0, "0 ref.null 4 struct.new 9 drop end", "type mismatch"},
        {8, "0 struct.new_default 4 struct.get 4 2 end", NULL},
        {3, "0 struct.new_default 4 struct.get_s 4 1 end", NULL},
        {3, "0 struct.new_default 4 struct.get_u 4 1 end", NULL},
        {3, "0 struct.new_default 4 struct.get 4 1 end",
         "type mismatch: struct.get of a field that is packed"},
        {3, "0 struct.new_default 4 struct.get_u 4 0 end",
         "type mismatch: struct.get_u of a field that is not packed"},
        {3, "0 struct.new_default 4 struct.get 4 3 end", "unknown field 3"},
        {3, "0 struct.new_default 13 struct.get 12 0 end", NULL},
        {8, "0 struct.new_default 12 struct.get 13 1 end", "type mismatch"},
        {0, "0 struct.new_default 4 i32.const 1 struct.set 4 1 end", NULL},
        {0, "0 struct.new_default 4 i64.const 1 struct.set 4 2 end", "immutable field 2"},
        {0, "0 struct.new_default 4 i64.const 1 struct.set 4 0 end", "type mismatch"},
    };
    CHECK_ROWS(rows);
}

static void test_arrays(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 i32.const 7 i32.const 3 array.new 5 drop end", NULL},
        {0, "0 i64.const 7 i32.const 3 array.new 5 drop end", "type mismatch"},
        {0, "0 i32.const 3 array.new 4 drop end", "type mismatch: array.new wants an array type"},
        {0, "0 i32.const 3 array.new_default 99 drop end", "unknown type 99"},
        {0, "0 i32.const 1 i32.const 2 array.new_fixed 5 2 drop end", NULL},
        {0, "0 i32.const 1 array.new_fixed 5 2 drop end", "type mismatch"},
        {0, "0 i32.const 1 i32.const 2 array.new_data 6 0 drop end", NULL},
        {0, "0 i32.const 1 i32.const 2 array.new_data 6 1 drop end", "unknown data segment 1"},
        {0, "0 i32.const 1 i32.const 2 array.new_data 7 0 drop end",
         "array type is not numeric or vector"},
        {0, "0 i32.const 1 i32.const 2 array.new_elem 7 0 drop end", NULL},
        {0, "0 i32.const 1 i32.const 2 array.new_elem 7 1 drop end", "type mismatch"},
        {0, "0 i32.const 1 i32.const 2 array.new_elem 7 2 drop end", "unknown elem segment 2"},
        {3, "0 ref.null 5 i32.const 0 array.get 5 end", NULL},
        {3, "0 ref.null 6 i32.const 0 array.get 6 end", "type mismatch: array.get of a field"},
        {3, "0 ref.null 6 i32.const 0 array.get_s 6 end", NULL},
        {3, "0 ref.null 6 i32.const 0 array.get_u 6 end", NULL},
        {3, "0 ref.null 5 i32.const 0 array.get_u 5 end", "type mismatch"},
        {0, "0 ref.null 5 i32.const 0 i32.const 1 array.set 5 end", NULL},
        {0, "0 ref.null 6 i32.const 0 i32.const 1 array.set 6 end", "immutable array"},
        {3, "0 ref.null 0x6a array.len end", NULL},
        {3, "0 ref.null 6 array.len end", NULL},
        {3, "0 ref.null 4 array.len end", "type mismatch: array.len wants arrayref"},
        {0, "0 ref.null 5 i32.const 0 i32.const 1 i32.const 2 array.fill 5 end", NULL},
        {0, "0 ref.null 6 i32.const 0 i32.const 1 i32.const 2 array.fill 6 end", "immutable array"},
        {0, "0 ref.null 10 i32.const 0 ref.null 6 i32.const 1 i32.const 2 array.copy 10 6 end",
         NULL},
        {0, "0 ref.null 6 i32.const 0 ref.null 6 i32.const 1 i32.const 2 array.copy 6 6 end",
         "immutable array"},
        {0, "0 ref.null 5 i32.const 0 ref.null 6 i32.const 1 i32.const 2 array.copy 5 6 end",
         "array types do not match"},
        {0, "0 ref.null 10 i32.const 0 i32.const 1 i32.const 2 array.init_data 10 0 end", NULL},
        {0, "0 ref.null 7 i32.const 0 i32.const 1 i32.const 2 array.init_data 7 0 end",
         "array type is not numeric or vector"},
        {0, "0 ref.null 6 i32.const 0 i32.const 1 i32.const 2 array.init_data 6 0 end",
         "immutable array"},
        {0, "0 ref.null 7 i32.const 0 i32.const 1 i32.const 2 array.init_elem 7 0 end", NULL},
        {0, "0 ref.null 10 i32.const 0 i32.const 1 i32.const 2 array.init_elem 10 0 end",
         "type mismatch"},
    };
    CHECK_ROWS(rows);
}

static void test_exceptions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {0, "0 throw 0 end", NULL},
        {0, "0 throw 1 end", "type mismatch: throw wants i32, found nothing"},
        {0, "0 i32.const 0 throw 1 end", NULL},
        {0, "0 throw 2 end", "unknown tag 2"},
        {0, "0 ref.null 0x69 throw_ref end", NULL},
        {0, "0 ref.null 0x6e throw_ref end", "type mismatch: throw_ref wants exnref, found anyref"},
        /* clauses: 0 catch tag label, 1 catch_ref tag label, 2 catch_all label, 3 catch_all_ref */
        {3, "0 try_table 0x40 1 0 1 0 end i32.const 0 end", NULL},
        {3, "0 try_table 0x40 1 0 0 0 end i32.const 0 end",
         "type mismatch: catch clause of 0 values to a label of 1"},
        {8, "0 try_table 0x40 1 0 1 0 end i64.const 0 end",
         "type mismatch: try_table wants i64, found i32"},
        {3, "0 try_table 0x40 1 0 2 0 end i32.const 0 end", "unknown tag 2"},
        {3, "0 try_table 0x40 1 0 1 1 end i32.const 0 end", "unknown label 1"},
        {0, "0 try_table 0x40 1 2 0 end end", NULL},
        {0, "0 block 0x64 0x69 try_table 0x40 1 3 0 end return end drop end", NULL},
        {0, "0 block 0x69 try_table 0x40 1 3 0 end return end drop end", NULL},
        {0, "0 block 0x69 try_table 0x40 1 1 0 0 end return end drop end", NULL},
        {0, "0 try_table 0x40 1 3 0 end end", "type mismatch: catch clause of 1 values"},
        {0, "0 unreachable try_table 0x40 1 3 0 end end", "type mismatch: catch clause"},
    };
    CHECK_ROWS(rows);
}

static void test_legacy_exceptions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {3, "0 try 0x7f i32.const 1 catch 1 end end", NULL},
        {3, "0 try 0x7f i32.const 1 catch 0 end end", "type mismatch: end wants i32"},
        {3, "0 try 0x7f catch 1 end end", "type mismatch: catch wants i32, found nothing"},
        {3, "0 try 0x7f i32.const 1 catch_all i32.const 0 end end", NULL},
        {0, "0 try 0x40 catch_all catch 0 end end", "END opcode expected: catch outside a try"},
        {0, "0 try 0x40 catch 9 end end", "unknown tag 9"},
        {0, "0 try 0x40 delegate 0 end", NULL},
        {0, "0 try 0x40 delegate 1 end", "unknown label 1"},
        {0, "0 try 0x40 catch_all delegate 0 end", "END opcode expected: delegate outside a try"},
        {0, "0 try 0x40 catch_all rethrow 0 end end", NULL},
        {0, "0 try 0x40 catch 0 block 0x40 rethrow 1 end end end", NULL},
        {0, "0 try 0x40 rethrow 0 catch_all end end", "invalid rethrow label 0"},
        {0, "0 rethrow 0 end", "invalid rethrow label 0"},
        {0, "0 rethrow 1 end", "unknown label 1"},
    };
    CHECK_ROWS(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),     cmocka_unit_test(test_branches),
        cmocka_unit_test(test_calls),      cmocka_unit_test(test_parametric),
        cmocka_unit_test(test_variables),  cmocka_unit_test(test_tables),
        cmocka_unit_test(test_memories),   cmocka_unit_test(test_data_count),
        cmocka_unit_test(test_references), cmocka_unit_test(test_casts),
        cmocka_unit_test(test_structs),    cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_exceptions), cmocka_unit_test(test_legacy_exceptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
