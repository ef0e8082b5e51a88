// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pinned memory counts against RLIMIT_MEMLOCK of the user.  The device itself
 * says nothing of it, so all that can be seen is which calls fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define PAGE 4096
#define NOBODY 65534
#define ALLOWED 16u /* pages */

static const uint8_t key[16] = { 1 };
static uint8_t src[64 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t dst[64 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t iv[16];
static int fd;
static uint32_t ses;

static int encrypt(size_t len, uint8_t *to)
{
	return dev_crypt(fd, ses, COP_ENCRYPT, src, len, to, iv);
}

static void become_user(unsigned int pages)
{
	struct rlimit limit = { pages * PAGE, pages * PAGE };

	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	REQUIRE(setuid(NOBODY) == 0);
}

static void start(unsigned int pages)
{
	become_user(pages);
	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
}

static void in_child(void (*run)(void *))
{
	check_wait(check_fork(run, NULL));
}

static void use_all(void *unused)
{
	(void)unused;
	start(ALLOWED);
	for (int i = 0; i < 100; i++)
		CHECK_OK(encrypt(ALLOWED / 2 * PAGE, dst));
	/* A page more on either side, which is all that an address in it makes. */
	CHECK_ERRNO(encrypt(ALLOWED / 2 * PAGE, dst + 16), ENOMEM);
	CHECK_ERRNO(encrypt(ALLOWED / 2 * PAGE + 16, dst), ENOMEM);
	CHECK_ERRNO(encrypt(sizeof(src), src), ENOMEM);
	CHECK_OK(encrypt(ALLOWED / 2 * PAGE, src));
}

/* 6.PINNED */
static void limit_is_exact(void)
{
	in_child(use_all);
}

static void small_calls(void *unused)
{
	(void)unused;
	start(0);
	CHECK_OK(encrypt(512, dst));
	CHECK_OK(encrypt(16, dst));
	CHECK_ERRNO(encrypt(528, dst), ENOMEM);
}

static void small_payload_is_free(void)
{
	in_child(small_calls);
}

/* The IV, the hash and dst are what they were. */
static void go_on(void *unused)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = sizeof(key),
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA1,
	};
	struct crypt_op crypt = { .src = src, .dst = dst, .flags = COP_FLAG_UPDATE };
	uint8_t digest[20], expected[20], twice[64];

	(void)unused;
	start(ALLOWED);
	memcpy(twice, src, sizeof(twice));
	CHECK_OK(encrypt(sizeof(twice), twice));
	CHECK_OK(dev_digest(fd, dev_hash(fd, CRYPTO_SHA1, NULL, 0), 0, src, 64, expected));
	crypt.ses = dev_session(fd, &session);
	crypt.len = 32;
	crypt.iv = iv;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	memset(dst + 32, 0xaa, sizeof(dst) - 32);
	crypt.iv = NULL;
	crypt.len = sizeof(src);
	CHECK_ERRNO(ioctl(fd, CIOCCRYPT, &crypt), ENOMEM);
	CHECK_EQ(dst[32], 0xaa);
	CHECK_EQ(dst[sizeof(dst) - 1], 0xaa);
	crypt.src += 32;
	crypt.dst += 32;
	crypt.mac = digest;
	crypt.len = 32;
	crypt.flags = COP_FLAG_FINAL;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &crypt));
	CHECK_MEM(dst, twice, sizeof(twice));
	CHECK_MEM(digest, expected, sizeof(digest));
}

static void nothing_is_lost(void)
{
	in_child(go_on);
}

static int authcrypt(uint32_t gcm, uint16_t op, size_t len)
{
	struct crypt_auth_op auth = {
		.ses = gcm,
		.op = op,
		.len = (uint32_t)len,
		.src = op == COP_ENCRYPT ? src : dst,
		.dst = dst,
		.iv = iv,
	};

	return ioctl(fd, CIOCAUTHCRYPT, &auth);
}

/* The tag, which ends in another page, is copied. */
static void seal_and_open(void *unused)
{
	uint8_t before[PAGE];
	uint32_t gcm;

	(void)unused;
	start(ALLOWED);
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, sizeof(key));
	for (int i = 0; i < 100; i++) {
		CHECK_OK(authcrypt(gcm, COP_ENCRYPT, ALLOWED / 2 * PAGE));
		CHECK_OK(authcrypt(gcm, COP_DECRYPT, ALLOWED / 2 * PAGE + 16));
	}
	CHECK_MEM(dst, src, ALLOWED / 2 * PAGE);
	CHECK_OK(authcrypt(gcm, COP_ENCRYPT, ALLOWED / 2 * PAGE));
	memcpy(before, dst, PAGE);
	CHECK_ERRNO(authcrypt(gcm, COP_ENCRYPT, ALLOWED / 2 * PAGE + 1), ENOMEM);
	CHECK_ERRNO(authcrypt(gcm, COP_DECRYPT, ALLOWED / 2 * PAGE + 17), ENOMEM);
	CHECK_MEM(dst, before, PAGE);
	CHECK_OK(authcrypt(gcm, COP_ENCRYPT, 512));
}

static void authcrypt_counts(void)
{
	in_child(seal_and_open);
}

static void privileged(void *unused)
{
	struct rlimit limit = { 0, 0 };

	(void)unused;
	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(encrypt(sizeof(src), dst));
}

static void root_is_not_counted(void)
{
	in_child(privileged);
}

static const struct check_case cases[] = {
	{ "a user can pin as much as RLIMIT_MEMLOCK says, again and again, and no page more",
	  limit_is_exact },
	{ "512 bytes of payload need no locked memory", small_payload_is_free },
	{ "after ENOMEM the session goes on where it was", nothing_is_lost },
	{ "CIOCAUTHCRYPT counts likewise, and does not count the tag", authcrypt_counts },
	{ "who has CAP_IPC_LOCK is not counted", root_is_not_counted },
};

int main(void)
{
	dev_fill(src, sizeof(src), 1);
	dev_fill(iv, sizeof(iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
