/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device whose node is a register: 4 bytes to read, 4 bytes to write. */
#ifndef REGISTER_H
#define REGISTER_H

#include <stdint.h>

/* Each ends the program with a message if it fails. */
int register_open(const char *path);
uint32_t register_load(int fd);
void register_store(int fd, uint32_t value);

/* Stores 0x1333, 0x2333 and 0x3333, and prints what it loads after each. */
void register_sequence(int fd);

#endif /* REGISTER_H */
