// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AKCIPHER of the standard's crypto device: requests as bytes written by hand, with published
 * keys and signatures, and with new keys against libcrypto used in another way.
 */
#include <stdlib.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <vcrypto/backends.h>

#include "real_backend.h"
#include "virtio_hand.h"

#define ENCRYPT 0
#define DECRYPT 1
#define SIGN 2
#define VERIFY 3

#define PUBLIC 1
#define PRIVATE 2

#define ERR 1
#define NOTSUPP 3
#define INVSESS 4
#define NOSPC 5
#define KEY_REJECTED 6

#define ALL_STATELESS (STATELESS | 32u)

static const uint64_t framings[] = { 0, REVISION_1, REVISION_1 | ALL_STATELESS };

/* RFC 7515, A.2: key, digest and signature. */
static const char jws_private[] =
	"308204a30201000282010100a1f8160ae2e3c9b465ce8d2d656263362b927dbe29e1f02477fc1625cc90a136"
	"e38bd93497c5b6ea63dd7711e67c7429f956b0fb8a8f089adc4b69893cc1333f53edd019b87784252fec914f"
	"e4857769594bea4280d32c0f55bf62944f130396bc6e9bdf6ebdd2bda3678eeca0c668f701b38dbffb38c834"
	"2ce2fe6d27fade4a5a4874979dd4b9cf9adec4c75b05852c2c0f5ef8a5c1750392f944e8ed64c110c6b64760"
	"9aa4783aeb9c6c9ad755313050638b83665c6f6f7a82a396702a1f641b82d3ebf2392219491fb686872c5716"
	"f50af8358d9a8b9d17c340728f7f87d89a18d8fcab67ad84590c2ecf759339363c07034d6f606f9e21e05456"
	"cae5e9a102030100010282010012ae71a469cd0a2bc37e526c4500571f1d61751d64e949707b62590f9d0ba5"
	"7c963c401e3fcf2f2cd3bdec88e503bfc6439b0b28c82f7d3797671f5213eed8c15a25d8d5cea0025ee3ab2e"
	"8b7f79216fc63bea562753b40644c6a15127d9b2954540a0bbe1a30556982d4e9fde5f6425f14d4b713441b5"
	"5dc73b9b4aedcc92ace3927e37f57d0cfd5e7581fa512c8f4961a9eb0b80f8a80746728a55ff46471f342506"
	"3b9d53642f5ede1e84d613081afa5c22d051285bd63b943b565d898a05685413e53c3c6c6525ff1fe34e3ddc"
	"70f0d56450fda48ba12e104e9deb9fb81881e1c4bdf25d9247f450c865927968e77334f4414f75a750e13954"
	"6e3a8a739d02818100e01cc410eb48a6655d54464d0aa4bb6da0b872b774a6a9d11ffe480778f0ddb7311a7e"
	"902ef9c4b5f75476262ba8176cb35979f014372a1a2829e4136bd001d07c3f3f2e4f25d4c934f63c7109fba2"
	"e67628a0dc9a73c6058e6def22dcd50950e711ddc16d5586f2a7fa75ea8494c18083e0b65742f8a0d5e73fb2"
	"d970f0194702818100b903c47e0995b632f4532cb1f3c199145d5f3ae9c7dfeedc7a92a6b47e29c61b42a07a"
	"a95a64fc600999c5a7b01e01c08cb62ca756527bbcc56078fb0baba5ed38de2d07990ff6300faeadeb6c039a"
	"97bf1e507e4e7040fa78db8257c8b112ed5e59c3cd092fe5d4e5b51275d41281072a5e785ebaf3dae3709203"
	"133f5159d702818007029f577024ab9fcc1590c56429d6fb0ce5f820a8f375a866f9cb430093783bfcbb396e"
	"4529e6ef52374022dd86ba84d9ef58931beec5d05fa53fcf23b633f8538a9eed51e87b097830a39f5d92937b"
	"e6024b55db36f7e0c09dcbb72975387f615afbb6cb36bbabe7793c2b03ceab66dbb931baf50b55ec9af9311d"
	"001d628d0281810087ff7afa62b547fee0961b2e9bcd5d6718d39d8ca73db6691f38998de78771762c5da68c"
	"c243a5383b166bb23dc570e84706ca801ef5f6bae6236a0aafa3770e8f54d1a8da1c5f8d2899f082331ddb0f"
	"5c8f3dfffa4c8d97102bdafe082a118da6633988880e4b55599ce67af26ebfa5b2c14a9de7b2c4dd96abddd2"
	"d2224c7502818021877b0c73a1ad6bf19303d0b11336b4e82b8db72b7efb50262a5df8395cc7256eb8cf6c40"
	"b7608d5936a32dba174126a527062ead8ca305fb7e177f409437c9dcb9718ed82018bcef0f7720a2c475f9db"
	"26da0e3cb516d084eb25178e828d5cabd49bb3161ac0181fa7f821e80e7ad37936f9943054ad092921ee2c59"
	"2e4375";

static const char jws_digest[] =
	"c88a34847b4ffb12a9326e540f144b3dcc4d5515f18701e7d6e0ee7866c9c705";

