// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A second request format through the same core (toy_format.h). */
#include <stdlib.h>

#include "check.h"
#include "core_rig.h"
#include "reference.h"
#include "toy_format.h"

#define LEN 100

/* More than a word of bits, and not a multiple of it. */
#define SESSIONS 70

static struct core_rig core;
static uint8_t bounce[4096];

static int start(void **state)
{
	(void)state;
	core_start(&core, real_backend(), 1, SESSIONS, bounce, sizeof(bounce));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	core_stop(&core);
	return 0;
}

static uint32_t serve(const void *request, size_t len, void *reply, size_t room)
{
	/* In two pieces each, because nothing may depend on where they are cut. */
	uint8_t *in = (uint8_t *)(uintptr_t)request, *out = reply;
	const struct iovec readable[] = { { in, len / 2 }, { in + len / 2, len - len / 2 } };
	const struct iovec writable[] = { { out, room / 2 }, { out + room / 2, room - room / 2 } };

	return toy_serve(core.store, core.lane, vcrypto_cursor_start(readable, 2),
			 vcrypto_cursor_start(writable, 2));
}

static void set_key(void)
{
	uint8_t request[17] = { 'K' }, reply[1];

	memcpy(request + 1, key_bytes, 16);
	assert_int_equal(serve(request, sizeof(request), reply, 1), 1);
	assert_int_equal(reply[0], '+');
}

static void a_toy_format_encrypts_through_the_same_core(void **state)
{
	uint8_t request[1 + 16 + LEN] = { 'E' }, reply[1 + LEN], expected[LEN];

	(void)state;
	set_key();
	pattern(request + 1, 16 + LEN, 3);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, key_bytes, 16, request + 1, false, request + 17, LEN,
		   expected);
	assert_int_equal(serve(request, sizeof(request), reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply[0], '+');
	assert_memory_equal(reply + 1, expected, LEN);
}

static void it_can_be_encrypted_in_place(void **state)
{
	uint8_t text[1 + 16 + LEN] = { 'E' }, expected[LEN];

	(void)state;
	set_key();
	pattern(text + 1, 16 + LEN, 3);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, key_bytes, 16, text + 1, false, text + 17, LEN, expected);
	/* At another offset: what overlaps goes by way of the lane's bounce memory. */
	assert_int_equal(serve(text, sizeof(text), text + 8, 1 + LEN), 1 + LEN);
	assert_memory_equal(text + 9, expected, LEN);
}

static void what_does_not_fit_is_refused(void **state)
{
	uint8_t request[1 + 16 + LEN] = { 'E' }, reply[1 + LEN] = { 0 };

	(void)state;
	assert_int_equal(serve(request, sizeof(request), reply, sizeof(reply)), 1);
	assert_int_equal(reply[0], '-');			/* there is no key */
	set_key();
	assert_int_equal(serve(request, sizeof(request), reply, LEN), 1);
	assert_int_equal(reply[0], '-');			/* no room */
	assert_int_equal(serve(request, 10, reply, LEN), 1);
	assert_int_equal(reply[0], '-');			/* half an IV */
	assert_int_equal(serve("K", 1, reply, LEN), 1);
	assert_int_equal(reply[0], '-');			/* no key bytes */
	assert_int_equal(serve("X", 1, reply, LEN), 1);
	assert_int_equal(reply[0], '-');			/* not a verb */
	assert_int_equal(serve(request, 1, reply, 0), 0);	/* nowhere to say so */
}

/* lane.h: without enough bounce memory an op fails, and nothing is written past it. */
static void what_needs_more_bounce_memory_than_there_is_fails(void **state)
{
	static uint8_t text[1 + 16 + sizeof(bounce) + 1] = { 'E' };

	(void)state;
	set_key();
	assert_int_equal(serve(text, sizeof(text), text + 8, sizeof(text) - 16), 1);
	assert_int_equal(text[8], '-');
}

/* A CCM message whose source and AAD are of @src_len and @aad_len bytes, in two pieces each. */
static enum vcrypto_status seal(size_t src_len, size_t aad_len)
{
	static uint8_t in[sizeof(bounce)], aad[sizeof(bounce)], out[sizeof(bounce)];
	const struct iovec from[] = { { in, 5 }, { in + 6, src_len - 5 } };
	const struct iovec beside[] = { { aad, 5 }, { aad + 6, aad_len - 5 } };
	const struct iovec to = { out, src_len };
	struct vcrypto_op op = {
		.verb = VCRYPTO_VERB_AEAD, .begin = true, .iv_len = 16,
		.content_len = (uint32_t)src_len,
		.job = { .src = vcrypto_cursor_start(from, 2), .aad = vcrypto_cursor_start(beside, 2),
			 .iv = { 1 }, .tag_len = 16 },
		.dst = vcrypto_cursor_start(&to, 1),
	};

	op.session = vcrypto_store_find(core.store, 0, 0);
	vcrypto_lane_submit(core.lane, &op);
	vcrypto_lane_flush(core.lane);
	return op.job.status;
}

