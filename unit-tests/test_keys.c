// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * No key, and no plaintext of the engine's own copies, stays anywhere: all of
 * an engine's memory is searched, the backend's session objects included (the
 * fake backend keeps keys there as they are), and the stack.
 */
#include <stdlib.h>
#include <ucontext.h>

#include "fake.h"
#include "flat.h"

/* The guest's limits in flat_engine(). */
static const struct vcrypto_limits limits = { 4, 8, 4096, 0 };

/* Any 8 bytes of a key are as bad as all of it. */
#define TRACE 8
#define KEY_LEN 32

static struct vcrypto_engine *engine;
static uint8_t *memory;
static size_t memory_size;
static uint8_t keys[2][KEY_LEN];	/* of the cipher, of the MAC */
static struct flat flat;

static int start(void **state)
{
	(void)state;
	fake_reset();
	pattern(keys, sizeof(keys), 4);
	memory_size = vcrypto_engine_size(&limits, &fake_backend);
	memory = calloc(1, memory_size);
	engine = vcrypto_engine_init(memory, &limits, &fake_backend);
	assert_non_null(engine);
	flat_open(&flat, 1);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

/* Whether any TRACE bytes of @secret occur in @hay. */
static bool traces(const uint8_t *hay, size_t len, const uint8_t *secret, size_t secret_len)
{
	size_t i;

	for (i = 0; i + TRACE <= secret_len; i++)
		if (contains(hay, len, secret + i, TRACE))
			return true;
	return false;
}

static bool keys_in_memory(void)
{
	return traces(memory, memory_size, keys[0], KEY_LEN) ||
	       traces(memory, memory_size, keys[1], KEY_LEN);
}

static int new_session(uint32_t session)
{
	struct vcrypto_session_args args = both_args(session, VCRYPTO_CIPHER_AES_CBC, KEY_LEN,
						     VCRYPTO_MAC_HMAC_SHA1, KEY_LEN);

	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	flat_session(&flat, &args);
	return flat_status(engine, &flat);
}

static void must(void)
{
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

/* 4.4 */
static void freeing_a_session_leaves_no_key(void **state)
{
	(void)state;
	assert_int_equal(new_session(0), VCRYPTO_OK);
	assert_true(keys_in_memory());
	flat_free(&flat, 1, 0);
	must();
	assert_false(keys_in_memory());
	vcrypto_engine_fini(engine);
}

/* 4.2 */
static void closing_a_context_leaves_no_key(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(new_session(i), VCRYPTO_OK);
	flat_close(&flat, 1);
	must();
	assert_false(keys_in_memory());
	vcrypto_engine_fini(engine);
}

/* 4.3: whether the provider or the engine refuses */
static void a_session_that_could_not_be_made_leaves_no_key(void **state)
{
	struct vcrypto_session_args args = both_args(2, VCRYPTO_CIPHER_AES_CBC, KEY_LEN - 1,
						     VCRYPTO_MAC_HMAC_SHA1, KEY_LEN);

	(void)state;
	fake.fail_at = fake.calls + 1;
	assert_int_equal(new_session(0), VCRYPTO_ERROR);
	assert_false(keys_in_memory());
	fake.new_status = VCRYPTO_BAD_KEY;
	fake.fail_at = fake.calls + 1;
	assert_int_equal(new_session(7), VCRYPTO_BAD_KEY);
	assert_false(keys_in_memory());
	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_KEY);
	assert_false(keys_in_memory());
	vcrypto_engine_fini(engine);
}

/* engine.h: what a device reset does */
static void reset_leaves_no_key(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(new_session(i), VCRYPTO_OK);
	vcrypto_engine_reset(engine);
	assert_false(keys_in_memory());
	assert_int_equal(fake.live, 0);
	flat_open(&flat, 1);
	must();
	assert_int_equal(new_session(3), VCRYPTO_OK);
	vcrypto_engine_fini(engine);
}

/* engine.h: the memory is the caller's again, and is as it was at the start */
static void fini_leaves_nothing(void **state)
{
	struct vcrypto_crypt_args args = data_args(5, 64);

	(void)state;
	assert_int_equal(new_session(5), VCRYPTO_OK);
	args.context = 1;
	args.mac_len = 20;
	args.iv_out_len = 16;
	flat_crypt(&flat, &args, key_bytes);
	must();
	vcrypto_engine_fini(engine);
	assert_true(all_bytes(memory, memory_size, 0));
	assert_int_equal(fake.closed, 1);
	/* So that it can be used again at once. */
	engine = vcrypto_engine_init(memory, &limits, &fake_backend);
	assert_non_null(engine);
	flat_open(&flat, 1);
	must();
	assert_int_equal(new_session(5), VCRYPTO_OK);
	vcrypto_engine_fini(engine);
}

/*
 * Source and destination overlap, so that the source is copied; the request
 * with its IV and digest is in the engine's memory as well.
 */
static void a_request_leaves_no_data(void **state)
{
	struct vcrypto_crypt_args args = data_args(5, 512);
	uint8_t control[VCRYPTO_MAX_CRYPT_CONTROL], iv[16], arena[600], text[512], answer[52];
	struct vcrypto_response_header header;
	struct vcrypto_expect expect;
	struct iovec in[2] = { { control, 0 }, { arena, 512 } };
	struct iovec out[3] = { { answer, 16 }, { arena + 16, 512 }, { answer + 16, 36 } };
	struct vcrypto_io io = { in, out, 2, 3, 0 };

	(void)state;
	assert_int_equal(new_session(5), VCRYPTO_OK);
	pattern(iv, sizeof(iv), 5);
	pattern(text, sizeof(text), 6);
	memcpy(arena, text, sizeof(text));
	args.context = 1;
	args.mac_len = 20;
	args.iv = iv;
	args.iv_len = args.iv_out_len = 16;
	in[0].iov_len = vcrypto_build_crypt(control, sizeof(control), &args, &header, &expect);
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(answer[0], VCRYPTO_OK);
	assert_false(traces(memory, memory_size, text, sizeof(text)));
	assert_false(traces(memory, memory_size, arena + 16, 496));
	assert_false(traces(memory, memory_size, iv, sizeof(iv)));
	vcrypto_engine_fini(engine);
}

/* --- the stack --- */

static ucontext_t here, there;
static int job_status;

static void on_other_stack(void)
{
	struct iovec in = { flat.request, flat.len }, out = { flat.reply, 16 };
	struct vcrypto_io io = { &in, &out, 1, 1, 0 };

	job_status = vcrypto_process(engine, &io, 1) == 1 ? flat.reply[0] : -1;
}

/* Runs the request in flat on a stack of its own, and searches that for keys. */
static bool leaves_keys_on_the_stack(void)
{
	size_t size = 256 * 1024;
	uint8_t *stack = calloc(1, size);
	bool found;

	assert_non_null(stack);
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = size;
	there.uc_link = &here;
	makecontext(&there, on_other_stack, 0);
	assert_int_equal(swapcontext(&here, &there), 0);
	found = traces(stack, size, keys[0], KEY_LEN) || traces(stack, size, keys[1], KEY_LEN);
	free(stack);
	return found;
}

static void no_key_is_left_on_the_stack(void **state)
{
	struct vcrypto_session_args args = both_args(0, VCRYPTO_CIPHER_AES_CBC, KEY_LEN,
						     VCRYPTO_MAC_HMAC_SHA1, KEY_LEN);

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: the address sanitizer keeps stacks elsewhere\n");
	vcrypto_engine_fini(engine);
	skip();
#endif
	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	flat_session(&flat, &args);
	assert_false(leaves_keys_on_the_stack());
	assert_int_equal(job_status, VCRYPTO_OK);
	args.session = 1;
	flat_session(&flat, &args);
	fake.fail_at = fake.calls + 1;
	assert_false(leaves_keys_on_the_stack());
	assert_int_equal(job_status, VCRYPTO_ERROR);
	vcrypto_engine_fini(engine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(freeing_a_session_leaves_no_key),
		TEST(closing_a_context_leaves_no_key),
		TEST(a_session_that_could_not_be_made_leaves_no_key),
		TEST(reset_leaves_no_key),
		TEST(fini_leaves_nothing),
		TEST(a_request_leaves_no_data),
		TEST(no_key_is_left_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
