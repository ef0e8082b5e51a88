// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCCRYPT that concern the hash, alone and beside a cipher. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH 4160
#define SIZE 32

static const uint8_t key[32] = { 3, 1, 4, 1, 5 };
static uint8_t data[LENGTH], crypted[LENGTH], room[LENGTH];
static uint8_t iv[16], actual[SIZE], expected[SIZE], untouched[SIZE];
static int fd;
static uint32_t hash, once;

static void start(void)
{
	fd = dev_open();
	hash = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	once = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	memset(untouched, 0xee, SIZE);
	memcpy(actual, untouched, SIZE);
}

static int digest(uint16_t flags, const char *text)
{
	return dev_digest(fd, hash, flags, text, strlen(text), actual);
}

/* The last digest is that of the text; it is forgotten. */
static void check_digest_of(const char *text)
{
	CHECK_OK(dev_digest(fd, once, 0, text, strlen(text), expected));
	CHECK_MEM(actual, expected, SIZE);
	memcpy(actual, untouched, SIZE);
}

static void check_no_digest(void)
{
	CHECK_MEM(actual, untouched, SIZE);
}

/* 4.CRYPT.2a */
static void flags_0_reset(void)
{
	start();
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(0, "two"));
	check_digest_of("two");
	CHECK_OK(digest(0, "two"));
	check_digest_of("two");
	close(fd);
}

/* 4.CRYPT.2b */
static void reset_resets(void)
{
	start();
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_RESET | COP_FLAG_UPDATE, "two"));
	check_no_digest();
	CHECK_OK(digest(COP_FLAG_FINAL, "three"));
	check_digest_of("twothree");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_RESET | COP_FLAG_FINAL, "two"));
	check_digest_of("two");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_RESET, "two"));
	check_digest_of("two");
	close(fd);
}

/* 4.CRYPT.2c */
static void others_do_not_reset(void)
{
	start();
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_UPDATE, "two"));
	CHECK_OK(digest(COP_FLAG_FINAL, "three"));
	check_digest_of("onetwothree");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_WRITE_IV, "two"));
	check_digest_of("onetwo");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_NO_ZC | COP_FLAG_FINAL, "two"));
	check_digest_of("onetwo");
	close(fd);
}

/* 4.CRYPT.5a, 4.CRYPT.5b, 4.CRYPT.5c */
static void finalised(void)
{
	start();
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	check_no_digest();
	CHECK_OK(digest(COP_FLAG_UPDATE | COP_FLAG_FINAL, "two"));
	check_digest_of("onetwo");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_UPDATE, ""));
	check_digest_of("one");
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_FINAL, ""));
	check_digest_of("one");
	CHECK_OK(digest(0, ""));
	check_digest_of("");
	/* After FINAL the next data starts a new one. */
	CHECK_OK(digest(COP_FLAG_UPDATE, "one"));
	CHECK_OK(digest(COP_FLAG_FINAL, "two"));
	check_digest_of("onetwo");
	close(fd);
}

/* 4.CRYPT.7a, 4.CRYPT.7b */
static void null_src_and_dst(void)
{
	start();
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, "one", 3, NULL));
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_FINAL, NULL, 0, actual));
	check_digest_of("one");
	CHECK_ERRNO(dev_digest(fd, hash, 0, NULL, 1, actual), EFAULT);
	check_no_digest();
	close(fd);
}

/* 4.CRYPT.5b */
static void no_mac_pointer(void)
{
	start();
	CHECK_ERRNO(dev_digest(fd, hash, 0, "one", 3, NULL), EFAULT);
	CHECK_OK(digest(0, "one"));
	check_digest_of("one");
	close(fd);
}

