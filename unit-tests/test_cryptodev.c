// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the ioctls of /dev/crypto mean (docs/semantics.md): the rules alone, without a device. */
#include <vcrypto/cryptodev.h>

#include "check.h"

/* Where the program's memory would be.  Nobody looks at it. */
enum { SRC = 0x100000, DST = 0x200000, MAC = 0x300000, IV = 0x400000, AAD = 0x500000 };

enum { PAYLOAD = 1 << 20, PAGE = 4096 };

static struct vcrypto_plan_session session_of(uint32_t cipher, uint32_t mac)
{
	return (struct vcrypto_plan_session) {
		.cipher = vcrypto_cipher_find(cipher), .mac = vcrypto_mac_find(mac),
		.payload = PAYLOAD, .aad = PAGE,
	};
}

static struct vcrypto_crypt_op crypt_of(uint16_t flags, uint32_t len)
{
	return (struct vcrypto_crypt_op) {
		.flags = flags, .len = len, .src = SRC, .dst = DST, .mac = MAC, .iv = IV,
	};
}

static struct vcrypto_auth_op auth_of(uint16_t op, uint16_t flags, uint32_t len)
{
	return (struct vcrypto_auth_op) {
		.op = op, .flags = flags, .len = len, .auth_len = 13, .auth_src = AAD,
		.src = SRC, .dst = SRC, .tag = MAC, .iv = IV,
	};
}

static enum vcrypto_verdict crypt(uint32_t cipher, uint32_t mac,
				  const struct vcrypto_crypt_op *op, struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = session_of(cipher, mac);

	return vcrypto_plan_crypt(&session, op, plan);
}

static enum vcrypto_verdict authcrypt(uint32_t cipher, uint32_t mac,
				      const struct vcrypto_auth_op *op,
				      struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = session_of(cipher, mac);

	return vcrypto_plan_authcrypt(&session, op, plan);
}

static bool fits(const struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = session_of(0, 0);

	return vcrypto_plan_fits(&session, plan);
}

