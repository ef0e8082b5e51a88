// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Random requests against direct calls of libcrypto, with a model of a session
 * that knows nothing of the engine: one EVP call for each request, state kept
 * the slow way (the whole text of a hash, the IV worked out by hand).
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "check.h"

#define SESSIONS 6
#define ROUNDS 20000
#define MAX_LEN 700
#define MAX_TEXT (64 * 1024)

static uint64_t seed = 0x76637279;

/* What a session should be. */
struct model {
	struct vcrypto_session_args args;
	uint8_t iv[16];
	uint8_t *text;		/* hashed so far */
	size_t text_len;
};

/* What a request should give. */
struct expected {
	struct guest_call *call;
	uint8_t dst[MAX_LEN];
	uint8_t mac[VCRYPTO_MAX_DIGEST];
	uint8_t iv[16];
	struct vcrypto_crypt_args args;
};

static const EVP_CIPHER *evp_cipher(const struct vcrypto_session_args *args)
{
	static const char *const modes[] = {
		[VCRYPTO_CIPHER_AES_ECB] = "ECB", [VCRYPTO_CIPHER_AES_CBC] = "CBC",
		[VCRYPTO_CIPHER_AES_CTR] = "CTR",
	};
	char name[32];

	snprintf(name, sizeof(name), "AES-%u-%s", 8 * args->cipher_key_len, modes[args->cipher]);
	return EVP_get_cipherbyname(name);
}

