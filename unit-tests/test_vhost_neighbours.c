// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Memory, files and chains by which a front end or a guest would harm the others that vcryptod
 * serves; test_vhost_turns.c is about their time, test_vhost_files.c about how many files there are.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost-user/guest.h"

/* A file that is cut short while it is mapped ends its own connection. */
static void test_memory_that_shrinks(void **state)
{
	struct front front, other;
	uint64_t session;

	(void)state;
	skip_if_emulated("what a fault of memory ends");
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	front_connect(&front);
	front_whole_device(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(ftruncate(front.file, 0), 0);
	front_kick(&front, 0);
	front_ended(&front);
	daemon_wait_for("a file of its memory has been cut short");
	guest_encrypts(&other, session);
	front_close(&other);
	assert_int_equal(ftruncate(front.file, (off_t)RAM), 0);
	front_close(&front);
}

/* Files to notify with that block, or are none of the kind. */
static void test_files_that_block(void **state)
{
	const uint64_t full = UINT64_MAX - 1;
	struct front front, other;
	uint64_t session;
	int file;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	front_connect(&front);
	front_whole_device(&front);
	file = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(write(file, &full, sizeof(full)), sizeof(full));
	front_file(&front, SET_VRING_CALL, 0, file);
	front_ended(&front);
	daemon_wait_for("a file to notify it with that blocks");
	guest_encrypts(&other, session);
	front_close(&front);
	close(file);
	front_close(&other);
}

/* Whether @fd is refused as the file of @request. */
static bool is_refused(uint32_t request, int fd)
{
	const uint64_t index = 0;
	struct front front;
	uint64_t answer;

	front_connect(&front);
	front_whole_device(&front);
	front_send(&front, request, MESSAGE_NEED_REPLY, &index,
		   request == SET_LOG_FD ? 0 : sizeof(index), &fd, 1);
	front_reply(&front, request, &answer, sizeof(answer));
	front_close(&front);
	return answer;
}

/*
 * Who has another file than an eventfd may hold its lock for as long as he likes: to write to it,
 * or to wait for it, would have to wait for that.
 */
static void test_files_with_locks(void **state)
{
	static const uint32_t requests[] = { SET_VRING_CALL, SET_VRING_ERR, SET_LOG_FD };
	int event = eventfd(0, EFD_CLOEXEC), memory = memfd_create("memory", MFD_CLOEXEC);
	int epoll = epoll_create1(EPOLL_CLOEXEC), folder = open("/", O_RDONLY | O_CLOEXEC);
	int pipes[2], i;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_false(is_refused(SET_VRING_KICK, event));
	assert_false(is_refused(SET_VRING_KICK, pipes[0]));
	assert_true(is_refused(SET_VRING_KICK, epoll));
	assert_true(is_refused(SET_VRING_KICK, memory));
	assert_true(is_refused(SET_VRING_KICK, folder));
	for (i = 0; i < 3; i++) {
		assert_false(is_refused(requests[i], event));
		assert_true(is_refused(requests[i], pipes[1]));
		assert_true(is_refused(requests[i], memory));
		assert_true(is_refused(requests[i], folder));
	}
	close(event);
	close(memory);
	close(epoll);
	close(folder);
	close(pipes[0]);
	close(pipes[1]);
}

/* All of them are kicked, as edges of one file. */
static void test_rings_with_one_kick(void **state)
{
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	session = guest_session(&front);
	front_file(&front, SET_VRING_KICK, 1, front.rings[0].kick);
	front_file(&front, SET_VRING_KICK, 0, front.rings[0].kick);
	(void)front_ask(&front, GET_FEATURES);
	/* Ring 1 would hear of it first, and has nothing to do. */
	sleep_ms(20);
	guest_post(&front, session, 0);
	front_kick(&front, 0);
	(void)front_wait(&front, 0);
	front_close(&front);
}

/* As Linux's driver sends them: every tail of a scatterlist; and more than there is room for. */
static void test_long_chains(void **state)
{
	static struct piece pieces[18000];
	const struct vcrypto_virtio_data data = { .numbers = guest_numbers() };
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct front front;
	size_t i, count;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	session = guest_session(&front);
	for (count = 2000; count <= 18000; count += 16000) {
		struct vcrypto_virtio_data mine = data;

		mine.session = session;
		guest_post(&front, session, 0);
		front_kick(&front, 0);
		(void)front_wait(&front, 0);
		(void)vcrypto_virtio_put_data(0, &mine, head);
		memset(front_at(&front, RESULT), 0, TEXT);
		pieces[0] = (struct piece){ HEAD, 72, false };
		pieces[1] = (struct piece){ IV, sizeof(guest_iv), false };
		pieces[2] = (struct piece){ SOURCE, TEXT, false };
		pieces[3] = (struct piece){ RESULT, TEXT, true };
		for (i = 4; i < count - 1; i++)
			pieces[i] = (struct piece){ RESULT + TEXT, 16, true };
		pieces[count - 1] = (struct piece){ STATUS, 1, true };
		front_post(&front, 0, pieces, (uint32_t)count, TABLE);
		front_kick(&front, 0);
		(void)front_wait(&front, 0);
		assert_int_equal(*(uint8_t *)front_at(&front, STATUS),
				 count == 2000 ? VCRYPTO_VIRTIO_OK : VCRYPTO_VIRTIO_ERR);
		if (count == 2000)
			guest_expect_result(&front);
	}
	guest_encrypts(&front, session);
	front_close(&front);
}

static void add_region(struct front *front, struct message_region region, uint32_t flags)
{
	struct {
		uint64_t padding;
		struct message_region region;
	} slot = { 0, region };

	front_send(front, ADD_MEM_REG, flags, &slot, sizeof(slot), &front->file, 1);
}

/* A whole device that takes regions one by one, beside the one that it has. */
static void whole_device_of_slots(struct front *front)
{
	front_connect(front);
	front_whole_device(front);
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
		  P_RESET_DEVICE | P_MEM_SLOTS);
}

