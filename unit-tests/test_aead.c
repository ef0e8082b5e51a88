// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AUTHCRYPT, mode AEAD (protocol 4.8.1), and messages in several requests (4.8.2) but for
 * those of CCM, which are in test_ccm.c.
 */
#include "flat.h"
#include "reference.h"

#define LEN 300
#define AAD 70

/* Sessions of context 0. */
enum { GCM, CCM, CHACHA, CBC, BOTH, HASH, TLS, SESSIONS };

static struct vcrypto_session_args sessions[SESSIONS];
static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[LEN], aad[AAD];
/* Fits them all: for CCM it is L - 1 = 3 and a nonce of 11 bytes. */
static const uint8_t iv[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };
static const uint8_t zeros[LEN + 16];

static int start(void **state)
{
	uint32_t i;

	(void)state;
	sessions[GCM] = cipher_args(GCM, VCRYPTO_CIPHER_AES_GCM, 24);
	sessions[CCM] = cipher_args(CCM, VCRYPTO_CIPHER_AES_CCM, 16);
	sessions[CHACHA] = cipher_args(CHACHA, VCRYPTO_CIPHER_CHACHA20_POLY1305, 32);
	sessions[CBC] = cipher_args(CBC, VCRYPTO_CIPHER_AES_CBC, 16);
	sessions[BOTH] = both_args(BOTH, VCRYPTO_CIPHER_AES_CTR, 16, VCRYPTO_MAC_HMAC_SHA1, 20);
	sessions[HASH] = hash_args(HASH, VCRYPTO_MAC_HMAC_SHA1, 20);
	sessions[TLS] = cipher_args(TLS, VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1, 16);
	sessions[TLS].mac_key_len = 20;
	engine = flat_engine(real_backend());
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < SESSIONS; i++) {
		flat_session(&flat, &sessions[i]);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
	pattern(text, sizeof(text), 1);
	pattern(aad, sizeof(aad), 2);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

static uint16_t iv_len(uint32_t session)
{
	return vcrypto_cipher_find(sessions[session].cipher)->iv_len;
}

static struct vcrypto_authcrypt_args message(uint32_t session, uint32_t aad_len, uint32_t len,
					     uint16_t tag_len)
{
	return (struct vcrypto_authcrypt_args){
		.session = session, .mode = VCRYPTO_AUTH_AEAD, .iv = iv,
		.iv_len = iv_len(session), .tag_len = tag_len, .aad_len = aad_len,
		.src_len = len, .dst_len = len,
	};
}

/* What libcrypto alone makes of the same: ciphertext, then tag. */
static void expect(const struct vcrypto_authcrypt_args *args, uint8_t *out)
{
	const struct vcrypto_session_args *session = &sessions[args->session];

	ref_aead(session->cipher, session->cipher_key, session->cipher_key_len, iv, aad,
		 args->aad_len, text, args->src_len, out, out + args->src_len, args->tag_len);
}

static int run(const struct vcrypto_authcrypt_args *args, const void *source, const void *tag)
{
	flat_authcrypt(&flat, args, aad, source, NULL, tag);
	return flat_status(engine, &flat);
}

/* 3.4: and the session is as it was */
static void refused(const struct vcrypto_authcrypt_args *args, int status)
{
	struct vcrypto_authcrypt_args good = message(GCM, 9, 33, 16);
	uint8_t expected[33 + 16];

	assert_int_equal(run(args, text, text), status);
	expect(&good, expected);
	assert_int_equal(run(&good, text, NULL), VCRYPTO_OK);
	assert_memory_equal(flat.reply + 16, expected, sizeof(expected));
}

/* 4.AUTH.7, 4.AEAD.1, 4.AEAD.2, 4.AEAD.3, 4.8.1, in every cut into pieces of one length */
static void a_message_is_what_libcrypto_makes_of_it_however_it_is_cut(void **state)
{
	static const uint32_t lens[] = { 0, 1, 15, 16, 17, 64, LEN };
	static const uint32_t aad_lens[] = { 0, 1, 13, 16, AAD };
	static const size_t pieces[] = { 1, 3, 7, 16, 64, 1000 };
	uint32_t session;
	size_t i, j, k;

	(void)state;
	for (session = GCM; session <= CHACHA; session++)
		for (i = 0; i < COUNT(lens); i++)
			for (j = 0; j < COUNT(aad_lens); j++)
				for (k = 0; k < COUNT(pieces); k++) {
					struct vcrypto_authcrypt_args args =
						message(session, aad_lens[j], lens[i], 16);
					struct flat_cut cut = { { 0, 0 }, pieces[k] };
					struct flat_cut other = { { 0, 0 }, pieces[(k + i) % 6] };
					uint8_t expected[LEN + 16];

					expect(&args, expected);
					flat_authcrypt(&flat, &args, aad, text, NULL, NULL);
					assert_int_equal(flat_run(engine, &flat, &cut, &other),
							 16 + lens[i] + 16);
					assert_memory_equal(flat.reply + 16, expected,
							    lens[i] + 16);
					args.decrypt = true;
					flat_authcrypt(&flat, &args, aad, expected, NULL,
						       expected + lens[i]);
					assert_int_equal(flat_run(engine, &flat, &cut, &other),
							 16 + lens[i]);
					assert_memory_equal(flat.reply + 16, text, lens[i]);
				}
}

/* 4.8.1, 6.TAGLEN */
static void tags_have_the_lengths_that_the_algorithm_has(void **state)
{
	static const uint32_t allowed[] = {
		[GCM] = 1 << 4 | 1 << 8 | 0x1f << 12,
		[CCM] = 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 12 | 1 << 14 | 1 << 16,
		[CHACHA] = 1 << 16,
	};
	uint32_t session;
	uint16_t len;

	(void)state;
	for (session = GCM; session <= CHACHA; session++)
		for (len = 0; len <= 20; len++) {
			struct vcrypto_authcrypt_args args = message(session, 5, 40, len);
			uint8_t expected[40 + 20];

			if (!(allowed[session] & 1u << len)) {
				refused(&args, VCRYPTO_BAD_PARAMETER);
				continue;
			}
			expect(&args, expected);
			assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
			assert_memory_equal(flat.reply + 16, expected, 40 + len);
		}
}

/* 4.AUTH.6, 4.8: and the session goes on as if nothing had been */
static void each_wrong_bit_of_a_message_is_found_and_the_destination_wiped(void **state)
{
	uint32_t session;
	size_t bit;

	(void)state;
	for (session = GCM; session <= CHACHA; session++) {
		struct vcrypto_authcrypt_args args = message(session, 9, 20, 16);
		uint8_t sealed[20 + 16];

		expect(&args, sealed);
		args.decrypt = true;
		for (bit = 0; bit < 8 * (9 + sizeof(sealed)); bit++) {
			flat_authcrypt(&flat, &args, aad, sealed, NULL, sealed + 20);
			flat.request[flat.len - 1 - bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(flat_run(engine, &flat, NULL, NULL), 16);
			assert_int_equal(flat_reply_status(&flat), VCRYPTO_AUTH_FAILED);
			assert_memory_equal(flat.reply + 16, zeros, 20);
		}
		assert_int_equal(run(&args, sealed, sealed + 20), VCRYPTO_OK);
		assert_memory_equal(flat.reply + 16, text, 20);
	}
}

/* 4.AUTH.4, 4.8.1: returned as it was, and none of 4.7.3 */
static void the_iv_is_returned_unchanged_and_has_to_be_given(void **state)
{
	uint32_t session;

	(void)state;
	for (session = GCM; session <= CHACHA; session++) {
		struct vcrypto_authcrypt_args args = message(session, 0, 40, 16);

		args.iv_out_len = args.iv_len;
		assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
		assert_memory_equal(flat.reply + 16 + 40 + 16, iv, args.iv_len);
		args.iv_out_len--;
		refused(&args, VCRYPTO_BAD_PARAMETER);
		args.iv_out_len = 0;
		for (args.iv_len = 0; args.iv_len <= 16; args.iv_len++)
			if (args.iv_len != iv_len(session))
				refused(&args, VCRYPTO_BAD_PARAMETER);
	}
}

/* 4.8.1, SP 800-38C */
static void ccm_takes_nonces_of_7_to_13_bytes_and_what_the_length_can_say(void **state)
{
	struct vcrypto_authcrypt_args args = message(CCM, 3, 20, 8);
	uint8_t own[16], expected[28];
	const struct vcrypto_session_args *session = &sessions[CCM];
	uint32_t first;

	(void)state;
	memcpy(own, iv, sizeof(own));
	args.iv = own;
	for (first = 0; first < 256; first++) {
		own[0] = (uint8_t)first;
		if (first < 1 || first > 7) {
			refused(&args, VCRYPTO_BAD_PARAMETER);
			continue;
		}
		ref_aead(session->cipher, session->cipher_key, session->cipher_key_len, own, aad,
			 3, text, 20, expected, expected + 20, 8);
		assert_int_equal(run(&args, text, NULL), VCRYPTO_OK);
		assert_memory_equal(flat.reply + 16, expected, sizeof(expected));
	}
}

/* 4.8, 4.8.1, 4.7.1, 4.6, 4.CRYPT.1c, 4.AUTH.1 */
static void what_does_not_fit_the_session_is_refused(void **state)
{
	struct vcrypto_authcrypt_args args;
	struct vcrypto_crypt_args data;
	uint32_t session;

	(void)state;
	for (session = CBC; session < SESSIONS; session++) {
		args = message(GCM, 4, 16, 16);
		args.session = session;
		refused(&args, VCRYPTO_BAD_PARAMETER);
	}
	args = message(GCM, 4, 16, 16);
	args.dst_len = 15;
	refused(&args, VCRYPTO_BAD_PARAMETER);
	args = message(GCM, 4, 16, 16);
	args.trailer_len = 4;
	flat_authcrypt(&flat, &args, aad, text, text, NULL);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	args = message(GCM, 4, 16, 16);
	for (args.mode = 0; args.mode < 70; args.mode++)
		if (args.mode != VCRYPTO_AUTH_AEAD)
			refused(&args, args.mode == VCRYPTO_AUTH_TLS ||
				       args.mode == VCRYPTO_AUTH_SRTP ?
				VCRYPTO_BAD_PARAMETER : VCRYPTO_NOT_SUPPORTED);
	for (session = GCM; session <= TLS; session++) {
		if (!vcrypto_cipher_find(sessions[session].cipher) ||
		    !vcrypto_cipher_find(sessions[session].cipher)->tag_len)
			continue;
		data = data_args(session, 16);
		flat_crypt(&flat, &data, text);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
		flat_hash_copy(&flat, 0, session, HASH);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
		flat_hash_copy(&flat, 0, HASH, session);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	}
}

/* 4.3, 4.GSESSION.6 */
static void an_aead_has_no_mac_and_a_tls_record_cipher_a_key_for_its_own(void **state)
{
	struct vcrypto_session_args args = both_args(7, VCRYPTO_CIPHER_AES_GCM, 16,
						     VCRYPTO_MAC_SHA1, 0);

	(void)state;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_NOT_SUPPORTED);
	args.mac = VCRYPTO_MAC_NONE;
	args.mac_key_len = 1;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_KEY);
	args = both_args(7, VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, 16, VCRYPTO_MAC_HMAC_SHA2_256,
			 20);
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_NOT_SUPPORTED);
	args.mac = VCRYPTO_MAC_NONE;
	args.mac_key_len = 0;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_KEY);
	args.mac_key_len = VCRYPTO_MAX_MAC_KEY;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

