// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCAUTHCRYPT in its AEAD mode. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aead.h"
#include "auth.h"
#include "check.h"
#include "dev.h"

static const struct answer {
	const char *name;
	uint32_t cipher;
	size_t keylen, aad_len, len, tag_len;
	const char *key, *iv, *aad, *plaintext, *sealed;
} answers[] = {
#include "aead_answers.h"
};

static uint32_t answer_session(const struct answer *answer)
{
	return dev_cipher(fd, answer->cipher, answer->key, (uint32_t)answer->keylen);
}

static void check_answer(const struct answer *answer)
{
	struct crypt_auth_op op = aead_sealing(answer_session(answer), answer->len);

	op.auth_len = (uint32_t)answer->aad_len;
	op.auth_src = dev_unconst(answer->aad);
	op.src = dev_unconst(answer->plaintext);
	op.iv = dev_unconst(answer->iv);
	op.tag_len = (uint32_t)answer->tag_len;
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, answer->len + answer->tag_len);
	CHECK_MEM(sealed, answer->sealed, op.len);
	op = aead_opening(&op);
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, answer->len);
	CHECK_MEM(room, answer->plaintext, answer->len);
	CHECK_OK(dev_free(fd, op.ses));
}

/* 4.AEAD.1 */
static void known_answers(void)
{
	aead_start();
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		check_note("%s", answers[i].name);
		check_answer(&answers[i]);
	}
	close(fd);
}

static void check_round_trip(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = aead_sealing(ses, len);

	memset(sealed, 0xee, sizeof(sealed));
	memset(room, 0xee, sizeof(room));
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, len + 16);
	CHECK_EQ((uintptr_t)op.tag, (uintptr_t)sealed + len);
	CHECK_EQ(op.tag_len, 16);
	CHECK(is_all(sealed + len + 16, 0xee, 32));
	op = aead_opening(&op);
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, len);
	CHECK_EQ((uintptr_t)op.tag, (uintptr_t)sealed + len);
	CHECK_EQ(op.tag_len, 16);
	CHECK_MEM(room, text, len);
	CHECK(is_all(room + len, 0xee, 32));
}

/* 4.AEAD.2, 4.AEAD.3, 4.AEAD.4, 6.COMPAT */
static void round_trips(void)
{
	aead_each_length(check_round_trip);
}

/* 4.AUTH.2, 4.AUTH.4, 4.AUTH.5, 6.FLAGS */
static void nothing_else_changes(void)
{
	uint16_t flags = COP_FLAG_WRITE_IV | COP_FLAG_NO_ZC | COP_FLAG_AEAD_TLS_TYPE;
	struct crypt_auth_op op, same;
	uint8_t same_iv[16];

	aead_start();
	op = aead_sealing(gcm, 100);
	op.flags = flags;
	op.iv_len = 0xffffffff;
	memcpy(same_iv, iv, 16);
	memcpy(&same, &op, sizeof(same));
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(iv, same_iv, 16);
	same.len = 116;
	same.tag = sealed + 100;
	same.tag_len = 16;
	CHECK(!memcmp(&op, &same, sizeof(op)));
	close(fd);
}

/* 4.AEAD.4 */
static void reused_struct(void)
{
	struct crypt_auth_op op;

	aead_start();
	op = aead_sealing(gcm, 100);
	op.dst = room;
	memcpy(room, text, 100);
	op.src = room;
	for (int i = 0; i < 10; i++) {
		op.op = COP_ENCRYPT;
		CHECK_OK(auth_call(fd, &op));
		op.op = COP_DECRYPT;
		CHECK_OK(auth_call(fd, &op));
	}
	CHECK_EQ(op.len, 100);
	CHECK_MEM(room, text, 100);
	close(fd);
}

