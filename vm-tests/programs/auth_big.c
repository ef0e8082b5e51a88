// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * AEAD messages longer than one request may carry, in one call each.  The results
 * are libcrypto's.  With an argument only up to some pages, for a device whose
 * requests are short.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define MIB (1u << 20)
#define LONGEST (64u * MIB)

static const uint8_t key[32] = { 1, 6, 1, 8, 0, 3 };
static const struct cipher {
	uint32_t number;
	const char *name;
	const char *libcrypto;
} gcm = { CRYPTO_AES_GCM, "gcm(aes-256)", "AES-256-GCM" },
  chacha = { CRYPTO_CHACHA20_POLY1305, "chacha20-poly1305", "ChaCha20-Poly1305" };

static size_t lengths[] = { MIB - 1, MIB, MIB + 1, 4 * MIB + 500, 16 * MIB };
static size_t longest = 16 * MIB;
static size_t room_size = LONGEST + 2 * PAGE;
static uint8_t *data, *room, *expected;
static uint8_t aad[PAGE], iv[16];
static int fd;

static uint8_t *map(size_t size)
{
	uint8_t *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

static void reference(const struct cipher *cipher, const uint8_t *src, size_t len, uint8_t *dst)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written;

	REQUIRE(context);
	REQUIRE(EVP_EncryptInit_ex(context, EVP_get_cipherbyname(cipher->libcrypto), NULL, key,
				   iv) == 1);
	REQUIRE(EVP_EncryptUpdate(context, NULL, &written, aad, sizeof(aad)) == 1);
	REQUIRE(EVP_EncryptUpdate(context, dst, &written, src, (int)len) == 1);
	REQUIRE(written == (int)len);
	REQUIRE(EVP_EncryptFinal_ex(context, dst + len, &written) == 1);
	REQUIRE(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, dst + len) == 1);
	EVP_CIPHER_CTX_free(context);
}

static int run(uint32_t ses, uint16_t op, uint8_t *src, size_t len, uint8_t *dst)
{
	struct crypt_auth_op args = {
		.ses = ses,
		.op = op,
		.len = (uint32_t)len,
		.auth_len = sizeof(aad),
		.auth_src = aad,
		.src = src,
		.dst = dst,
		.iv = iv,
	};
	int ret = ioctl(fd, CIOCAUTHCRYPT, &args);

	if (ret == 0) {
		CHECK_EQ(args.len, op == COP_ENCRYPT ? len + 16 : len - 16);
		CHECK_EQ((uintptr_t)args.tag,
			 (uintptr_t)(op == COP_ENCRYPT ? dst + len : src + len - 16));
		CHECK_EQ(args.tag_len, 16);
	}
	return ret;
}

static uint32_t session(const struct cipher *cipher)
{
	return dev_cipher(fd, cipher->number, key, sizeof(key));
}

static void check_length(const struct cipher *cipher, size_t len, size_t src, size_t dst)
{
	uint32_t ses = session(cipher);

	reference(cipher, data + src, len, expected);
	CHECK_OK(run(ses, COP_ENCRYPT, data + src, len, room + dst));
	if (!CHECK_MEM(room + dst, expected, len + 16))
		check_note("%s, %zu bytes, offsets %zu and %zu", cipher->name, len, src, dst);
	/* Back, in place and elsewhere. */
	CHECK_OK(run(ses, COP_DECRYPT, room + dst, len + 16, room + dst));
	CHECK_MEM(room + dst, data + src, len);
	memset(room, 0, len);
	CHECK_OK(run(ses, COP_DECRYPT, expected, len + 16, room));
	CHECK_MEM(room, data + src, len);
	CHECK_OK(dev_free(fd, ses));
}

static void check_lengths(const struct cipher *cipher)
{
	fd = dev_open();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		check_length(cipher, lengths[i], 0, 0);
	check_length(cipher, longest / 4 + 7, 1, 0);
	check_length(cipher, longest / 4, 4095, 2049);
	close(fd);
}

static void check_gcm(void)
{
	check_lengths(&gcm);
}

static void check_chacha(void)
{
	check_lengths(&chacha);
}

static void check_forged(uint32_t ses, uint8_t *src, size_t len, uint8_t *byte)
{
	*byte ^= 1;
	memset(room, 0xee, len + PAGE);
	CHECK_ERRNO(run(ses, COP_DECRYPT, src, len + 16, room), EBADMSG);
	CHECK(is_all(room, 0, len));
	CHECK(is_all(room + len, 0xee, PAGE));
	*byte ^= 1;
}

static void forgeries_of(const struct cipher *cipher)
{
	size_t len = longest;
	uint32_t ses;

	fd = dev_open();
	ses = session(cipher);
	reference(cipher, data, len, expected);
	check_forged(ses, expected, len, expected + len + 15);
	check_forged(ses, expected, len, expected);
	check_forged(ses, expected, len, expected + len / 2);
	check_forged(ses, expected, len, aad);
	/* In place, and with a message that goes well after one that did not. */
	expected[len] ^= 1;
	CHECK_ERRNO(run(ses, COP_DECRYPT, expected, len + 16, expected), EBADMSG);
	CHECK(is_all(expected, 0, len));
	CHECK_OK(run(ses, COP_ENCRYPT, data, len, room));
	CHECK_OK(run(ses, COP_DECRYPT, room, len + 16, room));
	CHECK_MEM(room, data, len);
	close(fd);
}

static void forgeries(void)
{
	forgeries_of(&gcm);
	forgeries_of(&chacha);
}

