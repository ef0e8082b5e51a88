// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* An engine as such: limits, memory, full tables, reset, threads. */
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "fake.h"

/* --- limits --- */

static const struct vcrypto_limits bad_limits[] = {
	{ 0, 1, 4096, 0 }, { 65537, 1, 4096, 0 }, { 0xffffffff, 1, 4096, 0 },
	{ 1, 0, 4096, 0 }, { 1, 65537, 4096, 0 }, { 1, 0xffffffff, 4096, 0 },
	{ 1, 1, 0, 0 }, { 1, 1, 4095, 0 }, { 1, 1, VCRYPTO_MAX_PAYLOAD + 1, 0 },
	{ 1, 1, 0xffffffff, 0 }, { 1, 1, 4096, 65537 }, { 1, 1, 4096, 0xffffffff },
};

static void limits_out_of_range_have_no_size_and_no_engine(void **state)
{
	static _Alignas(VCRYPTO_ALIGNMENT) uint8_t memory[1 << 19];
	size_t i;

	(void)state;
	fake_reset();
	for (i = 0; i < COUNT(bad_limits); i++) {
		assert_int_equal(vcrypto_engine_size(&bad_limits[i], &fake_backend), 0);
		assert_null(vcrypto_engine_init(memory, &bad_limits[i], &fake_backend));
		assert_int_equal(vcrypto_engine_size_on(&bad_limits[i], &fake_backend), 0);
	}
	assert_int_equal(fake.opened, 0);
	assert_true(all_bytes(memory, sizeof(memory), 0));
}

static void misaligned_memory_is_refused(void **state)
{
	const struct vcrypto_limits limits = { 1, 1, 4096, 0 };
	uint8_t *memory = calloc(1, vcrypto_engine_size(&limits, &fake_backend) + 16);
	size_t offset;

	(void)state;
	fake_reset();
	for (offset = 1; offset < VCRYPTO_ALIGNMENT; offset++)
		assert_null(vcrypto_engine_init(memory + offset, &limits, &fake_backend));
	assert_int_equal(fake.opened, 0);
	free(memory);
}

/* The memory is of exactly the size asked for: a sanitizer sees one byte too many. */
static void an_engine_works_at_either_end_of_its_limits(void **state)
{
	static const struct vcrypto_limits ends[] = {
		{ 1, 1, 4096, 0 },
		VCRYPTO_LIMITS_DEFAULT,
		{ VCRYPTO_MAX_CONTEXTS, VCRYPTO_MAX_SESSIONS, VCRYPTO_MAX_PAYLOAD,
		  VCRYPTO_MAX_AAD },
	};
	size_t i;

	(void)state;
	fake_reset();
	for (i = 0; i < COUNT(ends); i++) {
		struct guest_options options = guest_defaults(&vcrypto_backend_null);
		struct vcrypto_session_args args;
		struct guest guest;

		options.limits = ends[i];
		guest_start_with(&guest, &options);
		assert_int_equal(guest.limits.contexts, ends[i].contexts);
		assert_int_equal(guest.limits.sessions, ends[i].sessions);
		assert_int_equal(guest.limits.payload, ends[i].payload);
		assert_int_equal(guest.limits.aad, ends[i].aad);
		args = cipher_args(ends[i].sessions - 1, VCRYPTO_CIPHER_AES_CBC, 16);
		args.context = ends[i].contexts - 1;
		make_session(&guest, &args);
		args.session++;
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_SPACE);
		assert_answer(&guest, guest_open(&guest, ends[i].contexts), VCRYPTO_NO_SPACE);
		guest_stop(&guest);
	}
}