static const char jws_signature[] =
	"702e218943e88fd11eb5d82dbf7845f34106ae1b81fff7731116add1717d83656d420afd3c96eedd73a2663e"
	"5166687b000b87226e0187ed1073f945e582adfcef16d85a798ee8c66ddb3db8975b17d09402beedd5d9d970"
	"07108db28160d5f8040ca7445762b81fbe7ff9d92e0ae76f24f25b33bbe6f44ae61eb1040acb20044d3ef912"
	"8ed40130795bd4bd3b41eecad066ab651981fde48df77f372dc38b9fafdd3befb18b5da3cc3c2eb02f9e3a41"
	"d612caad15911273a05f23b9e838faaf849d698429ef5a1e88798236c3d40e604522a544c8f27a7a2db80663"
	"d16cf7caea56de405cb2215a45b2c25566b55ac1a748a070dfc8a32a469543d019eefb47";

/* RFC 6979, A.2.5: key, SHA-256 of "sample", signature. */
static const char rfc6979_point[] =
	"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9"
	"e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static const char rfc6979_digest[] =
	"af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";

static const char rfc6979_signature[] =
	"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c94"
	"2d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

struct bytes {
	uint8_t at[4096];
	size_t len;
};

static struct bytes key, public_key, text, result, digest;

static void set_hex(struct bytes *bytes, const char *hex)
{
	bytes->len = unhex(hex, bytes->at, sizeof(bytes->at));
}

static int start(void **state)
{
	(void)state;
	hand_start(real_backend(), 16, 0);
	vcrypto_virtio_offer_akcipher(hand_device, NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	hand_stop();
	return 0;
}

/* --- keys of libcrypto's --- */

static EVP_PKEY *pkey;

static void forget_key(void)
{
	EVP_PKEY_free(pkey);
	pkey = NULL;
}

/* PKCS#1 of both halves (i2d_PrivateKey() writes it for RSA, and RFC 5915 for EC). */
static void write_key(void)
{
	uint8_t *to = key.at;

	key.len = (size_t)i2d_PrivateKey(pkey, &to);
	to = public_key.at;
	public_key.len = (size_t)i2d_PublicKey(pkey, &to);
	assert_true(key.len && key.len < sizeof(key.at));
}

static void new_rsa(unsigned int bits)
{
	forget_key();
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	assert_non_null(pkey);
	write_key();
}

static void new_ec(const char *curve)
{
	forget_key();
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
	assert_non_null(pkey);
	write_key();
	/* A point, as the standard wants it. */
	assert_int_equal(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
							 public_key.at, sizeof(public_key.at),
							 &public_key.len), 1);
}

static struct hand hand_of(uint32_t type, uint32_t padding, uint32_t hash)
{
	const struct bytes *half = type == PRIVATE ? &key : &public_key;

	return (struct hand){
		.service = 4, .algo = 1, .key_type = type, .padding = padding,
		.padding_hash = hash, .key = half->at, .key_len = (uint32_t)half->len,
	};
}

/* --- a request, in every framing, by session and stateless --- */

static void check_reply(uint32_t written, uint32_t room, size_t len, size_t slack)
{
	size_t last = hand_request.reply_len - 1;

	assert_int_equal(hand_request.reply[last], 0);
	assert_int_equal(written, len + 1);
	assert_memory_equal(hand_request.reply, result.at, len);
	assert_true(all_bytes(hand_request.reply + len, room - len, 0));
	assert_true(all_bytes(hand_request.reply + room, slack, SIM_FILL));
	assert_int_equal(last, room + slack);
}

static void run_cuts(uint32_t room, size_t len, size_t slack)
{
	size_t at, each;

	hand_append(text.at, slack);
	hand_request.reply_len += slack;
	check_reply(hand_give(), room, len, slack);
	for (at = 1; at < hand_request.len; at += 37)
		check_reply(hand_give_cut(&(struct flat_cut){ { at, at + 5 }, 0 }, NULL), room,
			    len, slack);
	for (each = 1; each < 40; each += 19)
		check_reply(hand_give_cut(NULL, &(struct flat_cut){ { 0, 0 }, each }), room, len,
			    slack);
}

/* Whose reply is to be result, all of it. */
static void run_modes(struct hand hand)
{
	uint32_t room = hand.op == VERIFY ? 0 : hand.dst_len;
	size_t len = hand.op == VERIFY ? 0 : result.len;
	size_t i, slack;

	for (i = 0; i < COUNT(framings); i++)
	for (slack = 0; slack < 20; slack += 11) {
		hand_restart(framings[i]);
		hand.stateless = false;
		hand.id = hand_session(&hand);
		hand_data(&hand);
		run_cuts(room, len, slack);
		hand_destroy(4, hand.id);
		assert_int_equal(hand_destroy_status(), 0);
		if (!(framings[i] & ALL_STATELESS))
			continue;
		hand.stateless = true;
		hand_data(&hand);
		run_cuts(room, len, slack);
		assert_int_equal(vcrypto_virtio_census(hand_device).sessions, 0);
	}
}

/* One answer is enough; its status. */
static uint32_t run_once(struct hand hand)
{
	uint32_t status;

	hand_restart(REVISION_1);
	hand.id = hand_session(&hand);
	hand_data(&hand);
	status = hand_status();
	/* How long a result is, is read from there. */
	if (status)
		assert_int_equal(hand_give(), 1);
	return status;
}

/* --- what is offered (5.9.5) --- */

static uint32_t config_at(size_t at)
{
	struct vcrypto_virtio_config config;
	uint8_t bytes[56];

	vcrypto_virtio_config(hand_device, 3, &config);
	memcpy(bytes, &config, sizeof(bytes));
	return bytes[at] | (uint32_t)bytes[at + 1] << 8;
}

