// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Known answers from the standards, through the whole device, in many cuts. */
#include <stdlib.h>

#include "flat.h"
#include "vectors.h"

static struct guest guest;

/* Longest piece of a buffer; 0: in one piece. */
static const uint32_t cuts[] = { 0, 1, 3, 15, 16, 17, 64 };

static int start(void **state)
{
	struct guest_options options = guest_defaults(real_backend());

	(void)state;
	options.ring_size = 1024;
	guest_start_with(&guest, &options);
	guest.layout = SIM_INDIRECT;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

static void make(const struct vector *vector)
{
	const struct vcrypto_session_args args = {
		.cipher = vector->cipher, .mac = vector->mac,
		.cipher_key = vector->key.at, .cipher_key_len = (uint32_t)vector->key.len,
		.mac_key = vector->mac_key.at, .mac_key_len = (uint32_t)vector->mac_key.len,
	};

	make_session(&guest, &args);
}

/* Not every backend has everything; libcrypto has. */
static bool offered(const struct vector *vector)
{
	const struct vcrypto_capabilities *has =
		vcrypto_lane_capabilities(vcrypto_engine_lane(guest.engine));

	if (vector->cipher ? has->ciphers & vcrypto_algorithm_bit(vector->cipher) :
			     has->macs & vcrypto_algorithm_bit(vector->mac))
		return true;
	print_message("SKIP: not by %s\n", real_backend()->name);
	assert_ptr_not_equal(real_backend(), &vcrypto_backend_libcrypto);
	return false;
}

static void drop(void)
{
	assert_answer(&guest, guest_free(&guest, 0, 0), VCRYPTO_OK);
}

static void crypt_once(const struct vector *vector, bool decrypt)
{
	const struct bytes *from = decrypt ? &vector->ciphertext : &vector->plaintext;
	const struct bytes *to = decrypt ? &vector->plaintext : &vector->ciphertext;
	struct vcrypto_crypt_args args = data_args(0, (uint32_t)from->len);
	struct guest_call *call;

	args.decrypt = decrypt;
	args.iv = vector->iv.at;
	args.iv_len = args.iv_out_len = (uint16_t)vector->iv.len;
	call = guest_crypt(&guest, &args, from->at);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->dst, to->at, to->len);
	assert_int_equal(vector->iv.len, vector->next_iv.len);
	if (vector->iv.len)
		assert_memory_equal(call->iv, vector->next_iv.at, vector->next_iv.len);
	guest_forget(&guest, call);
}

static void check_cipher(const struct vector *vector)
{
	size_t i;

	print_message("%s\n", vector->where);
	if (!offered(vector))
		return;
	make(vector);
	for (i = 0; i < COUNT(cuts); i++) {
		guest.cut = cuts[i];
		crypt_once(vector, false);
		crypt_once(vector, true);
	}
	guest.cut = 0;
	drop();
}

static struct vcrypto_engine *engine;
static struct flat flat;

/* As it is on the wire (protocol 4.8.1): the nonce of CCM within 16 bytes. */
static uint16_t wire_iv(const struct vector *vector, uint8_t iv[VCRYPTO_MAX_IV])
{
	bool ccm = vector->cipher == VCRYPTO_CIPHER_AES_CCM;

	memset(iv, 0, VCRYPTO_MAX_IV);
	memcpy(iv + ccm, vector->iv.at, vector->iv.len);
	if (ccm)
		iv[0] = (uint8_t)(14 - vector->iv.len);
	return ccm ? 16 : (uint16_t)vector->iv.len;
}

/* Sealed or opened, in pieces of @each bytes on either side. */
static void authcrypt_once(const struct vector *vector, bool decrypt, uint32_t each)
{
	const struct bytes *from = decrypt ? &vector->ciphertext : &vector->plaintext;
	const struct bytes *to = decrypt ? &vector->plaintext : &vector->ciphertext;
	uint8_t iv[VCRYPTO_MAX_IV];
	const struct vcrypto_authcrypt_args args = {
		.mode = VCRYPTO_AUTH_AEAD, .decrypt = decrypt, .iv = iv,
		.iv_len = wire_iv(vector, iv), .tag_len = (uint16_t)vector->tag.len,
		.aad_len = (uint32_t)vector->aad.len, .src_len = (uint32_t)from->len,
		.dst_len = (uint32_t)to->len,
	};
	const struct flat_cut cut = { { 0, 0 }, each };

	flat_authcrypt(&flat, &args, vector->aad.at, from->at, NULL, vector->tag.at);
	flat_run(engine, &flat, &cut, &cut);
	assert_int_equal(flat_reply_status(&flat), VCRYPTO_OK);
	assert_memory_equal(flat.reply + 16, to->at, to->len);
	if (!decrypt)
		assert_memory_equal(flat.reply + 16 + to->len, vector->tag.at, vector->tag.len);
}

