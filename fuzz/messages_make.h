/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef FUZZ_MESSAGES_MAKE_H
#define FUZZ_MESSAGES_MAKE_H

#include "messages_model.h"

/* A front end begins, with ring 0: so many messages. */
#define BEGINNING 8

/* What there is, which decides what may follow, and the message that is on its way. */
extern struct model model;
extern struct sent sent;

/* The next one, number @turn, for the world to deliver. */
void make_message(struct input *in, unsigned int turn);

#endif /* FUZZ_MESSAGES_MAKE_H */