static const EVP_MD *evp_hash(uint32_t mac)
{
	switch (vcrypto_mac_find(mac)->hash) {
	case VCRYPTO_MAC_MD5:
		return EVP_md5();
	case VCRYPTO_MAC_SHA1:
		return EVP_sha1();
	case VCRYPTO_MAC_SHA2_224:
		return EVP_sha224();
	case VCRYPTO_MAC_SHA2_256:
		return EVP_sha256();
	case VCRYPTO_MAC_SHA2_384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

static void model_cipher(struct model *model, const struct vcrypto_crypt_args *args,
			 const uint8_t *source, uint8_t *to)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint32_t blocks = (args->src_len + 15) / 16;
	int len, i;

	if (model->args.cipher == VCRYPTO_CIPHER_NULL) {
		memcpy(to, source, args->src_len);
		EVP_CIPHER_CTX_free(ctx);
		return;
	}
	if (args->iv_len)
		memcpy(model->iv, args->iv, 16);
	assert_int_equal(EVP_CipherInit_ex(ctx, evp_cipher(&model->args), NULL,
					   model->args.cipher_key, model->iv, !args->decrypt), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	assert_int_equal(EVP_CipherUpdate(ctx, to, &len, source, (int)args->src_len), 1);
	EVP_CIPHER_CTX_free(ctx);
	if (model->args.cipher == VCRYPTO_CIPHER_AES_CBC && args->src_len)
		memcpy(model->iv, (args->decrypt ? source : to) + args->src_len - 16, 16);
	while (model->args.cipher == VCRYPTO_CIPHER_AES_CTR && blocks--)
		for (i = 15; i >= 0 && ++model->iv[i] == 0; i--)
			;
}

static void model_hash(struct model *model, const struct vcrypto_crypt_args *args,
		       const uint8_t *plain, uint8_t *digest)
{
	const EVP_MD *hash = evp_hash(model->args.mac);
	unsigned int len;

	if (args->reset)
		model->text_len = 0;
	assert_true(model->text_len + args->src_len <= MAX_TEXT);
	memcpy(model->text + model->text_len, plain, args->src_len);
	model->text_len += args->src_len;
	if (!args->mac_len)
		return;
	if (vcrypto_mac_find(model->args.mac)->keyed)
		HMAC(hash, model->args.mac_key, (int)model->args.mac_key_len, model->text,
		     model->text_len, digest, &len);
	else
		EVP_Digest(model->text, model->text_len, digest, &len, hash, NULL);
	assert_int_equal(len, args->mac_len);
	model->text_len = 0;
}

/* Any algorithms that libcrypto has, with keys of any allowed length. */
static struct vcrypto_session_args random_session(uint32_t session)
{
	static const uint32_t hashes[] = { 1, 2, 4, 5, 6, 7 };
	struct vcrypto_session_args args = { .session = session, .cipher_key = key_bytes,
					     .mac_key = key_bytes + 100 };
	uint32_t kind = random_below(&seed, 3);

	if (kind != 0)
		args.cipher = 1 + random_below(&seed, 4);
	if (args.cipher > VCRYPTO_CIPHER_NULL)
		args.cipher_key_len = 16 + 8 * random_below(&seed, 3);
	if (kind != 1) {
		args.mac = hashes[random_below(&seed, COUNT(hashes))];
		if (random_below(&seed, 2)) {
			args.mac += VCRYPTO_HMAC;
			args.mac_key_len = 1 + random_below(&seed, 300);
		}
	}
	return args;
}

static struct vcrypto_crypt_args random_request(const struct model *model)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(model->args.cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(model->args.mac);
	uint32_t len = random_below(&seed, random_below(&seed, 2) ? 40 : MAX_LEN);
	struct vcrypto_crypt_args args = { .session = model->args.session };

	args.src_len = cipher ? len / cipher->block * cipher->block : len;
	args.dst_len = cipher ? args.src_len : 0;
	args.decrypt = random_below(&seed, 2);
	args.reset = random_below(&seed, 8) == 0 || model->text_len > MAX_TEXT - MAX_LEN;
	args.mac_len = mac && random_below(&seed, 3) == 0 ? mac->digest_len : 0;
	args.iv = key_bytes + random_below(&seed, 40);
	args.iv_len = cipher && random_below(&seed, 2) ? cipher->iv_len : 0;
	args.iv_out_len = cipher && random_below(&seed, 2) ? cipher->iv_len : 0;
	return args;
}

static void send_random(struct guest *guest, struct model *model, struct expected *expected)
{
	struct vcrypto_crypt_args args = random_request(model);
	uint8_t source[MAX_LEN];
	const uint8_t *plain = source;

	pattern(source, args.src_len, seed);
	guest->cut = random_below(&seed, 3) ? 0 : 2 + random_below(&seed, 60);
	expected->args = args;
	expected->call = guest_crypt(guest, &args, source);
	if (model->args.cipher) {
		model_cipher(model, &args, source, expected->dst);
		if (args.decrypt)
			plain = expected->dst;
	}
	if (model->args.mac)
		model_hash(model, &args, plain, expected->mac);
	memcpy(expected->iv, model->iv, 16);
}

static void check_random(struct guest *guest, const struct expected *expected)
{
	const struct guest_call *call = expected->call;

	assert_status(call, VCRYPTO_OK);
	if (expected->args.dst_len)
		assert_memory_equal(call->dst, expected->dst, expected->args.dst_len);
	if (expected->args.mac_len)
		assert_memory_equal(call->mac, expected->mac, expected->args.mac_len);
	if (expected->args.iv_out_len)
		assert_memory_equal(call->iv, expected->iv, expected->args.iv_out_len);
	guest_forget(guest, expected->call);
}

static void replace_session(struct guest *guest, struct model *model, uint32_t session)
{
	if (model->args.cipher || model->args.mac)
		assert_answer(guest, guest_free(guest, 0, session), VCRYPTO_OK);
	model->args = random_session(session);
	model->text_len = 0;
	memset(model->iv, 0, sizeof(model->iv));
	guest->cut = 0;
	make_session(guest, &model->args);
}

/* 4.CRYPT */
static void random_requests_give_what_libcrypto_gives(void **state)
{
	static struct expected expected[GUEST_BATCH];
	struct guest_options options = guest_defaults(real_backend());
	struct model models[SESSIONS] = { 0 };
	uint32_t round, batch, i;
	struct guest guest;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	options.ring_size = 1024;
	guest_start_with(&guest, &options);
	guest.layout = SIM_INDIRECT;
	for (i = 0; i < SESSIONS; i++) {
		models[i].text = malloc(MAX_TEXT);
		assert_non_null(models[i].text);
		replace_session(&guest, &models[i], i);
	}
	for (round = 0; round < ROUNDS; round += batch) {
		i = random_below(&seed, SESSIONS);
		if (random_below(&seed, 8) == 0)
			replace_session(&guest, &models[i], i);
		batch = 1 + random_below(&seed, GUEST_BATCH);
		for (i = 0; i < batch; i++)
			send_random(&guest, &models[random_below(&seed, SESSIONS)], &expected[i]);
		host_run(&guest);
		for (i = 0; i < batch; i++)
			check_random(&guest, &expected[i]);
	}
	for (i = 0; i < SESSIONS; i++)
		free(models[i].text);
	guest_stop(&guest);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_requests_give_what_libcrypto_gives),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
