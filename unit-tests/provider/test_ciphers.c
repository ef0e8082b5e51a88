// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Ciphers without tags: whoever does the work, the results are those of OpenSSL's own provider. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "provider.h"
#include "rig.h"

#define MOST 3000

/* A message, how it is cut, and what has come of it. */
struct message {
	uint8_t key[VC_MAX_KEY], iv[VC_MAX_IV];
	uint8_t text[MOST];
	int len;
	int cuts[8];
	unsigned int pads;		/* a bit for each piece, and for the end: with padding */
	bool encrypt, in_place;
	uint8_t result[MOST + VC_BLOCK];
	int made;			/* -1: an update, -2: the end has failed */
	uint8_t last_iv[VC_MAX_IV];
};

static void make_message(struct message *message, const struct vc_cipher_row *row)
{
	int i;

	memset(message, 0, sizeof(*message));
	rig_fill(message->key, sizeof(message->key));
	rig_fill(message->iv, sizeof(message->iv));
	rig_fill(message->text, sizeof(message->text));
	message->len = (int)rig_random(rig_random(2) ? 200 : MOST);
	if (row->kind == VC_UNIT)
		message->len += 16;
	message->len -= rig_random(2) ? message->len % 16 : 0;
	for (i = 0; i < 7; i++)
		message->cuts[i] = row->kind == VC_UNIT ? MOST :
				   rig_random(4) ?
				   (int)rig_random((uint32_t)message->len + 1) / (1 + i) : 0;
	message->encrypt = rig_random(2);
	message->pads = rig_random(2) ? ~0u : 0;
	if (rig_random(2))
		message->pads ^= rig_random(512);
	message->in_place = rig_random(2);
	/* A block that is gathered would be written over what is not read yet. */
	if (message->in_place && row->kind == VC_BLOCKS)
		message->cuts[0] = MOST;
}

static void set_padding(EVP_CIPHER_CTX *ctx, const struct message *message, int piece)
{
	assert_true(EVP_CIPHER_CTX_set_padding(ctx, message->pads >> piece & 1));
}

static int in_pieces(EVP_CIPHER_CTX *ctx, struct message *message, uint8_t *text)
{
	uint8_t *to = message->in_place ? text : message->result;
	int i, piece, done = 0, made;

	message->made = 0;
	for (i = 0; done < message->len; i++, done += piece) {
		piece = i < 7 && message->cuts[i] < message->len - done ? message->cuts[i] :
			message->len - done;
		set_padding(ctx, message, i);
		if (!EVP_CipherUpdate(ctx, to + message->made, &made, text + done, piece))
			return -1;
		message->made += made;
	}
	set_padding(ctx, message, i);
	if (!EVP_CipherFinal_ex(ctx, to + message->made, &made))
		return -2;
	return message->made + made;
}

/* Where it fails the number of bytes before is not looked at. */
static void finish(EVP_CIPHER_CTX *ctx, struct message *message)
{
	uint8_t *text = malloc(sizeof(message->text) + VC_BLOCK);

	memcpy(text, message->text, sizeof(message->text));
	message->made = in_pieces(ctx, message, text);
	/* libssl looks there to see whether something has failed. */
	assert_true(message->made < 0 || !ERR_peek_error());
	if (message->in_place)
		memcpy(message->result, text, sizeof(message->text));
	if (message->made < 0)
		memset(message->result, 0, sizeof(message->result));
	else
		memset(message->result + message->made, 0,
		       sizeof(message->result) - (size_t)message->made);
	EVP_CIPHER_CTX_get_updated_iv(ctx, message->last_iv, sizeof(message->last_iv));
	free(text);
	ERR_clear_error();
}

static EVP_CIPHER_CTX *begin(const EVP_CIPHER *cipher, const struct message *message)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, message->key, message->iv,
				      message->encrypt));
	return ctx;
}

