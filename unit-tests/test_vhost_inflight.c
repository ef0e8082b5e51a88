// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Requests in flight: what a daemon that has ended leaves in the front end's file, and what the
 * next one makes of it, whatever stands there.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "vhost-user/guest.h"

/* The layout of the file, by plain numbers. */
#define STRIDE ((16 + 16 * RING_SIZE + 63) / 64 * 64)
#define BYTES (RINGS * STRIDE)
#define VERSION_AT 8
#define DESC_NUM_AT 10
#define BATCH_AT 12
#define USED_AT 14
#define ENTRY(i) (16u + 16u * (i))
#define NEXT_AT 6
#define COUNTER_AT 8

struct notes {
	struct message_inflight told;
	int file;
	uint8_t *at;
};

static uint16_t get16(const struct notes *notes, size_t at)
{
	uint16_t value;

	memcpy(&value, notes->at + at, sizeof(value));
	return value;
}

static void put16(struct notes *notes, size_t at, uint32_t value)
{
	const uint16_t half = (uint16_t)value;

	memcpy(notes->at + at, &half, sizeof(half));
}

static void put_entry(struct notes *notes, uint32_t head, bool inflight, uint32_t next,
		      uint64_t counter)
{
	notes->at[ENTRY(head)] = inflight;
	put16(notes, ENTRY(head) + NEXT_AT, next);
	memcpy(notes->at + ENTRY(head) + COUNTER_AT, &counter, sizeof(counter));
}

static size_t in_flight(const struct notes *notes)
{
	size_t count = 0, i;

	for (i = 0; i < RING_SIZE; i++)
		count += notes->at[ENTRY(i)];
	return count;
}

static void negotiate(struct front *front)
{
	front_connect(front);
	front->protocol = P_INFLIGHT_SHMFD;
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
						P_RESET_DEVICE | P_INFLIGHT_SHMFD);
}

static void ask_notes(struct front *front, struct notes *notes)
{
	notes->told = (struct message_inflight){ 0, 0, RINGS, RING_SIZE, 0 };
	front_send(front, GET_INFLIGHT_FD, 0, &notes->told, sizeof(notes->told), NULL, 0);
	notes->file = front_reply_file(front, GET_INFLIGHT_FD, &notes->told, sizeof(notes->told));
	assert_int_equal(notes->told.len, BYTES);
	assert_int_equal(notes->told.offset, 0);
	assert_int_equal(notes->told.queues, RINGS);
	assert_int_equal(notes->told.size, RING_SIZE);
	notes->at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, notes->file, 0);
	assert_true(notes->at != MAP_FAILED);
}

static void give_notes(struct front *front, const struct notes *notes)
{
	front_send(front, SET_INFLIGHT_FD, 0, &notes->told, sizeof(notes->told), &notes->file, 1);
}

static void begin(struct front *front, struct notes *notes)
{
	negotiate(front);
	ask_notes(front, notes);
	give_notes(front, notes);
	front_whole_device(front);
}

static void end(struct front *front, struct notes *notes)
{
	front_close(front);
	munmap(notes->at, BYTES);
	close(notes->file);
}

/* The guest's memory, and its rings, at another daemon. */
static void connect_again(struct front *front)
{
	struct front fresh;
	int i;

	front_connect(&fresh);
	munmap(fresh.ram, RAM);
	close(fresh.file);
	close(front->socket);
	front->socket = fresh.socket;
	for (i = 0; i < RINGS; i++) {
		close(fresh.rings[i].kick);
		close(fresh.rings[i].call);
	}
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CRYPTO_SESSION | P_CONFIG |
						P_RESET_DEVICE | P_INFLIGHT_SHMFD);
}

