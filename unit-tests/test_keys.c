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
static const struct vcrypto_limits limits = { 4, 8, 4096, 512 };

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

/* 4.4, 6.WIPE */
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

/* 4.2, 4.CLOSE, 6.WIPE */
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

/* 4.3: of a request that says that it is another one, keys are read as parameters */
static void a_key_that_was_taken_for_numbers_is_not_kept(void **state)
{
	struct vcrypto_session_args args = both_args(0, VCRYPTO_CIPHER_AES_CBC, KEY_LEN,
						     VCRYPTO_MAC_HMAC_SHA1, KEY_LEN);
	uint16_t op;

	(void)state;
	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	for (op = 0; op < 12; op++) {
		if (op == VCRYPTO_OP_SESSION_NEW)
			continue;
		flat_session(&flat, &args);
		flat_put16(&flat, 2, op);
		assert_true(flat_status(engine, &flat) != VCRYPTO_OK);
		assert_false(keys_in_memory());
	}
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
	struct iovec in[2] = { { control, 0 }, { arena, 512 } };
	struct iovec out[3] = { { answer, 16 }, { arena + 16, 512 }, { answer + 16, 36 } };
	struct vcrypto_io io = { in, out, 2, 3, 0 };
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	(void)state;
	assert_int_equal(new_session(5), VCRYPTO_OK);
	pattern(iv, sizeof(iv), 5);
	pattern(text, sizeof(text), 6);
	memcpy(arena, text, sizeof(text));
	args.context = 1;
	args.mac_len = 20;
	args.iv = iv;
	args.iv_len = args.iv_out_len = 16;
	assert_true(vcrypto_build_crypt(&message, &args));
	in[0].iov_len = message.len;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(answer[0], VCRYPTO_OK);
	assert_false(traces(memory, memory_size, text, sizeof(text)));
	assert_false(traces(memory, memory_size, arena + 16, 496));
	assert_false(traces(memory, memory_size, iv, sizeof(iv)));
	vcrypto_engine_fini(engine);
}

/* --- AUTHCRYPT, with a real backend, which may need some of it in one piece --- */

static struct vcrypto_engine *real;
static uint8_t *real_memory;
static size_t real_size;
static uint8_t text[512], sealed[600], tag[VCRYPTO_MAX_DIGEST], aad[13], start_iv[16];

/* Session 0 of context 1, with the keys; a MAC key where @keyed. */
static void start_real(uint32_t cipher, uint32_t mac, bool keyed)
{
	struct vcrypto_session_args args = both_args(0, cipher, KEY_LEN, mac, 0);

	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	args.mac_key_len = keyed ? KEY_LEN : 0;
	real_size = vcrypto_engine_size(&limits, real_backend());
	real_memory = calloc(1, real_size);
	real = vcrypto_engine_init(real_memory, &limits, real_backend());
	assert_non_null(real);
	flat_open(&flat, 1);
	assert_int_equal(flat_status(real, &flat), VCRYPTO_OK);
	flat_session(&flat, &args);
	assert_int_equal(flat_status(real, &flat), VCRYPTO_OK);
	pattern(text, sizeof(text), 6);
	pattern(aad, sizeof(aad), 7);
}

static void stop_real(void)
{
	vcrypto_engine_fini(real);
	assert_true(all_bytes(real_memory, real_size, 0));
	free(real_memory);
}

/*
 * In two pieces each, with the destination @shift bytes behind the source; both are
 * reasons for the engine to make a copy.  What has been sealed is kept.
 */
static int run_copied(const struct vcrypto_authcrypt_args *args, const uint8_t *source,
		      size_t shift)
{
	static uint8_t control[VCRYPTO_MAX_AUTHCRYPT_CONTROL], arena[2048], reply[16 + 80];
	struct vcrypto_response_header header;
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};
	bool built = vcrypto_build_authcrypt(&message, args);
	size_t half = args->src_len / 2;
	struct iovec in[] = {
		{ control, message.len }, { aad, 5 }, { aad + 5, args->aad_len - 5 },
		{ arena, half }, { arena + half, args->src_len - half },
		{ tag, vcrypto_sends_tag(args) ? args->tag_len : 0 },
	};
	struct iovec out[] = {
		{ reply, 16 }, { arena + shift, half },
		{ arena + shift + half, args->dst_len - half },
		{ reply + 16, (size_t)message.expect.mac_len + message.expect.iv_len },
	};
	struct vcrypto_io io = { in, out, COUNT(in), COUNT(out), 0 };

	assert_true(built);
	memcpy(arena, source, args->src_len);
	assert_int_equal(vcrypto_process(real, &io, 1), 1);
	if (args->decrypt)
		return reply[0];
	memcpy(sealed, arena + shift, args->dst_len);
	memcpy(tag, reply + 16, message.expect.mac_len);
	return reply[0];
}

static bool text_in_memory(void)
{
	return traces(real_memory, real_size, text, sizeof(text));
}

