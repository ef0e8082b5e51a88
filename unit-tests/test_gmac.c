// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A MAC that takes an IV (protocol 6.2): which requests have one (4.7.1), and that each
 * message has its own, also where it is copied (4.6).
 */
#include "reference.h"

#define SESSIONS 4
#define ROUNDS 4000
#define MAX_LEN 70
#define MAX_TEXT 400

static uint64_t seed = 0x676d6163;
static struct guest guest;
/* The IV has 12 bytes; some requests say that theirs is longer. */
static uint8_t text[MAX_TEXT], iv[VCRYPTO_MAX_IV];

struct message {
	bool open;
	uint8_t key[32];
	uint32_t key_len;
	uint8_t iv[12];
	size_t len;
	uint8_t text[MAX_TEXT + MAX_LEN];
};

static struct model {
	uint8_t key[32];
	uint32_t key_len;
	struct message message;
} models[SESSIONS];

static uint32_t below(uint32_t limit)
{
	return random_below(&seed, limit);
}

static bool offered(void)
{
	const struct vcrypto_capabilities *has =
		vcrypto_lane_capabilities(vcrypto_engine_lane(guest.engine));

	return has->macs & vcrypto_algorithm_bit(VCRYPTO_MAC_GMAC_AES);
}

static struct vcrypto_crypt_args part_args(uint32_t len, uint16_t iv_len, uint16_t mac_len)
{
	return (struct vcrypto_crypt_args){ .src_len = len, .iv = iv, .iv_len = iv_len,
					    .mac_len = mac_len };
}

static void say(struct vcrypto_crypt_args args, enum vcrypto_status status)
{
	assert_answer(&guest, guest_crypt(&guest, &args, text), (int)status);
}

static void say_digest(struct vcrypto_crypt_args args, const uint8_t digest[16])
{
	struct guest_call *call = guest_crypt(&guest, &args, text);

	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->mac, digest, 16);
	guest_forget(&guest, call);
}

static void one_session(void)
{
	const struct vcrypto_session_args args = hash_args(0, VCRYPTO_MAC_GMAC_AES, 24);

	make_session(&guest, &args);
}

/* 4.7.1, 4.CRYPT.3e: what is refused has changed nothing */
static void the_request_that_begins_a_message_has_the_iv_and_no_other(void **state)
{
	uint8_t right[VCRYPTO_MAX_DIGEST];
	struct vcrypto_crypt_args args;
	uint16_t len;

	(void)state;
	one_session();
	ref_gmac(key_bytes, 24, iv, text, 20, right);
	for (len = 0; len <= VCRYPTO_MAX_IV; len++) {
		say(part_args(20, len, 0), len == 12 ? VCRYPTO_OK : VCRYPTO_BAD_PARAMETER);
		if (len == 12)
			say_digest(part_args(0, 0, 16), right);
	}
	say(part_args(20, 12, 0), VCRYPTO_OK);
	for (len = 1; len <= VCRYPTO_MAX_IV; len++)
		say(part_args(20, len, 16), VCRYPTO_BAD_PARAMETER);
	args = part_args(20, 0, 0);
	args.reset = true;
	say(args, VCRYPTO_BAD_PARAMETER);
	args = part_args(0, 0, 16);
	args.iv_out_len = 12;
	say(args, VCRYPTO_BAD_PARAMETER);
	say_digest(part_args(0, 0, 16), right);
	say(part_args(0, 0, 16), VCRYPTO_BAD_PARAMETER);
}

/* 4.7.2: RESET begins another message, with another IV */
static void reset_begins_with_another_iv(void **state)
{
	struct vcrypto_crypt_args args = part_args(30, 12, 16);
	uint8_t right[VCRYPTO_MAX_DIGEST];

	(void)state;
	one_session();
	say(part_args(20, 12, 0), VCRYPTO_OK);
	iv[3] ^= 1;
	ref_gmac(key_bytes, 24, iv, text, 30, right);
	args.reset = true;
	say_digest(args, right);
}

/* 4.3, 4.8, 4.GSESSION.7 */
static void it_stands_alone(void **state)
{
	struct vcrypto_authcrypt_args args = { .iv = iv, .iv_len = 12, .src_len = 16,
					       .dst_len = 16, .tag_len = 16 };
	struct vcrypto_session_args both;
	uint32_t cipher, mode;

	(void)state;
	one_session();
	for (cipher = 1; vcrypto_cipher_find(cipher); cipher++) {
		both = both_args(1, cipher, vcrypto_cipher_find(cipher)->key_min,
				 VCRYPTO_MAC_GMAC_AES, 16);
		assert_answer(&guest, guest_session(&guest, &both), VCRYPTO_NOT_SUPPORTED);
	}
	for (mode = VCRYPTO_AUTH_AEAD; mode <= VCRYPTO_AUTH_SRTP; mode++) {
		args.mode = (enum vcrypto_auth_mode)mode;
		assert_answer(&guest, guest_authcrypt(&guest, &args, text, text, text, text),
			      VCRYPTO_BAD_PARAMETER);
	}
}

