/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Compiling in tests.
 */
#include "tests/codegen/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "frontend/decode.h"
#include "frontend/text/text.h"
#include "frontend/validate.h"

struct module *support_module(const char *text, struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct slice binary, input = {(const uint8_t *)text, strlen(text)};
    struct module *m = arena_alloc(arena, sizeof *m);
    if (!text_to_binary(input, NULL, arena, &binary, NULL, &err) ||
        !module_decode(m, binary, FEATURES_ALL, arena, &err) || !module_validate(m, arena, &err))
        fail_msg("%s", err.message);
    return m;
}

static void new_path(char path[SUPPORT_PATH])
{
    static unsigned serial;
    snprintf(path, SUPPORT_PATH, "/tmp/w2s-test-%ld-%u.out", (long)getpid(), serial++);
}

void support_compile(const char *text, const w2s_compile_options *options, char path[SUPPORT_PATH])
{
    w2s_compile_options defaults = W2S_COMPILE_OPTIONS_INIT;
    w2s_compile_error err;
    new_path(path);
    if (!w2s_compile(text, strlen(text), options ? options : &defaults, path, &err))
        fail_msg("%s", err.message);
}

w2s_compile_error support_refused(const char *text, const w2s_compile_options *options)
{
    w2s_compile_options defaults = W2S_COMPILE_OPTIONS_INIT;
    w2s_compile_error err;
    struct stat status;
    char path[SUPPORT_PATH];
    new_path(path);
    assert_false(w2s_compile(text, strlen(text), options ? options : &defaults, path, &err));
    assert_int_not_equal(stat(path, &status), 0);
    return err;
}

struct slice support_read(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat status;
    assert_int_equal(fstat(fileno(file), &status), 0);
    size_t size = (size_t)status.st_size;
    char *bytes = arena_alloc(arena, size + 1);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    unlink(path);
    return (struct slice){(const uint8_t *)bytes, size};
}

const char *support_ir(const char *text, const w2s_compile_options *options, struct arena *arena)
{
    w2s_compile_options emitting = W2S_COMPILE_OPTIONS_INIT;
    char path[SUPPORT_PATH];
    if (options)
        emitting = *options;
    emitting.emit = W2S_EMIT_LLVM_IR;
    support_compile(text, &emitting, path);
    return (const char *)support_read(path, arena).p;
}

unsigned support_count(const char *text, const char *word)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}
