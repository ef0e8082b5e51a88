// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Contexts that are closed with more sessions than end at once (store.h). */
#include <stdlib.h>

#include "check.h"
#include "core_rig.h"
#include "reference.h"

#define CONTEXTS 3
#define SESSIONS 70
#define MOST 4

static struct core_rig core;

static int start(void **state)
{
	uint32_t i;

	(void)state;
	core_start(&core, real_backend(), CONTEXTS, SESSIONS, NULL, 0);
	for (i = 0; i < CONTEXTS; i++)
		assert_int_equal(vcrypto_store_open(core.store, i), VCRYPTO_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	core_stop(&core);
	return 0;
}

static const uint8_t one_key[16] = "the first one's", other_key[16] = "the second one's";

static enum vcrypto_status create(uint32_t context, uint32_t handle, const uint8_t *key)
{
	const struct iovec segment = { (uint8_t *)(uintptr_t)key, 16 };
	const struct vcrypto_session_request new = {
		.context = context, .session = handle, .cipher = VCRYPTO_CIPHER_AES_CTR,
		.cipher_key_len = 16, .keys = vcrypto_cursor_start(&segment, 1),
	};

	return vcrypto_store_create(core.store, core.lane, &new);
}

static void fill(uint32_t context, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		assert_int_equal(create(context, i, one_key), VCRYPTO_OK);
}

static void check_census(uint32_t contexts, uint32_t sessions, uint32_t closed)
{
	struct vcrypto_census census = vcrypto_store_census(core.store);

	assert_int_equal(census.contexts, contexts);
	assert_int_equal(census.sessions, sessions);
	assert_int_equal(census.closed, closed);
}

static bool table_has(const uint8_t *bytes)
{
	size_t len = vcrypto_store_size(CONTEXTS, SESSIONS, real_backend());

	return contains(core.store_memory, len, bytes, 16);
}

static void check_encrypts(struct vcrypto_session *session, const uint8_t *key)
{
	uint8_t in[50], out[50], expected[50];
	const struct iovec src = { in, sizeof(in) }, dst = { out, sizeof(out) };
	struct vcrypto_op op = {
		.verb = VCRYPTO_VERB_CRYPT, .iv_len = 16, .content_len = sizeof(out),
		.session = session, .job = { .src = vcrypto_cursor_start(&src, 1) },
		.dst = vcrypto_cursor_start(&dst, 1),
	};

	assert_non_null(session);
	pattern(in, sizeof(in), 3);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, key, 16, op.job.iv, false, in, sizeof(in), expected);
	vcrypto_lane_submit(core.lane, &op);
	vcrypto_lane_flush(core.lane);
	assert_int_equal(op.job.status, VCRYPTO_OK);
	assert_memory_equal(out, expected, sizeof(out));
}

static void all_end_at_once_unless_somebody_says_otherwise(void **state)
{
	(void)state;
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 1), SESSIONS);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	check_census(CONTEXTS - 1, 0, 0);
	assert_int_equal(vcrypto_store_sweep(core.store, MOST), 0);
}

static void the_others_are_swept(void **state)
{
	uint32_t left = SESSIONS - MOST;

	(void)state;
	vcrypto_store_set_most_closed(core.store, MOST);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 0), 0);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 1), MOST);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, CONTEXTS), 0);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	check_census(CONTEXTS - 1, 0, left);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_NO_CONTEXT);
	for (; left > MOST; left -= MOST) {
		assert_int_equal(vcrypto_store_sweep(core.store, MOST), left - MOST);
		check_census(CONTEXTS - 1, 0, left - MOST);
	}
	assert_int_equal(vcrypto_store_sweep(core.store, MOST), 0);
	check_census(CONTEXTS - 1, 0, 0);
}

static void a_close_ends_older_ones_first(void **state)
{
	(void)state;
	vcrypto_store_set_most_closed(core.store, MOST);
	fill(1, 2 * MOST);
	assert_int_equal(create(2, SESSIONS - 1, other_key), VCRYPTO_OK);
	assert_int_equal(create(2, SESSIONS - 2, other_key), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 2), 2);
	assert_int_equal(vcrypto_store_close(core.store, 2), VCRYPTO_OK);
	check_census(CONTEXTS - 2, 0, MOST);
	assert_int_equal(vcrypto_store_sweep(core.store, MOST - 2), 2);
	/* Which these are. */
	assert_int_equal(create(0, SESSIONS - 1, one_key), VCRYPTO_OK);
	assert_int_equal(create(0, SESSIONS - 2, one_key), VCRYPTO_OK);
	check_census(CONTEXTS - 2, 2, 0);
}

