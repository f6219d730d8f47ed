/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * run --wapc: one call of a waPC guest. Standard input is the payload and standard output the
 * answer, so what the guest prints and logs goes to standard error.
 */
#include "tools/wasm2so/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/include/wasm2so_wapc.h"
#include "tools/wasm2so/command.h"
#include "tools/wasm2so/options.h"

/* A line, whatever the guest made of it: no control characters reach a terminal. */
static void line_print(const char *before, w2s_wapc_bytes text)
{
    fflush(stdout);
    fputs(before, stderr);
    for (size_t i = 0; i < text.size; i++)
        fputc(text.data[i] < ' ' && text.data[i] != '\t' ? ' ' : text.data[i], stderr);
    fputc('\n', stderr);
}

static void console_log(void *env, w2s_wapc *guest, w2s_wapc_bytes text)
{
    (void)env, (void)guest;
    line_print("wapc: ", text);
}

int guest_define_wapc(w2s_linker *linker, const char *file)
{
    w2s_error err;
    w2s_wapc_config config = {.size = sizeof config, .console_log = console_log};
    return w2s_linker_define_wapc(linker, &config, &err) ? -1 : guest_failed(file, &err);
}

/* All of standard input; NULL after a printed error. */
static uint8_t *payload_read(size_t *size)
{
    size_t room = 4096;
    uint8_t *bytes = malloc(room);
    *size = 0;
    while (bytes) {
        *size += fread(bytes + *size, 1, room - *size, stdin);
        if (*size < room)
            break;
        room *= 2;
        uint8_t *more = realloc(bytes, room);
        if (!more)
            free(bytes);
        bytes = more;
    }
    if (bytes && !ferror(stdin))
        return bytes;
    fprintf(stderr, "wasm2so: cannot read standard input: %s\n",
            bytes ? strerror(errno) : "out of memory");
    free(bytes);
    return NULL;
}

/* A program may exit; a guest that does so has not answered. */
static int no_answer(w2s_trap *trap, const char *file)
{
    if (w2s_trap_kind(trap) != W2S_TRAP_EXIT)
        return guest_trapped(trap);
    fflush(stdout);
    fprintf(stderr, "wasm2so: %s: error: the guest exited with status %d\n", file,
            w2s_trap_exit_status(trap));
    w2s_trap_free(trap);
    return EXIT_FAILED;
}

static int call(w2s_wapc *guest, const struct options *options)
{
    size_t size;
    uint8_t *payload = payload_read(&size);
    if (!payload)
        return EXIT_FAILED;
    w2s_wapc_answer answer;
    w2s_trap *trap = w2s_wapc_call(guest, options->wapc, payload, size, &answer);
    free(payload);
    if (trap)
        return no_answer(trap, options->file);
    if (answer.ok)
        fwrite(answer.bytes.data, 1, answer.bytes.size, stdout);
    else
        line_print("", answer.bytes);
    return answer.ok ? EXIT_OK : EXIT_FAILED;
}

int guest_wapc(w2s_instance *instance, const struct options *options)
{
    w2s_error err;
    w2s_trap *trap = NULL;
    w2s_wapc *guest = w2s_wapc_start(instance, &trap, &err);
    if (guest)
        return call(guest, options);
    return trap ? no_answer(trap, options->file) : guest_failed(options->file, &err);
}
