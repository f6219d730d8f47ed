/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The module of validator tests; see the header.
 */
#include "tests/support/sample_module.h"

#include "frontend/decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char types[] = "14 0x60 0 0  0x60 1 0x7f 1 0x7f  0x60 2 0x7f 0x7e 2 0x7e 0x7f "
                            "0x60 0 1 0x7f  0x5f 3 0x7f 1 0x78 1 0x7e 0  0x5e 0x7f 1  "
                            "0x5e 0x78 0  0x5e 0x70 1  0x60 0 1 0x7e  0x5f 1 0x64 4 0  "
                            "0x5e 0x78 1  0x60 1 0x7f 0  0x50 0 0x5f 1 0x7f 0  "
                            "0x50 1 12 0x5f 2 0x7f 0 0x7e 0";

/* The code section: the body under test, and three that are valid. An end is added to the former
 * and cut off again after decoding, so that bodies without one get to func_validate. */
static void put_code(struct wasm_bytes *out, struct slice body)
{
    static const char others[] = "2 0 0x0b  4 0 local.get 0 0x0b  4 0 i32.const 0 0x0b";
    struct wasm_bytes contents = {0};
    wasm_put_leb(&contents, 4);
    wasm_put_leb(&contents, body.n + 1);
    wasm_put(&contents, body.p, body.n);
    wasm_put_u8(&contents, 0x0b);
    wasm_asm(&contents, others);
    wasm_put_u8(out, 10);
    wasm_put_leb(out, contents.n);
    wasm_put(out, contents.p, contents.n);
    wasm_bytes_free(&contents);
}

static struct wasm_bytes sample_bytes(uint32_t type, struct slice body)
{
    struct wasm_bytes out = {0};
    char funcs[32];
    snprintf(funcs, sizeof funcs, "4 %u 0 1 3", type);
    wasm_header(&out);
    wasm_section(&out, 1, types);
    wasm_section(&out, 3, funcs);
    wasm_section(&out, 4, "3 0x70 0 10 0x6f 0x04 10 0x70 0x04 10");
    wasm_section(&out, 5, "2 0 1 0x04 1");
    wasm_section(&out, 13, "2 0 0 0 11");
    wasm_section(&out, 6, "2 0x7f 0 i32.const 0 end 0x7f 1 i32.const 0 end");
    wasm_section(&out, 7, "1 1 0x66 0 2");
    wasm_section(&out, 9, "2 1 0 1 2  5 0x6f 0");
    wasm_section(&out, 12, "1");
    put_code(&out, body);
    wasm_section(&out, 11, "1 1 3 0x61 0x62 0x63");
    return out;
}

bool sample_open_bytes(struct sample *sample, uint32_t type, struct slice body, uint64_t features)
{
    *sample = (struct sample){.err = ERROR_INIT};
    sample->bytes = sample_bytes(type, body);
    struct slice bytes = wasm_slice(&sample->bytes);
    if (!module_decode(&sample->module, bytes, FEATURES_ALL, &sample->arena, &sample->err) ||
        !module_validate(&sample->module, &sample->arena, &sample->err))
        fail_msg("the sample module: %s", sample->err.message);
    sample->module.features = features;
    sample->module.funcs[0].body.n = body.n;
    return func_validate(&sample->module, 0, &sample->body, &sample->arena, &sample->err);
}

bool sample_open(struct sample *sample, uint32_t type, const char *body, uint64_t features)
{
    struct wasm_bytes bytes = {0};
    wasm_asm(&bytes, body);
    bool valid = sample_open_bytes(sample, type, wasm_slice(&bytes), features);
    wasm_bytes_free(&bytes);
    return valid;
}

void sample_close(struct sample *sample)
{
    arena_free(&sample->arena);
    wasm_bytes_free(&sample->bytes);
}

void expect_valid(uint32_t type, const char *body)
{
    struct sample sample;
    if (!sample_open(&sample, type, body, FEATURES_ALL))
        fail_msg("%s\n    is valid, found: %s", body, sample.err.message);
    sample_close(&sample);
}

void expect_invalid(uint32_t type, const char *body, const char *message, int at_byte)
{
    struct sample sample;
    if (sample_open(&sample, type, body, FEATURES_ALL))
        fail_msg("%s\n    is not valid: %s", body, message);
    if (strncmp(sample.err.message, message, strlen(message)) != 0)
        fail_msg("%s\n    wants: %s\n    found: %s", body, message, sample.err.message);
    assert_int_equal(sample.err.func, 0);
    size_t body_offset = sample.module.funcs[0].body_offset;
    if (at_byte >= 0)
        assert_int_equal(sample.err.offset - body_offset, at_byte);
    sample_close(&sample);
}

static void print_stream(FILE *out, const struct func_body *body)
{
    for (uint32_t i = 0; i < body->insn_count; i++) {
        const struct insn *insn = &body->insns[i];
        fprintf(out, "%s%s%s", i > 0 ? " " : "", op_info[insn->op].text, insn->flags ? "/" : "");
        if (insn->flags & INSN_DEAD_BEFORE)
            fputc('d', out);
        if (insn->flags & INSN_NO_BRANCH)
            fputc('n', out);
        if (insn->flags & INSN_HAS_ELSE)
            fputc('e', out);
    }
}

void expect_stream(uint32_t type, const char *body, const char *stream)
{
    struct sample sample;
    char text[1024] = {0};
    if (!sample_open(&sample, type, body, FEATURES_ALL))
        fail_msg("%s\n    is valid, found: %s", body, sample.err.message);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_non_null(out);
    print_stream(out, &sample.body);
    fclose(out);
    if (strcmp(text, stream) != 0)
        fail_msg("%s\n    wants: %s\n    found: %s", body, stream, text);
    sample_close(&sample);
}