/* 4.CRYPT.5a: In odd pieces of all sizes. */
static void many_pieces(void)
{
	uint32_t hmac, hmac_once;

	start();
	hmac = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 13);
	hmac_once = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, 13);
	for (size_t at = 0, piece = 1; at < LENGTH; at += piece, piece += 7) {
		if (piece > LENGTH - at)
			piece = LENGTH - at;
		CHECK_OK(dev_digest(fd, hash, COP_FLAG_UPDATE, data + at, piece, NULL));
		CHECK_OK(dev_digest(fd, hmac, COP_FLAG_UPDATE, data + at, piece, NULL));
	}
	CHECK_OK(dev_digest(fd, once, 0, data, LENGTH, expected));
	CHECK_OK(dev_digest(fd, hash, COP_FLAG_FINAL, NULL, 0, actual));
	CHECK_MEM(actual, expected, SIZE);
	CHECK_OK(dev_digest(fd, hmac_once, 0, data, LENGTH, expected));
	CHECK_OK(dev_digest(fd, hmac, COP_FLAG_FINAL, NULL, 0, actual));
	CHECK_MEM(actual, expected, SIZE);
	close(fd);
}

/* A session with a cipher and a hash, and the cipher and the hash for themselves. */
static uint32_t both, cipher, mac;

static void start_both(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 24,
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA2_256_HMAC,
		.mackeylen = sizeof(key),
		.mackey = dev_unconst(key),
	};

	start();
	both = dev_session(fd, &session);
	cipher = dev_cipher(fd, CRYPTO_AES_CBC, key, 24);
	mac = dev_hash(fd, CRYPTO_SHA2_256_HMAC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, cipher, COP_ENCRYPT, data, LENGTH, crypted, iv));
	CHECK_OK(dev_digest(fd, mac, 0, data, LENGTH, expected));
}

