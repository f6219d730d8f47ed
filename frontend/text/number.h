/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * (private) Numeric literals (spec 6.3.1, 6.3.2): shape, integers with their ranges, floats rounded
 * to nearest, ties to even, without any use of the host's floating point or locale.
 */
#ifndef FRONTEND_TEXT_NUMBER_H
#define FRONTEND_TEXT_NUMBER_H

#include "frontend/text/lexer.h"

/* TOK_NAT, TOK_INT or TOK_FLOAT if the n characters are a number, else TOK_RESERVED. */
enum token_kind number_kind(const uint8_t *p, size_t n);

/* A natural number below 2^bits; false if it is not in range. Requires a TOK_NAT's text. */
bool number_nat(struct slice text, unsigned bits, uint64_t *value);

/* An integer of -2^(bits-1) to 2^bits - 1, as its bits. Requires TOK_NAT's or TOK_INT's text. */
bool number_int(struct slice text, unsigned bits, uint64_t *value);

/* Bits of an f32 or f64 (bits is 32 or 64); false if it overflows. Requires a number's text. */
bool number_float(struct slice text, unsigned bits, uint64_t *value);

/* (decimal.c) digits x 10^exponent10 as an integer of 64 significant bits (the highest set) times
 * 2^*exponent2; *sticky tells that bits below are lost. Digits are '0' to '9', the first not '0';
 * inexact says that nonzero digits were cut off after them. The value must lie between 10^-420 and
 * 10^320, and there are at most DECIMAL_DIGITS. */
#define DECIMAL_DIGITS 800
uint64_t decimal_to_binary(const char *digits, unsigned count, bool inexact, int exponent10,
                           int *exponent2, bool *sticky);

#endif
