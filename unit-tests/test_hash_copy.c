// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * HASH_COPY between sessions with keys of their own (protocol 4.6): random requests
 * against a model that keeps the text of each message as a whole, and the key that
 * the message was begun with.
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "reference.h"

#define SESSIONS 6
#define ROUNDS 6000
#define MAX_KEY 100		/* longer than the block of any hash here */
#define MAX_TEXT 4096
#define MAX_LEN 150

static uint64_t seed = 0x636f7079;
static struct guest guest;
static bool has_cmac;
/* Digests of messages that were begun with another session's key. */
static uint32_t borrowed;

struct message {
	/* A copy: the key's session may be gone before the message ends. */
	uint8_t key[MAX_KEY];
	uint32_t key_len;
	size_t len;
	uint8_t text[MAX_TEXT];
};

static struct model {
	const struct vcrypto_mac *mac;
	bool cipher;			/* AES-128-CTR */
	uint8_t key[16], iv[16];
	uint8_t mac_key[MAX_KEY];
	uint32_t mac_key_len;
	struct message message;
} models[SESSIONS];

static uint32_t below(uint32_t limit)
{
	return random_below(&seed, limit);
}

/* What a reset does, a finish, and a failure. */
static void begin(struct model *model)
{
	memcpy(model->message.key, model->mac_key, sizeof(model->mac_key));
	model->message.key_len = model->mac_key_len;
	model->message.len = 0;
}

static void random_session(uint32_t handle)
{
	static const uint32_t macs[] = {
		VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_MAC_HMAC_SHA2_256, VCRYPTO_MAC_HMAC_SHA2_256,
		VCRYPTO_MAC_SHA2_256, VCRYPTO_MAC_CMAC_AES, VCRYPTO_MAC_CMAC_AES,
	};
	struct vcrypto_session_args args = { .session = handle };
	struct model *model = &models[handle];

	memset(model, 0, sizeof(*model));
	model->mac = vcrypto_mac_find(macs[below(has_cmac ? 6 : 4)]);
	model->cipher = below(3) == 0;
	pattern(model->key, sizeof(model->key), seed);
	pattern(model->mac_key, sizeof(model->mac_key), seed + 1);
	if (model->mac->kind == VCRYPTO_KIND_HMAC)
		model->mac_key_len = below(MAX_KEY + 1);
	else if (model->mac->kind == VCRYPTO_KIND_CMAC)
		model->mac_key_len = 16 + 8 * below(3);
	begin(model);
	args.mac = model->mac->id;
	args.mac_key = model->mac_key;
	args.mac_key_len = model->mac_key_len;
	args.cipher = model->cipher ? VCRYPTO_CIPHER_AES_CTR : VCRYPTO_CIPHER_NONE;
	args.cipher_key = model->key;
	args.cipher_key_len = model->cipher ? sizeof(model->key) : 0;
	make_session(&guest, &args);
}

static void model_digest(struct model *model, uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	const struct message *message = &model->message;

	if (model->mac->kind == VCRYPTO_KIND_CMAC)
		ref_cmac(message->key, message->key_len, message->text, message->len, digest);
	else if (model->mac->keyed)
		ref_hmac(model->mac->id, message->key, message->key_len, message->text,
			 message->len, NULL, 0, NULL, 0, digest);
	else
		assert_int_equal(EVP_Q_digest(NULL, "SHA2-256", NULL, message->text, message->len,
					      digest, NULL), 1);
	borrowed += model->mac->keyed &&
		    memcmp(message->key, model->mac_key, sizeof(model->mac_key)) != 0;
}

/* Both directions are the same in this mode. */
static void model_cipher(struct model *model, const uint8_t *in, uint32_t len, uint8_t *out)
{
	uint32_t blocks;
	int i;

	ref_cipher(VCRYPTO_CIPHER_AES_CTR, model->key, sizeof(model->key), model->iv, false, in,
		   len, out);
	for (blocks = (len + 15) / 16; blocks; blocks--)
		for (i = 15; i >= 0 && !++model->iv[i]; i--)
			;
}

/* The session's IV is not given, so that a copy that touched it would show. */
static void random_crypt(uint32_t handle)
{
	struct vcrypto_crypt_args args = { .session = handle, .src_len = below(MAX_LEN + 1) };
	uint8_t text[MAX_LEN], expected[MAX_LEN], digest[VCRYPTO_MAX_DIGEST];
	struct model *model = &models[handle];
	struct message *message = &model->message;
	struct guest_call *call;

	pattern(text, sizeof(text), seed);
	args.dst_len = model->cipher ? args.src_len : 0;
	args.decrypt = below(2);
	args.reset = below(5) == 0 || message->len + MAX_LEN > MAX_TEXT;
	args.mac_len = below(3) ? 0 : model->mac->digest_len;
	call = guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	if (args.reset)
		begin(model);
	if (model->cipher) {
		model_cipher(model, text, args.src_len, expected);
		assert_memory_equal(call->dst, expected, args.src_len);
	}
	memcpy(message->text + message->len, model->cipher && args.decrypt ? expected : text,
	       args.src_len);
	message->len += args.src_len;
	if (args.mac_len) {
		model_digest(model, digest);
		assert_memory_equal(call->mac, digest, args.mac_len);
		begin(model);
	}
	guest_forget(&guest, call);
}

/* A packet that does not verify: the hash state is gone, and has to start anew (3.4). */
static void failed_message(uint32_t handle)
{
	struct vcrypto_authcrypt_args args = {
		.session = handle, .mode = VCRYPTO_AUTH_SRTP, .decrypt = true,
		.src_len = 16, .dst_len = 16, .tag_len = 20,
	};
	static const uint8_t packet[16], tag[20];

	if (!models[handle].cipher || models[handle].mac->kind != VCRYPTO_KIND_HMAC)
		return;
	assert_answer(&guest, guest_authcrypt(&guest, &args, packet, packet, packet, tag),
		      VCRYPTO_AUTH_FAILED);
	begin(&models[handle]);
}

static void copy(uint32_t to, uint32_t from)
{
	bool fit = to != from && models[to].mac == models[from].mac;

	assert_answer(&guest, guest_hash_copy(&guest, 0, to, from),
		      fit ? VCRYPTO_OK : VCRYPTO_BAD_PARAMETER);
	if (fit)
		models[to].message = models[from].message;
}

/* 4.CPHASH, 4.CPHASH.4, 4.6 */
static void copies_between_sessions_with_keys_of_their_own(void **state)
{
	uint32_t round, handle;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (handle = 0; handle < SESSIONS; handle++)
		random_session(handle);
	for (round = 0; round < ROUNDS; round++) {
		handle = below(SESSIONS);
		switch (below(16)) {
		case 0:
			assert_answer(&guest, guest_free(&guest, 0, handle), VCRYPTO_OK);
			random_session(handle);
			break;
		case 1:
			failed_message(handle);
			break;
		case 2:
		case 3:
		case 4:
		case 5:
			copy(handle, below(SESSIONS));
			break;
		default:
			random_crypt(handle);
		}
	}
	assert_in_range(borrowed, ROUNDS / 100, ROUNDS);
}

static int start(void **state)
{
	(void)state;
	guest_start(&guest, real_backend());
	has_cmac = vcrypto_lane_capabilities(vcrypto_engine_lane(guest.engine))->macs &
		   vcrypto_algorithm_bit(VCRYPTO_MAC_CMAC_AES);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(copies_between_sessions_with_keys_of_their_own,
						start, stop),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
