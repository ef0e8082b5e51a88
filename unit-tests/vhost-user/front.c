// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "front.h"

/* Of a chain without a table. */
#define MOST_PIECES 32u

void *front_at(struct front *front, uint64_t guest)
{
	assert_in_range(guest, RAM_GUEST, RAM_GUEST + RAM - 1);
	return front->ram + (guest - RAM_GUEST);
}

static int connected_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ms;

	strcpy(address.sun_path, daemon_path());
	assert_true(fd >= 0);
	for (ms = 0; ms < PATIENCE_MS && !daemon_has_ended(); ms++) {
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		sleep_ms(1);
	}
	fail_msg("the daemon does not listen");
	return -1;
}

void front_connect_by(struct front *front, int socket)
{
	int i;

	memset(front, 0, sizeof(*front));
	front->socket = socket;
	front->ring_size = RING_SIZE;
	front->file = memfd_create("guest", MFD_CLOEXEC);
	assert_true(front->file >= 0);
	assert_int_equal(ftruncate(front->file, (off_t)RAM), 0);
	front->ram = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, front->file, 0);
	assert_true(front->ram != MAP_FAILED);
	for (i = 0; i < RINGS; i++) {
		front->rings[i].kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		front->rings[i].call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		assert_true(front->rings[i].kick >= 0 && front->rings[i].call >= 0);
	}
}

void front_connect(struct front *front)
{
	front_connect_by(front, connected_socket());
}

void front_close(struct front *front)
{
	int i;

	close(front->socket);
	munmap(front->ram, RAM);
	close(front->file);
	for (i = 0; i < RINGS; i++) {
		close(front->rings[i].kick);
		close(front->rings[i].call);
	}
}

void front_send(struct front *front, uint32_t request, uint32_t flags, const void *payload,
		uint32_t size, const int *fds, uint32_t count)
{
	struct message_header header = { request, flags | MESSAGE_VERSION, size };
	struct iovec pieces[2] = { { &header, sizeof(header) },
				   { (void *)(uintptr_t)payload, size } };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = payload ? 2 : 1 };

	if (count) {
		assert_true(count <= 64);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	}
	/* It may have gone already, which is for the test to find out. */
	(void)sendmsg(front->socket, &message, MSG_NOSIGNAL);
}

static bool readable(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, ms) == 1;
}

static void receive(struct front *front, void *to, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		assert_true(readable(front->socket, PATIENCE_MS));
		n = recv(front->socket, (uint8_t *)to + got, len - got, 0);
		if (n <= 0)
			fail_msg("the daemon has ended the connection");
		got += (size_t)n;
	}
}

void front_reply(struct front *front, uint32_t request, void *payload, uint32_t size)
{
	struct message_header header;

	receive(front, &header, sizeof(header));
	assert_int_equal(header.request, request);
	assert_int_equal(header.flags, 5);
	assert_int_equal(header.size, size);
	receive(front, payload, size);
}

