/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Making of a text_map: the marks of the finished binary, and the text they point into.
 */
#ifndef FRONTEND_TEXT_MAP_H
#define FRONTEND_TEXT_MAP_H

#include "frontend/text/encode.h"
#include "frontend/text/lexer.h"
#include "frontend/text/text.h"

/* Takes over the marks of binary, which stand in rising order. */
struct text_map *text_map_make(const struct buf *binary, const struct lexer *lx,
                               struct arena *arena);

#endif
