/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * From what browsers and curl send to the MessagePack of waPC guests, and back.
 */
#ifndef TOOLS_SERVE_PAYLOAD_H
#define TOOLS_SERVE_PAYLOAD_H

#include <msgpack.h>
#include <stdbool.h>

#include "tools/serve/answer.h"
#include "tools/serve/serve.h"

/* NAME=VALUE&NAME=VALUE, "+" and "%XX" decoded, as a map of strings. On failure why says what is
 * wrong; the buffer may hold a part. */
bool payload_from_form(const char *text, size_t size, msgpack_sbuffer *to, const char **why);
/* Any JSON value. why (of at least 200 bytes) gets the reason. */
bool payload_from_json(const char *text, size_t size, msgpack_sbuffer *to, char *why);

/* Status 200 with a guest's answer in that format. Bytes that are not one MessagePack value are
 * given on as they are. */
void payload_answer(struct answer *answer, enum serve_format format, const void *data, size_t size);

#endif
