// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer.h"

/* How long a transfer that stands still is waited for, and then some. */
#define LIMIT_MS 20000

uint8_t transfer_bytes[TRANSFER_MAX];

const uint64_t transfer_features = P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
				   P_RESET_DEVICE | P_DEVICE_STATE;

void transfer_connect(struct front *front)
{
	front_connect(front);
	front->protocol = P_DEVICE_STATE;
	front_u64(front, SET_PROTOCOL_FEATURES, transfer_features);
}

void transfer_begin(struct front *front)
{
	front_connect(front);
	front->protocol = P_DEVICE_STATE;
	front_whole_device(front);
}

void transfer_stop_rings(struct front *front)
{
	uint32_t i;

	for (i = 0; i < RINGS; i++)
		(void)front_base(front, i);
}

uint64_t transfer_ask(struct front *front, uint32_t direction, uint32_t phase, int file)
{
	const struct message_state asked = { direction, phase };
	uint64_t answer;

	front_send(front, SET_DEVICE_STATE_FD, 0, &asked, sizeof(asked), &file, 1);
	front_reply(front, SET_DEVICE_STATE_FD, &answer, sizeof(answer));
	return answer;
}

int transfer_start(struct front *front, uint32_t direction, bool socket)
{
	int ends[2];
	bool loads = direction == LOAD;

	/* Of a pipe that nobody reads. */
	signal(SIGPIPE, SIG_IGN);
	if (socket)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	else
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(transfer_ask(front, direction, 0, ends[!loads]), YOURS);
	close(ends[!loads]);
	return ends[loads];
}

uint64_t transfer_check(struct front *front)
{
	struct pollfd wait = { .fd = front->socket, .events = POLLIN };
	uint64_t answer;

	front_send(front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	assert_int_equal(poll(&wait, 1, LIMIT_MS), 1);
	front_reply(front, CHECK_DEVICE_STATE, &answer, sizeof(answer));
	return answer;
}

size_t transfer_read(int file)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(file, transfer_bytes + len, TRANSFER_MAX - len)) > 0)
		len += (size_t)n;
	assert_int_equal(n, 0);
	close(file);
	return len;
}

size_t transfer_save(struct front *front, bool socket)
{
	size_t len = transfer_read(transfer_start(front, SAVE, socket));

	assert_int_equal(transfer_check(front), 0);
	return len;
}

bool transfer_write(int file, const uint8_t *bytes, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(file, bytes, len);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

uint64_t transfer_load(struct front *front, size_t len, bool socket)
{
	int file = transfer_start(front, LOAD, socket);

	(void)transfer_write(file, transfer_bytes, len);
	close(file);
	return transfer_check(front);
}