static void it_is_offered_if_asked_for(void **state)
{
	(void)state;
	assert_int_equal(config_at(8), 0x1f);
	assert_int_equal(config_at(44), 1 << 1 | 1 << 2);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x3f);
	hand_stop();
	hand_start(real_backend(), 16, 0);
	assert_int_equal(config_at(8), 0xf);
	assert_int_equal(config_at(44), 0);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x1f);
	hand_stop();
	/* One that has no keys has none to offer. */
	hand_start(&vcrypto_backend_null, 16, 0);
	vcrypto_virtio_offer_akcipher(hand_device, NULL);
	assert_int_equal(config_at(8), 0xf);
	assert_int_equal(config_at(44), 0);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x1f);
}

/* --- published vectors --- */

static void jws_key(void)
{
	const uint8_t *from = key.at;

	set_hex(&key, jws_private);
	forget_key();
	pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &from, (long)key.len);
	assert_non_null(pkey);
	write_key();
	set_hex(&digest, jws_digest);
	set_hex(&result, jws_signature);
}

static void the_signature_of_rfc_7515_is_made_and_verified(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = (uint32_t)digest.len;
	hand.dst_len = (uint32_t)result.len;
	run_modes(hand);
	hand.dst_len += 70;
	run_modes(hand);
	hand = hand_of(PUBLIC, 1, 6);
	hand.op = VERIFY;
	hand.src = result.at;
	hand.src_len = (uint32_t)result.len;
	hand.aad = digest.at;
	hand.aad_len = hand.dst_len = (uint32_t)digest.len;
	run_modes(hand);
	digest.at[31] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	digest.at[31] ^= 1;
	result.at[100] ^= 4;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	result.at[100] ^= 4;
	hand.src_len--;
	assert_int_equal(run_once(hand), KEY_REJECTED);
}

static void the_signature_of_rfc_6979_is_verified(void **state)
{
	struct hand hand;

	(void)state;
	set_hex(&public_key, rfc6979_point);
	set_hex(&digest, rfc6979_digest);
	set_hex(&result, rfc6979_signature);
	hand = hand_of(PUBLIC, 3, 0);
	hand.algo = 2;
	hand.op = VERIFY;
	hand.src = result.at;
	hand.src_len = (uint32_t)result.len;
	hand.aad = digest.at;
	hand.aad_len = hand.dst_len = (uint32_t)digest.len;
	run_modes(hand);
	digest.at[0] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	digest.at[0] ^= 1;
	/* No longer DER. */
	result.at[0] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
}

/* --- RSA without padding --- */

/* What a number becomes, worked out without RSA. */
static void power(const char *exponent_name)
{
	BIGNUM *modulus = NULL, *exponent = NULL, *number = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	size_t size = (size_t)EVP_PKEY_get_size(pkey);

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(pkey, exponent_name, &exponent), 1);
	BN_bin2bn(text.at, (int)text.len, number);
	assert_int_equal(BN_mod_exp(number, number, exponent, modulus, ctx), 1);
	result.len = (size_t)BN_bn2binpad(number, result.at, (int)size);
	assert_int_equal(result.len, size);
	BN_CTX_free(ctx);
	BN_free(number);
	BN_free(exponent);
	BN_free(modulus);
}

static void check_raw(size_t len)
{
	struct hand hand;
	int op, half;

	pattern(text.at, len, 7);
	text.len = len;
	text.at[0] &= 0x3f;
	for (op = ENCRYPT; op <= DECRYPT; op++)
	for (half = op == ENCRYPT ? PUBLIC : PRIVATE; half <= PRIVATE; half++) {
		power(op == ENCRYPT ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_RSA_D);
		hand = hand_of((uint32_t)half, 0, 0);
		hand.op = (uint32_t)op;
		hand.src = text.at;
		hand.src_len = (uint32_t)len;
		hand.dst_len = (uint32_t)result.len;
		run_modes(hand);
	}
}

static void raw_rsa_is_a_power(void **state)
{
	static const unsigned int bits[] = { 512, 1024, 2048 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bits); i++) {
		new_rsa(bits[i]);
		check_raw(bits[i] / 8);
		/* Leading zeros may be missing. */
		check_raw(bits[i] / 8 - 1);
		check_raw(8);
	}
}

/* --- RSA with PKCS#1 --- */

static EVP_PKEY_CTX *context(int (*init)(EVP_PKEY_CTX *ctx))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	assert_non_null(ctx);
	assert_int_equal(init(ctx), 1);
	return ctx;
}

static void what_is_encrypted_can_be_decrypted(void **state)
{
	struct hand hand;
	struct bytes plain;
	EVP_PKEY_CTX *ctx;

	(void)state;
	new_rsa(2048);
	pattern(text.at, 53, 3);
	text.len = 53;
	hand = hand_of(PUBLIC, 1, 5);
	hand.src = text.at;
	hand.src_len = 53;
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), 0);
	ctx = context(EVP_PKEY_decrypt_init);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	plain.len = sizeof(plain.at);
	assert_int_equal(EVP_PKEY_decrypt(ctx, plain.at, &plain.len, hand_request.reply, 256), 1);
	EVP_PKEY_CTX_free(ctx);
	assert_int_equal(plain.len, 53);
	assert_memory_equal(plain.at, text.at, 53);
	/* And back; the result is shorter than there is room. */
	memcpy(result.at, text.at, 53);
	result.len = 53;
	memcpy(text.at, hand_request.reply, 256);
	hand = hand_of(PRIVATE, 1, 5);
	hand.op = DECRYPT;
	hand.src = text.at;
	hand.src_len = 256;
	hand.dst_len = 256;
	run_modes(hand);
	/* What is no longer one is nothing, or, with newer libraries, something else. */
	text.at[9] ^= 1;
	if (run_once(hand) == 0)
		assert_memory_not_equal(hand_request.reply, result.at, 53);
}

