/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a waPC guest imports, for clang --target=wasm32.
 */
#ifndef WAPC_H
#define WAPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data;
    size_t size;
};

#define WAPC(name) __attribute__((import_module("wapc"), import_name(#name)))

WAPC(__guest_request) void __guest_request(uint8_t *operation, uint8_t *payload);
WAPC(__guest_response) void __guest_response(const void *data, size_t size);
WAPC(__guest_error) void __guest_error(const void *text, size_t size);
WAPC(__host_call)
bool __host_call(const char *binding, size_t binding_size, const char *name_space,
                 size_t name_space_size, const char *operation, size_t operation_size,
                 const void *payload, size_t size);
WAPC(__host_response_len) size_t __host_response_len(void);
WAPC(__host_response) void __host_response(uint8_t *to);
WAPC(__host_error_len) size_t __host_error_len(void);
WAPC(__host_error) void __host_error(uint8_t *to);
WAPC(__console_log) void __console_log(const char *text, size_t size);

#endif
