// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules of CIOCCRYPT that concern the cipher's data. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH 160

static const uint8_t key[16] = { 9, 8, 7, 6 };
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

/* 4.CRYPT.1a */
static void bad_op(void)
{
	start();
	CHECK_ERRNO(dev_crypt(fd, cbc, 2, data, 16, actual, first_iv), EINVAL);
	CHECK_ERRNO(dev_crypt(fd, cbc, 0xffff, data, 16, actual, first_iv), EINVAL);
	close(fd);
}

/* 4.CRYPT.1b */
static void unknown_session(void)
{
	start();
	CHECK_ERRNO(encrypt(0, data, 16, actual, first_iv), EINVAL);
	CHECK_ERRNO(encrypt(0xffffffff, data, 16, actual, first_iv), EINVAL);
	CHECK_ERRNO(encrypt(cbc + ctr + ecb, data, 16, actual, first_iv), EINVAL);
	CHECK_ERRNO(encrypt(0, NULL, 0, NULL, NULL), EINVAL);
	close(fd);
}

/* 4.CRYPT.3a */
static void partial_blocks(void)
{
	start();
	for (size_t len = 1; len < 48; len++) {
		if (len % 16) {
			CHECK_ERRNO(encrypt(cbc, data, len, actual, first_iv), EINVAL);
			CHECK_ERRNO(encrypt(ecb, data, len, actual, NULL), EINVAL);
		} else {
			CHECK_OK(encrypt(cbc, data, len, actual, first_iv));
		}
		CHECK_OK(encrypt(ctr, data, len, actual, first_iv));
	}
	close(fd);
}

/* 4.CRYPT.4a */
static void length_0(void)
{
	uint8_t untouched[LENGTH];

	start();
	memcpy(untouched, actual, LENGTH);
	CHECK_OK(encrypt(cbc, data, 0, actual, first_iv));
	CHECK_OK(dev_crypt(fd, ecb, COP_DECRYPT, data, 0, actual, NULL));
	CHECK_OK(encrypt(ctr, NULL, 0, NULL, NULL));
	CHECK_MEM(actual, untouched, LENGTH);
	close(fd);
}

/* 4.CRYPT.7c */
static void in_place(void)
{
	start();
	CHECK_OK(encrypt(cbc, data, LENGTH, expected, first_iv));
	memcpy(actual, data, LENGTH);
	CHECK_OK(encrypt(cbc, actual, LENGTH, actual, first_iv));
	CHECK_MEM(actual, expected, LENGTH);
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, actual, LENGTH, actual, first_iv));
	CHECK_MEM(actual, data, LENGTH);
	close(fd);
}

/* 4.CRYPT.7a */
static void null_pointers(void)
{
	start();
	CHECK_ERRNO(encrypt(cbc, NULL, 16, actual, first_iv), EFAULT);
	CHECK_ERRNO(encrypt(cbc, data, 16, NULL, first_iv), EFAULT);
	CHECK_OK(encrypt(cbc, data, 0, NULL, first_iv));
	close(fd);
}

static void null_cipher(void)
{
	uint32_t ses;

	start();
	ses = dev_cipher(fd, CRYPTO_NULL, NULL, 0);
	CHECK_OK(encrypt(ses, data, 33, actual, NULL));
	CHECK_MEM(actual, data, 33);
	close(fd);
}

/* Programs that measure fill the key with one byte. */
static void xts_of_equal_halves(void)
{
	static const uint8_t zeros[64], ieee_1619_vector_1[32] = {
		0x91, 0x7c, 0xf6, 0x9e, 0xbd, 0x68, 0xb2, 0xec, 0x9b, 0x9f, 0xe9,
		0xa3, 0xea, 0xdd, 0xa6, 0x92, 0xcd, 0x43, 0xd2, 0xf5, 0x95, 0x98,
		0xed, 0x85, 0x8c, 0x02, 0xc2, 0x65, 0x2f, 0xbf, 0x92, 0x2e,
	};
	uint32_t ses;

	start();
	ses = dev_cipher(fd, CRYPTO_AES_XTS, zeros, 32);
	CHECK_OK(encrypt(ses, zeros, 32, actual, zeros));
	CHECK_MEM(actual, ieee_1619_vector_1, 32);
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, actual, 32, actual, dev_unconst(zeros)));
	CHECK_MEM(actual, zeros, 32);
	ses = dev_cipher(fd, CRYPTO_AES_XTS, zeros, 64);
	CHECK_OK(encrypt(ses, data, LENGTH, actual, first_iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, actual, LENGTH, actual, first_iv));
	CHECK_MEM(actual, data, LENGTH);
	close(fd);
}

/* 4.CRYPT.3d: RFC 6229, 2 */
static void arc4_goes_on(void)
{
	static const uint8_t rfc_key[5] = { 1, 2, 3, 4, 5 }, zeros[32];
	static const uint8_t stream[32] = {
		0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27, 0xcc, 0xc3, 0x52,
		0x4a, 0x0a, 0x11, 0x18, 0xa8, 0x69, 0x82, 0x94, 0x4f, 0x18, 0xfc,
		0x82, 0xd5, 0x89, 0xc4, 0x03, 0xa4, 0x7a, 0x0d, 0x09, 0x19,
	};
	uint32_t ses, len, at;

	start();
	ses = dev_cipher(fd, CRYPTO_ARC4, rfc_key, sizeof(rfc_key));
	for (at = 0, len = 1; at < 32; at += len, len += 4) {
		if (len > 32 - at)
			len = 32 - at;
		CHECK_OK(dev_crypt(fd, ses, at & 2 ? COP_DECRYPT : COP_ENCRYPT, zeros, len, actual,
				   NULL));
		CHECK_MEM(actual, stream + at, len);
	}
	close(fd);
}

static const struct check_case cases[] = {
	{ "1: op not 0 or 1 is EINVAL", bad_op },
	{ "1: an unknown session is EINVAL", unknown_session },
	{ "3: a length that is not whole blocks is EINVAL", partial_blocks },
	{ "4: nothing is processed if the length is 0", length_0 },
	{ "7: in place is fine", in_place },
	{ "7: NULL is fine where nothing is read or written", null_pointers },
	{ "the NULL cipher copies", null_cipher },
	{ "XTS takes a key of equal halves", xts_of_equal_halves },
	{ "3: the key stream of ARC4 goes on", arc4_goes_on },
};

int main(void)
{
	dev_fill(data, sizeof(data), 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