int front_reply_file(struct front *front, uint32_t request, void *payload, uint32_t size)
{
	struct message_header header;
	struct iovec piece = { &header, sizeof(header) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int file;

	assert_true(readable(front->socket, PATIENCE_MS));
	assert_int_equal(recvmsg(front->socket, &message, MSG_CMSG_CLOEXEC), sizeof(header));
	assert_int_equal(header.request, request);
	assert_int_equal(header.flags, 5);
	assert_int_equal(header.size, size);
	assert_int_equal(control.align.cmsg_len, CMSG_LEN(sizeof(int)));
	memcpy(&file, CMSG_DATA(&control.align), sizeof(file));
	receive(front, payload, size);
	return file;
}

void front_silent(struct front *front)
{
	assert_false(readable(front->socket, 20));
}

void front_ended(struct front *front)
{
	char byte;

	assert_true(readable(front->socket, PATIENCE_MS));
	assert_true(recv(front->socket, &byte, 1, 0) <= 0);
}

void front_u64(struct front *front, uint32_t request, uint64_t value)
{
	front_send(front, request, 0, &value, sizeof(value), NULL, 0);
}

uint64_t front_ask(struct front *front, uint32_t request)
{
	uint64_t value;

	front_send(front, request, 0, NULL, 0, NULL, 0);
	front_reply(front, request, &value, sizeof(value));
	return value;
}

void front_vring(struct front *front, uint32_t request, uint32_t index, uint32_t value)
{
	const struct message_vring vring = { index, value };

	front_send(front, request, 0, &vring, sizeof(vring), NULL, 0);
}

uint32_t front_base(struct front *front, uint32_t index)
{
	struct message_vring vring;

	front_vring(front, GET_VRING_BASE, index, 0);
	front_reply(front, GET_VRING_BASE, &vring, sizeof(vring));
	assert_int_equal(vring.index, index);
	return vring.value;
}

void front_file(struct front *front, uint32_t request, uint32_t index, int fd)
{
	uint64_t value = index | (fd < 0 ? MESSAGE_FD_NONE : 0);

	front_send(front, request, 0, &value, sizeof(value), &fd, fd >= 0);
}

void front_table(struct front *front)
{
	struct {
		uint32_t count;
		uint32_t padding;
		struct message_region region;
	} table = { 1, 0, { RAM_GUEST, RAM, RAM_USER, 0 } };

	front_send(front, SET_MEM_TABLE, 0, &table, sizeof(table), &front->file, 1);
}

void front_address(struct front *front, uint32_t index)
{
	const struct message_address address = {
		.index = index, .desc = RAM_USER + PART(index, 0),
		.avail = RAM_USER + PART(index, 1), .used = RAM_USER + PART(index, 2),
		.flags = front->logs_used ? MESSAGE_ADDRESS_LOG : 0,
		.log = front->logs_used ? RAM_GUEST + PART(index, 2) : 0,
	};

	front_send(front, SET_VRING_ADDR, 0, &address, sizeof(address), NULL, 0);
}

void front_ring(struct front *front, uint32_t index)
{
	front_vring(front, SET_VRING_NUM, index, front->ring_size);
	front_vring(front, SET_VRING_BASE, index, front->rings[index].avail);
	front_address(front, index);
	front_file(front, SET_VRING_KICK, index, front->rings[index].kick);
	front_file(front, SET_VRING_CALL, index, front->rings[index].call);
}

void front_session_mode(struct front *front)
{
	(void)front_ask(front, GET_FEATURES);
	(void)front_ask(front, GET_PROTOCOL_FEATURES);
	front_u64(front, SET_PROTOCOL_FEATURES,
		  P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | front->protocol);
	(void)front_ask(front, GET_QUEUE_NUM);
	front_send(front, SET_OWNER, 0, NULL, 0, NULL, 0);
	(void)front_ask(front, GET_FEATURES);
	front_file(front, SET_VRING_CALL, 0, front->rings[0].call);
	front_u64(front, SET_FEATURES, F_PROTOCOL_FEATURES | front->features);
	front_table(front);
	front_ring(front, 0);
}

void front_whole_device(struct front *front)
{
	const uint64_t wanted = P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG | P_RESET_DEVICE |
				front->protocol;
	uint32_t i;

	(void)front_ask(front, GET_FEATURES);
	front_u64(front, SET_PROTOCOL_FEATURES, front_ask(front, GET_PROTOCOL_FEATURES) & wanted);
	assert_int_equal(front_ask(front, GET_QUEUE_NUM), RINGS);
	front_send(front, SET_OWNER, 0, NULL, 0, NULL, 0);
	front_u64(front, SET_FEATURES,
		  F_VERSION_1 | F_INDIRECT | F_PROTOCOL_FEATURES | front->features);
	front_table(front);
	for (i = 0; i < RINGS; i++)
		front_ring(front, i);
	for (i = 0; i < RINGS; i++)
		front_vring(front, SET_VRING_ENABLE, i, 1);
}

static void write_desc(struct front *front, uint64_t guest, const struct piece *piece,
		       uint32_t flags, uint32_t next)
{
	struct vcrypto_desc desc = {
		vcrypto_put64(piece->guest), vcrypto_put32(piece->len),
		vcrypto_put16((uint16_t)(flags | (piece->write ? VCRYPTO_DESC_WRITE : 0))),
		vcrypto_put16((uint16_t)next),
	};

	memcpy(front_at(front, guest), &desc, sizeof(desc));
}

void front_post(struct front *front, uint32_t index, const struct piece *pieces, uint32_t count,
		uint64_t table)
{
	const struct piece whole = { table, 16 * count, false };
	struct ring_end *ring = &front->rings[index];
	uint64_t desc = RAM_GUEST + PART(index, 0);
	uint8_t *avail = front->ram + PART(index, 1);
	uint32_t first = table ? 0 : ring->next;
	struct vcrypto_le16 head = vcrypto_put16(ring->next);
	uint32_t i;

	assert_true(table || count <= MOST_PIECES);
	for (i = 0; i < count; i++)
		write_desc(front, (table ? table : desc) + 16 * (uint64_t)(first + i), &pieces[i],
			   i + 1 < count ? VCRYPTO_DESC_NEXT : 0, first + i + 1);
	if (table)
		write_desc(front, desc + 16 * (uint64_t)ring->next, &whole,
			   VCRYPTO_DESC_INDIRECT, 0);
	memcpy(avail + 4 + 2 * (ring->avail % front->ring_size), &head, sizeof(head));
	ring->next = (uint16_t)(ring->next + (table ? 1 : count));
	/* One after the other, so that the table is free again before it ends. */
	if (ring->next > front->ring_size - MOST_PIECES)
		ring->next = 0;
	ring->avail++;
	vcrypto_store_release16((uint16_t *)(void *)(avail + 2), vcrypto_swap16(ring->avail));
}

void front_kick(struct front *front, uint32_t index)
{
	const uint64_t one = 1;

	assert_int_equal(write(front->rings[index].kick, &one, sizeof(one)), sizeof(one));
}

static uint16_t used_index(struct front *front, uint32_t index)
{
	const uint8_t *used = front->ram + PART(index, 2);

	return vcrypto_swap16(vcrypto_load_acquire16((const uint16_t *)(const void *)(used + 2)));
}

bool front_used(struct front *front, uint32_t index)
{
	return used_index(front, index) != front->rings[index].used;
}

uint32_t front_wait(struct front *front, uint32_t index)
{
	struct ring_end *ring = &front->rings[index];
	const uint8_t *used = front->ram + PART(index, 2);
	struct vcrypto_used_elem elem;
	uint64_t calls;

	while (!front_used(front, index)) {
		if (!readable(ring->call, PATIENCE_MS))
			fail_msg("ring %u: nothing comes back", index);
		assert_int_equal(read(ring->call, &calls, sizeof(calls)), sizeof(calls));
	}
	memcpy(&elem, used + 4 + sizeof(elem) * (ring->used % front->ring_size), sizeof(elem));
	ring->used++;
	return vcrypto_get32(elem.len);
}

/* Longer than anything is waited for here. */
#define LINGER_S (4 * PATIENCE_MS / 1000)

bool front_lingering(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const struct linger linger = { 1, LINGER_S };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(address);
	static const uint8_t bytes[65536];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &len) ||
	    connect(ends[0], (struct sockaddr *)&address, len))
		return false;
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	/* Nobody reads that. */
	while (send(ends[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return true;
}