/* What a close costs is reckoned before it is done, for each by itself. */
static void a_close_does_no_work_of_others(void **state)
{
	(void)state;
	vcrypto_store_set_most_closed(core.store, MOST);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 2), 0);
	assert_int_equal(vcrypto_store_close(core.store, 2), VCRYPTO_OK);
	check_census(CONTEXTS - 2, 0, SESSIONS - MOST);
}

static void nobody_can_name_them(void **state)
{
	uint32_t i;

	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	/* Not even who has a context of the same number. */
	assert_int_equal(vcrypto_store_open(core.store, 1), VCRYPTO_OK);
	check_census(CONTEXTS, 0, SESSIONS - 1);
	for (i = 0; i < SESSIONS; i++) {
		assert_null(vcrypto_store_find(core.store, 1, i));
		assert_null(vcrypto_store_find_key(core.store, 1, i));
		assert_int_equal(vcrypto_store_free(core.store, 1, i), VCRYPTO_NO_SESSION);
		assert_int_equal(vcrypto_store_copy_hash(core.store, 1, i, i), VCRYPTO_NO_SESSION);
	}
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	check_census(CONTEXTS - 1, 0, SESSIONS - 1);
}

static void their_handles_are_free(void **state)
{
	const uint32_t handle = SESSIONS / 2;

	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_open(core.store, 1), VCRYPTO_OK);
	assert_int_equal(create(1, handle, other_key), VCRYPTO_OK);
	check_census(CONTEXTS, 1, SESSIONS - 2);
	assert_int_equal(create(1, handle, one_key), VCRYPTO_HANDLE_IN_USE);
	assert_int_equal(create(0, handle, one_key), VCRYPTO_HANDLE_IN_USE);
	check_encrypts(vcrypto_store_find(core.store, 1, handle), other_key);
	assert_int_equal(vcrypto_store_sweep(core.store, SESSIONS), 0);
	check_encrypts(vcrypto_store_find(core.store, 1, handle), other_key);
	check_census(CONTEXTS, 1, 0);
}

/* For formats whose handles the device chooses. */
static void there_is_a_handle_as_long_as_one_is_left(void **state)
{
	uint32_t i, handle;

	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_unused(core.store), VCRYPTO_NO_HANDLE);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	for (i = 0; i < SESSIONS; i++) {
		handle = vcrypto_store_unused(core.store);
		assert_in_range(handle, 0, SESSIONS - 1);
		assert_int_equal(create(0, handle, other_key), VCRYPTO_OK);
	}
	assert_int_equal(vcrypto_store_unused(core.store), VCRYPTO_NO_HANDLE);
	check_census(CONTEXTS - 1, SESSIONS, 0);
}

static void end_some_ends_them_too(void **state)
{
	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	fill(1, SESSIONS - 1);
	assert_int_equal(create(0, SESSIONS - 1, other_key), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_end_some(core.store, SESSIONS - 3), SESSIONS - 3);
	check_census(CONTEXTS - 1, 1, 1);
	assert_int_equal(vcrypto_store_end_some(core.store, SESSIONS), 2);
	check_census(CONTEXTS - 1, 0, 0);
}

static void a_reset_ends_them_all(void **state)
{
	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	vcrypto_store_reset(core.store);
	check_census(0, 0, 0);
	/* The limit stays. */
	assert_int_equal(vcrypto_store_open(core.store, 1), VCRYPTO_OK);
	fill(1, SESSIONS);
	assert_int_equal(vcrypto_store_ends_at_once(core.store, 1), 1);
}

/* An op that has been submitted is done before its session goes, whenever that is. */
static void what_is_in_flight_is_done(void **state)
{
	uint8_t in[16] = { 1 }, out[16] = { 0 }, expected[16];
	const struct iovec src = { in, 16 }, dst = { out, 16 };
	struct vcrypto_op op = {
		.verb = VCRYPTO_VERB_CRYPT, .iv_len = 16, .content_len = 16,
		.job = { .src = vcrypto_cursor_start(&src, 1) },
		.dst = vcrypto_cursor_start(&dst, 1),
	};

	(void)state;
	vcrypto_store_set_most_closed(core.store, 1);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, one_key, 16, op.job.iv, false, in, 16, expected);
	fill(1, 2);
	/* The one that was made last ends first. */
	op.session = vcrypto_store_find(core.store, 1, 0);
	vcrypto_lane_submit(core.lane, &op);
	assert_int_equal(vcrypto_store_close(core.store, 1), VCRYPTO_OK);
	check_census(CONTEXTS - 1, 0, 1);
	assert_int_equal(create(0, 0, other_key), VCRYPTO_OK);
	assert_int_equal(op.job.status, VCRYPTO_OK);
	assert_memory_equal(out, expected, 16);
}

