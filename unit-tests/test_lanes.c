// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Stores and lanes apart (store.h, lane.h): two guests on one lane, one guest on two lanes
 * with a thread each.  Compiled with the thread sanitizer, together with the core.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <vcrypto/vcrypto.h>

#include "core_rig.h"
#include "real_backend.h"

#define SESSIONS 4		/* of each lane */
#define ROUNDS 200
#define LEN 80

static const struct vcrypto_backend *backend;

struct side {
	struct vcrypto_store *store;
	struct vcrypto_lane *lane;
	void *memory;
	uint8_t bounce[4096];
};

static void new_store(struct side *side)
{
	side->memory = core_memory(vcrypto_store_size(1, 2 * SESSIONS, backend));
	side->store = vcrypto_store_init(side->memory, 1, 2 * SESSIONS, backend);
	assert_non_null(side->store);
	assert_int_equal(vcrypto_store_open(side->store, 0), VCRYPTO_OK);
}

static void new_lane(struct side *side)
{
	side->lane = vcrypto_lane_init(core_memory(vcrypto_lane_size(backend)), backend, side->bounce,
				       sizeof(side->bounce));
	assert_non_null(side->lane);
}

static void free_store(struct side *side)
{
	vcrypto_store_fini(side->store);
	free(side->memory);
}

static void free_lane(struct side *side)
{
	vcrypto_lane_fini(side->lane);
	free(side->lane);
}

/* Session @handle, whose key is @key over and over, on @lane. */
static void new_session(struct vcrypto_store *store, struct vcrypto_lane *lane, uint32_t handle,
			uint8_t key)
{
	uint8_t bytes[16];
	struct iovec segment = { memset(bytes, key, sizeof(bytes)), sizeof(bytes) };
	const struct vcrypto_session_request new = {
		.session = handle, .cipher = VCRYPTO_CIPHER_AES_CBC, .cipher_key_len = 16,
		.keys = vcrypto_cursor_start(&segment, 1),
	};

	assert_int_equal(vcrypto_store_create(store, lane, &new), VCRYPTO_OK);
	assert_ptr_equal(vcrypto_session_lane(vcrypto_store_find(store, 0, handle)), lane);
}

/* One message, its op, and where it lies. */
struct message {
	uint8_t in[LEN];
	uint8_t out[LEN];
	struct iovec segments[2];
	struct vcrypto_op op;
};

/* The IV is that of the first message, then that which the one before has left. */
static void lay(struct message *message, struct vcrypto_session *session, bool decrypt,
		bool goes_on)
{
	message->segments[0] = (struct iovec){ message->in, LEN };
	message->segments[1] = (struct iovec){ message->out, LEN };
	message->op = (struct vcrypto_op){
		.verb = VCRYPTO_VERB_CRYPT, .session = session, .iv_len = goes_on ? 0 : 16,
		.content_len = LEN,
		.job = { .src = vcrypto_cursor_start(&message->segments[0], 1),
			 .decrypt = decrypt },
		.dst = vcrypto_cursor_start(&message->segments[1], 1),
	};
}

/* There and back, all sessions from @first on together, each going on from the last round. */
static void exchange(struct vcrypto_lane *lane, struct vcrypto_session *const *sessions,
		     struct message *messages, size_t round, bool decrypt)
{
	size_t i;

	for (i = 0; i < SESSIONS; i++) {
		lay(&messages[i], sessions[i], decrypt, round > 0);
		vcrypto_lane_submit(lane, &messages[i].op);
	}
	vcrypto_lane_flush(lane);
}

struct work {
	struct vcrypto_lane *lane;
	struct vcrypto_session *sessions[SESSIONS];
	uint8_t sum;			/* of all ciphertext */
	bool ok;
};

static void *run(void *opaque)
{
	struct work *work = opaque;
	static const uint8_t text[LEN] = "some text";
	struct message messages[SESSIONS];
	size_t round, i, at;

	work->ok = true;
	work->sum = 0;
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < SESSIONS; i++)
			memcpy(messages[i].in, text, LEN);
		exchange(work->lane, work->sessions, messages, round, false);
		for (i = 0; i < SESSIONS; i++) {
			work->ok = work->ok && messages[i].op.job.status == VCRYPTO_OK;
			for (at = 0; at < LEN; at++)
				work->sum = (uint8_t)(work->sum * 31 + messages[i].out[at]);
		}
	}
	return NULL;
}

/* What the sessions with keys @first ... give, on a store and a lane of their own. */
static uint8_t expected(uint8_t first)
{
	struct side side;
	struct work work;
	uint32_t i;

	new_store(&side);
	new_lane(&side);
	work.lane = side.lane;
	for (i = 0; i < SESSIONS; i++) {
		new_session(side.store, side.lane, i, (uint8_t)(first + i));
		work.sessions[i] = vcrypto_store_find(side.store, 0, i);
	}
	run(&work);
	free_store(&side);
	free_lane(&side);
	assert_true(work.ok);
	return work.sum;
}

