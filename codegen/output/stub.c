/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The runtime as the linker has to see it: an ELF shared object with a soname and the names of the
 * helpers, and no code. Linking against it records the dependency and makes every other undefined
 * symbol an error, wherever the real runtime is and whatever machine it is for.
 */
#include "codegen/artifact.h"

#include <elf.h>
#include <string.h>

#include "runtime/include/wasm2so_abi.h"

#define RUNTIME_SONAME "libwasm2so_rt.so.1"

static const char *const helper_symbols[] = {
#define H(name, shape) "w2s_rt_" #name,
    W2S_HELPERS(H)
#undef H
};

enum { HELPERS = sizeof helper_symbols / sizeof *helper_symbols };
enum { SECTION_NULL, SECTION_DYNSYM, SECTION_DYNSTR, SECTION_DYNAMIC, SECTIONS };

struct stub {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTIONS];
    Elf64_Sym symbols[1 + HELPERS];
    Elf64_Dyn dynamic[2];
    char strings[];
};

/* Appends a string to the table; returns its offset there. */
static uint32_t string_add(struct stub *stub, const char *s)
{
    Elf64_Shdr *table = &stub->sections[SECTION_DYNSTR];
    uint32_t at = (uint32_t)table->sh_size;
    strcpy(stub->strings + at, s);
    table->sh_size += strlen(s) + 1;
    return at;
}

static void fill_sections(struct stub *stub)
{
    stub->sections[SECTION_DYNSYM] = (Elf64_Shdr){
        .sh_type = SHT_DYNSYM,
        .sh_flags = SHF_ALLOC,
        .sh_offset = offsetof(struct stub, symbols),
        .sh_size = sizeof stub->symbols,
        .sh_link = SECTION_DYNSTR,
        .sh_info = 1, /* index of the first global symbol */
        .sh_addralign = _Alignof(Elf64_Sym),
        .sh_entsize = sizeof(Elf64_Sym),
    };
    stub->sections[SECTION_DYNSTR] = (Elf64_Shdr){
        .sh_type = SHT_STRTAB,
        .sh_flags = SHF_ALLOC,
        .sh_offset = offsetof(struct stub, strings),
        .sh_size = 1, /* string 0 is empty */
        .sh_addralign = 1,
    };
    stub->sections[SECTION_DYNAMIC] = (Elf64_Shdr){
        .sh_type = SHT_DYNAMIC,
        .sh_flags = SHF_ALLOC,
        .sh_offset = offsetof(struct stub, dynamic),
        .sh_size = sizeof stub->dynamic,
        .sh_link = SECTION_DYNSTR,
        .sh_addralign = _Alignof(Elf64_Dyn),
        .sh_entsize = sizeof(Elf64_Dyn),
    };
}

static void fill_header(struct stub *stub, const struct target *target)
{
    stub->header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = target->elf_machine,
        .e_version = EV_CURRENT,
        .e_shoff = offsetof(struct stub, sections),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS,
    };
}

struct slice stub_runtime(const struct target *target, struct arena *arena)
{
    size_t size = sizeof(struct stub) + 1 + sizeof RUNTIME_SONAME;
    for (size_t i = 0; i < HELPERS; i++)
        size += strlen(helper_symbols[i]) + 1;
    struct stub *stub = arena_alloc(arena, size);
    fill_header(stub, target);
    fill_sections(stub);
    for (size_t i = 0; i < HELPERS; i++)
        stub->symbols[1 + i] = (Elf64_Sym){
            .st_name = string_add(stub, helper_symbols[i]),
            .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
            .st_shndx = SECTION_DYNAMIC, /* any section: it is defined */
        };
    stub->dynamic[0].d_tag = DT_SONAME;
    stub->dynamic[0].d_un.d_val = string_add(stub, RUNTIME_SONAME);
    return (struct slice){(const uint8_t *)stub, size};
}