/* The second request's destination is missing, so the first's must not stay. */
static void torn(void)
{
	size_t len = longest, there = longest / 2;
	uint8_t *hole = map(len);
	uint32_t ses;

	fd = dev_open();
	ses = session(&gcm);
	memset(hole, 0xee, there);
	REQUIRE(munmap(hole + there, len - there) == 0);
	reference(&gcm, data, len, expected);
	CHECK_ERRNO(run(ses, COP_DECRYPT, expected, len + 16, hole), EFAULT);
	CHECK(is_all(hole, 0, there));
	munmap(hole, there);
	CHECK_OK(run(ses, COP_DECRYPT, expected, len + 16, room));
	CHECK_MEM(room, data, len);
	close(fd);
}

/* What is overwritten before it is read is copied first, if it is no more than 1 MiB. */
static void check_behind(uint32_t ses, size_t len, size_t distance)
{
	uint8_t *dst = room + distance;

	memcpy(room, data, len);
	if (len > MIB) {
		CHECK_ERRNO(run(ses, COP_ENCRYPT, room, len, dst), EINVAL);
		CHECK_MEM(room, data, len);
	} else {
		CHECK_OK(run(ses, COP_ENCRYPT, room, len, dst));
		CHECK_MEM(dst, expected, len + 16);
	}
	memcpy(room, expected, len + 16);
	if (len > MIB) {
		CHECK_ERRNO(run(ses, COP_DECRYPT, room, len + 16, dst), EINVAL);
		CHECK_MEM(room, expected, len + 16);
	} else {
		CHECK_OK(run(ses, COP_DECRYPT, room, len + 16, dst));
		CHECK_MEM(dst, data, len);
	}
}

static void overlaps(void)
{
	static const size_t distances[] = { 1, 16, PAGE };
	size_t len = longest / 4;
	uint32_t ses;

	fd = dev_open();
	ses = session(&gcm);
	reference(&gcm, data, len, expected);
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++) {
		memcpy(room + distances[i], data, len);
		CHECK_OK(run(ses, COP_ENCRYPT, room + distances[i], len, room));
		CHECK_MEM(room, expected, len + 16);
		memcpy(room + distances[i], expected, len + 16);
		CHECK_OK(run(ses, COP_DECRYPT, room + distances[i], len + 16, room));
		CHECK_MEM(room, data, len);
		check_behind(ses, len, distances[i]);
	}
	/* Right behind it; the first piece destroys the tag after it has been read. */
	memcpy(room, data, len);
	CHECK_OK(run(ses, COP_ENCRYPT, room, len, room + len));
	CHECK_MEM(room + len, expected, len + 16);
	memcpy(room, expected, len + 16);
	CHECK_OK(run(ses, COP_DECRYPT, room, len + 16, room + len));
	CHECK_MEM(room + len, data, len);
	close(fd);
}

static void ccm(void)
{
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CCM, key, 16);
	iv[0] = 3;
	CHECK_OK(run(ses, COP_ENCRYPT, data, longest, room));
	CHECK(memcmp(room, data, longest));
	CHECK_OK(run(ses, COP_DECRYPT, room, longest + 16, room));
	CHECK_MEM(room, data, longest);
	close(fd);
}

/* What one began, the other must not continue. */
static void use_session(void *argument)
{
	uint32_t ses = *(uint32_t *)argument;
	size_t len = longest / 4;

	for (int i = 0; i < 3; i++) {
		CHECK_OK(run(ses, COP_ENCRYPT, data, len, room));
		CHECK_MEM(room, expected, len + 16);
		CHECK_OK(run(ses, COP_DECRYPT, room, len + 16, room));
		CHECK_MEM(room, data, len);
	}
}

static void two_processes(void)
{
	pid_t children[2];
	uint32_t ses;

	fd = dev_open();
	ses = session(&gcm);
	reference(&gcm, data, longest / 4, expected);
	for (int i = 0; i < 2; i++)
		children[i] = check_fork(use_session, &ses);
	for (int i = 0; i < 2; i++)
		check_wait(children[i]);
	close(fd);
}

/* 6.LEN */
static void the_longest(void)
{
	size_t len = LONGEST + 1;
	uint32_t ses;

	if (longest < 16 * MIB) {
		check_note("left to a device with longer requests");
		return;
	}
	fd = dev_open();
	ses = session(&gcm);
	memset(room, 0x5a, len);
	CHECK_OK(run(ses, COP_ENCRYPT, room, len, room));
	CHECK(memcmp(room, room + 1, PAGE));
	CHECK_OK(run(ses, COP_DECRYPT, room, len + 16, room));
	CHECK(is_all(room, 0x5a, len));
	close(fd);
}

static const struct check_case cases[] = {
	{ "AES-GCM of several requests in one call", check_gcm },
	{ "ChaCha20-Poly1305 of several requests in one call", check_chacha },
	{ "a forged message is EBADMSG, and all of dst is wiped", forgeries },
	{ "if dst ends midway, what was decrypted is wiped", torn },
	{ "a dst before an overlapping src gives the right result, one behind it up to 1 MiB",
	  overlaps },
	{ "AES-CCM of several requests, and back", ccm },
	{ "two processes use one session of one file", two_processes },
	{ "64 MiB and a byte in one call", the_longest },
};

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		longest = 32 * PAGE;
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
			lengths[i] = (i + 1) * PAGE - 2 + i;
	}
	data = map(16 * MIB + 2 * PAGE);
	room = map(room_size);
	expected = map(16 * MIB + 2 * PAGE);
	dev_fill(data, longest + 2 * PAGE, 1);
	dev_fill(aad, sizeof(aad), 2);
	dev_fill(iv, sizeof(iv), 3);
	return check_main(cases, ARRAY_SIZE(cases));
}
