// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of CIOCAUTHCRYPT in its SRTP mode.  Packets are put together by hand,
 * of CIOCCRYPT's CTR and HMAC, which the vectors of "kat" prove right.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define ROOM (5 * PAGE)

static const uint8_t key[16] = { 1, 7, 3, 2 };
static const uint8_t mac_key[20] = { 6, 1, 8 };
static const uint8_t zeros[ROOM];
static uint8_t text[ROOM], first_iv[16];
static uint8_t packet[ROOM], expected[ROOM], tag[64], expected_tag[64];
static int fd;
static uint32_t srtp, ctr, hmac;

static void start(void)
{
	fd = dev_open();
	srtp = auth_session(fd, CRYPTO_AES_CTR, key, 16, CRYPTO_SHA1_HMAC, mac_key, 20);
	ctr = dev_cipher(fd, CRYPTO_AES_CTR, key, 16);
	hmac = dev_hash(fd, CRYPTO_SHA1_HMAC, mac_key, 20);
}

/* A packet of three parts, encrypted and authenticated to "expected" and "expected_tag". */
static void make_packet(size_t before, size_t len, size_t behind)
{
	memcpy(expected, text, ROOM);
	CHECK_OK(dev_crypt(fd, ctr, COP_ENCRYPT, text + before, len, expected + before,
			   dev_unconst(first_iv)));
	CHECK_OK(dev_digest(fd, hmac, 0, expected, before + len + behind, expected_tag));
}

static struct crypt_auth_op sealing(size_t before, size_t len, size_t behind)
{
	memcpy(packet, text, ROOM);
	memset(tag, 0xee, sizeof(tag));
	return (struct crypt_auth_op){
		.ses = srtp,
		.op = COP_ENCRYPT,
		.flags = COP_FLAG_AEAD_SRTP_TYPE,
		.len = (uint32_t)len,
		.auth_len = (uint32_t)(before + len + behind),
		.auth_src = packet,
		.src = packet + before,
		.dst = packet + before,
		.tag = tag,
		.iv = first_iv,
	};
}

static struct crypt_auth_op opening(size_t before, size_t len, size_t behind)
{
	struct crypt_auth_op op = sealing(before, len, behind);

	memcpy(packet, expected, ROOM);
	memcpy(tag, expected_tag, sizeof(tag));
	op.op = COP_DECRYPT;
	return op;
}

static void each_shape(void (*check)(size_t before, size_t len, size_t behind))
{
	static const size_t lengths[] = { 1, 15, 16, 160, 511, 512, 513, 1400, PAGE, 3 * PAGE };

	start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(0, lengths[i], 0);
		check(12, lengths[i], 0);
		check(12, lengths[i], 4);
		check(0, lengths[i], 4);
		check(256, lengths[i], PAGE);
	}
	close(fd);
}

static void check_sealed(size_t before, size_t len, size_t behind)
{
	struct crypt_auth_op op, same;

	make_packet(before, len, behind);
	op = sealing(before, len, behind);
	memcpy(&same, &op, sizeof(same));
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(packet, expected, ROOM);
	CHECK_MEM(tag, expected_tag, 20);
	CHECK_EQ(tag[20], 0xee);
	same.tag_len = 20;
	CHECK(!memcmp(&op, &same, sizeof(op)));
}

/* 4.AUTH.3, 4.SRTP.4, 4.SRTP.6 */
static void sealed(void)
{
	each_shape(check_sealed);
}

static void check_opened(size_t before, size_t len, size_t behind)
{
	struct crypt_auth_op op;

	make_packet(before, len, behind);
	op = opening(before, len, behind);
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, len);
	CHECK_EQ(op.tag_len, 20);
	CHECK_MEM(packet, text, ROOM);
	CHECK_MEM(tag, expected_tag, 20);
}

/* 4.SRTP.5 */
static void opened(void)
{
	each_shape(check_opened);
}

/* The payload is wiped, what is around it stays. */
static void check_forged(size_t before, size_t len, size_t behind, uint8_t *byte)
{
	struct crypt_auth_op op = opening(before, len, behind);

	*byte ^= 2;
	memcpy(expected, packet, ROOM);
	auth_refuses(fd, op, EBADMSG);
	CHECK_MEM(packet, expected, before);
	CHECK_MEM(packet + before, zeros, len);
	CHECK_MEM(packet + before + len, expected + before + len, ROOM - before - len);
	make_packet(before, len, behind);
}

