/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A plugin of qemu-user that counts executed instructions and prints the sum when the program ends.
 * Debian ships neither such a plugin nor the header, so what is used of the interface stands here.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PUBLIC __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
enum { INLINE_ADD_U64 = 0 };

typedef void tb_function(plugin_id, struct qemu_plugin_tb *);
typedef void end_function(plugin_id, void *);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_function *function);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *to,
                                              uint64_t value);
void qemu_plugin_register_atexit_cb(plugin_id id, end_function *function, void *env);

PUBLIC extern int qemu_plugin_version;
PUBLIC int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

int qemu_plugin_version = 1;

static uint64_t executed;

static void count_block(plugin_id id, struct qemu_plugin_tb *tb)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &executed,
                                             qemu_plugin_tb_n_insns(tb));
}

static void print_sum(plugin_id id, void *env)
{
    (void)id, (void)env;
    fprintf(stderr, "instructions %llu\n", (unsigned long long)executed);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
    qemu_plugin_register_atexit_cb(id, print_sum, NULL);
    return 0;
}
