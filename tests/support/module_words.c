/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Whole modules in words; see the header.
 */
#include "tests/support/module_words.h"

#include "frontend/decode.h"
#include "frontend/validate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put_sections(struct wasm_bytes *out, const char *sections)
{
    while (*sections) {
        char words[4096];
        char *after_id;
        unsigned long id = strtoul(sections, &after_id, 10);
        assert_int_equal(*after_id, ':');
        size_t n = strcspn(after_id, "|");
        assert_in_range(n, 1, sizeof words);
        memcpy(words, after_id + 1, n - 1);
        words[n - 1] = '\0';
        wasm_section(out, (uint8_t)id, words);
        sections = after_id + n;
        sections += strspn(sections, "| ");
    }
}

bool words_decode(struct opened *opened, const char *sections, uint64_t features)
{
    *opened = (struct opened){.err = ERROR_INIT};
    wasm_header(&opened->bytes);
    put_sections(&opened->bytes, sections);
    return module_decode(&opened->module, wasm_slice(&opened->bytes), features, &opened->arena,
                         &opened->err);
}

bool words_validate(struct opened *opened, const char *sections, uint64_t features)
{
    return words_decode(opened, sections, features) &&
           module_validate(&opened->module, &opened->arena, &opened->err);
}

void words_close(struct opened *opened)
{
    arena_free(&opened->arena);
    wasm_bytes_free(&opened->bytes);
}

void expect_module(const char *sections)
{
    struct opened o;
    if (!words_validate(&o, sections, FEATURES_ALL))
        fail_msg("%s: %s", sections, o.err.message);
    words_close(&o);
}

void expect_module_error(const char *sections, enum error_kind kind, const char *message)
{
    struct opened o;
    if (words_validate(&o, sections, FEATURES_ALL))
        fail_msg("%s: valid, wanted: %s", sections, message);
    if (o.err.kind != kind || strncmp(o.err.message, message, strlen(message)) != 0)
        fail_msg("%s: %s: %s, wanted: %s", sections, error_kind_name(o.err.kind), o.err.message,
                 message);
    words_close(&o);
}
