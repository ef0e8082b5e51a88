// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCAUTHCRYPT in its AEAD mode. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define PAGE 4096
#define LONG (3 * PAGE)

/* As much as is copied; of more the pages are pinned. */
#define BOUNCE 512

static const uint8_t key[32] = { 3, 1, 4, 1, 5, 9, 2, 6 };
static const size_t lengths[] = { 0, 1, 15, 16, 17, 255, BOUNCE, BOUNCE + 1, PAGE, LONG };
static uint8_t aad[PAGE + 1], text[LONG], iv[16];
static uint8_t sealed[LONG + 64], room[LONG + 64];
static int fd;
static uint32_t gcm, ccm, chacha;

static const struct answer {
	const char *name;
	uint32_t cipher;
	size_t keylen, aad_len, len, tag_len;
	const char *key, *iv, *aad, *plaintext, *sealed;
} answers[] = {
#include "sem_auth_aead_answers.h"
};

static uint32_t answer_session(const struct answer *answer)
{
	return dev_cipher(fd, answer->cipher, answer->key, (uint32_t)answer->keylen);
}

static void start(void)
{
	fd = dev_open();
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, 16);
	ccm = dev_cipher(fd, CRYPTO_AES_CCM, key, 24);
	chacha = dev_cipher(fd, CRYPTO_CHACHA20_POLY1305, key, 32);
	memset(sealed, 0xee, sizeof(sealed));
	memset(room, 0xee, sizeof(room));
}

static struct crypt_auth_op sealing(uint32_t ses, size_t len)
{
	return (struct crypt_auth_op){
		.ses = ses,
		.op = COP_ENCRYPT,
		.len = (uint32_t)len,
		.auth_len = 20,
		.auth_src = aad,
		.src = text,
		.dst = sealed,
		.iv = iv,
	};
}

/* What undoes a successful sealing(): reads what that has written. */
static struct crypt_auth_op opening(const struct crypt_auth_op *done)
{
	struct crypt_auth_op op = *done;

	op.op = COP_DECRYPT;
	op.src = done->dst;
	op.dst = room;
	op.tag = NULL;
	return op;
}

static int call(struct crypt_auth_op *op)
{
	return ioctl(fd, CIOCAUTHCRYPT, op);
}

/* For calls that must fail: then nothing of the structure may change. */
static void refuses(struct crypt_auth_op op, int error)
{
	struct crypt_auth_op same;

	memcpy(&same, &op, sizeof(same));
	CHECK_ERRNO(call(&op), error);
	CHECK(!memcmp(&same, &op, sizeof(same)));
}

static bool is_all(const uint8_t *memory, uint8_t value, size_t len)
{
	while (len && memory[len - 1] == value)
		len--;
	return !len;
}

static void check_answer(const struct answer *answer)
{
	struct crypt_auth_op op = sealing(answer_session(answer), answer->len);

	op.auth_len = (uint32_t)answer->aad_len;
	op.auth_src = dev_unconst(answer->aad);
	op.src = dev_unconst(answer->plaintext);
	op.iv = dev_unconst(answer->iv);
	op.tag_len = (uint32_t)answer->tag_len;
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, answer->len + answer->tag_len);
	CHECK_MEM(sealed, answer->sealed, op.len);
	op = opening(&op);
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, answer->len);
	CHECK_MEM(room, answer->plaintext, answer->len);
	CHECK_OK(dev_free(fd, op.ses));
}

static void known_answers(void)
{
	start();
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		check_note("%s", answers[i].name);
		check_answer(&answers[i]);
	}
	close(fd);
}

static void each_length(void (*check)(uint32_t ses, size_t len))
{
	start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(gcm, lengths[i]);
		check(ccm, lengths[i]);
		check(chacha, lengths[i]);
	}
	close(fd);
}

