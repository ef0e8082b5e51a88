// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The same rules: what fits into a request, and how a call that does not is cut. */
#include "plan_rig.h"

/* --- what the device takes --- */

/* 4.CRYPT.3e: it goes with the call's first request */
static void a_mac_that_takes_an_iv_has_it_with_the_first_part(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(VCRYPTO_COP_WRITE_IV, 1000);
	static const uint8_t iv[VCRYPTO_MAX_IV] = { 1 };
	struct vcrypto_plan_step step = { .len = 600, .first_iv = iv, .next_iv = iv };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(0, GMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 12);
	vcrypto_plan_crypt_args(&plan, &step, &args);
	assert_int_equal(args.iv_len, 12);
	assert_int_equal(args.iv_out_len, 0);
	assert_ptr_equal(args.iv, iv);
	step.offset = 600;
	step.len = 400;
	vcrypto_plan_crypt_args(&plan, &step, &args);
	assert_int_equal(args.iv_len, 0);
	assert_int_equal(args.mac_len, 16);
	op.iv = 0;
	assert_int_equal(plan_crypt(0, GMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	assert_int_equal(plan_crypt(0, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
}

static void a_long_destination_must_not_overtake_its_source(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, VCRYPTO_COP_MAX_OVERLAP + 16);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = op.src + 16;
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(vcrypto_plan_overtakes(&plan));
	assert_false(plan_fits(&plan));
	plan.src_len = plan.dst_len = VCRYPTO_COP_MAX_OVERLAP;
	assert_true(vcrypto_plan_overtakes(&plan));
	assert_true(plan_fits(&plan));
	plan.src_len = plan.dst_len = VCRYPTO_COP_MAX_OVERLAP + 16;
	plan.dst = plan.src;
	assert_true(plan_fits(&plan));
	plan.dst = plan.src - 16;
	assert_true(plan_fits(&plan));
	plan.dst = plan.src + plan.src_len;
	assert_true(plan_fits(&plan));
	/* A hash writes nothing. */
	plan.dst = plan.src + 16;
	plan.dst_len = 0;
	assert_true(plan_fits(&plan));
}

static void a_data_unit_of_xts_has_a_longest_length(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, VCRYPTO_COP_MAX_UNIT);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = op.src;
	assert_int_equal(plan_crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan_fits(&plan));
	op.len += 16;
	assert_int_equal(plan_crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
	assert_false(plan_fits(&plan));
	assert_int_equal(plan_crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan_fits(&plan));
}

static void what_cannot_be_cut_fits_into_one_request(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(0, VCRYPTO_COP_TLS, PAYLOAD - 20);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, PAYLOAD);
	assert_true(plan_fits(&plan));
	op.len++;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_false(plan_fits(&plan));
	op.len = PAYLOAD + 1;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan_fits(&plan));
}

static void aad_and_trailer_are_a_page_at_most(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(0, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_len = PAGE;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan_fits(&plan));
	plan.aad_len++;
	assert_false(plan_fits(&plan));
	op.flags = VCRYPTO_COP_SRTP;
	op.src = op.dst = op.auth_src;
	op.auth_len = op.len + PAGE;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_true(plan_fits(&plan));
	op.auth_len++;
	assert_int_equal(plan_authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_false(plan_fits(&plan));
}

/* --- how a call is cut --- */

static void a_call_is_cut_where_a_request_is_full(void **state)
{
	struct vcrypto_plan plan = { .src_len = 100, .can_cut = true };

	(void)state;
	assert_int_equal(vcrypto_plan_next(&plan, 0, 48), 48);
	assert_int_equal(vcrypto_plan_next(&plan, 48, 48), 48);
	assert_int_equal(vcrypto_plan_next(&plan, 96, 48), 4);
	assert_int_equal(vcrypto_plan_next(&plan, 0, 100), 100);
	plan.can_cut = false;
	assert_int_equal(vcrypto_plan_next(&plan, 0, 48), 100);
}

static void parts_go_on_with_the_iv_of_the_part_before(void **state)
{
	static const uint8_t first[16], next[16];
	struct vcrypto_crypt_op op = plan_crypt_of(0, 48);
	struct vcrypto_plan_step step = { .len = 16, .first_iv = first, .next_iv = next };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(CBC, SHA1, &op, &plan), VCRYPTO_FINE);
	for (step.offset = 0; step.offset < 48; step.offset += 16) {
		vcrypto_plan_crypt_args(&plan, &step, &args);
		assert_ptr_equal(args.iv, step.offset ? next : first);
		assert_int_equal(args.iv_len, 16);
		assert_int_equal(args.iv_out_len, 16);
		assert_int_equal(args.reset, step.offset == 0);
		assert_int_equal(args.mac_len, step.offset == 32 ? 20 : 0);
		assert_int_equal(args.src_len, 16);
		assert_int_equal(args.dst_len, 16);
		assert_false(args.more);
	}
	/* The session's hash has nothing yet: anew, whatever the flags say. */
	step.fresh = true;
	vcrypto_plan_crypt_args(&plan, &step, &args);
	assert_true(args.reset);
}

static void only_xts_is_told_that_more_follows(void **state)
{
	struct vcrypto_crypt_op op = plan_crypt_of(0, 48);
	struct vcrypto_plan_step step = { .len = 32 };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
	vcrypto_plan_crypt_args(&plan, &step, &args);
	assert_true(args.more);
	assert_int_equal(args.iv_out_len, 16);
	step.offset = 32;
	step.len = 16;
	vcrypto_plan_crypt_args(&plan, &step, &args);
	assert_false(args.more);
	assert_int_equal(args.iv_out_len, 0);
}

static void only_the_first_part_of_a_message_has_aad_and_only_the_last_the_tag(void **state)
{
	static const uint8_t iv[16];
	struct vcrypto_auth_op op = plan_auth_of(0, 0, 48);
	struct vcrypto_plan_step step = { .len = 32, .first_iv = iv };
	struct vcrypto_authcrypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(plan_authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_true(args.more && !args.go_on);
	assert_int_equal(args.aad_len, 13);
	assert_int_equal(args.iv_len, 12);
	assert_int_equal(args.iv_out_len, 0);
	assert_int_equal(args.tag_len, 0);
	assert_int_equal(args.message_len, 0);
	assert_int_equal(args.dst_len, 32);
	step.offset = 32;
	step.len = 16;
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_true(!args.more && args.go_on);
	assert_int_equal(args.aad_len, 0);
	assert_int_equal(args.iv_len, 0);
	assert_int_equal(args.tag_len, 16);
}

static void ccm_is_told_all_lengths_with_the_first_part(void **state)
{
	struct vcrypto_auth_op op = plan_auth_of(0, 0, 48);
	struct vcrypto_plan_step step = { .len = 32 };
	struct vcrypto_authcrypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	op.tag_len = 8;
	assert_int_equal(plan_authcrypt(CCM, 0, &op, &plan), VCRYPTO_FINE);
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_int_equal(args.message_len, 48);
	assert_int_equal(args.tag_len, 8);
	step.len = 48;
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_int_equal(args.message_len, 0);
	assert_int_equal(args.tag_len, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mac_that_takes_an_iv_has_it_with_the_first_part),
		cmocka_unit_test(a_long_destination_must_not_overtake_its_source),
		cmocka_unit_test(a_data_unit_of_xts_has_a_longest_length),
		cmocka_unit_test(what_cannot_be_cut_fits_into_one_request),
		cmocka_unit_test(aad_and_trailer_are_a_page_at_most),
		cmocka_unit_test(a_call_is_cut_where_a_request_is_full),
		cmocka_unit_test(parts_go_on_with_the_iv_of_the_part_before),
		cmocka_unit_test(only_xts_is_told_that_more_follows),
		cmocka_unit_test(
			only_the_first_part_of_a_message_has_aad_and_only_the_last_the_tag),
		cmocka_unit_test(ccm_is_told_all_lengths_with_the_first_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
