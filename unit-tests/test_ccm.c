// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CCM messages in several requests (protocol 4.8.2), against libcrypto's CCM, which
 * takes a message in one call.
 */
#include <stdlib.h>

#include "fake.h"
#include "flat.h"
#include "reference.h"

#define LEN 4000
#define AAD VCRYPTO_MAX_AAD
#define MAX_TAG 16

/* Sessions of context 0, by length of the key, and another of the first. */
enum { SHORT, MIDDLE, LONG, OTHER, SESSIONS };

static struct vcrypto_session_args sessions[SESSIONS];
static struct vcrypto_engine *engine;
static uint8_t text[LEN], aad[AAD], iv[16];
static uint8_t out[LEN], tag_out[MAX_TAG];
static uint64_t seed = 1;

static void start_on(const struct vcrypto_backend *backend)
{
	static const struct vcrypto_limits limits = { 1, SESSIONS, 1u << 16, AAD };
	static struct flat flat;
	uint32_t i;

	engine = vcrypto_engine_init(calloc(1, vcrypto_engine_size(&limits, backend)), &limits,
				     backend);
	assert_non_null(engine);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < SESSIONS; i++) {
		sessions[i] = cipher_args(i, VCRYPTO_CIPHER_AES_CCM, 16 + 8 * (i % 3));
		flat_session(&flat, &sessions[i]);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
	pattern(text, sizeof(text), 1);
	pattern(aad, sizeof(aad), 2);
	pattern(iv, sizeof(iv), 3);
	iv[0] = 3;
}

