/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What a request is answered with: a status, headers, and a body in memory or in a file.
 */
#ifndef TOOLS_SERVE_ANSWER_H
#define TOOLS_SERVE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

enum { ANSWER_HEADERS = 64 };

struct answer {
    unsigned status;
    const char *content_type; /* NULL: none of ours */
    char *body;               /* from malloc; or NULL, and: */
    int file;                 /* -1: none */
    uint64_t offset;          /* where in the file it begins */
    size_t size;
    struct answer_header {
        const char *name, *value;
    } headers[ANSWER_HEADERS]; /* into header_text */
    size_t header_count;
    char *header_text; /* from malloc, or NULL */
};

void answer_init(struct answer *answer);
void answer_free(struct answer *answer);

/* A line of plain text. Replaces what the answer was. */
void answer_text(struct answer *answer, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Status 200; body is from malloc and now the answer's. */
void answer_body(struct answer *answer, const char *content_type, char *body, size_t size);

#endif
