// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCCRYPT that concern the IV. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH 160

static const uint8_t key[16] = { 9, 8, 7, 6 };
static const uint8_t des_key[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
static const uint8_t zeros[16];
static uint8_t data[LENGTH], expected[LENGTH], actual[LENGTH];
static uint8_t first_iv[16];
static int fd;
static uint32_t cbc, ctr, ecb;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	ctr = dev_cipher(fd, CRYPTO_AES_CTR, key, sizeof(key));
	ecb = dev_cipher(fd, CRYPTO_AES_ECB, key, sizeof(key));
	memset(actual, 0xee, sizeof(actual));
}

static int encrypt(uint32_t ses, const void *src, size_t len, void *dst, const void *iv)
{
	return dev_crypt(fd, ses, COP_ENCRYPT, src, len, dst, dev_unconst(iv));
}

static int with_flags(uint32_t ses, uint16_t op, uint16_t flags, size_t len, void *iv)
{
	struct crypt_op crypt = {
		.ses = ses,
		.op = op,
		.flags = flags,
		.len = (uint32_t)len,
		.src = data,
		.dst = actual,
		.iv = iv,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

static void xor_block(uint8_t *dst, const uint8_t *a, const uint8_t *b)
{
	for (int i = 0; i < 16; i++)
		dst[i] = a[i] ^ b[i];
}

/* CBC and CTR by hand, from single blocks of ECB; what the vectors of "kat" prove right. */
static void expect_cbc(const uint8_t *iv, size_t len)
{
	uint8_t block[16];

	for (size_t i = 0; i < len; i += 16) {
		xor_block(block, data + i, iv);
		CHECK_OK(encrypt(ecb, block, 16, expected + i, NULL));
		iv = expected + i;
	}
}

static void count(uint8_t *counter, unsigned int blocks)
{
	while (blocks--)
		for (int i = 15; i >= 0 && !++counter[i]; i--)
			;
}

static void expect_ctr(const uint8_t *iv, size_t len)
{
	uint8_t counter[16], block[16];

	memcpy(counter, iv, 16);
	for (size_t i = 0; i < len; i++) {
		if (i % 16 == 0) {
			CHECK_OK(encrypt(ecb, counter, 16, block, NULL));
			count(counter, 1);
		}
		expected[i] = data[i] ^ block[i % 16];
	}
}

/* 4.CRYPT.3b */
static void iv_replaces(void)
{
	start();
	expect_cbc(first_iv, LENGTH);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(encrypt(cbc, data, LENGTH, actual, first_iv));
		CHECK_MEM(actual, expected, LENGTH);
	}
	expect_ctr(first_iv, LENGTH - 3);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(encrypt(ctr, data, LENGTH - 3, actual, first_iv));
		CHECK_MEM(actual, expected, LENGTH - 3);
	}
	close(fd);
}

/* 4.CRYPT.3c */
static void iv_continues(void)
{
	start();
	expect_cbc(first_iv, LENGTH);
	CHECK_OK(encrypt(cbc, data, 32, actual, first_iv));
	CHECK_OK(encrypt(cbc, data + 32, 16, actual + 32, NULL));
	CHECK_OK(encrypt(cbc, NULL, 0, NULL, NULL));
	CHECK_OK(encrypt(cbc, data + 48, LENGTH - 48, actual + 48, NULL));
	CHECK_MEM(actual, expected, LENGTH);
	/* Decryption goes on likewise, from an IV that a call without data has set. */
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, NULL, 0, NULL, first_iv));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, expected, 64, actual, NULL));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, expected + 64, LENGTH - 64, actual + 64, NULL));
	CHECK_MEM(actual, data, LENGTH);
	expect_ctr(first_iv, LENGTH);
	CHECK_OK(encrypt(ctr, data, 48, actual, first_iv));
	CHECK_OK(encrypt(ctr, data + 48, LENGTH - 48, actual + 48, NULL));
	CHECK_MEM(actual, expected, LENGTH);
	close(fd);
}

/* 4.CRYPT.3c: The rest of a partial block's key stream is dropped. */
static void ctr_continues_at_a_block(void)
{
	uint8_t next[16];

	start();
	CHECK_OK(encrypt(ctr, data, 21, actual, first_iv));
	memcpy(next, first_iv, 16);
	count(next, 2);
	expect_ctr(next, 40);
	CHECK_OK(encrypt(ctr, data, 40, actual, NULL));
	CHECK_MEM(actual, expected, 40);
	close(fd);
}

/* 4.CRYPT.3b: Eight bytes of DES where the memory ends: no ninth is read, and none is written. */
static void iv_of_8_bytes(void)
{
	uint8_t *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);
	uint8_t *end = memory + 4096 - 8;
	uint32_t des;

	REQUIRE(memory != MAP_FAILED && mprotect(memory + 4096, 4096, PROT_NONE) == 0);
	start();
	des = dev_cipher(fd, CRYPTO_3DES_CBC, des_key, sizeof(des_key));
	memcpy(end, first_iv, 8);
	CHECK_OK(encrypt(des, data, LENGTH, expected, first_iv));
	CHECK_OK(with_flags(des, COP_ENCRYPT, COP_FLAG_WRITE_IV, LENGTH, end));
	CHECK_MEM(actual, expected, LENGTH);
	CHECK_MEM(end, expected + LENGTH - 8, 8);
	close(fd);
	munmap(memory, 8192);
}

