// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What becomes of sessions of the standard's crypto device: ids, a table that is full, resets,
 * keys, and a provider that fails (virtio 1.3, 5.9.7.2).
 */
#include "fake.h"
#include "virtio_rig.h"

/* The status of a cipher's request with session @id; all of it is compared. */
static uint32_t use(uint64_t id)
{
	struct hand hand = virtio_good(CIPHER);

	hand.id = id;
	hand_data(&hand);
	return hand_status();
}

static void sessions_that_are_not_there_look_alike(void **state)
{
	struct hand cipher = virtio_good(CIPHER), digest = virtio_good(HASH);
	uint64_t id = hand_session(&cipher), gone = hand_session(&cipher);
	uint64_t other = hand_session(&digest);
	uint64_t ids[] = {
		gone, other, 0, 1, UINT64_MAX, (uint64_t)1 << 63, id | (uint64_t)1 << 63,
		id + 1, id ^ (uint64_t)1 << 32, (uint32_t)id, id + ((uint64_t)1 << 32),
		0xffffffff, 0x10000, id | 0x10000,
	};
	uint8_t replies[2][64];
	size_t i;

	(void)state;
	hand_destroy(0, gone);
	assert_int_equal(hand_destroy_status(), OK);
	for (i = 0; i < COUNT(ids); i++) {
		assert_int_equal(use(ids[i]), INVSESS);
		memcpy(replies[i > 0], hand_request.reply, hand_request.reply_len);
		if (i)
			assert_memory_equal(replies[0], replies[1], hand_request.reply_len);
		if (ids[i] == other)
			continue;
		hand_destroy(0, ids[i]);
		assert_int_equal(hand_destroy_status(), ERR);
	}
	assert_int_equal(use(id), OK);
	assert_int_equal(virtio_live(), 2);
}

/* 5.9.7.2: NOSPC only with REVISION_1. */
static void a_full_table_says_so(void **state)
{
	struct hand hand = virtio_good(HASH);
	uint64_t ids[SESSIONS], framing;
	size_t i;

	(void)state;
	for (framing = 0; framing < 2; framing++) {
		hand_restart(framing);
		for (i = 0; i < SESSIONS; i++)
			ids[i] = hand_session(&hand);
		hand_create(&hand);
		assert_int_equal(hand_create_status(), framing ? NOSPC : ERR);
		assert_true(all_bytes(hand_request.reply, 8, SIM_FILL));
		hand_destroy(1, ids[7]);
		assert_int_equal(hand_destroy_status(), OK);
		assert_int_not_equal(hand_session(&hand), ids[7]);
		hand_create(&hand);
		assert_int_equal(hand_create_status(), framing ? NOSPC : ERR);
		hand.id = ids[0];
		hand_data(&hand);
		assert_int_equal(hand_status(), OK);
	}
}

static void there_are_65536_sessions(void **state)
{
	struct hand hand = virtio_good(CIPHER);
	static uint64_t ids[65536];
	size_t i;

	(void)state;
	virtio_stop(NULL);
	hand_start(real_backend(), 65536, REVISION_1);
	hand_create(&hand);
	for (i = 0; i < COUNT(ids); i++) {
		assert_int_equal(hand_create_status(), OK);
		ids[i] = hand_get64(0);
		assert_true((int64_t)ids[i] > 0);
	}
	assert_int_equal(hand_create_status(), NOSPC);
	assert_int_equal(use(ids[0]), OK);
	assert_int_equal(use(ids[65535]), OK);
	hand_destroy(0, ids[40000]);
	assert_int_equal(hand_destroy_status(), OK);
	assert_int_equal(use(ids[40000]), INVSESS);
	hand_session(&hand);
	assert_int_equal(use(ids[40000]), INVSESS);
	assert_int_equal(virtio_live(), 65536);
}

