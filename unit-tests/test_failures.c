// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A provider that fails: at the first call, the second, ... of a long script;
 * with half of its output written; without a word.  Nobody else may notice.
 */
#include "check.h"
#include "fake.h"

static struct guest guest;
static uint8_t text[256];

static int start(void **state)
{
	(void)state;
	fake_reset();
	pattern(text, sizeof(text), 3);
	guest_start(&guest, &fake_backend);
	guest.layout = SIM_INDIRECT;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	assert_int_equal(fake.live, 0);
	assert_int_equal(fake.opened, fake.closed);
	return 0;
}

/* The next call of the backend fails. */
static void fail_next(enum fake_failure failure)
{
	fake.failure = failure;
	fake.fail_at = fake.calls + 1;
}

/* Sessions 0 to 2: cipher and MAC, MAC, the same MAC. */
static void make_sessions(void)
{
	struct vcrypto_session_args args[] = {
		both_args(0, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
		hash_args(1, VCRYPTO_MAC_HMAC_SHA1, 24), hash_args(2, VCRYPTO_MAC_HMAC_SHA1, 9),
	};
	size_t i;

	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
}

static struct guest_call *post(uint32_t session, uint32_t from, uint32_t len, bool reset,
			       bool finish)
{
	struct vcrypto_crypt_args args = data_args(session, len);

	args.dst_len = session ? 0 : len;
	args.iv_out_len = session ? 0 : 16;
	args.reset = reset;
	args.mac_len = finish ? 20 : 0;
	return guest_crypt(&guest, &args, text + from);
}

/* The digest of text[from..from + len) in @session, with a fresh hash. */
static void digest_of(uint32_t session, uint32_t from, uint32_t len, uint8_t digest[20])
{
	struct guest_call *call = post(session, from, len, true, true);

	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	memcpy(digest, call->mac, 20);
	guest_forget(&guest, call);
}

/* backend.h: then everything has been released, and close() is not called */
static void an_engine_whose_provider_does_not_open_is_not_made(void **state)
{
	static _Alignas(VCRYPTO_ALIGNMENT) uint8_t memory[1 << 20];
	const struct vcrypto_limits limits = { 1, 1, 4096, 0 };

	(void)state;
	fake.fail_open = true;
	assert_true(vcrypto_engine_size(&limits, &fake_backend) <= sizeof(memory));
	assert_null(vcrypto_engine_init(memory, &limits, &fake_backend));
	assert_int_equal(fake.closed, 0);
}

/* 3.4, 4.7: half of the output has been written when it fails */
static void the_destination_of_a_failed_request_is_wiped(void **state)
{
	enum fake_failure failure;
	struct guest_call *call;

	(void)state;
	make_sessions();
	for (failure = FAKE_ERROR; failure <= FAKE_FORGET; failure++) {
		fail_next(failure);
		call = post(0, 0, 64, false, true);
		host_run(&guest);
		assert_status(call, VCRYPTO_ERROR);
		assert_int_equal(call->used_len, 16);
		assert_true(all_bytes(call->dst, 64, 0));
		assert_true(all_bytes(call->mac, 20 + 16, SIM_FILL));
	}
}

/* 3.4: the IV stays */
static void a_failed_request_leaves_the_iv(void **state)
{
	struct vcrypto_crypt_args args = data_args(0, 32);
	struct guest_call *call;

	(void)state;
	make_sessions();
	args.iv = key_bytes;
	args.iv_len = 16;
	assert_answer(&guest, guest_crypt(&guest, &args, text), VCRYPTO_OK);
	args.iv = text;
	fail_next(FAKE_ERROR);
	assert_answer(&guest, guest_crypt(&guest, &args, text), VCRYPTO_ERROR);
	call = post(0, 0, 0, false, false);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_false(memcmp(call->iv, text, 16) == 0);
	guest_forget(&guest, call);
}

/* 3.4: hash state is to be reset */
static void a_failed_request_leaves_a_hash_that_starts_anew(void **state)
{
	struct guest_call *call;
	uint8_t expected[20];

	(void)state;
	make_sessions();
	digest_of(1, 64, 32, expected);
	assert_answer(&guest, post(1, 0, 32, false, false), VCRYPTO_OK);
	fail_next(FAKE_ERROR);
	assert_answer(&guest, post(1, 32, 32, false, false), VCRYPTO_ERROR);
	call = post(1, 64, 32, false, true);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->mac, expected, 20);
}