/* 4.CRYPT.3b: Where there is none to read, the pointer means nothing. */
static void iv_of_no_bytes(void)
{
	uint32_t hash;
	uint8_t digest[20];
	struct crypt_op crypt = { .len = 16, .src = data, .mac = digest };

	start();
	hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	CHECK_OK(with_flags(ecb, COP_ENCRYPT, COP_FLAG_WRITE_IV, 16, dev_unconst((void *)8)));
	crypt.ses = hash;
	crypt.iv = dev_unconst((void *)8);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	close(fd);
}

/* 4.CRYPT.3c */
static void first_iv_is_zero(void)
{
	start();
	expect_cbc(zeros, 32);
	CHECK_OK(encrypt(cbc, data, 32, actual, NULL));
	CHECK_MEM(actual, expected, 32);
	close(fd);
}

/* 4.CRYPT.3c */
static void refused_calls_leave_the_iv(void)
{
	start();
	expect_cbc(first_iv, LENGTH);
	CHECK_OK(encrypt(cbc, data, 32, actual, first_iv));
	CHECK_ERRNO(encrypt(cbc, data, 17, actual, zeros), EINVAL);
	CHECK_ERRNO(dev_crypt(fd, cbc, 7, data, 16, actual, dev_unconst(zeros)), EINVAL);
	CHECK_ERRNO(encrypt(cbc, NULL, 16, actual, zeros), EFAULT);
	CHECK_OK(encrypt(cbc, data + 32, LENGTH - 32, actual + 32, NULL));
	CHECK_MEM(actual, expected, LENGTH);
	close(fd);
}

/* 4.CRYPT.6b */
static void write_iv_cbc(void)
{
	uint8_t iv[16];

	start();
	memcpy(iv, first_iv, 16);
	expect_cbc(first_iv, LENGTH);
	CHECK_OK(with_flags(cbc, COP_ENCRYPT, COP_FLAG_WRITE_IV, LENGTH, iv));
	CHECK_MEM(actual, expected, LENGTH);
	CHECK_MEM(iv, expected + LENGTH - 16, 16);
	/* Decrypting it is the source's last block, also in place. */
	memcpy(iv, first_iv, 16);
	CHECK_OK(with_flags(cbc, COP_DECRYPT, COP_FLAG_WRITE_IV, LENGTH, iv));
	CHECK_MEM(iv, data + LENGTH - 16, 16);
	/* No data, no change. */
	memcpy(iv, first_iv, 16);
	CHECK_OK(with_flags(cbc, COP_ENCRYPT, COP_FLAG_WRITE_IV, 0, iv));
	CHECK_MEM(iv, first_iv, 16);
	close(fd);
}

/* 4.CRYPT.6b */
static void write_iv_in_place(void)
{
	uint8_t iv[16];
	struct crypt_op crypt = {
		.op = COP_DECRYPT,
		.flags = COP_FLAG_WRITE_IV,
		.len = LENGTH,
		.src = actual,
		.dst = actual,
		.iv = iv,
	};

	start();
	memcpy(iv, first_iv, 16);
	memcpy(actual, data, LENGTH);
	crypt.ses = cbc;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(iv, data + LENGTH - 16, 16);
	close(fd);
}

/* 4.CRYPT.6c */
static void write_iv_ctr(void)
{
	uint8_t iv[16], next[16], ones[16];

	start();
	memset(ones, 0xff, 16);
	for (size_t len = 0; len <= 48; len++) {
		memcpy(iv, len % 2 ? ones : first_iv, 16);
		memcpy(next, iv, 16);
		count(next, (unsigned int)(len + 15) / 16);
		CHECK_OK(with_flags(ctr, COP_ENCRYPT, COP_FLAG_WRITE_IV, len, iv));
		CHECK_MEM(iv, next, 16);
	}
	close(fd);
}

/* 4.CRYPT.6a */
static void no_write_iv(void)
{
	uint8_t iv[16];

	start();
	memcpy(iv, first_iv, 16);
	CHECK_OK(with_flags(cbc, COP_ENCRYPT, 0, 64, iv));
	CHECK_OK(with_flags(ctr, COP_ENCRYPT, COP_FLAG_UPDATE, 64, iv));
	CHECK_MEM(iv, first_iv, 16);
	CHECK_OK(with_flags(cbc, COP_ENCRYPT, COP_FLAG_WRITE_IV, 64, NULL));
	CHECK_OK(with_flags(ecb, COP_ENCRYPT, COP_FLAG_WRITE_IV, 64, NULL));
	close(fd);
}

static const struct check_case cases[] = {
	{ "3: an IV replaces the session's", iv_replaces },
	{ "3: without an IV, the one left by the previous call continues", iv_continues },
	{ "3: the IV has the size of the algorithm: 8 bytes", iv_of_8_bytes },
	{ "3: the IV has the size of the algorithm: none", iv_of_no_bytes },
	{ "3: CTR continues at a whole block", ctr_continues_at_a_block },
	{ "3: the IV of a new session is zero", first_iv_is_zero },
	{ "3: a refused call leaves the IV as it was", refused_calls_leave_the_iv },
	{ "6: WRITE_IV with CBC gives the last ciphertext block", write_iv_cbc },
	{ "6: WRITE_IV with CBC gives that also when decrypting in place", write_iv_in_place },
	{ "6: WRITE_IV with CTR gives the next counter block", write_iv_ctr },
	{ "6: without WRITE_IV or without iv no IV is written", no_write_iv },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