static void one_store_on_two_lanes_with_a_thread_each(void **state)
{
	struct side first, second;
	struct work work[2];
	pthread_t threads[2];
	uint32_t i;

	(void)state;
	new_store(&first);
	new_lane(&first);
	new_lane(&second);
	work[0].lane = first.lane;
	work[1].lane = second.lane;
	for (i = 0; i < 2 * SESSIONS; i++) {
		struct work *of = &work[i % 2];

		new_session(first.store, of->lane, i, (uint8_t)(i % 2 * 50 + i / 2));
		of->sessions[i / 2] = vcrypto_store_find(first.store, 0, i);
	}
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, &work[i]), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(work[0].ok && work[1].ok);
	assert_int_equal(work[0].sum, expected(0));
	assert_int_equal(work[1].sum, expected(50));
	assert_int_equal(vcrypto_lane_traffic(first.lane).bytes_in, ROUNDS * SESSIONS * LEN);
	assert_int_equal(vcrypto_lane_traffic(second.lane).bytes_out, ROUNDS * SESSIONS * LEN);
	free_store(&first);
	free_lane(&first);
	free_lane(&second);
}

/* The same handles, in two guests that cannot name each other's. */
static void two_stores_on_one_lane(void **state)
{
	struct side first, second;
	struct work work[2];
	uint32_t i;

	(void)state;
	new_store(&first);
	new_store(&second);
	new_lane(&first);
	work[0].lane = work[1].lane = first.lane;
	for (i = 0; i < SESSIONS; i++) {
		new_session(first.store, first.lane, i, (uint8_t)i);
		assert_null(vcrypto_store_find(second.store, 0, i));
		new_session(second.store, first.lane, i, (uint8_t)(50 + i));
		work[0].sessions[i] = vcrypto_store_find(first.store, 0, i);
		work[1].sessions[i] = vcrypto_store_find(second.store, 0, i);
	}
	run(&work[0]);
	run(&work[1]);
	assert_true(work[0].ok && work[1].ok);
	assert_int_equal(work[0].sum, expected(0));
	assert_int_equal(work[1].sum, expected(50));
	free_store(&first);
	assert_int_equal(vcrypto_store_census(second.store).sessions, SESSIONS);
	free_store(&second);
	free_lane(&first);
}

/* Both stores' ops in one batch; one store goes while the other's sessions live on. */
static void ops_of_two_stores_share_a_batch(void **state)
{
	struct side first, second;
	struct message messages[2];
	struct vcrypto_session *sessions[2];
	size_t i;

	(void)state;
	new_store(&first);
	new_store(&second);
	new_lane(&first);
	new_session(first.store, first.lane, 3, 7);
	new_session(second.store, first.lane, 3, 7);
	sessions[0] = vcrypto_store_find(first.store, 0, 3);
	sessions[1] = vcrypto_store_find(second.store, 0, 3);
	memset(messages, 0, sizeof(messages));
	for (i = 0; i < 2; i++) {
		lay(&messages[i], sessions[i], false, false);
		vcrypto_lane_submit(first.lane, &messages[i].op);
	}
	vcrypto_lane_flush(first.lane);
	assert_int_equal(messages[0].op.job.status, VCRYPTO_OK);
	assert_int_equal(messages[1].op.job.status, VCRYPTO_OK);
	assert_memory_equal(messages[0].out, messages[1].out, LEN);
	free_store(&first);
	free_store(&second);
	free_lane(&first);
}

/* store.h: their ops are done first, also if nobody has flushed. */
static void sessions_may_end_while_their_ops_are_in_flight(void **state)
{
	struct message messages[SESSIONS];
	struct side side;
	uint32_t i;

	(void)state;
	new_store(&side);
	new_lane(&side);
	memset(messages, 0, sizeof(messages));
	for (i = 0; i < SESSIONS; i++) {
		new_session(side.store, side.lane, i, 7);
		lay(&messages[i], vcrypto_store_find(side.store, 0, i), false, false);
		vcrypto_lane_submit(side.lane, &messages[i].op);
	}
	assert_int_equal(vcrypto_store_free(side.store, 0, 1), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_ends_at_once(side.store, 0), SESSIONS - 1);
	for (i = 0; i < SESSIONS; i++) {
		assert_int_equal(messages[i].op.job.status, VCRYPTO_OK);
		assert_memory_equal(messages[i].out, messages[0].out, LEN);
	}
	lay(&messages[0], vcrypto_store_find(side.store, 0, 0), true, false);
	memcpy(messages[0].in, messages[1].out, LEN);
	vcrypto_lane_submit(side.lane, &messages[0].op);
	assert_int_equal(vcrypto_store_close(side.store, 0), VCRYPTO_OK);
	assert_int_equal(messages[0].op.job.status, VCRYPTO_OK);
	assert_memory_equal(messages[0].out, messages[1].in, LEN);
	vcrypto_lane_flush(side.lane);
	free_store(&side);
	free_lane(&side);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_store_on_two_lanes_with_a_thread_each),
		cmocka_unit_test(two_stores_on_one_lane),
		cmocka_unit_test(ops_of_two_stores_share_a_batch),
		cmocka_unit_test(sessions_may_end_while_their_ops_are_in_flight),
	};

	backend = real_backend();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
