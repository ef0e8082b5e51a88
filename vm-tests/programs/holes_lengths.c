// SPDX-License-Identifier: GPL-2.0-or-later
/* Lengths, flags and overlaps that nobody sensible would use. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH 65536

static uint8_t key[1024], data[3 * LENGTH], room[3 * LENGTH], expected[LENGTH], iv[16];
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

static void still_works(void)
{
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, data, 64, room, iv));
	CHECK_OK(dev_crypt(fd, cbc, COP_DECRYPT, room, 64, room, iv));
	CHECK_MEM(room, data, 64);
}

static int gsession(uint32_t cipher, uint32_t keylen, uint32_t mac, uint32_t mackeylen)
{
	struct session_op session = {
		.cipher = cipher,
		.keylen = keylen,
		.key = key,
		.mac = mac,
		.mackeylen = mackeylen,
		.mackey = key,
	};
	int result = ioctl(fd, CIOCGSESSION, &session);
	int error = errno;

	if (result == 0)
		dev_free(fd, session.ses);
	errno = error;
	return result;
}

/* 3.KEYS, 4.GSESSION.2 */
static void cipher_key_lengths(void)
{
	static const uint32_t huge[] = { 512, 513, 65536, 0x7fffffff, 0x80000000, 0xffffffff };
	static const uint32_t ciphers[] = { CRYPTO_AES_CBC, CRYPTO_AES_CTR, CRYPTO_AES_ECB };

	start();
	for (size_t c = 0; c < ARRAY_SIZE(ciphers); c++) {
		for (uint32_t len = 0; len <= 80; len++) {
			if (len == 16 || len == 24 || len == 32)
				CHECK_OK(gsession(ciphers[c], len, 0, 0));
			else
				CHECK_ERRNO(gsession(ciphers[c], len, 0, 0), EINVAL);
		}
		for (size_t i = 0; i < ARRAY_SIZE(huge); i++)
			CHECK_ERRNO(gsession(ciphers[c], huge[i], 0, 0), EINVAL);
	}
	CHECK_OK(gsession(CRYPTO_NULL, 0, 0, 0));
	still_works();
	close(fd);
}

/* 3.KEYS, 4.GSESSION.2 */
static void mac_key_lengths(void)
{
	static const uint32_t hmacs[] = { CRYPTO_MD5_HMAC, CRYPTO_SHA1_HMAC, CRYPTO_SHA2_224_HMAC,
					  CRYPTO_SHA2_256_HMAC, CRYPTO_SHA2_512_HMAC };
	static const uint32_t good[] = { 0, 1, 20, 63, 64, 65, 127, 128, 129, 511, 512 };
	static const uint32_t bad[] = { 513, 1024, 65536, 0x7fffffff, 0x80000000, 0xffffffff };

	start();
	for (size_t m = 0; m < ARRAY_SIZE(hmacs); m++) {
		for (size_t i = 0; i < ARRAY_SIZE(good); i++)
			CHECK_OK(gsession(0, 0, hmacs[m], good[i]));
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
			CHECK_ERRNO(gsession(0, 0, hmacs[m], bad[i]), EINVAL);
		CHECK_ERRNO(gsession(CRYPTO_AES_CBC, 17, hmacs[m], 20), EINVAL);
		CHECK_ERRNO(gsession(CRYPTO_AES_CBC, 16, hmacs[m], 513), EINVAL);
	}
	still_works();
	close(fd);
}