static void assert_same(const struct vc_cipher_row *row, const struct message *ours,
			const struct message *other)
{
	if (ours->made != other->made ||
	    memcmp(ours->result, other->result, sizeof(ours->result)) ||
	    (other->made >= 0 && memcmp(ours->last_iv, other->last_iv, row->iv_len)))
		fail_msg("%s, %d bytes, %s%s, padding %x, first pieces %d %d: %d, not %d",
			 row->names, ours->len, ours->encrypt ? "encrypted" : "decrypted",
			 ours->in_place ? ", in place" : "", ours->pads & 511,
			 ours->cuts[0], ours->cuts[1], ours->made, other->made);
}

static void compare(const struct vc_cipher_row *row, int rounds)
{
	char name[32];
	EVP_CIPHER *ours = our_cipher(vc_main_name(row->names, name)), *other = other_cipher(name);
	struct message one, two;
	EVP_CIPHER_CTX *ctx;

	while (rounds--) {
		make_message(&one, row);
		two = one;
		ctx = begin(ours, &one);
		finish(ctx, &one);
		EVP_CIPHER_CTX_free(ctx);
		ctx = begin(other, &two);
		finish(ctx, &two);
		EVP_CIPHER_CTX_free(ctx);
		assert_same(row, &one, &two);
	}
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

static void compare_all(int rounds)
{
	size_t i;

	for (i = 0; i < vc_cipher_count; i++)
		if (vc_ciphers[i].kind != VC_AEAD)
			compare(&vc_ciphers[i], rounds);
}

static void random_messages_are_what_openssl_makes_of_them(void **state)
{
	(void)state;
	compare_all(300);
	assert_true(rig.calls > 3000);
}

static void calls_that_fail_are_made_good_by_software(void **state)
{
	(void)state;
	rig.fails = EIO;
	compare_all(50);
	assert_int_equal(rig.calls, 0);
	assert_true(rig.sessions > 300);
}

static void without_sessions_software_does_it(void **state)
{
	(void)state;
	EVP_CIPHER_free(our_cipher("AES-128-CBC"));
	rig.no_session = ENOSPC;
	compare_all(50);
	assert_int_equal(rig.calls, 0);
}

/* The device fails, and comes back, at any place of a message. */
static void a_message_goes_on_when_the_device_does_not(void **state)
{
	static const int errors[] = { 0, 0, 0, EIO, ENODEV, ESTALE };
	const struct vc_cipher_row *row;
	EVP_CIPHER *ours, *other;
	uint8_t in[1000], out[2][1100];
	int i, piece, made[2];
	EVP_CIPHER_CTX *one, *two;
	char name[32];

	(void)state;
	for (row = vc_ciphers; row < vc_ciphers + vc_cipher_count; row++) {
		if (row->kind == VC_UNIT || row->kind == VC_AEAD)
			continue;
		ours = our_cipher(vc_main_name(row->names, name));
		other = other_cipher(name);
		one = EVP_CIPHER_CTX_new();
		two = EVP_CIPHER_CTX_new();
		for (i = 0; i < 100; i++) {
			rig_fill(in, sizeof(in));
			piece = (int)rig_random(sizeof(in));
			if (i % 8 == 0) {
				int encrypt = (int)rig_random(2);

				assert_true(EVP_CipherInit_ex(one, ours, NULL, in, in + 64, encrypt));
				assert_true(EVP_CipherInit_ex(two, other, NULL, in, in + 64, encrypt));
			}
			rig.fails = errors[rig_random(VC_COUNT(errors))];
			assert_true(EVP_CipherUpdate(one, out[0], &made[0], in, piece));
			assert_true(EVP_CipherUpdate(two, out[1], &made[1], in, piece));
			assert_int_equal(made[0], made[1]);
			assert_memory_equal(out[0], out[1], (size_t)made[0]);
		}
		rig.fails = 0;
		EVP_CIPHER_CTX_free(one);
		EVP_CIPHER_CTX_free(two);
		EVP_CIPHER_free(ours);
		EVP_CIPHER_free(other);
	}
	assert_true(rig.calls > 100);
}

/* Also with IVs or keys alone. */
static void a_context_is_used_again(void **state)
{
	EVP_CIPHER *ours = our_cipher("AES-256-CBC"), *other = other_cipher("AES-256-CBC");
	EVP_CIPHER_CTX *one = EVP_CIPHER_CTX_new(), *two = EVP_CIPHER_CTX_new();
	const uint8_t *key, *iv;
	struct message message, again;
	int i;

	(void)state;
	for (i = 0; i < 300; i++) {
		make_message(&message, &vc_ciphers[0]);
		key = i && rig_random(2) ? NULL : message.key;
		iv = i && rig_random(2) ? NULL : message.iv;
		/* OpenSSL's own has the wrong key then. */
		if (!key)
			message.encrypt = EVP_CIPHER_CTX_is_encrypting(one);
		message.pads = ~0u;
		again = message;
		/* With a cipher OpenSSL would begin with a new context. */
		assert_true(EVP_CipherInit_ex(one, i ? NULL : ours, NULL, key, iv,
					      message.encrypt));
		assert_true(EVP_CipherInit_ex(two, i ? NULL : other, NULL, key, iv,
					      message.encrypt));
		finish(one, &message);
		finish(two, &again);
		assert_same(&vc_ciphers[0], &message, &again);
	}
	assert_true(rig.calls > 100);
	EVP_CIPHER_CTX_free(one);
	EVP_CIPHER_CTX_free(two);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

static void a_copy_goes_on_by_itself(void **state)
{
	static const char *const names[] = { "AES-128-CBC", "AES-128-CTR", "AES-192-OFB" };
	uint8_t key[64], text[500], first[600], second[600], scratch[600];
	EVP_CIPHER_CTX *ctx, *copy;
	EVP_CIPHER *cipher;
	int i, made, also;

	(void)state;
	for (i = 0; i < 3; i++) {
		cipher = our_cipher(names[i]);
		ctx = EVP_CIPHER_CTX_new();
		copy = EVP_CIPHER_CTX_new();
		rig_fill(key, sizeof(key));
		rig_fill(text, sizeof(text));
		assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 32));
		assert_true(EVP_EncryptUpdate(ctx, scratch, &made, text, 123));
		assert_true(EVP_CIPHER_CTX_copy(copy, ctx));
		assert_true(EVP_EncryptUpdate(ctx, first, &made, text, sizeof(text)));
		EVP_CIPHER_CTX_free(ctx);
		assert_true(EVP_EncryptUpdate(copy, second, &also, text, sizeof(text)));
		assert_int_equal(made, also);
		assert_memory_equal(first, second, (size_t)made);
		EVP_CIPHER_CTX_free(copy);
		EVP_CIPHER_free(cipher);
	}
	assert_int_equal(rig.calls, 9);
}

