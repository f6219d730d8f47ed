/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Making and freeing answers.
 */
#include "tools/serve/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void answer_init(struct answer *answer)
{
    *answer = (struct answer){.status = 500, .file = -1};
}

void answer_free(struct answer *answer)
{
    free(answer->body);
    free(answer->header_text);
    if (answer->file >= 0)
        close(answer->file);
    answer_init(answer);
}

void answer_text(struct answer *answer, unsigned status, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text - 1, fmt, args);
    va_end(args);
    size_t size = n < 0 ? 0 : (size_t)n < sizeof text - 2 ? (size_t)n : sizeof text - 2;
    text[size++] = '\n';
    answer_free(answer);
    answer->status = status;
    answer->content_type = "text/plain; charset=utf-8";
    answer->body = malloc(size);
    if (answer->body) {
        memcpy(answer->body, text, size);
        answer->size = size;
    }
}

void answer_body(struct answer *answer, const char *content_type, char *body, size_t size)
{
    answer_free(answer);
    answer->status = 200;
    answer->content_type = content_type;
    answer->body = body;
    answer->size = size;
}