static void tag_lengths_of(uint32_t ses, const char *allowed)
{
	for (uint32_t len = 1; len <= 17; len++) {
		struct crypt_auth_op op = aead_sealing(ses, 40);

		op.tag_len = len;
		if (allowed[len] == '-') {
			auth_refuses(fd, op, EINVAL);
			op.op = COP_DECRYPT;
			auth_refuses(fd, op, EINVAL);
			continue;
		}
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.tag_len, len);
		CHECK_EQ(op.len, 40 + len);
		op = aead_opening(&op);
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, 40);
		CHECK_MEM(room, text, 40);
	}
}

/* 4.AUTH.3 */
static void tag_lengths(void)
{
	static const uint32_t absurd[] = { 32,	    64,		65,	    4096,
					   0x10010, 0x7fffffff, 0xfffffff0, 0xffffffff };
	uint8_t whole[16];
	struct crypt_auth_op op;

	aead_start();
	/*                   0   4   8   12  16 */
	tag_lengths_of(gcm, "----x---x---xxxxx-");
	tag_lengths_of(ccm, "----x-x-x-x-x-x-x-");
	tag_lengths_of(chacha, "----------------x-");
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++) {
		op = aead_sealing(gcm, 40);
		op.tag_len = absurd[i];
		auth_refuses(fd, op, EINVAL);
		op.op = COP_DECRYPT;
		auth_refuses(fd, op, EINVAL);
	}
	/* GCM's short tags are the first bytes of the long one. */
	op = aead_sealing(gcm, 40);
	CHECK_OK(auth_call(fd, &op));
	memcpy(whole, sealed + 40, 16);
	op = aead_sealing(gcm, 40);
	op.tag_len = 12;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(sealed + 40, whole, 12);
	close(fd);
}

/* 4.AUTH.7 */
static void aad_alone(void)
{
	uint8_t tag[16];
	struct crypt_auth_op op;

	aead_start();
	for (int with_null = 0; with_null < 2; with_null++) {
		op = aead_sealing(gcm, 0);
		op.src = with_null ? NULL : text;
		op.dst = tag;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, 16);
		CHECK_EQ((uintptr_t)op.tag, (uintptr_t)tag);
		op = aead_opening(&op);
		op.dst = with_null ? NULL : room;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.len, 0);
		tag[3] ^= 1;
		op.len = 16;
		auth_refuses(fd, op, EBADMSG);
	}
	close(fd);
}

static void no_aad(void)
{
	struct crypt_auth_op op;

	aead_start();
	op = aead_sealing(chacha, 33);
	op.auth_len = 0;
	op.auth_src = NULL;
	CHECK_OK(auth_call(fd, &op));
	op = aead_opening(&op);
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(room, text, 33);
	close(fd);
}

/* 4.AEAD.1 */
static void aad_up_to_a_page(void)
{
	struct crypt_auth_op op;

	aead_start();
	for (uint32_t len = PAGE - 1; len <= PAGE + 1; len++) {
		op = aead_sealing(ccm, LONG);
		op.auth_len = len;
		if (len > PAGE) {
			auth_refuses(fd, op, EINVAL);
			continue;
		}
		CHECK_OK(auth_call(fd, &op));
		op = aead_opening(&op);
		aad[len - 1] ^= 1;
		auth_refuses(fd, op, EBADMSG);
		aad[len - 1] ^= 1;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(room, text, LONG);
	}
	op.auth_len = 0xffffffff;
	auth_refuses(fd, op, EINVAL);
	close(fd);
}

static void check_overlaps(uint32_t ses, size_t len)
{
	static const int distances[] = { 0, 1, 16, 31, -1, -16, -31 };
	uint8_t expected[LONG + 16];
	struct crypt_auth_op op = aead_sealing(ses, len);

	CHECK_OK(auth_call(fd, &op));
	memcpy(expected, sealed, len + 16);
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		op = aead_sealing(ses, len);
		op.src = room + 32;
		op.dst = op.src + distances[i];
		memcpy(op.src, text, len);
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(op.dst, expected, len + 16);
		op = aead_opening(&op);
		op.dst = op.src - distances[i];
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(op.dst, text, len);
	}
}

