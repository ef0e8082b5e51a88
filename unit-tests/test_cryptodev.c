// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the ioctls of /dev/crypto mean (docs/semantics.md): the rules alone, without a device.
 * Here those of sessions and of CIOCCRYPT.
 */
#include "plan_rig.h"

/* --- CIOCGSESSION --- */

/* The numbers of /dev/crypto. */
enum { DEV_AES_CBC = 11, DEV_SHA1 = 14, DEV_SHA1_HMAC = 7, DEV_GCM = 50, DEV_TLS11 = 108 };

static enum vcrypto_verdict make(uint32_t cipher, uint32_t keylen, uint32_t mac,
				 uint32_t mackeylen, struct vcrypto_session_args *args)
{
	const struct vcrypto_device_limits limits = {
		.cipher_key = 32, .mac_key = 64,
		.ciphers = ~vcrypto_algorithm_bit(CTR), .macs = ~(uint64_t)0,
	};
	const struct vcrypto_session_op op = {
		.cipher = cipher, .mac = mac, .keylen = keylen, .mackeylen = mackeylen,
	};

	return vcrypto_plan_new_session(&limits, &op, args);
}

static void a_session_has_the_devices_numbers_for_its_algorithms(void **state)
{
	struct vcrypto_session_args args;

	(void)state;
	assert_int_equal(make(DEV_AES_CBC, 32, DEV_SHA1_HMAC, 20, &args), VCRYPTO_FINE);
	assert_int_equal(args.cipher, CBC);
	assert_int_equal(args.cipher_key_len, 32);
	assert_int_equal(args.mac, HMAC);
	assert_int_equal(args.mac_key_len, 20);
	assert_int_equal(args.context + args.session, 0);
	assert_null(args.cipher_key);
	assert_null(args.mac_key);
}

static void numbers_of_the_other_kind_and_of_none_are_refused(void **state)
{
	struct vcrypto_session_args args;

	(void)state;
	assert_int_equal(make(DEV_SHA1, 0, 0, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(0, 0, DEV_AES_CBC, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(999, 16, 0, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(999, 16, DEV_SHA1, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(DEV_AES_CBC, 16, 999, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(0, 0, 0, 0, &args), VCRYPTO_SAY_EINVAL);
}

static void the_length_of_a_key_that_nothing_takes_is_not_looked_at(void **state)
{
	struct vcrypto_session_args args;

	(void)state;
	assert_int_equal(make(0, 0xffffffff, DEV_SHA1, 0xffffffff, &args), VCRYPTO_FINE);
	assert_int_equal(args.cipher_key_len, 0);
	assert_int_equal(args.mac_key_len, 0);
	assert_int_equal(make(DEV_AES_CBC, 16, 0, 0xffffffff, &args), VCRYPTO_FINE);
	assert_int_equal(args.mac_key_len, 0);
}

static void beside_an_aead_is_no_mac_and_only_a_record_cipher_has_a_mac_key(void **state)
{
	struct vcrypto_session_args args;

	(void)state;
	assert_int_equal(make(DEV_GCM, 16, 0, 0, &args), VCRYPTO_FINE);
	assert_int_equal(make(DEV_GCM, 16, 0, 20, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(DEV_GCM, 16, DEV_SHA1, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(DEV_TLS11, 16, 0, 20, &args), VCRYPTO_FINE);
	assert_int_equal(args.mac_key_len, 20);
	assert_int_equal(args.mac, 0);
	assert_int_equal(make(DEV_TLS11, 16, DEV_SHA1_HMAC, 20, &args), VCRYPTO_SAY_EINVAL);
}

static void what_the_device_does_not_take_is_refused(void **state)
{
	struct vcrypto_session_args args;

	(void)state;
	assert_int_equal(make(21, 16, 0, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(DEV_AES_CBC, 17, 0, 0, &args), VCRYPTO_SAY_EINVAL);
	assert_int_equal(make(0, 0, DEV_SHA1_HMAC, 64, &args), VCRYPTO_FINE);
	assert_int_equal(make(0, 0, DEV_SHA1_HMAC, 65, &args), VCRYPTO_SAY_EINVAL);
}

/* --- CIOCCPHASH --- */

static void a_hash_is_copied_between_two_sessions_that_have_the_same(void **state)
{
	const struct vcrypto_plan_session hash = plan_session_of(0, SHA1);
	const struct vcrypto_plan_session both = plan_session_of(CBC, SHA1);
	const struct vcrypto_plan_session keyed = plan_session_of(0, HMAC);
	const struct vcrypto_plan_session none = plan_session_of(CBC, 0);

	(void)state;
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &hash, &hash), VCRYPTO_FINE);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &hash, &both), VCRYPTO_FINE);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &hash, &keyed), VCRYPTO_SAY_EINVAL);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &none, &none), VCRYPTO_SAY_EINVAL);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &hash, &none), VCRYPTO_SAY_EINVAL);
	assert_int_equal(vcrypto_plan_hash_copy(1, 1, &hash, &hash), VCRYPTO_SAY_EDEADLK);
	assert_int_equal(vcrypto_plan_hash_copy(1, 1, &none, &none), VCRYPTO_SAY_EDEADLK);
	assert_int_equal(vcrypto_plan_hash_copy(1, 1, NULL, NULL), VCRYPTO_SAY_ENOENT);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, NULL, &hash), VCRYPTO_SAY_ENOENT);
	assert_int_equal(vcrypto_plan_hash_copy(1, 2, &hash, NULL), VCRYPTO_SAY_ENOENT);
}

