// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Ciphers with tags: whoever does the work, the results are those of OpenSSL's own provider. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "provider.h"
#include "rig.h"

#define MOST 2000

struct message {
	uint8_t key[VC_MAX_KEY], iv[32], aad[600], text[MOST], tag[16];
	int iv_len, aad_len, len, tag_len;
	int parts;			/* of the text */
	bool encrypt, in_place, tag_early, tag_late, aad_in_two;
	bool announced;			/* CCM is told the length first */
	uint8_t result[MOST];
	int status;			/* -1: an update, -2: the end has failed */
};

static bool is_ccm(const struct vc_cipher_row *row)
{
	return row->number == CRYPTO_AES_CCM;
}

static void make_message(struct message *message, const struct vc_cipher_row *row)
{
	static const int ccm_tags[] = { 4, 6, 8, 10, 12, 14, 16 };

	memset(message, 0, sizeof(*message));
	rig_fill(message->key, sizeof(message->key));
	rig_fill(message->iv, sizeof(message->iv));
	rig_fill(message->aad, sizeof(message->aad));
	rig_fill(message->text, sizeof(message->text));
	message->iv_len = 12;
	if (row->number == CRYPTO_AES_GCM && !rig_random(8))
		message->iv_len = 1 + (int)rig_random(16);
	if (is_ccm(row))
		message->iv_len = 7 + (int)rig_random(7);
	message->tag_len = is_ccm(row) ? ccm_tags[rig_random(7)] : 16;
	message->aad_len = (int)rig_random(rig_random(4) ? 40 : 600);
	message->len = (int)rig_random(rig_random(2) ? 200 : MOST);
	message->parts = is_ccm(row) || rig_random(2) ? 1 : 1 + (int)rig_random(4);
	message->encrypt = rig_random(2);
	message->in_place = rig_random(2);
	message->tag_late = !is_ccm(row) && rig_random(3) == 0;
	message->tag_early = rig_random(3) == 0;
	message->aad_in_two = !is_ccm(row) && rig_random(2);
	message->announced = is_ccm(row) && rig_random(3);
	/* Without its length no AAD. */
	if (is_ccm(row) && !message->announced)
		message->aad_len = 0;
}

static bool set_tag(EVP_CIPHER_CTX *ctx, struct message *message, bool data)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, message->tag_len,
				   data ? message->tag : NULL);
}

static bool begin(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, struct message *message)
{
	bool ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;
	bool late = message->encrypt || message->tag_late || message->tag_early;
	bool early = ccm || (!message->encrypt && message->tag_early);
	/* A context that is given its cipher again would forget all that was before. */
	const EVP_CIPHER *new = EVP_CIPHER_CTX_get0_cipher(ctx) ? NULL : cipher;

	return EVP_CipherInit_ex(ctx, new, NULL, NULL, NULL, message->encrypt) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, message->iv_len, NULL) &&
	       (!early || set_tag(ctx, message, !message->encrypt)) &&
	       EVP_CipherInit_ex(ctx, NULL, NULL, message->key, message->iv, message->encrypt) &&
	       (late || set_tag(ctx, message, true));
}

static bool add_aad(EVP_CIPHER_CTX *ctx, const struct message *message)
{
	int some = message->aad_in_two ? message->aad_len / 3 : 0, made;

	if (message->announced && !EVP_CipherUpdate(ctx, NULL, &made, NULL, message->len))
		return false;
	if (some && !EVP_CipherUpdate(ctx, NULL, &made, message->aad, some))
		return false;
	return message->aad_len == some ||
	       EVP_CipherUpdate(ctx, NULL, &made, message->aad + some, message->aad_len - some);
}

static int in_parts(EVP_CIPHER_CTX *ctx, struct message *message, uint8_t *text)
{
	uint8_t *to = message->in_place ? text : message->result;
	int part, done, made, i;

	for (i = done = 0; i < message->parts; i++, done += part) {
		part = i < message->parts - 1 ? (message->len - done) / 2 : message->len - done;
		if (!EVP_CipherUpdate(ctx, to + done, &made, text + done, part) || made != part)
			return -1;
	}
	if (!message->encrypt && message->tag_late && !set_tag(ctx, message, true))
		return -3;
	if (!EVP_CipherFinal_ex(ctx, to + done, &made) || made)
		return -2;
	return 0;
}

