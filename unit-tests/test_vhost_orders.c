// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * When messages come: in pieces, in any order, and how far a front end gets before it goes.
 * Whatever one does, vcryptod lives on, and others are served.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "vhost-user/guest.h"

#define HEADER sizeof(struct message_header)
#define PROTOCOL (P_MQ | P_LOG_SHMFD | P_REPLY_ACK | P_CRYPTO_SESSION | P_INFLIGHT_SHMFD | \
		  P_RESET_DEVICE | P_MEM_SLOTS | P_DEVICE_STATE)
#define FEATURES (F_VERSION_1 | F_INDIRECT | F_PROTOCOL_FEATURES)

/* One that is served all the time. */
static struct front other;
static uint64_t other_session;

/* All that can be negotiated is offered. */
static int start_with_all(void **state)
{
	(void)state;
	daemon_start((const char *const[]){ "--sandbox=none", "--migrate-keys", NULL });
	front_connect(&other);
	front_whole_device(&other);
	other_session = guest_session(&other);
	/* What came with its messages is closed by now. */
	sleep_ms(50);
	return 0;
}

static int stop(void **state)
{
	front_close(&other);
	return guest_stop(state);
}

static void other_is_served(void)
{
	assert_int_equal(guest_run(&other, other_session, 0), VCRYPTO_VIRTIO_OK);
	guest_expect_result(&other);
}

/* Pieces of messages. */

/* All of @message, a byte at a time; a file, unless -1, comes with the first. */
static void send_bytes(struct front *front, const void *message, size_t len, int file)
{
	const uint8_t *bytes = message;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .align = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	size_t i;

	memcpy(CMSG_DATA(&control.align), &file, sizeof(file));
	for (i = 0; i < len; i++) {
		struct iovec piece = { (void *)(uintptr_t)(bytes + i), 1 };
		struct msghdr one = { .msg_iov = &piece, .msg_iovlen = 1 };
		uint8_t byte;

		if (!i && file >= 0) {
			one.msg_control = &control;
			one.msg_controllen = sizeof(control);
		}
		assert_int_equal(sendmsg(front->socket, &one, MSG_NOSIGNAL), 1);
		other_is_served();
		/* No answer before the end. */
		if (i + 1 < len)
			assert_int_equal(recv(front->socket, &byte, 1, MSG_DONTWAIT), -1);
	}
}

struct number_message {
	struct message_header header;
	uint8_t payload[8];
};

static void test_byte_by_byte(void **state)
{
	const struct message_header ask = { GET_FEATURES, MESSAGE_VERSION, 0 };
	struct number_message kick = { { SET_VRING_KICK, MESSAGE_VERSION, 8 }, { 0 } };
	struct number_message base = { { GET_VRING_BASE, MESSAGE_VERSION, 8 }, { 0 } };
	struct message_vring vring;
	struct front front;
	uint64_t features;

	(void)state;
	front_connect(&front);
	send_bytes(&front, &ask, sizeof(ask), -1);
	front_reply(&front, GET_FEATURES, &features, sizeof(features));
	assert_int_equal(features, front_ask(&other, GET_FEATURES));
	front_whole_device(&front);
	send_bytes(&front, &base, sizeof(base), -1);
	front_reply(&front, GET_VRING_BASE, &vring, sizeof(vring));
	assert_int_equal(vring.value, 0);
	/* The ring has no kick now, but this one. */
	send_bytes(&front, &kick, sizeof(kick), front.rings[0].kick);
	guest_encrypts(&front, guest_session(&front));
	front_silent(&front);
	front_close(&front);
}

/* Half a message, and then nothing, or the end: no more happens than that. */
static void test_half_a_message(void **state)
{
	const struct number_message kick = { { SET_VRING_KICK, MESSAGE_VERSION, 8 }, { 0 } };
	const size_t files = daemon_count("fd");
	struct front front;
	size_t len;

	(void)state;
	for (len = 1; len < sizeof(kick); len++) {
		front_connect(&front);
		send_bytes(&front, &kick, len, front.rings[0].kick);
		front_silent(&front);
		/* The end of what comes, or of the connection. */
		if (len % 2) {
			assert_int_equal(shutdown(front.socket, SHUT_WR), 0);
			front_ended(&front);
		}
		front_close(&front);
		other_is_served();
	}
	daemon_wait_for_files(files);
	/* It has gone, which is nobody's fault. */
	assert_int_equal(daemon_said("ended"), 0);
}

/* Orders of messages. */