static const struct {
	uint32_t number;
	const char *name;
} hashes[] = {
	{ 4, "MD5" }, { 5, "SHA1" }, { 6, "SHA256" }, { 7, "SHA384" }, { 8, "SHA512" },
	{ 9, "SHA224" },
};

static void signatures_name_the_hash_of_the_session(void **state)
{
	struct hand hand;
	EVP_PKEY_CTX *ctx;
	const EVP_MD *md;
	size_t i;

	(void)state;
	new_rsa(1024);
	pattern(digest.at, 64, 5);
	for (i = 0; i < COUNT(hashes); i++) {
		md = EVP_get_digestbyname(hashes[i].name);
		digest.len = (size_t)EVP_MD_get_size(md);
		ctx = context(EVP_PKEY_sign_init);
		assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
		result.len = sizeof(result.at);
		assert_int_equal(EVP_PKEY_sign(ctx, result.at, &result.len, digest.at, digest.len),
				 1);
		EVP_PKEY_CTX_free(ctx);
		hand = hand_of(PRIVATE, 1, hashes[i].number);
		hand.op = SIGN;
		hand.src = digest.at;
		hand.src_len = (uint32_t)digest.len;
		hand.dst_len = 128;
		run_modes(hand);
		/* Of another length it is not a digest of this hash. */
		hand.src_len--;
		assert_int_equal(run_once(hand), ERR);
	}
	/* Without a hash there is nothing but the padding. */
	hand = hand_of(PRIVATE, 1, 0);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = 31;
	hand.dst_len = 128;
	assert_int_equal(run_once(hand), 0);
	ctx = context(EVP_PKEY_verify_init);
	assert_int_equal(EVP_PKEY_verify(ctx, hand_request.reply, 128, digest.at, 31), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* --- ECDSA --- */

static const char *const curves[] = {
	NULL, "prime192v1", "secp224r1", "prime256v1", "secp384r1", "secp521r1",
};

static void ecdsa_has_all_curves(void **state)
{
	struct hand hand;
	EVP_PKEY_CTX *ctx;
	uint32_t i, written;

	(void)state;
	pattern(digest.at, 48, 9);
	for (i = 1; i < COUNT(curves); i++) {
		new_ec(curves[i]);
		hand = hand_of(PRIVATE, i, 0);
		hand.algo = 2;
		hand.op = SIGN;
		hand.src = digest.at;
		hand.src_len = 48;
		hand.dst_len = 150;
		assert_int_equal(run_once(hand), 0);
		written = hand_give();
		assert_true(written > 40 && written < 145);
		assert_true(all_bytes(hand_request.reply + written - 1, 151 - written, 0));
		ctx = context(EVP_PKEY_verify_init);
		result.len = written - 1;
		memcpy(result.at, hand_request.reply, result.len);
		assert_int_equal(EVP_PKEY_verify(ctx, result.at, result.len, digest.at, 48), 1);
		EVP_PKEY_CTX_free(ctx);
		hand = hand_of(PUBLIC, i, 0);
		hand.algo = 2;
		hand.op = VERIFY;
		hand.src = result.at;
		hand.src_len = (uint32_t)result.len;
		hand.aad = digest.at;
		hand.aad_len = hand.dst_len = 48;
		run_modes(hand);
		/* The private half has the public one with it. */
		hand.key = key.at;
		hand.key_len = (uint32_t)key.len;
		hand.key_type = PRIVATE;
		run_modes(hand);
	}
}

/* --- sessions that are not made (5.9.7.2) --- */

struct row {
	uint32_t status;
	const char *section;
	uint32_t at, value;
};

static const struct row creations[] = {
	{ 0, "5.9.7.2: said again below", 4, 99 },
	{ NOTSUPP, "5.9.7.2: of the others", 0, 0x402 },
	{ NOTSUPP, "5.9.7.2: of the others", 0, 0x403 },
	{ NOTSUPP, "5.9.7.2: no such operation", 0, 0x406 },
	{ NOTSUPP, "5.9.7.2: of data", 0, 0x400 },
	{ NOTSUPP, "5.9.4: no such service", 0, 0x504 },
	{ NOTSUPP, "5.9.4.5: none", 16, 0 },
	{ NOTSUPP, "5.9.4.5: no number", 16, 3 },
	{ NOTSUPP, "5.9.4.5: no number", 16, 0xffffffff },
	{ ERR, "5.9.7.2.1.5: a private key for a public one", 20, PUBLIC },
	{ ERR, "5.9.7.2.1.5: no type of key", 20, 0 },
	{ ERR, "5.9.7.2.1.5: no type of key", 20, 3 },
	{ ERR, "5.9.7.2.1.5: no key", 24, 0 },
	{ ERR, "5.9.7.2.1.5: more than is there", 24, 1192 },
	{ ERR, "5.9.7.2.1.5: the key ends before", 24, 1190 },
	{ ERR, "5.9.7.2.1.5: longer than any", 24, 0xffffffff },
	{ 0, "5.9.7.2.1.5: raw", 28, 0 },
	{ NOTSUPP, "5.9.7.2.1.5: no padding", 28, 2 },
	{ NOTSUPP, "5.9.7.2.1.5: MD2", 32, 1 },
	{ NOTSUPP, "5.9.7.2.1.5: MD3", 32, 2 },
	{ NOTSUPP, "5.9.7.2.1.5: MD4", 32, 3 },
	{ 0, "5.9.7.2.1.5: SHA224", 32, 9 },
	{ NOTSUPP, "5.9.7.2.1.5: no hash", 32, 10 },
	{ NOTSUPP, "5.9.7.2.1.5: no hash", 32, 0xffffff06 },
};

static void creations_are_refused_one_by_one(void **state)
{
	struct hand hand;
	uint32_t status;
	size_t i;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	for (i = 0; i < COUNT(creations); i++) {
		hand_restart(i % 2 ? REVISION_1 : 0);
		hand_create(&hand);
		hand_put32(creations[i].at, creations[i].value);
		status = hand_create_status();
		if (status != creations[i].status)
			fail_msg("%s: %u", creations[i].section, status);
		assert_int_equal(vcrypto_virtio_census(hand_device).sessions, status == 0);
		if (status)
			assert_true(all_bytes(hand_request.reply, 8, SIM_FILL));
	}
}

static uint32_t try_key(uint32_t type, const struct bytes *from, size_t len)
{
	struct hand hand = hand_of(type, 1, 6);

	hand_restart(REVISION_1);
	hand.key = from->at;
	hand.key_len = (uint32_t)len;
	hand_create(&hand);
	return hand_create_status();
}

/* PKCS#8 and the like are no PKCS#1. */
static void check_other_forms(void)
{
	PKCS8_PRIV_KEY_INFO *wrapped = EVP_PKEY2PKCS8(pkey);
	uint8_t *to = text.at;

	text.len = (size_t)i2d_PUBKEY(pkey, &to);
	assert_int_equal(try_key(PUBLIC, &text, text.len), ERR);
	to = text.at;
	text.len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(wrapped, &to);
	assert_int_equal(try_key(PRIVATE, &text, text.len), ERR);
	PKCS8_PRIV_KEY_INFO_free(wrapped);
}

static void a_key_is_all_there_or_none(void **state)
{
	size_t len;

	(void)state;
	jws_key();
	for (len = 0; len < key.len; len++)
		assert_int_equal(try_key(PRIVATE, &key, len), ERR);
	assert_int_equal(try_key(PRIVATE, &key, key.len), 0);
	key.at[key.len] = 0;
	assert_int_equal(try_key(PRIVATE, &key, key.len + 1), ERR);
	for (len = 0; len < public_key.len; len++)
		assert_int_equal(try_key(PUBLIC, &public_key, len), ERR);
	assert_int_equal(try_key(PUBLIC, &public_key, public_key.len), 0);
	assert_int_equal(try_key(PUBLIC, &public_key, public_key.len + 1), ERR);
	assert_int_equal(try_key(PRIVATE, &public_key, public_key.len), ERR);
	check_other_forms();
}

/* An RSAPublicKey by hand: numbers of so many bytes, all ones. */
static void put_tag(struct bytes *to, uint8_t tag, size_t len, bool minimal)
{
	to->at[to->len++] = tag;
	if (len < 128 && minimal) {
		to->at[to->len++] = (uint8_t)len;
		return;
	}
	to->at[to->len++] = len < 256 && minimal ? 0x81 : 0x82;
	if (len >= 256 || !minimal)
		to->at[to->len++] = (uint8_t)(len >> 8);
	to->at[to->len++] = (uint8_t)len;
}

static void put_number(struct bytes *to, size_t len, bool sign, bool minimal)
{
	put_tag(to, 2, len + sign, minimal);
	if (sign)
		to->at[to->len++] = 0;
	memset(to->at + to->len, 0xff, len);
	to->len += len;
}

static uint32_t try_made(size_t modulus, size_t exponent, bool sign, bool minimal)
{
	static struct bytes numbers, made;

	numbers.len = made.len = 0;
	put_number(&numbers, modulus, sign, minimal);
	put_number(&numbers, exponent, true, minimal);
	put_tag(&made, 0x30, numbers.len, true);
	memcpy(made.at + made.len, numbers.at, numbers.len);
	return try_key(PUBLIC, &made, made.len + numbers.len);
}

static uint32_t try_lengths(size_t modulus, size_t exponent)
{
	return try_made(modulus, exponent, true, true);
}

static void lengths_are_written_as_short_as_can_be(void **state)
{
	(void)state;
	assert_int_equal(try_made(128, 3, true, false), ERR);
	assert_int_equal(try_made(128, 3, true, true), 0);
	/* As in the kernel's own tests: a number that would be negative. */
	assert_int_equal(try_made(256, 3, false, true), 0);
}

static void a_key_is_not_as_long_as_somebody_likes(void **state)
{
	(void)state;
	assert_int_equal(try_lengths(64, 3), 0);
	assert_int_equal(try_lengths(63, 3), ERR);
	assert_int_equal(try_lengths(1024, 3), 0);
	assert_int_equal(try_lengths(1025, 3), ERR);
	assert_int_equal(try_lengths(128, 128), 0);
	assert_int_equal(try_lengths(128, 129), ERR);
}

static void keys_of_curves_are_looked_at(void **state)
{
	struct hand hand;

	(void)state;
	new_ec("prime256v1");
	hand_restart(REVISION_1);
	hand = hand_of(PRIVATE, 3, 0);
	hand.algo = 2;
	hand_session(&hand);
	/* 5.9.7.2.1.5: another curve, none, no number */
	hand.padding = 4;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
	hand.padding = 0;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOTSUPP);
	hand.padding = 6;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOTSUPP);
	hand = hand_of(PUBLIC, 3, 0);
	hand.algo = 2;
	hand_session(&hand);
	/* No point of the curve, and one too short. */
	public_key.at[40] ^= 1;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
	public_key.at[40] ^= 1;
	hand.key_len--;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
}

