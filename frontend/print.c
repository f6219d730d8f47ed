/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What `inspect` prints, line for line as users of wasm-objdump know it: here the frame, the list
 * of sections and raw bytes; print_details.c and print_code.c have the rest.
 */
#include "frontend/print.h"

#include "frontend/print_private.h"
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const char *const section_names[] = {
    [0] = "Custom", [1] = "Type",   [2] = "Import",     [3] = "Function", [4] = "Table",
    [5] = "Memory", [6] = "Global", [7] = "Export",     [8] = "Start",    [9] = "Elem",
    [10] = "Code",  [11] = "Data",  [12] = "DataCount", [13] = "Tag"};

const char *section_name(uint8_t id)
{
    return section_names[id];
}

static void print_byte_pairs(FILE *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < 16; i++) {
        if (i < n)
            fprintf(out, "%02x", p[i]);
        else
            fputs("  ", out);
        if (i % 2 == 1)
            fputc(' ', out);
    }
}

void print_bytes(FILE *out, const char *prefix, uint64_t address, struct slice bytes)
{
    for (size_t at = 0; at < bytes.n; at += 16) {
        size_t n = bytes.n - at < 16 ? bytes.n - at : 16;
        fprintf(out, "%s%07" PRIx64 ": ", prefix, address + at);
        print_byte_pairs(out, bytes.p + at, n);
        fputc(' ', out);
        for (size_t i = 0; i < n; i++) {
            uint8_t byte = bytes.p[at + i];
            fputc(byte >= 0x20 && byte < 0x7f ? byte : '.', out);
        }
        fputc('\n', out);
    }
}

/* Does the user's choice of a section mean this one? */
static bool chosen(const struct section *section, const char *name)
{
    if (!name || strcasecmp(name, section_names[section->id]) == 0)
        return true;
    return section->id == 0 && section->name.n == strlen(name) &&
           memcmp(section->name.p, name, section->name.n) == 0;
}

static void print_header(struct printer *p, const struct section *section)
{
    fprintf(p->out, "%9s start=0x%08zx end=0x%08zx (size=0x%08zx) ", section_names[section->id],
            section->offset, section->offset + section->size, section->size);
    if (section->id == 0) {
        fputc('"', p->out);
        print_text(p, section->name);
        fputs("\"\n", p->out);
    } else if (section->id == 8) {
        fprintf(p->out, "start: %u\n", p->m->start);
    } else {
        fprintf(p->out, "count: %u\n", section->count);
    }
}

static void print_raw(struct printer *p, const struct section *section)
{
    fprintf(p->out, "\nContents of section %s:\n", section_names[section->id]);
    struct slice bytes = {.p = p->m->bytes.p + section->offset, .n = section->size};
    print_bytes(p->out, "", section->offset, bytes);
}

/* Calls print for the chosen sections; returns whether one is the code section. */
static bool for_sections(struct printer *p, const char *name,
                         void (*print)(struct printer *p, const struct section *section))
{
    bool code = false;
    for (uint32_t i = 0; i < p->m->section_count; i++) {
        const struct section *section = &p->m->sections[i];
        if (!chosen(section, name))
            continue;
        code |= section->id == 10;
        if (print)
            print(p, section);
    }
    return code;
}

static bool any_chosen(const struct module *m, const char *name)
{
    for (uint32_t i = 0; i < m->section_count; i++)
        if (chosen(&m->sections[i], name))
            return true;
    return !name;
}

static void print_file_header(struct printer *p, const char *file_name)
{
    const char *slash = strrchr(file_name, '/');
    fprintf(p->out, "\n%s:\tfile format wasm 0x1\n", slash ? slash + 1 : file_name);
    if (p->m->name.n != 0) {
        fputs("module name: <", p->out);
        print_text(p, p->m->name);
        fputs(">\n", p->out);
    }
}

bool module_print(FILE *out, const struct module *m, const char *file_name, unsigned what,
                  const char *section, struct arena *arena, struct error *err)
{
    if (!any_chosen(m, section))
        return error_set(err, ERR_IO, ERROR_NO_OFFSET, "section not found: %s", section);
    struct printer p = {.out = out, .m = m, .arena = arena, .err = err};
    names_collect(&p);
    print_file_header(&p, file_name);
    if (what & PRINT_HEADERS) {
        fputs("\nSections:\n\n", out);
        for_sections(&p, section, print_header);
    }
    if (what & PRINT_DETAILS) {
        fputs("\nSection Details:\n\n", out);
        for_sections(&p, section, print_details);
    }
    if ((what & PRINT_DISASSEMBLY) && for_sections(&p, section, NULL)) {
        fputs("\nCode Disassembly:\n\n", out);
        print_disassembly(&p);
    }
    if (what & PRINT_RAW)
        for_sections(&p, section, print_raw);
    return err->kind == ERR_NONE;
}