static void check_aead(const struct vector *vector)
{
	struct vcrypto_session_args args = { .cipher = vector->cipher, .cipher_key = vector->key.at,
					     .cipher_key_len = (uint32_t)vector->key.len };
	size_t i;

	print_message("%s\n", vector->where);
	if (!offered(vector))
		return;
	engine = flat_engine(real_backend());
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < COUNT(cuts); i++) {
		authcrypt_once(vector, false, cuts[i]);
		authcrypt_once(vector, true, cuts[i]);
	}
	flat_engine_free(engine);
}

/* One request for each @step bytes of the message; the last one finishes. */
static void hash_in_steps(const struct vector *vector, uint32_t step)
{
	size_t total = vector->message.len * vector->repeat;
	uint8_t *text = malloc(total + 1);
	struct vcrypto_crypt_args args = {
		.reset = true, .iv = vector->iv.at, .iv_len = (uint16_t)vector->iv.len,
	};
	struct guest_call *call;
	size_t done = 0;
	bool last;

	assert_non_null(text);
	for (; done < total; done += vector->message.len)
		memcpy(text + done, vector->message.at, vector->message.len);
	done = 0;
	do {
		args.src_len = (uint32_t)(total - done < step ? total - done : step);
		last = done + args.src_len == total;
		args.mac_len = (uint16_t)(last ? vector->digest.len : 0);
		call = guest_crypt(&guest, &args, text + done);
		host_run(&guest);
		assert_status(call, VCRYPTO_OK);
		if (last)
			assert_memory_equal(call->mac, vector->digest.at, vector->digest.len);
		guest_forget(&guest, call);
		done += args.src_len;
		args.reset = false;
		args.iv_len = 0;
	} while (!last);
	free(text);
}

static void check_mac(const struct vector *vector)
{
	size_t i;

	print_message("%s\n", vector->where);
	if (!offered(vector))
		return;
	make(vector);
	if (vector->repeat > 1) {
		hash_in_steps(vector, 65536);
		hash_in_steps(vector, 9999);
	}
	for (i = 0; i < COUNT(cuts) && vector->repeat == 1; i++) {
		guest.cut = cuts[i];
		hash_in_steps(vector, 65536);
		hash_in_steps(vector, 7);
	}
	guest.cut = 0;
	drop();
}

static void fips_197_and_sp_800_38a_aes(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "aes.txt", check_cipher), 18);
}

static void ieee_1619_xts_and_old_ciphers_cbc(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "cbc-xts.txt", check_cipher), 12);
}

static void gcm_ccm_and_chacha20_poly1305(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "aead.txt", check_aead), 11);
}

static void ripemd160_and_sha3_and_their_hmac(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "ripemd160-sha3.txt", check_mac), 24);
}

static void fips_180_sha_and_rfc_1321_md5(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "digest.txt", check_mac), 27);
}

static void rfc_2202_and_rfc_4231_hmac(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "hmac.txt", check_mac), 38);
}

static void rfc_4493_and_sp_800_38b_cmac(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "cmac.txt", check_mac), 15);
}

static void cavp_and_the_gcm_specification_gmac(void **state)
{
	(void)state;
	assert_int_equal(each_vector(VECTORS "gmac.txt", check_mac), 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fips_197_and_sp_800_38a_aes),
		TEST(ieee_1619_xts_and_old_ciphers_cbc),
		TEST(gcm_ccm_and_chacha20_poly1305),
		TEST(ripemd160_and_sha3_and_their_hmac),
		TEST(fips_180_sha_and_rfc_1321_md5),
		TEST(rfc_2202_and_rfc_4231_hmac),
		TEST(rfc_4493_and_sp_800_38b_cmac),
		TEST(cavp_and_the_gcm_specification_gmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
