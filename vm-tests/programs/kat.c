// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Known answers.  usage: kat FILE..., of the kind in unit-tests/vectors/.
 *
 * Each vector is computed with its data at several places: aligned and not, in
 * place and not, across pages, and right before a page that does not exist.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "vectors.h"

#define PAGE 4096
#define MAX_BYTES (1u << 20)
static int fd;
static uint32_t ses;

/* Two areas, each followed by a page that does not exist. */
static uint8_t *areas[2];
static uint8_t *input; /* the vector's, repeated */
static size_t length;

static void make_areas(void)
{
	for (int i = 0; i < 2; i++) {
		areas[i] = mmap(NULL, MAX_BYTES + 3 * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(areas[i] != MAP_FAILED);
		REQUIRE(mprotect(areas[i] + MAX_BYTES + 2 * PAGE, PAGE, PROT_NONE) == 0);
	}
	input = malloc(MAX_BYTES);
	REQUIRE(input);
}

/* Where data may begin; the last one makes it end where the memory ends. */
static uint8_t *place(int area, int where)
{
	static const size_t offsets[] = { 0, 1, 15, 63, PAGE - 1, PAGE - 8 };

	if (where < (int)ARRAY_SIZE(offsets))
		return areas[area] + offsets[where];
	return areas[area] + MAX_BYTES + 2 * PAGE - length;
}

#define PLACES 7

static void crypt_at(const struct vector *vector, int op, const uint8_t *from,
		     const uint8_t *expected, uint8_t *src, uint8_t *dst)
{
	uint8_t *iv = vector->iv.len ? dev_unconst(vector->iv.at) : NULL;

	memset(dst, 0x77, length);
	memcpy(src, from, length);
	CHECK_OK(dev_crypt(fd, ses, (uint16_t)op, src, length, dst, iv));
	CHECK_MEM(dst, expected, length);
	if (src != dst)
		CHECK_MEM(src, from, length);
}

static void check_next_iv(const struct vector *vector)
{
	uint8_t iv[16];
	struct crypt_op crypt = {
		.ses = ses,
		.flags = COP_FLAG_WRITE_IV,
		.len = (uint32_t)length,
		.src = areas[0],
		.dst = areas[1],
		.iv = iv,
	};

	memcpy(iv, vector->iv.at, sizeof(iv));
	memcpy(areas[0], input, length);
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(iv, vector->next_iv.at, vector->next_iv.len);
}

static void check_cipher(const struct vector *vector)
{
	const uint8_t *output = vector->ciphertext.at;

	CHECK_EQ(vector->ciphertext.len, length);
	for (int where = 0; where < PLACES; where++) {
		uint8_t *src = place(0, where), *dst = place(1, PLACES - 1 - where);

		crypt_at(vector, COP_ENCRYPT, input, output, src, dst);
		crypt_at(vector, COP_ENCRYPT, input, output, src, src);
		crypt_at(vector, COP_DECRYPT, output, input, src, dst);
		crypt_at(vector, COP_DECRYPT, output, input, src, src);
	}
	if (vector->next_iv.len)
		check_next_iv(vector);
}

/* A message that begins, with the IV that its MAC may have. */
static int hash_from(const struct vector *vector, uint16_t flags, const uint8_t *src, size_t len,
		     uint8_t *digest)
{
	struct crypt_op crypt = {
		.ses = ses,
		.flags = flags,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
		.mac = digest,
		.iv = vector->iv.len ? dev_unconst(vector->iv.at) : NULL,
	};

	return ioctl(fd, CIOCCRYPT, &crypt);
}

static void check_hash(const struct vector *vector)
{
	size_t half = length / 2;
	uint8_t digest[64];

	for (int where = 0; where < PLACES; where++) {
		uint8_t *src = place(0, where);

		memcpy(src, input, length);
		memset(digest, 0x77, sizeof(digest));
		CHECK_OK(hash_from(vector, 0, src, length, digest));
		CHECK_MEM(digest, vector->digest.at, vector->digest.len);
		if (vector->digest.len < sizeof(digest))
			CHECK_EQ(digest[vector->digest.len], 0x77);
		if (!half)
			continue;
		CHECK_OK(hash_from(vector, COP_FLAG_RESET | COP_FLAG_UPDATE, src, half, NULL));
		CHECK_OK(dev_digest(fd, ses, COP_FLAG_FINAL, src + half, length - half, digest));
		CHECK_MEM(digest, vector->digest.at, vector->digest.len);
	}
}

static void check_vector(const struct vector *vector)
{
	const struct bytes *bytes = vector->cipher ? &vector->plaintext : &vector->message;

	check_begin("%s", vector->where);
	length = bytes->len * vector->repeat;
	REQUIRE(length <= MAX_BYTES);
	for (size_t i = 0; i < vector->repeat; i++)
		memcpy(input + i * bytes->len, bytes->at, bytes->len);
	if (vector->cipher) {
		ses = dev_cipher(fd, vcrypto_cipher_find(vector->cipher)->cryptodev, vector->key.at, (uint32_t)vector->key.len);
		check_cipher(vector);
	} else {
		ses = dev_hash(fd, vcrypto_mac_find(vector->mac)->cryptodev, vector->mac_key.at,
			       (uint32_t)vector->mac_key.len);
		check_hash(vector);
	}
	CHECK_OK(dev_free(fd, ses));
	check_end();
}

int main(int argc, char **argv)
{
	fd = dev_open();
	make_areas();
	for (int i = 1; i < argc; i++)
		each_vector(argv[i], check_vector);
	close(fd);
	return check_plan();
}
