// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limits of guest-adapter/README.md, each by reaching it, with a device that
 * has few sessions and contexts.  What is in flight: async_hang.c; outstanding:
 * sem_async.c; pinned: memlock.c, async_memlock.c;
 * lengths: lengths.c; defaults: holes_counts.c.
 *
 * usage: limits SESSIONS CONTEXTS	what the device has
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define MANY 1000

static const uint8_t key[16] = { 1 };
static uint8_t iv[16], data[64], room[64];
static int device_sessions, device_contexts;

static bool works(int fd, uint32_t ses)
{
	return CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, room, iv)) &&
	       CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room, 64, room, iv)) &&
	       CHECK_MEM(room, data, 64);
}

static void set_max_sessions(int value)
{
	FILE *file = fopen("/sys/module/vcrypto/parameters/max_sessions", "we");

	REQUIRE(file && fprintf(file, "%d", value) > 0);
	REQUIRE(fclose(file) == 0);
}

/* Returns how many could be made until @error. */
static int fill_with_sessions(int fd, int error)
{
	struct session_op session = { .mac = CRYPTO_SHA1 };
	int count = 0;

	while (count < MANY && ioctl(fd, CIOCGSESSION, &session) == 0)
		count++;
	CHECK_EQ(errno, error);
	return count;
}

static void sessions_of_a_file(void)
{
	int fd = dev_open(), other = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key)), others;

	set_max_sessions(5);
	CHECK_EQ(fill_with_sessions(fd, EMFILE), 4);
	works(fd, ses);
	others = dev_cipher(other, CRYPTO_AES_CBC, key, sizeof(key));
	works(other, others);
	CHECK_OK(dev_free(fd, ses));
	CHECK_EQ(fill_with_sessions(fd, EMFILE), 1);
	set_max_sessions(16384);
	close(fd);
	close(other);
}

/* 6.SESSIONS */
static void sessions_of_the_device(void)
{
	int fd = dev_open(), other = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	uint32_t others = dev_cipher(other, CRYPTO_AES_CBC, key, sizeof(key));

	CHECK_EQ(fill_with_sessions(fd, ENOSPC), device_sessions - 2);
	CHECK_EQ(fill_with_sessions(other, ENOSPC), 0);
	works(fd, ses);
	works(other, others);
	CHECK_OK(dev_free(fd, ses));
	CHECK_EQ(fill_with_sessions(other, ENOSPC), 1);
	CHECK_OK(close(fd));
	CHECK_EQ(fill_with_sessions(other, ENOSPC), device_sessions - 2);
	works(other, others);
	close(other);
}

/* Root's files, of which those have a context that have had a session. */
static void contexts_of_the_device(void)
{
	struct session_op session = { .mac = CRYPTO_SHA1 };
	int fds[MANY], count = 0;
	uint32_t ses;

	for (int i = 0; i < MANY; i++)
		fds[i] = dev_open();
	CHECK_EQ(dev_counter("contexts"), 0);
	ses = dev_cipher(fds[0], CRYPTO_AES_CBC, key, sizeof(key));
	while (count + 1 < MANY && ioctl(fds[count + 1], CIOCGSESSION, &session) == 0)
		count++;
	CHECK_EQ(errno, ENOSPC);
	CHECK_EQ(count + 1, device_contexts);
	works(fds[0], ses);
	CHECK_OK(close(fds[count]));
	CHECK_OK(ioctl(fds[MANY - 1], CIOCGSESSION, &session));
	CHECK_ERRNO(ioctl(fds[count + 1], CIOCGSESSION, &session), ENOSPC);
	for (int i = 0; i < MANY; i++)
		if (i != count)
			CHECK_OK(close(fds[i]));
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/* 4.ASYNC.3: A file's 64 are no other file's. */
static void outstanding_operations(void)
{
	int fd = dev_open(), other = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	uint32_t others = dev_cipher(other, CRYPTO_AES_CBC, key, sizeof(key));

	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_encrypt(fd, ses, data, 64, room, iv));
	CHECK_ERRNO(async_encrypt(fd, ses, data, 64, room, iv), EBUSY);
	CHECK_EQ(async_poll(other, POLLIN | POLLOUT, 0), POLLOUT);
	CHECK_OK(async_encrypt(other, others, data, 64, room, iv));
	CHECK_OK(async_fetch(other, &(struct crypt_op){ 0 }));
	works(fd, ses);
	works(other, others);
	close(fd);
	close(other);
}

static const struct check_case cases[] = {
	{ "a file has max_sessions sessions, then EMFILE; others are not disturbed",
	  sessions_of_a_file },
	{ "the device's sessions come to an end with ENOSPC, and come back",
	  sessions_of_the_device },
	{ "the device's contexts come to an end with ENOSPC at a file's first session, and come "
	  "back",
	  contexts_of_the_device },
	{ "a file has 64 operations outstanding, then EBUSY; others are not disturbed",
	  outstanding_operations },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 3);
	device_sessions = atoi(argv[1]);
	device_contexts = atoi(argv[2]);
	dev_fill(data, sizeof(data), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