static void run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, struct message *message)
{
	uint8_t *text = malloc(MOST);

	memcpy(text, message->text, MOST);
	memset(message->result, 0, MOST);
	assert_true(begin(ctx, cipher, message));
	assert_true(add_aad(ctx, message));
	message->status = in_parts(ctx, message, text);
	/* libssl looks there to see whether something has failed. */
	assert_true(message->status || !ERR_peek_error());
	if (message->in_place)
		memcpy(message->result, text, (size_t)message->len);
	if (!message->status && message->encrypt)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, message->tag_len,
						message->tag));
	free(text);
	ERR_clear_error();
}

static void assert_same(const struct vc_cipher_row *row, const struct message *ours,
			const struct message *other)
{
	bool same = !memcmp(ours->result, other->result, (size_t)ours->len) &&
		    !memcmp(ours->tag, other->tag, sizeof(ours->tag));

	if (ours->status != other->status || (!other->status && !same))
		fail_msg("%s, IV %d, AAD %d, %d bytes in %d parts, %s%s%s: %d, not %d", row->names,
			 ours->iv_len, ours->aad_len, ours->len, ours->parts,
			 ours->encrypt ? "encrypted" : "decrypted",
			 ours->in_place ? ", in place" : "",
			 ours->tag_late ? ", tag late" : ours->tag_early ? ", tag early" : "",
			 ours->status, other->status);
}

/* Turns a message that was encrypted round, or into a forgery; with the first bytes of its tag. */
static void turn_round(struct message *message, int tag_len, bool forge)
{
	uint8_t *bytes[] = { message->text, message->tag, message->aad };
	int lens[] = { message->len, tag_len, message->aad_len };
	uint32_t which = rig_random(3);

	memcpy(message->text, message->result, (size_t)message->len);
	message->encrypt = false;
	message->tag_len = tag_len;
	if (forge && lens[which])
		bytes[which][rig_random((uint32_t)lens[which])] ^= 1;
}

/* OpenSSL's own is to know nothing of earlier messages. */
static void run_afresh(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, struct message *message)
{
	assert_true(EVP_CIPHER_CTX_reset(ctx));
	run(ctx, cipher, message);
}

static void compare(const struct vc_cipher_row *row, int rounds)
{
	char name[32];
	EVP_CIPHER *ours = our_cipher(vc_main_name(row->names, name)), *other = other_cipher(name);
	EVP_CIPHER_CTX *one = EVP_CIPHER_CTX_new(), *two = EVP_CIPHER_CTX_new();
	struct message first, second;
	bool decrypt;
	int tag_len;

	while (rounds--) {
		make_message(&first, row);
		decrypt = !first.encrypt;
		first.encrypt = true;
		second = first;
		run(one, ours, &first);
		run_afresh(two, other, &second);
		assert_same(row, &first, &second);
		if (!decrypt)
			continue;
		tag_len = is_ccm(row) || rig_random(2) ? first.tag_len : 1 + (int)rig_random(16);
		turn_round(&first, tag_len, rig_random(3) == 0);
		second = first;
		run(one, ours, &first);
		run_afresh(two, other, &second);
		assert_same(row, &first, &second);
	}
	EVP_CIPHER_CTX_free(one);
	EVP_CIPHER_CTX_free(two);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

static void compare_all(int rounds)
{
	size_t i;

	for (i = 0; i < vc_cipher_count; i++)
		if (vc_ciphers[i].kind == VC_AEAD)
			compare(&vc_ciphers[i], rounds);
}

static void random_messages_are_what_openssl_makes_of_them(void **state)
{
	(void)state;
	compare_all(200);
	assert_true(rig.calls > 500);
}

static void calls_that_fail_are_made_good_by_software(void **state)
{
	(void)state;
	rig.fails = EIO;
	compare_all(50);
	assert_int_equal(rig.calls, 0);
	assert_true(rig.sessions > 100);
}

static void whole_messages_are_the_devices_and_parts_are_not(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, out[200];
	int made, i;

	(void)state;
	assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 16));
	for (i = 0; i < 3; i++) {
		assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, key + i));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, out, 100));
		assert_true(EVP_EncryptFinal_ex(ctx, out, &made));
	}
	assert_int_equal(rig.calls, 3);
	assert_int_equal(rig.sessions, 1 + rig.freed);
	for (i = 0; i < 3; i++) {
		assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, key + i));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, out, 100));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, out, 100));
		assert_true(EVP_EncryptFinal_ex(ctx, out, &made));
	}
	assert_int_equal(rig.calls, 4);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* With no IV after the end of a message. */
