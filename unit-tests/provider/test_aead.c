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
	bool encrypt, in_place, tag_late, aad_in_two;
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
	message->aad_in_two = !is_ccm(row) && rig_random(2);
}

static bool set_tag(EVP_CIPHER_CTX *ctx, struct message *message, bool data)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, message->tag_len,
				   data ? message->tag : NULL);
}

static bool begin(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, struct message *message)
{
	bool ccm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE;

	return EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, message->encrypt) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, message->iv_len, NULL) &&
	       (!ccm || set_tag(ctx, message, !message->encrypt)) &&
	       EVP_CipherInit_ex(ctx, NULL, NULL, message->key, message->iv, message->encrypt) &&
	       (message->encrypt || message->tag_late || set_tag(ctx, message, true));
}

static bool add_aad(EVP_CIPHER_CTX *ctx, const struct message *message)
{
	int some = message->aad_in_two ? message->aad_len / 3 : 0, made;

	if (EVP_CIPHER_CTX_get_mode(ctx) == EVP_CIPH_CCM_MODE &&
	    !EVP_CipherUpdate(ctx, NULL, &made, NULL, message->len))
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
			 ours->in_place ? ", in place" : "", ours->tag_late ? ", tag late" : "",
			 ours->status, other->status);
}

/* Turns a message that was encrypted round, or into a forgery. */
static void turn_round(struct message *message, bool forge)
{
	uint8_t *bytes[] = { message->text, message->tag, message->aad };
	int lens[] = { message->len, message->tag_len, message->aad_len };
	uint32_t which = rig_random(3);

	memcpy(message->text, message->result, (size_t)message->len);
	message->encrypt = false;
	if (forge && lens[which])
		bytes[which][rig_random((uint32_t)lens[which])] ^= 1;
}

static void compare(const struct vc_cipher_row *row, int rounds)
{
	char name[32];
	EVP_CIPHER *ours = our_cipher(vc_main_name(row->names, name)), *other = other_cipher(name);
	EVP_CIPHER_CTX *one = EVP_CIPHER_CTX_new(), *two = EVP_CIPHER_CTX_new();
	struct message first, second;
	bool decrypt;

	while (rounds--) {
		make_message(&first, row);
		decrypt = !first.encrypt;
		first.encrypt = true;
		second = first;
		run(one, ours, &first);
		run(two, other, &second);
		assert_same(row, &first, &second);
		if (!decrypt)
			continue;
		turn_round(&first, rig_random(3) == 0);
		second = first;
		run(one, ours, &first);
		run(two, other, &second);
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
	turn_round(&message, false);
	message.tag_late = false;
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

/* --- records of TLS 1.2, as libssl has them made --- */

struct record {
	uint8_t bytes[MOST + 40];
	int len;
	uint8_t head[13];
};

static EVP_CIPHER_CTX *peer(const EVP_CIPHER *cipher, bool encrypt, const uint8_t *key)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int mode = EVP_CIPHER_get_mode(cipher), fixed = mode ? 4 : 12;

	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, encrypt));
	if (mode == EVP_CIPH_CCM_MODE) {
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 8, NULL));
	}
	assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, encrypt));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IV_FIXED, fixed,
					(void *)(uintptr_t)(key + 32)) > 0);
	return ctx;
}

/* Returns whether the record was made, or opened. */
static bool pass(EVP_CIPHER_CTX *ctx, struct record *record)
{
	int made, around = EVP_CIPHER_CTX_get_mode(ctx) ? 8 : 0, pad;
	bool encrypt = EVP_CIPHER_CTX_is_encrypting(ctx);

	record->len += encrypt ? around : 0;
	record->head[11] = (uint8_t)(record->len >> 8);
	record->head[12] = (uint8_t)record->len;
	pad = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_TLS1_AAD, 13, record->head);
	assert_true(pad == 16 || pad == 8);
	record->len += encrypt ? pad : 0;
	if (!EVP_CipherUpdate(ctx, record->bytes, &made, record->bytes, record->len))
		return false;
	if (encrypt)
		assert_int_equal(made, record->len);
	else
		memmove(record->bytes, record->bytes + around, (size_t)made);
	record->len = made;
	return true;
}

