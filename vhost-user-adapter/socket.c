// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "file.h"
#include "socket.h"

#define HEADER sizeof(struct message_header)

/*
 * A socket may have others on their way in it, and be the peer's own end: who held that would
 * never see it close.  Only a state may come by one, which is not held for long: so such a message
 * has to be there as a whole, too.
 */
static bool is_socket(int fd)
{
	return file_type(fd) == S_IFSOCK;
}

/*
 * How many files a piece may bring: all that can come, unless the guest's share is too small for
 * that.  Others are closed by the kernel, which says so.
 */
static uint32_t room_for_files(const struct inbox *inbox)
{
	uint32_t there = inbox->message.fd_count;
	uint32_t left = inbox->room > there ? inbox->room - there : 0;

	return left < MESSAGE_FILES_SENT ? left : MESSAGE_FILES_SENT;
}

/* Why some of the files have not been taken, @came of them having been. */
static const char *lost_files(uint32_t came, uint32_t room)
{
	return came == room ? "more open files than a guest may have" :
			      "a file for which the daemon or the system has no room";
}

static uint32_t files_in(struct msghdr *from)
{
	struct cmsghdr *control;
	uint32_t count = 0;

	for (control = CMSG_FIRSTHDR(from); control; control = CMSG_NXTHDR(from, control))
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
			count += (uint32_t)((control->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	return count;
}

/* Keep what came along, or give it back.  What is wrong, or NULL. */
static const char *keep_fds(struct inbox *inbox, struct msghdr *from)
{
	const char *fault = from->msg_flags & MSG_CTRUNC ?
				    lost_files(files_in(from), room_for_files(inbox)) : NULL;
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(from); control; control = CMSG_NXTHDR(from, control)) {
		size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		size_t i;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
			inbox->has_socket |= is_socket(fd);
			if (!fault && inbox->message.fd_count < MESSAGE_MAX_FDS) {
				inbox->fds[inbox->message.fd_count++] = fd;
				continue;
			}
			remains_file(inbox->remains, fd);
			fault = fault ? fault : "a message with too many files";
		}
	}
	return fault;
}

/* The bytes that are to come next, and how many; 0: all are there. */
static size_t wanted(struct inbox *inbox, uint8_t **to)
{
	if (inbox->got < HEADER) {
		*to = (uint8_t *)&inbox->message.header + inbox->got;
		return HEADER - inbox->got;
	}
	*to = inbox->message.payload + (inbox->got - HEADER);
	return HEADER + inbox->message.header.size - inbox->got;
}

static bool may_have_socket(const struct inbox *inbox)
{
	return inbox->got >= HEADER && message_takes_socket(inbox->message.header.request);
}

/* Nothing comes, for now or for ever. */
static enum inbox_state no_more(const struct inbox *inbox, const char **fault)
{
	if (errno != EAGAIN && errno != EINTR)
		return INBOX_END;
	if (!inbox->has_socket)
		return INBOX_WAIT;
	*fault = "a socket with half a message";
	return INBOX_FAULT;
}

enum inbox_state inbox_read(struct inbox *inbox, int socket, const char **fault)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MESSAGE_FILES_SENT * sizeof(int))];
	} control;
	struct iovec piece;
	uint8_t *to;
	ssize_t n;

	while ((piece.iov_len = wanted(inbox, &to))) {
		uint32_t room = room_for_files(inbox);
		struct msghdr into = {
			.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
			/* Without the padding, which would be room for another. */
			.msg_controllen = room ? CMSG_LEN(room * sizeof(int)) : 0,
		};

		piece.iov_base = to;
		n = recvmsg(socket, &into, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0)
			return no_more(inbox, fault);
		if (!n)
			return INBOX_END;
		*fault = keep_fds(inbox, &into);
		if (*fault)
			return INBOX_FAULT;
		inbox->got += (uint32_t)n;
		if (inbox->got == HEADER) {
			*fault = message_header_fault(&inbox->message.header);
			if (*fault)
				return INBOX_FAULT;
		}
		if (inbox->has_socket && !may_have_socket(inbox)) {
			*fault = "a file that is a socket";
			return INBOX_FAULT;
		}
	}
	return INBOX_MESSAGE;
}

int inbox_take_fd(struct inbox *inbox, uint32_t i)
{
	int fd = inbox->fds[i];

	inbox->fds[i] = -1;
	return fd;
}

void inbox_next(struct inbox *inbox)
{
	uint32_t i;

	for (i = 0; i < inbox->message.fd_count; i++)
		if (inbox->fds[i] >= 0)
			remains_file(inbox->remains, inbox->fds[i]);
	if (inbox->got > HEADER)
		vcrypto_wipe(inbox->message.payload, inbox->got - HEADER);
	inbox->message.fd_count = 0;
	inbox->has_socket = false;
	inbox->got = 0;
}

bool socket_send(int socket, const struct message *message, int file)
{
	size_t len = HEADER + message->header.size;
	struct iovec piece = { (void *)(uintptr_t)message, len };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr whole = { .msg_iov = &piece, .msg_iovlen = 1 };

	VCRYPTO_ASSERT(offsetof(struct message, payload) == HEADER, "one piece");
	if (file >= 0) {
		memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
		whole.msg_control = &control;
		whole.msg_controllen = sizeof(control);
	}
	/* It takes a few kilobytes at once, unless its peer has long stopped reading. */
	return sendmsg(socket, &whole, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}