static void check_round_trip(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = sealing(ses, len);

	memset(sealed, 0xee, sizeof(sealed));
	memset(room, 0xee, sizeof(room));
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, len + 16);
	CHECK_EQ((uintptr_t)op.tag, (uintptr_t)sealed + len);
	CHECK_EQ(op.tag_len, 16);
	CHECK(is_all(sealed + len + 16, 0xee, 32));
	op = opening(&op);
	CHECK_OK(call(&op));
	CHECK_EQ(op.len, len);
	CHECK_EQ((uintptr_t)op.tag, (uintptr_t)sealed + len);
	CHECK_EQ(op.tag_len, 16);
	CHECK_MEM(room, text, len);
	CHECK(is_all(room + len, 0xee, 32));
}

static void round_trips(void)
{
	each_length(check_round_trip);
}

static void nothing_else_changes(void)
{
	uint16_t flags = COP_FLAG_WRITE_IV | COP_FLAG_NO_ZC | COP_FLAG_AEAD_TLS_TYPE;
	struct crypt_auth_op op, same;
	uint8_t same_iv[16];

	start();
	op = sealing(gcm, 100);
	op.flags = flags;
	op.iv_len = 0xffffffff;
	memcpy(same_iv, iv, 16);
	memcpy(&same, &op, sizeof(same));
	CHECK_OK(call(&op));
	CHECK_MEM(iv, same_iv, 16);
	same.len = 116;
	same.tag = sealed + 100;
	same.tag_len = 16;
	CHECK(!memcmp(&op, &same, sizeof(op)));
	close(fd);
}

static void reused_struct(void)
{
	struct crypt_auth_op op;

	start();
	op = sealing(gcm, 100);
	op.dst = room;
	memcpy(room, text, 100);
	op.src = room;
	for (int i = 0; i < 10; i++) {
		op.op = COP_ENCRYPT;
		CHECK_OK(call(&op));
		op.op = COP_DECRYPT;
		CHECK_OK(call(&op));
	}
	CHECK_EQ(op.len, 100);
	CHECK_MEM(room, text, 100);
	close(fd);
}

static void tag_lengths_of(uint32_t ses, const char *allowed)
{
	for (uint32_t len = 1; len <= 17; len++) {
		struct crypt_auth_op op = sealing(ses, 40);

		op.tag_len = len;
		if (allowed[len] == '-') {
			refuses(op, EINVAL);
			op.op = COP_DECRYPT;
			refuses(op, EINVAL);
			continue;
		}
		CHECK_OK(call(&op));
		CHECK_EQ(op.tag_len, len);
		CHECK_EQ(op.len, 40 + len);
		op = opening(&op);
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, 40);
		CHECK_MEM(room, text, 40);
	}
}

static void tag_lengths(void)
{
	static const uint32_t absurd[] = { 32, 64, 65, 4096, 0x10010, 0x7fffffff, 0xfffffff0,
					   0xffffffff };
	uint8_t whole[16];
	struct crypt_auth_op op;

	start();
	/*                   0   4   8   12  16 */
	tag_lengths_of(gcm, "----x---x---xxxxx-");
	tag_lengths_of(ccm, "----x-x-x-x-x-x-x-");
	tag_lengths_of(chacha, "----------------x-");
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++) {
		op = sealing(gcm, 40);
		op.tag_len = absurd[i];
		refuses(op, EINVAL);
		op.op = COP_DECRYPT;
		refuses(op, EINVAL);
	}
	/* GCM's short tags are the first bytes of the long one. */
	op = sealing(gcm, 40);
	CHECK_OK(call(&op));
	memcpy(whole, sealed + 40, 16);
	op = sealing(gcm, 40);
	op.tag_len = 12;
	CHECK_OK(call(&op));
	CHECK_MEM(sealed + 40, whole, 12);
	close(fd);
}

/* Flips a bit, which must be noticed, and flips it back. */
static void check_forged(struct crypt_auth_op op, uint8_t *byte, size_t len)
{
	*byte ^= 0x10;
	memset(room, 0xee, sizeof(room));
	refuses(op, EBADMSG);
	CHECK(is_all(room, 0, len));
	CHECK(is_all(room + len, 0xee, 32));
	*byte ^= 0x10;
}

