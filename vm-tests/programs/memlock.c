// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pinned memory counts against RLIMIT_MEMLOCK of the user.  What does not fit is
 * copied: no call fails, so what can be seen is how many pages are pinned.  Needs
 * iomem=relaxed on the kernel's command line, see async.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define PAGE 4096
#define NOBODY 65534
#define ALLOWED 16u /* pages */
#define PROCESSES 5

static const uint8_t key[16] = { 1 };
static uint8_t src[64 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t dst[64 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t expected[64 * PAGE];
static uint8_t iv[16];
static int fd;
static uint32_t ses;

static void become_user(unsigned int pages)
{
	struct rlimit limit = { pages * PAGE, pages * PAGE };

	REQUIRE(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	REQUIRE(setresuid(NOBODY, NOBODY, 0) == 0);
}

/* Only root sees it exactly. */
static long long pinned_ever(void)
{
	uid_t user = geteuid();
	long long pinned;

	REQUIRE(seteuid(0) == 0);
	pinned = dev_pinned_ever();
	REQUIRE(seteuid(user) == 0);
	return pinned;
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

/* Returns how many pages were pinned for it.  Those that fork() shares are made own ones first. */
static long long encrypt(size_t len, uint8_t *to)
{
	long long before;

	memset(to, 0, len);
	for (size_t i = 0; i < len; i += PAGE)
		*(volatile uint8_t *)(src + i) = src[i];
	before = pinned_ever();
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, len, to, iv));
	CHECK_MEM(to, expected, len);
	return pinned_ever() - before;
}

static void use_all(void *unused)
{
	(void)unused;
	start(ALLOWED);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(encrypt(ALLOWED / 2 * PAGE, dst), ALLOWED);
	/* A page more on either side, which is all that an address in it makes. */
	encrypt(ALLOWED / 2 * PAGE, dst + 16);
	encrypt(ALLOWED / 2 * PAGE + 16, dst);
	encrypt(sizeof(src), dst);
	CHECK_EQ(encrypt(ALLOWED / 2 * PAGE, dst), ALLOWED);
}

/* 6.PINNED */
static void as_much_as_allowed(void)
{
	in_child(use_all);
}

static void long_call(void *unused)
{
	(void)unused;
	start(ALLOWED);
	encrypt(ALLOWED / 2 * PAGE, dst);
	encrypt(sizeof(src), dst);
}

/* 6.PINNED: While nothing is answered, nothing is given back. */
static void limit_holds(void)
{
	pid_t children[PROCESSES];

	hang_begin();
	for (size_t i = 0; i < PROCESSES; i++)
		children[i] = check_fork(long_call, NULL);
	/* Each at least asks for its session. */
	for (int tries = 0; tries < 500 && hang_in_flight() < PROCESSES; tries++)
		usleep(10000);
	hang_end();
	for (int i = 0; i < 100; i++) {
		hang_begin();
		usleep(5000);
		CHECK(dev_pinned_now() <= ALLOWED);
		hang_end();
		usleep(1000);
	}
	for (size_t i = 0; i < PROCESSES; i++)
		check_wait(children[i]);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static void nothing_allowed(void *unused)
{
	(void)unused;
	start(0);
	CHECK_EQ(encrypt(512, dst), 0);
	CHECK_EQ(encrypt(528, dst), 0);
	CHECK_EQ(encrypt(sizeof(src), dst), 0);
}

/* 6.PINNED */
static void none_is_none(void)
{
	in_child(nothing_allowed);
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
	size_t len = ALLOWED / 2 * PAGE;
	long long before;
	uint32_t gcm;

	(void)unused;
	start(ALLOWED);
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, sizeof(key));
	encrypt(len, dst);
	for (int i = 0; i < 100; i++) {
		before = pinned_ever();
		CHECK_OK(authcrypt(gcm, COP_ENCRYPT, len));
		CHECK_EQ(pinned_ever() - before, ALLOWED);
		CHECK_OK(authcrypt(gcm, COP_DECRYPT, len + 16));
	}
	CHECK_MEM(dst, src, len);
	/* In place in what does not fit any more. */
	CHECK_OK(authcrypt(gcm, COP_ENCRYPT, len + 1));
	CHECK_OK(authcrypt(gcm, COP_DECRYPT, len + 17));
	CHECK_MEM(dst, src, len + 1);
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
	CHECK_EQ(encrypt(sizeof(src), dst), 2 * sizeof(src) / PAGE);
}

static void root_is_not_counted(void)
{
	in_child(privileged);
}

static const struct check_case cases[] = {
	{ "a user pins as much as RLIMIT_MEMLOCK says, again and again; longer calls work too",
	  as_much_as_allowed },
	{ "all processes of a user together never have more pinned", limit_holds },
	{ "of a user who may lock nothing no page is pinned", none_is_none },
	{ "CIOCAUTHCRYPT counts likewise, and does not count the tag", authcrypt_counts },
	{ "who has CAP_IPC_LOCK is not counted", root_is_not_counted },
};

int main(void)
{
	dev_fill(src, sizeof(src), 1);
	dev_fill(iv, sizeof(iv), 2);
	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, sizeof(src), expected, iv));
	close(fd);
	return check_main(cases, ARRAY_SIZE(cases));
}