static void check_forgeries(size_t before, size_t len, size_t behind)
{
	make_packet(before, len, behind);
	check_forged(before, len, behind, tag);
	check_forged(before, len, behind, tag + 19);
	check_forged(before, len, behind, packet + before);
	check_forged(before, len, behind, packet + before + len - 1);
	if (before)
		check_forged(before, len, behind, packet + before - 1);
	if (behind)
		check_forged(before, len, behind, packet + before + len + behind - 1);
}

/* 4.AUTH.6, 4.SRTP.5 */
static void forgeries(void)
{
	each_shape(check_forgeries);
}

/* 4.SRTP.6 */
static void short_tags(void)
{
	struct crypt_auth_op op;

	start();
	make_packet(12, 160, 4);
	for (uint32_t len = 1; len <= 20; len++) {
		op = sealing(12, 160, 4);
		op.tag_len = len;
		CHECK_OK(auth_call(fd, &op));
		CHECK_EQ(op.tag_len, len);
		CHECK_MEM(tag, expected_tag, len);
		CHECK_EQ(tag[len], 0xee);
		op.op = COP_DECRYPT;
		CHECK_OK(auth_call(fd, &op));
		CHECK_MEM(packet, text, 160);
		op = opening(12, 160, 4);
		op.tag_len = len;
		tag[len - 1] ^= 1;
		auth_refuses(fd, op, EBADMSG);
	}
	close(fd);
}

/* 6.TAGLEN */
static void long_tags(void)
{
	static const uint32_t lengths[] = { 21, 32, 64, 65, 0x10014, 0x7fffffff, 0xffffffff };
	struct crypt_auth_op op;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		op = sealing(12, 160, 4);
		op.tag_len = lengths[i];
		auth_refuses(fd, op, EINVAL);
		op.op = COP_DECRYPT;
		auth_refuses(fd, op, EINVAL);
		CHECK_MEM(packet, text, ROOM);
	}
	close(fd);
}

static void both_refuse(struct crypt_auth_op op)
{
	op.op = COP_ENCRYPT;
	auth_refuses(fd, op, EINVAL);
	op.op = COP_DECRYPT;
	auth_refuses(fd, op, EINVAL);
	CHECK_MEM(packet, text, ROOM);
}

/* 4.SRTP.2 */
static void payload_elsewhere(void)
{
	static const uint32_t lengths[] = { 165,	176,	    177,	4096,
					    0x7fffffff, 0xffffff00, 0xfffffff4, 0xffffffff };
	struct crypt_auth_op op;

	start();
	op = sealing(257, 160, 4);
	both_refuse(op);
	op = sealing(12, 160, 4);
	op.dst++;
	both_refuse(op);
	op = sealing(12, 160, 4);
	op.auth_src += 13;
	both_refuse(op);
	op.auth_src = packet + ROOM;
	both_refuse(op);
	op.auth_src = dev_unconst((void *)(UINTPTR_MAX - 3));
	both_refuse(op);
	op.auth_src = NULL;
	both_refuse(op);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		op = sealing(12, 160, 4);
		op.len = lengths[i];
		both_refuse(op);
	}
	op = sealing(12, 160, 0);
	op.auth_len--;
	both_refuse(op);
	close(fd);
}

/* 4.SRTP.3 */
static void nothing_to_do(void)
{
	struct crypt_auth_op op;

	start();
	op = sealing(12, 0, 4);
	both_refuse(op);
	op = sealing(12, 160, 4);
	op.auth_len = 0;
	both_refuse(op);
	close(fd);
}

/* What is around the payload may be a page, the payload a request. */
static void too_long(void)
{
	struct crypt_auth_op op;

	start();
	op = sealing(12, 160, PAGE + 1);
	both_refuse(op);
	op.auth_len = 0xffffffff;
	both_refuse(op);
	op.len = 64u << 20;
	both_refuse(op);
	op.len = 0xfffffff0;
	both_refuse(op);
	close(fd);
}