static void check_forgeries(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = sealing(ses, len);

	CHECK_OK(call(&op));
	op = opening(&op);
	check_forged(op, sealed + len, len);
	check_forged(op, sealed + len + 15, len);
	check_forged(op, aad, len);
	check_forged(op, aad + 19, len);
	check_forged(op, iv + 5, len);
	if (len) {
		check_forged(op, sealed, len);
		check_forged(op, sealed + len - 1, len);
	}
	CHECK_OK(call(&op));
	CHECK_MEM(room, text, len);
}

static void forgeries(void)
{
	each_length(check_forgeries);
}

static void check_forged_in_place(uint32_t ses, size_t len)
{
	struct crypt_auth_op op = sealing(ses, len);

	CHECK_OK(call(&op));
	op = opening(&op);
	op.dst = op.src;
	sealed[len] ^= 1;
	refuses(op, EBADMSG);
	CHECK(is_all(sealed, 0, len));
}

static void forged_in_place(void)
{
	each_length(check_forged_in_place);
}

static void aad_alone(void)
{
	uint8_t tag[16];
	struct crypt_auth_op op;

	start();
	for (int with_null = 0; with_null < 2; with_null++) {
		op = sealing(gcm, 0);
		op.src = with_null ? NULL : text;
		op.dst = tag;
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, 16);
		CHECK_EQ((uintptr_t)op.tag, (uintptr_t)tag);
		op = opening(&op);
		op.dst = with_null ? NULL : room;
		CHECK_OK(call(&op));
		CHECK_EQ(op.len, 0);
		tag[3] ^= 1;
		op.len = 16;
		refuses(op, EBADMSG);
	}
	close(fd);
}

static void no_aad(void)
{
	struct crypt_auth_op op;

	start();
	op = sealing(chacha, 33);
	op.auth_len = 0;
	op.auth_src = NULL;
	CHECK_OK(call(&op));
	op = opening(&op);
	CHECK_OK(call(&op));
	CHECK_MEM(room, text, 33);
	close(fd);
}

static void aad_up_to_a_page(void)
{
	struct crypt_auth_op op;

	start();
	for (uint32_t len = PAGE - 1; len <= PAGE + 1; len++) {
		op = sealing(ccm, LONG);
		op.auth_len = len;
		if (len > PAGE) {
			refuses(op, EINVAL);
			continue;
		}
		CHECK_OK(call(&op));
		op = opening(&op);
		check_forged(op, aad + len - 1, LONG);
		CHECK_OK(call(&op));
		CHECK_MEM(room, text, LONG);
	}
	op.auth_len = 0xffffffff;
	refuses(op, EINVAL);
	close(fd);
}

static void without_iv(void)
{
	struct crypt_auth_op op;

	start();
	op = sealing(gcm, 16);
	CHECK_OK(call(&op));
	op = sealing(gcm, 16);
	op.iv = NULL;
	refuses(op, EINVAL);
	op.op = COP_DECRYPT;
	op.len = 32;
	refuses(op, EINVAL);
	close(fd);
}

static void shorter_than_its_tag(void)
{
	struct crypt_auth_op op;

	start();
	for (uint32_t len = 0; len < 16; len++) {
		op = sealing(gcm, len);
		op.op = COP_DECRYPT;
		op.src = sealed;
		op.dst = room;
		refuses(op, EINVAL);
	}
	CHECK(is_all(room, 0xee, sizeof(room)));
	close(fd);
}

static void too_long(void)
{
	static const uint32_t too_much[] = { (64u << 20) + 1,  (64u << 20) + 17, 0x7fffffffu,
					    0xffffffefu,      0xfffffff0u,	0xfffffff1u,
					    0xffffffffu };
	struct crypt_auth_op op;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(too_much); i++) {
		op = sealing(gcm, too_much[i]);
		refuses(op, EINVAL);
		if (i == 0)
			continue;
		op.op = COP_DECRYPT;
		refuses(op, EINVAL);
	}
	close(fd);
}

