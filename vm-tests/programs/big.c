// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Payload longer than one request may carry, in one call each; also not aligned,
 * in place, and across huge pages.  The results are libcrypto's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "reference.h"

#define PAGE 4096
#define MIB (1u << 20)
#define LONGEST (16u * MIB)

static const size_t lengths[] = { MIB - 16, MIB, MIB + 16, MIB + PAGE, 4 * MIB, LONGEST };
static uint8_t key[64] = { 2, 7, 1, 8, 2, 8 };
static uint8_t *data, *room, *expected;
static uint8_t iv[16];
static int fd;

static uint8_t *map(size_t size)
{
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

static void check_cipher(const struct reference_cipher *cipher, size_t len, size_t src, size_t dst)
{
	uint32_t ses = dev_cipher(fd, cipher->cipher, key, cipher->keylen);
	uint8_t next[16], after[16];
	struct crypt_op crypt = {
		.ses = ses,
		.flags = COP_FLAG_WRITE_IV,
		.len = (uint32_t)len,
		.src = data + src,
		.dst = room + dst,
		.iv = next,
	};

	memcpy(next, iv, 16);
	reference_encrypt(cipher, key, iv, data + src, len, expected);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	if (!CHECK_MEM(room + dst, expected, len))
		check_note("%s, %zu bytes, offsets %zu and %zu", cipher->name, len, src, dst);
	/* Decrypt where it stands. */
	memcpy(after, next, 16);
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room + dst, len, room + dst, iv));
	CHECK_MEM(room + dst, data + src, len);
	/* The IV that was returned is the one to go on from. */
	reference_encrypt(cipher, key, after, data, 64, expected);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data + src, len, room + dst, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, room, NULL));
	CHECK_MEM(room, expected, 64);
	CHECK_OK(dev_free(fd, ses));
}

static void with_cipher(size_t number)
{
	fd = dev_open();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		check_cipher(&reference_ciphers[number], lengths[i], 0, 0);
	check_cipher(&reference_ciphers[number], 4 * MIB, 1, 0);
	check_cipher(&reference_ciphers[number], 4 * MIB, 4095, 2049);
	close(fd);
}

static void cbc(void)
{
	with_cipher(1);
}

static void ctr(void)
{
	with_cipher(5);
	fd = dev_open();
	check_cipher(&reference_ciphers[5], 4 * MIB + 5, 7, 9);
	close(fd);
}

/* All that can go on from an IV; and XTS, of which a call is a data unit. */
static void others(void)
{
	fd = dev_open();
	for (size_t i = REFERENCE_COMMON_CIPHERS; i < REFERENCE_CIPHERS; i++) {
		const struct reference_cipher *cipher = &reference_ciphers[i];
		struct session_op session = { cipher->cipher, 0, cipher->keylen, .key = key };

		if (!reference_has_cipher(cipher) || ioctl(fd, CIOCGSESSION, &session)) {
			check_note("SKIP %s", cipher->name);
		} else {
			check_cipher(cipher, 2 * MIB + 48, 3, 5);
		}
	}
	close(fd);
}

static void hashes(void)
{
	uint8_t digest[64], right[64];

	fd = dev_open();
	for (size_t m = 0; m < REFERENCE_COMMON_MACS; m++) {
		const struct reference_mac *mac = &reference_macs[m];
		uint32_t ses = dev_hash(fd, mac->mac, key, mac->keyed ? 32 : 0);

		for (size_t i = 0; i < ARRAY_SIZE(lengths) - 1; i++) {
			reference_digest(mac, key, 32, data + i, lengths[i] + i, right);
			CHECK_OK(dev_digest(fd, ses, 0, data + i, lengths[i] + i, digest));
			if (!CHECK_MEM(digest, right, mac->size))
				check_note("%s, %zu bytes", mac->name, lengths[i] + i);
		}
	}
	reference_digest(&reference_macs[2], NULL, 0, data, LONGEST, right);
	CHECK_OK(dev_digest(fd, dev_hash(fd, CRYPTO_SHA2_256, NULL, 0), 0, data, LONGEST, digest));
	CHECK_MEM(digest, right, 32);
	close(fd);
}

static void both(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = 16,
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA2_256_HMAC,
		.mackeylen = 32,
		.mackey = dev_unconst(key),
	};
	uint8_t digest[32], right[32];
	struct crypt_op crypt = {
		.len = 4 * MIB, .src = data, .dst = room, .mac = digest, .iv = iv
	};

	fd = dev_open();
	crypt.ses = dev_session(fd, &session);
	reference_encrypt(&reference_ciphers[0], key, iv, data, 4 * MIB, expected);
	reference_digest(&reference_macs[6], key, 32, data, 4 * MIB, right);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(room, expected, 4 * MIB);
	CHECK_MEM(digest, right, 32);
	memset(digest, 0, 32);
	crypt.op = COP_DECRYPT;
	crypt.src = room;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(room, data, 4 * MIB);
	CHECK_MEM(digest, right, 32);
	close(fd);
}

/* The pieces go from the front, so that only a destination behind the source's begin destroys it.
 */
static void overlaps(void)
{
	static const size_t distances[] = { 1, 16, PAGE, MIB, 2 * MIB };
	size_t len = 3 * MIB;
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	reference_encrypt(&reference_ciphers[0], key, iv, data, len, expected);
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		memcpy(room + distances[i], data, len);
		CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, room + distances[i], len, room, iv));
		CHECK_MEM(room, expected, len);
		memcpy(room, data, len);
		CHECK_ERRNO(dev_crypt(fd, ses, COP_ENCRYPT, room, len, room + distances[i], iv),
			    EINVAL);
		CHECK_MEM(room, data, len);
	}
	memcpy(room, data, len);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, room, len, room + len, iv));
	CHECK_MEM(room + len, expected, len);
	close(fd);
}

/* Pages of 2 MiB, and one that ends within the payload. */
static void huge_pages(void)
{
	uint8_t *memory = map(8 * MIB);
	uint8_t *aligned = memory + (2 * MIB - (uintptr_t)memory % (2 * MIB));
	uint8_t *saved = data;

	REQUIRE(munmap(memory, 8 * MIB) == 0);
	REQUIRE(mmap(aligned, 6 * MIB, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == aligned);
	REQUIRE(madvise(aligned, 4 * MIB, MADV_HUGEPAGE) == 0);
	dev_fill(aligned, 6 * MIB, 5);
	data = aligned;
	fd = dev_open();
	check_cipher(&reference_ciphers[2], 4 * MIB + 16, 2 * MIB - 5 * PAGE, 0);
	check_cipher(&reference_ciphers[2], 2 * MIB, 3 * MIB + 1, 3);
	close(fd);
	data = saved;
	munmap(aligned, 6 * MIB);
}

static const struct check_case cases[] = {
	{ "AES-CBC of up to 16 MiB in one call", cbc },
	{ "AES-CTR of up to 16 MiB in one call", ctr },
	{ "all other ciphers", others },
	{ "hashes and HMACs of up to 16 MiB in one call", hashes },
	{ "a cipher and an HMAC over 4 MiB in one call", both },
	{ "payload in huge pages", huge_pages },
	{ "a dst before an overlapping src gives the right result, one behind it is EINVAL",
	  overlaps },
};

int main(void)
{
	data = map(LONGEST + 2 * PAGE);
	room = map(LONGEST + 2 * PAGE);
	expected = map(LONGEST + 2 * PAGE);
	dev_fill(data, LONGEST + 2 * PAGE, 1);
	dev_fill(iv, sizeof(iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