/* 4.AUTH.1, 4.SRTP.1 */
static void wrong_sessions(void)
{
	struct crypt_auth_op op;
	uint32_t sessions[7];

	start();
	sessions[0] = ctr;
	sessions[1] = hmac;
	sessions[2] = auth_session(fd, CRYPTO_AES_CTR, key, 16, CRYPTO_SHA1, mac_key, 0);
	sessions[3] = auth_session(fd, CRYPTO_AES_CBC, key, 16, CRYPTO_SHA1_HMAC, mac_key, 20);
	sessions[4] = dev_cipher(fd, CRYPTO_AES_GCM, key, 16);
	sessions[5] = 0;
	sessions[6] = 0xffffffff;
	for (size_t i = 0; i < ARRAY_SIZE(sessions); i++) {
		op = sealing(12, 160, 4);
		op.ses = sessions[i];
		both_refuse(op);
	}
	op = sealing(12, 160, 4);
	op.flags = 0;
	both_refuse(op);
	op = sealing(12, 160, 4);
	op.op = 2;
	auth_refuses(fd, op, EINVAL);
	close(fd);
}

/* 4.AUTH.5 */
static void srtp_comes_first(void)
{
	struct crypt_auth_op op;

	start();
	make_packet(12, 160, 4);
	op = sealing(12, 160, 4);
	op.flags |= COP_FLAG_AEAD_TLS_TYPE;
	CHECK_OK(auth_call(fd, &op));
	CHECK_EQ(op.len, 160);
	CHECK_MEM(packet, expected, ROOM);
	CHECK_MEM(tag, expected_tag, 20);
	close(fd);
}

/* 4.AUTH.4 */
static void ivs(void)
{
	struct crypt_auth_op op;
	uint8_t iv[16], next[16];

	start();
	memcpy(iv, first_iv, 16);
	memcpy(next, first_iv, 16);
	/* 11 blocks. */
	next[15] = (uint8_t)(next[15] + 11);
	REQUIRE(next[15] > 11);
	op = sealing(12, 161, 4);
	op.iv = iv;
	op.flags |= COP_FLAG_WRITE_IV;
	op.iv_len = 77;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(iv, next, 16);
	op = sealing(12, 1000, 4);
	op.iv = NULL;
	CHECK_OK(auth_call(fd, &op));
	memcpy(expected, packet, ROOM);
	op = sealing(12, 1000, 4);
	op.iv = next;
	CHECK_OK(auth_call(fd, &op));
	CHECK_MEM(packet, expected, ROOM);
	CHECK_MEM(next, iv, 16);
	close(fd);
}

/* 4.SRTP.6 */
static void bad_tags(void)
{
	struct crypt_auth_op op;

	start();
	make_packet(12, 160, 4);
	for (uintptr_t bad = 0; bad < 16; bad += 8) {
		op = sealing(12, 160, 4);
		op.tag = dev_unconst((void *)bad);
		auth_refuses(fd, op, EFAULT);
		op = opening(12, 160, 4);
		op.tag = dev_unconst((void *)bad);
		auth_refuses(fd, op, EFAULT);
		CHECK_MEM(packet, expected, ROOM);
	}
	close(fd);
}

static const struct check_case cases[] = {
	{ "encrypting in place, then the MAC over all of auth_src", sealed },
	{ "decrypting gives the payload back and changes nothing else", opened },
	{ "whatever has been changed is EBADMSG, and the payload is wiped", forgeries },
	{ "a tag may be shortened by tag_len", short_tags },
	{ "a tag_len above the digest is EINVAL", long_tags },
	{ "a payload that is not within auth_src, 256 bytes from its start at most, is EINVAL",
	  payload_elsewhere },
	{ "len 0 and auth_len 0 are EINVAL", nothing_to_do },
	{ "a packet that is too long is EINVAL", too_long },
	{ "sessions without stream cipher or HMAC are EINVAL", wrong_sessions },
	{ "SRTP comes before TLS", srtp_comes_first },
	{ "the IV goes on as in CIOCCRYPT, and WRITE_IV returns it", ivs },
	{ "a bad tag pointer is EFAULT", bad_tags },
};

int main(void)
{
	dev_fill(text, sizeof(text), 2);
	dev_fill(first_iv, sizeof(first_iv), 3);
	first_iv[15] = 1;
	return check_main(cases, ARRAY_SIZE(cases));
}