/* --- 4.8.2 --- */

/* One request of a message: bytes @from to @to of it. */
static struct vcrypto_authcrypt_args part(uint32_t session, uint32_t from, uint32_t to)
{
	struct vcrypto_authcrypt_args args = message(session, from ? 0 : AAD, to - from,
						     to == LEN ? 16 : 0);

	args.go_on = from != 0;
	args.more = to != LEN;
	if (args.go_on)
		args.iv_len = 0;
	return args;
}

/* A provider that works in one go only refuses the first part of a message. */
static bool refuses_parts(void)
{
	struct vcrypto_authcrypt_args first = part(GCM, 0, 100);

	if (vcrypto_lane_capabilities(vcrypto_engine_lane(engine))->streams &
	    vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_GCM))
		return false;
	refused(&first, VCRYPTO_NOT_SUPPORTED);
	return true;
}

static void a_message_in_several_requests_is_the_same_message(void **state)
{
	static const uint32_t steps[] = { 1, 15, 16, 17, 100, 299, LEN };
	struct vcrypto_authcrypt_args args;
	uint8_t expected[LEN + 16];
	uint32_t session, from, to;
	size_t i;
	int decrypt;

	(void)state;
	if (refuses_parts())
		return;
	for (session = GCM; session <= CHACHA; session += CHACHA - GCM) {
		args = message(session, AAD, LEN, 16);
		expect(&args, expected);
		for (i = 0; i < 2 * COUNT(steps); i++) {
			decrypt = i & 1;
			for (from = 0; from < LEN; from = to) {
				to = from + steps[i / 2] < LEN ? from + steps[i / 2] : LEN;
				args = part(session, from, to);
				args.decrypt = decrypt;
				assert_int_equal(run(&args, (decrypt ? expected : text) + from,
						     expected + LEN), VCRYPTO_OK);
				assert_memory_equal(flat.reply + 16,
						    (decrypt ? text : expected) + from, to - from);
			}
			if (!decrypt)
				assert_memory_equal(flat.reply + 16 + args.src_len,
						    expected + LEN, 16);
		}
	}
}