#define CBC VCRYPTO_CIPHER_AES_CBC
#define CTR VCRYPTO_CIPHER_AES_CTR
#define XTS VCRYPTO_CIPHER_AES_XTS
#define GCM VCRYPTO_CIPHER_AES_GCM
#define CCM VCRYPTO_CIPHER_AES_CCM
#define RECORD VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1
#define SHA1 VCRYPTO_MAC_SHA1
#define HMAC VCRYPTO_MAC_HMAC_SHA1
#define GMAC VCRYPTO_MAC_GMAC_AES

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
	const struct vcrypto_plan_session hash = session_of(0, SHA1), both = session_of(CBC, SHA1);
	const struct vcrypto_plan_session keyed = session_of(0, HMAC), none = session_of(CBC, 0);

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
	struct vcrypto_crypt_op op = crypt_of(0, 32);
	struct vcrypto_auth_op auth = auth_of(0, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_false(plan.decrypt);
	op.op = VCRYPTO_COP_DECRYPT;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(plan.decrypt);
	op.op = auth.op = 2;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(crypt(0, SHA1, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(authcrypt(GCM, 0, &auth, &plan), VCRYPTO_SAY_EINVAL);
}

static void data_is_a_multiple_of_the_ciphers_block(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(0, 33);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(crypt(CTR, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 33);
	assert_int_equal(crypt(0, SHA1, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 0);
}

static void an_aead_is_not_for_cioccrypt(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(0, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(crypt(RECORD, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void only_a_cipher_with_data_needs_a_destination(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = 0;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EFAULT);
	assert_int_equal(crypt(0, SHA1, &op, &plan), VCRYPTO_FINE);
	op.len = 0;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	/* The length is looked at first. */
	op.len = 33;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
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
		const struct vcrypto_crypt_op op = crypt_of(rows[i].flags, rows[i].len);

		assert_int_equal(crypt(CBC, SHA1, &op, &plan), VCRYPTO_FINE);
		assert_int_equal(plan.reset, rows[i].reset);
		assert_int_equal(plan.mac_len, rows[i].ends ? 20 : 0);
		assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
		assert_int_equal(plan.mac_len, 0);
	}
}

static void an_iv_is_read_if_there_is_one_and_the_cipher_takes_it(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(VCRYPTO_COP_WRITE_IV | VCRYPTO_COP_NO_ZC, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 16);
	assert_true(plan.write_iv && plan.copy);
	assert_int_equal(crypt(VCRYPTO_CIPHER_AES_ECB, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	op.iv = op.flags = 0;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	assert_false(plan.write_iv || plan.copy);
}

/* --- what the device takes --- */

/* 4.CRYPT.3e: it goes with the call's first request */
static void a_mac_that_takes_an_iv_has_it_with_the_first_part(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(VCRYPTO_COP_WRITE_IV, 1000);
	static const uint8_t iv[VCRYPTO_MAX_IV] = { 1 };
	struct vcrypto_plan_step step = { .len = 600, .first_iv = iv, .next_iv = iv };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(0, GMAC, &op, &plan), VCRYPTO_FINE);
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
	assert_int_equal(crypt(0, GMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
	assert_int_equal(crypt(0, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.iv_len, 0);
}

static void a_long_destination_must_not_overtake_its_source(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(0, VCRYPTO_COP_MAX_OVERLAP + 16);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = op.src + 16;
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(vcrypto_plan_overtakes(&plan));
	assert_false(fits(&plan));
	plan.src_len = plan.dst_len = VCRYPTO_COP_MAX_OVERLAP;
	assert_true(vcrypto_plan_overtakes(&plan));
	assert_true(fits(&plan));
	plan.src_len = plan.dst_len = VCRYPTO_COP_MAX_OVERLAP + 16;
	plan.dst = plan.src;
	assert_true(fits(&plan));
	plan.dst = plan.src - 16;
	assert_true(fits(&plan));
	plan.dst = plan.src + plan.src_len;
	assert_true(fits(&plan));
	/* A hash writes nothing. */
	plan.dst = plan.src + 16;
	plan.dst_len = 0;
	assert_true(fits(&plan));
}

static void a_data_unit_of_xts_has_a_longest_length(void **state)
{
	struct vcrypto_crypt_op op = crypt_of(0, VCRYPTO_COP_MAX_UNIT);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = op.src;
	assert_int_equal(crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(fits(&plan));
	op.len += 16;
	assert_int_equal(crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
	assert_false(fits(&plan));
	assert_int_equal(crypt(CBC, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(fits(&plan));
}

static void what_cannot_be_cut_fits_into_one_request(void **state)
{
	struct vcrypto_auth_op op = auth_of(0, VCRYPTO_COP_TLS, PAYLOAD - 20);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, PAYLOAD);
	assert_true(fits(&plan));
	op.len++;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_false(fits(&plan));
	op.len = PAYLOAD + 1;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(fits(&plan));
}

static void aad_and_trailer_are_a_page_at_most(void **state)
{
	struct vcrypto_auth_op op = auth_of(0, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_len = PAGE;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_true(fits(&plan));
	plan.aad_len++;
	assert_false(fits(&plan));
	op.flags = VCRYPTO_COP_SRTP;
	op.src = op.dst = op.auth_src;
	op.auth_len = op.len + PAGE;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_true(fits(&plan));
	op.auth_len++;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_false(fits(&plan));
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
	struct vcrypto_crypt_op op = crypt_of(0, 48);
	struct vcrypto_plan_step step = { .len = 16, .first_iv = first, .next_iv = next };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(CBC, SHA1, &op, &plan), VCRYPTO_FINE);
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
	struct vcrypto_crypt_op op = crypt_of(0, 48);
	struct vcrypto_plan_step step = { .len = 32 };
	struct vcrypto_crypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(crypt(XTS, 0, &op, &plan), VCRYPTO_FINE);
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
	struct vcrypto_auth_op op = auth_of(0, 0, 48);
	struct vcrypto_plan_step step = { .len = 32, .first_iv = iv };
	struct vcrypto_authcrypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
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
	struct vcrypto_auth_op op = auth_of(0, 0, 48);
	struct vcrypto_plan_step step = { .len = 32 };
	struct vcrypto_authcrypt_args args;
	struct vcrypto_plan plan;

	(void)state;
	op.tag_len = 8;
	assert_int_equal(authcrypt(CCM, 0, &op, &plan), VCRYPTO_FINE);
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_int_equal(args.message_len, 48);
	assert_int_equal(args.tag_len, 8);
	step.len = 48;
	vcrypto_plan_authcrypt_args(&plan, &step, &args);
	assert_int_equal(args.message_len, 0);
	assert_int_equal(args.tag_len, 8);
}

/* --- CIOCAUTHCRYPT --- */

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
		struct vcrypto_auth_op op = auth_of(0, rows[i].flags, 32);

		op.auth_src = SRC;
		op.auth_len = 32;
		assert_int_equal(authcrypt(rows[i].cipher, rows[i].mac, &op, &plan),
				 rows[i].mode ? VCRYPTO_FINE : VCRYPTO_SAY_EINVAL);
		if (rows[i].mode)
			assert_int_equal(plan.mode, rows[i].mode);
	}
}

static void no_tag_length_is_the_full_one_and_others_are_those_of_the_mode(void **state)
{
	struct vcrypto_auth_op op = auth_of(0, VCRYPTO_COP_TLS, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 16);
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 20);
	op.tag_len = 5;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.mac_len, 5);
	op.tag_len = 21;
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.tag_len = 0x10010;	/* 16, if cut off */
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_aead_has_its_tag_behind_the_ciphertext(void **state)
{
	struct vcrypto_auth_op op = auth_of(VCRYPTO_COP_ENCRYPT, 0, 32);
	struct vcrypto_plan plan;

	(void)state;
	op.dst = DST;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 32);
	assert_int_equal(plan.mac_at, DST + 32);
	assert_false(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 32), 48);
	op.op = VCRYPTO_COP_DECRYPT;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 16);
	assert_int_equal(plan.dst_len, 16);
	assert_int_equal(plan.mac_at, SRC + 16);
	assert_true(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 16), 16);
}

static void an_aead_needs_an_iv_and_room_for_its_tag(void **state)
{
	struct vcrypto_auth_op op = auth_of(VCRYPTO_COP_DECRYPT, 0, 16);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 0);
	op.len = 15;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.op = VCRYPTO_COP_ENCRYPT;
	op.len = 0xffffffef;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_FINE);
	op.len++;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.len = 16;
	op.iv = 0;
	assert_int_equal(authcrypt(GCM, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
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
	struct vcrypto_auth_op op = auth_of(VCRYPTO_COP_ENCRYPT, VCRYPTO_COP_TLS, 32);
	struct vcrypto_plan plan;

	(void)state;
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.src_len, 32);
	assert_int_equal(plan.dst_len, 64);
	assert_int_equal(plan.aad_len, 13);
	assert_false(plan.can_cut);
	op.op = VCRYPTO_COP_DECRYPT;
	op.len = 64;
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.dst_len, 64);
	assert_false(vcrypto_plan_reads_tag(&plan));
	assert_int_equal(vcrypto_plan_result_len(&plan, 32), 32);
	op.dst = DST;
	assert_int_equal(authcrypt(CBC, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	assert_int_equal(authcrypt(RECORD, 0, &op, &plan), VCRYPTO_FINE);
	op.op = VCRYPTO_COP_ENCRYPT;
	op.len = 0xfffffff0;
	assert_int_equal(authcrypt(RECORD, 0, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_srtp_payload_lies_within_its_packet(void **state)
{
	struct vcrypto_auth_op op = auth_of(VCRYPTO_COP_DECRYPT, VCRYPTO_COP_SRTP, 100);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_src = SRC - 12;
	op.auth_len = 12 + 100 + 4;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.aad_len, 12);
	assert_int_equal(plan.src_len, 100);
	assert_int_equal(plan.trailer, SRC + 100);
	assert_int_equal(plan.trailer_len, 4);
	assert_int_equal(plan.mac_at, MAC);
	assert_true(vcrypto_plan_reads_tag(&plan));
	op.auth_len = 12 + 100;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	assert_int_equal(plan.trailer_len, 0);
	op.auth_len--;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.auth_len = 1000;
	op.auth_src = SRC - VCRYPTO_COP_MAX_SRTP_HEADER;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	op.auth_src--;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.auth_src = SRC + 1;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	/* Not round the end of memory either. */
	op.auth_src = UINT64_MAX - 15;
	op.src = op.dst = 16;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
}

static void an_srtp_packet_has_a_payload_and_stays_where_it_is(void **state)
{
	struct vcrypto_auth_op op = auth_of(VCRYPTO_COP_ENCRYPT, VCRYPTO_COP_SRTP, 100);
	struct vcrypto_plan plan;

	(void)state;
	op.auth_src = SRC;
	op.auth_len = 100;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_FINE);
	op.dst = DST;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
	op.dst = SRC;
	op.len = 0;
	assert_int_equal(authcrypt(CTR, HMAC, &op, &plan), VCRYPTO_SAY_EINVAL);
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
