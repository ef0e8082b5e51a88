/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Messages over a socket that is never waited for, in whatever pieces they come. */
#ifndef VCRYPTOD_SOCKET_H
#define VCRYPTOD_SOCKET_H

#include "message.h"
#include "remains.h"

/* What has come of the next message. */
struct inbox {
	struct message message;
	uint32_t got;			/* bytes, of the header first */
	int fds[MESSAGE_MAX_FDS];	/* message.fd_count of them */
	bool has_socket;		/* among them */
	uint32_t room;			/* how many there may be, with those that are there */
	struct remains *remains;	/* for those that nobody takes */
};

enum inbox_state {
	INBOX_WAIT,		/* not all of it is there */
	INBOX_MESSAGE,		/* one is */
	INBOX_END,		/* the peer has gone */
	INBOX_FAULT,		/* it cannot be one */
};

/* Read on.  @fault says what is wrong with INBOX_FAULT. */
enum inbox_state inbox_read(struct inbox *inbox, int socket, const char **fault);

/* Take file @i of a message; the others are given back by inbox_next(). */
int inbox_take_fd(struct inbox *inbox, uint32_t i);

/* Done with the message: give its files back, wipe it. */
void inbox_next(struct inbox *inbox);

/*
 * Send @message, header and payload, and @file with it, unless it is -1.  False if the peer does
 * not take it: then errno is EAGAIN, or says that the peer has gone.
 */
bool socket_send(int socket, const struct message *message, int file);

#endif /* VCRYPTOD_SOCKET_H */
