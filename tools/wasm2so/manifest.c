/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The descriptor of a .so as text.
 */
#include "tools/wasm2so/manifest.h"

#include <inttypes.h>
#include <string.h>

#include "tools/wasm2so/command.h"
#include "tools/wasm2so/file.h"
#include "tools/wasm2so/guest.h"
#include "tools/wasm2so/image.h"
#include "tools/wasm2so/values.h"

static void text_print(const char *label, const char *text)
{
    printf("%-12s %s\n", label, text && *text ? text : "-");
}

static void limits_print(const struct w2s_externtype *type)
{
    printf("%" PRIu64, type->min);
    if (type->has_max)
        printf("..%" PRIu64, type->max);
    if (type->is_64)
        printf(" i64");
    if (type->is_shared)
        printf(" shared");
}

static void externtype_print(const struct w2s_module_desc *desc, const struct w2s_externtype *type)
{
    char buf[40];
    switch ((enum w2s_extern_kind)type->kind) {
    case W2S_FUNC:
    case W2S_TAG: functype_print(stdout, &desc->types[type->type_index]); break;
    case W2S_TABLE:
        limits_print(type);
        printf(" %s", type_name(type->type, buf, sizeof buf));
        break;
    case W2S_MEMORY:
        limits_print(type);
        printf(" pages of %u bytes", 1u << type->page_size_log2);
        break;
    case W2S_GLOBAL:
        printf("%s%s", type->is_mutable ? "mut " : "", type_name(type->type, buf, sizeof buf));
        break;
    }
}