/* What the one makes the other opens, unless a bit is wrong. */
static void exchange(const char *name, bool ours_makes)
{
	EVP_CIPHER *ours = our_cipher(name), *other = other_cipher(name);
	EVP_CIPHER_CTX *from, *to;
	struct record record = { .head = { 0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3 } };
	uint8_t key[48], text[MOST];
	int i, len, around = EVP_CIPHER_get_mode(ours) ? 8 : 0;
	bool forge;

	rig_fill(key, sizeof(key));
	from = peer(ours_makes ? ours : other, true, key);
	to = peer(ours_makes ? other : ours, false, key);
	for (i = 0; i < 100; i++) {
		len = record.len = (int)rig_random(rig_random(2) ? 100 : MOST);
		rig_fill(text, sizeof(text));
		memcpy(record.bytes + around, text, (size_t)len);
		record.head[7] = (uint8_t)i;
		assert_true(pass(from, &record));
		forge = rig_random(5) == 0;
		if (forge)
			record.bytes[rig_random((uint32_t)record.len)] ^= 1;
		assert_int_equal(pass(to, &record), !forge);
		if (!forge) {
			assert_int_equal(record.len, len);
			assert_memory_equal(record.bytes, text, (size_t)len);
		}
	}
	ERR_clear_error();
	EVP_CIPHER_CTX_free(from);
	EVP_CIPHER_CTX_free(to);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

static void exchange_all(void)
{
	static const char *const names[] = { "AES-128-GCM", "AES-256-GCM", "AES-128-CCM",
					     "ChaCha20-Poly1305" };
	size_t i;

	for (i = 0; i < VC_COUNT(names); i++) {
		exchange(names[i], true);
		exchange(names[i], false);
	}
}

static void records_pass_between_us_and_openssl(void **state)
{
	(void)state;
	exchange_all();
	assert_true(rig.calls > 300);
}

static void records_pass_when_the_device_fails(void **state)
{
	(void)state;
	rig.fails = EIO;
	exchange_all();
	assert_int_equal(rig.calls, 0);
}

/* The numbers that GCM is given are those that it counts on from, whoever does the work. */
static void numbers_of_records_are_not_used_twice(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	uint8_t key[48] = { 7 }, last[8], next[8];
	EVP_CIPHER_CTX *ctx = peer(cipher, true, key);
	struct record record = { .len = 0 };
	int i, j;

	(void)state;
	for (i = 0; i < 600; i++) {
		rig.fails = i > 500 ? EIO : 0;
		record.len = i % 3 * MIN_BYTES;
		assert_true(pass(ctx, &record));
		memcpy(next, record.bytes, 8);
		for (j = 7; i && j >= 0 && !++last[j]; j--)
			;
		if (i)
			assert_memory_equal(next, last, 8);
		memcpy(last, next, 8);
	}
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* As OpenSSH does it: the whole IV is given, each packet counts it on. */
static void ivs_are_generated_as_openssl_does(void **state)
{
	EVP_CIPHER *ours = our_cipher("AES-256-GCM"), *other = other_cipher("AES-256-GCM");
	EVP_CIPHER_CTX *ctx[2];
	uint8_t key[48], text[100], out[2][100], tags[2][16], iv[2][12];
	int i, j;

	(void)state;
	rig_fill(key, sizeof(key));
	for (j = 0; j < 2; j++) {
		ctx[j] = EVP_CIPHER_CTX_new();
		assert_true(EVP_CipherInit_ex(ctx[j], j ? other : ours, NULL, key, NULL, 1));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_SET_IV_FIXED, -1, key + 32));
	}
	for (i = 0; i < 20; i++) {
		rig_fill(text, sizeof(text));
		for (j = 0; j < 2; j++) {
			assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_IV_GEN, 1, iv[j]));
			assert_int_equal(EVP_Cipher(ctx[j], NULL, text, 4), 4);
			assert_int_equal(EVP_Cipher(ctx[j], out[j], text, 96), 96);
			assert_true(EVP_Cipher(ctx[j], NULL, NULL, 0) >= 0);
			assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_GET_TAG, 16, tags[j]));
			assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx[j], iv[j], 12));
		}
		assert_memory_equal(out[0], out[1], 96);
		assert_memory_equal(tags[0], tags[1], 16);
		assert_memory_equal(iv[0], iv[1], 12);
	}
	assert_int_equal(rig.calls, 20);
	EVP_CIPHER_CTX_free(ctx[0]);
	EVP_CIPHER_CTX_free(ctx[1]);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
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

/* Numbers are counted on from the IV that was given last. */
static void ivs_are_generated_from_the_last_one(void **state)
{
	EVP_CIPHER *cipher[2] = { our_cipher("AES-128-GCM"), other_cipher("AES-128-GCM") };
	uint8_t key[32], iv[2][4][12];
	EVP_CIPHER_CTX *ctx;
	int j;

	(void)state;
	rig_fill(key, sizeof(key));
	memset(iv, 0, sizeof(iv));
	for (j = 0; j < 2; j++) {
		ctx = EVP_CIPHER_CTX_new();
		assert_true(EVP_CipherInit_ex(ctx, cipher[j], NULL, key, NULL, 1));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IV_FIXED, -1, key));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 12, iv[j][0]));
		assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, key + 16, 1));
		assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx, iv[j][1], 12));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 12, iv[j][2]));
		assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx, iv[j][3], 12));
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher[j]);
	}
	assert_memory_equal(iv[0], iv[1], sizeof(iv[0]));
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

/* The place of the number is the last eight bytes. */
static void an_iv_without_room_for_a_number_is_not_generated(void **state)
{
	EVP_CIPHER *gcm = our_cipher("AES-128-GCM"), *ccm = our_cipher("AES-128-CCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, iv[16];

	(void)state;
	assert_true(EVP_CipherInit_ex(ctx, gcm, NULL, key, NULL, 1));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 4, NULL));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IV_FIXED, -1, key));
	assert_false(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 4, iv) > 0);
	assert_true(EVP_CIPHER_CTX_reset(ctx));
	assert_true(EVP_CipherInit_ex(ctx, ccm, NULL, key, NULL, 1));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_CCM_SET_IV_FIXED, 4, key) > 0);
	assert_false(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 7, iv) > 0);
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(gcm);
	EVP_CIPHER_free(ccm);
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
		TEST(a_copy_goes_on_by_itself),
		TEST(records_pass_between_us_and_openssl),
		TEST(records_pass_when_the_device_fails),
		TEST(numbers_of_records_are_not_used_twice),
		TEST(ivs_are_generated_as_openssl_does),
		TEST(a_new_direction_or_key_ends_a_message),
		TEST(ivs_are_generated_from_the_last_one),
		TEST(a_message_without_an_end_leaves_nothing),
		TEST(an_iv_without_room_for_a_number_is_not_generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