static void an_iv_is_not_used_twice(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, out[200];
	int made, len;

	(void)state;
	for (len = MIN_BYTES / 2; len <= MIN_BYTES; len += MIN_BYTES / 2) {
		assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 16));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, out, len));
		assert_true(EVP_EncryptFinal_ex(ctx, out, &made));
		assert_false(EVP_EncryptUpdate(ctx, out, &made, out, len));
		assert_false(EVP_EncryptFinal_ex(ctx, out, &made));
	}
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* What comes after a verified message belongs to none. */
static void a_message_that_was_verified_has_ended(void **state)
{
	const struct vc_cipher_row *row;
	struct message message;
	EVP_CIPHER *cipher = our_cipher("AES-256-GCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[MOST];
	int made;

	(void)state;
	for (row = vc_ciphers; row->number != CRYPTO_AES_GCM || row->key_len != 32; row++)
		;
	make_message(&message, row);
	message.iv_len = 12;
	message.aad_len = 20;
	message.len = 500;
	message.parts = 1;
	message.encrypt = true;
	run(ctx, cipher, &message);
	turn_round(&message, message.tag_len, false);
	message.tag_early = message.tag_late = false;
	assert_true(begin(ctx, cipher, &message) && add_aad(ctx, &message));
	assert_true(EVP_CipherUpdate(ctx, out, &made, message.text, message.len));
	assert_int_equal(rig.calls, 2);
	assert_false(EVP_CipherUpdate(ctx, out, &made, message.text, 10));
	/* Another tag is not that which was verified. */
	assert_true(begin(ctx, cipher, &message) && add_aad(ctx, &message));
	assert_true(EVP_CipherUpdate(ctx, out, &made, message.text, message.len));
	message.tag[3] ^= 1;
	assert_true(set_tag(ctx, &message, true));
	assert_false(EVP_CipherFinal_ex(ctx, out, &made));
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* One that is set while something is encrypted changes nothing; GCM refuses it. */
static void a_tag_that_was_made_has_its_own_length(void **state)
{
	static const char *const names[] = { "AES-128-GCM", "ChaCha20-Poly1305" };
	uint8_t key[48] = { 1 }, zeros[100] = { 0 }, out[100], tags[2][16];
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	int made, set[2], i;

	(void)state;
	for (i = 0; i < 4; i++) {
		cipher = i % 2 ? other_cipher(names[i / 2]) : our_cipher(names[i / 2]);
		ctx = EVP_CIPHER_CTX_new();
		assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 32));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, zeros, sizeof(zeros)));
		assert_true(EVP_EncryptFinal_ex(ctx, out, &made));
		set[i % 2] = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 12, NULL);
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tags[i % 2]));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 5, out));
		assert_memory_equal(out, tags[i % 2], 5);
		assert_false(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 17, out));
		assert_true(i % 2 == 0 || set[0] == set[1]);
		assert_true(i % 2 == 0 || !memcmp(tags[0], tags[1], 16));
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher);
	}
	assert_int_equal(rig.calls, 2);
	ERR_clear_error();
}