/*
 * Private keys with a byte changed: one that is still a key may sign something wrong, but that
 * takes no longer than it should.
 */
static void spoiled_keys_do_no_harm(void **state)
{
	const clock_t before = clock();
	struct hand hand;
	size_t at, taken = 0;
	uint32_t status;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	for (at = 0; at < key.len; at += 3) {
		key.at[at] ^= (uint8_t)(1u << at % 8);
		if (try_key(PRIVATE, &key, key.len) == 0) {
			status = run_once(hand);
			assert_true(status == 0 || status == ERR);
			taken++;
		}
		key.at[at] ^= (uint8_t)(1u << at % 8);
	}
	assert_true(taken > 100);
	/* A signature takes a millisecond, so twenty times that for each, and for slow machines. */
	assert_true(clock() - before < (clock_t)(key.len / 3) * CLOCKS_PER_SEC / 50 * 5);
}

/* --- the store --- */

static void a_store_keeps_keys_apart(void **state)
{
	const struct vcrypto_backend *backend = real_backend();
	size_t size = vcrypto_store_size(1, 2, backend);
	void *lane_memory = calloc(1, vcrypto_lane_size(backend));
	void *memory = calloc(1, size);
	struct vcrypto_store *store = vcrypto_store_init(memory, 1, 2, backend);
	struct vcrypto_lane *lane = vcrypto_lane_init(lane_memory, backend, NULL, 0);
	const struct vcrypto_session_request plain = {
		.session = 1, .mac = VCRYPTO_MAC_SHA1,
	};
	struct vcrypto_key_request request = { .spec = { .kind = VCRYPTO_KEY_RSA } };
	struct iovec piece;

	(void)state;
	jws_key();
	piece = (struct iovec){ public_key.at, public_key.len };
	request.spec.der = vcrypto_cursor_start(&piece, 1);
	request.der_len = (uint32_t)public_key.len;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NO_CONTEXT);
	assert_int_equal(vcrypto_store_open(store, 0), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_HANDLE_IN_USE);
	assert_int_equal(vcrypto_store_create(store, lane, &plain), VCRYPTO_OK);
	assert_null(vcrypto_store_find(store, 0, 0));
	assert_non_null(vcrypto_store_find_key(store, 0, 0));
	assert_non_null(vcrypto_store_find(store, 0, 1));
	assert_null(vcrypto_store_find_key(store, 0, 1));
	assert_int_equal(vcrypto_store_copy_hash(store, 0, 1, 0), VCRYPTO_NO_SESSION);
	request.session = 2;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NO_SPACE);
	assert_int_equal(vcrypto_store_free(store, 0, 0), VCRYPTO_OK);
	request.session = 0;
	request.der_len++;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_BAD_REQUEST);
	request.der_len = VCRYPTO_MAX_DER + 1;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_BAD_KEY);
	request.spec.kind = VCRYPTO_KEY_NONE;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NOT_SUPPORTED);
	assert_int_equal(vcrypto_store_census(store).sessions, 1);
	vcrypto_store_fini(store);
	assert_true(all_bytes(memory, size, 0));
	vcrypto_lane_fini(lane);
	free(memory);
	free(lane_memory);
}