static void test_the_file(void **state)
{
	struct notes notes;
	struct front front;

	(void)state;
	begin(&front, &notes);
	assert_int_equal(fcntl(notes.file, F_GET_SEALS) & (F_SEAL_GROW | F_SEAL_SHRINK),
			 F_SEAL_GROW | F_SEAL_SHRINK);
	assert_int_equal(ftruncate(notes.file, 0), -1);
	guest_encrypts(&front, guest_session(&front));
	(void)front_base(&front, 0);
	assert_int_equal(get16(&notes, VERSION_AT), 1);
	assert_int_equal(get16(&notes, DESC_NUM_AT), RING_SIZE);
	assert_int_equal(get16(&notes, USED_AT), 2);
	assert_int_equal(get16(&notes, STRIDE + USED_AT), 1);
	assert_int_equal(in_flight(&notes), 0);
	end(&front, &notes);
}

/* A ring that is stopped and started goes on where it was, whatever the front end says. */
static void test_a_pause(void **state)
{
	struct notes notes;
	struct front front;
	uint64_t session;

	(void)state;
	begin(&front, &notes);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	assert_int_equal(front_base(&front, 0), 2);
	guest_post(&front, session, 0);
	front.rings[0].avail--;
	front_ring(&front, 0);
	front.rings[0].avail++;
	(void)front_wait(&front, 0);
	guest_encrypts(&front, session);
	end(&front, &notes);
}

/* Jobs of RSA last long enough to be in flight when the daemon is killed. */
static uint64_t make_key(struct front *front)
{
	struct vcrypto_virtio_numbers numbers = {
		.algo = VCRYPTO_VIRTIO_RSA, .key_type = VCRYPTO_VIRTIO_KEY_PRIVATE,
		.padding = VCRYPTO_VIRTIO_PADDING_PKCS1, .padding_hash = 6,
	};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)4096);
	uint8_t der[4096], *last = der;

	numbers.key_len = (uint32_t)i2d_PrivateKey(key, &last);
	EVP_PKEY_free(key);
	return guest_session_of(front, VCRYPTO_VIRTIO_AKCIPHER, &numbers, der, numbers.key_len);
}

#define JOBS 12
#define JOB_STATUS(i) (RAM_GUEST + 0x80000 + 16 * (uint64_t)(i))

