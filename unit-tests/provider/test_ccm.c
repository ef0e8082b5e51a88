// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* CCM, which is told the length of a message before its AAD: what is kept of it, and how long. */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "provider.h"
#include "rig.h"

#define LEN 500
#define MANY 300		/* AAD that only software takes */

struct ccm {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
	uint8_t out[LEN], tag[16];
};

static const uint8_t bytes[LEN];

static void start(struct ccm *ccm, EVP_CIPHER *cipher)
{
	ccm->cipher = cipher;
	ccm->ctx = EVP_CIPHER_CTX_new();
	assert_true(EVP_EncryptInit_ex(ccm->ctx, cipher, NULL, NULL, NULL));
	assert_true(EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
	assert_true(EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_SET_TAG, 16, NULL));
	assert_true(EVP_EncryptInit_ex(ccm->ctx, NULL, NULL, bytes, NULL));
}

static void stop(struct ccm *ccm)
{
	EVP_CIPHER_CTX_free(ccm->ctx);
	EVP_CIPHER_free(ccm->cipher);
	ERR_clear_error();
}

/* With an IV of bytes @iv: whether this many bytes can be announced, and be AAD. */
static bool begin(struct ccm *ccm, uint8_t iv, int announced, int aad_len)
{
	uint8_t ivs[13];	/* the longest */
	int made;

	memset(ivs, iv, sizeof(ivs));
	return EVP_EncryptInit_ex(ccm->ctx, NULL, NULL, NULL, ivs) &&
	       (!announced || EVP_EncryptUpdate(ccm->ctx, NULL, &made, NULL, announced)) &&
	       (!aad_len || EVP_EncryptUpdate(ccm->ctx, NULL, &made, bytes, aad_len));
}

static bool end(struct ccm *ccm, int len)
{
	int made, tag_len = EVP_CIPHER_CTX_get_tag_length(ccm->ctx);
	uint8_t nothing[16];

	return EVP_EncryptUpdate(ccm->ctx, ccm->out, &made, bytes, len) &&
	       EVP_EncryptFinal_ex(ccm->ctx, nothing, &made) &&
	       EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, ccm->tag);
}

/* What @ours has made of @len bytes with this IV, no AAD, is what OpenSSL makes of them. */
static void assert_right(const struct ccm *ours, uint8_t iv, int len)
{
	struct ccm other;

	start(&other, other_cipher("AES-128-CCM"));
	assert_true(begin(&other, iv, 0, 0) && end(&other, len));
	assert_memory_equal(ours->out, other.out, (size_t)len);
	assert_memory_equal(ours->tag, other.tag, sizeof(other.tag));
	stop(&other);
}

static void a_length_is_announced_for_one_message_only(void **state)
{
	struct ccm ours;

	(void)state;
	start(&ours, our_cipher("AES-128-CCM"));
	assert_true(begin(&ours, 1, LEN, 6) && end(&ours, LEN));
	assert_int_equal(rig.calls, 1);
	assert_true(begin(&ours, 2, 0, 0) && end(&ours, MIN_BYTES / 2));
	assert_right(&ours, 2, MIN_BYTES / 2);
	stop(&ours);
}

/* If software began with what it was told for the last message, that had the last one's IV. */
static void two_messages_never_share_a_key_stream(void **state)
{
	struct ccm ours;

	(void)state;
	start(&ours, our_cipher("AES-128-CCM"));
	assert_true(begin(&ours, 1, LEN, 6) && end(&ours, LEN));
	assert_int_equal(rig.calls, 1);
	rig.fails = EIO;
	assert_true(begin(&ours, 2, 0, 0) && end(&ours, LEN));
	assert_right(&ours, 2, LEN);
	/* Software has this one's length, AAD and IV, but never its text. */
	assert_true(begin(&ours, 3, LEN, MANY));
	assert_true(begin(&ours, 4, 0, 0) && end(&ours, LEN));
	assert_right(&ours, 4, LEN);
	assert_int_equal(rig.calls, 1);
	stop(&ours);
}

/* As OpenSSL's own does. */
static void what_does_not_fit_the_length_is_refused(void **state)
{
	struct ccm ours;
	int i;

	(void)state;
	start(&ours, our_cipher("AES-128-CCM"));
	for (i = 0; i < 2; i++) {
		assert_true(begin(&ours, 1, LEN, 6));
		assert_false(end(&ours, LEN - 1));
		/* AAD, and no length. */
		assert_false(begin(&ours, 2, 0, 6));
		assert_false(begin(&ours, 3, 0, MANY));
		assert_int_equal(rig.calls, 0);
		rig.fails = EIO;
	}
	assert_true(begin(&ours, 4, LEN, 0) && end(&ours, LEN));
	assert_right(&ours, 4, LEN);
	stop(&ours);
}

