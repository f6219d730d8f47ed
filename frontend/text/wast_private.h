/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Constants and result patterns of scripts.
 */
#ifndef FRONTEND_TEXT_WAST_PRIVATE_H
#define FRONTEND_TEXT_WAST_PRIVATE_H

#include "frontend/text/parser.h"
#include "frontend/text/wast.h"

/* Values up to the closing parenthesis around them; with patterns also what only results may be. */
struct wast_value *wast_parse_values(struct parser *p, bool patterns, uint32_t *count);

#endif