static void check_overlaps(uint32_t ses, size_t len)
{
	static const int distances[] = { 0, 1, 16, 31, -1, -16, -31 };
	uint8_t expected[LONG + 16];
	struct crypt_auth_op op = sealing(ses, len);

	CHECK_OK(call(&op));
	memcpy(expected, sealed, len + 16);
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		op = sealing(ses, len);
		op.src = room + 32;
		op.dst = op.src + distances[i];
		memcpy(op.src, text, len);
		CHECK_OK(call(&op));
		CHECK_MEM(op.dst, expected, len + 16);
		op = opening(&op);
		op.dst = op.src - distances[i];
		CHECK_OK(call(&op));
		CHECK_MEM(op.dst, text, len);
	}
}

static void overlaps(void)
{
	each_length(check_overlaps);
}

/* Also where the AAD or the IV is overwritten. */
static void overlaps_of_aad(void)
{
	struct crypt_auth_op op;
	uint8_t expected[LONG + 16];

	start();
	op = sealing(gcm, LONG);
	CHECK_OK(call(&op));
	memcpy(expected, sealed, sizeof(expected));
	op = sealing(gcm, LONG);
	memcpy(room + 5, aad, 20);
	memcpy(room + 600, iv, 12);
	op.auth_src = room + 5;
	op.iv = room + 600;
	op.dst = room;
	CHECK_OK(call(&op));
	CHECK_MEM(room, expected, sizeof(expected));
	close(fd);
}

static void ccm_nonces(void)
{
	uint8_t bad[16];
	struct crypt_auth_op op;

	start();
	memcpy(bad, iv, 16);
	for (int first = 0; first < 256; first++) {
		op = sealing(ccm, 100);
		op.iv = bad;
		bad[0] = (uint8_t)first;
		if (first >= 1 && first <= 7)
			CHECK_OK(call(&op));
		else
			refuses(op, EINVAL);
	}
	/* What follows the nonce does not matter. */
	bad[0] = 7;
	op = sealing(ccm, 100);
	op.iv = bad;
	CHECK_OK(call(&op));
	memset(bad + 8, 0x77, 8);
	op = opening(&op);
	CHECK_OK(call(&op));
	close(fd);
}

static void wrong_sessions(void)
{
	struct crypt_auth_op op;
	uint32_t cbc, hash;

	start();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	hash = dev_hash(fd, CRYPTO_SHA1_HMAC, key, 20);
	op = sealing(cbc, 32);
	refuses(op, EINVAL);
	op.ses = hash;
	refuses(op, EINVAL);
	op.ses = 0;
	refuses(op, EINVAL);
	op.ses = 0xffffffff;
	refuses(op, EINVAL);
	op.ses = gcm;
	op.flags = COP_FLAG_AEAD_SRTP_TYPE;
	refuses(op, EINVAL);
	op.flags = 0;
	for (uint16_t bad = 2; bad; bad = (uint16_t)(bad * 2)) {
		op.op = bad;
		refuses(op, EINVAL);
	}
	CHECK_ERRNO(dev_crypt(fd, gcm, COP_ENCRYPT, text, 16, room, iv), EINVAL);
	CHECK_OK(dev_free(fd, gcm));
	op = sealing(gcm, 32);
	refuses(op, EINVAL);
	close(fd);
}

static int gsession(uint32_t cipher, uint32_t keylen, uint32_t mac, uint32_t mackeylen)
{
	struct session_op session = {
		.cipher = cipher,
		.keylen = keylen,
		.key = dev_unconst(key),
		.mac = mac,
		.mackeylen = mackeylen,
		.mackey = dev_unconst(key),
	};

	return ioctl(fd, CIOCGSESSION, &session);
}

static void sessions(void)
{
	static const uint32_t ciphers[] = { CRYPTO_AES_GCM, CRYPTO_AES_CCM };

	start();
	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
		for (uint32_t len = 0; len <= 33; len++) {
			bool good = len == 16 || len == 24 || len == 32;

			if (good)
				CHECK_OK(gsession(ciphers[i], len, 0, 0));
			else
				CHECK_ERRNO(gsession(ciphers[i], len, 0, 0), EINVAL);
		}
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1, 0), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, CRYPTO_SHA1_HMAC, 16), EINVAL);
		CHECK_ERRNO(gsession(ciphers[i], 16, 0, 16), EINVAL);
	}
	CHECK_ERRNO(gsession(CRYPTO_CHACHA20_POLY1305, 16, 0, 0), EINVAL);
	CHECK_ERRNO(gsession(CRYPTO_CHACHA20_POLY1305, 32, 0, 1), EINVAL);
	close(fd);
}