/* Seals the text, opens it, and fails to open it. */
static void no_text_after(struct vcrypto_authcrypt_args args, size_t shift)
{
	args.context = 1;
	args.iv = start_iv;
	args.aad_len = sizeof(aad);
	args.src_len = sizeof(text);
	assert_int_equal(run_copied(&args, text, shift), VCRYPTO_OK);
	assert_false(text_in_memory());
	args.decrypt = true;
	args.src_len = args.dst_len;
	assert_int_equal(run_copied(&args, sealed, shift), VCRYPTO_OK);
	assert_false(text_in_memory());
	sealed[0] ^= 1;
	assert_int_equal(run_copied(&args, sealed, shift), VCRYPTO_AUTH_FAILED);
	assert_false(text_in_memory());
}

/* 4.8: in the staging memory, in the request, in the batch */
static void authcrypt_leaves_no_text_in_the_engine(void **state)
{
	const struct vcrypto_authcrypt_args aead = {
		.mode = VCRYPTO_AUTH_AEAD, .iv_len = 12, .tag_len = 16, .dst_len = sizeof(text),
	};
	const struct vcrypto_authcrypt_args record = {
		.mode = VCRYPTO_AUTH_TLS, .iv_len = 16, .iv_out_len = 16, .tag_len = 32,
		.dst_len = (uint32_t)vcrypto_record_len(sizeof(text), 32, 16),
	};
	const struct vcrypto_authcrypt_args packet = {
		.mode = VCRYPTO_AUTH_SRTP, .iv_len = 16, .tag_len = 10, .dst_len = sizeof(text),
	};
	static const size_t shifts[] = { 0, 13, 1000 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shifts); i++) {
		start_real(VCRYPTO_CIPHER_AES_GCM, 0, false);
		no_text_after(aead, shifts[i]);
		stop_real();
		start_real(VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, 0, true);
		no_text_after(record, shifts[i]);
		stop_real();
		start_real(VCRYPTO_CIPHER_AES_CTR, VCRYPTO_MAC_HMAC_SHA1, true);
		no_text_after(packet, shifts[i]);
		stop_real();
	}
	vcrypto_engine_fini(engine);
}

/* 4.4, 6.1.1: an AEAD session has one key, one of TLS records two */
static void freeing_a_session_of_authcrypt_leaves_no_key(void **state)
{
	static const uint32_t ciphers[] = {
		VCRYPTO_CIPHER_AES_GCM, VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1,
	};
	struct vcrypto_session_args args;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++) {
		args = cipher_args(3, ciphers[i], KEY_LEN);
		args.context = 1;
		args.cipher_key = keys[0];
		args.mac_key = keys[1];
		args.mac_key_len = i ? KEY_LEN : 0;
		flat_session(&flat, &args);
		must();
		assert_true(keys_in_memory());
		flat_free(&flat, 1, 3);
		must();
		assert_false(keys_in_memory());
	}
	vcrypto_engine_fini(engine);
}

/* --- the stack --- */

static ucontext_t here, there;
static int job_status;

/* The one in flat. */
static void run_request(void)
{
	struct iovec in = { flat.request, flat.len }, out = { flat.reply, flat.reply_len };
	struct vcrypto_io io = { &in, &out, 1, 1, 0 };

	job_status = vcrypto_process(engine, &io, 1) == 1 ? flat.reply[0] : -1;
}

/* Has @run a stack of its own, and searches that for keys and @secret. */
static bool leaves_on_the_stack(void (*run)(void), const uint8_t *secret, size_t secret_len)
{
	size_t size = 256 * 1024;
	uint8_t *stack = calloc(1, size);
	bool found;

	assert_non_null(stack);
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = size;
	there.uc_link = &here;
	makecontext(&there, run, 0);
	assert_int_equal(swapcontext(&here, &there), 0);
	found = traces(stack, size, keys[0], KEY_LEN) || traces(stack, size, keys[1], KEY_LEN) ||
		traces(stack, size, secret, secret_len);
	free(stack);
	return found;
}

static void skip_if_stacks_are_elsewhere(void)
{
#if defined(__SANITIZE_ADDRESS__)
	print_message("skipped: the address sanitizer keeps stacks elsewhere\n");
	vcrypto_engine_fini(engine);
	skip();
#endif
}

static void no_key_is_left_on_the_stack(void **state)
{
	struct vcrypto_session_args args = both_args(0, VCRYPTO_CIPHER_AES_CBC, KEY_LEN,
						     VCRYPTO_MAC_HMAC_SHA1, KEY_LEN);

	(void)state;
	skip_if_stacks_are_elsewhere();
	args.context = 1;
	args.cipher_key = keys[0];
	args.mac_key = keys[1];
	flat_session(&flat, &args);
	assert_false(leaves_on_the_stack(run_request, NULL, 0));
	assert_int_equal(job_status, VCRYPTO_OK);
	args.session = 1;
	flat_session(&flat, &args);
	fake.fail_at = fake.calls + 1;
	assert_false(leaves_on_the_stack(run_request, NULL, 0));
	assert_int_equal(job_status, VCRYPTO_ERROR);
	vcrypto_engine_fini(engine);
}