/* Without the key once more: OpenSSL's own then has a key schedule for the other direction. */
static void the_direction_can_change(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-CBC");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32], text[256], sealed[300], opened[300];
	int len, made, last;

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, key, NULL, 1));
	for (len = 1; len < (int)sizeof(text); len += 50) {
		assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, key + 16, 1));
		assert_true(EVP_CipherUpdate(ctx, sealed, &made, text, len));
		assert_true(EVP_CipherFinal_ex(ctx, sealed + made, &last));
		assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, key + 16, 0));
		assert_true(EVP_CipherUpdate(ctx, opened, &made, sealed, made + last));
		assert_true(EVP_CipherFinal_ex(ctx, opened + made, &last));
		assert_int_equal(made + last, len);
		assert_memory_equal(opened, text, (size_t)len);
	}
	assert_true(rig.calls > 5);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

static void facts_are_those_of_openssl(void **state)
{
	char name[32];
	size_t i;

	(void)state;
	for (i = 0; i < vc_cipher_count; i++) {
		const struct vc_cipher_row *row = &vc_ciphers[i];
		EVP_CIPHER *ours = our_cipher(vc_main_name(row->names, name));
		EVP_CIPHER *other = other_cipher(name);
		const char *names = row->names;

		assert_int_equal(EVP_CIPHER_get_mode(ours), EVP_CIPHER_get_mode(other));
		assert_int_equal(EVP_CIPHER_get_key_length(ours), EVP_CIPHER_get_key_length(other));
		assert_int_equal(EVP_CIPHER_get_iv_length(ours), EVP_CIPHER_get_iv_length(other));
		assert_int_equal(EVP_CIPHER_get_block_size(ours), EVP_CIPHER_get_block_size(other));
		assert_int_equal(EVP_CIPHER_get_flags(ours), EVP_CIPHER_get_flags(other));
		assert_int_equal(EVP_CIPHER_get_nid(ours), EVP_CIPHER_get_nid(other));
		for (; *names; names += strcspn(names, ":"), names += *names == ':')
			assert_true(EVP_CIPHER_is_a(other, vc_main_name(names, name)));
		EVP_CIPHER_free(ours);
		EVP_CIPHER_free(other);
	}
}