static const char *kind_name(uint32_t kind)
{
    static const char *const names[] = {"func", "table", "memory", "global", "tag"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}

/* Type of an item of an index space, in the form that imports have. */
static struct w2s_externtype item_type(const struct w2s_module_desc *desc, uint32_t kind,
                                       uint32_t index)
{
    switch ((enum w2s_extern_kind)kind) {
    case W2S_TABLE: return desc->tables[index].type;
    case W2S_MEMORY: return desc->memories[index].type;
    case W2S_GLOBAL: return desc->globals[index].type;
    case W2S_FUNC:
        return (struct w2s_externtype){.kind = W2S_FUNC,
                                       .type_index = desc->funcs[index].type_index};
    case W2S_TAG: break;
    }
    return (struct w2s_externtype){.kind = W2S_TAG, .type_index = desc->tags[index].type_index};
}

static void hash_print(const uint8_t *hash, size_t n)
{
    printf("%-12s ", "source hash");
    for (size_t i = 0; i < n; i++)
        printf("%02x", hash[i]);
    putchar('\n');
}

static void head_print(const struct w2s_module_desc *desc)
{
    static const char *const modes[] = {"guard", "checked", "segue", "fixed"};
    printf("%-12s %u\n", "abi", desc->abi_version);
    text_print("compiler", desc->compiler);
    text_print("options", desc->options);
    text_print("target", desc->target);
    text_print("cpu", desc->cpu);
    text_print("cpu features", desc->cpu_features);
    text_print("memory mode", desc->memory_mode < 4 ? modes[desc->memory_mode] : "?");
    text_print("prefix", desc->prefix);
    hash_print(desc->source_hash, sizeof desc->source_hash);
    printf("%-12s ", "name");
    name_print(stdout, desc->name);
    printf("\n%-12s %u, %u imported; %td bytes of code\n", "functions", desc->func_count,
           desc->import_func_count, (const char *)desc->text_end - (const char *)desc->text_start);
}

static void imports_print(const struct w2s_module_desc *desc)
{
    printf("\nimports: %u\n", desc->import_count);
    for (uint32_t i = 0; i < desc->import_count; i++) {
        const struct w2s_import_desc *import = &desc->imports[i];
        printf("    %-6s ", kind_name(import->type.kind));
        name_print(stdout, import->module);
        putchar('.');
        name_print(stdout, import->name);
        putchar(' ');
        externtype_print(desc, &import->type);
        putchar('\n');
    }
}

static void exports_print(const struct w2s_module_desc *desc)
{
    printf("\nexports: %u\n", desc->export_count);
    for (uint32_t i = 0; i < desc->export_count; i++) {
        const struct w2s_export_desc *export = &desc->exports[i];
        struct w2s_externtype type = item_type(desc, export->kind, export->index);
        printf("    %-6s ", kind_name(export->kind));
        name_print(stdout, export->name);
        putchar(' ');
        externtype_print(desc, &type);
        putchar('\n');
    }
}

static void spaces_print(const struct w2s_module_desc *desc)
{
    printf("\nmemories: %u\n", desc->memory_count);
    for (uint32_t i = 0; i < desc->memory_count; i++) {
        printf("    %u: ", i);
        externtype_print(desc, &desc->memories[i].type);
        puts(i < desc->import_memory_count ? " (imported)" : "");
    }
    printf("\ntables: %u\n", desc->table_count);
    for (uint32_t i = 0; i < desc->table_count; i++) {
        printf("    %u: ", i);
        externtype_print(desc, &desc->tables[i].type);
        puts(i < desc->import_table_count ? " (imported)" : "");
    }
    uint64_t data = 0;
    for (uint32_t i = 0; i < desc->data_count; i++)
        data += desc->datas[i].size;
    printf("\nglobals: %u, data segments: %u (%" PRIu64 " bytes), element segments: %u\n",
           desc->global_count, desc->data_count, data, desc->elem_count);
    if (desc->start != W2S_NONE)
        printf("start: function %u\n", desc->start);
}

/* ---- modules for another machine ---- */

#define FIELD(field) (image->module + offsetof(struct w2s_module_desc, field))

static void image_print(const struct image *image)
{
    struct w2s_module_desc desc;
    memcpy(&desc, image_at(image, image->module, sizeof desc), sizeof desc);
    desc.compiler = image_string(image, FIELD(compiler));
    desc.options = image_string(image, FIELD(options));
    desc.target = image_string(image, FIELD(target));
    desc.cpu = image_string(image, FIELD(cpu));
    desc.cpu_features = image_string(image, FIELD(cpu_features));
    desc.prefix = image_string(image, FIELD(prefix));
    desc.name.bytes = image_string(image, FIELD(name.bytes));
    desc.name.size = strlen(desc.name.bytes);
    desc.text_start = image_at(image, (uint64_t)(uintptr_t)desc.text_start, 0);
    desc.text_end = image_at(image, (uint64_t)(uintptr_t)desc.text_end, 0);
    if (!desc.text_start || !desc.text_end)
        desc.text_end = desc.text_start;
    head_print(&desc);
}

/* The head of what this machine cannot load, with the reason. */
static bool foreign_print(const char *file, const w2s_error *err)
{
    struct slice bytes;
    struct image image;
    struct error trouble = ERROR_INIT;
    if (err->kind != W2S_ERROR_TARGET || !file_read(file, &bytes, &trouble))
        return false;
    bool ok = image_open(&image, bytes);
    if (ok) {
        printf("%s: compiled WebAssembly module, not for this machine:\n    %s\n\n", file,
               err->message);
        image_print(&image);
        image_close(&image);
    }
    file_free(&bytes);
    return ok;
}

int manifest_print(const char *file)
{
    w2s_error err;
    w2s_module *module = w2s_module_load(file, &err);
    if (!module && foreign_print(file, &err))
        return finish_output();
    if (!module)
        return guest_failed(file, &err);
    const struct w2s_module_desc *desc = w2s_module_desc(module);
    printf("%s: compiled WebAssembly module\n\n", file);
    head_print(desc);
    imports_print(desc);
    exports_print(desc);
    spaces_print(desc);
    w2s_module_free(module);
    return finish_output();
}
