/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The C header of a module: a prototype for each exported function (thunk.c defines them), for C
 * and C++. Names of a module are bytes chosen by whoever made it, so nothing of them goes into the
 * text unescaped.
 */
#include "codegen/artifact.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    const struct compile *c;
    struct arena *arena;
    char *text;
    size_t size, capacity;
};

static void write_bytes(struct writer *w, const char *bytes, size_t n)
{
    if (n > w->capacity - w->size) {
        size_t capacity = 2 * (w->size + n) + 1024;
        w->text = arena_grow(w->arena, w->text, w->capacity, capacity, 1);
        w->capacity = capacity;
    }
    memcpy(w->text + w->size, bytes, n);
    w->size += n;
}

static void write_text(struct writer *w, const char *text)
{
    write_bytes(w, text, strlen(text));
}

/* For parts of bounded length. */
static void __attribute__((format(printf, 2, 3))) write_short(struct writer *w, const char *fmt,
                                                              ...)
{
    char text[128];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    write_text(w, text);
}

/* A name inside a comment: letters, digits and harmless signs as they are, the rest as \xx. */
static void write_name(struct writer *w, struct slice name)
{
    static const char plain[] = " !#$%&()+,-.:;<=>@[]^_`{|}~";
    write_text(w, "\"");
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alphanumeric || (c != 0 && strchr(plain, c)))
            write_bytes(w, (const char *)&name.p[i], 1);
        else
            write_short(w, "\\%02x", c);
    }
    write_text(w, "\"");
}

static const char *c_type(struct valtype type)
{
    static const char *const names[] = {
        [VT_I32] = "int32_t ", [VT_I64] = "int64_t ",   [VT_F32] = "float ",
        [VT_F64] = "double ",  [VT_V128] = "w2s_v128 ", [VT_REF] = "void *",
    };
    return names[type.kind];
}

static const struct functype *export_type(const struct compile *c, const struct export *export)
{
    return &c->m->types[c->m->funcs[export->index].type].func;
}

static void write_result_struct(struct writer *w, const char *symbol, const struct functype *type)
{
    write_text(w, "struct ");
    write_text(w, symbol);
    write_text(w, "_result {\n");
    for (uint32_t i = 0; i < type->result_count; i++)
        write_short(w, "    %sr%u;\n", c_type(type->results[i]), i);
    write_text(w, "};\n");
}

static void write_prototype(struct writer *w, const char *symbol, const struct functype *type)
{
    write_text(w, type->result_count == 1 ? c_type(type->results[0]) : "void ");
    write_text(w, symbol);
    write_text(w, "(struct w2s_instance *instance");
    for (uint32_t i = 0; i < type->param_count; i++)
        write_short(w, ", %sp%u", c_type(type->params[i]), i);
    if (type->result_count > 1) {
        write_text(w, ", struct ");
        write_text(w, symbol);
        write_text(w, "_result *results");
    }
    write_text(w, ");\n");
}

static void write_export(struct writer *w, uint32_t index)
{
    const struct export *export = &w->c->m->exports[index];
    const char *symbol = w->c->symbols[index];
    if (export->kind != EXTERN_FUNC)
        return;
    write_text(w, "\n/* ");
    write_name(w, export->name);
    write_text(w, symbol ? " */\n" : " has no C name: another symbol is the same. */\n");
    if (!symbol)
        return;
    const struct functype *type = export_type(w->c, export);
    if (type->result_count > 1)
        write_result_struct(w, symbol, type);
    write_prototype(w, symbol, type);
}

static bool uses_v128(const struct compile *c)
{
    for (uint32_t i = 0; i < c->m->export_count; i++) {
        if (!c->symbols[i])
            continue;
        const struct functype *type = export_type(c, &c->m->exports[i]);
        for (uint32_t j = 0; j < type->param_count; j++)
            if (type->params[j].kind == VT_V128)
                return true;
        for (uint32_t j = 0; j < type->result_count; j++)
            if (type->results[j].kind == VT_V128)
                return true;
    }
    return false;
}

static void write_head(struct writer *w, const char *guard)
{
    write_text(w, "/* Exports of a WebAssembly module compiled by ");
    write_text(w, w2s_compiler_version());
    write_text(
        w, ".\n"
           " *\n"
           " * instance: from w2s_instance_new (wasm2so.h); NULL for the default instance of a\n"
           " * module without imports. A call that traps returns zeros, and w2s_last_trap() says\n"
           " * which trap it was. Link with the compiled module. */\n"
           "#ifndef ");
    write_text(w, guard);
    write_text(w, "\n#define ");
    write_text(w, guard);
    write_text(w, "\n\n#include <stdint.h>\n\n"
                  "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
                  "struct w2s_instance;\n");
    if (uses_v128(w->c))
        write_text(w, "\n#ifndef W2S_HAVE_V128\n#define W2S_HAVE_V128\n"
                      "typedef uint8_t w2s_v128 __attribute__((vector_size(16)));\n#endif\n");
}

struct slice header_text(const struct compile *c, struct arena *arena)
{
    struct writer w = {.c = c, .arena = arena};
    const char *guard = arena_printf(arena, "W2S_HEADER_%s", c->prefix);
    write_head(&w, guard);
    write_text(&w,
               "\nstruct w2s_module_desc;\n"
               "/* For w2s_module_from_desc, where the module is linked in as an archive or an\n"
               " * object. */\nextern const struct w2s_module_desc ");
    write_text(&w, c->descriptor);
    write_text(&w, ";\n");
    for (uint32_t i = 0; i < c->m->export_count; i++)
        write_export(&w, i);
    write_text(&w, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    return (struct slice){(const uint8_t *)w.text, w.size};
}
