/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * wasm2so help, and --help of every command.
 */
#include <stdio.h>
#include <string.h>

#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"

struct page {
    const char *command;
    enum command_id id;
    const char *usage;
    const char *text;
};

static const struct page pages[] = {
    {"compile", CMD_COMPILE, "wasm2so [compile] FILE [options]",
     "Compiles a WebAssembly module, binary or text, to native code. The result is FILE with\n"
     "the suffix .so, unless -o names it. FILE may be - for standard input.\n"},
    {"run", CMD_RUN, "wasm2so run FILE [options] [-- ARG...]",
     "Runs a compiled module (.so), or compiles one for this machine (.wasm, .wat; kept in the\n"
     "cache) and runs it: the WASI command's _start, or the export named by --invoke. The exit\n"
     "code is the program's own, 134 after a trap.\n"},
    {"serve", CMD_SERVE, "wasm2so serve FILE [options]",
     "Answers HTTP requests by a compiled module (.so), or one that it compiles for this machine\n"
     "first: a waPC guest (__guest_call), or a WASI command, run as a CGI program. Ends after\n"
     "SIGTERM or SIGINT, when the requests in progress are answered.\n"},
    {"inspect", CMD_INSPECT, "wasm2so inspect FILE [options]",
     "Shows what is in a module: sections, their contents, code. For a .so: how it was made,\n"
     "what it imports and exports.\n"},
    {"validate", CMD_VALIDATE, "wasm2so validate FILE [options]",
     "Decodes and validates a module. Prints nothing if it is valid.\n"},
};

static int page_print(const struct page *page)
{
    printf("usage: %s\n\n%s\noptions:\n", page->usage, page->text);
    options_help(stdout, page->id);
    return finish_output();
}

static int overview_print(void)
{
    puts("usage: wasm2so FILE.wasm            compile to FILE.so\n"
         "       wasm2so COMMAND ...\n"
         "\n"
         "commands:\n"
         "  compile    a module to native code\n"
         "  run        a WASI command, or one export of a module\n"
         "  serve      a module's answers to HTTP requests\n"
         "  inspect    a module's sections and code, or a .so's manifest\n"
         "  validate   decode and validate only\n"
         "  help       wasm2so help COMMAND lists its options\n"
         "\n"
         "  --version  print the version\n"
         "\n"
         "exit codes: the program's own; 134 after a trap; 1 for a bad module or file;\n"
         "2 for wrong usage");
    return finish_output();
}

int cmd_help(const struct options *options)
{
    if (!options->file)
        return overview_print();
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (strcmp(pages[i].command, options->file) == 0)
            return page_print(&pages[i]);
    return usage_error("no help on '%s'; see wasm2so help", options->file);
}
