/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The descriptor of a .so that this machine cannot load: as the file has it, not as the dynamic
 * linker would. Nothing in the file is trusted.
 */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "frontend/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The segments of a file at their addresses, from 0, with its relative relocations done: pointers
 * are addresses in here. */
struct image {
    uint8_t *bytes;
    uint64_t size;
    uint64_t module; /* address of w2s_module */
};

/* False if the file is no compiled module. */
bool image_open(struct image *image, struct slice file);
void image_close(struct image *image);

/* n bytes of the image, or NULL where they are not in it. */
const void *image_at(const struct image *image, uint64_t address, uint64_t n);
/* The string that the pointer at the address points to; "" where there is none. */
const char *image_string(const struct image *image, uint64_t address);

#endif