/* 3.4, 1.1: the same where all are in one batch */
static void a_failed_request_in_a_batch_leaves_a_hash_that_starts_anew(void **state)
{
	struct guest_call *calls[3];
	uint8_t expected[20];

	(void)state;
	make_sessions();
	digest_of(1, 64, 32, expected);
	calls[0] = post(1, 0, 32, false, false);
	calls[1] = post(1, 32, 32, false, false);
	calls[2] = post(1, 64, 32, false, true);
	fake.fail_at = fake.calls + 2;
	host_run(&guest);
	assert_status(calls[0], VCRYPTO_OK);
	assert_status(calls[1], VCRYPTO_ERROR);
	assert_status(calls[2], VCRYPTO_OK);
	assert_memory_equal(calls[2]->mac, expected, 20);
}

/* 4.7.2: a reset later in the batch makes the hash good again, and it goes on */
static void a_hash_that_is_reset_after_a_failure_in_a_batch_goes_on(void **state)
{
	struct guest_call *call;
	uint8_t expected[20];

	(void)state;
	make_sessions();
	digest_of(1, 32, 64, expected);
	call = post(1, 0, 32, true, false);
	post(1, 32, 32, true, false);
	fail_next(FAKE_ERROR);
	host_run(&guest);
	assert_status(call, VCRYPTO_ERROR);
	call = post(1, 64, 32, false, true);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->mac, expected, 20);
}

/* 4.6: the state of the copy is undefined, so it starts anew; the source goes on */
static void a_failed_hash_copy_spoils_only_the_copy(void **state)
{
	uint8_t from[20], to[20];
	struct guest_call *call;

	(void)state;
	make_sessions();
	digest_of(1, 0, 64, from);
	digest_of(2, 64, 32, to);
	assert_answer(&guest, post(1, 0, 32, false, false), VCRYPTO_OK);
	assert_answer(&guest, post(2, 0, 32, false, false), VCRYPTO_OK);
	fail_next(FAKE_ERROR);
	assert_answer(&guest, guest_hash_copy(&guest, 0, 2, 1), VCRYPTO_ERROR);
	call = post(1, 32, 32, false, true);
	host_run(&guest);
	assert_memory_equal(call->mac, from, 20);
	call = post(2, 64, 32, false, true);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->mac, to, 20);
}

/* 4.6: a source that has no message yet begins one; if that fails, both start anew */
static void a_copy_of_no_message_that_fails_spoils_neither_session(void **state)
{
	uint8_t from[20], to[20];
	struct guest_call *call;

	(void)state;
	make_sessions();
	digest_of(1, 0, 64, from);
	digest_of(2, 0, 64, to);
	fail_next(FAKE_ERROR);
	assert_answer(&guest, guest_hash_copy(&guest, 0, 2, 1), VCRYPTO_ERROR);
	call = post(1, 0, 64, false, true);
	host_run(&guest);
	assert_memory_equal(call->mac, from, 20);
	call = post(2, 0, 64, false, true);
	host_run(&guest);
	assert_memory_equal(call->mac, to, 20);
}

/* 3.4, 4.6: after a failure in the middle of a copied message the key is the session's own */
static void a_copied_message_that_fails_gives_the_key_back(void **state)
{
	struct guest_call *call;
	uint8_t own[20];

	(void)state;
	make_sessions();
	digest_of(2, 0, 64, own);
	assert_answer(&guest, post(1, 0, 32, false, false), VCRYPTO_OK);
	assert_answer(&guest, guest_hash_copy(&guest, 0, 2, 1), VCRYPTO_OK);
	fail_next(FAKE_ERROR);
	assert_answer(&guest, post(2, 0, 32, false, false), VCRYPTO_ERROR);
	call = post(2, 0, 64, false, true);
	host_run(&guest);
	assert_memory_equal(call->mac, own, 20);
}

/* 4.3: the handle stays free, and nothing is left behind */
static void a_session_that_the_provider_refuses_does_not_exist(void **state)
{
	struct vcrypto_session_args args = hash_args(5, VCRYPTO_MAC_SHA1, 0);

	(void)state;
	assert_answer(&guest, guest_open(&guest, 0), VCRYPTO_OK);
	fail_next(FAKE_ERROR);
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_ERROR);
	fake.new_status = VCRYPTO_BAD_KEY;
	fail_next(FAKE_ERROR);
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_BAD_KEY);
	assert_int_equal(fake.live, 0);
	assert_answer(&guest, guest_free(&guest, 0, 5), VCRYPTO_NO_SESSION);
	assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_OK);
}

/* backend.h: what may be NULL, and a name that is too long for config space */
static void a_minimal_provider_will_do(void **state)
{
	static struct guest small;
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_SHA1, 0);

	(void)state;
	guest_start(&small, &fake_backend_minimal);
	assert_string_equal(small.limits.backend, "a");
	make_session(&small, &args);
	args.session = 1;
	make_session(&small, &args);
	assert_answer(&small, guest_hash_copy(&small, 0, 1, 0), VCRYPTO_NOT_SUPPORTED);
	assert_answer(&small, guest_free(&small, 0, 0), VCRYPTO_OK);
	guest_stop(&small);
	/* It has neither close() nor session_free(), which would have counted. */
	fake.opened--;
	fake.live = 0;
}