/* The order that OpenSSL's manual has for CCM; another message's tag is not taken for its own. */
static void a_tag_may_come_before_the_iv(void **state)
{
	const struct vc_cipher_row *row;
	struct message message;
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	char name[32];

	(void)state;
	for (row = vc_ciphers; row < vc_ciphers + vc_cipher_count; row++) {
		if (row->kind != VC_AEAD)
			continue;
		cipher = our_cipher(vc_main_name(row->names, name));
		ctx = EVP_CIPHER_CTX_new();
		make_message(&message, row);
		message.iv_len = 12;
		message.tag_len = 16;
		message.aad_len = 0;
		message.len = 500;
		message.parts = 1;
		message.encrypt = true;
		run(ctx, cipher, &message);
		turn_round(&message, message.tag_len, false);
		message.tag_early = true;
		message.tag_late = false;
		rig.calls = 0;
		run(ctx, cipher, &message);
		assert_int_equal(message.status, 0);
		assert_int_equal(rig.calls, 1);
		/* The one that comes behind the data is not known yet. */
		message.tag_early = is_ccm(row);
		message.tag_late = !is_ccm(row);
		run(ctx, cipher, &message);
		assert_int_equal(message.status, 0);
		assert_int_equal(rig.calls, message.tag_early ? 2 : 1);
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher);
	}
}

static void a_copy_goes_on_by_itself(void **state)
{
	EVP_CIPHER *cipher = our_cipher("ChaCha20-Poly1305");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new(), *copy = EVP_CIPHER_CTX_new();
	uint8_t key[48] = { 1 }, out[200] = { 0 }, tags[2][16];
	int made;

	(void)state;
	assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 32));
	assert_true(EVP_EncryptUpdate(ctx, NULL, &made, key, 13));
	assert_true(EVP_EncryptUpdate(ctx, out, &made, out, 100));
	assert_int_equal(rig.calls, 1);
	assert_true(EVP_CIPHER_CTX_copy(copy, ctx));
	assert_true(EVP_EncryptUpdate(ctx, out, &made, key, 48));
	assert_true(EVP_EncryptFinal_ex(ctx, out, &made));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tags[0]));
	EVP_CIPHER_CTX_free(ctx);
	assert_true(EVP_EncryptUpdate(copy, out, &made, key, 48));
	assert_true(EVP_EncryptFinal_ex(copy, out, &made));
	assert_true(EVP_CIPHER_CTX_ctrl(copy, EVP_CTRL_AEAD_GET_TAG, 16, tags[1]));
	assert_memory_equal(tags[0], tags[1], 16);
	EVP_CIPHER_CTX_free(copy);
	EVP_CIPHER_free(cipher);
}

/* That a message was encrypted verifies none. */
static void a_new_direction_or_key_ends_a_message(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, out[200] = { 0 };
	int made;

	(void)state;
	assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 16));
	assert_true(EVP_EncryptUpdate(ctx, out, &made, out, sizeof(out)));
	assert_true(EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, NULL));
	assert_false(EVP_DecryptFinal_ex(ctx, out, &made));
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, key + 16));
	assert_true(EVP_EncryptUpdate(ctx, out, &made, out, sizeof(out)));
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, key + 1, NULL));
	assert_false(EVP_EncryptUpdate(ctx, out, &made, out, sizeof(out)));
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* Leaks are seen by a sanitizer only. */
static void a_message_without_an_end_leaves_nothing(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, iv[12], out[200] = { 0 };
	int made, i;

	(void)state;
	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, 1));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IV_FIXED, -1, key));
	for (i = 0; i < 3; i++) {
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 12, iv));
		assert_true(EVP_EncryptUpdate(ctx, out, &made, out, sizeof(out)));
	}
	assert_int_equal(rig.calls, 3);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(random_messages_are_what_openssl_makes_of_them),
		TEST(calls_that_fail_are_made_good_by_software),
		TEST(whole_messages_are_the_devices_and_parts_are_not),
		TEST(an_iv_is_not_used_twice),
		TEST(a_message_that_was_verified_has_ended),
		TEST(a_tag_that_was_made_has_its_own_length),
		TEST(a_tag_may_come_before_the_iv),
		TEST(a_copy_goes_on_by_itself),
		TEST(a_new_direction_or_key_ends_a_message),
		TEST(a_message_without_an_end_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