/* 2.4: the largest source there is, with the staging buffer in use */
static void the_longest_payload_is_processed(void **state)
{
	const uint32_t len = 1 << 20;
	const struct vcrypto_limits limits = { 1, 1, 1 << 20, 0 };
	uint8_t *memory = calloc(1, vcrypto_engine_size(&limits, &vcrypto_backend_null));
	struct vcrypto_engine *engine = vcrypto_engine_init(memory, &limits,
							    &vcrypto_backend_null);
	uint8_t *arena = malloc(len + 1), *expected = malloc(len);
	struct vcrypto_session_args session = cipher_args(0, VCRYPTO_CIPHER_AES_CTR, 16);
	struct vcrypto_crypt_args crypt = data_args(0, len);
	struct vcrypto_response_header header;
	uint8_t control[VCRYPTO_MAX_CONTROL], answer[16];
	struct iovec in[2] = { { control, 0 }, { arena, 0 } }, out[2] = { { answer, 16 } };
	struct vcrypto_io io = { in, out, 2, 1, 0 };
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
	assert_non_null(arena);
	assert_non_null(expected);
	assert_true(vcrypto_build_context_open(&message, 0));
	in[0].iov_len = message.len;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_true(vcrypto_build_session_new(&message, &session));
	in[0].iov_len = message.len;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	pattern(arena, len, 8);
	memcpy(expected, arena, len);
	assert_true(vcrypto_build_crypt(&message, &crypt));
	in[0].iov_len = message.len;
	in[1].iov_len = len;
	out[1] = (struct iovec){ arena + 1, len };
	io.writable_count = 2;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(answer[0], VCRYPTO_OK);
	assert_int_equal(io.written, 16 + len);
	assert_memory_equal(arena + 1, expected, len);
	vcrypto_engine_fini(engine);
	free(memory);
	free(arena);
	free(expected);
}

/* --- full tables --- */

static struct guest guest;

static void fill(uint32_t contexts, uint32_t sessions)
{
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_SHA1, 0);
	uint32_t i;

	for (i = 0; i < contexts; i++)
		assert_answer(&guest, guest_open(&guest, i), VCRYPTO_OK);
	for (i = 0; i < sessions; i++) {
		args.context = i % contexts;
		args.session = i;
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_OK);
	}
}

/* 6.SESSIONS */
static void tables_can_be_filled_emptied_and_filled_again(void **state)
{
	struct vcrypto_session_args args = hash_args(16, VCRYPTO_MAC_SHA1, 0);
	struct vcrypto_crypt_args data = { .session = 15, .mac_len = 20, .context = 7 };
	uint32_t round, i;

	(void)state;
	fake_reset();
	guest_start(&guest, &fake_backend);
	for (round = 0; round < 3; round++) {
		fill(8, 16);
		assert_int_equal(fake.live, 16);
		assert_answer(&guest, guest_session(&guest, &args), VCRYPTO_NO_SPACE);
		assert_answer(&guest, guest_open(&guest, 8), VCRYPTO_NO_SPACE);
		assert_answer(&guest, guest_free(&guest, 3, 3), VCRYPTO_OK);
		assert_answer(&guest, guest_crypt(&guest, &data, ""), VCRYPTO_OK);
		for (i = 0; i < 8; i++)
			assert_answer(&guest, guest_close(&guest, i), VCRYPTO_OK);
		assert_int_equal(fake.live, 0);
	}
	guest_stop(&guest);
}

/* 6.UNPLUG, engine.h: what a device reset does, with everything in use and a hash half-way */
static void reset_frees_everything_and_the_device_goes_on(void **state)
{
	struct vcrypto_crypt_args data = { .session = 4, .src_len = 5, .context = 4 };
	uint32_t round;
	void *idle;
	size_t len;

	(void)state;
	fake_reset();
	guest_start(&guest, &fake_backend);
	for (round = 0; round < 3; round++) {
		fill(8, 16);
		assert_answer(&guest, guest_crypt(&guest, &data, "hello"), VCRYPTO_OK);
		guest_reset(&guest);
		assert_int_equal(fake.live, 0);
		/* As if the caller had given it back to the system. */
		idle = vcrypto_engine_idle_memory(guest.engine, &len);
		assert_true(len >= 16 * fake_backend.session_size);
		assert_false(contains(idle, len, key_bytes, 16));
		memset(idle, 0, len);
		assert_answer(&guest, guest_crypt(&guest, &data, "hello"), VCRYPTO_NO_SESSION);
		assert_answer(&guest, guest_close(&guest, 0), VCRYPTO_NO_CONTEXT);
	}
	guest_stop(&guest);
	assert_int_equal(fake.closed, 1);
}