/* It is given out once, by software, and not in part. */
static bool opens(struct ccm *ccm, uint8_t iv, int len)
{
	uint8_t ivs[12], opened[LEN];
	int made;

	memset(ivs, iv, sizeof(ivs));
	return EVP_DecryptInit_ex(ccm->ctx, NULL, NULL, NULL, ivs) &&
	       EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_SET_TAG, 16, ccm->tag) &&
	       EVP_DecryptUpdate(ccm->ctx, opened, &made, ccm->out, len) &&
	       !memcmp(opened, bytes, (size_t)len);
}

/* Without the key once more: OpenSSL's own goes on with code for the other direction. */
static void the_direction_can_change(void **state)
{
	struct ccm ours;
	int i, len;

	(void)state;
	start(&ours, our_cipher("AES-128-CCM"));
	for (i = 0; i < 4; i++) {
		len = i % 2 ? LEN : MIN_BYTES / 2;
		rig.fails = i == 3 ? EIO : 0;
		assert_true(begin(&ours, 1, 0, 0) && end(&ours, len));
		assert_right(&ours, 1, len);
		assert_true(opens(&ours, 1, len));
	}
	assert_int_equal(rig.calls, 2);
	stop(&ours);
}

static void a_tag_is_given_out_whole(void **state)
{
	struct ccm both[2];
	uint8_t tag[16];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		start(&both[i], i ? other_cipher("AES-128-CCM") : our_cipher("AES-128-CCM"));
		assert_true(begin(&both[i], 1, 0, 0));
		assert_true(EVP_EncryptUpdate(both[i].ctx, both[i].out, &(int){ 0 }, bytes, LEN));
		assert_false(EVP_CIPHER_CTX_ctrl(both[i].ctx, EVP_CTRL_AEAD_GET_TAG, 8, tag));
		stop(&both[i]);
	}
	assert_int_equal(rig.calls, 1);
}

/* The lengths, after the key: OpenSSL goes on with those that it had. */
static bool lengths_late(struct ccm *ccm, EVP_CIPHER *cipher, int iv_len, int tag_len)
{
	start(ccm, cipher);
	return EVP_EncryptInit_ex(ccm->ctx, NULL, NULL, bytes, NULL) &&
	       EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_SET_IVLEN, iv_len, NULL) &&
	       EVP_CIPHER_CTX_ctrl(ccm->ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, NULL) &&
	       begin(ccm, 1, 0, 0) && end(ccm, LEN);
}

static void lengths_that_come_after_the_key_do_what_they_do_in_openssl(void **state)
{
	static const struct {
		int iv, tag;
	} lens[] = { { 12, 16 }, { 13, 16 }, { 12, 8 } };
	struct ccm both[2];
	bool done[2];
	size_t i, j;

	(void)state;
	for (i = 0; i < VC_COUNT(lens); i++) {
		memset(both, 0, sizeof(both));
		for (j = 0; j < 2; j++)
			done[j] = lengths_late(&both[j], j ? other_cipher("AES-128-CCM") :
					       our_cipher("AES-128-CCM"), lens[i].iv, lens[i].tag);
		assert_int_equal(done[0], done[1]);
		assert_memory_equal(both[0].out, both[1].out, LEN);
		assert_memory_equal(both[0].tag, both[1].tag, sizeof(both[0].tag));
		/* A key again, and these lengths are like others. */
		rig.calls = 0;
		assert_true(EVP_EncryptInit_ex(both[0].ctx, NULL, NULL, bytes, NULL));
		assert_true(begin(&both[0], 2, 0, 0) && end(&both[0], LEN));
		assert_int_equal(rig.calls, 1);
		stop(&both[0]);
		stop(&both[1]);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(a_length_is_announced_for_one_message_only),
		TEST(two_messages_never_share_a_key_stream),
		TEST(what_does_not_fit_the_length_is_refused),
		TEST(the_direction_can_change),
		TEST(a_tag_is_given_out_whole),
		TEST(lengths_that_come_after_the_key_do_what_they_do_in_openssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