static bool is_odd(uint8_t byte)
{
	byte ^= byte >> 4;
	byte ^= byte >> 2;
	return (byte ^ byte >> 1) & 1;
}

/* CMS has its keys made so: those of DES have a bit of parity in each byte. */
static void random_keys_are_what_openssl_makes(void **state)
{
	static const char *const names[] = { "DES-EDE3-CBC", "AES-128-CBC" };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t keys[2][24] = { { 0 } };
	EVP_CIPHER *cipher;
	int i, j, odd, len;

	(void)state;
	for (i = 0; i < 2; i++) {
		cipher = our_cipher(names[i]);
		assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, NULL, NULL));
		for (j = 0; j < 2; j++)
			assert_true(EVP_CIPHER_CTX_rand_key(ctx, keys[j]));
		len = EVP_CIPHER_get_key_length(cipher);
		assert_memory_not_equal(keys[0], keys[1], (size_t)len);
		for (j = odd = 0; j < len; j++)
			odd += is_odd(keys[0][j]) + is_odd(keys[1][j]);
		assert_int_equal(odd == 2 * len, i == 0);
		EVP_CIPHER_free(cipher);
	}
	EVP_CIPHER_CTX_free(ctx);
}

static void long_texts_are_cut_only_where_they_overlap(void **state)
{
	enum { LEN = 5 * VC_PART + 16 };
	uint8_t *in = malloc(LEN), *out = malloc(LEN), *same = malloc(LEN), key[48];
	EVP_CIPHER *cipher = our_cipher("AES-128-CBC");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int made;

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(in, LEN);
	memcpy(same, in, LEN);
	assert_true(EVP_EncryptInit_ex(ctx, cipher, NULL, key, key + 32));
	assert_true(EVP_EncryptUpdate(ctx, out, &made, in, LEN));
	assert_int_equal(rig.calls, 1);
	assert_true(EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, key + 32));
	assert_true(EVP_EncryptUpdate(ctx, same, &made, same, LEN));
	assert_int_equal(rig.calls, 6);	/* the last 16 bytes are too few */
	assert_memory_equal(same, out, LEN);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	free(in);
	free(out);
	free(same);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(random_messages_are_what_openssl_makes_of_them),
		TEST(calls_that_fail_are_made_good_by_software),
		TEST(without_sessions_software_does_it),
		TEST(a_message_goes_on_when_the_device_does_not),
		TEST(a_context_is_used_again),
		TEST(the_direction_can_change),
		TEST(a_copy_goes_on_by_itself),
		TEST(facts_are_those_of_openssl),
		TEST(random_keys_are_what_openssl_makes),
		TEST(long_texts_are_cut_only_where_they_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