/* lane.h: source and AAD together, where the provider wants each in one piece. */
static void source_and_aad_that_do_not_fit_together_fail(void **state)
{
	const struct iovec key = { (uint8_t *)(uintptr_t)key_bytes, 16 };
	const struct vcrypto_session_request new = {
		.cipher = VCRYPTO_CIPHER_AES_CCM, .cipher_key_len = 16,
		.keys = vcrypto_cursor_start(&key, 1),
	};
	const struct vcrypto_capabilities *capabilities = vcrypto_lane_capabilities(core.lane);
	const size_t some = sizeof(bounce) / 4 * 3;

	(void)state;
	if (!(capabilities->contiguous & vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_CCM)))
		skip();
	assert_int_equal(vcrypto_store_open(core.store, 0), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create(core.store, core.lane, &new), VCRYPTO_OK);
	assert_int_equal(seal(some, sizeof(bounce) - some), VCRYPTO_OK);
	assert_int_equal(seal(some, sizeof(bounce) - some + 1), VCRYPTO_ERROR);
	assert_int_equal(seal(sizeof(bounce) - some, some + 1), VCRYPTO_ERROR);
}

static void create(uint32_t handle)
{
	const struct iovec key = { (uint8_t *)(uintptr_t)key_bytes, 16 };
	const struct vcrypto_session_request new = {
		.session = handle, .cipher = VCRYPTO_CIPHER_AES_CTR, .cipher_key_len = 16,
		.keys = vcrypto_cursor_start(&key, 1),
	};

	assert_int_equal(vcrypto_store_create(core.store, core.lane, &new), VCRYPTO_OK);
}

/* store.h: who gives it back to the system gives back nothing else. */
static void idle_memory_ends_with_the_store(void **state)
{
	const uint8_t *end = (const uint8_t *)core.store_memory +
			     vcrypto_store_size(1, SESSIONS, real_backend());
	const uint8_t *idle;
	size_t len;

	(void)state;
	idle = vcrypto_store_idle_memory(core.store, &len);
	assert_true(idle > (const uint8_t *)core.store_memory);
	assert_ptr_equal(idle + len, end);
}

/* As a format does it whose handles the device chooses. */
static void the_lowest_unused_handle_is_found(void **state)
{
	uint32_t i;

	(void)state;
	assert_int_equal(vcrypto_store_open(core.store, 0), VCRYPTO_OK);
	for (i = 0; i < SESSIONS; i++) {
		assert_int_equal(vcrypto_store_unused(core.store), i);
		create(i);
	}
	assert_int_equal(vcrypto_store_unused(core.store), VCRYPTO_NO_HANDLE);
	assert_int_equal(vcrypto_store_free(core.store, 0, 66), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_unused(core.store), 66);
	assert_int_equal(vcrypto_store_free(core.store, 0, 63), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_unused(core.store), 63);
	create(63);
	assert_int_equal(vcrypto_store_unused(core.store), 66);
	assert_int_equal(vcrypto_store_close(core.store, 0), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_unused(core.store), 0);
}

/* store.h: an op that has been submitted is done before its session goes. */
static void a_session_that_is_freed_does_its_work_first(void **state)
{
	uint8_t in[LEN], out[LEN] = { 0 }, expected[LEN];
	const struct iovec src = { in, LEN }, dst = { out, LEN };
	struct vcrypto_op op = {
		.verb = VCRYPTO_VERB_CRYPT, .iv_len = 16, .content_len = LEN,
		.job = { .src = vcrypto_cursor_start(&src, 1) },
		.dst = vcrypto_cursor_start(&dst, 1),
	};

	(void)state;
	assert_int_equal(vcrypto_store_open(core.store, 0), VCRYPTO_OK);
	create(1);
	pattern(in, LEN, 3);
	ref_cipher(VCRYPTO_CIPHER_AES_CTR, key_bytes, 16, op.job.iv, false, in, LEN, expected);
	op.session = vcrypto_store_find(core.store, 0, 1);
	vcrypto_lane_submit(core.lane, &op);
	assert_int_equal(vcrypto_store_free(core.store, 0, 1), VCRYPTO_OK);
	assert_int_equal(op.job.status, VCRYPTO_OK);
	assert_memory_equal(out, expected, LEN);
	vcrypto_lane_flush(core.lane);
}

/* store.h: a session has room for an object of the store's backend. */
static void a_lane_of_another_backend_is_refused(void **state)
{
	const struct vcrypto_session_request new = { .mac = VCRYPTO_MAC_SHA1 };
	const struct vcrypto_backend *backend = &vcrypto_backend_null;
	void *memory = core_memory(vcrypto_lane_size(backend));
	struct vcrypto_lane *other = vcrypto_lane_init(memory, backend, NULL, 0);

	(void)state;
	assert_non_null(other);
	assert_int_equal(vcrypto_store_open(core.store, 0), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create(core.store, other, &new), VCRYPTO_ERROR);
	assert_int_equal(vcrypto_store_create(core.store, core.lane, &new), VCRYPTO_OK);
	vcrypto_lane_fini(other);
	free(memory);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_toy_format_encrypts_through_the_same_core),
		TEST(it_can_be_encrypted_in_place),
		TEST(what_does_not_fit_is_refused),
		TEST(what_needs_more_bounce_memory_than_there_is_fails),
		TEST(source_and_aad_that_do_not_fit_together_fail),
		TEST(idle_memory_ends_with_the_store),
		TEST(the_lowest_unused_handle_is_found),
		TEST(a_session_that_is_freed_does_its_work_first),
		TEST(a_lane_of_another_backend_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