static void check_info(uint32_t ses, const char *name)
{
	struct session_info_op info, untouched;

	memset(&info, 0xa5, sizeof(info));
	memset(&untouched, 0xa5, sizeof(untouched));
	info.ses = ses;
	CHECK_OK(ioctl(fd, CIOCGSESSINFO, &info));
	CHECK(!strcmp(info.cipher_info.cra_name, name));
	CHECK(info.cipher_info.cra_driver_name[0] &&
	      memchr(info.cipher_info.cra_driver_name, 0, CRYPTODEV_MAX_ALG_NAME));
	CHECK(!memcmp(&info.hash_info, &untouched.hash_info, sizeof(info.hash_info)));
	CHECK(info.flags & SIOP_FLAG_KERNEL_DRIVER_ONLY);
}

static void session_info(void)
{
	start();
	check_info(gcm, "gcm(aes)");
	check_info(ccm, "ccm(aes)");
	check_info(chacha, "rfc7539(chacha20,poly1305)");
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
		struct crypt_auth_op op = sealing(gcm, len);

		op.iv = nonce;
		nonce[5] = (uint8_t)i;
		aad[0] = who;
		if (!CHECK_OK(call(&op)))
			return;
		op = opening(&op);
		memcpy(expected, op.src, op.len);
		CHECK_OK(call(&op));
		CHECK_MEM(room, text, len);
		op.iv[4] ^= 1;
		op.len = (uint32_t)len + 16;
		CHECK_ERRNO(call(&op), EBADMSG);
		op.iv[4] ^= 1;
		CHECK_MEM(op.src, expected, len + 16);
	}
}

static void two_processes(void)
{
	uint8_t names[] = { 'a', 'b' };
	pid_t children[2];

	start();
	for (int i = 0; i < 2; i++)
		children[i] = check_fork(use_session, &names[i]);
	for (int i = 0; i < 2; i++)
		check_wait(children[i]);
	close(fd);
}

static const struct check_case cases[] = {
	{ "GCM, CCM and ChaCha20-Poly1305 give the answers of their standards", known_answers },
	{ "encrypting puts the tag at dst + len and returns len, tag and tag_len; decrypting undoes it",
	  round_trips },
	{ "nothing else in the struct changes, nor does the IV; iv_len does not matter",
	  nothing_else_changes },
	{ "a struct can be used again as it comes back", reused_struct },
	{ "tag_len 0 is 16; a tag_len that the cipher does not have is EINVAL", tag_lengths },
	{ "whatever has been changed is EBADMSG, and dst is wiped", forgeries },
	{ "also in place", forged_in_place },
	{ "a tag over AAD alone needs no src", aad_alone },
	{ "without AAD auth_src may be NULL", no_aad },
	{ "auth_len is a page at most, else EINVAL", aad_up_to_a_page },
	{ "without an IV it is EINVAL", without_iv },
	{ "decrypting less than a tag is EINVAL", shorter_than_its_tag },
	{ "more than 64 MiB are EINVAL, whatever they add up to with the tag", too_long },
	{ "src and dst may overlap in any way", overlaps },
	{ "dst may overlap auth_src and iv", overlaps_of_aad },
	{ "CCM's IV begins with L - 1, then comes the nonce", ccm_nonces },
	{ "other sessions, operations and modes are EINVAL, and so is CIOCCRYPT", wrong_sessions },
	{ "CIOCGSESSION of an AEAD takes its key lengths and no mac", sessions },
	{ "CIOCGSESSINFO names the AEAD in cipher_info", session_info },
	{ "two processes use one session of one file", two_processes },
};

int main(void)
{
	dev_fill(aad, sizeof(aad), 1);
	dev_fill(text, sizeof(text), 2);
	dev_fill(iv, sizeof(iv), 3);
	iv[0] = 3;
	return check_main(cases, ARRAY_SIZE(cases));
}