/* 4.6, 4.CPHASH.5: there is no message to copy, and none can be begun without its IV */
static void between_two_messages_nothing_is_copied(void **state)
{
	struct vcrypto_session_args other = hash_args(1, VCRYPTO_MAC_GMAC_AES, 16);
	struct vcrypto_crypt_args args = part_args(20, 12, 0);
	uint8_t right[VCRYPTO_MAX_DIGEST];

	(void)state;
	one_session();
	make_session(&guest, &other);
	args.session = 1;
	say(args, VCRYPTO_OK);
	assert_answer(&guest, guest_hash_copy(&guest, 0, 1, 0), VCRYPTO_OK);
	args.iv_len = 0;
	say(args, VCRYPTO_BAD_PARAMETER);
	args.iv_len = 12;
	args.mac_len = 16;
	ref_gmac(key_bytes, 16, iv, text, 20, right);
	say_digest(args, right);
}

static void random_session(uint32_t handle)
{
	struct vcrypto_session_args args = { .session = handle, .mac = VCRYPTO_MAC_GMAC_AES };
	struct model *model = &models[handle];

	memset(model, 0, sizeof(*model));
	pattern(model->key, sizeof(model->key), seed);
	model->key_len = 16 + 8 * below(3);
	args.mac_key = model->key;
	args.mac_key_len = model->key_len;
	make_session(&guest, &args);
}

static void model_begin(struct model *model)
{
	struct message *message = &model->message;

	message->open = true;
	message->len = 0;
	message->key_len = model->key_len;
	memcpy(message->key, model->key, sizeof(message->key));
	memcpy(message->iv, iv, sizeof(message->iv));
}

static void random_part(uint32_t handle)
{
	struct vcrypto_crypt_args args = part_args(below(MAX_LEN + 1), 0, below(3) ? 0 : 16);
	struct message *message = &models[handle].message;
	uint8_t digest[VCRYPTO_MAX_DIGEST];

	pattern(text, MAX_LEN, seed);
	pattern(iv, sizeof(iv), seed + 1);
	args.session = handle;
	args.decrypt = below(2);
	args.reset = below(6) == 0 || message->len > MAX_TEXT;
	if (args.reset || !message->open)
		args.iv_len = 12;
	/* The other way round. */
	if (below(8) == 0) {
		args.iv_len = 12 - args.iv_len;
		say(args, VCRYPTO_BAD_PARAMETER);
		return;
	}
	if (args.iv_len)
		model_begin(&models[handle]);
	memcpy(message->text + message->len, text, args.src_len);
	message->len += args.src_len;
	if (!args.mac_len) {
		say(args, VCRYPTO_OK);
		return;
	}
	ref_gmac(message->key, message->key_len, message->iv, message->text, message->len,
		 digest);
	say_digest(args, digest);
	message->open = false;
	message->len = 0;
}

/* 4.6, 4.7.2, 4.CPHASH.5 */
static void messages_have_ivs_and_keys_of_their_own(void **state)
{
	uint32_t round, handle, from;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (handle = 0; handle < SESSIONS; handle++)
		random_session(handle);
	for (round = 0; round < ROUNDS; round++) {
		handle = below(SESSIONS);
		from = below(SESSIONS);
		if (below(16) == 0) {
			assert_answer(&guest, guest_free(&guest, 0, handle), VCRYPTO_OK);
			random_session(handle);
		} else if (handle == from || below(4)) {
			random_part(handle);
		} else {
			assert_answer(&guest, guest_hash_copy(&guest, 0, handle, from),
				      VCRYPTO_OK);
			models[handle].message = models[from].message;
		}
	}
}

static int start(void **state)
{
	(void)state;
	guest_start(&guest, real_backend());
	pattern(text, sizeof(text), 1);
	pattern(iv, sizeof(iv), 2);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_request_that_begins_a_message_has_the_iv_and_no_other),
		TEST(reset_begins_with_another_iv),
		TEST(it_stands_alone),
		TEST(between_two_messages_nothing_is_copied),
		TEST(messages_have_ivs_and_keys_of_their_own),
	};
	bool offer;

	start(NULL);
	offer = offered();
	stop(NULL);
	if (!offer) {
		print_message("SKIP: %s has no GMAC\n", real_backend()->name);
		return real_backend() == &vcrypto_backend_libcrypto ? 1 : 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