static const uint32_t kinds[] = {
	GET_FEATURES, SET_FEATURES, SET_OWNER, RESET_OWNER, SET_MEM_TABLE, SET_LOG_BASE, SET_LOG_FD,
	SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL,
	SET_VRING_ERR, GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, GET_QUEUE_NUM, SET_VRING_ENABLE,
	GET_CONFIG, SET_CONFIG, CREATE_CRYPTO_SESSION, CLOSE_CRYPTO_SESSION, GET_INFLIGHT_FD,
	SET_INFLIGHT_FD, RESET_DEVICE, GET_MAX_MEM_SLOTS, ADD_MEM_REG, REM_MEM_REG,
	SET_DEVICE_STATE_FD, CHECK_DEVICE_STATE, 1000,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A payload of zeros, but for its beginning. */
static void send_zeros(struct front *front, uint32_t request, const void *begin, uint32_t len,
		       uint32_t size, int file)
{
	uint8_t payload[1072] = { 0 };

	memcpy(payload, begin, len);
	front_send(front, request, 0, payload, size, &file, file >= 0);
}

/* The state of the device, to somebody who has gone. */
static void send_state(struct front *front)
{
	const struct message_state save = { MESSAGE_STATE_SAVE, 0 };
	int pipes[2];

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	front_send(front, SET_DEVICE_STATE_FD, 0, &save, sizeof(save), &pipes[1], 1);
	close(pipes[0]);
	close(pipes[1]);
}

/* A slot that is the table's region. */
static void send_slot(struct front *front, uint32_t request)
{
	const struct {
		uint64_t padding;
		struct message_region region;
	} slot = { 0, { RAM_GUEST, RAM, RAM_USER, 0 } };

	send_zeros(front, request, &slot, sizeof(slot), sizeof(slot),
		   request == ADD_MEM_REG ? front->file : -1);
}

/* Of ring 0. */
static void send_about_ring(struct front *front, uint32_t request)
{
	struct ring_end *ring = &front->rings[0];

	switch (request) {
	case SET_VRING_NUM:
		front_vring(front, request, 0, RING_SIZE);
		break;
	case SET_VRING_ENABLE:
		front_vring(front, request, 0, 1);
		break;
	case SET_VRING_ADDR:
		front_address(front, 0);
		break;
	case SET_VRING_KICK:
	case SET_VRING_CALL:
	case SET_VRING_ERR:
		front_file(front, request, 0, request == SET_VRING_KICK ? ring->kick : ring->call);
		break;
	default:	/* an index */
		front_vring(front, request, 0, 0);
	}
}

/* One of each kind, right in itself. */
static void send_kind(struct front *front, uint32_t request)
{
	const struct message_inflight inflight = { RAM / 2, RAM / 2, RINGS, RING_SIZE, 0 };
	const struct message_log log = { RAM / 2, RAM / 2 };
	const struct message_config config = { 0, 4, 0 };

	switch (request) {
	case SET_FEATURES:
		front_u64(front, request, FEATURES);
		break;
	case SET_PROTOCOL_FEATURES:
		front_u64(front, request, front->protocol);
		break;
	case SET_MEM_TABLE:
		front_table(front);
		break;
	case SET_LOG_BASE:
		send_zeros(front, request, &log, sizeof(log), sizeof(log), front->file);
		break;
	case SET_LOG_FD:
		front_send(front, request, 0, NULL, 0, &front->rings[0].call, 1);
		break;
	case GET_CONFIG:
	case SET_CONFIG:
		send_zeros(front, request, &config, sizeof(config), sizeof(config) + 4, -1);
		break;
	case CREATE_CRYPTO_SESSION:
		guest_ask_session(front, SESSION_QEMU_8_1);
		break;
	case CLOSE_CRYPTO_SESSION:
		front_u64(front, request, 0);
		break;
	case GET_INFLIGHT_FD:
	case SET_INFLIGHT_FD:
		send_zeros(front, request, &inflight, sizeof(inflight), sizeof(inflight),
			   request == SET_INFLIGHT_FD ? front->file : -1);
		break;
	case ADD_MEM_REG:
	case REM_MEM_REG:
		send_slot(front, request);
		break;
	case SET_DEVICE_STATE_FD:
		send_state(front);
		break;
	default:
		if ((request >= SET_VRING_NUM && request <= SET_VRING_ERR) ||
		    request == SET_VRING_ENABLE)
			send_about_ring(front, request);
		else	/* without a payload */
			front_send(front, request, 0, NULL, 0, NULL, 0);
	}
}

/* How a connection has begun. */
enum beginning { NOTHING, SESSIONS, WHOLE, BEGINNINGS };

static void begin(struct front *front, enum beginning beginning)
{
	const struct timeval patience = { PATIENCE_MS / 1000, 0 };

	front_connect(front);
	assert_int_equal(setsockopt(front->socket, SOL_SOCKET, SO_RCVTIMEO, &patience,
				    sizeof(patience)), 0);
	front->protocol = PROTOCOL;
	if (beginning == SESSIONS)
		front_session_mode(front);
	else
		front->protocol |= P_CONFIG;
	if (beginning == WHOLE)
		front_whole_device(front);
}

/* Bytes up to the end of the connection: false, there are none left. */
static bool receive(struct front *front, void *to, size_t len)
{
	ssize_t n = len ? recv(front->socket, to, len, MSG_WAITALL) : 0;

	if (n < 0)
		assert_int_not_equal(errno, EAGAIN);
	if (n <= 0)
		return !len;
	assert_int_equal(n, len);
	return true;
}

/*
 * What has been sent is answered in that order, by those that have an answer, and each once; or
 * the connection ends, from there on.  Whether it lives.
 */
static bool answers_come(struct front *front, const uint32_t *requests, size_t count)
{
	static uint8_t payload[MESSAGE_MAX_PAYLOAD];
	struct message_header header;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!message_has_reply(requests[i]))
			continue;
		if (!receive(front, &header, sizeof(header)))
			return false;
		assert_int_equal(header.request, requests[i]);
		assert_int_equal(header.flags, MESSAGE_VERSION | MESSAGE_REPLY);
		assert_in_range(header.size, 0, sizeof(payload));
		assert_true(receive(front, payload, header.size));
	}
	return true;
}