static void a_message_that_has_not_begun_cannot_go_on(void **state)
{
	struct vcrypto_authcrypt_args first = part(GCM, 0, 100);
	struct vcrypto_authcrypt_args next = part(GCM, 100, 200);
	struct vcrypto_authcrypt_args whole = message(GCM, AAD, LEN, 16);

	(void)state;
	if (refuses_parts())
		return;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	/* Nor in the other direction, nor when it has ended, nor when it has failed. */
	assert_int_equal(run(&first, text, NULL), VCRYPTO_OK);
	next.decrypt = true;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	next.decrypt = false;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_OK);
	assert_int_equal(run(&whole, text, NULL), VCRYPTO_OK);
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	assert_int_equal(run(&first, text, NULL), VCRYPTO_OK);
	whole.decrypt = true;
	assert_int_equal(run(&whole, text, text), VCRYPTO_AUTH_FAILED);
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
}

static void what_a_part_of_a_message_must_not_have_is_refused(void **state)
{
	struct vcrypto_authcrypt_args first = part(GCM, 0, 100), next;

	(void)state;
	if (refuses_parts())
		return;
	first.tag_len = 16;
	refused(&first, VCRYPTO_BAD_PARAMETER);
	first.tag_len = 0;
	first.message_len = LEN;
	refused(&first, VCRYPTO_BAD_PARAMETER);
	first.message_len = 0;
	assert_int_equal(run(&first, text, NULL), VCRYPTO_OK);
	next = part(GCM, 100, LEN);
	next.message_len = LEN;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	next = part(GCM, 100, 200);
	next.aad_len = 1;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	next = part(GCM, 100, 200);
	next.iv_len = 12;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	next = part(GCM, 100, 200);
	next.iv_out_len = 12;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	next = part(GCM, 100, LEN);
	next.tag_len = 0;
	assert_int_equal(run(&next, text, NULL), VCRYPTO_BAD_PARAMETER);
	/* All that changed nothing. */
	next = part(GCM, 100, 200);
	assert_int_equal(run(&next, text, NULL), VCRYPTO_OK);
}

