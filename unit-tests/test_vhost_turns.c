// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Time that a front end or a guest takes from the others that vcryptod serves: its share. */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost-user/guest.h"

/* Milliseconds of work each, so that it does not matter when a test is woken up. */
#define DEAR 0x40000u
#define STATELESS (VCRYPTO_VIRTIO_F_REVISION_1 | VCRYPTO_VIRTIO_F_CIPHER_STATELESS)

static void post_again(struct front *front, uint32_t ring, uint32_t count)
{
	const uint64_t to = SOURCE + 2 * DEAR;
	const struct piece pieces[] = {
		{ HEAD, 100, false }, { SOURCE, 16 + 16 + DEAR, false }, { to, DEAR + 1, true },
	};

	while (count--)
		front_post(front, ring, pieces, 3, RAM_GUEST + RAM - 4096);
}

/* A guest of old whose front end knows no protocol features; @rings of it are full of work. */
static void post_work(struct front *front, uint32_t rings, uint32_t count, bool aes)
{
	struct vcrypto_virtio_data data = { .stateless = true, .numbers = guest_numbers() };
	uint32_t ring, i;

	data.numbers.algo = aes ? data.numbers.algo : 8;
	data.numbers.key_len = aes ? 16 : 24;
	data.numbers.iv_len = aes ? 16 : 8;
	data.numbers.src_len = data.numbers.dst_len = DEAR;
	front_connect(front);
	front_u64(front, SET_FEATURES, F_VERSION_1 | F_INDIRECT | STATELESS);
	front_table(front);
	for (i = 0; i < 24; i++)
		((uint8_t *)front_at(front, SOURCE))[i] = (uint8_t)(16 * i);
	assert_int_equal(vcrypto_virtio_put_data(STATELESS, &data, front_at(front, HEAD)), 100);
	for (ring = 0; ring < rings; ring++) {
		front_ring(front, ring);
		post_again(front, ring, count);
	}
	(void)front_ask(front, GET_FEATURES);
}

#define WORKS 24u

/*
 * How many requests of @others' two rings, @count in each, have been done when all WORKS of @one's
 * ring are.  They are posted while the daemon is stopped, so that none is early; we look
 * at them later, if we are not woken up at once.
 */
static uint32_t done_meanwhile(struct front *one, struct front *others, uint32_t count)
{
	uint32_t ring, i, done = 0;

	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	for (ring = 0; ring < 2; ring++) {
		post_again(others, ring, count);
		front_kick(others, ring);
	}
	post_again(one, 0, WORKS);
	front_kick(one, 0);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	for (i = 0; i < WORKS; i++)
		(void)front_wait(one, 0);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	for (ring = 0; ring < 2; ring++)
		for (; front_used(others, ring); done++)
			(void)front_wait(others, ring);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	front_close(one);
	front_close(others);
	return done;
}

/* Turns are of one loop, and guests come to different ones. */
static void need_one_loop(void)
{
	if (!strcmp(daemon_threads(), "1"))
		return;
	print_message("SKIP: these guests would not be in one loop\n");
	skip();
}

/* On a machine that does other things turns can look worse than they are, but not better. */
#define TRIES 8

/* Who has slow work has fewer turns. */
static void test_turns_of_slow_work(void **state)
{
	struct front slow, fast;
	uint32_t i, done = UINT32_MAX;

	(void)state;
	need_one_loop();
	/* Turn by turn it is all of them; a few more come while we look. */
	for (i = 0; i < TRIES && done > WORKS / 2; i++) {
		post_work(&slow, 2, 0, false);
		post_work(&fast, 1, 0, true);
		done = done_meanwhile(&fast, &slow, WORKS / 2);
	}
	assert_in_range(done, 0, WORKS / 2);
}

/* Who has more rings has no more turns. */
static void test_turns_of_guests(void **state)
{
	struct front many, one;
	uint32_t i, done = 0;

	(void)state;
	need_one_loop();
	/* Without turns it is all of them; some more come while we look. */
	for (i = 0; i < TRIES && (done < WORKS / 2 || done > 2 * WORKS - 5); i++) {
		post_work(&many, 2, 0, false);
		post_work(&one, 1, 0, false);
		done = done_meanwhile(&one, &many, WORKS);
	}
	assert_in_range(done, WORKS / 2, 2 * WORKS - 5);
}

