/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that must not be used. */
#ifndef POINTERS_H
#define POINTERS_H

#include <stddef.h>
#include <stdint.h>

#define PAGE 4096
#define BIG (4 * PAGE)

/* Addresses where nothing can be read. */
#define UNREADABLE 6
extern uint8_t *unreadable[UNREADABLE];

/* BIG bytes that can only be read; and as many that can be written, with nothing behind them. */
extern uint8_t *read_only, *torn;

void pointers_prepare(void);

/* Pages of memory; the program ends if there are none. */
uint8_t *pointers_map(size_t size, int protection);

#endif /* POINTERS_H */
