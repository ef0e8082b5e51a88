/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a file is that a front end has sent.  Who else has it may hold a lock of it for as long as
 * he likes, and no signal ends the waiting for that.  So it is asked before anything is done.
 */
#ifndef VCRYPTOD_FILE_H
#define VCRYPTOD_FILE_H

#include <stdbool.h>

struct server;

/* As S_IFMT has it, of @fd; 0: an eventfd, or another that no file system has. */
unsigned int file_type(int fd);

/* Whether its other end can be notified by it: an eventfd. */
bool file_notifies(const struct server *server, int fd);

/* Whether epoll can wait for it: an eventfd, or a pipe. */
bool file_kicks(const struct server *server, int fd);

#endif /* VCRYPTOD_FILE_H */