/* What a session should be: the number of its context, or none. */
struct model {
	bool open[CONTEXTS];
	uint32_t owner[SESSIONS];
	uint32_t live;
};

static void forget_context(struct model *model, uint32_t context)
{
	uint32_t i;

	model->open[context] = false;
	for (i = 0; i < SESSIONS; i++)
		if (model->owner[i] == context) {
			model->owner[i] = CONTEXTS;
			model->live--;
		}
}

static void try_to_create(struct model *model, uint32_t context, uint32_t handle)
{
	enum vcrypto_status status = create(context, handle, one_key);

	if (!model->open[context]) {
		assert_int_equal(status, VCRYPTO_NO_CONTEXT);
	} else if (model->owner[handle] != CONTEXTS) {
		assert_int_equal(status, VCRYPTO_HANDLE_IN_USE);
	} else {
		assert_int_equal(status, VCRYPTO_OK);
		model->owner[handle] = context;
		model->live++;
	}
}

static void try_to_free(struct model *model, uint32_t context, uint32_t handle)
{
	bool there = model->owner[handle] == context;

	assert_int_equal(vcrypto_store_free(core.store, context, handle),
			 there ? VCRYPTO_OK : VCRYPTO_NO_SESSION);
	if (there) {
		model->owner[handle] = CONTEXTS;
		model->live--;
	}
}

static void do_something(struct model *model)
{
	uint32_t context = (uint32_t)rand() % CONTEXTS;
	uint32_t handle = (uint32_t)rand() % SESSIONS;

	switch (rand() % 32) {
	case 0:
		assert_int_equal(vcrypto_store_close(core.store, context),
				 model->open[context] ? VCRYPTO_OK : VCRYPTO_NO_CONTEXT);
		forget_context(model, context);
		break;
	case 1:
	case 2:
		assert_int_equal(vcrypto_store_open(core.store, context),
				 model->open[context] ? VCRYPTO_HANDLE_IN_USE : VCRYPTO_OK);
		model->open[context] = true;
		break;
	case 3:
		(void)vcrypto_store_sweep(core.store, (uint32_t)rand() % MOST);
		break;
	case 4:
	case 5:
	case 6:
		try_to_free(model, context, handle);
		break;
	default:
		try_to_create(model, context, handle);
	}
}

static void nobody_can_tell(void **state)
{
	struct model model = { .open = { true, true, true } };
	uint32_t i, context, step, most_closed = 0;

	(void)state;
	srand(1);
	vcrypto_store_set_most_closed(core.store, 1);
	for (i = 0; i < SESSIONS; i++)
		model.owner[i] = CONTEXTS;
	for (step = 0; step < 20000; step++) {
		do_something(&model);
		assert_int_equal(vcrypto_store_census(core.store).sessions, model.live);
		if (vcrypto_store_census(core.store).closed > most_closed)
			most_closed = vcrypto_store_census(core.store).closed;
		for (i = 0; i < SESSIONS; i++)
			for (context = 0; context < CONTEXTS; context++)
				assert_int_equal(!!vcrypto_store_find(core.store, context, i),
						 model.owner[i] == context);
	}
	assert_in_range(most_closed, SESSIONS / 3, SESSIONS);
	vcrypto_store_reset(core.store);
	check_census(0, 0, 0);
	assert_false(table_has(one_key));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_end_at_once_unless_somebody_says_otherwise),
		TEST(the_others_are_swept),
		TEST(a_close_ends_older_ones_first),
		TEST(a_close_does_no_work_of_others),
		TEST(nobody_can_name_them),
		TEST(their_handles_are_free),
		TEST(there_is_a_handle_as_long_as_one_is_left),
		TEST(end_some_ends_them_too),
		TEST(a_reset_ends_them_all),
		TEST(what_is_in_flight_is_done),
		TEST(nobody_can_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