/* --- requests that are refused (5.9.7.8) --- */

static void operations_that_do_not_suit_the_key_are_refused(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	text = digest;
	/* A public key has no private half. */
	hand = hand_of(PUBLIC, 1, 6);
	hand.src = text.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	hand.op = SIGN;
	assert_int_equal(run_once(hand), ERR);
	hand.op = DECRYPT;
	assert_int_equal(run_once(hand), ERR);
	/* RAW neither signs nor verifies. */
	hand = hand_of(PRIVATE, 0, 0);
	hand.src = text.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	hand.op = SIGN;
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = VERIFY;
	hand.aad = text.at;
	hand.aad_len = hand.dst_len = 32;
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = 4;
	hand.aad = NULL;
	assert_int_equal(run_once(hand), NOTSUPP);
	/* A curve does not encrypt. */
	new_ec("prime256v1");
	hand = hand_of(PRIVATE, 3, 0);
	hand.algo = 2;
	hand.src = text.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = DECRYPT;
	assert_int_equal(run_once(hand), NOTSUPP);
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	memset(text.at, 0xff, sizeof(text.at));
	hand = hand_of(PUBLIC, 0, 0);
	hand.src = text.at;
	hand.dst_len = 256;
	/* Not below the modulus; longer than it; longer than any. */
	hand.src_len = 256;
	assert_int_equal(run_once(hand), ERR);
	hand.src_len = 257;
	assert_int_equal(run_once(hand), ERR);
	hand.src_len = 1025;
	assert_int_equal(run_once(hand), ERR);
	/* No room for the result. */
	hand.src_len = 32;
	hand.dst_len = 255;
	assert_int_equal(run_once(hand), ERR);
	assert_true(all_bytes(hand_request.reply, 255, SIM_FILL));
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), 0);
	/* More than is there. */
	hand_put32(24, 33);
	assert_int_equal(hand_status(), ERR);
	hand_put32(24, 32);
	hand_put32(28, 257);
	assert_int_equal(hand_status(), ERR);
	hand_put32(28, 0xffffffff);
	assert_int_equal(hand_status(), ERR);
	hand_put32(28, 256);
	assert_int_equal(hand_status(), 0);
	/* The digest that is to be verified is behind the signature, or it is not. */
	hand = hand_of(PUBLIC, 1, 6);
	hand.op = VERIFY;
	hand.src = result.at;
	hand.src_len = 256;
	hand.aad = digest.at;
	hand.aad_len = 31;
	hand.dst_len = 32;
	assert_int_equal(run_once(hand), ERR);
}