/* 6.LEN: 64 KiB of memory, and then none; no length is too much for itself. */
static void huge_lengths(void)
{
	uint8_t *memory =
		mmap(NULL, 2 * LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const uint32_t huge[] = { (64 << 20) + 16, 0x7fffffff, 0x80000000, 0xfffffff0,
					 0xffffffff };
	uint32_t ctr, hash;
	uint8_t digest[64];

	REQUIRE(memory != MAP_FAILED && mprotect(memory + LENGTH, LENGTH, PROT_NONE) == 0);
	start();
	ctr = dev_cipher(fd, CRYPTO_AES_CTR, key, 16);
	hash = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(huge); i++) {
		CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, memory, huge[i], memory, iv),
			    huge[i] % 16 ? EINVAL : EFAULT);
		CHECK_ERRNO(dev_crypt(fd, ctr, COP_ENCRYPT, memory, huge[i], memory, iv), EFAULT);
		CHECK_ERRNO(dev_digest(fd, hash, 0, memory, huge[i], digest), EFAULT);
	}
	CHECK_ERRNO(dev_crypt(fd, cbc, COP_ENCRYPT, memory, 2 * LENGTH, memory, iv), EFAULT);
	CHECK_ERRNO(dev_crypt(fd, ctr, COP_ENCRYPT, memory, 64 << 20, memory, iv), EFAULT);
	CHECK_ERRNO(dev_digest(fd, hash, 0, memory, 64 << 20, digest), EFAULT);
	CHECK_ERRNO(dev_digest(fd, hash, 0, memory, LENGTH + 1, digest), EFAULT);
	CHECK_ERRNO(dev_crypt(fd, 77, COP_ENCRYPT, memory, 0xffffffff, memory, iv), EINVAL);
	still_works();
	close(fd);
	munmap(memory, 2 * LENGTH);
}

/* 6.FLAGS */
static void flags_and_pointers_unchanged(void)
{
	struct crypt_op crypt, same;
	uint8_t mac[64];

	start();
	for (unsigned int flags = 0; flags < 0x80; flags++) {
		if (flags & (COP_FLAG_AEAD_TLS_TYPE | COP_FLAG_AEAD_SRTP_TYPE))
			continue;
		memset(&crypt, 0x5a, sizeof(crypt));
		crypt = (struct crypt_op){
			.ses = cbc,
			.flags = (uint16_t)flags,
			.len = 4096,
			.src = data,
			.dst = room,
			.mac = mac,
			.iv = iv,
		};
		memcpy(&same, &crypt, sizeof(crypt));
		CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
		CHECK_MEM(&crypt, &same, sizeof(crypt));
	}
	close(fd);
}

/* As if the whole source had been read before the first byte was written. */
static void overlap(size_t len, size_t src, size_t dst)
{
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, data + src, len, expected, iv));
	memcpy(room, data, sizeof(data));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, room + src, len, room + dst, iv));
	CHECK_MEM(room + dst, expected, len);
	CHECK_MEM(room, data, dst);
	CHECK_MEM(room + dst + len, data + dst + len, sizeof(data) - dst - len);
}

/* 4.CRYPT.7c */
static void overlaps(void)
{
	static const size_t lengths[] = { 16, 64, 2048, 2064, 4096, 8192, LENGTH };
	static const size_t distances[] = { 1, 5, 15, 16, 17, 4096 };

	start();
	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		for (size_t d = 0; d < ARRAY_SIZE(distances); d++) {
			overlap(lengths[l], LENGTH, LENGTH + distances[d]);
			overlap(lengths[l], LENGTH, LENGTH - distances[d]);
			overlap(lengths[l], LENGTH + 3, LENGTH + 3 + distances[d]);
		}
	}
	close(fd);
}

static void iv_and_mac_in_the_data(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 16,
		.key = key,
		.mac = CRYPTO_SHA1,
	};
	struct crypt_op crypt = { .len = 4096, .src = data, .dst = expected };
	uint8_t mac[20], block[16];

	start();
	crypt.ses = dev_session(fd, &session);
	memcpy(block, data + 32, 16);
	crypt.iv = block;
	crypt.mac = mac;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	memcpy(room, data, 4096);
	crypt.src = room;
	crypt.dst = room;
	crypt.iv = room + 32;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(room, expected, 4096);
	crypt.src = data;
	crypt.iv = block;
	crypt.mac = room + 4090;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(room + 4090, mac, 20);
	close(fd);
}

static const struct check_case cases[] = {
	{ "a cipher takes the key lengths of its table and no other from 0 to 80",
	  cipher_key_lengths },
	{ "an HMAC takes keys up to 512 bytes and no longer ones", mac_key_lengths },
	{ "lengths of 2^31 and 2^32 - 1 are refused", huge_lengths },
	{ "no call changes flags or pointers", flags_and_pointers_unchanged },
	{ "src and dst may overlap in any way", overlaps },
	{ "iv and mac may lie in the data", iv_and_mac_in_the_data },
};

int main(void)
{
	dev_fill(key, sizeof(key), 1);
	dev_fill(data, sizeof(data), 2);
	dev_fill(iv, sizeof(iv), 3);
	return check_main(cases, ARRAY_SIZE(cases));
}
