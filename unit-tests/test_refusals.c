// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Malformed and impossible requests: refused without a trace (protocol 3.4). */
#include "refusal.h"

/* 2.2, 3.4: first of all, even before the rest could be found missing */
static void an_unknown_version_is_refused(void **state)
{
	static const uint16_t versions[] = { 0, 2, 0x100, 0x101, 0x8001, 0xffff };
	size_t i, k;

	(void)state;
	for (i = 0; i < BASES; i++)
		for (k = 0; k < COUNT(versions); k++) {
			bases[i].build();
			flat_put16(&refusal_call, 0, versions[k]);
			assert_refused(VCRYPTO_NOT_SUPPORTED);
			flat_put16(&refusal_call, 2, 0xffff);
			flat_put32(&refusal_call, 4, 0xffffffff);
			refusal_call.len = 16;
			assert_refused(VCRYPTO_NOT_SUPPORTED);
		}
}

/* 3.1, 4 */
static void an_unknown_operation_is_refused(void **state)
{
	uint32_t op;

	(void)state;
	for (op = 0; op <= 0xffff; op++) {
		if (op >= VCRYPTO_OP_CONTEXT_OPEN && op <= VCRYPTO_OP_COUNTERS)
			continue;
		base_open();
		flat_put16(&refusal_call, 2, (uint16_t)op);
		assert_refused(VCRYPTO_NOT_SUPPORTED);
	}
}

/* 3.1 */
static void each_unknown_flag_is_refused(void **state)
{
	uint32_t bit;
	size_t i;

	(void)state;
	for (i = 0; i < BASES; i++)
		for (bit = 0; bit < 32; bit++) {
			bases[i].build();
			if (bases[i].flags >> bit & 1)
				continue;
			flat_put32(&refusal_call, 4, 1u << bit);
			assert_refused(VCRYPTO_NOT_SUPPORTED);
			/* 3.4: before lengths and reserved fields */
			flat_put32(&refusal_call, 12, 0xffffffff);
			refusal_call.len = 16;
			assert_refused(VCRYPTO_NOT_SUPPORTED);
		}
}