/* --- CIOCCRYPT --- */

static void a_call_is_to_encrypt_or_to_decrypt(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, 32);
	struct vcrypto_auth_op auth = plan_auth_of(0, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_false(plan.decrypt);
	op.op = VCRYPTO_COP_DECRYPT;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan.decrypt);
	op.op = auth.op = 2;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_crypt(0, SHA1, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_authcrypt(GCM, 0, &auth, &plan), VCRYPTO_SAY_EINVAL);
}

static void data_is_a_multiple_of_the_ciphers_block(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, 33);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_crypt(CTR, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 33);
	assert_int_equal(plan_crypt(0, SHA1, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 0);
}

static void an_aead_is_not_for_cioccrypt(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_crypt(RECORD, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void only_a_cipher_with_data_needs_a_destination(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = 0;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EFAULT);
	assert_int_equal(plan_crypt(0, SHA1, &op, &plan), VCRYPTO_FINE);
	op.len = 0;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	/* The length is looked at first. */
	op.len = 33;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void flags_say_when_a_hash_begins_and_ends(void **state)
{
	static const struct {
		uint16_t flags;
		uint32_t len;
		bool reset, ends;
	} rows[] = {
		{ 0, 16, true, true },
		{ VCRYPTO_COP_UPDATE, 16, false, false },
		{ VCRYPTO_COP_UPDATE, 0, false, true },
		{ VCRYPTO_COP_FINAL, 16, false, true },
		{ VCRYPTO_COP_UPDATE | VCRYPTO_COP_FINAL, 16, false, true },
		{ VCRYPTO_COP_UPDATE | VCRYPTO_COP_RESET, 16, true, false },
		{ VCRYPTO_COP_RESET, 16, true, true },
		{ VCRYPTO_COP_WRITE_IV, 16, false, true },
	};
	struct vcrypto_plan plan;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct vcrypto_crypt_op op = plan_crypt_of(rows[i].flags, rows[i].len);

		assert_int_equal(plan_crypt(CBC, SHA1, &op, &plan), VCRYPTO_FINE);
		assert_int_equal(plan.reset, rows[i].reset);
		assert_int_equal(plan.mac_len, rows[i].ends ? 20 : 0);
		assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
		assert_int_equal(plan.mac_len, 0);
	}
}

static void an_iv_is_read_if_there_is_one_and_the_cipher_takes_it(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(VCRYPTO_COP_WRITE_IV | VCRYPTO_COP_NO_ZC, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 16);
	assert_true(plan.write_iv && plan.copy);
	assert_int_equal(plan_crypt(VCRYPTO_CIPHER_AES_ECB, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	op.iv = op.flags = 0;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	assert_false(plan.write_iv || plan.copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_has_the_devices_numbers_for_its_algorithms),
		cmocka_unit_test(numbers_of_the_other_kind_and_of_none_are_refused),
		cmocka_unit_test(the_length_of_a_key_that_nothing_takes_is_not_looked_at),
		cmocka_unit_test(beside_an_aead_is_no_mac_and_only_a_record_cipher_has_a_mac_key),
		cmocka_unit_test(what_the_device_does_not_take_is_refused),
		cmocka_unit_test(a_hash_is_copied_between_two_sessions_that_have_the_same),
		cmocka_unit_test(a_call_is_to_encrypt_or_to_decrypt),
		cmocka_unit_test(data_is_a_multiple_of_the_ciphers_block),
		cmocka_unit_test(an_aead_is_not_for_cioccrypt),
		cmocka_unit_test(only_a_cipher_with_data_needs_a_destination),
		cmocka_unit_test(flags_say_when_a_hash_begins_and_ends),
		cmocka_unit_test(an_iv_is_read_if_there_is_one_and_the_cipher_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
