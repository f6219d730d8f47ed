/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What the runner counts, and how the process of one file tells the main process: as a stream of
 * small records on a pipe, each written at once, so that whatever was done before a crash arrives.
 */
#ifndef SPEC_TESTS_REPORT_H
#define SPEC_TESTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EVENT_TOTAL,   /* count: assertions in the file */
    EVENT_LINE,    /* the command at `line` begins */
    EVENT_PASSED,  /* one assertion */
    EVENT_FAILED,  /* count assertions, or 0 for a command that is none; text: why */
    EVENT_SKIPPED, /* count assertions; text: the proposal or the reason */
    EVENT_DONE,    /* the whole script was executed */
    EVENT__COUNT
};

enum { EVENT_TEXT_MAX = 1000 };

struct event {
    uint32_t kind; /* enum event_kind */
    uint32_t line;
    uint32_t count;
    uint32_t size; /* of the text that follows, without NUL */
};

/* Writes one record; text may be NULL. Gives up silently when the reader has gone. */
void event_write(int fd, enum event_kind kind, uint32_t line, uint32_t count, const char *text);

/* Sums of one file. */
struct tally {
    const char *path;
    uint32_t total; /* assertions in the file */
    uint32_t passed, failed, skipped;
    uint32_t broken; /* commands that are no assertions and failed; counted in failed too */
    uint32_t line;   /* of the last command begun */
    bool done;
};

/* Adds one record; prints failures to stderr, and skips too if verbose. */
void tally_add(struct tally *tally, const struct event *event, const char *text, bool verbose);

/* Books the assertions that were never reached as failed, and prints why. */
void tally_abort(struct tally *tally, const char *why);

/* Prints the table of files, the totals by area and the last line; returns true if none failed. */
bool report_print(const struct tally *tallies, size_t count);

#endif