/* The numbers of sessions that have ended do not come again, nor after a reset. */
static void a_reset_ends_sessions_for_good(void **state)
{
	struct hand hand = virtio_good(CIPHER);
	uint64_t old = hand_session(&hand), now;
	size_t i;

	(void)state;
	assert_int_equal(use(old), OK);
	hand_restart(REVISION_1);
	assert_int_equal(virtio_live(), 0);
	assert_int_equal(use(old), INVSESS);
	for (i = 0; i < 1000; i++) {
		now = hand_session(&hand);
		assert_true(now != old && (int64_t)now > 0);
		assert_int_equal(use(old), INVSESS);
		if (i % 3) {
			hand_destroy(0, now);
			assert_int_equal(hand_destroy_status(), OK);
		} else {
			hand_restart(REVISION_1);
		}
	}
}

/* The upper half of ids comes to its end, and none is negative or 0. */
static void ids_stay_positive_when_they_wrap(void **state)
{
	struct hand hand = virtio_good(CIPHER);
	uint64_t ids[6];
	size_t i, k;

	(void)state;
	virtio_stop(NULL);
	hand_seed = 0x7ffffffd;
	hand_start(real_backend(), SESSIONS, 0);
	hand_seed = 4711;
	for (i = 0; i < COUNT(ids); i++) {
		ids[i] = hand_session(&hand);
		assert_true((int64_t)ids[i] > 0);
		for (k = 0; k < i; k++)
			assert_true(ids[i] >> 32 != ids[k] >> 32);
	}
	assert_int_equal(ids[1] >> 32, 0x7fffffff);
	assert_int_equal(ids[2] >> 32, 1);
	for (i = 0; i < COUNT(ids); i++)
		assert_int_equal(use(ids[i]), OK);
}

/* --- keys, with a backend that keeps them as they are --- */

static void keys_go_with_their_sessions(void **state)
{
	struct hand hand = virtio_good(CHAIN);
	uint64_t id;

	(void)state;
	virtio_stop(NULL);
	fake_reset();
	hand_start(&fake_backend, SESSIONS, REVISION_1 | STATELESS);
	id = hand_session(&hand);
	assert_true(hand_holds(virtio_keys, 16));
	hand_destroy(0, id);
	assert_int_equal(hand_destroy_status(), OK);
	assert_false(hand_holds(virtio_keys, 16));
	hand_session(&hand);
	hand_restart(REVISION_1 | STATELESS);
	assert_false(hand_holds(virtio_keys, 16));
	hand.stateless = true;
	hand_data(&hand);
	assert_int_equal(hand_status(), OK);
	assert_false(hand_holds(virtio_keys, 16));
	assert_int_equal(fake.live, 0);
}

/* A provider that fails: ERR, nothing is left of the result, no session is left. */
static void a_provider_that_fails_is_err(void **state)
{
	struct hand hand = virtio_good(CIPHER);

	(void)state;
	virtio_stop(NULL);
	fake_reset();
	hand_start(&fake_backend, SESSIONS, REVISION_1 | STATELESS);
	hand.id = hand_session(&hand);
	fake.fail_at = fake.calls + 1;
	hand_data(&hand);
	assert_int_equal(hand_give(), 1);
	assert_int_equal(hand_request.reply[32], ERR);
	assert_true(all_bytes(hand_request.reply, 32, 0));
	fake.fail_at = fake.calls + 1;
	fake.new_status = VCRYPTO_ERROR;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
	assert_int_equal(virtio_live(), 1);
	fake.fail_at = fake.calls + 1;
	hand.stateless = true;
	hand_data(&hand);
	assert_int_equal(hand_status(), ERR);
	assert_int_equal(fake.live, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, virtio_start, virtio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sessions_that_are_not_there_look_alike),
		TEST(a_full_table_says_so),
		TEST(there_are_65536_sessions),
		TEST(a_reset_ends_sessions_for_good),
		TEST(ids_stay_positive_when_they_wrap),
		TEST(keys_go_with_their_sessions),
		TEST(a_provider_that_fails_is_err),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