static int start(void **state)
{
	(void)state;
	start_on(real_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

/* @bytes as some segments, each where it may be. */
static size_t cut(struct iovec *to, const void *bytes, size_t len)
{
	size_t at, here, count = 0;

	for (at = 0; at < len; at += here) {
		here = count < 7 ? 1 + random_below(&seed, (uint32_t)(len - at)) : len - at;
		to[count++] = (struct iovec){ (uint8_t *)(uintptr_t)bytes + at, here };
	}
	return count;
}

static int run(const struct vcrypto_authcrypt_args *args, const void *from, void *to,
	       const uint8_t *tag)
{
	struct vcrypto_response_header header;
	struct iovec readable[25], writable[17];
	struct vcrypto_io io = { readable, writable, 1, 1, 0 };
	uint8_t control[128];
	struct vcrypto_message message = {
		.control = control, .size = sizeof(control), .header = &header,
	};

	assert_true(vcrypto_build_authcrypt(&message, args));
	readable[0] = (struct iovec){ control, message.len };
	io.readable_count += cut(readable + 1, aad, args->aad_len);
	io.readable_count += cut(readable + io.readable_count, from, args->src_len);
	if (vcrypto_sends_tag(args))
		io.readable_count += cut(readable + io.readable_count, tag, args->tag_len);
	writable[0] = (struct iovec){ &header, sizeof(header) };
	io.writable_count += cut(writable + 1, to, args->dst_len);
	io.writable_count += cut(writable + io.writable_count, tag_out, message.expect.mac_len);
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	return vcrypto_check_response(&header, io.written, &message.expect);
}

/* Bytes @from to @to of a message of @len. */
static struct vcrypto_authcrypt_args part(uint32_t session, uint32_t aad_len, uint16_t tag_len,
					  uint32_t from, uint32_t to, uint32_t len)
{
	struct vcrypto_authcrypt_args args = {
		.session = session, .mode = VCRYPTO_AUTH_AEAD, .iv = iv,
		.iv_len = from ? 0 : 16, .aad_len = from ? 0 : aad_len, .src_len = to - from,
		.dst_len = to - from, .go_on = from != 0, .more = to != len,
	};

	args.message_len = args.more && !args.go_on ? len : 0;
	args.tag_len = args.more && args.go_on ? 0 : tag_len;
	return args;
}

/* The usual one: 100 bytes, in two parts. */
static struct vcrypto_authcrypt_args half(bool second)
{
	return second ? part(SHORT, 9, 8, 60, 100, 100) : part(SHORT, 9, 8, 0, 60, 100);
}

static void expect(uint32_t session, uint32_t aad_len, uint16_t tag_len, uint32_t len,
		   uint8_t *sealed, uint8_t *tag)
{
	const struct vcrypto_session_args *of = &sessions[session];

	ref_aead(of->cipher, of->cipher_key, of->cipher_key_len, iv, aad, aad_len, text, len,
		 sealed, tag, tag_len);
}

/* A provider that takes a message in one go only refuses the first part. */
static bool refuses_parts(void)
{
	struct vcrypto_authcrypt_args args = half(false);
	int status = run(&args, text, out, NULL);

	if (status == VCRYPTO_OK)
		return false;
	assert_int_equal(status, VCRYPTO_NOT_SUPPORTED);
	return true;
}

/* A message of @len in parts, some of them empty, others between them. */
static void in_parts(uint32_t session, uint32_t aad_len, uint16_t tag_len, uint32_t len,
		     bool decrypt)
{
	uint8_t sealed[LEN], tag[MAX_TAG];
	struct vcrypto_authcrypt_args args = { .more = true };
	const uint8_t *from = decrypt ? sealed : text, *to = decrypt ? text : sealed;
	uint32_t at = 0, end;
	bool in_place;

	expect(session, aad_len, tag_len, len, sealed, tag);
	for (; args.more; at = end) {
		struct vcrypto_authcrypt_args whole = part(OTHER, 3, 16, 0, 40, 40);

		end = 1 + at + random_below(&seed, len - at + 1);
		end = end > len ? len : end;
		args = part(session, aad_len, tag_len, at, end, len);
		args.decrypt = decrypt;
		in_place = random_below(&seed, 2);
		memcpy(out, from + at, end - at);
		assert_int_equal(run(&args, in_place ? out : from + at, out, tag), VCRYPTO_OK);
		assert_memory_equal(out, to + at, end - at);
		if (random_below(&seed, 4) == 0)
			assert_int_equal(run(&whole, text, out, NULL), VCRYPTO_OK);
		else if (!args.more && !decrypt)
			assert_memory_equal(tag_out, tag, tag_len);
	}
}

/* 4.8.2, with all nonces (SP 800-38C, A.1), tags and both forms of the AAD's length (A.2.2) */
static void a_message_in_several_requests_is_the_same_message(void **state)
{
	static const uint32_t aad_lens[] = { 0, 1, 13, 14, 15, 30, 100, 1010, 0xfeff, 0xff00, AAD };
	uint32_t l, tag_len, i;

	(void)state;
	if (refuses_parts())
		return;
	for (l = 2; l <= 8; l++)
		for (tag_len = 4; tag_len <= 16; tag_len += 2)
			for (i = 0; i < COUNT(aad_lens); i++) {
				uint32_t len = random_below(&seed, i % 3 ? 200 : LEN) + 1;

				iv[0] = (uint8_t)(l - 1);
				in_parts(i % 3, aad_lens[i], (uint16_t)tag_len, len, i & 1);
				in_parts(l % 3, aad_lens[i], (uint16_t)tag_len, len, !(i & 1));
			}
}

/* A message may be said to come in parts and then be empty. */
static void an_empty_message_may_come_in_two_requests(void **state)
{
	struct vcrypto_authcrypt_args args = part(LONG, 20, 12, 0, 0, 0);
	uint8_t tag[MAX_TAG];

	(void)state;
	if (refuses_parts())
		return;
	expect(LONG, 20, 12, 0, out, tag);
	args.more = true;
	assert_int_equal(run(&args, text, out, NULL), VCRYPTO_OK);
	args = part(LONG, 0, 12, 0, 0, 0);
	args.go_on = true;
	args.iv_len = 0;
	assert_int_equal(run(&args, text, out, NULL), VCRYPTO_OK);
	assert_memory_equal(tag_out, tag, 12);
}

/* 4.AUTH.6, 4.8, 4.8.2: the last part is wiped; those before have been delivered */
static void a_forged_message_fails_in_its_last_request(void **state)
{
	uint8_t sealed[100], tag[MAX_TAG];
	struct vcrypto_authcrypt_args first = half(false), last = half(true), more = half(true);
	size_t bit;

	(void)state;
	if (refuses_parts())
		return;
	expect(SHORT, 9, 8, 100, sealed, tag);
	first.decrypt = last.decrypt = more.decrypt = true;
	more.more = true;
	more.tag_len = 0;
	for (bit = 0; bit < 8 * (9 + 100 + 8); bit++) {
		uint8_t *at = bit < 72 ? aad + bit / 8 : bit < 872 ? sealed + (bit / 8 - 9) :
								     tag + (bit / 8 - 109);

		*at ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(run(&first, sealed, out, NULL), VCRYPTO_OK);
		assert_int_equal(run(&last, sealed + 60, out, tag), VCRYPTO_AUTH_FAILED);
		assert_true(all_bytes(out, 40, 0));
		assert_int_equal(run(&more, sealed + 60, out, NULL), VCRYPTO_BAD_PARAMETER);
		*at ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(run(&first, sealed, out, NULL), VCRYPTO_OK);
	assert_int_equal(run(&last, sealed + 60, out, tag), VCRYPTO_OK);
	assert_memory_equal(out, text + 60, 40);
}

#define REFUSED(request, change) \
	do { \
		struct vcrypto_authcrypt_args args = request; \
		change; \
		assert_int_equal(run(&args, text, out, text), VCRYPTO_BAD_PARAMETER); \
	} while (0)

static uint32_t both(struct vcrypto_authcrypt_args *args, uint32_t len)
{
	return args->src_len = args->dst_len = len;
}

/* 3.4, 4.8.2: and the message can still be finished as it was announced */
static void lengths_that_do_not_add_up_are_refused_and_change_nothing(void **state)
{
	struct vcrypto_authcrypt_args good = half(false);
	uint8_t sealed[100], tag[MAX_TAG];

	(void)state;
	if (refuses_parts())
		return;
	expect(SHORT, 9, 8, 100, sealed, tag);
	assert_int_equal(run(&good, text, out, NULL), VCRYPTO_OK);
	REFUSED(half(true), both(&args, 39));
	REFUSED(half(true), both(&args, 41));
	REFUSED(half(true), args.more = true; args.tag_len = 0; both(&args, 41));
	REFUSED(half(true), args.message_len = 100);
	REFUSED(half(true), args.message_len = 40);
	REFUSED(half(true), args.tag_len = 6);
	REFUSED(half(true), args.tag_len = 0);
	REFUSED(half(true), args.more = true);
	REFUSED(half(true), args.decrypt = true);
	REFUSED(half(false), args.message_len = 59);
	REFUSED(half(false), args.message_len = 0);
	REFUSED(half(false), args.tag_len = 0);
	REFUSED(half(false), args.tag_len = 5);
	REFUSED(half(false), args.more = false; args.message_len = 60);
	good = half(true);
	assert_int_equal(run(&good, text + 60, out, NULL), VCRYPTO_OK);
	assert_memory_equal(out, sealed + 60, 40);
	assert_memory_equal(tag_out, tag, 8);
	REFUSED(half(true), (void)args);
}

/* SP 800-38C, A.1: the whole length has to be said in L bytes, and is taken as 64 bits */
static void the_nonce_limits_the_whole_message(void **state)
{
	struct vcrypto_authcrypt_args args = half(false);
	uint32_t l;

	(void)state;
	if (refuses_parts())
		return;
	for (l = 2; l <= 8; l++) {
		iv[0] = (uint8_t)(l - 1);
		args.message_len = l < 8 ? (UINT64_C(1) << 8 * l) - 1 : UINT64_MAX;
		/* Some providers count in size_t. */
		if (args.message_len <= SIZE_MAX || run(&args, text, out, NULL) != VCRYPTO_ERROR)
			assert_int_equal(run(&args, text, out, NULL), VCRYPTO_OK);
		args.message_len++;
		if (l < 8)
			assert_int_equal(run(&args, text, out, NULL), VCRYPTO_BAD_PARAMETER);
	}
	for (l = 0; l < 256; l++) {
		iv[0] = (uint8_t)(l - 1);
		args.message_len = 100;
		assert_int_equal(run(&args, text, out, NULL),
				 l >= 2 && l <= 8 ? VCRYPTO_OK : VCRYPTO_BAD_PARAMETER);
	}
}

/* 4.8.2: a message that is begun ends the one before, and one that is whole does */
static void one_message_at_a_time_is_open_in_a_session(void **state)
{
	struct vcrypto_authcrypt_args first = half(false), last = half(true);
	struct vcrypto_authcrypt_args whole = part(SHORT, 9, 8, 0, 100, 100);
	uint8_t sealed[100], tag[MAX_TAG];

	(void)state;
	if (refuses_parts())
		return;
	expect(SHORT, 9, 8, 100, sealed, tag);
	assert_int_equal(run(&first, text + 1, out, NULL), VCRYPTO_OK);
	assert_int_equal(run(&first, text, out, NULL), VCRYPTO_OK);
	assert_int_equal(run(&last, text + 60, out, NULL), VCRYPTO_OK);
	assert_memory_equal(tag_out, tag, 8);
	assert_int_equal(run(&first, text, out, NULL), VCRYPTO_OK);
	assert_int_equal(run(&whole, text, out, NULL), VCRYPTO_OK);
	assert_memory_equal(tag_out, tag, 8);
	assert_int_equal(run(&last, text + 60, out, NULL), VCRYPTO_BAD_PARAMETER);
}

/* 1.1: also where all requests of a message reach the engine together */
static void the_requests_of_a_message_may_come_in_one_batch(void **state)
{
	static struct flat parts[4];
	uint8_t sealed[400], tag[MAX_TAG], replies[4][16 + 100 + 16];
	struct iovec in[4], reply[4];
	struct vcrypto_io io[4];
	uint32_t i;

	(void)state;
	if (refuses_parts())
		return;
	expect(MIDDLE, 9, 16, 400, sealed, tag);
	for (i = 0; i < 4; i++) {
		struct vcrypto_authcrypt_args args = part(MIDDLE, 9, 16, 100 * i, 100 * i + 100,
							  400);

		flat_authcrypt(&parts[i], &args, aad, text + (size_t)100 * i, NULL, NULL);
		in[i] = (struct iovec){ parts[i].request, parts[i].len };
		reply[i] = (struct iovec){ replies[i], parts[i].reply_len };
		io[i] = (struct vcrypto_io){ &in[i], &reply[i], 1, 1, 0 };
	}
	assert_int_equal(vcrypto_process(engine, io, 4), 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(replies[i][0], VCRYPTO_OK);
		assert_memory_equal(replies[i] + 16, sealed + (size_t)100 * i, 100);
	}
	assert_memory_equal(replies[3] + 116, tag, 16);
}

static bool open_without_parts(void *provider, struct vcrypto_capabilities *capabilities)
{
	bool ok = fake_backend.open(provider, capabilities);

	capabilities->streams = 0;
	return ok;
}

static void a_provider_that_cannot_cut_a_message_says_so(void **state)
{
	static struct vcrypto_backend backend;

	(void)state;
	fake_reset();
	backend = fake_backend;
	backend.open = open_without_parts;
	start_on(&backend);
	assert_true(refuses_parts());
	/* 3.4: what is wrong in itself comes first. */
	REFUSED(half(false), args.message_len = 59);
	REFUSED(half(true), (void)args);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_in_several_requests_is_the_same_message),
		TEST(an_empty_message_may_come_in_two_requests),
		TEST(a_forged_message_fails_in_its_last_request),
		TEST(lengths_that_do_not_add_up_are_refused_and_change_nothing),
		TEST(the_nonce_limits_the_whole_message),
		TEST(one_message_at_a_time_is_open_in_a_session),
		TEST(the_requests_of_a_message_may_come_in_one_batch),
		cmocka_unit_test_teardown(a_provider_that_cannot_cut_a_message_says_so, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