#define MESSAGES 96u

/* Sent, while the daemon is stopped: each has it make a file of a megabyte, and fill it. */
static void send_messages(struct front *front)
{
	const struct message_inflight asked = { 0, 0, VCRYPTO_MAX_QUEUES, RING_SIZE_MAX, 0 };
	uint32_t i;

	for (i = 0; i < MESSAGES; i++)
		front_send(front, GET_INFLIGHT_FD, 0, &asked, sizeof(asked), NULL, 0);
}

static uint32_t count_replies(struct front *front)
{
	struct message_inflight told;
	uint32_t count;
	char byte;

	for (count = 0; recv(front->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1; count++)
		close(front_reply_file(front, GET_INFLIGHT_FD, &told, sizeof(told)));
	return count;
}

/* How many messages have been answered when all WORKS requests of @one's ring are. */
static uint32_t answered_meanwhile(struct front *one, struct front *sender)
{
	uint32_t i, count;

	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	post_again(one, 0, WORKS);
	front_kick(one, 0);
	send_messages(sender);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	for (i = 0; i < WORKS; i++)
		(void)front_wait(one, 0);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	count = count_replies(sender);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	return count;
}

/* Who sends messages without end has no more time than who has work. */
static void test_turns_of_messages(void **state)
{
	struct front sender, one;
	uint32_t i, answered = MESSAGES;

	(void)state;
	need_one_loop();
	for (i = 0; i < TRIES && answered > MESSAGES / 2; i++) {
		front_connect(&sender);
		sender.protocol = P_INFLIGHT_SHMFD;
		front_session_mode(&sender);
		post_work(&one, 1, 0, true);
		answered = answered_meanwhile(&one, &sender);
		front_close(&one);
		front_close(&sender);
	}
	assert_in_range(answered, 0, MESSAGES / 2);
}

#define MANY_SESSIONS 8192u

/* How many of @slow's requests are done until @front has its answer to GET_FEATURES. */
static uint32_t done_until_answered(struct front *front, struct front *slow)
{
	uint32_t done;

	(void)front_ask(front, GET_FEATURES);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	for (done = 0; front_used(slow, 0); done++)
		(void)front_wait(slow, 0);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	return done;
}

/* One has many sessions, the other dear work, which the daemon finds when it goes on. */
static void begin_beside_work(struct front *many, struct front *slow)
{
	front_connect(many);
	front_whole_device(many);
	(void)guest_sessions(many, MANY_SESSIONS);
	post_work(slow, 1, 0, false);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	post_again(slow, 0, WORKS);
	front_kick(slow, 0);
}

/* Who has many sessions that end has turns like who has work: a reset does not wait for others'. */
static void test_turns_of_sessions_that_end(void **state)
{
	struct front many, slow;
	uint32_t i, done = WORKS;

	(void)state;
	need_one_loop();
	for (i = 0; i < TRIES && done > WORKS / 2; i++) {
		begin_beside_work(&many, &slow);
		front_send(&many, RESET_DEVICE, 0, NULL, 0, NULL, 0);
		assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
		done = done_until_answered(&many, &slow);
		front_close(&slow);
		front_close(&many);
	}
	assert_in_range(done, 0, WORKS / 2);
}

static void start_for(const char *connections)
{
	const char *const closed[] = { connections, NULL };
	const char *const open[] = { connections, "--sandbox=none", NULL };

	daemon_start(guest_have_sandbox() ? closed : open);
}

static int start_for_two(void **state)
{
	(void)state;
	start_for("--connections=2");
	return 0;
}

/* So has who is gone: others wait for its place. */
static void test_turns_of_who_is_gone(void **state)
{
	struct front many, slow, next;
	uint32_t i, done = WORKS;

	(void)state;
	need_one_loop();
	for (i = 0; i < TRIES && done > WORKS / 2; i++) {
		begin_beside_work(&many, &slow);
		front_close(&many);
		assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
		front_connect(&next);
		done = done_until_answered(&next, &slow);
		front_close(&slow);
		front_close(&next);
	}
	assert_in_range(done, 0, WORKS / 2);
}

/* An end is an end, although there is work that nobody has to wait for. */
static void test_an_end_amid_work(void **state)
{
	struct front front;
	uint32_t i;

	post_work(&front, 1, WORKS, false);
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	front_kick(&front, 0);
	assert_int_equal(kill(daemon_inside(), SIGTERM), 0);
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	front_ended(&front);
	for (i = 0; front_used(&front, 0); i++)
		(void)front_wait(&front, 0);
	assert_in_range(i, 0, WORKS / 2);
	front_close(&front);
	daemon_stop();
	(void)guest_start(state);
}

#define TOO_MANY 40
#define SESSIONS_A_TURN 64u

/* @how it is sent: with a message that has none, behind the end of the messages, amid too many. */
static void send_lingering(struct front *front, unsigned int how, int file)
{
	int files[TOO_MANY], event = eventfd(0, EFD_CLOEXEC);
	unsigned int i;

	switch (how) {
	case 0:
		front_send(front, GET_FEATURES, 0, NULL, 0, &file, 1);
		break;
	case 1:
		front_send(front, GET_FEATURES, 0x10, NULL, 0, NULL, 0);
		front_send(front, SET_LOG_FD, 0, NULL, 0, &file, 1);
		break;
	default:
		for (i = 0; i < TOO_MANY; i++)
			files[i] = i < TOO_MANY - 1 ? event : file;
		front_send(front, SET_LOG_FD, 0, NULL, 0, files, TOO_MANY);
		break;
	}
	close(event);
}

/* What a front end sends may take its time to be closed: nobody waits for it, nor does the end. */
static void test_sockets_that_linger(void **state)
{
	static const char *const ends[] = {
		"a file that is a socket", "flags that no request has", "too many files",
	};
	struct front front, other;
	int sockets[3][2];
	uint64_t session;
	unsigned int how;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	for (how = 0; how < 3; how++) {
		if (!front_lingering(sockets[how])) {
			print_message("SKIP: no network on this machine\n");
			skip();
		}
		front_connect(&front);
		front_whole_device(&front);
		/* More than end at once: then the rest is closed when there is no other work. */
		(void)guest_sessions(&front, 3 * SESSIONS_A_TURN);
		assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
		send_lingering(&front, how, sockets[how][0]);
		close(sockets[how][0]);
		assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
		daemon_wait_for(ends[how]);
		sleep_ms(50);
		guest_encrypts(&other, session);
		front_close(&front);
	}
	front_close(&other);
	daemon_stop();
	for (how = 0; how < 3; how++)
		close(sockets[how][1]);
	(void)guest_start(state);
}

static int start_for_three(void **state)
{
	(void)state;
	start_for("--connections=3");
	return 0;
}

/* As many guests that take their time as are served beside one: its table waits for none of them. */
static void test_tables_beside_sockets_that_linger(void **state)
{
	struct front fronts[2], other;
	int sockets[2][2];
	unsigned int i;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	for (i = 0; i < 2; i++) {
		if (!front_lingering(sockets[i])) {
			print_message("SKIP: no network on this machine\n");
			skip();
		}
		front_connect(&fronts[i]);
		front_whole_device(&fronts[i]);
	}
	/* Once for both: a signal ends what a thread waits for when it closes one. */
	assert_int_equal(kill(daemon_inside(), SIGSTOP), 0);
	for (i = 0; i < 2; i++) {
		send_lingering(&fronts[i], 0, sockets[i][0]);
		close(sockets[i][0]);
	}
	assert_int_equal(kill(daemon_inside(), SIGCONT), 0);
	daemon_wait_for("connection 2: ended");
	daemon_wait_for("connection 3: ended");
	sleep_ms(50);
	/* The memory of the first must be unmapped before there is a second. */
	front_table(&other);
	front_table(&other);
	guest_encrypts(&other, guest_session(&other));
	front_close(&other);
	daemon_stop();
	for (i = 0; i < 2; i++) {
		front_close(&fronts[i]);
		close(sockets[i][1]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_start, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_turns_of_guests),
		TEST(test_turns_of_slow_work),
		TEST(test_turns_of_messages),
		TEST(test_turns_of_sessions_that_end),
		cmocka_unit_test_setup_teardown(test_turns_of_who_is_gone, start_for_two,
						guest_stop),
		TEST(test_an_end_amid_work),
		TEST(test_sockets_that_linger),
		cmocka_unit_test_setup_teardown(test_tables_beside_sockets_that_linger,
						start_for_three, guest_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
