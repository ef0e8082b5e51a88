/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a program needs of the machine; there is nothing else below it. */
#ifndef BOARD_H
#define BOARD_H

#include <vcrypto/platform.h>

/* The program.  When it returns, the machine is switched off: true says that all is well. */
bool program(void);

void print(const char *text);
void print_number(uint64_t number);
void print_hex(const void *bytes, size_t len);

/* Prints what went wrong, and switches off, unless @ok. */
void must(bool ok, const char *what);

/* Called with interrupts off when there is one; the program's. */
void interrupted(void);

/* Whether interrupted() may be called; off at the start. */
void allow_interrupts(bool yes);

/* Waits for an interrupt that is called before this returns.  Interrupts are off. */
void sleep(void);

#endif /* BOARD_H */