/* --- sessions --- */

static void keys_and_sessions_are_of_different_kinds(void **state)
{
	struct hand hand;
	struct hand cipher = {
		.algo = 3, .key_len = 16, .direction = 1, .key = text.at, .iv = text.at,
		.iv_len = 16, .src = text.at, .src_len = 16, .dst_len = 16,
	};
	uint64_t id;
	int i;

	(void)state;
	jws_key();
	hand_restart(REVISION_1);
	hand = hand_of(PRIVATE, 0, 0);
	hand.src = text.at;
	hand.src_len = 8;
	hand.dst_len = 256;
	hand.id = hand_session(&hand);
	cipher.id = hand_session(&cipher);
	id = hand.id;
	hand.id = cipher.id;
	cipher.id = id;
	hand_data(&hand);
	assert_int_equal(hand_status(), INVSESS);
	hand_data(&cipher);
	assert_int_equal(hand_status(), INVSESS);
	hand_destroy(0, id);
	assert_int_equal(hand_destroy_status(), ERR);
	hand_destroy(4, hand.id);
	assert_int_equal(hand_destroy_status(), ERR);
	hand_destroy(4, id);
	assert_int_equal(hand_destroy_status(), 0);
	hand.id = id;
	hand_data(&hand);
	assert_int_equal(hand_status(), INVSESS);
	for (i = 1; i < 16; i++)
		hand_session(&hand);
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOSPC);
}

static void nothing_of_a_key_or_a_text_stays(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), 0);
	/* Its last number, and what went in and out. */
	assert_false(hand_holds(key.at + key.len - 64, 64));
	assert_false(hand_holds(digest.at, 32));
	assert_false(hand_holds(result.at, 64));
}

/* --- jobs that are done later --- */

static struct {
	struct vcrypto_virtio_job *jobs[4];
	size_t index[4];
	size_t count;
	bool no_memory;
} deferred;

static void *take(void *context, size_t size)
{
	(void)context;
	return deferred.no_memory ? NULL : aligned_alloc(16, (size + 15) / 16 * 16);
}

static void put(void *context, struct vcrypto_virtio_job *job, size_t index)
{
	(void)context;
	deferred.index[deferred.count] = index;
	deferred.jobs[deferred.count++] = job;
}

static const struct vcrypto_virtio_later later = { take, put, NULL };

/* The request as it stands, as chain @io. */
static void put_chain(struct vcrypto_io *io, struct iovec pieces[3], struct flat *copy)
{
	*copy = hand_request;
	memset(copy->reply, SIM_FILL, sizeof(copy->reply));
	pieces[0] = (struct iovec){ copy->request, copy->len };
	/* In two pieces. */
	pieces[1] = (struct iovec){ copy->reply, 10 };
	pieces[2] = (struct iovec){ copy->reply + 10, copy->reply_len - 10 };
	*io = (struct vcrypto_io){
		.readable = pieces, .readable_count = 1,
		.writable = pieces + 1, .writable_count = 2, .written = 77,
	};
}

static struct flat copies[3];
static struct vcrypto_io chains[3];
static struct iovec segments[3][3];

/* A signature, a cipher, a signature; both keys are gone before the jobs are run. */
static void give_three(struct hand hand)
{
	struct hand cipher = {
		.algo = 3, .key_len = 16, .direction = 1, .key = text.at, .iv = text.at,
		.iv_len = 16, .src = text.at, .src_len = 16, .dst_len = 16,
	};

	memset(&deferred, 0, sizeof(deferred));
	hand_restart(REVISION_1);
	hand.id = hand_session(&hand);
	cipher.id = hand_session(&cipher);
	hand_data(&hand);
	put_chain(&chains[0], segments[0], &copies[0]);
	put_chain(&chains[2], segments[2], &copies[2]);
	hand_data(&cipher);
	put_chain(&chains[1], segments[1], &copies[1]);
	assert_int_equal(vcrypto_virtio_data(hand_device, chains, 3), 3);
	assert_int_equal(deferred.count, 2);
	assert_int_equal(deferred.index[0], 0);
	assert_int_equal(deferred.index[1], 2);
	assert_int_equal(chains[0].written, 0);
	assert_int_equal(chains[2].written, 0);
	assert_int_equal(chains[1].written, 17);
	assert_int_equal(copies[1].reply[16], 0);
	assert_true(all_bytes(copies[0].reply, copies[0].reply_len, SIM_FILL));
	hand_restart(0);
}