/* --- failure at every call --- */

#define SCRIPT_LEN 40

/* What a script gave. */
struct outcome {
	int status[SCRIPT_LEN];
	uint8_t result[SCRIPT_LEN][64];
	uint32_t owner[SCRIPT_LEN];	/* session; or 99: none */
	uint32_t count;
};

static void record(struct outcome *outcome, struct guest_call *const *calls)
{
	uint32_t i;

	host_run(&guest);
	for (i = 0; i < outcome->count; i++) {
		assert_null(calls[i]->violation);
		outcome->status[i] = calls[i]->status;
		memset(outcome->result[i], 0, sizeof(outcome->result[i]));
		if (calls[i]->result.len && calls[i]->status == VCRYPTO_OK)
			memcpy(outcome->result[i], calls[i]->dst, calls[i]->result.len);
	}
}

/* Two sessions each in contexts 0 and 1; data goes to all of them in turn. */
static void run_script(struct outcome *outcome, size_t batch, unsigned int fail_at)
{
	struct guest_call *calls[SCRIPT_LEN];
	uint32_t i, n = 0;

	start(NULL);
	guest.batch = batch;
	fake.fail_at = fail_at;
	for (i = 0; i < 2; i++, n++) {
		outcome->owner[n] = 99;
		calls[n] = guest_open(&guest, i);
	}
	for (i = 0; i < 4; i++, n++) {
		struct vcrypto_session_args args = both_args(i, VCRYPTO_CIPHER_AES_CTR, 16 + 8 * (i % 2),
							     VCRYPTO_MAC_HMAC_SHA1, 20);

		args.context = i / 2;
		outcome->owner[n] = i;
		calls[n] = guest_session(&guest, &args);
	}
	for (i = 0; i < 24; i++, n++) {
		struct vcrypto_crypt_args args = data_args(i % 4, i + 1);

		args.context = i % 4 / 2;
		args.mac_len = i % 5 == 4 ? 20 : 0;
		args.iv_out_len = 16;
		args.iv = key_bytes;
		args.iv_len = i % 3 ? 16 : 0;
		outcome->owner[n] = i % 4;
		calls[n] = guest_crypt(&guest, &args, text);
	}
	outcome->count = n;
	record(outcome, calls);
	stop(NULL);
}

static void a_provider_that_fails_at_any_call_disturbs_only_that_session(void **state)
{
	static struct outcome good, bad;
	unsigned int calls, k, failures;
	uint32_t i, owner;
	size_t batch;

	(void)state;
	stop(NULL);
	for (batch = 1; batch <= GUEST_BATCH; batch += GUEST_BATCH - 1) {
		run_script(&good, batch, 0);
		calls = fake.calls;
		assert_int_equal(calls, 28);
		for (k = 1; k <= calls; k++) {
			run_script(&bad, batch, k);
			owner = failures = 0;
			for (i = 0; i < bad.count; i++)
				if (bad.status[i] == VCRYPTO_ERROR) {
					owner = bad.owner[i];
					failures++;
				}
			assert_int_equal(failures, 1);
			for (i = 0; i < bad.count; i++) {
				if (bad.owner[i] == owner)
					continue;
				assert_int_equal(bad.status[i], good.status[i]);
				assert_memory_equal(bad.result[i], good.result[i], 64);
			}
		}
	}
	start(NULL);
}

/* --- batches, as the backend sees them --- */

/* engine.h: as many as VCRYPTO_BATCH at once, where nothing stands against it */
static void a_backend_gets_many_jobs_at_once(void **state)
{
	struct vcrypto_crypt_args args = data_args(0, 16);
	uint32_t i;

	(void)state;
	make_sessions();
	args.iv = key_bytes;
	args.iv_len = 16;
	args.reset = true;
	args.mac_len = 20;
	fake.batch_count = 0;
	for (i = 0; i < VCRYPTO_BATCH + 8; i++)
		guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_int_equal(fake.batch_count, 2);
	assert_int_equal(fake.batches[0], VCRYPTO_BATCH);
	assert_int_equal(fake.batches[1], 8);
}

