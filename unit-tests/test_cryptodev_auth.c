// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The same rules: CIOCAUTHCRYPT, of AEADs, TLS records and SRTP packets. */
#include "plan_rig.h"

static void flags_and_session_choose_the_mode(void **state)
{
	static const struct {
		uint32_t cipher, mac;
		uint16_t flags;
		int mode;	/* 0: refused */
	} rows[] = {
		{ GCM, 0, 0, VCRYPTO_AUTH_AEAD },
		{ GCM, 0, VCRYPTO_COP_TLS, VCRYPTO_AUTH_AEAD },
		{ GCM, 0, VCRYPTO_COP_SRTP, 0 },
		{ RECORD, 0, 0, VCRYPTO_AUTH_TLS },
		{ RECORD, 0, VCRYPTO_COP_SRTP, 0 },
		{ CBC, HMAC, VCRYPTO_COP_TLS, VCRYPTO_AUTH_TLS },
		{ CBC, HMAC, 0, 0 },
		{ CBC, SHA1, VCRYPTO_COP_TLS, 0 },
		{ CBC, 0, VCRYPTO_COP_TLS, 0 },
		{ CTR, HMAC, VCRYPTO_COP_SRTP, VCRYPTO_AUTH_SRTP },
		{ CTR, HMAC, VCRYPTO_COP_SRTP | VCRYPTO_COP_TLS, VCRYPTO_AUTH_SRTP },
		{ CTR, SHA1, VCRYPTO_COP_SRTP, 0 },
		{ CBC, HMAC, VCRYPTO_COP_SRTP, 0 },
		{ 0, HMAC, VCRYPTO_COP_TLS, 0 },
		{ 0, HMAC, VCRYPTO_COP_SRTP, 0 },
	};
	struct vcrypto_plan plan;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct vcrypto_auth_op op = plan_auth_of(0, rows[i].flags, 32);

		op.auth_src = SRC;
		op.auth_len = 32;
		assert_int_equal(plan_authcrypt(rows[i].cipher, rows[i].mac, &op, &plan),
				 rows[i].mode ? VCRYPTO_FINE : VCRYPTO_SAY_EINVAL);
		if (rows[i].mode)
			assert_int_equal(plan.mode, rows[i].mode);
	}
}

static void no_tag_length_is_the_full_one_and_others_are_those_of_the_mode(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(0, VCRYPTO_COP_TLS, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 16);
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 20);
	op.tag_len = 5;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 5);
	op.tag_len = 21;
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.tag_len = 0x10010;	/* 16, if cut off */
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_aead_has_its_tag_behind_the_ciphertext(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(VCRYPTO_COP_ENCRYPT, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = DST;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 32);
	assert_int_equal(plan.mac_at, DST + 32);
	assert_false(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 32), 48);
	op.op = VCRYPTO_COP_DECRYPT;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 16);
	assert_int_equal(plan.dst_len, 16);
	assert_int_equal(plan.mac_at, SRC + 16);
	assert_true(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 16), 16);
}

static void an_aead_needs_an_iv_and_room_for_its_tag(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(VCRYPTO_COP_DECRYPT, 0, 16);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 0);
	op.len = 15;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.op = VCRYPTO_COP_ENCRYPT;
	op.len = 0xffffffef;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	op.len++;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.len = 16;
	op.iv = 0;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void the_first_byte_of_ccms_iv_limits_the_length(void **state)
{
	struct vcrypto_plan plan = {
		.mode = VCRYPTO_AUTH_AEAD, .cipher = vcrypto_cipher_find(CCM), .src_len = 0xffff,
	};

	(void)state;
	assert_true(vcrypto_plan_needs_first(&plan));
	assert_true(vcrypto_plan_first_ok(&plan, 1));
	plan.src_len++;
	assert_false(vcrypto_plan_first_ok(&plan, 1));
	assert_true(vcrypto_plan_first_ok(&plan, 2));
	/* That there is no such length of the nonce is the device's to say. */
	assert_true(vcrypto_plan_first_ok(&plan, 0xff));
	plan.src_len = 0xffffffff;
	assert_true(vcrypto_plan_first_ok(&plan, 7));
	plan.cipher = vcrypto_cipher_find(GCM);
	assert_false(vcrypto_plan_needs_first(&plan));
	assert_true(vcrypto_plan_first_ok(&plan, 0));
}

static void a_tls_record_is_made_in_place_and_holds_mac_and_padding(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(VCRYPTO_COP_ENCRYPT, VCRYPTO_COP_TLS, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 32);
	assert_int_equal(plan.dst_len, 64);
	assert_int_equal(plan.aad_len, 13);
	assert_false(plan.can_cut);
	op.op = VCRYPTO_COP_DECRYPT;
	op.len = 64;
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 64);
	assert_false(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 32), 32);
	op.dst = DST;
	assert_int_equal(plan_authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(plan_authcrypt(RECORD, 0, &op, &plan), VCRYPTO_FINE);
	op.op = VCRYPTO_COP_ENCRYPT;
	op.len = 0xfffffff0;
	assert_int_equal(plan_authcrypt(RECORD, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_srtp_payload_lies_within_its_packet(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(VCRYPTO_COP_DECRYPT, VCRYPTO_COP_SRTP, 100);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_src = SRC - 12;
	op.auth_len = 12 + 100 + 4;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.aad_len, 12);
	assert_int_equal(plan.src_len, 100);
	assert_int_equal(plan.trailer, SRC + 100);
	assert_int_equal(plan.trailer_len, 4);
	assert_int_equal(plan.mac_at, MAC);
	assert_true(vcrypto_plan_reads_tag(&plan));
	op.auth_len = 12 + 100;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.trailer_len, 0);
	op.auth_len--;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	/* Nor is a sum that 32 bits cannot say less than the packet. */
	op.auth_src = SRC - 1;
	op.len = UINT32_MAX;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.len = 100;
	op.auth_len = 1000;
	op.auth_src = SRC - VCRYPTO_COP_MAX_SRTP_HEADER;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	op.auth_src--;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.auth_src = SRC + 1;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	/* Not round the end of memory either. */
	op.auth_src = UINT64_MAX - 15;
	op.src = op.dst = 16;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_srtp_packet_has_a_payload_and_stays_where_it_is(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(VCRYPTO_COP_ENCRYPT, VCRYPTO_COP_SRTP, 100);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_src = SRC;
	op.auth_len = 100;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	op.dst = DST;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.dst = SRC;
	op.len = 0;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_session_choose_the_mode),
		cmocka_unit_test(no_tag_length_is_the_full_one_and_others_are_those_of_the_mode),
		cmocka_unit_test(an_aead_has_its_tag_behind_the_ciphertext),
		cmocka_unit_test(an_aead_needs_an_iv_and_room_for_its_tag),
		cmocka_unit_test(the_first_byte_of_ccms_iv_limits_the_length),
		cmocka_unit_test(a_tls_record_is_made_in_place_and_holds_mac_and_padding),
		cmocka_unit_test(an_srtp_payload_lies_within_its_packet),
		cmocka_unit_test(an_srtp_packet_has_a_payload_and_stays_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