static int both_at(uint16_t op, uint16_t flags, const uint8_t *src, size_t len, uint8_t *dst,
		   uint8_t *first_iv)
{
	struct crypt_op crypt = {
		.ses = both,
		.op = op,
		.flags = flags,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
		.dst = dst,
		.mac = actual,
		.iv = first_iv,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

/* 4.CRYPT.4b, 4.CRYPT.7c */
static void encrypt_hashes_plaintext(void)
{
	start_both();
	CHECK_OK(both_at(COP_ENCRYPT, 0, data, LENGTH, room, iv));
	CHECK_MEM(room, crypted, LENGTH);
	CHECK_MEM(actual, expected, SIZE);
	memcpy(room, data, LENGTH);
	memset(actual, 0, SIZE);
	CHECK_OK(both_at(COP_ENCRYPT, 0, room, LENGTH, room, iv));
	CHECK_MEM(room, crypted, LENGTH);
	CHECK_MEM(actual, expected, SIZE);
	close(fd);
}

/* 4.CRYPT.4c */
static void decrypt_hashes_plaintext(void)
{
	start_both();
	CHECK_OK(both_at(COP_DECRYPT, 0, crypted, LENGTH, room, iv));
	CHECK_MEM(room, data, LENGTH);
	CHECK_MEM(actual, expected, SIZE);
	memcpy(room, crypted, LENGTH);
	memset(actual, 0, SIZE);
	CHECK_OK(both_at(COP_DECRYPT, 0, room, LENGTH, room, iv));
	CHECK_MEM(room, data, LENGTH);
	CHECK_MEM(actual, expected, SIZE);
	close(fd);
}

/* 4.CRYPT.5a */
static void both_in_pieces(void)
{
	start_both();
	CHECK_OK(both_at(COP_ENCRYPT, COP_FLAG_UPDATE, data, 1024, room, iv));
	CHECK_OK(both_at(COP_ENCRYPT, COP_FLAG_UPDATE, data + 1024, 2048, room + 1024, NULL));
	check_no_digest();
	CHECK_OK(both_at(COP_ENCRYPT, COP_FLAG_FINAL, data + 3072, LENGTH - 3072, room + 3072,
			 NULL));
	CHECK_MEM(room, crypted, LENGTH);
	CHECK_MEM(actual, expected, SIZE);
	CHECK_ERRNO(both_at(COP_ENCRYPT, 0, data, 15, room, iv), EINVAL);
	close(fd);
}

static int gmac_at(uint32_t ses, uint16_t flags, size_t from, size_t len, uint8_t *first_iv)
{
	struct crypt_op crypt = {
		.ses = ses,
		.flags = flags,
		.len = (uint32_t)len,
		.src = data + from,
		.mac = actual,
		.iv = first_iv,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

/* A message whose first pieces have @len bytes. */
static void check_gmac(uint32_t gmac, size_t len)
{
	uint8_t other[16] = { 0 };

	CHECK_OK(gmac_at(gmac, COP_FLAG_UPDATE | COP_FLAG_WRITE_IV, 0, len, iv));
	CHECK_ERRNO(gmac_at(gmac, COP_FLAG_UPDATE, len, len, other), EINVAL);
	CHECK_OK(gmac_at(gmac, COP_FLAG_UPDATE, len, len, NULL));
	memcpy(actual, untouched, SIZE);
	CHECK_OK(gmac_at(gmac, COP_FLAG_FINAL, 2 * len, LENGTH - 2 * len, NULL));
	CHECK_MEM(actual, expected, SIZE);
	/* Ended: another one begins. */
	CHECK_ERRNO(gmac_at(gmac, COP_FLAG_UPDATE, 0, len, NULL), EINVAL);
	CHECK_ERRNO(gmac_at(gmac, COP_FLAG_UPDATE | COP_FLAG_RESET, 0, len, NULL), EINVAL);
}

/* 4.CRYPT.3e: Also of pieces so short that they are not waited for. */
static void iv_of_a_mac(void)
{
	uint8_t same[16];
	uint32_t gmac;

	start();
	if (!dev_offers_mac(fd, CRYPTO_AES_GMAC, 24))
		return;
	memcpy(same, iv, sizeof(iv));
	gmac = dev_hash(fd, CRYPTO_AES_GMAC, key, 24);
	CHECK_ERRNO(gmac_at(gmac, 0, 0, LENGTH, NULL), EINVAL);
	check_no_digest();
	CHECK_OK(gmac_at(gmac, 0, 0, LENGTH, iv));
	memcpy(expected, actual, SIZE);
	check_gmac(gmac, 1000);
	check_gmac(gmac, 100);
	/* One that is refused disturbs nothing of a message that has begun. */
	CHECK_OK(gmac_at(gmac, COP_FLAG_UPDATE, 0, 100, iv));
	CHECK_ERRNO(gmac_at(gmac, COP_FLAG_UPDATE | COP_FLAG_RESET, 0, 100, NULL), EINVAL);
	CHECK_OK(gmac_at(gmac, COP_FLAG_FINAL, 100, LENGTH - 100, NULL));
	CHECK_MEM(actual, expected, SIZE);
	CHECK_ERRNO(gmac_at(gmac, 0, 0, 1000, (uint8_t *)1), EFAULT);
	CHECK_MEM(iv, same, sizeof(iv));
	close(fd);
}

static const struct check_case cases[] = {
	{ "2: the hash is reset if flags = 0", flags_0_reset },
	{ "2: the hash is reset by RESET", reset_resets },
	{ "2: the hash is not reset by other flags", others_do_not_reset },
	{ "3: a message of a MAC that takes an IV begins with it, and has no other", iv_of_a_mac },
	{ "4: encryption hashes the plaintext, then encrypts", encrypt_hashes_plaintext },
	{ "4: decryption decrypts, then hashes the plaintext", decrypt_hashes_plaintext },
	{ "5: the hash is finalised by FINAL, without UPDATE, and with len = 0, else mac is "
	  "untouched",
	  finalised },
	{ "5: UPDATE in any pieces gives the same digest", many_pieces },
	{ "5: UPDATE works beside a cipher", both_in_pieces },
	{ "5: mac = NULL is EFAULT if the hash is finalised", no_mac_pointer },
	{ "7: src = NULL is fine with len = 0, dst = NULL for hash-only sessions",
	  null_src_and_dst },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(iv, sizeof(iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