static void jobs_are_done_later_without_their_session(void **state)
{
	struct hand hand;

	(void)state;
	vcrypto_virtio_offer_akcipher(hand_device, &later);
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = 32;
	hand.dst_len = 300;
	give_three(hand);
	/* In another order than they came. */
	vcrypto_virtio_job_run(deferred.jobs[1]);
	assert_int_equal(vcrypto_virtio_job_finish(deferred.jobs[1]), 257);
	assert_memory_equal(copies[2].reply, result.at, 256);
	assert_true(all_bytes(copies[2].reply + 256, 45, 0));
	/* One that has not been run fails. */
	assert_int_equal(vcrypto_virtio_job_finish(deferred.jobs[0]), 1);
	assert_int_equal(copies[0].reply[300], ERR);
	free(deferred.jobs[0]);
	free(deferred.jobs[1]);
	/* One that is dropped writes nothing, whether it has been run or not. */
	give_three(hand);
	vcrypto_virtio_job_run(deferred.jobs[1]);
	vcrypto_virtio_job_drop(deferred.jobs[0]);
	vcrypto_virtio_job_drop(deferred.jobs[1]);
	assert_true(all_bytes(copies[0].reply, copies[0].reply_len, SIM_FILL));
	assert_true(all_bytes(copies[2].reply, copies[2].reply_len, SIM_FILL));
	free(deferred.jobs[0]);
	free(deferred.jobs[1]);
}

static void refusals_and_no_memory_are_told_at_once(void **state)
{
	struct hand hand;

	(void)state;
	vcrypto_virtio_offer_akcipher(hand_device, &later);
	memset(&deferred, 0, sizeof(deferred));
	jws_key();
	hand = hand_of(PUBLIC, 1, 6);
	hand.op = SIGN;
	hand.src = digest.at;
	hand.src_len = 32;
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), ERR);
	hand.op = ENCRYPT;
	deferred.no_memory = true;
	assert_int_equal(run_once(hand), ERR);
	assert_int_equal(deferred.count, 0);
}

/* --- the driver's half writes the same bytes --- */

static void check_bytes(const uint8_t *head, size_t len, size_t expected)
{
	assert_int_equal(len, expected);
	assert_memory_equal(head, hand_request.request, len);
}

static void the_builder_writes_what_the_text_says(void **state)
{
	struct vcrypto_virtio_data data = { .service = VCRYPTO_VIRTIO_AKCIPHER };
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct hand hand;
	size_t i, len;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.src_len = 5;
	hand.dst_len = 6;
	data.numbers = (struct vcrypto_virtio_numbers){
		.algo = 1, .key_type = PRIVATE, .key_len = hand.key_len, .padding = 1,
		.padding_hash = 6, .src_len = 5, .dst_len = 6,
	};
	for (i = 0; i < COUNT(framings); i++)
	for (hand.op = ENCRYPT; hand.op <= VERIFY; hand.op++) {
		data.op = hand.op;
		hand_restart(framings[i]);
		hand.stateless = data.stateless = false;
		hand.id = data.session = 0x1122334455667788;
		len = vcrypto_virtio_put_create(framings[i], VCRYPTO_VIRTIO_AKCIPHER, &data.numbers,
						head);
		check_bytes(head, len, hand_create(&hand));
		len = vcrypto_virtio_put_destroy(framings[i], VCRYPTO_VIRTIO_AKCIPHER, hand.id,
						 head);
		check_bytes(head, len, hand_destroy(4, hand.id));
		len = hand_data(&hand);
		check_bytes(head, vcrypto_virtio_put_data(framings[i], &data, head), len);
		hand.stateless = data.stateless = framings[i] & ALL_STATELESS;
		len = hand_data(&hand);
		if (data.stateless)
			check_bytes(head, vcrypto_virtio_put_data(framings[i], &data, head), len);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_offered_if_asked_for),
		TEST(the_signature_of_rfc_7515_is_made_and_verified),
		TEST(the_signature_of_rfc_6979_is_verified),
		TEST(raw_rsa_is_a_power),
		TEST(what_is_encrypted_can_be_decrypted),
		TEST(signatures_name_the_hash_of_the_session),
		TEST(ecdsa_has_all_curves),
		TEST(creations_are_refused_one_by_one),
		TEST(a_key_is_all_there_or_none),
		TEST(lengths_are_written_as_short_as_can_be),
		TEST(a_key_is_not_as_long_as_somebody_likes),
		TEST(keys_of_curves_are_looked_at),
		TEST(spoiled_keys_do_no_harm),
		TEST(a_store_keeps_keys_apart),
		TEST(operations_that_do_not_suit_the_key_are_refused),
		TEST(numbers_that_do_not_fit_are_refused),
		TEST(keys_and_sessions_are_of_different_kinds),
		TEST(nothing_of_a_key_or_a_text_stays),
		TEST(jobs_are_done_later_without_their_session),
		TEST(refusals_and_no_memory_are_told_at_once),
		TEST(the_builder_writes_what_the_text_says),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	forget_key();
	return failed;
}