/* The fake cipher is XOR with key and IV; the record's end is put together on the stack. */
static void no_text_of_a_record_is_left_on_the_stack(void **state)
{
	struct vcrypto_authcrypt_args args = {
		.context = 1, .mode = VCRYPTO_AUTH_TLS, .iv = start_iv, .iv_len = 16,
		.tag_len = 20, .src_len = 47, .dst_len = 80,
	};
	uint8_t plain[80];
	size_t i;

	(void)state;
	skip_if_stacks_are_elsewhere();
	assert_int_equal(new_session(0), VCRYPTO_OK);
	pattern(text, sizeof(text), 6);
	flat_authcrypt(&flat, &args, NULL, text, NULL, NULL);
	assert_false(leaves_on_the_stack(run_request, text, args.src_len));
	assert_int_equal(job_status, VCRYPTO_OK);
	args.decrypt = true;
	args.src_len = args.dst_len;
	for (i = 0; i < args.src_len; i++)
		plain[i] = text[i] ^ keys[0][i % KEY_LEN] ^ start_iv[i % 16];
	flat_authcrypt(&flat, &args, NULL, text, NULL, NULL);
	assert_false(leaves_on_the_stack(run_request, plain, sizeof(plain)));
	assert_int_equal(job_status, VCRYPTO_AUTH_FAILED);
	vcrypto_engine_fini(engine);
}

/* A session: made, used for a batch, freed. */
static struct flat life[VCRYPTO_BATCH + 2];
static size_t life_requests;

static void run_life(void)
{
	struct iovec in[COUNT(life)], out[COUNT(life)];
	struct vcrypto_io io[COUNT(life)];
	size_t i, jobs = life_requests - 2;

	for (i = 0; i < life_requests; i++) {
		in[i] = (struct iovec) { life[i].request, life[i].len };
		out[i] = (struct iovec) { life[i].reply, life[i].reply_len };
		io[i] = (struct vcrypto_io) { &in[i], &out[i], 1, 1, 0 };
	}
	job_status = vcrypto_process(real, io, 1) == 1 &&
		     vcrypto_process(real, io + 1, jobs) == jobs &&
		     vcrypto_process(real, io + 1 + jobs, 1) == 1 ? 0 : -1;
	for (i = 0; i < life_requests; i++)
		job_status |= life[i].reply[0];
}

/* Nothing that is decrypted verifies. */
static void live(uint32_t cipher, size_t jobs, bool decrypt)
{
	struct vcrypto_session_args args = cipher_args(1, cipher, KEY_LEN);
	struct vcrypto_authcrypt_args data = {
		.context = 1, .session = 1, .mode = VCRYPTO_AUTH_AEAD, .decrypt = decrypt,
		.iv = start_iv, .iv_len = 12, .tag_len = 16,
		.src_len = sizeof(text), .dst_len = sizeof(text),
	};
	size_t i;

	args.context = 1;
	args.cipher_key = keys[0];
	life_requests = jobs + 2;
	flat_session(&life[0], &args);
	for (i = 1; i <= jobs; i++)
		flat_authcrypt(&life[i], &data, NULL, text, NULL, tag);
	flat_free(&life[jobs + 1], 1, 1);
}

/* 6.WIPE: what a job has left of a key goes with its session. */
static void a_session_that_was_used_leaves_no_key_on_the_stack(void **state)
{
	static const uint32_t ciphers[] = {
		VCRYPTO_CIPHER_AES_GCM, VCRYPTO_CIPHER_CHACHA20_POLY1305,
	};
	size_t i;
	bool decrypt;

	(void)state;
	skip_if_stacks_are_elsewhere();
	/* docs/threat-model.md says so. */
	if (real_backend() == &vcrypto_backend_nettle) {
		print_message("skipped: nettle does not wipe its stack\n");
		vcrypto_engine_fini(engine);
		skip();
	}
	start_real(VCRYPTO_CIPHER_AES_CBC, 0, false);
	for (i = 0; i < COUNT(ciphers) * 4; i++) {
		decrypt = i / 2 % 2;
		live(ciphers[i / 4], i % 2 ? VCRYPTO_BATCH : 1, decrypt);
		assert_false(leaves_on_the_stack(run_life, NULL, 0));
		assert_int_equal(job_status, decrypt ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK);
	}
	stop_real();
	vcrypto_engine_fini(engine);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(freeing_a_session_leaves_no_key),
		TEST(closing_a_context_leaves_no_key),
		TEST(a_session_that_could_not_be_made_leaves_no_key),
		TEST(a_key_that_was_taken_for_numbers_is_not_kept),
		TEST(reset_leaves_no_key),
		TEST(fini_leaves_nothing),
		TEST(a_request_leaves_no_data),
		TEST(authcrypt_leaves_no_text_in_the_engine),
		TEST(freeing_a_session_of_authcrypt_leaves_no_key),
		TEST(no_key_is_left_on_the_stack),
		TEST(no_text_of_a_record_is_left_on_the_stack),
		TEST(a_session_that_was_used_leaves_no_key_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