static void overlaps(void)
{
	aead_each_length(check_overlaps);
}

/* Also where the AAD or the IV is overwritten. */
static void overlaps_of_aad(void)
{
	struct crypt_auth_op op;
	uint8_t expected[LONG + 16];

	aead_start();
	op = aead_sealing(gcm, LONG);
	CHECK_OK(auth_call(fd, &op));
	memcpy(expected, sealed, sizeof(expected));
	op = aead_sealing(gcm, LONG);
	memcpy(room + 5, aad, 20);
	memcpy(room + 600, iv, 12);
	op.auth_src = room + 5;
	op.iv = room + 600;
	op.dst = room;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(room, expected, sizeof(expected));
	close(fd);
}

static void ccm_nonces(void)
{
	uint8_t bad[16];
	struct crypt_auth_op op;

	aead_start();
	memcpy(bad, iv, 16);
	for (int first = 0; first < 256; first++) {
		op = aead_sealing(ccm, 100);
		op.iv = bad;
		bad[0] = (uint8_t)first;
		if (first >= 1 && first <= 7)
			CHECK_OK(auth_call(fd, &op));
		else
			auth_refuses(fd, op, EINVAL);
	}
	/* What follows the nonce does not matter. */
	bad[0] = 7;
	op = aead_sealing(ccm, 100);
	op.iv = bad;
	CHECK_OK(auth_call(fd, &op));
	memset(bad + 8, 0x77, 8);
	op = aead_opening(&op);
	CHECK_OK(auth_call(fd, &op));
	close(fd);
}

/* Each with nonces of its own, in turns on one session. */
static void use_session(void *argument)
{
	uint8_t nonce[16], expected[LONG + 16];
	uint8_t who = *(uint8_t *)argument;

	memcpy(nonce, iv, 16);
	nonce[4] = who;
	for (int i = 0; i < 50; i++) {
		size_t len = i % 2 ? LONG : 100;
		struct crypt_auth_op op = aead_sealing(gcm, len);

		op.iv = nonce;
		nonce[5] = (uint8_t)i;
		aad[0] = who;
		if (!CHECK_OK(auth_call(fd, &op)))
			return;
		op = aead_opening(&op);
		memcpy(expected, op.src, op.len);
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(room, text, len);
		op.iv[4] ^= 1;
		op.len = (uint32_t)len + 16;
		CHECK_ERRNO(auth_call(fd, &op), EBADMSG);
		op.iv[4] ^= 1;
		CHECK_MEM(op.src, expected, len + 16);
	}
}

static void two_processes(void)
{
	uint8_t names[] = { 'a', 'b' };
	pid_t children[2];

	aead_start();
	for (int i = 0; i < 2; i++)
		children[i] = check_fork(use_session, &names[i]);
	for (int i = 0; i < 2; i++)
		check_wait(children[i]);
	close(fd);
}

static const struct check_case cases[] = {
	{ "GCM, CCM and ChaCha20-Poly1305 give the answers of their standards", known_answers },
	{ "encrypting puts the tag at dst + len and returns len, tag and tag_len; decrypting "
	  "undoes it",
	  round_trips },
	{ "nothing else in the struct changes, nor does the IV; iv_len does not matter",
	  nothing_else_changes },
	{ "a struct can be used again as it comes back", reused_struct },
	{ "tag_len 0 is 16; a tag_len that the cipher does not have is EINVAL", tag_lengths },
	{ "a tag over AAD alone needs no src", aad_alone },
	{ "without AAD auth_src may be NULL", no_aad },
	{ "auth_len is a page at most, else EINVAL", aad_up_to_a_page },
	{ "src and dst may overlap in any way", overlaps },
	{ "dst may overlap auth_src and iv", overlaps_of_aad },
	{ "CCM's IV begins with L - 1, then comes the nonce", ccm_nonces },
	{ "two processes use one session of one file", two_processes },
};

int main(void)
{
	aead_prepare();
	return check_main(cases, ARRAY_SIZE(cases));
}