/* 1.1: also where all requests of a message reach the engine together */
static void the_requests_of_a_message_may_come_in_one_batch(void **state)
{
	struct vcrypto_authcrypt_args args = message(GCM, AAD, LEN, 16);
	uint8_t expected[LEN + 16], out[3][16 + LEN + 16];
	struct iovec in[3], reply[3];
	struct vcrypto_io io[3];
	static struct flat parts[3];
	size_t i;

	(void)state;
	if (refuses_parts())
		return;
	expect(&args, expected);
	for (i = 0; i < 3; i++) {
		args = part(GCM, (uint32_t)i * 100, (uint32_t)i * 100 + 100);
		flat_authcrypt(&parts[i], &args, aad, text + i * 100, NULL, NULL);
		in[i] = (struct iovec){ parts[i].request, parts[i].len };
		reply[i] = (struct iovec){ out[i], parts[i].reply_len };
		io[i] = (struct vcrypto_io){ &in[i], &reply[i], 1, 1, 0 };
	}
	assert_int_equal(vcrypto_process(engine, io, 3), 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(out[i][0], VCRYPTO_OK);
		assert_memory_equal(out[i] + 16, expected + i * 100, i == 2 ? 116 : 100);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_is_what_libcrypto_makes_of_it_however_it_is_cut),
		TEST(tags_have_the_lengths_that_the_algorithm_has),
		TEST(each_wrong_bit_of_a_message_is_found_and_the_destination_wiped),
		TEST(the_iv_is_returned_unchanged_and_has_to_be_given),
		TEST(ccm_takes_nonces_of_7_to_13_bytes_and_what_the_length_can_say),
		TEST(what_does_not_fit_the_session_is_refused),
		TEST(an_aead_has_no_mac_and_a_tls_record_cipher_a_key_for_its_own),
		TEST(a_message_in_several_requests_is_the_same_message),
		TEST(a_message_that_has_not_begun_cannot_go_on),
		TEST(what_a_part_of_a_message_must_not_have_is_refused),
		TEST(the_requests_of_a_message_may_come_in_one_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