#define TINY_REGIONS 500u
#define MANY 30000u

/*
 * Buffers that go through many regions, in chains of many buffers: what looks for them must
 * come to an end while another guest still waits.
 */
static void test_chains_that_cost_searching(void **state)
{
	static struct piece pieces[MANY];
	struct front front, other;
	uint64_t session;
	uint32_t i;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	whole_device_of_slots(&front);
	for (i = 0; i < TINY_REGIONS; i++)
		add_region(&front, (struct message_region){ 0x1000 + i, 1, 0x1000 + i, 0 }, 0);
	for (i = 0; i < MANY; i++)
		pieces[i] = (struct piece){ 0x1000, TINY_REGIONS, i > 0 };
	pieces[MANY - 1] = (struct piece){ STATUS, 1, true };
	for (i = 0; i < 4; i++)
		front_post(&front, 0, pieces, MANY, TABLE);
	(void)front_ask(&front, GET_FEATURES);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	guest_encrypts(&other, session);
	front_close(&front);
	front_close(&other);
}

/* A sparse file that would take all addresses that the daemon has. */
static void test_memory_without_end(void **state)
{
	const struct message_region region = { (uint64_t)1 << 40, (uint64_t)1 << 45,
					       (uint64_t)1 << 48, 0 };
	struct front front, other;
	uint64_t answer;

	(void)state;
	whole_device_of_slots(&front);
	assert_int_equal(ftruncate(front.file, (off_t)region.size), 0);
	add_region(&front, region, MESSAGE_NEED_REPLY);
	front_reply(&front, ADD_MEM_REG, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
	daemon_wait_for("more memory than a guest may have");
	front_connect(&other);
	front_whole_device(&other);
	guest_encrypts(&other, guest_session(&other));
	front_close(&other);
	front_close(&front);
}

#define MANY_GUESTS "200"
#define MANY_GUESTS_NUMBER 200u

static int start_for_many(void **state)
{
	(void)state;
	daemon_start((const char *const[]){ "--sandbox=none", "--connections=" MANY_GUESTS, NULL });
	return 0;
}

/* Mappings that a process may have here, or what Linux says if nobody says otherwise. */
static uint64_t most_mappings(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
	unsigned long long most = 65530;

	if (file) {
		assert_int_equal(fscanf(file, "%llu", &most), 1);
		fclose(file);
	}
	return most;
}

/* All guests together must not have more regions than there are mappings, and each has some. */
static void test_regions_of_many_guests(void **state)
{
	struct message_region region = { 0x1000, 1, 0x1000, 0 };
	struct front front;
	uint64_t slots, answer, i;

	(void)state;
	whole_device_of_slots(&front);
	slots = front_ask(&front, GET_MAX_MEM_SLOTS);
	assert_in_range(slots, 8, 509);
	assert_true(slots * MANY_GUESTS_NUMBER < most_mappings());
	/* It has one from the beginning. */
	for (i = 1; i <= slots; i++) {
		region.guest = region.user = 0x1000 + i;
		add_region(&front, region, MESSAGE_NEED_REPLY);
		front_reply(&front, ADD_MEM_REG, &answer, sizeof(answer));
		assert_int_equal(answer, i == slots);
	}
	daemon_wait_for("too many regions");
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
}

/*
 * Where nothing can take the place of what is gone the process ends, and says so; its filter has
 * not killed it.
 */
static void test_no_place_for_what_is_gone(void **state)
{
	const struct rlimit none = { 0, RLIM_INFINITY };
	struct front front;

	(void)state;
	if (SANITIZED) {
		print_message("SKIP: a sanitizer needs memory for itself\n");
		skip();
	}
	front_connect(&front);
	front_whole_device(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(prlimit(daemon_inside(), RLIMIT_AS, &none, NULL), 0);
	assert_int_equal(ftruncate(front.file, 0), 0);
	front_kick(&front, 0);
	daemon_wait_for("memory is gone");
	daemon_fails();
	front_close(&front);
}

/*
 * A front end's own end of its socket: who kept that would never be told that the front end
 * has gone.
 */
static void test_sockets_that_are_sent(void **state)
{
	static const uint32_t requests[] = { SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR };
	struct front front;
	size_t files, i;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	sleep_ms(20);
	files = daemon_count("fd");
	for (i = 0; i <= sizeof(requests) / sizeof(requests[0]); i++) {
		front_connect(&front);
		if (i < sizeof(requests) / sizeof(requests[0]))
			front_file(&front, requests[i], 0, front.socket);
		else	/* A message that does not come to its end. */
			front_send(&front, SET_VRING_ERR, 0, NULL, 8, &front.socket, 1);
		front_close(&front);
		daemon_wait_for("a file that is a socket");
	}
	/* Who comes last is answered when the others have been accepted. */
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	for (i = 0; i < PATIENCE_MS && daemon_count("fd") > files; i++)
		sleep_ms(1);
	assert_in_range(daemon_count("fd"), 1, files);
}

#define ROUNDS 1000
/* KiB.  A device has more, of which a guest that does little touches little. */
#define GROWTH ((size_t)8 << 10)

static void test_nothing_leaks(void **state)
{
	size_t files = 0, mappings = 0, memory = 0, i;
	struct front front;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		front_connect(&front);
		if (i % 2)
			front_session_mode(&front);
		else
			front_whole_device(&front);
		(void)front_ask(&front, GET_FEATURES);
		front_close(&front);
		if (i == 10) {
			files = daemon_count("fd");
			mappings = daemon_mappings();
		}
		if (!i)
			memory = daemon_look().memory;
	}
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	/* What others have left is closed beside the loops, so it may take a while. */
	daemon_wait_for_mappings(mappings);
	/* One connection more, which has no memory yet. */
	daemon_wait_for_files(files + 8);
	/* A sanitizer keeps for a while what is given back, and most of an emulator's is its own. */
	if (!SANITIZED && !is_emulated())
		assert_in_range(daemon_look().memory, 1, memory + GROWTH);
	front_close(&front);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_start, guest_stop)
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, guest_start_open, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_that_shrinks),
		TEST(test_files_that_block),
		TEST(test_files_with_locks),
		TEST(test_rings_with_one_kick),
		TEST(test_long_chains),
		TEST(test_chains_that_cost_searching),
		TEST(test_memory_without_end),
		cmocka_unit_test_setup_teardown(test_regions_of_many_guests, start_for_many, guest_stop),
		cmocka_unit_test_setup_teardown(test_no_place_for_what_is_gone, guest_start, guest_clear),
		OPEN_TEST(test_sockets_that_are_sent),
		OPEN_TEST(test_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