/* Whether there is such a request, for who has begun so and then sent @before. */
static bool exists(enum beginning beginning, uint32_t before, uint32_t request)
{
	const struct message message = { .header = { .request = request } };

	if (beginning == NOTHING && before != SET_PROTOCOL_FEATURES)
		return message_known(&message, 0);
	return message_known(&message, beginning == SESSIONS ? PROTOCOL : PROTOCOL | P_CONFIG);
}

/* Of messages that change nothing. */
static bool only_asks(uint32_t request)
{
	return request == GET_FEATURES || request == SET_OWNER || request == RESET_OWNER ||
	       request == GET_PROTOCOL_FEATURES || request == SET_PROTOCOL_FEATURES;
}

/* Its connection lives or ends, and another is served. */
static void try_pair(enum beginning beginning, uint32_t first, uint32_t second)
{
	const uint32_t requests[] = { first, second, GET_FEATURES };
	struct front front;
	bool lives;

	begin(&front, beginning);
	send_kind(&front, first);
	send_kind(&front, second);
	send_kind(&front, GET_FEATURES);
	lives = answers_come(&front, requests, 3);
	if (!exists(beginning, 0, first) || !exists(beginning, first, second))
		assert_false(lives);
	if (only_asks(first) && only_asks(second))
		assert_true(lives);
	front_close(&front);
	other_is_served();
}

static void test_pairs(void **state)
{
	enum beginning beginning;
	struct front late;
	size_t i, j;

	(void)state;
	for (beginning = NOTHING; beginning < BEGINNINGS; beginning++)
		for (i = 0; i < KINDS; i++)
			for (j = 0; j < KINDS; j++)
				try_pair(beginning, kinds[i], kinds[j]);
	/* And one that begins afterwards. */
	begin(&late, WHOLE);
	guest_encrypts(&late, guest_session(&late));
	front_close(&late);
}

/* How far a front end gets. */

/* A ring, and the other one; then a request that is under way. */
static const uint32_t usual[] = {
	GET_FEATURES, GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, GET_QUEUE_NUM, SET_OWNER,
	GET_MAX_MEM_SLOTS, GET_CONFIG, SET_FEATURES, GET_INFLIGHT_FD, SET_MEM_TABLE, SET_VRING_NUM,
	SET_VRING_BASE, SET_VRING_ADDR, SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR,
	SET_LOG_BASE, SET_LOG_FD, SET_VRING_ENABLE,
};

#define USUAL (sizeof(usual) / sizeof(usual[0]))
#define ROUNDS 1000u
/* So many before the first look: an allocator keeps what the first ones needed. */
#define WARM 200u

static void go_after(size_t messages)
{
	struct front front;
	size_t i;

	begin(&front, NOTHING);
	for (i = 0; i < messages && i < USUAL; i++)
		send_kind(&front, usual[i]);
	if (messages > USUAL) {
		guest_post(&front, 0, 0);
		front_kick(&front, 0);
	}
	/* It has read them, or they are on their way. */
	if (messages % 2)
		assert_true(answers_come(&front, usual, i));
	front_close(&front);
}

static void test_going_at_each_message(void **state)
{
	struct daemon_holding before = { 0, 0, 0 };
	struct front front;
	size_t i;

	(void)state;
	for (i = 0; i < WARM + ROUNDS; i++) {
		if (i == WARM)
			before = daemon_look();
		go_after(i % (USUAL + 2));
		/* Who comes now is accepted, within the patience of an answer. */
		front_connect(&front);
		(void)front_ask(&front, GET_FEATURES);
		front_close(&front);
	}
	other_is_served();
	daemon_holds(&before);
	assert_int_equal(daemon_said("ended"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_all, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_byte_by_byte),
		TEST(test_half_a_message),
		TEST(test_pairs),
		TEST(test_going_at_each_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
