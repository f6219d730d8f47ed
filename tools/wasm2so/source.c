/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Opening modules. The text format has no signature, so all that is no binary counts as text, but
 * for what plainly is a damaged binary: an empty file, or one that starts with a zero byte.
 */
#include "tools/wasm2so/source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "frontend/decode.h"
#include "frontend/text/text.h"
#include "frontend/validate.h"
#include "tools/wasm2so/file.h"

static bool is_elf(const uint8_t *p, size_t n)
{
    return n >= 4 && memcmp(p, "\177ELF", 4) == 0;
}

static bool bytes_check(struct slice bytes, struct error *err)
{
    if (text_is_binary(bytes))
        return true;
    if (is_elf(bytes.p, bytes.n))
        return error_set(err, ERR_MALFORMED, 0,
                         "magic header not detected: an ELF file, maybe a compiled module");
    if (bytes.n < 4 && memcmp(bytes.p, "\0asm", bytes.n) == 0)
        return error_set(err, ERR_MALFORMED, bytes.n, "unexpected end");
    if (bytes.p[0] == 0)
        return error_set(err, ERR_MALFORMED, 0, "magic header not detected");
    return true;
}

bool source_open(struct source *source, const char *file)
{
    struct error err = ERROR_INIT;
    *source = (struct source){.name = strcmp(file, "-") == 0 ? "<stdin>" : file};
    if (!file_read(file, &source->bytes, &err) || !bytes_check(source->bytes, &err))
        return source_report(source, &err);
    source->is_text = !text_is_binary(source->bytes);
    return true;
}

void source_close(struct source *source)
{
    file_free(&source->bytes);
}

/* An old mnemonic of a text module. */
static void show_note(void *env, uint32_t line, uint32_t column, const char *message)
{
    const struct source *source = env;
    fprintf(stderr, "wasm2so: %s:%u:%u: note: %s\n", source->name, line, column, message);
}

bool source_decode(const struct source *source, struct module *m, uint64_t features,
                   struct arena *arena, struct text_map **map)
{
    struct error err = ERROR_INIT;
    struct slice binary = source->bytes;
    struct source note_env = *source;
    struct text_options options = {.names = true,
                                   .limits32 = !(features & FEATURE_BIT(FEATURE_MEMORY64)),
                                   .note = show_note,
                                   .env = &note_env};
    *map = NULL;
    if (source->is_text && !text_to_binary(source->bytes, &options, arena, &binary, map, &err))
        return source_report(source, &err);
    if (module_decode(m, binary, features, arena, &err))
        return true;
    text_locate_error(*map, &err);
    return source_report(source, &err);
}

bool source_validate(const struct source *source, struct module *m, uint64_t features,
                     struct arena *arena)
{
    struct error err = ERROR_INIT;
    struct text_map *map;
    if (!source_decode(source, m, features, arena, &map))
        return false;
    if (module_validate_all(m, arena, &err))
        return true;
    text_locate_error(map, &err);
    return source_report(source, &err);
}

bool source_report(const struct source *source, const struct error *err)
{
    fflush(stdout);
    error_print(stderr, err, source->name, source->is_text ? (const char *)source->bytes.p : NULL,
                source->bytes.n);
    return false;
}

bool file_is_compiled(const char *file)
{
    uint8_t head[4];
    int fd = strcmp(file, "-") == 0 ? -1 : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, head, sizeof head, 0); /* fails on a pipe, whose bytes must stay */
    close(fd);
    return n > 0 && is_elf(head, (size_t)n);
}