/* Not even where a guest's memory was, of any request of a batch. */
static void an_engine_that_has_ended_knows_nothing_of_its_guest(void **state)
{
	const struct vcrypto_limits limits = { 4, 4, 4096, 64 };
	size_t size = vcrypto_engine_size(&limits, &fake_backend), i;
	uint8_t *memory = aligned_alloc(VCRYPTO_ALIGNMENT, (size + 15) / 16 * 16);
	struct vcrypto_engine *engine;
	uint8_t requests[3][VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header answers[3];
	struct iovec in[3], out[3];
	struct vcrypto_io chains[3];

	(void)state;
	assert_non_null(memory);
	memset(memory, 0, size);
	fake_reset();
	engine = vcrypto_engine_init(memory, &limits, &fake_backend);
	assert_non_null(engine);
	for (i = 0; i < 3; i++) {
		struct vcrypto_message message = {
			.control = requests[i], .size = sizeof(requests[i]), .header = &answers[i],
		};

		assert_true(vcrypto_build_context_open(&message, (uint32_t)i));
		in[i] = (struct iovec){ requests[i], message.len };
		out[i] = (struct iovec){ &answers[i], sizeof(answers[i]) };
		chains[i] = (struct vcrypto_io){ &in[i], &out[i], 1, 1, 0 };
	}
	assert_int_equal(vcrypto_process(engine, chains, 3), 3);
	vcrypto_engine_fini(engine);
	for (i = 0; i < 3; i++) {
		const void *pointers[] = { &in[i], &out[i], requests[i], &answers[i] };
		size_t k;

		for (k = 0; k < COUNT(pointers); k++)
			assert_false(contains(memory, size, (const uint8_t *)&pointers[k],
					      sizeof(pointers[k])));
	}
	free(memory);
}

/* 2.5: a handle starts with nothing of what it was before */
static void a_handle_that_is_used_again_has_no_memory_of_its_past(void **state)
{
	struct vcrypto_session_args args = both_args(2, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA1, 20);
	struct vcrypto_crypt_args data = data_args(2, 32);
	uint8_t source[32], first[2][68];
	struct guest_call *call;
	uint32_t round;

	(void)state;
	pattern(source, sizeof(source), 9);
	guest_start(&guest, real_backend());
	for (round = 0; round < 2; round++) {
		make_session(&guest, &args);
		data.mac_len = 20;
		data.iv_out_len = 16;
		call = guest_crypt(&guest, &data, source);
		host_run(&guest);
		assert_status(call, VCRYPTO_OK);
		memcpy(first[round], call->dst, sizeof(first[round]));
		data.mac_len = data.iv_out_len = 0;
		assert_answer(&guest, guest_crypt(&guest, &data, source), VCRYPTO_OK);
		assert_answer(&guest, guest_free(&guest, 0, 2), VCRYPTO_OK);
	}
	assert_memory_equal(first[0], first[1], sizeof(first[0]));
	guest_stop(&guest);
}

/* What one of the threads below does: everything, with an engine of its own. */
static void *serve_alone(void *digest)
{
	struct vcrypto_session_args args = both_args(3, VCRYPTO_CIPHER_AES_CBC, 16,
						     VCRYPTO_MAC_HMAC_SHA1, 20);
	struct vcrypto_crypt_args data = data_args(3, 256);
	uint8_t text[256];
	struct guest own;
	uint32_t i;

	pattern(text, sizeof(text), 14);
	guest_start(&own, real_backend());
	guest_wait(&own, guest_open(&own, 0));
	guest_wait(&own, guest_session(&own, &args));
	for (i = 0; i <= 500; i++) {
		struct guest_call *call;

		data.mac_len = i == 500 ? 20 : 0;
		call = guest_crypt(&own, &data, text);
		host_run(&own);
		if (call->status == VCRYPTO_OK && data.mac_len)
			memcpy(digest, call->mac, 20);
		guest_forget(&own, call);
	}
	guest_stop(&own);
	return NULL;
}

/* engine.h: one engine for each queue, on as many threads, with the same handles */
static void engines_on_different_threads_share_nothing(void **state)
{
	uint8_t expected[20] = { 0 }, digests[4][20] = { { 0 } };
	pthread_t threads[4];
	size_t i;

	(void)state;
	serve_alone(expected);
	for (i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, serve_alone, digests[i]), 0);
	for (i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_false(all_bytes(expected, sizeof(expected), 0));
	for (i = 0; i < COUNT(threads); i++)
		assert_memory_equal(digests[i], expected, sizeof(expected));
}

/* A lane of the null provider, with room for what @limits say. */
static struct vcrypto_lane *shared_lane(const struct vcrypto_limits *limits)
{
	static uint8_t bounce[VCRYPTO_MIN_PAYLOAD];
	const struct vcrypto_backend *backend = &vcrypto_backend_null;

	assert_true(limits->payload + limits->aad <= sizeof(bounce));
	return vcrypto_lane_init(calloc(1, vcrypto_lane_size(backend)), backend, bounce,
				 sizeof(bounce));
}

/* @count requests of @len bytes with a session of its own, which has handle 0 in each. */
static void work_on(struct guest *it, size_t count, uint32_t len)
{
	struct vcrypto_session_args args = cipher_args(0, VCRYPTO_CIPHER_AES_CBC, 16);
	const struct vcrypto_crypt_args data = data_args(0, len);
	const uint8_t text[64] = { 0 };
	struct guest_call *call;

	make_session(it, &args);
	while (count--) {
		call = guest_crypt(it, &data, text);
		host_run(it);
		assert_status(call, VCRYPTO_OK);
	}
}

static void assert_bytes_in(struct guest *it, uint64_t bytes)
{
	struct guest_call *call = guest_counters(it);
	const struct vcrypto_counters *inside;
	struct vcrypto_counters counters;

	host_run(it);
	assert_status(call, VCRYPTO_OK);
	inside = (const void *)call->dst;
	assert_int_equal(vcrypto_get64(inside->bytes_in), bytes);
	vcrypto_engine_counters(it->engine, &counters);
	assert_int_equal(vcrypto_get64(counters.bytes_in), bytes);
}

/* engine.h: nobody sees how much the others do, nor loses what is his when they go */
static void engines_that_share_a_lane_share_nothing_else(void **state)
{
	struct guest_options options = guest_defaults(&vcrypto_backend_null);
	struct guest other;

	(void)state;
	options.limits.payload = VCRYPTO_MIN_PAYLOAD;
	options.limits.aad = 0;
	options.lane = shared_lane(&options.limits);
	assert_non_null(options.lane);
	guest_start_with(&guest, &options);
	guest_start_with(&other, &options);
	work_on(&guest, 3, 16);
	work_on(&other, 2, 64);
	assert_bytes_in(&guest, 48);
	assert_bytes_in(&other, 128);
	guest_reset(&other);
	assert_bytes_in(&other, 0);
	assert_bytes_in(&guest, 48);
	guest_stop(&other);
	assert_bytes_in(&guest, 48);
	guest_stop(&guest);
	vcrypto_lane_fini(options.lane);
	free(options.lane);
}

/* backend.h: the null provider, which has nothing to copy */
static void the_null_provider_copies_hashes(void **state)
{
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_SHA3_256, 0);
	struct vcrypto_crypt_args data = { .src_len = 5, .mac_len = 32 };
	struct guest_call *call;

	(void)state;
	guest_start(&guest, &vcrypto_backend_null);
	make_session(&guest, &args);
	args.session = 1;
	make_session(&guest, &args);
	assert_answer(&guest, guest_hash_copy(&guest, 0, 1, 0), VCRYPTO_OK);
	call = guest_crypt(&guest, &data, "hello");
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_true(all_bytes(call->mac, 32, 0));
	guest_stop(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_out_of_range_have_no_size_and_no_engine),
		cmocka_unit_test(misaligned_memory_is_refused),
		cmocka_unit_test(an_engine_works_at_either_end_of_its_limits),
		cmocka_unit_test(the_longest_payload_is_processed),
		cmocka_unit_test(tables_can_be_filled_emptied_and_filled_again),
		cmocka_unit_test(reset_frees_everything_and_the_device_goes_on),
		cmocka_unit_test(an_engine_that_has_ended_knows_nothing_of_its_guest),
		cmocka_unit_test(a_handle_that_is_used_again_has_no_memory_of_its_past),
		cmocka_unit_test(engines_on_different_threads_share_nothing),
		cmocka_unit_test(engines_that_share_a_lane_share_nothing_else),
		cmocka_unit_test(the_null_provider_copies_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