/* engine.h: the three steps by hand, for any number of requests */
static void take_the_three_steps(void)
{
	static struct vcrypto_request requests[VCRYPTO_BATCH + 8];
	struct vcrypto_crypt_args args = data_args(0, 16);
	uint8_t control[VCRYPTO_MAX_CONTROL], answers[COUNT(requests)][16 + 16];
	struct iovec in[2] = { { control, 0 }, { text, 16 } }, out[COUNT(requests)];
	struct vcrypto_response_header header;
	size_t i;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	make_sessions();
	args.iv = key_bytes;
	args.iv_len = 16;
	args.reset = true;
	assert_true(vcrypto_build_crypt(&message, &args));
	in[0].iov_len = message.len;
	memset(requests, 0x5a, sizeof(requests));
	fake.batch_count = 0;
	for (i = 0; i < COUNT(requests); i++) {
		out[i] = (struct iovec){ answers[i], sizeof(answers[i]) };
		assert_true(vcrypto_decode(guest.engine, vcrypto_cursor_start(in, 2),
					   vcrypto_cursor_start(&out[i], 1), &requests[i]));
		assert_int_equal(requests[i].number, VCRYPTO_OP_CRYPT);
		assert_int_equal(requests[i].op.job.src.left, 16);
	}
	vcrypto_execute(guest.engine, requests, COUNT(requests));
	for (i = 0; i < COUNT(requests); i++) {
		assert_int_equal(vcrypto_encode(guest.engine, &requests[i]), 32);
		assert_int_equal(answers[i][0], VCRYPTO_OK);
		assert_memory_equal(answers[i] + 16, answers[0] + 16, 16);
	}
	assert_int_equal(fake.batch_count, 2);
}

static void the_three_steps_can_be_taken_by_the_caller(void **state)
{
	(void)state;
	take_the_three_steps();
	assert_int_equal(fake.flushes, 0);
}

/* backend.h: jobs of two batches are held, and all are done when somebody needs them. */
static void a_backend_may_hold_jobs_over_batches(void **state)
{
	(void)state;
	fake.hold = true;
	take_the_three_steps();
	assert_int_equal(fake.flushes, 1);
}

/* The second goes on from the IV that the first leaves, so it is not submitted before. */
static void an_op_that_goes_on_from_a_held_one_waits_for_it(void **state)
{
	struct vcrypto_crypt_args args = data_args(0, 16);
	struct guest_call *calls[2];
	uint8_t held[2][16];
	size_t round, i;

	(void)state;
	make_sessions();
	for (round = 0; round < 2; round++) {
		fake.hold = round == 1;
		for (i = 0; i < 2; i++) {
			args.iv = key_bytes;
			args.iv_len = i ? 0 : 16;
			calls[i] = guest_crypt(&guest, &args, text);
		}
		host_run(&guest);
		for (i = 0; i < 2; i++) {
			assert_int_equal(calls[i]->status, VCRYPTO_OK);
			if (round)
				assert_memory_equal(calls[i]->dst, held[i], 16);
			memcpy(held[i], calls[i]->dst, 16);
			guest_forget(&guest, calls[i]);
		}
	}
	assert_int_equal(fake.flushes, 2);
}

/* The members are public, so a caller can get them wrong: it must stay an error. */
static void an_operation_that_decode_does_not_know_is_an_error(void **state)
{
	struct vcrypto_request request;
	uint8_t control[16] = { 1, 0, VCRYPTO_OP_CONTEXT_OPEN }, answer[16];
	struct iovec in = { control, 16 }, out = { answer, 16 };

	(void)state;
	assert_true(vcrypto_decode(guest.engine, vcrypto_cursor_start(&in, 1),
				   vcrypto_cursor_start(&out, 1), &request));
	request.number = VCRYPTO_OP_COUNTERS + 1;
	vcrypto_execute(guest.engine, &request, 1);
	assert_int_equal(vcrypto_encode(guest.engine, &request), 16);
	assert_int_equal(answer[0], VCRYPTO_ERROR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_engine_whose_provider_does_not_open_is_not_made),
		TEST(the_destination_of_a_failed_request_is_wiped),
		TEST(a_failed_request_leaves_the_iv),
		TEST(a_failed_request_leaves_a_hash_that_starts_anew),
		TEST(a_failed_request_in_a_batch_leaves_a_hash_that_starts_anew),
		TEST(a_hash_that_is_reset_after_a_failure_in_a_batch_goes_on),
		TEST(a_failed_hash_copy_spoils_only_the_copy),
		TEST(a_copy_of_no_message_that_fails_spoils_neither_session),
		TEST(a_copied_message_that_fails_gives_the_key_back),
		TEST(a_session_that_the_provider_refuses_does_not_exist),
		TEST(a_minimal_provider_will_do),
		TEST(a_provider_that_fails_at_any_call_disturbs_only_that_session),
		TEST(a_backend_gets_many_jobs_at_once),
		TEST(the_three_steps_can_be_taken_by_the_caller),
		TEST(a_backend_may_hold_jobs_over_batches),
		TEST(an_op_that_goes_on_from_a_held_one_waits_for_it),
		TEST(an_operation_that_decode_does_not_know_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
