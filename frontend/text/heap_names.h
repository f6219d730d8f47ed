/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Names of the abstract heap types, for modules and scripts.
 */
#ifndef FRONTEND_TEXT_HEAP_NAMES_H
#define FRONTEND_TEXT_HEAP_NAMES_H

#include "frontend/text/lexer.h"

/* The abstract heap type the keyword names ("func"). */
bool heaptype_by_name(const struct token *token, uint32_t *heap);

#endif