static void post_jobs(struct front *front, uint64_t key)
{
	const struct vcrypto_virtio_data data = {
		.service = VCRYPTO_VIRTIO_AKCIPHER, .op = VCRYPTO_VIRTIO_SIGN, .session = key,
		.numbers = { .src_len = 32, .dst_len = 512 },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	uint32_t i;

	(void)vcrypto_virtio_put_data(0, &data, head);
	memcpy(front_at(front, HEAD), head, 72);
	for (i = 0; i < JOBS; i++) {
		const struct piece pieces[] = {
			{ HEAD, 72, false }, { SOURCE, 32, false },
			{ RAM_GUEST + 0x90000 + 512 * i, 512, true }, { JOB_STATUS(i), 1, true },
		};

		*(uint8_t *)front_at(front, JOB_STATUS(i)) = 0xff;
		front_post(front, 0, pieces, 4, RAM_GUEST + 0xa0000 + 64 * i);
	}
	front_kick(front, 0);
}

static void test_a_daemon_that_is_killed(void **state)
{
	static const char *const arguments[] = { "--akcipher", "--sandbox=none", NULL };
	struct notes notes;
	struct front front;
	uint8_t status;
	uint32_t i, done;

	(void)state;
	daemon_stop();
	daemon_start(arguments);
	begin(&front, &notes);
	post_jobs(&front, make_key(&front));
	(void)front_wait(&front, 0);
	daemon_kill();
	done = 1;
	while (front_used(&front, 0)) {
		front.rings[0].used++;
		done++;
	}
	assert_in_range(in_flight(&notes), 1, JOBS);
	daemon_start(arguments);
	connect_again(&front);
	give_notes(&front, &notes);
	/* What the front end says of where it was is wrong. */
	front.rings[0].avail = 7;
	front_whole_device(&front);
	front.rings[0].avail = JOBS;
	for (i = done; i < JOBS; i++)
		(void)front_wait(&front, 0);
	for (i = 0; i < JOBS; i++) {
		status = *(uint8_t *)front_at(&front, JOB_STATUS(i));
		assert_int_equal(status, i < done ? VCRYPTO_VIRTIO_OK : VCRYPTO_VIRTIO_INVSESS);
	}
	(void)front_ask(&front, GET_FEATURES);
	assert_false(front_used(&front, 0));
	front.rings[0].next = 0;
	guest_encrypts(&front, guest_session(&front));
	assert_int_equal(in_flight(&notes), 0);
	end(&front, &notes);
}

/* Descriptors of a request of its own place, that a daemon has taken and not answered. */
#define PLACE(i) (RAM_GUEST + 0x40000 + 0x1000 * (uint64_t)(i))
#define PLACE_OUT 0x200
#define PLACE_STATUS 0x800

static void put_taken(struct front *front, uint64_t session, uint32_t i, bool in_place)
{
	const struct vcrypto_virtio_data data = { .session = session, .numbers = guest_numbers() };
	const struct piece pieces[] = {
		{ PLACE(i), 72, false }, { PLACE(i) + 80, 16, false },
		{ PLACE(i) + PLACE_OUT, TEXT, false },
		{ PLACE(i) + PLACE_OUT + (in_place ? 0 : TEXT), TEXT, true },
		{ PLACE(i) + PLACE_STATUS, 1, true },
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	(void)vcrypto_virtio_put_data(0, &data, head);
	memcpy(front_at(front, PLACE(i)), head, 72);
	memset(front_at(front, PLACE(i) + PLACE_OUT), (int)i + 1, 2 * TEXT);
	*(uint8_t *)front_at(front, PLACE(i) + PLACE_STATUS) = 0xff;
	front_post(front, 0, pieces, 5, PLACE(i) + 0xc00);
}

static uint8_t place_status(struct front *front, uint32_t i)
{
	return *(uint8_t *)front_at(front, PLACE(i) + PLACE_STATUS);
}

static uint32_t used_id(struct front *front, uint32_t at)
{
	struct vcrypto_le32 id;

	memcpy(&id, front_at(front, RAM_GUEST + 0x8000 + 4 + 8 * at), sizeof(id));
	return vcrypto_get32(id);
}

/*
 * As if a daemon had been killed: ring 0 is stopped, requests 0 to 5 are taken.  0 and 1 have been
 * pushed, without their batch being over; 2 to 5 are in flight, 3 in place.  6 is new.
 */
static void test_what_was_in_flight_is_done_in_order(void **state)
{
	static const uint32_t order[] = { 4, 2, 5, 3 };
	struct notes notes;
	struct front front;
	uint64_t session;
	uint32_t i;

	(void)state;
	begin(&front, &notes);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	(void)front_base(&front, 0);
	front.rings[0].next = 0;
	for (i = 0; i < 7; i++)
		put_taken(&front, session, i, i == 3);
	for (i = 0; i < 6; i++)
		put_entry(&notes, i, true, i ? 63 : 1, i < 2 ? i : 99);
	for (i = 0; i < 4; i++)
		put_entry(&notes, order[i], true, 7, 100 + i);
	put16(&notes, BATCH_AT, 0);
	/* The used ring has 4 of which the notes know 2. */
	front.rings[0].used = 4;
	vcrypto_store_release16(front_at(&front, RAM_GUEST + 0x8000 + 2), vcrypto_swap16(4));
	/* As it was returned, or sessions would end. */
	front.rings[0].avail = 2;
	front_ring(&front, 0);
	for (i = 0; i < 5; i++)
		(void)front_wait(&front, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(used_id(&front, 4 + i), order[i]);
	assert_int_equal(used_id(&front, 8), 6);
	for (i = 0; i < 7; i++)
		assert_int_equal(place_status(&front, i), i < 2 ? 0xff : i == 3 ? VCRYPTO_VIRTIO_ERR : 0);
	for (i = 0; i < 2 * TEXT; i++)
		assert_int_equal(((uint8_t *)front_at(&front, PLACE(3) + PLACE_OUT))[i], 4);
	(void)front_base(&front, 0);
	assert_int_equal(in_flight(&notes), 0);
	assert_int_equal(get16(&notes, USED_AT), 9);
	end(&front, &notes);
}

#define TAKEN 31u

/* The same of many requests, by counters in no order; half of the requests were not taken. */
static void test_many_in_flight_are_done_in_order(void **state)
{
	struct notes notes;
	struct front front;
	uint64_t session;
	uint32_t i, at;

	(void)state;
	begin(&front, &notes);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	(void)front_base(&front, 0);
	front.rings[0].next = 0;
	for (i = 0; i < TAKEN; i++) {
		put_taken(&front, session, i, false);
		/* In the order of counters it is 0, 10, 20, 30, 9 and so on; of these the odd ones. */
		put_entry(&notes, i, i % 2, 0, ((uint64_t)1 << 40) + i * 28 % TAKEN);
	}
	front.rings[0].avail = 2;
	front_ring(&front, 0);
	for (i = 0; i < TAKEN / 2; i++)
		(void)front_wait(&front, 0);
	for (i = 0, at = 0; i < TAKEN; i++)
		if (i * 10 % TAKEN % 2)
			assert_int_equal(used_id(&front, 2 + at++), i * 10 % TAKEN);
	assert_int_equal(at, TAKEN / 2);
	end(&front, &notes);
}

/* Ring 0 is stopped, and one of its requests is in flight. */
static void stop_in_flight(struct front *front, struct notes *notes)
{
	begin(front, notes);
	guest_encrypts(front, guest_session(front));
	(void)front_base(front, 0);
	put_entry(notes, 9, true, 0, 1);
}

/* A driver that knows of nothing that was before: nothing of it comes back. */
static void begin_anew(struct front *front, struct notes *notes)
{
	uint32_t i;

	memset(front->ram, 0, BUFFERS);
	for (i = 0; i < RINGS; i++) {
		front->rings[i].avail = front->rings[i].used = front->rings[i].next = 0;
		front_ring(front, i);
		front_vring(front, SET_VRING_ENABLE, i, 1);
	}
	guest_encrypts(front, guest_session(front));
	assert_int_equal(in_flight(notes), 0);
	end(front, notes);
}

static void test_a_reset_forgets(void **state)
{
	struct notes notes;
	struct front front;

	(void)state;
	stop_in_flight(&front, &notes);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	begin_anew(&front, &notes);
}

/* Another index than the one that was returned. */
static void test_a_ring_that_begins_anew_forgets(void **state)
{
	struct notes notes;
	struct front front;

	(void)state;
	stop_in_flight(&front, &notes);
	(void)front_base(&front, 1);
	begin_anew(&front, &notes);
}

/* Whatever stands there: the daemon goes on, for others and for who was sent it. */
static void test_notes_that_are_garbage(void **state)
{
	struct front front, other;
	struct notes notes;
	uint64_t session;
	uint32_t turn, i;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	srand(1);
	for (turn = 0; turn < 60; turn++) {
		negotiate(&front);
		ask_notes(&front, &notes);
		for (i = 0; i < BYTES; i++)
			if (turn % 3 || rand() % 8 == 0)
				notes.at[i] = (uint8_t)rand();
		for (i = 0; i < RINGS; i++)
			put16(&notes, i * STRIDE + VERSION_AT, turn % 5 ? 1 : 7);
		/* Loops, and lists of what there is not. */
		put16(&notes, BATCH_AT, turn % 2 ? turn : 0xffff);
		if (turn % 4 == 1)
			for (i = 0; i < RING_SIZE; i++)
				put_entry(&notes, i, turn % 8 == 1, turn, UINT64_MAX - turn % 2);
		give_notes(&front, &notes);
		for (i = 0; i < RAM / 64; i += 1 + turn % 7)
			front.ram[64 * i + turn % 64] = (uint8_t)rand();
		front_whole_device(&front);
		front_kick(&front, 0);
		(void)front_ask(&front, GET_FEATURES);
		end(&front, &notes);
	}
	guest_encrypts(&other, session);
	front_close(&other);
}

/* Nothing is written to what is not there. */
static void test_notes_that_lead_outside(void **state)
{
	struct notes notes = { .told = { BYTES, 0, RINGS, RING_SIZE, 0 } };
	struct front front;
	uint32_t i;

	(void)state;
	negotiate(&front);
	notes.file = memfd_create("notes", MFD_CLOEXEC);
	assert_int_equal(ftruncate(notes.file, 4096), 0);
	notes.at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, notes.file, 0);
	assert_true(notes.at != MAP_FAILED);
	memset(notes.at + BYTES, 0xff, 4096 - BYTES);
	put16(&notes, STRIDE + VERSION_AT, 1);
	put16(&notes, STRIDE + BATCH_AT, RING_SIZE + 5);
	put16(&notes, STRIDE + USED_AT, 0xff00);
	give_notes(&front, &notes);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	for (i = BYTES; i < 4096; i++)
		assert_int_equal(notes.at[i], 0xff);
	end(&front, &notes);
}

static void refused(struct front *front, const struct message_inflight *told, int file)
{
	front_send(front, file < 0 ? GET_INFLIGHT_FD : SET_INFLIGHT_FD, 0, told, sizeof(*told), &file,
		   file >= 0);
	front_ended(front);
	front_close(front);
}

static void test_what_is_refused(void **state)
{
	static const struct message_inflight asked[] = {
		{ 0, 0, 0, RING_SIZE, 0 }, { 0, 0, RINGS + 1, RING_SIZE, 0 }, { 0, 0, RINGS, 0, 0 },
		{ 0, 0, RINGS, 1025, 0 },
	}, told[] = {
		{ BYTES - 1, 0, RINGS, RING_SIZE, 0 }, { BYTES, 64, RINGS, RING_SIZE, 0 },
		{ UINT64_MAX, UINT64_MAX - 63, RINGS, RING_SIZE, 0 },
		{ BYTES, 0, 0, RING_SIZE, 0 }, { BYTES, 0, RINGS, 0, 0 },
		{ BYTES, 8, RINGS, RING_SIZE / 2, 0 }, { BYTES, 0, RINGS + 1, 1, 0 },
	};
	struct notes notes;
	struct front front, keeper;
	size_t i;

	(void)state;
	begin(&keeper, &notes);
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		negotiate(&front);
		refused(&front, &asked[i], -1);
	}
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		negotiate(&front);
		refused(&front, &told[i], notes.file);
	}
	/* Rings that run, and one that is longer. */
	refused(&keeper, &notes.told, notes.file);
	negotiate(&front);
	notes.told.size = RING_SIZE / 2;
	give_notes(&front, &notes);
	front_table(&front);
	front_vring(&front, SET_VRING_NUM, 0, RING_SIZE);
	front_address(&front, 0);
	front_file(&front, SET_VRING_KICK, 0, front.rings[0].kick);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	front_ended(&front);
	daemon_wait_for("a ring that is longer than what was said of requests in flight");
	front_close(&front);
	munmap(notes.at, BYTES);
	close(notes.file);
}

/* Of a file that its owner can cut short. */
static void test_a_file_that_shrinks(void **state)
{
	struct front front;
	struct notes notes = { .told = { BYTES, 0, RINGS, RING_SIZE, 0 } };

	(void)state;
	skip_if_emulated("what a fault of memory ends");
	negotiate(&front);
	notes.file = memfd_create("notes", MFD_CLOEXEC);
	assert_int_equal(ftruncate(notes.file, BYTES), 0);
	give_notes(&front, &notes);
	front_whole_device(&front);
	(void)front_ask(&front, GET_FEATURES);
	guest_cuts_short(&front, notes.file);
	front_close(&front);
	close(notes.file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_start, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_file),
		TEST(test_a_pause),
		TEST(test_a_daemon_that_is_killed),
		TEST(test_what_was_in_flight_is_done_in_order),
		TEST(test_many_in_flight_are_done_in_order),
		TEST(test_a_reset_forgets),
		TEST(test_a_ring_that_begins_anew_forgets),
		TEST(test_notes_that_are_garbage),
		TEST(test_notes_that_lead_outside),
		TEST(test_what_is_refused),
		TEST(test_a_file_that_shrinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