/* 2.1: reserved, or not used by the operation */
static void each_bit_of_a_reserved_field_is_refused(void **state)
{
	size_t i, bit;

	(void)state;
	for (i = 0; i < BASES; i++) {
		for (bit = 0; bit < 8 * bases[i].reserved_len; bit++) {
			bases[i].build();
			refusal_call.request[bases[i].reserved + bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_refused(VCRYPTO_BAD_REQUEST);
		}
		for (bit = 0; bit < 64; bit++) {
			if (bit < 32 ? bases[i].context : bases[i].session)
				continue;
			bases[i].build();
			refusal_call.request[8 + bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_refused(VCRYPTO_BAD_REQUEST);
		}
	}
}

/* 4.CRYPT.1b, 2.5: none of the handles that do not exist is answered in another way */
static void handles_that_are_not_live_are_refused(void **state)
{
	static const uint32_t handles[] = { 2, 6, 7, 8, 9, 0x100, 0x10000, 0x80000000,
					    0xffffffff };
	static const size_t with_session[] = { 3, 4, 6, 7, 8, 9 };
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(handles); i++) {
		for (k = 0; k < COUNT(with_session); k++) {
			bases[with_session[k]].build();
			flat_put32(&refusal_call, 12, handles[i]);
			assert_refused(VCRYPTO_NO_SESSION);
			bases[with_session[k]].build();
			flat_put32(&refusal_call, 8, handles[i]);
			assert_refused(VCRYPTO_NO_SESSION);
		}
		base_copy();
		flat_put32(&refusal_call, 16, handles[i]);
		assert_refused(VCRYPTO_NO_SESSION);
		base_copy();
		flat_put32(&refusal_call, 12, handles[i]);
		assert_refused(VCRYPTO_NO_SESSION);
		base_close();
		flat_put32(&refusal_call, 8, handles[i]);
		assert_refused(VCRYPTO_NO_CONTEXT);
	}
}

/* 4.3: what is refused, in the order of the text */
static void a_session_that_is_wrong_in_several_ways_gets_the_first_refusal(void **state)
{
	(void)state;
	base_session();
	flat_put32(&refusal_call, 8, 3);	/* context not open */
	flat_put32(&refusal_call, 12, 8);	/* past the table */
	flat_put16(&refusal_call, 16, 99);	/* unknown cipher */
	assert_refused(VCRYPTO_NO_CONTEXT);
	flat_put32(&refusal_call, 8, 0);
	assert_refused(VCRYPTO_NO_SPACE);
	flat_put32(&refusal_call, 12, 2);	/* taken, by another context */
	assert_refused(VCRYPTO_HANDLE_IN_USE);
	flat_put32(&refusal_call, 12, 5);
	assert_refused(VCRYPTO_NOT_SUPPORTED);
	flat_put16(&refusal_call, 16, VCRYPTO_CIPHER_AES_CBC);
	flat_put32(&refusal_call, 20, 23);	/* cipher key, */
	flat_put32(&refusal_call, 24, 8);	/* and one byte more for the MAC */
	flat_put16(&refusal_call, 18, 12);
	assert_refused(VCRYPTO_NOT_SUPPORTED);	/* unknown MAC before the key's length */
	flat_put16(&refusal_call, 18, VCRYPTO_MAC_HMAC_MD5);
	assert_refused(VCRYPTO_BAD_KEY);
	flat_put16(&refusal_call, 16, VCRYPTO_CIPHER_NONE);
	assert_refused(VCRYPTO_BAD_KEY);	/* a key for none */
}

/* 4.GSESSION.2, 4.3: any key length that the algorithm does not have */
static void key_lengths_that_the_algorithm_does_not_have_are_refused(void **state)
{
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	struct vcrypto_config config;
	uint64_t offered;
	uint32_t id, len;

	(void)state;
	vcrypto_engine_config(refusal_engine, 1, &config);
	offered = vcrypto_get64(config.ciphers);
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		for (len = 0; len <= 300; len++) {
			base_session();
			flat_put16(&refusal_call, 16, (uint16_t)id);
			flat_put16(&refusal_call, 18, 0);
			flat_put32(&refusal_call, 20, len);
			flat_put32(&refusal_call, 24, 0);
			refusal_call.len = 32 + len;
			if (!(offered >> id & 1))
				assert_refused(VCRYPTO_NOT_SUPPORTED);
			else if (!vcrypto_cipher_key_len_ok(cipher, len))
				assert_refused(VCRYPTO_BAD_KEY);
		}
	for (id = 1; id < 64; id++)
		for (len = 0; (mac = vcrypto_mac_find(id)) && len <= 520; len++) {
			base_session();
			flat_put16(&refusal_call, 16, 0);
			flat_put16(&refusal_call, 18, (uint16_t)id);
			flat_put32(&refusal_call, 20, 0);
			flat_put32(&refusal_call, 24, len);
			refusal_call.len = 32 + len;
			if (!vcrypto_mac_key_len_ok(mac, len))
				assert_refused(VCRYPTO_BAD_KEY);
		}
}

/*
 * Every single bit of every valid request, flipped: refused without a trace, or
 * accepted as the other request that it now is.
 */
static void any_flipped_bit_gives_a_request_or_a_clean_refusal(void **state)
{
	size_t i, bit, written;

	(void)state;
	for (i = 0; i < BASES; i++) {
		bases[i].build();
		for (bit = 0; bit < 8 * refusal_call.len; bit++) {
			take_tables();
			bases[i].build();
			refusal_call.request[bit / 8] ^= (uint8_t)(1u << bit % 8);
			written = flat_run(refusal_engine, &refusal_call, NULL, NULL);
			assert_in_range(written, 16, refusal_call.reply_len);
			assert_in_range(flat_reply_status(&refusal_call), 0, VCRYPTO_STATUS_COUNT - 1);
			assert_true(all_bytes(refusal_call.reply + written, refusal_call.reply_len - written,
					      SIM_FILL));
			if (flat_reply_status(&refusal_call) == VCRYPTO_OK) {
				refusal_stop(NULL);
				refusal_start(NULL);
			} else {
				assert_int_equal(written, 16);
				assert_same_tables();
			}
			bases[i].build();
		}
	}
}

/* Valid and malformed requests alternate in one batch: each gets its own answer. */
static void malformed_requests_do_not_disturb_their_neighbours_in_a_batch(void **state)
{
	struct guest guest;
	struct guest_call *calls[64];
	struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_SHA1, 0);
	struct vcrypto_crypt_args data = { .src_len = 3, .mac_len = 20 };
	size_t i;

	(void)state;
	guest_start(&guest, real_backend());
	guest.layout = SIM_INDIRECT;
	make_session(&guest, &args);
	for (i = 0; i < COUNT(calls); i++)
		calls[i] = i % 2 ? guest_raw(&guest, "garbage, garbage", 7 + i % 5, 36, NULL) :
			guest_crypt(&guest, &data, "abc");
	host_run(&guest);
	for (i = 0; i < COUNT(calls); i++) {
		assert_status(calls[i], i % 2 ? VCRYPTO_BAD_REQUEST : VCRYPTO_OK);
		if (i % 2 == 0)
			assert_memory_equal(calls[i]->mac, calls[0]->mac, 20);
	}
	guest_stop(&guest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, refusal_start, refusal_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_version_is_refused),
		TEST(an_unknown_operation_is_refused),
		TEST(each_unknown_flag_is_refused),
		TEST(each_bit_of_a_reserved_field_is_refused),
		TEST(handles_that_are_not_live_are_refused),
		TEST(a_session_that_is_wrong_in_several_ways_gets_the_first_refusal),
		TEST(key_lengths_that_the_algorithm_does_not_have_are_refused),
		TEST(any_flipped_bit_gives_a_request_or_a_clean_refusal),
		TEST(malformed_requests_do_not_disturb_their_neighbours_in_a_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
